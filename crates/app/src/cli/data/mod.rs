//! `redoubt data`: what a table holds, what is wrong with it, and whether it has changed.

mod anonymize;
mod augment;
mod label_errors;
mod poison;
mod privacy;
mod step;
mod validate;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use redoubt_learn::drift::{Baseline, ColumnReport, Decision, DriftSettings, Summary};
use redoubt_pipeline::{Reading, Table, baseline, baseline_from_json, baseline_to_json, compare};
use serde_json::{Value, json};

use super::{Context, Failure};
use crate::output;
use crate::shelf::{FileError, read_if, write};
use crate::signature;
use crate::table::TextTable;

/// Say what a table holds, what is wrong with it, and whether it has changed.
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
    /// Check that rows are what they should be; exit code 1 if any is not.
    Validate(validate::Validate),
    /// Look for planted rows in data to learn from; exit code 1 if there are signs of any.
    PoisonCheck(poison::PoisonCheck),
    /// Look for rows whose class is likely wrong, and write those that are left.
    LabelErrors(label_errors::LabelErrors),
    /// Take out of rows who they are about, and write what is left.
    Anonymize(anonymize::Anonymize),
    /// Add changed copies of rows to learn from.
    Augment(augment::Augment),
    /// Say how well rows hide in groups; exit code 1 if a bound is not kept.
    Privacy(privacy::Privacy),
}

#[derive(Debug, Args)]
struct Profile {
    /// Comma-separated values, or a JSON object a line if the name ends in `.jsonl`.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Where to write the baseline.
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// Sign it with the key of this installation; the signature lies beside it.
    #[arg(long, requires = "out")]
    sign: bool,
    /// What chooses the samples that are kept.
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
    /// Refuse a baseline that this installation did not sign. One that is signed is verified in any case.
    #[arg(long)]
    signed: bool,
    /// How large a change must be, besides being significant.
    #[arg(long, default_value_t = DriftSettings::default().effect_min, value_name = "EFFECT")]
    effect_min: f64,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Data {
    /// Runs the command.
    pub(super) fn run(self, context: &Context) -> Result<ExitCode, Failure> {
        match self.action {
            Action::Profile(profile) => profile.run(context),
            Action::Drift(drift) => drift.run(context),
            Action::Validate(validate) => validate.run(),
            Action::Augment(augment) => augment.run(),
            Action::PoisonCheck(check) => check.run(),
            Action::LabelErrors(errors) => errors.run(),
            Action::Anonymize(anonymize) => anonymize.run(),
            Action::Privacy(privacy) => privacy.run(),
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
    fn run(self, context: &Context) -> Result<ExitCode, Failure> {
        let Self { file, out, sign, seed, json } = self;
        let kept = baseline(&table(&file)?, seed)?;
        let written = baseline_to_json(&kept);
        if let Some(path) = &out {
            let bytes = format!("{written:#}\n").into_bytes();
            write(path, &bytes)?;
            if sign {
                let path = signature::sign(&context.open_home()?, path, &bytes)?;
                output::note(format!("its signature is in {}", path.display()));
            }
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
    fn run(self, context: &Context) -> Result<ExitCode, Failure> {
        let Self { baseline: path, file, signed, false_discovery_rate, effect_min, json } = self;
        let written = bytes(&path)?;
        let is_signed = if signature::is_beside(&path) {
            signature::verify(&context.existing_home()?, &path, &written).map_err(Failure::check)?
        } else {
            false
        };
        if signed && !is_signed {
            return Err(Failure::check(signature::SignatureError::Missing(path)));
        }
        let known: Option<Value> = serde_json::from_slice(&written).ok();
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
