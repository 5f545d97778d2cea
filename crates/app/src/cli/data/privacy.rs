//! `redoubt data privacy`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use redoubt_pipeline::privacy;
use serde_json::{Value, json};

use super::super::Failure;
use super::table;
use crate::output;
use crate::table::TextTable;

#[derive(Debug, Args)]
pub(super) struct Privacy {
    /// Comma-separated values, or a JSON object a line if the name ends in `.jsonl`.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Columns that together tell who somebody is.
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',', required = true)]
    quasi: Vec<String>,
    /// Columns that must not be learned about somebody.
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',')]
    sensitive: Vec<String>,
    /// The fewest rows that must be alike.
    #[arg(long, value_name = "ROWS")]
    k: Option<usize>,
    /// The fewest different sensitive values of a group.
    #[arg(long, value_name = "VALUES", requires = "sensitive")]
    l: Option<usize>,
    /// The same by entropy: frequent values count less.
    #[arg(long, value_name = "VALUES", requires = "sensitive")]
    entropy_l: Option<f64>,
    /// How far the sensitive values of a group may be from those of all rows, 0 to 1.
    #[arg(long, value_name = "DISTANCE", requires = "sensitive")]
    t: Option<f64>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Groups that a table shows.
const GROUPS_SHOWN: usize = 5;

impl Privacy {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let found = privacy::Privacy::new(&table(&self.file)?, &self.quasi, &self.sensitive)?;
        let broken = self.broken(&found);
        if self.json {
            let mut report = found.to_json();
            if let Value::Object(report) = &mut report {
                report.insert("broken".to_owned(), json!(broken));
            }
            output::json(&report);
        } else {
            for line in lines(&found).into_iter().chain(broken.iter().cloned()) {
                output::line(line.trim_end());
            }
        }
        Ok(if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// The bounds that are not kept, in words.
    fn broken(&self, found: &privacy::Privacy) -> Vec<String> {
        let mut broken = Vec::new();
        if let Some(k) = self.k.filter(|k| found.anonymity.k < *k) {
            let rows = found.anonymity.below(k).len();
            broken.push(format!("{rows} rows are like fewer than {k}"));
        }
        for (name, disclosure) in &found.sensitive {
            if let Some(l) = self.l.filter(|l| disclosure.distinct_l < *l) {
                broken.push(format!("a group has {} values of `{name}`, fewer than {l}", disclosure.distinct_l));
            }
            if let Some(l) = self.entropy_l.filter(|l| disclosure.entropy_l < *l) {
                broken.push(format!(
                    "a group has {:.2} values of `{name}` by entropy, fewer than {l}",
                    disclosure.entropy_l
                ));
            }
            if let Some(t) = self.t.filter(|t| disclosure.t > *t) {
                broken.push(format!(
                    "the values of `{name}` in a group are {:.3} from those of all, more than {t}",
                    disclosure.t
                ));
            }
        }
        broken
    }
}

fn lines(found: &privacy::Privacy) -> Vec<String> {
    let mut columns: Vec<(&str, usize)> = found.quasi.iter().map(|name| (name.as_str(), 20)).collect();
    columns.push(("rows", 8));
    for (name, _) in &found.sensitive {
        columns.push((name, 40));
    }
    let mut table = TextTable::new(&columns);
    for (at, (rows, cells)) in found.anonymity.groups.iter().zip(&found.names).take(GROUPS_SHOWN).enumerate() {
        let mut row = cells.clone();
        row.push(rows.len().to_string());
        for (_, disclosure) in &found.sensitive {
            let (distinct, entropy, t) = disclosure.groups.get(at).copied().unwrap_or_default();
            let values = if distinct == 1 { "value" } else { "values" };
            row.push(format!("{distinct} {values}, {entropy:.2} by entropy, t {t:.3}"));
        }
        table.row(row);
    }
    let (groups, k) = (found.anonymity.groups.len(), found.anonymity.k);
    let shown = groups.min(GROUPS_SHOWN);
    let mut lines = vec![format!("the smallest {shown} of {groups} groups:"), table.render(output::width())];
    lines.push(format!("k is {k}: each row is like at least {} others", k.saturating_sub(1)));
    for (name, disclosure) in &found.sensitive {
        lines.push(format!(
            "`{name}`: l is {} ({:.2} by entropy), t is {:.3}",
            disclosure.distinct_l, disclosure.entropy_l, disclosure.t
        ));
    }
    lines
}
