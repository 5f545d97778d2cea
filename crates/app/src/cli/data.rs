//! `redoubt data`: what a table holds, and whether it has changed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use redoubt_learn::drift::{Baseline, ColumnReport, Decision, DriftSettings, Summary};
use redoubt_learn::poison::Verdict;
use redoubt_pipeline::{Reading, Table, baseline, baseline_from_json, baseline_to_json, compare, poison};
use serde_json::{Value, json};

use super::Failure;
use crate::output;
use crate::shelf::{FileError, read_if, write};
use crate::table::TextTable;

/// Say what a table holds, and whether it has changed.
#[derive(Debug, Args)]
pub(super) struct Data {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show the columns of a file, and keep a baseline of them.
    Profile(Profile),
    /// Compare a file with a baseline; exit code 1 if a column has drifted.
    Drift(Drift),
    /// Look for planted rows in data to learn from; exit code 1 if there are signs of any.
    PoisonCheck(PoisonCheck),
}

#[derive(Debug, Args)]
struct Profile {
    /// Comma-separated values, or a JSON object a line if the name ends in `.jsonl`.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Where to write the baseline.
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// What chooses the samples that are kept.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct PoisonCheck {
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

#[derive(Debug, Args)]
struct Drift {
    /// What `redoubt data profile --out` or a step `baseline` wrote.
    #[arg(value_name = "BASELINE")]
    baseline: PathBuf,
    /// The rows of today.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The share of false alarms among alarms that is accepted.
    #[arg(long, default_value_t = DriftSettings::default().false_discovery_rate, value_name = "SHARE")]
    false_discovery_rate: f64,
    /// How large a change must be, besides being significant.
    #[arg(long, default_value_t = DriftSettings::default().effect_min, value_name = "EFFECT")]
    effect_min: f64,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Data {
    /// Runs the command.
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        match self.action {
            Action::Profile(profile) => profile.run(),
            Action::Drift(drift) => drift.run(),
            Action::PoisonCheck(check) => check.run(),
        }
    }
}

fn bytes(path: &Path) -> Result<Vec<u8>, FileError> {
    read_if(path)?.ok_or_else(|| FileError::Missing(path.to_owned()))
}

fn table(path: &Path) -> Result<Table, Failure> {
    let bytes = bytes(path)?;
    let is_lines = path.extension().is_some_and(|ending| ending == "jsonl" || ending == "ndjson");
    let reading = Reading::default();
    let table = if is_lines { Table::from_json_lines(&bytes, &reading) } else { Table::from_csv(&bytes, &reading) };
    table.map_err(|error| Failure::usage(format!("`{}` is no table: {error}", path.display())))
}

impl Profile {
    fn run(self) -> Result<ExitCode, Failure> {
        let Self { file, out, seed, json } = self;
        let kept = baseline(&table(&file)?, seed)?;
        let written = baseline_to_json(&kept);
        if let Some(path) = &out {
            write(path, format!("{written:#}\n").as_bytes())?;
        }
        if json {
            output::json(&written);
        } else {
            output::line(profile(&kept).render(output::width()).trim_end());
        }
        if let Some(path) = out {
            output::note(format!("the baseline is in {}", path.display()));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn profile(baseline: &Baseline) -> TextTable {
    let mut table = TextTable::new(&[("column", 30), ("holds", 10), ("rows", 10), ("missing", 10), ("values", 60)]);
    for column in &baseline.columns {
        let (kind, values) = match &column.summary {
            Some(Summary::Numbers(numbers)) => {
                let [least, mean, most] = [numbers.least, numbers.mean, numbers.most].map(output::figure);
                ("numbers", format!("{least} to {most}, mean {mean}"))
            }
            Some(Summary::Categories(categories)) => {
                let most = categories.counts.iter().take(5).map(|(value, count)| format!("{value} ({count})"));
                ("categories", most.collect::<Vec<_>>().join(", "))
            }
            Some(Summary::Texts(texts)) => {
                let [mean, most] = [texts.length.mean, texts.length.most].map(output::figure);
                ("texts", format!("{mean} characters, at most {most}"))
            }
            None => ("nothing", String::new()),
        };
        let [rows, missing] = [column.rows, column.missing].map(|count| count.to_string());
        table.row(vec![column.name.clone(), kind.to_owned(), rows, missing, values]);
    }
    table
}

impl Drift {
    fn run(self) -> Result<ExitCode, Failure> {
        let Self { baseline: path, file, false_discovery_rate, effect_min, json } = self;
        let known: Option<Value> = serde_json::from_slice(&bytes(&path)?).ok();
        let known = known.as_ref().and_then(baseline_from_json).ok_or_else(|| {
            Failure::usage(format!("`{}` is no baseline", path.display()))
                .next("`redoubt data profile FILE --out PATH` writes one")
        })?;
        let settings = DriftSettings { false_discovery_rate, effect_min, ..DriftSettings::default() };
        let found = compare(&known, &table(&file)?, &settings)?;
        let has_drifted = found.iter().any(|column| is_change(column.decision));
        if json {
            let columns: Vec<Value> = found.iter().map(to_json).collect();
            output::json(&json!({ "drifted": has_drifted, "columns": columns }));
        } else {
            output::line(report(&found).render(output::width()).trim_end());
        }
        Ok(if has_drifted { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

/// Whether it is a reason to look: too few rows are none, and neither is a column more.
const fn is_change(decision: Decision) -> bool {
    matches!(decision, Decision::Drifted | Decision::Gone | Decision::KindChanged)
}

const fn word(decision: Decision) -> &'static str {
    match decision {
        Decision::Stable => "stable",
        Decision::Drifted => "drifted",
        Decision::Insufficient => "too few rows",
        Decision::Gone => "gone",
        Decision::New => "new",
        Decision::KindChanged => "other kind",
    }
}

fn report(found: &[ColumnReport]) -> TextTable {
    let mut table = TextTable::new(&[("column", 30), ("", 12), ("p", 10), ("evidence", 70)]);
    for column in found {
        let p = column.adjusted_p.map(|p| format!("{p:.2e}")).unwrap_or_default();
        let evidence = column.evidence.iter().map(|one| format!("{} {:.3}", one.name, one.effect));
        let evidence = evidence.collect::<Vec<_>>().join(", ");
        table.row(vec![column.name.clone(), word(column.decision).to_owned(), p, evidence]);
    }
    table
}

fn to_json(column: &ColumnReport) -> Value {
    let evidence: Vec<Value> =
        column.evidence.iter().map(|one| json!({ "name": one.name, "p": one.p, "effect": one.effect })).collect();
    json!({
        "name": column.name,
        "decision": word(column.decision).replace(' ', "_"),
        "adjusted_p": column.adjusted_p,
        "population_stability": column.population_stability,
        "evidence": evidence,
    })
}

impl PoisonCheck {
    fn run(self) -> Result<ExitCode, Failure> {
        let Self { file, label, text, trusted, out, seed, json } = self;
        let rows = table(&file)?;
        let trusted = trusted.as_deref().map(table).transpose()?;
        let mut suspected: BTreeSet<usize> = BTreeSet::new();
        let (mut is_alarm, mut lines, mut report) = (false, Vec::new(), json!({ "rows": rows.rows() }));
        if let Some(text) = &text {
            let found = poison::triggers(&rows, &label, text, trusted.as_ref())?;
            is_alarm = !found.is_empty();
            let column = rows.column(&label)?;
            for (at, said) in rows.texts(text)?.iter().enumerate() {
                let class = column.written(at);
                if found.iter().any(|(of, trigger)| *of == class && poison::has_words(said, &trigger.words)) {
                    suspected.insert(at);
                }
            }
            let mut table = TextTable::new(&[("words", 40), ("class", 20), ("of", 8), ("with it", 8), ("p", 10)]);
            for (class, trigger) in found.iter().take(TRIGGERS_SHOWN) {
                let counts = [trigger.documents, trigger.with_label].map(|count| count.to_string());
                let [documents, with_label] = counts;
                table.row(vec![
                    trigger.words.clone(),
                    class.clone(),
                    documents,
                    with_label,
                    format!("{:.2e}", trigger.p),
                ]);
            }
            if is_alarm {
                lines.push(table.render(output::width()));
                if found.len() > TRIGGERS_SHOWN {
                    lines.push(format!("and {} more", found.len() - TRIGGERS_SHOWN));
                }
            }
            let triggers: Vec<Value> = found
                .iter()
                .map(|(class, trigger)| {
                    let (documents, with_label) = (trigger.documents, trigger.with_label);
                    json!({ "words": trigger.words, "class": class, "documents": documents, "with_class": with_label, "p": trigger.p })
                })
                .collect();
            add(&mut report, "triggers", Value::Array(triggers));
        } else if let Some(trusted) = &trusted {
            let (classes, found) = poison::scan(&rows, &label, trusted, seed)?;
            is_alarm = found.verdict == Verdict::Block;
            suspected.extend(&found.flagged);
            let mut table = TextTable::new(&[("class", 20), ("rows", 8), ("suspected", 10), ("p", 10), ("alike", 10)]);
            let mut by_class = Vec::new();
            for class in &found.classes {
                let name = classes.get(class.class).cloned().unwrap_or_default();
                let alike = class.coherence.map(|coherence| format!("{coherence:.2}")).unwrap_or_default();
                let counts = [class.rows, class.flagged].map(|count| count.to_string());
                let [of, flagged] = counts;
                table.row(vec![name.clone(), of, flagged, format!("{:.2e}", class.p.min(1.0)), alike]);
                let p = class.p.min(1.0);
                by_class.push(json!({ "class": name, "rows": class.rows, "suspected": class.flagged, "p": p, "coherence": class.coherence }));
            }
            lines.push(table.render(output::width()));
            add(&mut report, "classes", Value::Array(by_class));
        }
        let shown: Vec<usize> = suspected.iter().map(|row| row + 1).collect();
        lines.push(format!("{} of {} rows are suspected", shown.len(), rows.rows()));
        lines.push(
            if is_alarm {
                "signs of planted rows: do not learn from this before somebody has looked"
            } else {
                "no alarm"
            }
            .to_owned(),
        );
        add(&mut report, "suspected_rows", json!(shown));
        add(&mut report, "alarm", json!(is_alarm));
        if let Some(path) = &out {
            let kept: Vec<usize> = (0..rows.rows()).filter(|row| !suspected.contains(row)).collect();
            write(path, &rows.take(&kept).to_bytes())?;
        }
        if json {
            output::json(&report);
        } else {
            let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
            output::line(lines.join("\n"));
        }
        Ok(if is_alarm { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

/// Triggers that a table shows; JSON has all.
const TRIGGERS_SHOWN: usize = 20;

fn add(report: &mut Value, key: &str, value: Value) {
    if let Value::Object(report) = report {
        report.insert(key.to_owned(), value);
    }
}
