//! What trusted rows say of others.

use crate::check::same_rows;
use crate::error::{Error, Result};
use crate::matrix::{Matrix, square_distance};

/// With fewer trusted rows most classes have too few neighbours to be told apart.
pub const TRUSTED_MINIMUM: usize = 100;

/// Pairs of rows that are compared: a minute of one core at a hundred columns.
const PAIRS_MAX: usize = 1 << 30;

/// What trusted rows say of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbourhood {
    /// The share of its nearest trusted rows that have another label.
    pub disagreement: f64,
    /// `a / (a + b)` with the distances `a` to the nearest trusted row of its own label and `b` to the nearest of another: above
    /// one half where its label does not fit. One if no trusted row has its label.
    pub remoteness: f64,
}

/// For each row the share of its `k` nearest trusted rows with another label, `1 - (1/k) sum [y_nn = y]`, and how
/// far its label is off. The rows should be
/// what an encoder that is itself trusted makes of the data: the distances must mean something, and the model under
/// suspicion has learned to make them mean something else.
///
/// # Errors
/// If lengths or widths differ, there are fewer than 100 trusted rows, `k` is not in `1..=100`, or more than a thousand
/// million pairs would be compared.
pub fn trusted_disagreement(
    rows: &Matrix,
    labels: &[usize],
    trusted: &Matrix,
    trusted_labels: &[usize],
    k: usize,
) -> Result<Vec<Neighbourhood>> {
    checked(rows, labels, trusted, trusted_labels, k)?;
    let of = |(row, label): (&[f64], &usize)| neighbourhood(row, *label, trusted, trusted_labels, k, None);
    Ok(rows.iter().zip(labels).map(of).collect())
}

/// The same for each trusted row against the others: how often rows that are good are disagreed with.
///
/// # Errors
/// As [`trusted_disagreement`].
pub fn trusted_self_disagreement(trusted: &Matrix, trusted_labels: &[usize], k: usize) -> Result<Vec<Neighbourhood>> {
    checked(trusted, trusted_labels, trusted, trusted_labels, k)?;
    let rows = trusted.iter().zip(trusted_labels).enumerate();
    Ok(rows.map(|(at, (row, label))| neighbourhood(row, *label, trusted, trusted_labels, k, Some(at))).collect())
}

fn checked(rows: &Matrix, labels: &[usize], trusted: &Matrix, trusted_labels: &[usize], k: usize) -> Result<()> {
    same_rows("labels", labels.len(), rows.rows())?;
    same_rows("trusted labels", trusted_labels.len(), trusted.rows())?;
    if rows.columns() != trusted.columns() {
        return Err(Error::Lengths { what: "a trusted row", found: trusted.columns(), expected: rows.columns() });
    }
    if trusted.rows() < TRUSTED_MINIMUM {
        return Err(Error::Setting { what: "trusted rows", allowed: "at least 100" });
    }
    if !(1..=100).contains(&k) {
        return Err(Error::Setting { what: "k", allowed: "between 1 and 100" });
    }
    let pairs = rows.rows().saturating_mul(trusted.rows());
    if pairs > PAIRS_MAX {
        return Err(Error::TooLarge { what: "pairs of a row and a trusted row", found: pairs, most: PAIRS_MAX });
    }
    Ok(())
}

fn neighbourhood(
    row: &[f64],
    label: usize,
    trusted: &Matrix,
    labels: &[usize],
    k: usize,
    but: Option<usize>,
) -> Neighbourhood {
    let mut near: Vec<(f64, usize, usize)> = trusted
        .iter()
        .zip(labels)
        .enumerate()
        .filter(|(at, _)| Some(*at) != but)
        .map(|(at, (other, label))| (square_distance(row, other), at, *label))
        .collect();
    let k = k.min(near.len());
    let nearest = |is_own: bool| {
        let distances = near.iter().filter(|(.., other)| (*other == label) == is_own).map(|(distance, ..)| *distance);
        distances.reduce(f64::min).map(f64::sqrt)
    };
    let remoteness = match (nearest(true), nearest(false)) {
        (None, _) => 1.0,
        (Some(_), None) => 0.0,
        (Some(own), Some(other)) if own + other > 0.0 => own / (own + other),
        (Some(_), Some(_)) => 0.5,
    };
    // Equal distances in the order of rows, so that the result is the same everywhere.
    near.sort_unstable_by(|left, right| left.0.total_cmp(&right.0).then(left.1.cmp(&right.1)));
    let agree = near.iter().take(k).filter(|(.., own)| *own == label).count();
    Neighbourhood { disagreement: 1.0 - agree as f64 / k.max(1) as f64, remoteness }
}
