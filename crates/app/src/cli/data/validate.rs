//! `redoubt data validate`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use redoubt_domain::settings::Value;
use redoubt_pipeline::Table;

use super::super::Failure;
use super::step::{entry, product, report, run_file, word};
use super::table;
use crate::output;
use crate::shelf::write;
use crate::table::TextTable;

#[derive(Debug, Args)]
pub(super) struct Validate {
    /// Comma-separated values, or a JSON object a line if the name ends in `.jsonl`.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// What is expected, with the settings of a step `validate`: `rows_min`, `unique` and `[columns.NAME]`. Bad rows are
    /// accepted if it sends them to quarantine and they are not too many.
    #[arg(long, value_name = "FILE")]
    expect: PathBuf,
    /// Where to write the good rows, in the form of products of pipelines.
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// Where to write the bad rows, with the reasons.
    #[arg(long, value_name = "PATH")]
    quarantine: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Rows that a table shows; the file of `--quarantine` has all.
const ROWS_SHOWN: usize = 20;

impl Validate {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let Self { file, expect, out, quarantine, json } = self;
        let rows = table(&file)?;
        // Whoever asks at the terminal wants to see all that is wrong, not the first.
        let more = vec![entry("on_bad_rows", word("quarantine")), entry("quarantine_max", Value::Float(1.0))];
        let (done, is_accepted) = run_file("validate", &expect, more, "on_bad_rows", rows)?;
        let good = product(&done, "table");
        let bad = product(&done, "quarantine");
        for (path, rows) in [(&out, good), (&quarantine, bad)] {
            if let (Some(path), Some(rows)) = (path, rows) {
                write(path, &rows.to_bytes())?;
            }
        }
        let [good, bad] = [good, bad].map(|rows| rows.map_or(0, Table::rows));
        let report = report(&done);
        if json {
            output::json(&report);
        } else {
            show(&report, bad);
            output::line(format!("{bad} of {} rows are bad", good + bad));
        }
        for (path, rows) in [(out, good), (quarantine, bad)] {
            if let Some(path) = path {
                output::note(format!("{rows} rows are in {}", path.display()));
            }
        }
        Ok(if bad == 0 || is_accepted { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn show(report: &serde_json::Value, bad: usize) {
    let mut shown = TextTable::new(&[("row", 8), ("reasons", 90)]);
    let places = report.get("bad").and_then(serde_json::Value::as_array).map_or(&[][..], Vec::as_slice);
    for place in places.iter().take(ROWS_SHOWN) {
        let cell = |name: &str| place.get(name).map(|cell| cell.as_str().map_or(cell.to_string(), str::to_owned));
        shown.row(vec![cell("row").unwrap_or_default(), cell("reasons").unwrap_or_default()]);
    }
    if bad > 0 {
        output::line(shown.render(output::width()).trim_end());
    }
    if bad > ROWS_SHOWN {
        output::line(format!("and {} more", bad - ROWS_SHOWN));
    }
}
