//! Model files as strangers send them, and as honest libraries write them.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod archives;
mod graphs;
mod laws;
mod pickles;
mod properties;
mod settings;
mod signing;
mod support;
mod weights;

use redoubt_models::{Limits, Scanned, Verdict};

/// `os.system("id")`, in protocol 0.
const EVIL: &[u8] = b"cos\nsystem\n(S'id'\ntR.";

fn scan(bytes: &[u8], name: &str) -> Scanned {
    redoubt_models::scan(&bytes, name, &Limits::default())
}

/// The content is what `expected` says, and for this reason if there is one.
#[track_caller]
fn check(bytes: &[u8], name: &str, expected: Verdict, code: &str) {
    let scanned = scan(bytes, name);
    let codes: Vec<&str> = scanned.findings.iter().map(|finding| finding.code.name).collect();
    assert_eq!(scanned.verdict, expected, "{name}: {scanned:?}");
    assert!(code.is_empty() == codes.is_empty() && (code.is_empty() || codes.contains(&code)), "{name}: {scanned:?}");
}

#[track_caller]
fn clean(bytes: &[u8], name: &str) {
    check(bytes, name, Verdict::Clean, "");
}
