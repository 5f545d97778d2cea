//! The binary as a stranger meets it: what was typed and what came back, kept as text beside this.
//!
//! A file under `tests/transcripts/` is one story in an empty directory of its own. A block
//! ```` ```toml NAME ```` is a file that is written there; a block ```` ```console ```` is a session:
//! `$ ` begins what was typed, lines that begin with `! ` came on standard error, `[exit N]` tells any exit
//! code but 0, a command that ends in ` &` goes on running (both its outputs are shown as one), and `^C` stops it. What differs from run to run
//! (times, ids, keys, ports) is replaced by a fixed text. `UPDATE_GOLDEN=1` writes what was seen.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod pipelines;
mod registry;
mod sandbox;
mod session;
mod transcript;
mod volatile;
mod watching;

use std::path::Path;
use std::{env, fs};

fn check(path: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path).with_extension("md");
    let expected = fs::read_to_string(&path).unwrap();
    let seen = transcript::play(&expected);
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, seen).unwrap();
        return;
    }
    assert!(seen == expected, "{} (UPDATE_GOLDEN=1 rewrites it):\n{}", path.display(), difference(&expected, &seen));
}

/// The lines around the first difference.
fn difference(expected: &str, seen: &str) -> String {
    let same = expected.lines().zip(seen.lines()).take_while(|(expected, seen)| expected == seen).count();
    let around = |text: &str| text.lines().skip(same.saturating_sub(3)).take(12).collect::<Vec<_>>().join("\n");
    format!("from line {}\n--- expected\n{}\n--- seen\n{}", same + 1, around(expected), around(seen))
}

/// One test for each file; [`no_transcript_is_forgotten`] compares the list with the directory.
macro_rules! transcripts {
    ($($name:ident),* $(,)?) => {
        const NAMES: &[&str] = &[$(stringify!($name)),*];
        $(#[test]
        fn $name() {
            check(concat!("tests/transcripts/", stringify!($name)));
        })*
    };
}

transcripts! {
    configuration, data, demo, help, keys, models, pipelines, problems, recognizers, registry, rows, scan, serve, start,
    terminal
}

/// Needs the clients that `cargo xtask test sdk` installs, which also runs it.
#[test]
#[ignore = "needs the vendors' clients for Python: `cargo xtask test sdk` installs them and runs this"]
fn python() {
    check("tests/transcripts/python");
}

/// In a build with SQL alone; `cargo xtask test` makes one.
#[cfg(feature = "lake")]
#[test]
fn query() {
    check("tests/transcripts/query");
}

/// The first five minutes, as the front page promises them.
#[test]
fn readme() {
    check("../../README");
}

#[test]
fn no_transcript_is_forgotten() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts");
    let mut found: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .filter(|name| name != "python" && name != "query")
        .collect();
    found.sort();
    assert_eq!(found, NAMES);
}
