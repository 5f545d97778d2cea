//! The form of every Rust file that git tracks, also of those that cargo would not find.

use std::process::Command;

use crate::Outcome;
use crate::metadata::root;

pub(crate) fn run(_: &[String]) -> Outcome {
    let listed = Command::new("git")
        .args(["ls-files", "*.rs"])
        .current_dir(root())
        .output()
        .map_err(|error| format!("cannot run git: {error}"))?;
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let status = Command::new("rustfmt")
        .args(["--check", "--edition", "2024"])
        .args(listed.lines())
        .current_dir(root())
        .status()
        .map_err(|error| format!("cannot run rustfmt: {error}"))?;
    if status.success() { Ok(()) } else { Err("run `cargo fmt`".to_owned()) }
}
