//! What linear models make small: mean loss and the penalty of large coefficients.

use std::num::NonZeroUsize;

use super::super::exponential::{exp, softmax};
use super::super::{Examples, parallel};
use super::lbfgs;

/// Rows of numbers, dense or sparse.
pub(in super::super) trait Rows: Sync {
    fn rows(&self) -> usize;
    fn columns(&self) -> usize;
    /// The sum of a row's numbers times coefficients.
    fn dot(&self, row: usize, coefficients: &[f64]) -> f64;
    /// Adds a multiple of a row to sums, one for each column.
    fn add(&self, row: usize, factor: f64, sums: &mut [f64]);
}

/// Rows are summed in so many parts at most, whatever the threads, so that the sums do not depend on them.
const PARTS_MAX: usize = 8;
/// A part has at least so many rows.
const ROWS_IN_PART_MIN: usize = 1024;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(in super::super) enum Loss {
    Logistic,
    Softmax(usize),
    Squared,
}

impl Loss {
    pub(in super::super) const fn of(examples: &Examples<'_>) -> Self {
        match examples.classes() {
            Some(2) => Self::Logistic,
            Some(classes) => Self::Softmax(classes),
            None => Self::Squared,
        }
    }

    /// How many scores a row has.
    pub(in super::super) const fn outputs(self) -> usize {
        match self {
            Self::Softmax(classes) => classes,
            Self::Logistic | Self::Squared => 1,
        }
    }

    /// The loss of a row as a number and a factor, from 1 to 2, whose logarithm is to be added; the row's scores
    /// become the derivatives.
    fn derive(self, scores: &mut [f64], target: f64) -> (f64, f64) {
        match self {
            Self::Logistic => {
                let (mut loss, mut factor) = (0.0, 1.0);
                for score in scores {
                    let small = exp(-score.abs());
                    let share = if *score < 0.0 { small } else { 1.0 } / (1.0 + small);
                    loss = if target > 0.5 { -*score } else { *score }.max(0.0);
                    factor = 1.0 + small;
                    *score = share - target;
                }
                (loss, factor)
            }
            Self::Softmax(_) => {
                #[expect(clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "a class")]
                let class = target as usize;
                softmax(scores);
                let loss = scores.get_mut(class).map_or(0.0, |share| {
                    let loss = -libm::log(share.max(1e-300));
                    *share -= 1.0;
                    loss
                });
                (loss, 1.0)
            }
            Self::Squared => {
                let mut loss = 0.0;
                for score in scores {
                    *score -= target;
                    loss = *score * *score / 2.0;
                }
                (loss, 1.0)
            }
        }
    }
}

/// How a linear model is sought.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Rules {
    /// Half of it times the sum of squared coefficients is added to the sum of all losses.
    pub l2: f64,
    pub tolerance: f64,
    pub iterations_max: usize,
}

/// Coefficients of each output, each followed by its intercept.
pub(in super::super) fn fit(
    rows: &impl Rows,
    examples: &Examples<'_>,
    loss: Loss,
    rules: Rules,
    threads: NonZeroUsize,
) -> Vec<f64> {
    let count = rows.rows();
    let stride = rows.columns() + 1;
    let size = count.div_ceil(PARTS_MAX).max(ROWS_IN_PART_MIN);
    let total: f64 = (0..count).map(|row| examples.weight(row)).sum();
    // A thread costs more than a few thousand products.
    let threads = if count * stride < 1 << 17 { NonZeroUsize::MIN } else { threads };
    let start = vec![0.0; stride * loss.outputs()];
    lbfgs::minimize(start, rules.tolerance, rules.iterations_max, |parameters, gradient| {
        let parts = parallel::map(threads, count.div_ceil(size), |part| {
            let mut sums = vec![0.0; parameters.len()];
            let mut scores = vec![0.0; loss.outputs()];
            let (mut value, mut product) = (0.0, 1.0);
            for row in part * size..((part + 1) * size).min(count) {
                let weight = examples.weight(row);
                if weight == 0.0 {
                    continue;
                }
                for (score, of_output) in scores.iter_mut().zip(parameters.chunks_exact(stride)) {
                    let (intercept, coefficients) = of_output.split_last().unwrap_or((&0.0, &[]));
                    *score = rows.dot(row, coefficients) + intercept;
                }
                let (loss, factor) = loss.derive(&mut scores, examples.number(row));
                value += weight * loss;
                // One logarithm for hundreds of factors: it takes as long as all the rest of a narrow row.
                if weight == 1.0 {
                    product *= factor;
                    if product > 1e300 {
                        value += libm::log(product);
                        product = 1.0;
                    }
                } else {
                    value += weight * libm::log(factor);
                }
                for (score, of_output) in scores.iter().zip(sums.chunks_exact_mut(stride)) {
                    if let Some((intercept, coefficients)) = of_output.split_last_mut() {
                        rows.add(row, weight * score, coefficients);
                        *intercept += weight * score;
                    }
                }
            }
            (value + libm::log(product), sums)
        });
        gradient.fill(0.0);
        let mut value = 0.0;
        for (part, sums) in parts {
            value += part;
            gradient.iter_mut().zip(sums).for_each(|(sum, part)| *sum += part);
        }
        for (sums, of_output) in gradient.chunks_exact_mut(stride).zip(parameters.chunks_exact(stride)) {
            let coefficients = of_output.split_last().map_or(&[][..], |(_, coefficients)| coefficients);
            for (sum, coefficient) in sums.iter_mut().zip(coefficients) {
                *sum += rules.l2 * coefficient;
                value += rules.l2 * coefficient * coefficient / 2.0;
            }
        }
        gradient.iter_mut().for_each(|sum| *sum /= total);
        value / total
    })
}
