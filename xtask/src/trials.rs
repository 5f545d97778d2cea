//! Trials of the built product: conformance, speed, faults and footprint live in the crate `trials`, and run on
//! the binary that lies next to them.

use std::process::Command;

use crate::Outcome;
use crate::command::{cargo, check};
use crate::metadata::root;

/// A trial by its name, on the binary that users get, so that its figures mean something.
pub(crate) fn released(trial: &str, arguments: &[String]) -> Outcome {
    run(trial, arguments, "release", &["--release"])
}

/// A trial by its name, on the debug binary: for what is either right or wrong.
pub(crate) fn debug(trial: &str, arguments: &[String]) -> Outcome {
    run(trial, arguments, "debug", &[])
}

/// Builds the product and its trials, and runs one of them.
fn run(trial: &str, arguments: &[String], folder: &str, flags: &[&str]) -> Outcome {
    cargo(&[&["build", "--locked", "--package", "redoubt", "--package", "redoubt-trials"], flags].concat())?;
    let mut command = Command::new(root().join("target").join(folder).join("redoubt-trials"));
    command.arg(trial).args(arguments).current_dir(root());
    check(command, &format!("redoubt-trials {trial}"))
}
