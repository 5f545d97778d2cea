//! How far predicted numbers are from the true ones.

use crate::check::{finite, same_rows};
use crate::error::{Error, Result};
use crate::special::quantile;

/// The mean of `|actual - predicted|`.
///
/// # Errors
/// If there are no rows, the lengths differ, or a value is not finite.
pub fn mean_absolute_error(actual: &[f64], predicted: &[f64]) -> Result<f64> {
    Ok(mean(&errors(actual, predicted)?, f64::abs))
}

/// The root of the mean of `(actual - predicted)^2`.
///
/// # Errors
/// As [`mean_absolute_error`].
pub fn root_mean_square_error(actual: &[f64], predicted: &[f64]) -> Result<f64> {
    Ok(mean(&errors(actual, predicted)?, |error| error * error).sqrt())
}

/// The median of `|actual - predicted|`.
///
/// # Errors
/// As [`mean_absolute_error`].
pub fn median_absolute_error(actual: &[f64], predicted: &[f64]) -> Result<f64> {
    let mut sorted: Vec<f64> = errors(actual, predicted)?.into_iter().map(f64::abs).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    Ok(quantile(&sorted, 0.5))
}

/// The share of the variance that is explained; below zero if the mean would do better.
///
/// # Errors
/// As [`mean_absolute_error`]; undefined if the true values are all equal.
pub fn r2(actual: &[f64], predicted: &[f64]) -> Result<f64> {
    let errors = errors(actual, predicted)?;
    let middle = mean(actual, |value| value);
    let spread = mean(actual, |value| (value - middle).powi(2));
    if spread <= 0.0 {
        return Err(Error::Undefined { what: "R2", why: "the true values are all equal" });
    }
    Ok(1.0 - mean(&errors, |error| error * error) / spread)
}

/// The mean of `|actual - predicted| / |actual|`, as a share of one.
///
/// # Errors
/// As [`mean_absolute_error`]; undefined if a true value is zero.
pub fn mean_absolute_percentage_error(actual: &[f64], predicted: &[f64]) -> Result<f64> {
    let errors = errors(actual, predicted)?;
    if actual.contains(&0.0) {
        let why = "a true value is zero";
        return Err(Error::Undefined { what: "the mean absolute percentage error", why });
    }
    let sum: f64 = errors.iter().zip(actual).map(|(error, value)| (error / value).abs()).sum();
    Ok(sum / actual.len() as f64)
}

fn errors(actual: &[f64], predicted: &[f64]) -> Result<Vec<f64>> {
    same_rows("predicted", predicted.len(), actual.len())?;
    finite("actual", actual)?;
    finite("predicted", predicted)?;
    Ok(actual.iter().zip(predicted).map(|(is, said)| is - said).collect())
}

fn mean(values: &[f64], of: impl Fn(f64) -> f64) -> f64 {
    values.iter().map(|value| of(*value)).sum::<f64>() / values.len() as f64
}
