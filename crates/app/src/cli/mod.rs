//! The command line. Each command is one file; its line in [`Command`] registers it.

mod audit;
mod config;
mod data;
mod demo;
mod init;
mod key;
mod model;
mod pipeline;
mod query;
mod scan;
mod serve;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use redoubt_audit::{EventEntry, EventKind};
use redoubt_domain::seams::Clock;
use redoubt_gateway::outbox::{self, Outbox};
use redoubt_store::Stores;

use crate::config::{ConfigError, report as mistakes_report, summary as mistakes_summary};
use crate::home::{Home, HomeError, SystemClock, SystemEntropy};
use crate::output::{self, BAD, TITLE, TYPED, paint};
use crate::sandbox::Walls;

/// The security platform for LLM technology stacks: a guarded model endpoint from one command.
#[derive(Debug, Parser)]
#[command(name = "redoubt", bin_name = "redoubt", version, styles = output::HELP)]
#[command(subcommand_required = true, arg_required_else_help = true, after_help = after_help())]
struct Cli {
    #[command(flatten)]
    context: Context,
    #[command(subcommand)]
    command: Command,
}

/// What a stranger should type first, and what scripts should know.
fn after_help() -> String {
    let mut text = paint(TITLE, "Begin:");
    for (command, words) in
        [("redoubt demo", "the tour; it needs nothing"), ("redoubt init", "then a configuration for your own upstream")]
    {
        text.push_str(&format!("\n  {}  {words}", paint(TYPED, command)));
    }
    text.push_str(&format!("\n\n{} 0 ok, 1 the check failed, 2 bad usage or input", paint(TITLE, "Exit codes:")));
    text
}

pub(crate) use model::scan_folder;

/// Where an installation is.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Installation")]
pub(crate) struct Context {
    /// Directory with the installation's keys and state.
    #[arg(long, env = "REDOUBT_HOME", default_value = ".redoubt", value_name = "DIR")]
    #[arg(global = true, hide_env_values = true, display_order = 100)]
    pub home: PathBuf,
    /// Configuration file.
    #[arg(long, env = "REDOUBT_CONFIG", default_value = "redoubt.toml", value_name = "FILE")]
    #[arg(global = true, hide_env_values = true, display_order = 101)]
    pub config: PathBuf,
}

impl Context {
    /// Opens the home, making it if it is not there.
    pub(crate) fn open_home(&self) -> Result<Home, HomeError> {
        Home::open(&self.home)
    }

    /// Opens the home, which must be there: who looks for what was recorded, and looks in the wrong
    /// directory, must not be told that there is nothing.
    pub(crate) fn existing_home(&self) -> Result<Home, HomeError> {
        Home::existing(&self.home)
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Take the tour: real requests through a real gateway, nothing needed.
    Demo(demo::Demo),
    /// Write a commented configuration for a real upstream.
    Init(init::Init),
    /// Serve the configured models.
    Serve(serve::Serve),
    /// Inspect texts: JSON lines in, JSON lines out.
    Scan(scan::Scan),
    /// Check the configuration, or print its JSON Schema.
    Config(config::Config),
    /// Check, plan and run pipelines: from data to a measured model.
    Pipeline(pipeline::Command),
    /// Say what a table holds, what is wrong with it, and whether it has changed.
    Data(data::Data),
    /// Query tables by SQL: CSV, JSON lines, Parquet and Arrow, read only.
    Query(query::Query),
    /// Make, list, rotate and revoke virtual keys.
    Key(key::Key),
    /// Read, verify and prove the audit log.
    Audit(audit::Audit),
    /// Scan, sign, register, approve and promote models.
    Model(model::Model),
    /// What a program of a pipeline is begun by.
    #[command(hide = true)]
    Walls(Walls),
}

/// Why a command did not do what it was asked to.
#[derive(Debug)]
pub(crate) struct Failure {
    code: u8,
    error: Box<dyn Error + Send + Sync>,
    /// What to try next.
    next: Option<String>,
}

impl Failure {
    /// The check failed: exit code 1.
    pub(crate) fn check(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { code: 1, error: error.into(), next: None }
    }

    /// Bad usage or input: exit code 2.
    pub(crate) fn usage(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { code: 2, error: error.into(), next: None }
    }

    /// What is wrong, with its causes, in one line.
    pub(crate) fn words(&self) -> String {
        let first: &dyn Error = self.error.as_ref();
        let causes = std::iter::successors(Some(first), |error| (*error).source());
        causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
    }

    /// Tells what to try next.
    pub(crate) fn next(self, words: impl Into<String>) -> Self {
        Self { next: Some(words.into()), ..self }
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
        Command::Pipeline(command) => command.run(&context),
        Command::Data(command) => command.run(&context),
        Command::Query(command) => command.run(&context),
        Command::Key(command) => command.run(&context),
        Command::Audit(command) => command.run(&context),
        Command::Model(command) => command.run(&context),
        Command::Walls(command) => return command.run(),
    };
    match outcome {
        Ok(code) => code,
        Err(failure) => {
            report(&failure);
            ExitCode::from(failure.code)
        }
    }
}

fn report(failure: &Failure) {
    let Failure { code: _, error, next } = failure;
    let words = match error.downcast_ref() {
        Some(ConfigError::Mistakes { name, source_text, mistakes }) => {
            let (summary, report) =
                (mistakes_summary(name, mistakes.len()), mistakes_report(name, source_text, mistakes));
            format!("{summary}\n\n{report}")
        }
        _ => output::shown(&error.to_string()),
    };
    output::note(format!("{} {words}", paint(BAD, "error:")));
    let (mut source, mut said) = (error.source(), String::new());
    while let Some(cause) = source {
        let words = output::shown(&cause.to_string());
        // Some libraries give their cause's words as their own.
        if words != said {
            output::note(format!("  because: {words}"));
        }
        (source, said) = (cause.source(), words);
    }
    if let Some(next) = next {
        output::note(format!("  {} {next}", paint(TYPED, "try:")));
    }
}

/// A runtime for commands that reach the stores or the network.
fn runtime() -> Result<tokio::runtime::Runtime, std::io::Error> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()
}

/// Leaves an event for the audit log, and writes it there at once unless a server holds the log, which
/// then takes it up by itself.
async fn record(context: &Context, kind: EventKind, subject: &str) -> Result<(), Failure> {
    record_with(context, kind, subject, "").await
}

/// As [`record`], with more to say.
async fn record_with(context: &Context, kind: EventKind, subject: &str, detail: &str) -> Result<(), Failure> {
    let home = context.open_home()?;
    let event = event(kind, subject, detail);
    let records = redoubt_store::open_records(home.path()).await?;
    outbox::post(records.as_ref(), event, &SystemEntropy).await?;
    deliver(&home).await
}

/// An event of a command that somebody runs here, now.
fn event(kind: EventKind, subject: &str, detail: &str) -> EventEntry {
    EventEntry {
        kind,
        time: SystemClock.now(),
        actor: "command line".to_owned(),
        subject: subject.to_owned(),
        detail: detail.to_owned(),
    }
}

/// Has the audit log take up the events that wait for it, unless a server holds the log, which then does it by itself.
async fn deliver(home: &Home) -> Result<(), Failure> {
    if let Ok(Stores { records, log, files, .. }) = redoubt_store::open(home.path()).await {
        let key = home.signing_key()?.verifier().clone();
        Outbox { records, log, files, key }.collect().await?;
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
