//! Answering only where it is likely enough to be right.

use crate::check::{same_rows, within};
use crate::error::{Error, Result};
use crate::metrics::wilson;

/// From which confidence on to answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Abstention {
    /// Answer from here on.
    pub threshold: f64,
    /// The share of rows that are answered.
    pub coverage: f64,
    /// The share of those that are right.
    pub accuracy: f64,
    /// The lower bound of that share.
    pub accuracy_low: f64,
}

/// The lowest threshold whose answered rows are right with at least the share `wanted`: by Wilson's lower bound at `level`,
/// so that a few lucky rows do not set it. Take rows that nothing was fitted to.
///
/// # Errors
/// If there are no rows, the lengths differ, a confidence is not in `0..=1`, or a setting is out of range; undefined if no
/// threshold does.
pub fn abstention(right: &[bool], confidences: &[f64], wanted: f64, level: f64) -> Result<Abstention> {
    same_rows("confidences", confidences.len(), right.len())?;
    within("confidences", confidences, 0.0, 1.0, "0 to 1")?;
    if !(0.0..1.0).contains(&wanted) {
        return Err(Error::Setting { what: "wanted", allowed: "at least 0 and below 1" });
    }
    let mut rows: Vec<(f64, bool)> = confidences.iter().map(|own| own + 0.0).zip(right.iter().copied()).collect();
    rows.sort_unstable_by(|left, right| right.0.total_cmp(&left.0));
    let (mut answered, mut correct, mut best) = (0_u64, 0_u64, None);
    for tie in rows.chunk_by(|left, right| left.0 == right.0) {
        answered += tie.len() as u64;
        correct += tie.iter().filter(|(_, is_right)| *is_right).count() as u64;
        let bound = wilson(correct, answered, level)?;
        if let Some((threshold, _)) = tie.first()
            && bound.low >= wanted
        {
            let coverage = answered as f64 / right.len() as f64;
            best = Some(Abstention { threshold: *threshold, coverage, accuracy: bound.point, accuracy_low: bound.low });
        }
    }
    best.ok_or(Error::Undefined { what: "a threshold", why: "no confidence is right often enough" })
}
