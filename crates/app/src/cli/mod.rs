//! The command line. Each command is one file; its line in [`Command`] registers it.

mod audit;
mod config;
mod demo;
mod init;
mod key;
mod scan;
mod serve;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use redoubt_audit::{EventEntry, EventKind};
use redoubt_domain::seams::Clock;
use redoubt_gateway::outbox;

use crate::home::{Home, HomeError, SystemClock};
use crate::output;

/// The security platform for LLM technology stacks: a guarded model endpoint from one command.
#[derive(Debug, Parser)]
#[command(name = "redoubt", version, propagate_version = true, disable_help_subcommand = true)]
#[command(after_help = "Begin with `redoubt demo`. Exit codes: 0 ok, 1 the check failed, 2 bad usage or input.")]
struct Cli {
    #[command(flatten)]
    context: Context,
    #[command(subcommand)]
    command: Command,
}

/// Where an installation is.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Context {
    /// Directory with the installation's keys and state.
    #[arg(long, env = "REDOUBT_HOME", default_value = ".redoubt", global = true, value_name = "DIR")]
    pub home: PathBuf,
    /// Configuration file.
    #[arg(long, env = "REDOUBT_CONFIG", default_value = "redoubt.toml", global = true, value_name = "FILE")]
    pub config: PathBuf,
}

impl Context {
    /// Opens the home, making it if it is not there.
    pub(crate) fn open_home(&self) -> Result<Home, HomeError> {
        Home::open(&self.home)
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show what Redoubt does: start it before a demonstration model, send requests, print what happened.
    Demo(demo::Demo),
    /// Write a commented configuration for a real upstream.
    Init(init::Init),
    /// Serve the configured models.
    Serve(serve::Serve),
    /// Inspect texts: JSON lines in, JSON lines out.
    Scan(scan::Scan),
    /// Check the configuration, or print its JSON Schema.
    Config(config::Config),
    /// Make, list, rotate and revoke virtual keys.
    Key(key::Key),
    /// Read, verify and prove the audit log.
    Audit(audit::Audit),
}

/// Why a command did not do what it was asked to.
#[derive(Debug)]
pub(crate) struct Failure {
    code: u8,
    error: Box<dyn Error + Send + Sync>,
}

impl Failure {
    /// The check failed: exit code 1.
    pub(crate) fn check(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { code: 1, error: error.into() }
    }

    /// Bad usage or input: exit code 2.
    pub(crate) fn usage(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { code: 2, error: error.into() }
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::usage(error)
    }
}

/// Runs the command that the arguments name.
pub(crate) fn main() -> ExitCode {
    let Cli { context, command } = Cli::parse();
    let outcome = match command {
        Command::Demo(command) => command.run(&context),
        Command::Init(command) => command.run(&context),
        Command::Serve(command) => command.run(&context),
        Command::Scan(command) => command.run(),
        Command::Config(command) => command.run(&context),
        Command::Key(command) => command.run(&context),
        Command::Audit(command) => command.run(&context),
    };
    match outcome {
        Ok(code) => code,
        Err(Failure { code, error }) => {
            report(error.as_ref());
            ExitCode::from(code)
        }
    }
}

fn report(error: &dyn Error) {
    output::note(format!("error: {}", error.to_string().trim_end()));
    let mut source = error.source();
    while let Some(cause) = source {
        output::note(format!("  because: {cause}"));
        source = cause.source();
    }
}

/// A runtime for commands that reach the stores or the network.
fn runtime() -> Result<tokio::runtime::Runtime, std::io::Error> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()
}

/// Leaves an event for the audit log, and writes it there at once unless a server holds the log, which
/// then takes it up by itself.
async fn record(context: &Context, kind: EventKind, subject: &str) -> Result<(), Failure> {
    let home = context.open_home()?;
    let event = EventEntry {
        kind,
        time: SystemClock.now(),
        actor: "command line".to_owned(),
        subject: subject.to_owned(),
        detail: String::new(),
    };
    let records = redoubt_store::open_records(home.path()).await?;
    outbox::post(records.as_ref(), event).await?;
    if let Ok(stores) = redoubt_store::open(home.path()).await {
        outbox::collect(stores.records.as_ref(), stores.log.as_ref()).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
