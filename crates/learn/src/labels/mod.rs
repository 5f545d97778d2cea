//! Rows whose label is likely wrong: confident learning (Northcutt, Jiang and Chuang 2021, arXiv:1911.00068), with the
//! thresholds, joint counts, filters and scores that cleanlab 2.9 has.
//!
//! It takes mistakes for accidents. Against somebody who chooses which labels to change, see [`crate::poison`].

mod filters;
mod scores;

pub use filters::Filter;
pub use scores::{confidence_weighted_entropy, normalized_margin, self_confidence};

use crate::check::{classes_within, same_rows, within};
use crate::error::{Error, Result};
use crate::matrix::Matrix;

/// How far below its class's threshold a chance may be: sums of floats differ in their last digits.
const SLACK: f64 = 1e-6;

/// Labels beside what a model says that has not seen the row (out of fold).
#[derive(Debug, Clone)]
pub struct Labelled<'a> {
    labels: &'a [usize],
    chances: &'a Matrix,
    thresholds: Vec<f64>,
    /// For each row the class that the model is confident of.
    confident: Vec<Option<usize>>,
}

impl<'a> Labelled<'a> {
    /// Takes the given label of each row and its chance of each class (`rows x classes`).
    ///
    /// # Errors
    /// If the lengths differ, a label has no column, or a chance is not in `0..=1`; undefined if a class has no row, or
    /// there is only one class.
    pub fn new(labels: &'a [usize], chances: &'a Matrix) -> Result<Self> {
        same_rows("labels", labels.len(), chances.rows())?;
        let classes = chances.columns();
        classes_within("labels", labels, classes)?;
        for row in chances.iter() {
            within("chances", row, 0.0, 1.0, "0 to 1")?;
        }
        let what = "confident learning";
        if classes < 2 {
            return Err(Error::Undefined { what, why: "there is only one class" });
        }
        let mut sums = vec![(0.0, 0_usize); classes];
        for (label, row) in labels.iter().zip(chances.iter()) {
            if let (Some((sum, rows)), Some(chance)) = (sums.get_mut(*label), row.get(*label)) {
                *sum += chance;
                *rows += 1;
            }
        }
        if sums.iter().any(|(_, rows)| *rows == 0) {
            return Err(Error::Undefined { what, why: "a class has no row" });
        }
        let thresholds: Vec<f64> = sums.iter().map(|(sum, rows)| sum / *rows as f64).collect();
        let confident = chances.iter().map(|row| confident(row, &thresholds)).collect();
        Ok(Self { labels, chances, thresholds, confident })
    }

    /// The mean chance of each class over the rows that have its label: the model is confident of a class from there on.
    #[must_use]
    pub fn thresholds(&self) -> &[f64] {
        &self.thresholds
    }

    /// How many rows with each label (rows of the result) the model is confident are of each class (columns); at least one
    /// on the diagonal.
    #[must_use]
    pub fn confident_joint(&self) -> Vec<Vec<u64>> {
        let classes = self.thresholds.len();
        let mut joint = vec![vec![0; classes]; classes];
        for (label, confident) in self.labels.iter().zip(&self.confident) {
            if let Some(count) = confident.and_then(|class| joint.get_mut(*label)?.get_mut(class)) {
                *count += 1;
            }
        }
        for (class, row) in joint.iter_mut().enumerate() {
            if let Some(own) = row.get_mut(class) {
                *own = (*own).max(1);
            }
        }
        joint
    }

    /// The same, scaled so that each label has as many rows as it has, in whole numbers.
    #[must_use]
    pub fn calibrated_joint(&self) -> Vec<Vec<u64>> {
        let scale = |(label, row): (usize, Vec<u64>)| {
            let given = self.labels.iter().filter(|own| **own == label).count() as f64;
            let confident: u64 = row.iter().sum();
            rounded(&row.iter().map(|count| *count as f64 / confident as f64 * given).collect::<Vec<_>>())
        };
        self.confident_joint().into_iter().enumerate().map(scale).collect()
    }
}

/// The first of the largest.
fn largest(row: &[f64]) -> usize {
    let mut best = (0, f64::MIN);
    for (class, chance) in row.iter().enumerate() {
        if *chance > best.1 {
            best = (class, *chance);
        }
    }
    best.0
}

fn confident(row: &[f64], thresholds: &[f64]) -> Option<usize> {
    let mut above =
        row.iter().zip(thresholds).enumerate().filter(|(_, (chance, threshold))| **chance >= *threshold - SLACK);
    let (first, _) = above.next()?;
    Some(if above.next().is_some() { largest(row) } else { first })
}

/// Whole numbers with the sum that the values have when rounded: the largest remainders are rounded up, the last first
/// among equal ones.
fn rounded(values: &[f64]) -> Vec<u64> {
    let mut order: Vec<(usize, f64)> = values.iter().map(|value| value.floor() - value).enumerate().collect();
    order.sort_by(|left, right| left.1.total_cmp(&right.1).then(right.0.cmp(&left.0)));
    let mut whole: Vec<u64> = values.iter().map(|value| value.floor() as u64).collect();
    let sum = values.iter().sum::<f64>().round() as u64;
    let missing = sum.saturating_sub(whole.iter().sum());
    for (at, _) in order.into_iter().take(missing as usize) {
        if let Some(value) = whole.get_mut(at) {
            *value += 1;
        }
    }
    whole
}
