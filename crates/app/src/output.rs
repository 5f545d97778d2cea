//! What goes to the terminal.

use std::io::{self, Write};

/// Writes a line to standard output. A reader that went away, as `head` does, is no failure.
pub(crate) fn line(text: impl AsRef<str>) {
    let mut out = io::stdout().lock();
    _ = out.write_all(text.as_ref().as_bytes()).and_then(|()| out.write_all(b"\n"));
}

/// Writes JSON to standard output, readable for people.
pub(crate) fn json(value: &serde_json::Value) {
    line(format!("{value:#}"));
}

/// Writes a line to standard error: progress and hints that are not part of the answer.
pub(crate) fn note(text: impl AsRef<str>) {
    let mut err = io::stderr().lock();
    _ = err.write_all(text.as_ref().as_bytes()).and_then(|()| err.write_all(b"\n"));
}
