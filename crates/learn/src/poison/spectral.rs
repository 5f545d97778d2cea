//! Spectral signatures.

use super::by_class;
use crate::error::{Error, Result};
use crate::matrix::Matrix;

/// The score of each row among those of its label, `((r - mean) . v)^2` with the first principal axis `v` of them (Tran, Li
/// and Madry 2018). The rows are centred first: without, as in one well-known library, the axis is little more than the
/// mean. A label with fewer than two rows scores 0.
///
/// # Errors
/// If the lengths differ, a label is not below `classes`, or the axes cannot be found.
pub fn spectral_signatures(rows: &Matrix, labels: &[usize], classes: usize) -> Result<Vec<f64>> {
    let mut scores = vec![0.0; rows.rows()];
    for own in by_class(rows, labels, classes)?.into_iter().filter(|own| own.len() > 1) {
        let class = rows.select(&own)?;
        let mean = class.mean();
        let axis = class.covariance(&mean).eigen()?.vectors.into_iter().take(1).collect::<Vec<_>>();
        for (row, along) in own.into_iter().zip(class.projected(&mean, &axis)?.iter()) {
            if let (Some(score), Some(along)) = (scores.get_mut(row), along.first()) {
                *score = along * along;
            }
        }
    }
    Ok(scores)
}

/// The rows to remove when at most a share `epsilon` of each label is thought to be poison: 1.5 times as many, those with the
/// highest score first, as the paper does.
///
/// # Errors
/// If the lengths differ, a label is not below `classes`, or `epsilon` is not in `(0, 0.5]`.
pub fn spectral_flags(scores: &[f64], labels: &[usize], classes: usize, epsilon: f64) -> Result<Vec<usize>> {
    if !(epsilon > 0.0 && epsilon <= 0.5) {
        return Err(Error::Setting { what: "epsilon", allowed: "above 0 and at most 0.5" });
    }
    crate::check::same_rows("labels", labels.len(), scores.len())?;
    crate::check::classes_within("labels", labels, classes)?;
    let mut flagged = Vec::new();
    for class in 0..classes {
        let rows = labels.iter().zip(scores).enumerate().filter(|(_, (label, _))| **label == class);
        let mut own: Vec<(usize, f64)> = rows.map(|(row, (_, score))| (row, *score)).collect();
        own.sort_by(|left, right| right.1.total_cmp(&left.1));
        let count = (1.5 * epsilon * own.len() as f64) as usize;
        flagged.extend(own.into_iter().take(count).map(|(row, _)| row));
    }
    flagged.sort_unstable();
    Ok(flagged)
}
