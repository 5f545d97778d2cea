//! `redoubt pipeline`: from data to a measured model, in one file.

mod close;
mod compile;
mod one;
mod progress;
mod report;
mod show;
mod steps;
mod watch;
mod words;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use redoubt_audit::EventKind;
use redoubt_domain::Capability;
use redoubt_pipeline::{Digest, Made, Pipeline, RunError, Shelf, Step, StepError, run};
use serde_json::json;

use self::close::Close;
use self::compile::Compile;
use self::one::One;
use self::progress::Progress;
use self::report::Report;
use self::show::Show;
use self::watch::Watch;
use self::words::{as_json, manifest, table};
use super::{Context, Failure};
use crate::config::{self, ConfigError};
use crate::home::Home;
use crate::output::{self, FAINT, GOOD, paint};
use crate::registry::{Registrar, Room};
use crate::shelf::{DiskShelf, read_if};

/// Check, plan and run pipelines.
#[derive(Debug, Args)]
pub(super) struct Command {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print every mistake of a pipeline file with its line, column and nearest name.
    Check(File),
    /// Say what would run, and why.
    Plan(Stored),
    /// Run what is not there yet; a run that was cut off goes on where it stopped.
    Run(Run),
    /// End a run whose steps ran one by one: see that all of them did, tell the audit log, and write the report.
    Close(Close),
    /// Write a pipeline as a definition for Kubeflow, Argo or SageMaker, which runs each step in a container.
    Compile(Compile),
    /// Show what the last run made, or write one product of it.
    Show(Show),
    /// Write the last run as one page of HTML with its plots.
    Report(Report),
    /// Run pipelines when their triggers fire: a time, new data, drift, feedback.
    Watch(Watch),
    /// Print every kind of step with its settings.
    Steps,
}

#[derive(Debug, Args)]
struct File {
    /// The pipeline file.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Give a parameter of the file another value.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = assignment)]
    set: Vec<(String, String)>,
    /// Refuse the file if it has another digest.
    #[arg(long, value_name = "SHA256", value_parser = digest)]
    digest: Option<Digest>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// A pipeline file, and what its steps made.
#[derive(Debug, Args)]
struct Stored {
    #[command(flatten)]
    file: File,
    /// Where what steps made is kept, such as a folder that several machines share; HOME/pipelines, if left out.
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Run {
    #[command(flatten)]
    stored: Stored,
    #[command(flatten)]
    one: One,
    /// The most threads; as many as there are processors, if left out. The results do not depend on it.
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    /// Run programs without walls where the file says `sandbox = "none"`. They can do whatever you can.
    #[arg(long)]
    allow_unsandboxed: bool,
}

fn digest(text: &str) -> Result<Digest, String> {
    Digest::parse(text).ok_or_else(|| "write `sha256:` and 64 hexadecimal digits".to_owned())
}

fn assignment(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    Ok((name.trim().to_owned(), value.to_owned()))
}

impl Command {
    /// Runs the command.
    pub(super) fn run(self, context: &Context) -> Result<ExitCode, Failure> {
        #[cfg(feature = "lake")]
        redoubt_pipeline::install_sql(Box::new(crate::sql::StepSql::new(&context.home)));
        match self.action {
            Action::Check(file) => file.check(),
            Action::Plan(stored) => stored.plan(context),
            Action::Run(command) => command.run(context),
            Action::Close(command) => command.run(context),
            Action::Compile(command) => command.run(),
            Action::Show(command) => command.run(context),
            Action::Report(command) => command.run(context),
            Action::Watch(command) => command.run(context),
            Action::Steps => {
                output::line(steps::steps());
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

impl File {
    fn load(&self) -> Result<Pipeline, Failure> {
        if let Some(wanted) = &self.digest {
            let found = read_if(&self.file)?.map(|bytes| Digest::of(&bytes));
            if let Some(found) = found.filter(|found| found != wanted) {
                let file = self.file.display();
                return Err(Failure::usage(format!("`{file}` has the digest {found}, and {wanted} is asked for"))
                    .next("compile the file anew, or give back the one that was compiled"));
            }
        }
        config::load_document(&self.file, |root| Pipeline::load(root, &self.set)).map_err(|error| match error {
            ConfigError::Missing { path } => Failure::usage(format!("there is no pipeline file `{}`", path.display()))
                .next("`redoubt pipeline steps` tells what one may say"),
            error => Failure::usage(error),
        })
    }

    fn check(&self) -> Result<ExitCode, Failure> {
        match self.load() {
            Ok(pipeline) if self.json => {
                let steps: Vec<&str> = pipeline.steps.iter().map(|step| step.name.as_str()).collect();
                output::json(&json!({ "pipeline": pipeline.name, "steps": steps, "mistakes": [] }));
                Ok(ExitCode::SUCCESS)
            }
            Ok(pipeline) => {
                let steps = pipeline.steps.len();
                output::line(format!("{} `{}` with {steps} steps", paint(GOOD, "ok:"), pipeline.name));
                Ok(ExitCode::SUCCESS)
            }
            Err(failure) => Err(failure),
        }
    }
}

impl Stored {
    fn shelf(&self, home: &Path) -> DiskShelf {
        let shelf = DiskShelf::new(home, self.file.file.parent().unwrap_or(Path::new("")));
        match &self.store {
            Some(store) => shelf.at(store),
            None => shelf,
        }
    }

    fn plan(&self, context: &Context) -> Result<ExitCode, Failure> {
        let pipeline = self.file.load()?;
        let shelf = self.shelf(&context.home);
        let registrar = match context.existing_home() {
            Ok(home) => registrar(context, &home, &pipeline, &shelf)?,
            // Nothing was registered where there is nothing.
            Err(_) => None,
        };
        let made = run(&pipeline, with(registrar.as_ref(), &shelf), None, |_| ()).map_err(stopped)?;
        if self.file.json {
            output::json(&as_json(&pipeline, &made));
        } else {
            output::line(table(&made).render(output::width()).trim_end());
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Run {
    fn run(self, context: &Context) -> Result<ExitCode, Failure> {
        let Self { stored, one, threads, allow_unsandboxed } = self;
        if one.only.is_some() {
            return one.run(context, &stored, threads, allow_unsandboxed);
        }
        let (pipeline, made) = perform(context, &stored, threads, allow_unsandboxed)?;
        if stored.file.json {
            output::json(&as_json(&pipeline, &made));
        } else {
            output::line(table(&made).render(output::width()).trim_end());
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The registry of models, for a pipeline that has something done to it.
fn registrar<'s>(
    context: &Context,
    home: &Home,
    pipeline: &Pipeline,
    shelf: &'s DiskShelf,
) -> Result<Option<Registrar<'s>>, Failure> {
    if !pipeline.steps.iter().any(Step::asks_registry) {
        return Ok(None);
    }
    open_registrar(context, home, shelf).map(Some)
}

/// The registry of models, for whoever may register something.
fn open_registrar<'s>(context: &Context, home: &Home, shelf: &'s DiskShelf) -> Result<Registrar<'s>, Failure> {
    let gates = config::load_gates(&context.config)?;
    let runtime = super::runtime()?;
    let room = runtime.block_on(Room::open(home, &context.config, gates))?;
    room.may(&[Capability::Register])?;
    Ok(Registrar::new(shelf, room, runtime))
}

fn with<'s>(registrar: Option<&'s Registrar<'s>>, shelf: &'s DiskShelf) -> &'s dyn Shelf {
    match registrar {
        Some(registrar) => registrar,
        None => shelf,
    }
}

/// Runs a pipeline to its end, notes that in the audit log, and leaves its report.
fn perform(
    context: &Context,
    stored: &Stored,
    threads: Option<NonZeroUsize>,
    allow_unsandboxed: bool,
) -> Result<(Pipeline, Vec<Made>), Failure> {
    let pipeline = stored.file.load()?;
    let home = context.open_home()?;
    let shelf = stored.shelf(home.path());
    let shelf = if allow_unsandboxed { shelf.allow_unsandboxed() } else { shelf };
    let threads = or_all(threads);
    let registrar = registrar(context, &home, &pipeline, &shelf)?;
    let mut progress = Progress::new(pipeline.data.len() + pipeline.steps.len());
    let made = run(&pipeline, with(registrar.as_ref(), &shelf), Some(threads), |change| progress.tell(change));
    let took = progress.end();
    let made = made.map_err(stopped)?;
    end(context, &home, &pipeline, &made, &shelf, took)?;
    Ok((pipeline, made))
}

/// Notes a run that came to its end in the audit log, and leaves its report.
fn end(
    context: &Context,
    home: &Home,
    pipeline: &Pipeline,
    made: &[Made],
    shelf: &DiskShelf,
    took: BTreeMap<String, f64>,
) -> Result<(), Failure> {
    let manifest = manifest(made);
    let told = super::record_with(context, EventKind::PipelineRun, &pipeline.name, manifest.as_str());
    super::runtime()?.block_on(told)?;
    let page = report::leave(home.path(), pipeline, made, shelf, took)?;
    output::note(format!("{} {}", paint(FAINT, "report"), page.display()));
    Ok(())
}

/// As many threads as are asked for, or as there are processors.
fn or_all(threads: Option<NonZeroUsize>) -> NonZeroUsize {
    threads.or_else(|| std::thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN)
}

/// A bad file or bad data are the caller's; a demand of the pipeline that is not met, and a program that fails, is a
/// check that failed.
fn stopped(error: RunError) -> Failure {
    match error {
        RunError::Step { ref source, .. } if matches!(**source, StepError::Demand(_) | StepError::Chance(_)) => {
            Failure::check(error)
        }
        _ => Failure::usage(error),
    }
}
