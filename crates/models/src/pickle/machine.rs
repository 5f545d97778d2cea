//! A pickle run symbolically: the stack, the memo and what would be called, over every opcode of protocols 0 to 5.
//!
//! Where the two implementations of Python differ, or a wrong argument would stop one of them, this machine goes on:
//! what it runs is at least what they run.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use super::arguments::unescaped;
use super::value::{Fields, Global, TEXT_BYTES_MAX, Value};
use crate::finding::{Code, PICKLE_EXTENSION};
use crate::limits::Limits;
use crate::source::{Cursor, ReadError};

/// Who loads the pickle, if that is known: some loaders give meaning to what `pickle.load` refuses or goes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loader {
    /// Nobody in particular.
    Any,
    /// PyTorch: persistent ids are storages.
    Torch,
    /// The first form of PyTorch's files, in a tar: any persistent id is a number of an object loaded before.
    TorchTar,
    /// TorchScript: names below `__torch__` are its own.
    TorchScript,
}

/// Which of two loaders is followed where a stream has arrays between its opcodes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pass<'n> {
    /// joblib's, which reads them.
    Joblib,
    /// Python's own, which takes their bytes for opcodes. It soon stumbles: over a name put together wrongly, which is
    /// not worth a finding if what should be a module is one of these functions or classes.
    Plain(&'n BTreeSet<String>),
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// `STOP`; the next byte is at the end of the cursor.
    Stop,
    /// An opcode that is none, a stack or memo without what is needed, or the end of the source.
    Broken(u64),
    /// More than is looked at.
    Limit(u64),
    /// The system refused.
    Unreadable,
}

/// What a run came to.
pub(super) struct Run {
    pub(super) end: End,
    pub(super) findings: Vec<(&'static Code, u64, String)>,
    pub(super) opcodes: u64,
    /// Something was named.
    pub(super) has_named: bool,
    /// Something was called that is not known to be harmless.
    pub(super) has_called: bool,
    /// An argument was no number though one should be there: the bytes are hardly a pickle.
    pub(super) is_odd: bool,
    /// Bytes within the stream that are loaded, or look as if they were to be.
    pub(super) nested: Vec<(u64, u64)>,
    /// Names of harmless functions and classes.
    pub(super) names: BTreeSet<String>,
    /// An array follows the opcodes somewhere, as joblib writes it.
    pub(super) has_arrays: bool,
    /// The first value that stopped was PyTorch's magic number.
    pub(super) is_torch_magic: bool,
}

/// Findings kept of one run; what comes later is the same over and over.
pub(super) const FINDINGS_MAX: usize = 200;
/// Pickles of object arrays within joblib's stream.
pub(super) const ARRAYS_DEPTH_MAX: usize = 4;

/// Why a run stops early.
pub(super) enum Stop {
    Broken,
    Limit,
    Unreadable,
}

impl From<ReadError> for Stop {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::End { .. } => Self::Broken,
            ReadError::System(_) => Self::Unreadable,
        }
    }
}

/// The state between two opcodes.
pub(super) struct Machine<'c, 's> {
    pub(super) cursor: &'c mut Cursor<'s>,
    pub(super) limits: &'c Limits,
    pub(super) loader: Loader,
    pub(super) pass: Pass<'c>,
    pub(super) stack: Vec<Value>,
    pub(super) marks: Vec<usize>,
    pub(super) memo: HashMap<u64, Value>,
    pub(super) globals: HashMap<(String, String), Rc<Global>>,
    /// Where the current opcode lies.
    at: u64,
    pub(super) arrays_depth: usize,
    pub(super) run: Run,
}

/// Runs the pickle that begins where the cursor is, and leaves the cursor behind it.
pub(super) fn run(cursor: &mut Cursor<'_>, loader: Loader, pass: Pass<'_>, limits: &Limits) -> Run {
    let mut machine = Machine {
        cursor,
        limits,
        loader,
        pass,
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
        globals: HashMap::new(),
        at: 0,
        arrays_depth: 0,
        run: Run {
            end: End::Stop,
            findings: Vec::new(),
            opcodes: 0,
            has_named: false,
            has_called: false,
            is_odd: false,
            nested: Vec::new(),
            names: BTreeSet::new(),
            has_arrays: false,
            is_torch_magic: false,
        },
    };
    let outcome = machine.execute();
    let at = machine.at;
    machine.run.end = match outcome {
        Ok(()) => End::Stop,
        Err(Stop::Broken) => End::Broken(at),
        Err(Stop::Limit) => End::Limit(at),
        Err(Stop::Unreadable) => End::Unreadable,
    };
    machine.run
}

impl Machine<'_, '_> {
    /// Runs until `STOP`.
    pub(super) fn execute(&mut self) -> Result<(), Stop> {
        loop {
            self.at = self.cursor.at();
            let opcode = self.cursor.byte()?;
            self.run.opcodes += 1;
            if self.run.opcodes > self.limits.opcodes_max
                || self.stack.len() > self.limits.values_max
                || self.memo.len() > self.limits.values_max
                || self.marks.len() > self.limits.values_max
            {
                return Err(Stop::Limit);
            }
            if opcode == b'.' {
                return if self.stack.is_empty() { Err(Stop::Broken) } else { Ok(()) };
            }
            self.step(opcode)?;
        }
    }

    fn step(&mut self, opcode: u8) -> Result<(), Stop> {
        match opcode {
            // Structure of the stream. What comes in a frame is what comes next, so frames need no care.
            0x80 => drop(self.cursor.array::<1>()?),
            0x95 => drop(self.cursor.array::<8>()?),
            b'(' => self.marks.push(self.stack.len()),
            b'0' => self.pop_or_mark()?,
            b'1' => drop(self.pop_mark()?),
            b'2' => {
                let top = self.top()?.clone();
                self.stack.push(top);
            }
            // Atoms.
            b'N' | 0x88 | 0x89 => self.stack.push(Value::Thing),
            b'F' => drop(self.line().map(|_| self.stack.push(Value::Thing))?),
            b'G' => {
                self.cursor.skip(8)?;
                self.stack.push(Value::Thing);
            }
            b'I' | b'L' => self.decimal()?,
            b'J' => {
                let number = i32::from_le_bytes(self.cursor.array()?);
                self.stack.push(Value::Number(number.into()));
            }
            b'K' => {
                let number = self.cursor.byte()?;
                self.stack.push(Value::Number(number.into()));
            }
            b'M' => {
                let number = self.cursor.u16()?;
                self.stack.push(Value::Number(number.into()));
            }
            0x8a => {
                let length = self.cursor.byte()?.into();
                self.long(length)?;
            }
            0x8b => {
                let length = self.signed_length()?;
                self.long(length)?;
            }
            // Texts and bytes.
            b'S' => {
                let (line, longer) = self.cursor.line(TEXT_BYTES_MAX)?;
                let line = String::from_utf8_lossy(&line).into_owned();
                let quoted = line.trim().trim_matches(['\'', '"']).to_owned();
                self.run.is_odd |= quoted.len() == line.trim().len();
                self.push_text(&unescaped(&quoted), longer);
            }
            b'V' => {
                let (line, longer) = self.cursor.line(TEXT_BYTES_MAX)?;
                self.push_text(&unescaped(&String::from_utf8_lossy(&line)), longer);
            }
            b'U' => {
                let length = self.cursor.byte()?.into();
                self.text(length)?;
            }
            b'T' => {
                let length = self.signed_length()?;
                self.text(length)?;
            }
            b'X' => {
                let length = self.cursor.u32()?.into();
                self.text(length)?;
            }
            0x8c => {
                let length = self.cursor.byte()?.into();
                self.text(length)?;
            }
            0x8d => {
                let length = self.cursor.u64()?;
                self.text(length)?;
            }
            b'B' => {
                let length = self.cursor.u32()?.into();
                self.bytes(length)?;
            }
            b'C' => {
                let length = self.cursor.byte()?.into();
                self.bytes(length)?;
            }
            0x8e | 0x96 => {
                let length = self.cursor.u64()?;
                self.bytes(length)?;
            }
            // Buffers come from outside the stream; they are data.
            0x97 => self.stack.push(Value::Thing),
            0x98 => drop(self.top()?),
            // Containers.
            b'}' => self.stack.push(Value::Fields(Rc::new(RefCell::new(Fields::default())))),
            b']' | 0x8f => self.stack.push(Value::Thing),
            b')' => self.stack.push(Value::tuple(Vec::new())),
            b't' => {
                let items = self.pop_mark()?;
                self.make_tuple(items);
            }
            0x85..=0x87 => {
                let items = self.pop_some(usize::from(opcode - 0x84))?;
                self.make_tuple(items);
            }
            b'l' | 0x91 => {
                let items = self.pop_mark()?;
                self.keep(&items);
                self.stack.push(Value::Thing);
            }
            b'd' => {
                let items = self.pop_mark()?;
                let fields = Value::Fields(Rc::new(RefCell::new(Fields::default())));
                self.set_items(&fields, &items);
                self.stack.push(fields);
            }
            b'a' => {
                let item = self.pop()?;
                self.fill(&[item], "appends to")?;
            }
            b'e' | 0x90 => {
                let items = self.pop_mark()?;
                self.fill(&items, "appends to")?;
            }
            b's' => {
                let items = self.pop_some(2)?;
                self.set(&items)?;
            }
            b'u' => {
                let items = self.pop_mark()?;
                self.set(&items)?;
            }
            // The memo.
            b'p' => {
                let index = self.index()?;
                self.memoize(index)?;
            }
            b'q' => {
                let index = self.cursor.byte()?.into();
                self.memoize(index)?;
            }
            b'r' => {
                let index = self.cursor.u32()?.into();
                self.memoize(index)?;
            }
            0x94 => self.memoize(self.memo.len() as u64)?,
            b'g' => {
                let index = self.index()?;
                self.recall(index)?;
            }
            b'h' => {
                let index = self.cursor.byte()?.into();
                self.recall(index)?;
            }
            b'j' => {
                let index = self.cursor.u32()?.into();
                self.recall(index)?;
            }
            // Names and calls.
            b'c' => {
                let (module, name) = (self.name_line()?, self.name_line()?);
                let global = self.global(&module, &name)?;
                self.stack.push(global);
            }
            0x93 => self.stack_global()?,
            b'i' => {
                let (module, name) = (self.name_line()?, self.name_line()?);
                let arguments = self.pop_mark()?;
                let global = self.global(&module, &name)?;
                let made = self.call(&global, Some(&arguments))?;
                self.stack.push(made);
            }
            b'o' => {
                let mut items = self.pop_mark()?.into_iter();
                let callable = items.next().ok_or(Stop::Broken)?;
                let arguments: Vec<Value> = items.collect();
                let made = self.call(&callable, Some(&arguments))?;
                self.stack.push(made);
            }
            b'R' => {
                let (arguments, callable) = (self.pop()?, self.pop()?);
                let made = self.call(&callable, arguments.items())?;
                self.stack.push(made);
            }
            0x81 => {
                let (arguments, class) = (self.pop()?, self.pop()?);
                let made = self.make(&class, arguments.items())?;
                self.stack.push(made);
            }
            0x92 => {
                let (_keywords, arguments, class) = (self.pop()?, self.pop()?, self.pop()?);
                let made = self.make(&class, arguments.items())?;
                self.stack.push(made);
            }
            b'b' => self.build()?,
            0x82..=0x84 => {
                self.cursor.skip(1 << (opcode - 0x82))?;
                self.run.has_called = true;
                self.found(PICKLE_EXTENSION, "an extension code: what it names is not in the file".to_owned());
                self.stack.push(Value::Opaque);
            }
            // Python's own loader stops at a persistent id, and PyTorch's takes no text for one. Every zip archive
            // begins with this letter.
            b'P' if self.run.opcodes == 1 && self.loader == Loader::Any => return Err(Stop::Broken),
            b'P' => {
                let id = self.line()?;
                self.persistent(&Value::Text(id.into()));
            }
            b'Q' => {
                let id = self.pop()?;
                self.persistent(&id);
            }
            _ => return Err(Stop::Broken),
        }
        Ok(())
    }

    pub(super) fn found(&mut self, code: &'static Code, words: String) {
        if self.run.findings.len() < FINDINGS_MAX {
            self.run.findings.push((code, self.at, words));
        }
    }
}
