//! SPECTRE: spectral signatures after a robust whitening.

use super::{by_class, principal};
use crate::error::{Error, Result};
use crate::matrix::{Eigen, Matrix};
use crate::random::Random;

/// Of QUE scoring (Hayase, Kong, Somani and Oh 2021, section 4).
const ALPHA: f64 = 4.0;
const STARTS: usize = 10;
const STEPS_MAX: usize = 30;

/// The QUE score of each row among those of its label (Hayase et al. 2021): the rows are projected to their first
/// `components` axes, whitened with a mean and covariance of the `1 - 1.5 epsilon` that belong together best (minimum
/// covariance determinant, Rousseeuw and Van Driessen 1999, in place of the paper's robust estimator), and scored by
/// `h' Q h / tr Q`, `Q = exp(4 (S - I) / (|S| - 1))` with the covariance `S` of all whitened rows. A label with fewer than
/// `2 components + 2` rows scores 0.
///
/// # Errors
/// If the lengths differ, a label is not below `classes`, a setting is out of range, or axes cannot be found.
pub fn spectre(
    rows: &Matrix,
    labels: &[usize],
    classes: usize,
    components: usize,
    epsilon: f64,
    random: &mut Random,
) -> Result<Vec<f64>> {
    if !(1..=100).contains(&components) {
        return Err(Error::Setting { what: "components", allowed: "between 1 and 100" });
    }
    if !(epsilon > 0.0 && epsilon < 0.5) {
        return Err(Error::Setting { what: "epsilon", allowed: "above 0 and below 0.5" });
    }
    let mut scores = vec![0.0; rows.rows()];
    let components = components.min(rows.columns());
    for own in by_class(rows, labels, classes)?.into_iter().filter(|own| own.len() >= 2 * components + 2) {
        let class = principal(&rows.select(&own)?, components)?;
        for (row, found) in own.into_iter().zip(quantum_entropy(&class, epsilon, random)?) {
            if let Some(score) = scores.get_mut(row) {
                *score = found;
            }
        }
    }
    Ok(scores)
}

fn quantum_entropy(rows: &Matrix, epsilon: f64, random: &mut Random) -> Result<Vec<f64>> {
    let (mean, eigen) = robust(rows, epsilon, random)?;
    let scaled: Vec<Vec<f64>> = whitening(&eigen);
    let white = rows.projected(&mean, &scaled)?;
    let centre = vec![0.0; white.columns()];
    let spread = white.covariance(&centre).eigen()?;
    let norm = spread.values.first().copied().unwrap_or(1.0);
    let weights: Vec<f64> = spread
        .values
        .iter()
        .map(|value| if norm > 1.0 + 1e-9 { (ALPHA * (value - 1.0) / (norm - 1.0)).exp() } else { 1.0 })
        .collect();
    let trace: f64 = weights.iter().sum();
    let along = white.projected(&centre, &spread.vectors)?;
    let score =
        |row: &[f64]| row.iter().zip(&weights).map(|(value, weight)| weight * value * value).sum::<f64>() / trace;
    Ok(along.iter().map(score).collect())
}

/// Directions along which the covariance is one.
fn whitening(eigen: &Eigen) -> Vec<Vec<f64>> {
    let floor = eigen.values.first().copied().unwrap_or(1.0).max(f64::MIN_POSITIVE) * 1e-12;
    let scaled = |(value, vector): (&f64, &Vec<f64>)| {
        let scale = 1.0 / value.max(floor).sqrt();
        vector.iter().map(|part| part * scale).collect()
    };
    eigen.values.iter().zip(&eigen.vectors).map(scaled).collect()
}

/// Mean and covariance of the rows that belong together best.
fn robust(rows: &Matrix, epsilon: f64, random: &mut Random) -> Result<(Vec<f64>, Eigen)> {
    let (n, width) = (rows.rows(), rows.columns());
    let kept = ((n as f64 * (1.0 - 1.5 * epsilon)).ceil() as usize).clamp((n + width).div_ceil(2).min(n), n);
    let mut best: Option<(f64, Vec<f64>, Eigen)> = None;
    for _ in 0..STARTS {
        let mut order: Vec<usize> = (0..n).collect();
        random.shuffle(&mut order);
        order.truncate((2 * width + 2).min(n));
        let mut before = f64::INFINITY;
        for _ in 0..STEPS_MAX {
            let subset = rows.select(&order)?;
            let mean = subset.mean();
            let eigen = subset.covariance(&mean).eigen()?;
            let floor = eigen.values.first().copied().unwrap_or(1.0).max(f64::MIN_POSITIVE) * 1e-12;
            let determinant: f64 = eigen.values.iter().map(|value| value.max(floor).ln()).sum();
            let is_full = order.len() == kept;
            if is_full && best.as_ref().is_none_or(|(least, ..)| determinant < *least) {
                best = Some((determinant, mean.clone(), eigen.clone()));
            }
            if is_full && determinant >= before - 1e-9 {
                break;
            }
            before = if is_full { determinant } else { before };
            let white = rows.projected(&mean, &whitening(&eigen))?;
            let mut near: Vec<(f64, usize)> =
                white.iter().enumerate().map(|(at, row)| (row.iter().map(|v| v * v).sum(), at)).collect();
            near.sort_by(|left, right| left.0.total_cmp(&right.0).then(left.1.cmp(&right.1)));
            order = near.into_iter().take(kept).map(|(_, at)| at).collect();
        }
    }
    let Some((_, mean, eigen)) = best else {
        return Err(Error::NotConverged { what: "the robust covariance", iterations: STEPS_MAX });
    };
    Ok((mean, eigen))
}
