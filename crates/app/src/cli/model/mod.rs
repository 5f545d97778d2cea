//! `redoubt model`: model files, before anything loads them.

mod files;
mod scan;
mod sign;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::Failure;

/// Look at model files, sign them and verify them.
#[derive(Debug, Args)]
pub(super) struct Model {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Look for what would run or reach out when a model is loaded; nothing is loaded here.
    Scan(scan::Scan),
    /// Sign every file of a model, as the tool `model-signing` does.
    Sign(sign::Sign),
    /// Verify a signature, and name every file that is changed, missing or added.
    Verify(sign::Verify),
    /// Make a key to sign with, and print its public half.
    Key(sign::Key),
}

impl Model {
    /// Runs the command.
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        match self.action {
            Action::Scan(command) => command.run(),
            Action::Sign(command) => command.run(),
            Action::Verify(command) => command.run(),
            Action::Key(command) => command.run(),
        }
    }
}
