//! How well scores put the positive rows before the others.

use super::Interval;
use crate::check::{classes_within, finite, same_rows};
use crate::error::{Error, Result};
use crate::matrix::Matrix;

const ONE_CLASS: &str = "it needs both positive and negative rows";

/// The area under the ROC curve: the chance that a positive row has the higher score, ties counting half.
///
/// # Errors
/// If the lengths differ or a score is not finite; undefined if only one class occurs.
pub fn roc_auc(actual: &[bool], scores: &[f64]) -> Result<f64> {
    let sorted = sorted(actual, scores)?;
    let (mut positives, mut negatives, mut twice) = (0_u64, 0_u64, 0_u128);
    for tie in sorted.chunk_by(|left, right| left.0 == right.0) {
        let p = tie.iter().filter(|(_, is_positive)| *is_positive).count() as u64;
        let n = tie.len() as u64 - p;
        twice += u128::from(p) * u128::from(2 * negatives + n);
        positives += p;
        negatives += n;
    }
    if positives == 0 || negatives == 0 {
        return Err(Error::Undefined { what: "ROC-AUC", why: ONE_CLASS });
    }
    Ok(twice as f64 / 2.0 / (positives as f64 * negatives as f64))
}

/// The plain mean over the classes of the area of each class against the rest; `scores` has a column for each class.
///
/// # Errors
/// If the lengths differ or a class has no column; undefined if a class does not occur, or only one does.
pub fn roc_auc_one_vs_rest(actual: &[usize], scores: &Matrix) -> Result<f64> {
    same_rows("scores", scores.rows(), actual.len())?;
    classes_within("actual", actual, scores.columns())?;
    let mut sum = 0.0;
    for class in 0..scores.columns() {
        let is: Vec<bool> = actual.iter().map(|label| *label == class).collect();
        let column: Vec<f64> = scores.iter().filter_map(|row| row.get(class).copied()).collect();
        sum += roc_auc(&is, &column)?;
    }
    Ok(sum / scores.columns() as f64)
}

/// Average precision: the sum over the thresholds of precision times the recall it adds, without interpolation.
///
/// # Errors
/// If the lengths differ or a score is not finite; undefined if no row is positive.
pub fn average_precision(actual: &[bool], scores: &[f64]) -> Result<f64> {
    let sorted = sorted(actual, scores)?;
    let all = actual.iter().filter(|is_positive| **is_positive).count();
    if all == 0 {
        return Err(Error::Undefined { what: "average precision", why: "no row is positive" });
    }
    let (mut seen, mut found, mut sum) = (0_usize, 0_usize, 0.0);
    for tie in sorted.chunk_by(|left, right| left.0 == right.0).collect::<Vec<_>>().into_iter().rev() {
        let positives = tie.iter().filter(|(_, is_positive)| *is_positive).count();
        seen += tie.len();
        found += positives;
        sum += positives as f64 / all as f64 * (found as f64 / seen as f64);
    }
    Ok(sum)
}

/// The area with the interval of DeLong, DeLong and Clarke-Pearson (1988), by midranks (Sun and Xu 2014), cut to `0..=1`.
///
/// # Errors
/// As [`roc_auc`], if `level` is not in `(0, 1)`, or undefined if a class has only one row.
pub fn delong(actual: &[bool], scores: &[f64], level: f64) -> Result<Interval> {
    let z = super::intervals::two_sided_z(level)?;
    let point = roc_auc(actual, scores)?;
    let sorted = sorted(actual, scores)?;
    let positives = actual.iter().filter(|is_positive| **is_positive).count() as f64;
    let negatives = actual.len() as f64 - positives;
    if positives < 2.0 || negatives < 2.0 {
        return Err(Error::Undefined { what: "DeLong's interval", why: "a class has only one row" });
    }
    // For each positive the share of negatives below it, for each negative the share of positives above it.
    let (mut below_p, mut below_n, mut squares_p, mut squares_n) = (0.0, 0.0, 0.0, 0.0);
    for tie in sorted.chunk_by(|left, right| left.0 == right.0) {
        let p = tie.iter().filter(|(_, is_positive)| *is_positive).count() as f64;
        let n = tie.len() as f64 - p;
        squares_p += p * ((below_n + n / 2.0) / negatives - point).powi(2);
        squares_n += n * ((positives - below_p - p / 2.0) / positives - point).powi(2);
        below_p += p;
        below_n += n;
    }
    let variance = squares_p / (positives - 1.0) / positives + squares_n / (negatives - 1.0) / negatives;
    let half = z * variance.sqrt();
    Ok(Interval { point, low: (point - half).max(0.0), high: (point + half).min(1.0) })
}

fn sorted(actual: &[bool], scores: &[f64]) -> Result<Vec<(f64, bool)>> {
    same_rows("scores", scores.len(), actual.len())?;
    finite("scores", scores)?;
    // Adding zero makes -0 equal to 0 in the order, too.
    let mut pairs: Vec<(f64, bool)> = scores.iter().map(|score| score + 0.0).zip(actual.iter().copied()).collect();
    pairs.sort_unstable_by(|left, right| left.0.total_cmp(&right.0));
    Ok(pairs)
}
