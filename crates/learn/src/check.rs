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

/// Whether every value is a number, and not so large that sums of squares overflow.
pub(crate) fn finite(what: &'static str, values: &[f64]) -> Result<()> {
    within(what, values, -1e150, 1e150, "the numbers between -1e150 and 1e150")
}

/// Whether every value is in `least..=most`.
pub(crate) fn within(what: &'static str, values: &[f64], least: f64, most: f64, allowed: &'static str) -> Result<()> {
    match values.iter().position(|value| !(least..=most).contains(value)) {
        Some(row) => Err(Error::Value { what, row, allowed }),
        None => Ok(()),
    }
}

/// More classes than this are a mistake; room for each is made before rows are looked at.
const CLASSES_MAX: usize = 1_000_000;

/// Whether every class is below `classes`, and there are not too many of them.
pub(crate) fn classes_within(what: &'static str, labels: &[usize], classes: usize) -> Result<()> {
    if classes > CLASSES_MAX {
        return Err(Error::TooLarge { what: "classes", found: classes, most: CLASSES_MAX });
    }
    match labels.iter().position(|label| *label >= classes) {
        Some(row) => Err(Error::Value { what, row, allowed: "the classes" }),
        None => Ok(()),
    }
}
