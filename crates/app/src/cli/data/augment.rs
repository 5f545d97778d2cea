//! `redoubt data augment`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use redoubt_domain::settings::{Entry, Value};

use super::super::Failure;
use super::step::{entry, product, report, run, word};
use super::table;
use crate::output;
use crate::shelf::write;
use crate::table::TextTable;

#[derive(Debug, Args)]
pub(super) struct Augment {
    /// Rows to learn from, and no others: a copy of a row that is measured on makes figures too good. Comma-separated values, or
    /// a JSON object a line if the name ends in `.jsonl`.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The column with the class, which a copy keeps.
    #[arg(long, value_name = "COLUMN")]
    label: String,
    #[command(flatten)]
    way: Way,
    /// Keep copies whose class nobody has judged: for texts, which have no nearest rows. A step `augment` asks a model.
    #[arg(long)]
    ungated: bool,
    /// Where to write the rows and their copies, in the form of products of pipelines.
    #[arg(long, value_name = "PATH")]
    out: PathBuf,
    /// Where to write the copies that did not keep their class, with the reasons.
    #[arg(long, value_name = "PATH")]
    quarantine: Option<PathBuf>,
    /// All chance comes from it.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Way {
    /// Rows between rows of classes that have few, up to this share of the largest class (SMOTE; with columns of text SMOTE-NC).
    #[arg(long, value_name = "SHARE", num_args = 0..=1, default_missing_value = "1")]
    smote: Option<f64>,
    /// Averages of two rows of a class, as a share of the rows.
    #[arg(long, value_name = "SHARE", num_args = 0..=1, default_missing_value = "0.5")]
    mixup: Option<f64>,
    /// Copies with words of this column swapped, left out or misspelt; needs `--ungated`.
    #[arg(long, value_name = "COLUMN", requires = "ungated")]
    text: Option<String>,
}

impl Way {
    fn settings(self) -> Entry {
        let table = |key: &str, inner: Entry| entry(key, Value::Table(vec![inner]));
        match (self.smote, self.mixup, self.text) {
            (Some(balance), ..) => table("smote", entry("balance", Value::Float(balance))),
            (_, Some(copies), _) => table("mixup", entry("copies", Value::Float(copies))),
            (.., text) => table("text", entry("column", word(&text.unwrap_or_default()))),
        }
    }
}

impl Augment {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let Self { file, label, way, ungated, out, quarantine, seed, json } = self;
        let mut entries = vec![entry("target", word(&label)), way.settings()];
        if ungated {
            entries.push(entry("gate", word("no")));
        }
        entries.push(entry("quarantine_max", Value::Float(1.0)));
        let done = run("augment", entries, table(&file)?, seed, None)?;
        for (path, name) in [(Some(&out), "table"), (quarantine.as_ref(), "quarantine")] {
            if let (Some(path), Some(rows)) = (path, product(&done, name)) {
                write(path, &rows.to_bytes())?;
            }
        }
        let report = report(&done);
        if json {
            output::json(&report);
            return Ok(ExitCode::SUCCESS);
        }
        let mut shown = TextTable::new(&[("class", 30), ("rows", 10), ("copies", 10)]);
        let classes = report.get("rows_and_copies").and_then(serde_json::Value::as_object);
        for (class, counts) in classes.into_iter().flatten() {
            let count = |at: usize| counts.get(at).map(ToString::to_string).unwrap_or_default();
            shown.row(vec![class.clone(), count(0), count(1)]);
        }
        output::line(shown.render(output::width()).trim_end());
        let figure = |name: &str| done.figures.get(name).copied().unwrap_or_default();
        output::line(if ungated {
            "nobody has judged whether copies kept their class".to_owned()
        } else {
            format!("{} copies did not keep their class", figure("quarantined"))
        });
        output::note(format!("{} rows are in {}", figure("rows"), out.display()));
        Ok(ExitCode::SUCCESS)
    }
}
