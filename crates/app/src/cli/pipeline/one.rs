//! `redoubt pipeline run --only`: one step alone, as a task of another system runs it.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use redoubt_pipeline::{Fate, Made, Step, run_one};

use super::super::{Context, Failure};
use super::progress::Progress;
use super::words::{as_json, table};
use super::{Stored, assignment, open_registrar, or_all, stopped, with};
use crate::output;
use crate::shelf;

#[derive(Debug, Args)]
pub(super) struct One {
    /// Run this step alone; those that it hangs on must have run before.
    #[arg(long, value_name = "STEP")]
    pub(super) only: Option<String>,
    /// Write a figure of that step to a file.
    #[arg(long = "figure", value_name = "FIGURE=FILE", requires = "only", value_parser = assignment)]
    figures: Vec<(String, String)>,
    /// Try it once, whatever its `retries`: whoever calls tries again.
    #[arg(long, requires = "only")]
    single_try: bool,
}

impl One {
    /// Runs the step. The run is not at its end with it, so there is neither a report nor an event of the audit log:
    /// both are made by `redoubt pipeline close`.
    pub(super) fn run(
        self,
        context: &Context,
        stored: &Stored,
        threads: Option<NonZeroUsize>,
        allow_unsandboxed: bool,
    ) -> Result<ExitCode, Failure> {
        let Self { only, figures, single_try } = self;
        let name = only.unwrap_or_default();
        let mut pipeline = stored.file.load()?;
        if single_try {
            pipeline.steps.iter_mut().for_each(|step| step.retries = None);
        }
        let shelf = stored.shelf(&context.home);
        let shelf = if allow_unsandboxed { shelf.allow_unsandboxed() } else { shelf };
        let asks_registry = pipeline.step(&name).is_some_and(|step| {
            let before = pipeline.hangs_on(step);
            let is_involved = |other: &&Step| other.name == name || before.contains(other.name.as_str());
            pipeline.steps.iter().filter(is_involved).any(Step::asks_registry)
        });
        let registrar = match asks_registry {
            true => Some(open_registrar(context, &context.open_home()?, &shelf)?),
            false => None,
        };
        let mut progress = Progress::new(1);
        let made = run_one(&pipeline, with(registrar.as_ref(), &shelf), &name, or_all(threads), |change| {
            progress.tell(change);
        });
        progress.end();
        let made = made.map_err(stopped)?;
        write(&figures, made.last())?;
        let own = made.last().map(std::slice::from_ref).unwrap_or_default();
        if stored.file.json {
            output::json(&as_json(&pipeline, own));
        } else {
            output::line(table(own).render(output::width()).trim_end());
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Writes figures, each as a number and nothing else.
fn write(figures: &[(String, String)], made: Option<&Made>) -> Result<(), Failure> {
    let Some(made) = made.filter(|made| !matches!(made.fate, Fate::Skipped(_))) else { return Ok(()) };
    for (name, path) in figures {
        let figure = made.figures.get(name).ok_or_else(|| {
            let known: Vec<&str> = made.figures.keys().map(String::as_str).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            Failure::usage(format!("step `{}` has no figure `{name}`; it has {known}", made.name))
        })?;
        shelf::write(&PathBuf::from(path), figure.to_string().as_bytes())?;
    }
    Ok(())
}
