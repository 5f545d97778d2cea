//! Rows between rows of a class that has few.

use crate::check::{classes_within, same_rows, within};
use crate::error::{Error, Result};
use crate::random::Random;

/// The most rows of a class among which neighbours are looked for; each pair is compared.
const ROWS_MAX: usize = 20_000;

/// A cell of a row that is made.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// A number between those of two rows.
    Number(f64),
    /// The place of a category.
    Category(usize),
}

/// A row that is made.
#[derive(Debug, Clone, PartialEq)]
pub struct Synthetic {
    /// Its class.
    pub class: usize,
    /// The row from which it goes.
    pub from: usize,
    /// The row toward which it goes.
    pub toward: usize,
    /// How far it goes, from 0 to 1.
    pub share: f64,
    /// Its cells, numbers first and then categories, each in the order of the columns.
    pub cells: Vec<Cell>,
}

/// SMOTE (Chawla et al. 2002): for a class with `n` rows, `wanted[class]` further ones. Each lies on the line from a row to one
/// of its `k` nearest of the class. With `categories` it is SMOTE-NC: the distance of two rows with different categories in a
/// column grows by the median of the class's standard deviations, and a category is what most of the neighbours have.
///
/// `numbers` and `categories` hold columns. Numbers are compared as they are: scale them before.
///
/// # Errors
/// If lengths differ, a number is not finite, `k` is zero; undefined if a class that rows are wanted of has fewer than two.
pub fn smote(
    numbers: &[&[f64]],
    categories: &[&[usize]],
    labels: &[usize],
    wanted: &[usize],
    k: usize,
    random: &mut Random,
) -> Result<Vec<Synthetic>> {
    for column in numbers {
        same_rows("numbers", column.len(), labels.len())?;
        within("numbers", column, -1e150, 1e150, "the numbers between -1e150 and 1e150")?;
    }
    for column in categories {
        same_rows("categories", column.len(), labels.len())?;
    }
    classes_within("labels", labels, wanted.len())?;
    if k == 0 {
        return Err(Error::Setting { what: "k", allowed: "at least 1" });
    }
    let mut made = Vec::new();
    for (class, wanted) in wanted.iter().enumerate().filter(|(_, wanted)| **wanted > 0) {
        let own: Vec<usize> =
            labels.iter().enumerate().filter(|(_, label)| **label == class).map(|(row, _)| row).collect();
        if own.len() < 2 {
            return Err(Error::Undefined { what: "a row between rows", why: "a class has fewer than two rows" });
        }
        if own.len() > ROWS_MAX {
            return Err(Error::TooLarge { what: "rows of a class", found: own.len(), most: ROWS_MAX });
        }
        let apart = median_deviation(numbers, &own);
        for _ in 0..*wanted {
            let from = own.get(random.below(own.len())).copied().unwrap_or_default();
            let near = nearest(numbers, categories, &own, from, apart, k);
            let toward = near.get(random.below(near.len())).copied().unwrap_or(from);
            let share = random.uniform();
            let at = |column: &[f64], row: usize| column.get(row).copied().unwrap_or_default();
            let mut cells: Vec<Cell> = numbers
                .iter()
                .map(|column| Cell::Number(at(column, from) + share * (at(column, toward) - at(column, from))))
                .collect();
            cells.extend(categories.iter().map(|column| Cell::Category(most_frequent(column, &near))));
            made.push(Synthetic { class, from, toward, share, cells });
        }
    }
    Ok(made)
}

/// The median over columns of the standard deviation within the class.
fn median_deviation(numbers: &[&[f64]], own: &[usize]) -> f64 {
    let deviation = |column: &&[f64]| {
        let cells: Vec<f64> = own.iter().filter_map(|row| column.get(*row).copied()).collect();
        let mean = cells.iter().sum::<f64>() / cells.len() as f64;
        (cells.iter().map(|cell| (cell - mean).powi(2)).sum::<f64>() / cells.len() as f64).sqrt()
    };
    let mut all: Vec<f64> = numbers.iter().map(deviation).collect();
    all.sort_by(f64::total_cmp);
    match all.len() {
        // Only categories: each counts one.
        0 => 1.0,
        even if even % 2 == 0 => {
            let at = |at: usize| all.get(at).copied().unwrap_or_default();
            (at(even / 2 - 1) + at(even / 2)) / 2.0
        }
        odd => all.get(odd / 2).copied().unwrap_or_default(),
    }
}

fn nearest(
    numbers: &[&[f64]],
    categories: &[&[usize]],
    own: &[usize],
    from: usize,
    apart: f64,
    k: usize,
) -> Vec<usize> {
    let distance = |row: usize| {
        let squares: f64 =
            numbers.iter().filter_map(|column| Some((column.get(row)? - column.get(from)?).powi(2))).sum();
        let different = categories.iter().filter(|column| column.get(row) != column.get(from)).count();
        squares + different as f64 * apart * apart
    };
    let mut all: Vec<(f64, usize)> = own.iter().filter(|row| **row != from).map(|row| (distance(*row), *row)).collect();
    all.sort_by(|left, right| left.0.total_cmp(&right.0).then(left.1.cmp(&right.1)));
    all.into_iter().take(k).map(|(_, row)| row).collect()
}

/// The first in order of those that are most frequent.
fn most_frequent(column: &[usize], rows: &[usize]) -> usize {
    let mut counts = std::collections::BTreeMap::<usize, usize>::new();
    for category in rows.iter().filter_map(|row| column.get(*row)) {
        *counts.entry(*category).or_default() += 1;
    }
    let most = counts.values().copied().max().unwrap_or_default();
    counts.into_iter().find(|(_, count)| *count == most).map(|(category, _)| category).unwrap_or_default()
}
