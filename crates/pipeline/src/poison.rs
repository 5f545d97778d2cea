//! Looking for planted rows in a table to learn from.

use std::collections::BTreeMap;

use redoubt_learn::error::Error;
use redoubt_learn::matrix::Matrix;
use redoubt_learn::poison::{
    self, ClassFinding, Scan, ScanSettings, Trigger, TriggerSettings, Verdict, trigger_ngrams,
};
use redoubt_learn::random::Random;
use redoubt_learn::words::words;
use serde_json::{Value, json};

use crate::table::{Column, Table, TableError};

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum PoisonError {
    /// A column that is not there or holds something else.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The data do not allow it.
    #[error(transparent)]
    Learn(#[from] Error),
    /// A row without its label.
    #[error("row {0} has no label; leave it out")]
    Unlabelled(usize),
    /// A class that trusted rows do not have.
    #[error("the class `{0}` is not among the trusted rows; give some of every class")]
    Untrusted(String),
    /// A number is missing.
    #[error("`{column}` is missing in row {row}; fill the column or drop it")]
    Missing {
        /// The column.
        column: String,
        /// Counted from 1.
        row: usize,
    },
    /// No columns of numbers.
    #[error("there are no columns of numbers beside the label; give `--text`, or turn columns into numbers")]
    NoNumbers,
    /// Neither text nor trusted rows.
    #[error("there is nothing to go by: give a column of text, trusted rows or both")]
    NothingToGoBy,
}

/// What is suspected of a table, and by what.
#[derive(Debug)]
pub struct Checked {
    /// How many rows were looked at.
    pub rows: usize,
    /// The rows that are suspected, counted from 0, each with the reason.
    pub suspected: BTreeMap<usize, String>,
    /// Whether to look before learning from what is left.
    pub is_alarm: bool,
    /// What was found by words, with the class that they decide.
    pub triggers: Option<Vec<(String, Trigger)>>,
    /// What was found by trusted rows, with the names of the classes.
    pub scan: Option<(Vec<String>, Scan)>,
}

/// Looks for planted rows: by words of `text` if it is given, and else by what `trusted` rows say.
///
/// # Errors
/// As [`triggers`] and [`scan`].
pub fn check(
    rows: &Table,
    label: &str,
    text: Option<&str>,
    trusted: Option<&Table>,
    seed: u64,
) -> Result<Checked, PoisonError> {
    let mut suspected = BTreeMap::new();
    if let Some(text) = text {
        let found = triggers(rows, label, text, trusted)?;
        let column = rows.column(label)?;
        let words: Vec<(&str, String)> =
            found.iter().map(|(class, trigger)| (class.as_str(), spaced(&trigger.words))).collect();
        for (row, said) in rows.texts(text)?.iter().enumerate() {
            let (class, said) = (column.written(row), spaced(said));
            if let Some((class, words)) = words.iter().find(|(of, words)| *of == class && said.contains(words)) {
                suspected.insert(row, format!("`{}` decides {class:?}", words.trim()));
            }
        }
        let is_alarm = !found.is_empty();
        return Ok(Checked { rows: rows.rows(), suspected, is_alarm, triggers: Some(found), scan: None });
    }
    let Some(trusted) = trusted else { return Err(PoisonError::NothingToGoBy) };
    let (classes, found) = scan(rows, label, trusted, seed)?;
    for row in &found.flagged {
        let share = found.neighbours.get(*row).map_or(0.0, |own| own.disagreement * 100.0);
        suspected.insert(*row, format!("{share:.0} % of its nearest trusted rows are of other classes"));
    }
    let is_alarm = found.verdict == Verdict::Block;
    Ok(Checked { rows: rows.rows(), suspected, is_alarm, triggers: None, scan: Some((classes, found)) })
}

impl Checked {
    /// All of it, for machines; rows are counted from 1. Spectral signatures, SPECTRE and activation clustering decide nothing:
    /// they are told beside what does.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut report = json!({ "rows": self.rows });
        let mut add = |key: &str, value: Value| {
            if let Value::Object(report) = &mut report {
                report.insert(key.to_owned(), value);
            }
        };
        if let Some(triggers) = &self.triggers {
            let trigger = |(class, trigger): &(String, Trigger)| {
                let (documents, with_label) = (trigger.documents, trigger.with_label);
                json!({ "words": trigger.words, "class": class, "documents": documents, "with_class": with_label, "p": trigger.p })
            };
            add("triggers", triggers.iter().map(trigger).collect());
        }
        if let Some((classes, found)) = &self.scan {
            let class = |class: &ClassFinding| {
                let name = classes.get(class.class);
                json!({
                    "class": name, "rows": class.rows, "suspected": class.flagged, "p": class.p.min(1.0),
                    "coherence": class.coherence, "smaller_cluster": class.smaller_cluster, "silhouette": class.silhouette,
                })
            };
            add("classes", found.classes.iter().map(class).collect());
            let scores = |row: &usize| json!({ "row": row + 1, "spectral": found.spectral.get(*row), "spectre": found.spectre.get(*row) });
            add("scores", self.suspected.keys().map(scores).collect());
        }
        add("suspected_rows", self.suspected.keys().map(|row| row + 1).collect());
        add("alarm", json!(self.is_alarm));
        report
    }
}

/// The classes of a column, in alphabetical order, and the class of each row.
///
/// # Errors
/// If there is no such column, or a row has no class.
pub fn classes(rows: &Table, label: &str) -> Result<(Vec<String>, Vec<usize>), PoisonError> {
    let column = rows.column(label)?;
    let cells: Vec<String> = (0..rows.rows()).map(|row| column.written(row)).collect();
    if let Some(row) = cells.iter().position(String::is_empty) {
        return Err(PoisonError::Unlabelled(row + 1));
    }
    let mut classes = cells.clone();
    classes.sort_unstable();
    classes.dedup();
    let labels = cells.iter().map(|cell| classes.binary_search(cell).unwrap_or_default()).collect();
    Ok((classes, labels))
}

/// Words of a column of text that point to one class more surely than chance allows, with the class of each. Words that
/// stand in `trusted` rows, too, are what the text is about, and are left out.
///
/// # Errors
/// If there is no such column, or a row has no class.
pub fn triggers(
    rows: &Table,
    label: &str,
    text: &str,
    trusted: Option<&Table>,
) -> Result<Vec<(String, Trigger)>, PoisonError> {
    let (classes, labels) = classes(rows, label)?;
    let found = trigger_ngrams(rows.texts(text)?, &labels, classes.len(), &TriggerSettings::default())?;
    let known: Vec<String> = match trusted {
        Some(trusted) => trusted.texts(text)?.iter().map(|text| spaced(text)).collect(),
        None => Vec::new(),
    };
    let is_planted = |trigger: &Trigger| {
        let words = spaced(&trigger.words);
        known.iter().all(|text| !text.contains(&words))
    };
    let named = |trigger: Trigger| (classes.get(trigger.class).cloned().unwrap_or_default(), trigger);
    Ok(found.into_iter().filter(is_planted).map(named).collect())
}

/// Whether a text has these words in a row.
#[must_use]
pub fn has_words(text: &str, words: &str) -> bool {
    spaced(text).contains(&spaced(words))
}

/// Words in lower case with a space on each side.
fn spaced(text: &str) -> String {
    let mut spaced = String::from(" ");
    for word in words(text) {
        spaced.push_str(&word);
        spaced.push(' ');
    }
    spaced
}

/// What is found among rows by the columns of numbers, with the help of rows that are known to be good. Columns are scaled
/// to the deviation that they have there.
///
/// # Errors
/// If a number is missing, or trusted rows lack a column or a class.
pub fn scan(rows: &Table, label: &str, trusted: &Table, seed: u64) -> Result<(Vec<String>, Scan), PoisonError> {
    let (classes, labels) = classes(rows, label)?;
    let (known, known_labels) = self::classes(trusted, label)?;
    let mut trusted_labels = Vec::with_capacity(known_labels.len());
    let mut kept = Vec::with_capacity(known_labels.len());
    for (row, own) in known_labels.iter().enumerate() {
        // Trusted rows of a class that is not looked at say nothing.
        if let Some(class) = known.get(*own).and_then(|name| classes.binary_search(name).ok()) {
            trusted_labels.push(class);
            kept.push(row);
        }
    }
    if let Some(class) = (0..classes.len()).find(|class| !trusted_labels.contains(class)) {
        return Err(PoisonError::Untrusted(classes.get(class).cloned().unwrap_or_default()));
    }
    let trusted = trusted.take(&kept);
    let columns: Vec<&str> = rows
        .iter()
        .filter(|(name, column)| *name != label && matches!(column, Column::Number(_)))
        .map(|(name, _)| name)
        .collect();
    if columns.is_empty() {
        return Err(PoisonError::NoNumbers);
    }
    let scales =
        columns.iter().map(|name| complete(&trusted, name).map(scale)).collect::<Result<Vec<_>, PoisonError>>()?;
    let (matrix, trusted) = (scaled(rows, &columns, &scales)?, scaled(&trusted, &columns, &scales)?);
    let mut random = Random::new(seed);
    let settings = ScanSettings::default();
    let found = poison::scan(&matrix, &labels, classes.len(), &trusted, &trusted_labels, &settings, &mut random)?;
    Ok((classes, found))
}

fn complete<'t>(rows: &'t Table, name: &str) -> Result<&'t [f64], PoisonError> {
    let cells = rows.numbers(name)?;
    match cells.iter().position(|cell| cell.is_nan()) {
        Some(row) => Err(PoisonError::Missing { column: name.to_owned(), row: row + 1 }),
        None => Ok(cells),
    }
}

/// The mean and the deviation, or 1 where all are the same.
#[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^53")]
fn scale(cells: &[f64]) -> (f64, f64) {
    let count = cells.len().max(1) as f64;
    let mean = cells.iter().sum::<f64>() / count;
    let deviation = (cells.iter().map(|cell| (cell - mean).powi(2)).sum::<f64>() / count).sqrt();
    (mean, if deviation > 0.0 { deviation } else { 1.0 })
}

fn scaled(rows: &Table, columns: &[&str], scales: &[(f64, f64)]) -> Result<Matrix, PoisonError> {
    let cells: Vec<&[f64]> = columns.iter().map(|name| complete(rows, name)).collect::<Result<_, _>>()?;
    let mut numbers = Vec::with_capacity(rows.rows() * columns.len());
    for row in 0..rows.rows() {
        for (cells, (mean, deviation)) in cells.iter().zip(scales) {
            numbers.push((cells.get(row).copied().unwrap_or_default() - mean) / deviation);
        }
    }
    Ok(Matrix::new(numbers, columns.len())?)
}
