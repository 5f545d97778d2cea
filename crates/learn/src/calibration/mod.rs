//! Making chances mean what they say, and saying nothing where too unsure.

mod abstention;
mod isotonic;
mod platt;
mod temperature;

pub use abstention::{Abstention, abstention};
pub use isotonic::Isotonic;
pub use platt::Platt;
pub use temperature::Temperature;

use crate::error::Result;
use crate::metrics::expected_calibration_error;

/// The expected calibration error before and after, with the same bins. Measure it on rows that the calibration has not
/// seen.
///
/// # Errors
/// As [`expected_calibration_error`].
pub fn improvement(actual: &[bool], before: &[f64], after: &[f64], bins: usize) -> Result<(f64, f64)> {
    Ok((expected_calibration_error(actual, before, bins)?, expected_calibration_error(actual, after, bins)?))
}
