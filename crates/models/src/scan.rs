//! One file: what it is by its bytes, and what each reader of that kind finds in it.

use std::collections::BTreeSet;

use crate::archive::{gzip, tar, zip};
use crate::finding::{
    ARCHIVE_LIMIT, ARCHIVE_METHOD, Code, Finding, NATIVE_CODE, NOT_READ, POLYGLOT, PYTHON_BYTECODE, Place, READ_FAILED,
    UNKNOWN, Verdict,
};
use crate::graph::{keras, onnx, tensorflow};
use crate::kind::{Kind, sniff};
use crate::limits::Limits;
use crate::pickle::{self, Loader};
use crate::settings;
use crate::source::{ReadError, Source, peek};
use crate::weights::{gguf, npy, safetensors};

/// What a scan of one file came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scanned {
    /// What it is.
    pub kind: Kind,
    /// The worst of what was found, findings that are not listed included.
    pub verdict: Verdict,
    /// What was found, in the order of the file.
    pub findings: Vec<Finding>,
    /// Findings beyond [`Limits::findings_max`].
    pub omitted: u64,
    /// Files beside it that it reads its weights from, as it names them.
    pub data_files: BTreeSet<String>,
}

/// Looks at one file. `name` is its path within the model, with `/`: it tells what a text is for, since loaders find
/// texts by name; everything else is told by the bytes. Never panics, always ends, and gives the same answer twice.
pub fn scan(source: &dyn Source, name: &str, limits: &Limits) -> Scanned {
    let mut scan = Scan::new(limits);
    let kind = content(&mut scan, source, name, Role::Any);
    scan.finish(kind)
}

/// What is known about some content from where it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Nothing.
    Any,
    /// Bytes within a pickle.
    Nested,
    /// A pickle that this loader reads.
    Pickle(Loader),
    /// Elements of tensors: any bytes at all.
    Storage,
    /// TorchScript's code, which its own compiler reads.
    TorchScript,
}

/// Findings while they are made, and what bounds them.
pub(crate) struct Scan<'l> {
    pub(crate) limits: &'l Limits,
    /// What was inflated so far, in bytes.
    pub(crate) inflated: u64,
    pub(crate) data_files: BTreeSet<String>,
    findings: Vec<Finding>,
    omitted: u64,
    verdict: Verdict,
    members: Vec<String>,
}

impl<'l> Scan<'l> {
    pub(crate) fn new(limits: &'l Limits) -> Self {
        Self {
            limits,
            inflated: 0,
            data_files: BTreeSet::new(),
            findings: Vec::new(),
            omitted: 0,
            verdict: Verdict::Clean,
            members: Vec::new(),
        }
    }

    pub(crate) fn finish(self, kind: Kind) -> Scanned {
        let Self { limits: _, inflated: _, data_files, findings, omitted, verdict, members: _ } = self;
        Scanned { kind, verdict, findings, omitted, data_files }
    }

    /// Something about the whole content.
    pub(crate) fn found(&mut self, code: &'static Code, words: impl Into<String>) {
        self.add(code, None, None, words.into());
    }

    /// Something at a byte.
    pub(crate) fn at(&mut self, code: &'static Code, offset: u64, words: impl Into<String>) {
        self.add(code, Some(offset), None, words.into());
    }

    /// Something at a place in a document.
    pub(crate) fn key(&mut self, code: &'static Code, path: impl Into<String>, words: impl Into<String>) {
        self.add(code, None, Some(path.into()), words.into());
    }

    fn add(&mut self, code: &'static Code, offset: Option<u64>, path: Option<String>, words: String) {
        self.verdict = self.verdict.max(code.verdict);
        let member = (!self.members.is_empty()).then(|| self.members.join("!"));
        let finding = Finding { code, place: Place { member, offset, path }, words: shortened(words) };
        if self.findings.contains(&finding) {
            return;
        }
        if self.findings.len() < self.limits.findings_max {
            self.findings.push(finding);
        } else {
            self.omitted += 1;
        }
    }

    /// Looks at a member of what is being looked at.
    pub(crate) fn within<R>(&mut self, member: &str, look: impl FnOnce(&mut Self) -> R) -> R {
        self.members.push(shortened(member.to_owned()));
        let result = look(self);
        self.members.pop();
        result
    }

    pub(crate) fn depth(&self) -> usize {
        self.members.len()
    }

    /// The verdict of what `look` finds, alone.
    pub(crate) fn unread(&mut self, error: &ReadError) {
        self.found(READ_FAILED, error.to_string());
    }
}

/// Words of a file, cut to what a line can hold.
pub(crate) fn shortened(mut words: String) -> String {
    const MAX: usize = 240;
    if words.len() > MAX {
        words.truncate(words.floor_char_boundary(MAX));
        words.push('…');
    }
    words
}

/// Looks at some content, the whole file or a part of it.
pub(crate) fn content(scan: &mut Scan<'_>, source: &dyn Source, name: &str, role: Role) -> Kind {
    if scan.depth() > scan.limits.depth_max {
        scan.found(ARCHIVE_LIMIT, "nested deeper than is looked at");
        return Kind::Unknown;
    }
    let kind = match sniff(source) {
        Ok(kind) => kind,
        Err(error) => {
            scan.unread(&error);
            return Kind::Unknown;
        }
    };
    let loader = if let Role::Pickle(loader) = role { loader } else { Loader::Any };
    // Whatever else it may be: if it is a pickle for somebody who loads pickles, it is judged as one.
    let is_pickle = pickle::scan(scan, source, loader, matches!(role, Role::Pickle(_)));
    if is_pickle && matches!(kind, Kind::Unknown | Kind::Text | Kind::Json) {
        also_zip(scan, source, Kind::Pickle);
        return Kind::Pickle;
    }
    if is_pickle {
        scan.found(POLYGLOT, format!("a pickle, and {} as well", kind.words()));
    }
    read(scan, source, name, role, kind);
    also_zip(scan, source, kind);
    kind
}

/// A zip archive is found from its end, so any file may be one as well.
fn also_zip(scan: &mut Scan<'_>, source: &dyn Source, kind: Kind) {
    let holds_others = matches!(kind, Kind::Zip | Kind::Tar | Kind::Gzip | Kind::Zlib);
    if !holds_others && zip::is_at_the_end(source) {
        scan.found(POLYGLOT, format!("a zip archive, and {} as well", kind.words()));
        zip::scan(scan, source);
    }
}

fn read(scan: &mut Scan<'_>, source: &dyn Source, name: &str, role: Role, kind: Kind) {
    match kind {
        Kind::Empty | Kind::Pickle | Kind::Image | Kind::SentencePiece => {}
        Kind::Zip => zip::scan(scan, source),
        Kind::Tar => tar::scan(scan, source),
        Kind::Gzip | Kind::Zlib => gzip::scan(scan, source, kind, name),
        Kind::OtherArchive => {
            scan.found(ARCHIVE_METHOD, "7z, rar, bzip2, xz, zstd, lz4 and lzma are not unpacked here")
        }
        Kind::Npy => npy::scan(scan, source),
        Kind::Safetensors => safetensors::scan(scan, source),
        Kind::Gguf => gguf::scan(scan, source),
        Kind::Onnx => onnx::scan(scan, source),
        Kind::SavedModel | Kind::FrozenGraph => tensorflow::scan(scan, source, kind),
        Kind::Hdf5 | Kind::KerasMetadata => keras::scan_bytes(scan, source),
        Kind::Json => settings::json(scan, source, name),
        Kind::Text => settings::text(scan, source, name, role),
        Kind::Native => scan.found(NATIVE_CODE, "a program or a library"),
        Kind::Bytecode => scan.found(PYTHON_BYTECODE, "a module compiled by Python"),
        Kind::Tflite => scan.found(NOT_READ, "TensorFlow Lite; custom operators are not told from others"),
        Kind::Unknown if role == Role::Storage || is_raw_data(name) => {}
        Kind::Unknown => {
            scan.found(UNKNOWN, first_bytes(source));
            pickle::embedded(scan, source, 0);
        }
    }
}

/// Files that hold elements of tensors and nothing else, by the names that TensorFlow gives them.
fn is_raw_data(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or_default();
    file.contains(".data-0") && file.contains("-of-0") || file == "variables.index"
}

fn first_bytes(source: &dyn Source) -> String {
    let head = peek(source, 0, 8).unwrap_or_default();
    let digits: Vec<String> = head.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("it begins with {}", digits.join(" "))
}
