//! What every door checks first.

use crate::error::{Error, Result};

/// Whether two arguments describe the same rows, and at least one.
pub(crate) fn same_rows(what: &'static str, found: usize, expected: usize) -> Result<()> {
    if found == 0 {
        return Err(Error::Empty { what });
    }
    if found != expected {
        return Err(Error::Lengths { what, found, expected });
    }
    Ok(())
}

/// Whether every value is a number.
pub(crate) fn finite(what: &'static str, values: &[f64]) -> Result<()> {
    within(what, values, f64::MIN, f64::MAX, "the finite numbers")
}

/// Whether every value is in `least..=most`.
pub(crate) fn within(what: &'static str, values: &[f64], least: f64, most: f64, allowed: &'static str) -> Result<()> {
    match values.iter().position(|value| !(least..=most).contains(value)) {
        Some(row) => Err(Error::Value { what, row, allowed }),
        None => Ok(()),
    }
}

/// Whether every class is below `classes`.
pub(crate) fn classes_within(what: &'static str, labels: &[usize], classes: usize) -> Result<()> {
    match labels.iter().position(|label| *label >= classes) {
        Some(row) => Err(Error::Value { what, row, allowed: "the classes" }),
        None => Ok(()),
    }
}
