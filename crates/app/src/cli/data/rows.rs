//! `redoubt data label-errors` and `redoubt data anonymize`: steps of pipelines on a file.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use redoubt_domain::settings::{self, Entry, Node, Value};
use redoubt_pipeline::{
    Column, Digest, Done, Ended, Guard, KINDS, Outside, Product, Setting, ShelfError, StepError, Table, Task, TaskError,
};
use serde_json::json;

use super::super::Failure;
use super::table;
use crate::output;
use crate::rows_guard::RowsGuard;
use crate::shelf::{self, FileError, write};
use crate::table::TextTable;

#[derive(Debug, Args)]
pub(super) struct LabelErrors {
    /// Comma-separated values, or a JSON object a line if the name ends in `.jsonl`.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The column with the class.
    #[arg(long, value_name = "COLUMN")]
    label: String,
    /// A column of text to go by; the columns of numbers, if left out.
    #[arg(long, value_name = "COLUMN")]
    text: Option<String>,
    /// Columns to go by; all of numbers, if left out.
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',', conflicts_with = "text")]
    features: Vec<String>,
    /// What learns: `logistic_regression`, or `hashed_text` with `--text`, if left out.
    #[arg(long, value_name = "NAME")]
    learner: Option<String>,
    /// Into how many parts the rows are cut, each judged by a model of the others.
    #[arg(long, default_value_t = 5)]
    folds: u32,
    /// How rows are chosen.
    #[arg(long, value_name = "NAME", default_value = "both")]
    filter: String,
    /// Where to write the rows that are left, in the form of products of pipelines.
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// All chance comes from it.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct Anonymize {
    /// Comma-separated values, or a JSON object a line if the name ends in `.jsonl`.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Where to write what is left, in the form of products of pipelines.
    #[arg(long, value_name = "PATH")]
    out: PathBuf,
    /// Columns that go.
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',')]
    drop: Vec<String>,
    /// Columns of text that the guard looks at; all that are not named elsewhere, if left out.
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',')]
    text: Vec<String>,
    /// Columns of text that the guard does not look at, since they hold no more than categories.
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',')]
    keep: Vec<String>,
    /// The guard's policy, in the form of `[routes.NAME.guard]`; the default profile, if left out.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// A column that with others tells who somebody is, with its steps: widths of bins for numbers (`age=5,10,20`), characters
    /// that stay for texts (`town=3,1`). May be given several times.
    #[arg(long, value_name = "COLUMN=STEPS")]
    quasi: Vec<String>,
    /// The fewest rows that must be alike in all of these.
    #[arg(long, default_value_t = 5, value_name = "ROWS")]
    k: u32,
    /// The largest share of rows that are left out rather than making columns coarser still.
    #[arg(long, default_value_t = 0.05, value_name = "SHARE")]
    left_out_max: f64,
    /// Where to write the rows that were left out or refused, with the reasons. They are as they were: keep them apart.
    #[arg(long, value_name = "PATH")]
    quarantine: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Rows that a table shows; JSON has all.
const ROWS_SHOWN: usize = 20;

impl LabelErrors {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let Self { file, label, text, features, learner, folds, filter, out, seed, json } = self;
        let rows = table(&file)?;
        let default = if text.is_some() { "hashed_text" } else { "logistic_regression" };
        let features = match text {
            Some(text) => vec![text],
            None if features.is_empty() => {
                let numbers =
                    rows.iter().filter(|(name, column)| *name != label && matches!(column, Column::Number(_)));
                numbers.map(|(name, _)| name.to_owned()).collect()
            }
            None => features,
        };
        let entries = vec![
            entry("target", word(&label)),
            entry("features", words(&features)),
            entry("learner", word(learner.as_deref().unwrap_or(default))),
            entry("folds", Value::Integer(folds.into())),
            entry("filter", word(&filter)),
            entry("quarantine_max", Value::Float(1.0)),
        ];
        let done = run("label_errors", entries, rows, seed, None)?;
        if let (Some(path), Some(left)) = (&out, product(&done, "table")) {
            write(path, &left.to_bytes())?;
        }
        if json {
            output::json(&report(&done));
            return Ok(ExitCode::SUCCESS);
        }
        let found = product(&done, "quarantine").cloned().unwrap_or_default();
        let mut shown = TextTable::new(&[("row", 8), ("class", 20), ("likely", 20), ("reason", 70)]);
        let places = report(&done);
        let places = places.get("issues").and_then(|issues| issues.as_array().cloned()).unwrap_or_default();
        for (at, place) in places.iter().enumerate().take(ROWS_SHOWN) {
            let cell = |name: &str| found.column(name).map(|column| column.written(at)).unwrap_or_default();
            let row = place.get("row").map(ToString::to_string).unwrap_or_default();
            shown.row(vec![row, cell(&label), cell("likely"), cell("reasons")]);
        }
        if found.rows() > 0 {
            output::line(shown.render(output::width()).trim_end());
        }
        if found.rows() > ROWS_SHOWN {
            output::line(format!("and {} more", found.rows() - ROWS_SHOWN));
        }
        let left = product(&done, "table").map_or(0, Table::rows);
        output::line(format!("{} of {} labels are likely wrong", found.rows(), found.rows() + left));
        Ok(ExitCode::SUCCESS)
    }
}

impl Anonymize {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let Self { file, out, drop, text, keep, policy, quasi, k, left_out_max, quarantine, json } = self;
        let rows = table(&file)?;
        let mut hierarchies = Vec::new();
        for one in &quasi {
            let (column, steps) = one.split_once('=').unwrap_or((one, ""));
            let numbers = steps.split(',').filter(|step| !step.is_empty()).map(|step| step.trim().parse::<f64>());
            let numbers: Vec<f64> = numbers.collect::<Result<_, _>>().map_err(|_| {
                Failure::usage(format!("`{one}` is not of the form `COLUMN=STEPS`"))
                    .next("`--quasi age=5,10,20` for numbers, `--quasi town=3,1` for texts")
            })?;
            let steps = match rows.column(column)? {
                Column::Number(_) => {
                    entry("widths", Value::Array(numbers.into_iter().map(Value::Float).map(node).collect()))
                }
                Column::Text(_) => {
                    let whole = numbers
                        .into_iter()
                        .map(|number| number.to_string().parse().map_or(Value::Float(number), Value::Integer));
                    entry("keep", Value::Array(whole.map(node).collect()))
                }
            };
            hierarchies.push(entry(column, Value::Table(vec![steps])));
        }
        // What nobody spoke of is looked at.
        let is_named = |name: &str| {
            drop.iter().chain(&keep).any(|known| known == name) || hierarchies.iter().any(|entry| entry.key == name)
        };
        let texts = if text.is_empty() {
            let others = rows.iter().filter(|(name, column)| !is_named(name) && matches!(column, Column::Text(_)));
            others.map(|(name, _)| name.to_owned()).collect()
        } else {
            text
        };
        for name in &keep {
            rows.column(name)?;
        }
        let mut entries = vec![entry("drop", words(&drop)), entry("texts", words(&texts))];
        if !hierarchies.is_empty() {
            entries.push(entry("quasi", Value::Table(hierarchies)));
            entries.push(entry("k", Value::Integer(k.into())));
            entries.push(entry("left_out_max", Value::Float(left_out_max)));
        }
        if let Some(policy) = policy.as_ref().filter(|_| !texts.is_empty()) {
            entries.push(entry("policy", word(&policy.to_string_lossy())));
        }
        entries.push(entry("quarantine_max", Value::Float(1.0)));
        let done = run("anonymize", entries, rows, 0, Some(&Here))?;
        if let Some(safe) = product(&done, "table") {
            write(&out, &safe.to_bytes())?;
        }
        if let (Some(path), Some(bad)) = (&quarantine, product(&done, "quarantine")) {
            write(path, &bad.to_bytes())?;
        }
        if json {
            let mut report = report(&done);
            if let serde_json::Value::Object(report) = &mut report {
                report.insert("figures".to_owned(), json!(done.figures));
            }
            output::json(&report);
            return Ok(ExitCode::SUCCESS);
        }
        let figure = |name: &str| done.figures.get(name).copied().unwrap_or_default();
        output::line(format!("{} findings were taken out of {}", figure("taken_out"), said(&texts)));
        if let Some(k) = done.figures.get("k") {
            output::line(format!(
                "k is {k}, in {} groups; {} rows were left out",
                figure("groups"),
                figure("left_out")
            ));
        }
        output::line(format!("{} rows may not pass the guard", figure("refused")));
        output::note(format!("{} rows are in {}", figure("rows"), out.display()));
        Ok(ExitCode::SUCCESS)
    }
}

fn said(names: &[String]) -> String {
    if names.is_empty() {
        "no column".to_owned()
    } else {
        names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    }
}

/// What a step on a file may ask of the world: the guard, and nothing to run.
struct Here;

impl Outside for Here {
    fn digest(&self, path: &str) -> Result<Digest, ShelfError> {
        let bytes = shelf::read_if(Path::new(path))?.ok_or_else(|| FileError::Missing(PathBuf::from(path)))?;
        Ok(Digest::of(&bytes))
    }

    fn execute(&self, _: &Task<'_>) -> Result<Ended, TaskError> {
        Err(TaskError::Refused("programs are run by pipelines alone".to_owned()))
    }

    fn wait(&self, time: Duration) {
        std::thread::sleep(time);
    }

    fn guard(&self, policy: Option<&str>) -> Result<Option<Box<dyn Guard>>, ShelfError> {
        Ok(Some(Box::new(RowsGuard::open(policy.map(Path::new))?)))
    }
}

/// Runs a kind of step on rows.
fn run(
    kind: &str,
    mut entries: Vec<Entry>,
    rows: Table,
    seed: u64,
    outside: Option<&dyn Outside>,
) -> Result<Done, Failure> {
    entries.push(entry("input", word("rows")));
    let kind = KINDS.iter().find(|known| known.id == kind).ok_or_else(|| Failure::usage("there is no such step"))?;
    let root = node(Value::Table(entries));
    let work = settings::read(&root, |table| (kind.read)(table)).map_err(|mistakes| {
        let said = mistakes.iter().map(|mistake| match &mistake.suggestion {
            Some(suggestion) => format!("{} (did you mean `{suggestion}`?)", mistake.reason),
            None => mistake.reason.clone(),
        });
        Failure::usage(said.collect::<Vec<_>>().join("; "))
    })?;
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let inputs = [("input".to_owned(), Product::Table(rows))];
    work.act(&inputs, &Setting { seed, threads }, outside).map_err(|error| match error {
        StepError::Demand(_) => Failure::check(error),
        other => Failure::usage(other),
    })
}

fn product<'d>(done: &'d Done, name: &str) -> Option<&'d Table> {
    done.products.iter().find_map(|(known, product)| match product {
        Product::Table(table) if known == name => Some(table),
        _ => None,
    })
}

fn report(done: &Done) -> serde_json::Value {
    let found = done.products.iter().find_map(|(_, product)| match product {
        Product::Report(report) => Some(report.clone()),
        _ => None,
    });
    found.unwrap_or_default()
}

fn node(value: Value) -> Node {
    Node { span: 0..0, value }
}

fn entry(key: &str, value: Value) -> Entry {
    Entry { key: key.to_owned(), key_span: 0..0, node: node(value) }
}

fn word(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn words(texts: &[String]) -> Value {
    Value::Array(texts.iter().map(|text| node(word(text))).collect())
}
