//! `redoubt data poison-check`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use redoubt_pipeline::poison;

use super::super::Failure;
use super::table;
use crate::output;
use crate::shelf::write;
use crate::table::TextTable;

#[derive(Debug, Args)]
pub(super) struct PoisonCheck {
    /// Comma-separated values, or a JSON object a line if the name ends in `.jsonl`.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The column with the class.
    #[arg(long, value_name = "COLUMN")]
    label: String,
    /// A column of text, in which to look for words that decide the class.
    #[arg(long, value_name = "COLUMN")]
    text: Option<String>,
    /// Rows that are known to be good, of every class: a hundred or more.
    #[arg(long, value_name = "FILE", required_unless_present = "text")]
    trusted: Option<PathBuf>,
    /// Where to write the rows that are not suspected, in the form of products of pipelines.
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// All chance comes from it.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl PoisonCheck {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let Self { file, label, text, trusted, out, seed, json } = self;
        let rows = table(&file)?;
        let trusted = trusted.as_deref().map(table).transpose()?;
        let found = poison::check(&rows, &label, text.as_deref(), trusted.as_ref(), seed)?;
        if let Some(path) = &out {
            let kept: Vec<usize> = (0..rows.rows()).filter(|row| !found.suspected.contains_key(row)).collect();
            write(path, &rows.take(&kept).to_bytes())?;
        }
        if json {
            output::json(&found.to_json());
        } else {
            let lines = lines(&found);
            let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
            output::line(lines.join("\n"));
        }
        Ok(if found.is_alarm { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

/// Triggers that a table shows; JSON has all.
const TRIGGERS_SHOWN: usize = 20;

fn lines(found: &poison::Checked) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(triggers) = found.triggers.as_ref().filter(|triggers| !triggers.is_empty()) {
        let mut table = TextTable::new(&[("words", 40), ("class", 20), ("of", 8), ("with it", 8), ("p", 10)]);
        for (class, trigger) in triggers.iter().take(TRIGGERS_SHOWN) {
            let [documents, with_label] = [trigger.documents, trigger.with_label].map(|count| count.to_string());
            let p = format!("{:.2e}", trigger.p);
            table.row(vec![trigger.words.clone(), class.clone(), documents, with_label, p]);
        }
        lines.push(table.render(output::width()));
        if triggers.len() > TRIGGERS_SHOWN {
            lines.push(format!("and {} more", triggers.len() - TRIGGERS_SHOWN));
        }
    }
    if let Some((classes, scan)) = &found.scan {
        let mut table = TextTable::new(&[("class", 20), ("rows", 8), ("suspected", 10), ("p", 10), ("alike", 10)]);
        for class in &scan.classes {
            let name = classes.get(class.class).cloned().unwrap_or_default();
            let alike = class.coherence.map(|coherence| format!("{coherence:.2}")).unwrap_or_default();
            let [of, flagged] = [class.rows, class.flagged].map(|count| count.to_string());
            table.row(vec![name, of, flagged, format!("{:.2e}", class.p.min(1.0)), alike]);
        }
        lines.push(table.render(output::width()));
    }
    lines.push(format!("{} of {} rows are suspected", found.suspected.len(), found.rows));
    let alarm = "signs of planted rows: do not learn from this before somebody has looked";
    lines.push(if found.is_alarm { alarm } else { "no alarm" }.to_owned());
    lines
}
