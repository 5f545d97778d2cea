//! Changed copies of rows: the ways to make them.

use std::collections::BTreeMap;

use redoubt_domain::settings::Table as Settings;
use redoubt_learn::augment::{Cell, TextChange, mixup, smote};
use redoubt_learn::random::Random;

use super::{StepError, count, of};
use crate::table::{Column, Table};

/// How copies are made.
#[derive(Debug)]
pub(super) enum Way {
    Text(TextWay),
    Smote { k: usize, balance: f64 },
    Mixup { copies: f64, alpha: f64 },
}

/// Changes of a column of text.
#[derive(Debug)]
pub(super) struct TextWay {
    pub(super) column: String,
    changes: Vec<TextChange>,
    strength: f64,
    copies: usize,
}

/// The most copies of a row.
const COPIES_MAX: usize = 20;
/// Values of a column of text that is mixed with numbers.
const CATEGORIES_MAX: usize = 1_000;

impl Way {
    pub(super) fn read(table: &mut Settings<'_>) -> Option<Self> {
        let text = table.table_if("text", "copies with changed texts (after Wei and Zou 2019)", |table| {
            let column = table.require("column", "the column of text", String::new());
            let changes = table.choose_many(
                "changes",
                "what is done, one of them for each copy",
                &TextChange::ALL,
                vec![TextChange::Swap, TextChange::Delete, TextChange::Typos],
            );
            let strength = table.or("strength", "the share of words, or letters, that change", 0.1);
            if !(strength > 0.0 && strength <= 0.5) {
                table.refuse("strength", "expected a share above 0 and up to 0.5");
            }
            let copies = table.or("copies", "copies of each row", 1_usize);
            if !(1..=COPIES_MAX).contains(&copies) {
                table.refuse("copies", format!("expected 1 to {COPIES_MAX}"));
            }
            if changes.is_empty() {
                table.refuse("changes", "name at least one");
            }
            Self::Text(TextWay { column, changes, strength, copies })
        });
        let words =
            "rows between rows of classes that have few (SMOTE, with columns of text SMOTE-NC; Chawla et al. 2002)";
        let smote = table.table_if("smote", words, |table| {
            let k = table.or("neighbours", "among how many nearest rows of the class the other is chosen", 5_usize);
            if !(1..=100).contains(&k) {
                table.refuse("neighbours", "expected 1 to 100");
            }
            let balance = table.or("balance", "up to which share of the largest class each is filled", 1.0);
            if !(balance > 0.0 && balance <= 1.0) {
                table.refuse("balance", "expected a share above 0 and up to 1");
            }
            Self::Smote { k, balance }
        });
        let words = "averages of two rows of a class (mixup within classes; Zhang et al. 2018)";
        let mixup = table.table_if("mixup", words, |table| {
            let copies = table.or("copies", "how many, as a share of the rows", 0.5);
            if !(copies > 0.0 && copies <= COPIES_MAX as f64) {
                table.refuse("copies", format!("expected a share above 0 and up to {COPIES_MAX}"));
            }
            let alpha =
                table.or("alpha", "how far they lie from either: both parameters of the beta distribution", 0.2);
            if !(0.01..=10.0).contains(&alpha) {
                table.refuse("alpha", "expected a number from 0.01 to 10");
            }
            Self::Mixup { copies, alpha }
        });
        let mut given: Vec<Self> = [text, smote, mixup].into_iter().flatten().collect();
        if given.len() != 1 && table.has("input") {
            table.refuse("kind", "give one of `text`, `smote` and `mixup`");
        }
        given.pop()
    }

    /// Copies of rows with their labels, and the row that each was made of.
    pub(super) fn copies(
        &self,
        rows: &Table,
        target: &str,
        labels: &[usize],
        classes: usize,
        random: &mut Random,
    ) -> Result<(Table, Vec<usize>), StepError> {
        match self {
            Self::Text(way) => way.copies(rows, random),
            Self::Smote { k, balance } => {
                let mut counts = vec![0_usize; classes];
                for label in labels {
                    counts.get_mut(*label).map(|count| *count += 1).unwrap_or_default();
                }
                let largest = counts.iter().copied().max().unwrap_or_default();
                let full = share_of(largest, *balance);
                let wanted: Vec<usize> = counts.iter().map(|own| full.saturating_sub(*own)).collect();
                let columns = Columns::new(rows, target, true)?;
                let (numbers, categories) = (columns.numbers(), columns.categories());
                let made = smote(&numbers, &categories, labels, &wanted, *k, random).map_err(refused)?;
                let from: Vec<usize> = made.iter().map(|row| row.from).collect();
                let cells = made.into_iter().map(|row| row.cells).collect();
                columns.table(rows, &from, cells)
            }
            Self::Mixup { copies, alpha } => {
                let columns = Columns::new(rows, target, false)?;
                let wanted = share_of(rows.rows(), *copies);
                let made = mixup(&columns.numbers(), Some(labels), wanted, *alpha, random).map_err(refused)?;
                let from: Vec<usize> = made.iter().map(|row| row.from).collect();
                let cells = made.into_iter().map(|row| row.numbers.into_iter().map(Cell::Number).collect()).collect();
                columns.table(rows, &from, cells)
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "shares of rows, bounded above")]
fn share_of(rows: usize, share: f64) -> usize {
    (count(rows) * share).round() as usize
}

fn refused(error: redoubt_learn::error::Error) -> StepError {
    StepError::Data(error.to_string())
}

impl TextWay {
    fn copies(&self, rows: &Table, random: &mut Random) -> Result<(Table, Vec<usize>), StepError> {
        let texts = rows.texts(&self.column).map_err(of("input"))?;
        let (mut from, mut changed) = (Vec::new(), Vec::new());
        for (row, text) in texts.iter().enumerate() {
            for _ in 0..self.copies {
                let change = self.changes.get(random.below(self.changes.len())).copied().unwrap_or(TextChange::Swap);
                let copy = change.apply(text, self.strength, random);
                // What came out as it was adds nothing.
                if copy != *text && !copy.trim().is_empty() {
                    from.push(row);
                    changed.push(copy);
                }
            }
        }
        let mut table = rows.take(&from);
        table.set(&self.column, Column::Text(changed)).map_err(of("input"))?;
        Ok((table, from))
    }
}

/// The columns of a table but the target, as they are mixed: numbers in units of their deviation.
struct Columns {
    numbers: Vec<(String, Vec<f64>, f64, bool)>,
    categories: Vec<(String, Vec<usize>, Vec<String>)>,
}

impl Columns {
    fn new(rows: &Table, target: &str, with_text: bool) -> Result<Self, StepError> {
        let (mut numbers, mut categories) = (Vec::new(), Vec::new());
        for (name, column) in rows.iter().filter(|(name, _)| *name != target) {
            if let Some(row) = (0..rows.rows()).find(|row| column.is_missing(*row)) {
                let reason = format!(
                    "`{name}` is missing in row {}; fill the column by a step `preprocess`, or drop it",
                    row + 1
                );
                return Err(StepError::Data(reason));
            }
            match column {
                Column::Number(cells) => {
                    let mean = cells.iter().sum::<f64>() / count(cells.len().max(1));
                    let variance =
                        cells.iter().map(|cell| (cell - mean).powi(2)).sum::<f64>() / count(cells.len().max(1));
                    let deviation = if variance > 0.0 { variance.sqrt() } else { 1.0 };
                    // Nobody has 2.7 children.
                    let is_whole = cells.iter().all(|cell| cell.fract() == 0.0);
                    let scaled = cells.iter().map(|cell| cell / deviation).collect();
                    numbers.push((name.to_owned(), scaled, deviation, is_whole));
                }
                Column::Text(cells) if with_text => {
                    let values: BTreeMap<&str, usize> = cells.iter().map(|cell| (cell.as_str(), 0)).collect();
                    let values: Vec<String> = values.into_keys().map(str::to_owned).collect();
                    if values.len() > CATEGORIES_MAX {
                        let reason =
                            format!("`{name}` has {} values, and {CATEGORIES_MAX} are the most; drop it", values.len());
                        return Err(StepError::Data(reason));
                    }
                    let places = cells.iter().map(|cell| values.binary_search(cell).unwrap_or_default()).collect();
                    categories.push((name.to_owned(), places, values));
                }
                // Beside mixed numbers the text is that of the row that the copy is more of.
                Column::Text(_) => {}
            }
        }
        if numbers.is_empty() {
            let reason =
                "there are no columns of numbers between which rows could lie; use `text`, or a step `preprocess`";
            return Err(StepError::Data(reason.to_owned()));
        }
        Ok(Self { numbers, categories })
    }

    fn numbers(&self) -> Vec<&[f64]> {
        self.numbers.iter().map(|(_, cells, _, _)| cells.as_slice()).collect()
    }

    fn categories(&self) -> Vec<&[usize]> {
        self.categories.iter().map(|(_, places, _)| places.as_slice()).collect()
    }

    fn table(&self, rows: &Table, from: &[usize], made: Vec<Vec<Cell>>) -> Result<(Table, Vec<usize>), StepError> {
        let mut table = rows.take(from);
        for (at, (name, _, deviation, is_whole)) in self.numbers.iter().enumerate() {
            let number = |cells: &Vec<Cell>| match cells.get(at) {
                Some(Cell::Number(number)) if *is_whole => (number * deviation).round() + 0.0,
                Some(Cell::Number(number)) => number * deviation,
                _ => f64::NAN,
            };
            table.set(name, Column::Number(made.iter().map(number).collect())).map_err(of("input"))?;
        }
        for (at, (name, _, values)) in self.categories.iter().enumerate() {
            let value = |cells: &Vec<Cell>| match cells.get(self.numbers.len() + at) {
                Some(Cell::Category(place)) => values.get(*place).cloned().unwrap_or_default(),
                _ => String::new(),
            };
            table.set(name, Column::Text(made.iter().map(value).collect())).map_err(of("input"))?;
        }
        Ok((table, from.to_vec()))
    }
}
