//! The guard's classifier, made anew: labelled rows out of a folder of data, and weights out of the rows.

use std::path::PathBuf;
use std::process::Command;

use crate::Outcome;
use crate::command::{cargo, check};
use crate::metadata::root;

const USAGE: &str = "usage: cargo xtask train-guard DATA --documents DIR [--without SET]… [--out FILE]";

/// The weights that come with the product.
const FILE: &str = "crates/guard/models/classifier.bin";

/// Writes the file of weights, the same bytes from the same data; or, with sets left out, only says how well it does on
/// them.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let (data, rest) = arguments.split_first().filter(|(data, _)| !data.starts_with('-')).ok_or(USAGE)?;
    cargo(&["build", "--locked", "--release", "--package", "redoubt-trials", "--package", "redoubt-training"])?;
    let built: PathBuf = root().join("target/release");
    let rows = root().join("target/classifier-rows.jsonl");
    let mut command = Command::new(built.join("redoubt-trials"));
    command.args(["detection", data, "--rows"]).arg(&rows);
    check(command, "redoubt-trials detection --rows")?;
    let mut command = Command::new(built.join("redoubt-training"));
    command.args(["classifier", "--rows"]).arg(&rows).args(rest);
    let is_named = |option: &str| rest.iter().any(|word| word == option);
    if !is_named("--without") && !is_named("--out") {
        command.arg("--out").arg(root().join(FILE));
    }
    check(command, "redoubt-training classifier")
}
