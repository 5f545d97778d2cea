//! One number that makes a classifier less sure of itself.

use crate::check::{classes_within, same_rows};
use crate::error::{Error, Result};
use crate::matrix::Matrix;

/// Temperature scaling (Guo et al. 2017): logits are divided by it, so the answer never changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Temperature(
    /// Above one where the classifier was too sure.
    pub f64,
);

impl Temperature {
    /// The temperature in `0.01..=100` with the least log loss, found by golden sections of its logarithm; the loss is convex
    /// in its inverse.
    ///
    /// # Errors
    /// If the lengths differ or a class has no column; undefined if there is only one column.
    pub fn fit(actual: &[usize], logits: &Matrix) -> Result<Self> {
        same_rows("logits", logits.rows(), actual.len())?;
        classes_within("actual", actual, logits.columns())?;
        if logits.columns() < 2 {
            return Err(Error::Undefined { what: "the temperature", why: "there is only one class" });
        }
        let loss = |log: f64| {
            let by = log.exp();
            let one = |(label, row): (&usize, &[f64])| {
                let most = row.iter().copied().fold(f64::MIN, f64::max);
                let sum: f64 = row.iter().map(|logit| ((logit - most) / by).exp()).sum();
                sum.ln() - (row.get(*label).copied().unwrap_or(most) - most) / by
            };
            actual.iter().zip(logits.iter()).map(one).sum::<f64>()
        };
        let golden = (5.0_f64.sqrt() - 1.0) / 2.0;
        let (mut low, mut high) = (0.01_f64.ln(), 100.0_f64.ln());
        let (mut left, mut right) = (high - golden * (high - low), low + golden * (high - low));
        let (mut at_left, mut at_right) = (loss(left), loss(right));
        while high - low > 1e-8 {
            if at_left < at_right {
                (high, right, at_right) = (right, left, at_left);
                left = high - golden * (high - low);
                at_left = loss(left);
            } else {
                (low, left, at_left) = (left, right, at_right);
                right = low + golden * (high - low);
                at_right = loss(right);
            }
        }
        Ok(Self(f64::midpoint(low, high).exp()))
    }

    /// The chance of each class.
    #[must_use]
    pub fn chances(&self, logits: &[f64]) -> Vec<f64> {
        let most = logits.iter().copied().fold(f64::MIN, f64::max);
        let powers: Vec<f64> = logits.iter().map(|logit| ((logit - most) / self.0).exp()).collect();
        let sum: f64 = powers.iter().sum();
        powers.into_iter().map(|power| power / sum).collect()
    }
}
