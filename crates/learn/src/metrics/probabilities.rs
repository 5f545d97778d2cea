//! Whether chances are what they say.

use crate::check::{classes_within, same_rows, within};
use crate::error::{Error, Result};
use crate::matrix::Matrix;

/// The smallest chance that counts: a certain and wrong answer would make the loss infinite.
const LEAST: f64 = f64::EPSILON;

/// The mean of `-ln p` of what happened, in nats. `probabilities` has a column for each class; chances are kept at least
/// 2.2e-16, so a certain and wrong answer costs 36.
///
/// # Errors
/// If the lengths differ, a class has no column, or a chance is not in `0..=1`.
pub fn log_loss(actual: &[usize], probabilities: &Matrix) -> Result<f64> {
    same_rows("probabilities", probabilities.rows(), actual.len())?;
    classes_within("actual", actual, probabilities.columns())?;
    let mut sum = 0.0;
    for (row, label) in probabilities.iter().zip(actual) {
        within("probabilities", row, 0.0, 1.0, "0 to 1")?;
        sum -= row.get(*label).copied().unwrap_or(0.0).clamp(LEAST, 1.0 - LEAST).ln();
    }
    Ok(sum / actual.len() as f64)
}

/// Brier's score (1950) of a binary forecast, `0..=1`, smaller being better.
///
/// # Errors
/// If the lengths differ or a chance is not in `0..=1`.
pub fn brier(actual: &[bool], probabilities: &[f64]) -> Result<f64> {
    checked(actual, probabilities)?;
    let square = |(is, p): (&bool, &f64)| (f64::from(u8::from(*is)) - p).powi(2);
    Ok(actual.iter().zip(probabilities).map(square).sum::<f64>() / actual.len() as f64)
}

/// The rows of which the chance lies in one bin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CalibrationBin {
    /// How many.
    pub rows: usize,
    /// Their mean chance.
    pub confidence: f64,
    /// The share that came true.
    pub frequency: f64,
}

/// The bins that hold rows, of `bins` bins of equal width.
///
/// # Errors
/// If the lengths differ, a chance is not in `0..=1`, or `bins` is not in `1..=1000`.
pub fn binned_calibration(actual: &[bool], probabilities: &[f64], bins: usize) -> Result<Vec<CalibrationBin>> {
    checked(actual, probabilities)?;
    if !(1..=1000).contains(&bins) {
        return Err(Error::Setting { what: "bins", allowed: "between 1 and 1000" });
    }
    let mut sums = vec![(0_usize, 0.0, 0_usize); bins];
    for (is, p) in actual.iter().zip(probabilities) {
        let at = ((p * bins as f64) as usize).min(bins - 1);
        if let Some((rows, confidence, came_true)) = sums.get_mut(at) {
            *rows += 1;
            *confidence += p;
            *came_true += usize::from(*is);
        }
    }
    let filled = sums.into_iter().filter(|(rows, ..)| *rows > 0);
    Ok(filled
        .map(|(rows, confidence, came_true)| CalibrationBin {
            rows,
            confidence: confidence / rows as f64,
            frequency: came_true as f64 / rows as f64,
        })
        .collect())
}

/// The expected calibration error (Naeini 2015): the mean over rows of `|confidence - frequency|` of their bin. For more
/// than two classes give the chance of the answer, and whether it was right.
///
/// # Errors
/// As [`binned_calibration`].
pub fn expected_calibration_error(actual: &[bool], probabilities: &[f64], bins: usize) -> Result<f64> {
    let gap = |bin: CalibrationBin| bin.rows as f64 * (bin.confidence - bin.frequency).abs();
    let bins = binned_calibration(actual, probabilities, bins)?;
    Ok(bins.into_iter().map(gap).sum::<f64>() / actual.len() as f64)
}

fn checked(actual: &[bool], probabilities: &[f64]) -> Result<()> {
    same_rows("probabilities", probabilities.len(), actual.len())?;
    within("probabilities", probabilities, 0.0, 1.0, "0 to 1")
}
