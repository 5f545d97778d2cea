//! `redoubt model`: model files before anything loads them, and the registry of those that may be used.

mod delete;
mod evidence;
mod export;
mod files;
mod import;
mod lead;
mod list;
mod room;
mod scan;
mod show;
mod sign;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::{Context, Failure};
use crate::output::{TITLE, TYPED, paint};
pub(crate) use scan::scan as scan_folder;

/// Scan, sign, register, approve and promote models.
#[derive(Debug, Args)]
#[command(after_help = after_help())]
pub(super) struct Model {
    #[command(subcommand)]
    action: Action,
}

/// How versions are named, and who acts.
fn after_help() -> String {
    format!(
        "{}\n  \
         lending             the model\n  \
         lending/3           its third version; lending/latest, the newest\n  \
         lending/Production  the version in a stage: Staging, Production, Archived\n  \
         lending@champion    the version behind an alias\n\n\
         Who acts is the owner of the key in {}, or without one the installation's.",
        paint(TITLE, "Names:"),
        paint(TYPED, crate::registry::KEY_VARIABLE),
    )
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
    /// Scan a model and register it, encrypted, as the next version.
    Import(import::Import),
    /// Write the files of a version out, if its gates open and every digest agrees.
    Export(export::Export),
    /// List the models and where their stages and aliases lead.
    List(list::List),
    /// Show a model or a version, with its evidence and what is missing before it is promoted.
    Show(show::Show),
    /// Sign evidence about a version: a scan, a report, a signature.
    Attest(evidence::Attest),
    /// Agree to a version that somebody else registered, or reject it.
    Approve(evidence::Approve),
    /// Put a version into a stage, if its gate opens.
    Promote(lead::Promote),
    /// Put back the version that held a stage or an alias before.
    Rollback(lead::Rollback),
    /// Have an alias lead to a version, if its gate opens, or remove the alias.
    Alias(lead::Alias),
    /// Delete a model or a version, and the key without which its files are noise.
    Delete(delete::Delete),
}

impl Model {
    /// Runs the command.
    pub(super) fn run(self, context: &Context) -> Result<ExitCode, Failure> {
        match self.action {
            Action::Scan(command) => command.run(),
            Action::Sign(command) => command.run(),
            Action::Verify(command) => command.run(),
            Action::Key(command) => command.run(),
            Action::Import(command) => command.run(context),
            Action::Export(command) => command.run(context),
            Action::List(command) => command.run(context),
            Action::Show(command) => command.run(context),
            Action::Attest(command) => command.run(context),
            Action::Approve(command) => command.run(context),
            Action::Promote(command) => command.run(context),
            Action::Rollback(command) => command.run(context),
            Action::Alias(command) => command.run(context),
            Action::Delete(command) => command.run(context),
        }
    }
}
