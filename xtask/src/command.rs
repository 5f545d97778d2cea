//! Other programs, run where the user sees what they say.

use std::process::Command;

use crate::Outcome;
use crate::metadata::root;

/// Runs cargo in the workspace's root.
pub(crate) fn cargo(arguments: &[&str]) -> Outcome {
    let mut command = Command::new(env!("CARGO"));
    command.args(arguments).current_dir(root());
    check(command, &format!("cargo {}", arguments.join(" ")))
}

/// Runs a program to its end; anything but success is an error that names it.
pub(crate) fn check(mut command: Command, name: &str) -> Outcome {
    eprintln!("--- {name}");
    let status = command.status().map_err(|error| format!("cannot run {name}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{name} failed")) }
}
