//! How good a label is, `0..=1`, larger being better.

use super::Labelled;

/// The chance of the given label.
#[must_use]
pub fn self_confidence(of: &Labelled<'_>) -> Vec<f64> {
    of.labels.iter().zip(of.chances.iter()).map(|(label, row)| row.get(*label).copied().unwrap_or(0.0)).collect()
}

/// The chance of the given label less that of the likeliest other, moved from `-1..=1` to `0..=1`.
#[must_use]
pub fn normalized_margin(of: &Labelled<'_>) -> Vec<f64> {
    let margin = |(label, row): (&usize, &[f64])| {
        let other = row.iter().enumerate().filter(|(class, _)| class != label).map(|(_, chance)| *chance);
        (row.get(*label).copied().unwrap_or(0.0) - other.fold(0.0, f64::max) + 1.0) / 2.0
    };
    of.labels.iter().zip(of.chances.iter()).map(margin).collect()
}

/// `ln (1 + x) / x`, where `x` is the entropy of the row over that of chance, divided by the chance of the given label: low
/// where the model is sure of another. As in cleanlab, both divisors are at least a millionth: rows on which the model has no
/// doubt at all score 0, whatever their label, so calibrate or smooth such chances first.
#[must_use]
pub fn confidence_weighted_entropy(of: &Labelled<'_>) -> Vec<f64> {
    let most = (of.thresholds.len() as f64).ln();
    let score = |(label, row): (&usize, &[f64])| {
        let entropy: f64 = row.iter().filter(|p| **p > 0.0).map(|p| -p * p.ln()).sum();
        let x = entropy / most / row.get(*label).copied().unwrap_or(0.0).max(SMALLEST);
        x.ln_1p() / x.max(SMALLEST)
    };
    of.labels.iter().zip(of.chances.iter()).map(score).collect()
}

/// Below it cleanlab divides by it instead.
const SMALLEST: f64 = 1e-6;
