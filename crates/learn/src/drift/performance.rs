//! How well a model does where nobody has said what was right.

use crate::check::within;
use crate::error::{Error, Result};

/// What is expected of a binary classifier from its calibrated probabilities alone: confidence-based performance
/// estimation (CBPE, `NannyML`). It holds as long as the calibration does: after a change of what the labels mean it is
/// wrong without a sign.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expected {
    /// Expected counts, which need not be whole.
    pub true_positives: f64,
    /// Predicted positive, expected negative.
    pub false_positives: f64,
    /// Predicted negative, expected positive.
    pub false_negatives: f64,
    /// Predicted negative, expected negative.
    pub true_negatives: f64,
}

impl Expected {
    /// From the calibrated chance of the positive class for each row, predicted positive from `threshold` on.
    ///
    /// # Errors
    /// If there are no rows or a chance is not in `0..=1`.
    pub fn binary(calibrated: &[f64], threshold: f64) -> Result<Self> {
        if calibrated.is_empty() {
            return Err(Error::Empty { what: "calibrated" });
        }
        within("calibrated", calibrated, 0.0, 1.0, "0 to 1")?;
        let mut expected =
            Self { true_positives: 0.0, false_positives: 0.0, false_negatives: 0.0, true_negatives: 0.0 };
        for p in calibrated {
            if *p >= threshold {
                expected.true_positives += p;
                expected.false_positives += 1.0 - p;
            } else {
                expected.false_negatives += p;
                expected.true_negatives += 1.0 - p;
            }
        }
        Ok(expected)
    }

    /// The expected share of right predictions; with the threshold 0.5 the mean of `max(p, 1 - p)`.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        let right = self.true_positives + self.true_negatives;
        right / (right + self.false_positives + self.false_negatives)
    }

    /// The ratio of expectations, not the expectation of the ratio.
    ///
    /// # Errors
    /// Undefined if nothing is predicted or expected to be positive.
    pub fn f1(&self) -> Result<f64> {
        let twice = 2.0 * self.true_positives;
        let below = twice + self.false_positives + self.false_negatives;
        if below > 0.0 {
            Ok(twice / below)
        } else {
            Err(Error::Undefined { what: "F1", why: "nothing is predicted or expected to be positive" })
        }
    }
}

/// The expected share of right answers of a classifier of any number of classes, from the calibrated chance of each
/// row's answer.
///
/// # Errors
/// If there are no rows or a chance is not in `0..=1`.
pub fn expected_accuracy(confidences: &[f64]) -> Result<f64> {
    if confidences.is_empty() {
        return Err(Error::Empty { what: "confidences" });
    }
    within("confidences", confidences, 0.0, 1.0, "0 to 1")?;
    Ok(confidences.iter().sum::<f64>() / confidences.len() as f64)
}
