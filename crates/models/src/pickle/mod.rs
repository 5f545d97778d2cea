//! Pickles: programs for a stack machine that Python runs when it loads them.
//!
//! A pickle is recognised by running it symbolically, since protocols 0 and 1 begin with nothing in particular and
//! later ones may be made to. Loaders differ as well: joblib puts arrays between opcodes, PyTorch's old files are five
//! pickles and raw storages, `torch.storage._load_from_bytes` loads bytes of the pickle as another file.

mod arguments;
mod calls;
mod libraries;
mod machine;
mod names;
mod stack;
mod value;

pub(crate) use machine::Loader;
pub(crate) use names::{Standing, standing};

use machine::{End, Pass, Run};

use crate::finding::{PICKLE_BROKEN, PICKLE_CUT, PICKLE_EMBEDDED, PICKLE_LIMIT, PICKLE_TRAILING, READ_FAILED, Verdict};
use crate::limits::Limits;
use crate::scan::{Role, Scan, content};
use crate::source::{Cursor, Part, Source, peek};

/// The magic number of PyTorch's files before they were zip archives: `0x1950a86a20f9469cfc6c`.
const TORCH_MAGIC: &[u8] = &[0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
/// Pickles at the front of such a file; raw storages follow.
const TORCH_PICKLES: usize = 5;
/// Zeros behind a pickle up to this many are padding.
const PADDING_MAX: u64 = 4_096;
/// Where pickles are looked for in other data, and how far each is followed.
const EMBEDDED_BYTES_MAX: usize = 16 << 20;
const EMBEDDED_OPCODES_MAX: u64 = 100_000;

/// Looks at the pickles of `source`. False if it does not look like one, and then nothing is said about it, unless
/// `is_certain`.
pub(crate) fn scan(scan: &mut Scan<'_>, source: &dyn Source, mut loader: Loader, is_certain: bool) -> bool {
    let (mut at, mut is_torch) = (0, false);
    for count in 0.. {
        if count >= scan.limits.pickles_max {
            scan.at(PICKLE_LIMIT, at, "more pickles one after the other than are looked at");
            break;
        }
        let (run, next) = follow(source, at, loader, Pass::Joblib, scan.limits);
        if !(is_pickle(source, at, &run) || is_certain && count == 0) {
            if count == 0 {
                return false;
            }
            trailing(scan, source, at);
            break;
        }
        if count == 0 && run.is_torch_magic && run.end == End::Stop {
            is_torch = true;
            if loader == Loader::Any {
                loader = Loader::Torch;
            }
        }
        commit(scan, source, &run);
        if run.has_arrays {
            // Python's own loader does not go over the arrays that joblib's does.
            let (plain, _) = follow(source, at, loader, Pass::Plain(&run.names), scan.limits);
            if plain.has_called || is_malicious(&plain) {
                commit(scan, source, &plain);
            }
        }
        match run.end {
            End::Stop => {}
            End::Broken(at) if run.has_named => {
                scan.at(PICKLE_BROKEN, at, "the stream breaks here");
                break;
            }
            End::Broken(at) => {
                scan.at(PICKLE_CUT, at, "the stream breaks here");
                break;
            }
            End::Limit(at) => {
                scan.at(PICKLE_LIMIT, at, "reading stops here");
                break;
            }
            End::Unreadable => {
                scan.at(READ_FAILED, at, "reading failed here");
                break;
            }
        }
        at = next;
        if at >= source.length() || is_torch && count + 1 >= TORCH_PICKLES {
            break;
        }
    }
    true
}

/// Looks for pickles that begin within other data and call something dangerous.
pub(crate) fn embedded(scan: &mut Scan<'_>, source: &dyn Source, from: u64) {
    let Ok(bytes) = peek(source, from, EMBEDDED_BYTES_MAX) else { return };
    let limits = Limits { opcodes_max: EMBEDDED_OPCODES_MAX, ..scan.limits.clone() };
    let mut left = scan.limits.embedded_max;
    for at in memchr::memchr_iter(0x80, &bytes) {
        if !matches!(bytes.get(at + 1), Some(2..=5)) {
            continue;
        }
        if left == 0 {
            return;
        }
        left -= 1;
        let at = from + at as u64;
        let (run, _) = follow(source, at, Loader::Any, Pass::Joblib, &limits);
        if run.has_called && is_malicious(&run) {
            scan.at(PICKLE_EMBEDDED, at, "a pickle begins here");
            commit(scan, source, &run);
        }
    }
}

fn follow(source: &dyn Source, at: u64, loader: Loader, pass: Pass<'_>, limits: &Limits) -> (Run, u64) {
    let mut cursor = Cursor::new(source, at);
    let run = machine::run(&mut cursor, loader, pass, limits);
    (run, cursor.at())
}

/// Whether the bytes at `at` are to be judged as a pickle: they begin as one and go on, or came to an end as one, or
/// did what only a pickle does.
fn is_pickle(source: &dyn Source, at: u64, run: &Run) -> bool {
    let head = peek(source, at, 2).unwrap_or_default();
    let begins = matches!(head.as_slice(), [0x80, 0..=5]);
    let ends = run.end == End::Stop && run.opcodes >= 2 && !run.is_odd;
    begins && run.opcodes > 2 || ends || is_malicious(run) || run.has_called && !run.is_odd
}

fn is_malicious(run: &Run) -> bool {
    run.findings.iter().any(|(code, ..)| code.verdict == Verdict::Malicious)
}

fn commit(scan: &mut Scan<'_>, source: &dyn Source, run: &Run) {
    for (code, at, words) in &run.findings {
        scan.at(code, *at, words.clone());
    }
    for (at, length) in &run.nested {
        let part = Part::new(source, *at, *length);
        scan.within(&format!("bytes at {at}"), |scan| content(scan, &part, "", Role::Nested));
    }
}

/// What lies behind the last pickle and is none.
fn trailing(scan: &mut Scan<'_>, source: &dyn Source, at: u64) {
    let left = source.length() - at;
    let head = peek(source, at, 4_096).unwrap_or_default();
    if left <= PADDING_MAX && head.iter().all(|byte| *byte == 0) {
        return;
    }
    scan.at(PICKLE_TRAILING, at, format!("{left} bytes"));
    embedded(scan, source, at);
}
