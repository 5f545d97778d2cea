//! Whether a score means the same for every group.

use super::Groups;
use crate::check::same_rows;
use crate::error::{Error, Result};
use crate::metrics::expected_calibration_error;

/// How well the scores of a group are calibrated.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupCalibration {
    /// The group.
    pub name: String,
    /// Its rows.
    pub rows: usize,
    /// Whether it has the rows that were asked for.
    pub is_sufficient: bool,
    /// The mean score less the share that is positive: above zero where the group is overrated.
    pub bias: f64,
    /// The expected calibration error within the group.
    pub error: f64,
}

/// The calibration of each group, with bins of equal width.
///
/// # Errors
/// If there are no rows, the lengths differ, a score is not in `0..=1`, or `bins` is not in `1..=1000`.
pub fn calibration_by_group(
    actual: &[bool],
    scores: &[f64],
    groups: &Groups,
    bins: usize,
    minimum: usize,
) -> Result<Vec<GroupCalibration>> {
    same_rows("scores", scores.len(), actual.len())?;
    same_rows("groups", groups.of().len(), actual.len())?;
    let mut split: Vec<(Vec<bool>, Vec<f64>)> = vec![(Vec::new(), Vec::new()); groups.names().len()];
    for (group, (is, score)) in groups.of().iter().zip(actual.iter().zip(scores)) {
        if let Some((actual, scores)) = split.get_mut(*group) {
            actual.push(*is);
            scores.push(*score);
        }
    }
    let of = |(name, (actual, scores)): (&String, &(Vec<bool>, Vec<f64>))| {
        let rows = actual.len();
        let frequency = actual.iter().filter(|is| **is).count() as f64 / rows as f64;
        Ok(GroupCalibration {
            name: name.clone(),
            rows,
            is_sufficient: rows >= minimum,
            error: expected_calibration_error(actual, scores, bins)?,
            bias: scores.iter().sum::<f64>() / rows as f64 - frequency,
        })
    };
    groups.names().iter().zip(&split).map(of).collect()
}

/// The largest difference of bias between sufficient groups.
///
/// # Errors
/// Undefined if fewer than two groups are sufficient.
pub fn calibration_gap(groups: &[GroupCalibration]) -> Result<f64> {
    let biases: Vec<f64> = groups.iter().filter(|group| group.is_sufficient).map(|group| group.bias).collect();
    if biases.len() < 2 {
        return Err(Error::Undefined { what: "the calibration gap", why: "fewer than two groups have enough rows" });
    }
    let most = biases.iter().copied().fold(f64::MIN, f64::max);
    Ok(most - biases.iter().copied().fold(f64::MAX, f64::min))
}
