//! A finished linear model of a table.

use std::num::NonZeroUsize;

use super::super::examples::table_of;
use super::super::exponential::{logistic, softmax};
use super::super::file::{FileError, Reader, Writer};
use super::super::{CLASSES_MAX, ExamplesError, Inputs, Model, Scores, parallel};
use super::dot;
use super::objective::Loss;
use crate::learners::table::COLUMNS_MAX;

/// So many rows are scored by one thread at a time.
const ROWS_IN_PART: usize = 4096;

#[derive(Debug)]
pub(super) struct Linear {
    pub(super) learner: &'static str,
    pub(super) loss: Loss,
    pub(super) columns: usize,
    /// Of each output.
    pub(super) coefficients: Vec<f64>,
    pub(super) intercepts: Vec<f64>,
    /// What stands for a missing value.
    pub(super) means: Vec<f64>,
    pub(super) deviations: Vec<f64>,
}

impl Linear {
    pub(super) fn read(learner: &'static str, file: &Reader<'_>) -> Result<Self, FileError> {
        let columns = file.count("columns", 1, COLUMNS_MAX)?;
        let outputs = file.count("outputs", 1, CLASSES_MAX)?;
        let loss = match (file.word("loss")?, outputs) {
            ("logistic", 1) => Loss::Logistic,
            ("squared_error", 1) => Loss::Squared,
            ("softmax", classes) if classes > 2 => Loss::Softmax(classes),
            _ => return Err(FileError::Damaged("loss")),
        };
        Ok(Self {
            learner,
            loss,
            columns,
            coefficients: file.f64s_of("coefficient", columns * outputs)?,
            intercepts: file.f64s_of("intercept", outputs)?,
            means: file.f64s_of("mean", columns)?,
            deviations: file.f64s_of("deviation", columns)?,
        })
    }
}

impl Model for Linear {
    fn learner(&self) -> &'static str {
        self.learner
    }

    fn outputs(&self) -> usize {
        if self.loss == Loss::Logistic { 2 } else { self.loss.outputs() }
    }

    fn predict(&self, inputs: &Inputs<'_>, threads: NonZeroUsize) -> Result<Scores, ExamplesError> {
        let table = table_of(self.learner, inputs, self.columns)?;
        let outputs = self.outputs();
        let mut scores = vec![0.0; table.rows() * outputs];
        parallel::fill(threads, &mut scores, ROWS_IN_PART * outputs, |part, scores| {
            let from = part * ROWS_IN_PART * self.columns;
            let rows = table.values().get(from..).unwrap_or_default().chunks_exact(self.columns);
            let mut filled = vec![0.0; self.columns];
            for (row, scores) in rows.zip(scores.chunks_exact_mut(outputs)) {
                for ((filled, value), mean) in filled.iter_mut().zip(row).zip(&self.means) {
                    *filled = if value.is_nan() { *mean } else { *value };
                }
                let of_outputs = self.coefficients.chunks_exact(self.columns).zip(&self.intercepts);
                match self.loss {
                    Loss::Logistic => {
                        for (coefficients, intercept) in of_outputs {
                            let share = logistic(dot(&filled, coefficients) + intercept);
                            scores.copy_from_slice(&[1.0 - share, share]);
                        }
                    }
                    Loss::Softmax(_) | Loss::Squared => {
                        for (score, (coefficients, intercept)) in scores.iter_mut().zip(of_outputs) {
                            *score = dot(&filled, coefficients) + intercept;
                        }
                        if self.loss != Loss::Squared {
                            softmax(scores);
                        }
                    }
                }
            }
        });
        Ok(Scores::new(scores, outputs))
    }

    fn importance(&self) -> Option<Vec<f64>> {
        let mut sums = vec![0.0; self.columns];
        for coefficients in self.coefficients.chunks_exact(self.columns) {
            for ((sum, coefficient), deviation) in sums.iter_mut().zip(coefficients).zip(&self.deviations) {
                *sum += (coefficient * deviation).abs();
            }
        }
        let total: f64 = sums.iter().sum();
        if total > 0.0 {
            sums.iter_mut().for_each(|sum| *sum /= total);
        }
        Some(sums)
    }

    fn to_bytes(&self) -> Vec<u8> {
        let loss = match self.loss {
            Loss::Logistic => "logistic",
            Loss::Softmax(_) => "softmax",
            Loss::Squared => "squared_error",
        };
        Writer::new(self.learner)
            .word("loss", loss)
            .word("columns", self.columns)
            .word("outputs", self.loss.outputs())
            .f64s("coefficient", &self.coefficients)
            .f64s("intercept", &self.intercepts)
            .f64s("mean", &self.means)
            .f64s("deviation", &self.deviations)
            .finish()
    }
}
