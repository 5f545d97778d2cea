//! `redoubt data label-errors`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use redoubt_domain::settings::Value;
use redoubt_pipeline::{Column, Table};

use super::super::Failure;
use super::step::{entry, product, report, run, word, words};
use super::table;
use crate::output;
use crate::shelf::write;
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
