//! `redoubt pipeline`: from data to a measured model, in one file.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::{Args, Subcommand};
use redoubt_audit::EventKind;
use redoubt_domain::settings::{Described, Property, describe};
use redoubt_learn::learners::{InputKind, Kind as ParameterKind, LEARNERS};
use redoubt_pipeline::{Change, Digest, Fate, Kept, Made, Pipeline, ProductKind, RunError, Shelf, StepError, run};
use serde_json::{Value, json};

use super::{Context, Failure};
use crate::config::{self, ConfigError};
use crate::output::{self, CHANGED, FAINT, GOOD, paint};
use crate::shelf::{self, DiskShelf};
use crate::table::TextTable;

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
    Plan(File),
    /// Run what is not there yet; a run that was cut off goes on where it stopped.
    Run(Run),
    /// Show what the last run made, or write one product of it.
    Show(Show),
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
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Run {
    #[command(flatten)]
    file: File,
    /// The most threads; as many as there are processors, if left out. The results do not depend on it.
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
}

#[derive(Debug, Args)]
struct Show {
    #[command(flatten)]
    file: File,
    /// A product, as `STEP` or `STEP.PRODUCT`.
    #[arg(value_name = "PRODUCT")]
    product: Option<String>,
    /// Where to write it; to the standard output, if left out.
    #[arg(long, value_name = "PATH", requires = "product")]
    out: Option<PathBuf>,
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
            Action::Plan(file) => file.plan(context),
            Action::Run(command) => command.run(context),
            Action::Show(command) => command.run(context),
            Action::Steps => {
                output::line(steps());
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

impl File {
    fn load(&self) -> Result<Pipeline, Failure> {
        config::load_document(&self.file, |root| Pipeline::load(root, &self.set)).map_err(|error| match error {
            ConfigError::Missing { path } => Failure::usage(format!("there is no pipeline file `{}`", path.display()))
                .next("`redoubt pipeline steps` tells what one may say"),
            error => Failure::usage(error),
        })
    }

    fn shelf(&self, home: &Path) -> DiskShelf {
        DiskShelf::new(home, self.file.parent().unwrap_or(Path::new("")))
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

    fn plan(&self, context: &Context) -> Result<ExitCode, Failure> {
        let pipeline = self.load()?;
        let made = run(&pipeline, &self.shelf(&context.home), None, |_| ()).map_err(stopped)?;
        if self.json {
            output::json(&as_json(&pipeline, &made));
        } else {
            output::line(table(&made).render(output::width()).trim_end());
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Run {
    fn run(self, context: &Context) -> Result<ExitCode, Failure> {
        let Self { file, threads } = self;
        let pipeline = file.load()?;
        let home = context.open_home()?;
        let shelf = file.shelf(home.path());
        let threads = threads.or_else(|| std::thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN);
        let mut begun = Instant::now();
        let made = run(&pipeline, &shelf, Some(threads), |change| match change {
            Change::Begins(step, why) => {
                begun = Instant::now();
                output::note(format!("{} {} {}", paint(CHANGED, "runs"), step.name, paint(FAINT, &format!("({why})"))));
            }
            Change::Ends(made) => tell(made, &begun),
        });
        let made = made.map_err(stopped)?;
        let result = as_json(&pipeline, &made);
        let manifest = manifest(&made);
        super::runtime()?.block_on(super::record_with(
            context,
            EventKind::PipelineRun,
            &pipeline.name,
            manifest.as_str(),
        ))?;
        if file.json {
            output::json(&result);
        } else {
            output::line(table(&made).render(output::width()).trim_end());
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// One line for what ended, on the standard error.
fn tell(made: &Made, begun: &Instant) {
    let line = match &made.fate {
        Fate::Kept if made.kind == "data" => return,
        Fate::Kept => format!("{} {}", paint(FAINT, "kept"), made.name),
        Fate::Skipped(reason) => {
            format!("{} {} {}", paint(FAINT, "skip"), made.name, paint(FAINT, &format!("({reason})")))
        }
        Fate::Runs(_) => {
            let seconds = begun.elapsed().as_secs_f64();
            format!("{} {} {}", paint(GOOD, "done"), made.name, paint(FAINT, &format!("in {seconds:.1} s")))
        }
    };
    output::note(line);
}

/// A bad file or bad data are the caller's; a demand of the pipeline that is not met is a check that failed.
fn stopped(error: RunError) -> Failure {
    match error {
        RunError::Step { ref source, .. } if matches!(**source, StepError::Demand(_)) => Failure::check(error),
        _ => Failure::usage(error),
    }
}

fn as_json(pipeline: &Pipeline, made: &[Made]) -> Value {
    let steps: Vec<Value> = made
        .iter()
        .map(|made| {
            let (fate, why) = match &made.fate {
                Fate::Kept => ("kept", None),
                Fate::Runs(why) => ("runs", Some(why.to_string())),
                Fate::Skipped(reason) => ("skipped", Some(reason.clone())),
            };
            let products: Vec<Value> = made
                .products
                .iter()
                .map(|kept| json!({ "name": kept.name, "kind": kept.kind.word(), "digest": kept.digest.as_str() }))
                .collect();
            let digest = (!made.products.is_empty()).then(|| digest(&made.products));
            json!({
                "name": made.name,
                "kind": made.kind,
                "fate": fate,
                "why": why,
                "digest": digest.as_ref().map(Digest::as_str),
                "products": products,
                "figures": made.figures,
            })
        })
        .collect();
    json!({ "pipeline": pipeline.name, "steps": steps })
}

/// One digest for all that a run made, whether it was made now or kept.
fn manifest(made: &[Made]) -> Digest {
    let line = |made: &Made| match made.products.as_slice() {
        [] => format!("{} skipped\n", made.name),
        products => format!("{} {}\n", made.name, digest(products)),
    };
    Digest::of(made.iter().map(line).collect::<String>().as_bytes())
}

/// One digest for all products of a step.
fn digest(products: &[Kept]) -> Digest {
    let lines: Vec<String> = products.iter().map(|kept| format!("{} {}\n", kept.name, kept.digest)).collect();
    Digest::of(lines.concat().as_bytes())
}

fn table(made: &[Made]) -> TextTable {
    let mut table = TextTable::new(&[("step", 24), ("kind", 12), ("", 8), ("digest", 12), ("figures", 60)]);
    for made in made {
        let (fate, why) = match &made.fate {
            Fate::Kept if made.kind == "data" => ("read", String::new()),
            Fate::Kept => ("kept", String::new()),
            Fate::Runs(why) if made.key.is_none() => ("runs", why.to_string()),
            Fate::Runs(_) => ("run", String::new()),
            Fate::Skipped(reason) => ("skipped", reason.clone()),
        };
        let short = |digest: Digest| digest.hex().chars().take(12).collect();
        let digest = if made.products.is_empty() { String::new() } else { short(digest(&made.products)) };
        let figures = figures(&made.figures);
        let figures = std::iter::once(why).filter(|why| !why.is_empty()).chain(figures).collect::<Vec<_>>().join(", ");
        table.row(vec![made.name.clone(), made.kind.to_owned(), fate.to_owned(), digest, figures]);
    }
    table
}

/// Each figure with its bounds, where it has any.
fn figures(figures: &BTreeMap<String, f64>) -> Vec<String> {
    let bound = |name: &str, end: &str| figures.get(&format!("{name}_{end}")).map(|bound| output::figure(*bound));
    let is_bound = |name: &str| {
        let of = name.strip_suffix("_low").or_else(|| name.strip_suffix("_high"));
        of.is_some_and(|of| figures.contains_key(of))
    };
    let points = figures.iter().filter(|(name, _)| !is_bound(name));
    points
        .map(|(name, figure)| match (bound(name, "low"), bound(name, "high")) {
            (Some(low), Some(high)) => format!("{name} {} ({low} to {high})", output::figure(*figure)),
            _ => format!("{name} {}", output::figure(*figure)),
        })
        .collect()
}

impl Show {
    fn run(self, context: &Context) -> Result<ExitCode, Failure> {
        let Self { file, product, out } = self;
        let pipeline = file.load()?;
        let shelf = file.shelf(context.existing_home()?.path());
        let mut all = Vec::new();
        for step in &pipeline.steps {
            let record = shelf.last(&pipeline.name, &step.name).map_err(Failure::usage)?;
            all.extend(record.map(|record| Made {
                name: record.step,
                kind: step.kind.id,
                fate: Fate::Kept,
                key: Some(record.given.key()),
                products: record.products,
                figures: record.figures,
            }));
        }
        let Some(product) = product else {
            if file.json {
                output::json(&as_json(&pipeline, &all));
            } else {
                output::line(table(&all).render(output::width()).trim_end());
            }
            return Ok(ExitCode::SUCCESS);
        };
        let (step, name) = product.split_once('.').map_or((product.as_str(), None), |(step, name)| (step, Some(name)));
        let made = all.iter().find(|made| made.name == step).ok_or_else(|| {
            Failure::check(format!("no step `{step}` has run"))
                .next("`redoubt pipeline show FILE` lists those that did")
        })?;
        let found = match name {
            Some(name) => made.products.iter().find(|kept| kept.name == name),
            None => made.products.first(),
        };
        let kept = found.ok_or_else(|| {
            let names: Vec<&str> = made.products.iter().map(|kept| kept.name.as_str()).collect();
            Failure::check(format!("`{step}` made {}", names.join(", ")))
        })?;
        let bytes = shelf.fetch(&kept.digest).map_err(Failure::usage)?;
        let bytes = bytes.ok_or_else(|| {
            Failure::check(format!("`{product}` is gone or was changed")).next("`redoubt pipeline run` makes it again")
        })?;
        match out {
            Some(path) => shelf::write(&path, &bytes)?,
            None if kept.kind == ProductKind::Model => {
                return Err(Failure::usage("a model is bytes; say where to write them with `--out`"));
            }
            None => output::line(String::from_utf8_lossy(&bytes).trim_end()),
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Every kind of step with its settings, as the reference page shows it.
fn steps() -> String {
    let mut page = String::from(
        "# Steps of pipelines\n\nWhat `kind` may be in `[steps.NAME]`, and the settings of each. All have `when`, \
         such as `when = \"measure.roc_auc >= 0.8\"`.\n",
    );
    for kind in redoubt_pipeline::KINDS {
        page.push_str(&format!("\n## `{}`\n\nIt {}.\n\n| setting | what it is |\n|---|---|\n", kind.id, kind.about));
        settings("", &describe(|table| (kind.read)(table)), &mut page);
    }
    page.push_str("\n# Learners\n\nWhat `learner` may be, and what `parameters` and `space` may name.\n");
    // A row is no sentence: pipelines have no use for those.
    for spec in LEARNERS.iter().filter(|spec| spec.inputs != InputKind::Sentences) {
        page.push_str(&format!(
            "\n## `{}`\n\nIt is {}.\n\n| parameter | what it is |\n|---|---|\n",
            spec.id, spec.about
        ));
        for parameter in spec.parameters {
            page.push_str(&format!("| `{}` | {} ({}) |\n", parameter.name, parameter.about, bounds(&parameter.kind)));
        }
    }
    page.trim_end().to_owned()
}

/// A line for each setting, and for those within. What a learner has is told with the learners.
fn settings(path: &str, described: &Described, page: &mut String) {
    for (key, words, property) in &described.properties {
        let (more, within) = match property {
            Property::Required { .. } => (" (must be given)".to_owned(), None),
            Property::Value { default: Some(default), .. } => (format!(" (`{default}`)"), None),
            Property::Choice { choices, default } => {
                let choices: Vec<String> = choices.iter().map(|choice| format!("`{choice}`")).collect();
                let default = default.map(|default| format!("; `{default}` if left out")).unwrap_or_default();
                (format!(": {}{default}", choices.join(", ")), None)
            }
            Property::Named(within) => (String::new(), Some(within)),
            _ => (String::new(), None),
        };
        page.push_str(&format!("| `{path}{key}` | {words}{more} |\n"));
        if let Some(within) = within {
            settings(&format!("{path}{key}.NAME."), within, page);
        }
    }
}

/// What a parameter may be, and what it is if it is left out.
fn bounds(kind: &ParameterKind) -> String {
    match kind {
        ParameterKind::Integer { default, least, most } => format!("`{default}`; {least} to {most}"),
        ParameterKind::Number { default, least, most } => format!("`{default}`; {least} to {most}"),
        ParameterKind::Boolean { default } => format!("`{default}`"),
        ParameterKind::Choice { default, words } => {
            let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            format!("{}; `{default}` if left out", words.join(", "))
        }
        ParameterKind::Columns => "numbers of columns, counted from zero; none if left out".to_owned(),
    }
}
