//! `redoubt data anonymize`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use redoubt_domain::settings::Value;
use redoubt_pipeline::Column;
use serde_json::json;

use super::super::Failure;
use super::step::{Here, entry, node, product, report, run, word, words};
use super::table;
use crate::output;
use crate::shelf::write;

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
