//! What each row is worth.

use crate::check::same_rows;
use crate::error::{Error, Result};
use crate::matrix::{Matrix, square_distance};

const PAIRS_MAX: usize = 1 << 28;

/// The exact Shapley value of each training row for the accuracy of `k` nearest neighbours on `test`, in `N log N` for each
/// test row (Jia et al. 2019). They sum to that accuracy; rows below zero do harm.
///
/// # Errors
/// If lengths or widths differ, `k` is zero, or more than 268 million pairs would be compared.
pub fn knn_shapley(
    rows: &Matrix,
    labels: &[usize],
    test: &Matrix,
    test_labels: &[usize],
    k: usize,
) -> Result<Vec<f64>> {
    same_rows("labels", labels.len(), rows.rows())?;
    same_rows("test labels", test_labels.len(), test.rows())?;
    if rows.columns() != test.columns() {
        return Err(Error::Lengths { what: "a test row", found: test.columns(), expected: rows.columns() });
    }
    if k == 0 {
        return Err(Error::Setting { what: "k", allowed: "at least 1" });
    }
    let n = rows.rows();
    let pairs = n.saturating_mul(test.rows());
    if pairs > PAIRS_MAX {
        return Err(Error::TooLarge { what: "pairs of a row and a test row", found: pairs, most: PAIRS_MAX });
    }
    let mut values = vec![0.0; n];
    for (point, label) in test.iter().zip(test_labels) {
        let mut near: Vec<(f64, usize, bool)> = rows
            .iter()
            .zip(labels)
            .enumerate()
            .map(|(at, (row, own))| (square_distance(row, point), at, own == label))
            .collect();
        near.sort_by(|left, right| left.0.total_cmp(&right.0).then(left.1.cmp(&right.1)));
        let (mut value, mut behind) = (0.0, false);
        for (place, (_, row, is_right)) in near.iter().enumerate().rev() {
            let rank = place + 1;
            let gain = f64::from(u8::from(*is_right)) - f64::from(u8::from(behind));
            // The farthest counts only among fewer than k: behind it one may think of a row that is always wrong.
            value += gain / k as f64 * k.min(rank) as f64 / rank as f64;
            behind = *is_right;
            if let Some(own) = values.get_mut(*row) {
                *own += value;
            }
        }
    }
    let tests = test.rows() as f64;
    values.iter_mut().for_each(|value| *value /= tests);
    Ok(values)
}
