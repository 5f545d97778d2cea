//! What boosting makes small: values, first and second derivatives.

use super::super::exponential::{exp, logistic, softmax};
use super::super::{Examples, Targets};

/// A loss. Two classes have one score, the log-odds of the second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Loss {
    Logistic,
    Softmax(usize),
    Squared,
    Absolute,
    Huber(f64),
}

/// What should have been said.
pub(super) struct Truth<'a> {
    /// Class or number of each row.
    numbers: Vec<f64>,
    weights: Option<&'a [f64]>,
}

impl<'a> Truth<'a> {
    pub(super) fn new(examples: &Examples<'a>) -> Self {
        let numbers = match examples.targets() {
            Targets::Classes { labels, .. } => labels.iter().map(|label| *label as f64).collect(),
            Targets::Numbers(numbers) => numbers.to_vec(),
        };
        Self { numbers, weights: examples.weights() }
    }

    fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights.get(row).copied().unwrap_or(0.0))
    }

    fn weights(&self) -> impl Iterator<Item = f64> {
        (0..self.numbers.len()).map(|row| self.weight(row))
    }

    fn total(&self) -> f64 {
        self.weights().sum()
    }

    fn mean(&self, of: impl Fn(f64) -> f64) -> f64 {
        self.numbers.iter().zip(self.weights()).map(|(number, weight)| weight * of(*number)).sum::<f64>() / self.total()
    }

    /// The weighted median of what is left of some rows.
    pub(super) fn median(&self, rows: &[u32], scores: &[f64]) -> f64 {
        let left = rows.iter().filter_map(|row| {
            let row = *row as usize;
            Some((self.numbers.get(row)? - scores.get(row)?, self.weight(row)))
        });
        let mut left: Vec<(f64, f64)> = left.collect();
        left.sort_by(|low, high| low.0.total_cmp(&high.0));
        let half = left.iter().map(|(_, weight)| weight).sum::<f64>() / 2.0;
        let mut sum = 0.0;
        for (at, (value, weight)) in left.iter().enumerate() {
            sum += weight;
            if sum > half {
                return *value;
            }
            if sum == half && *weight > 0.0 {
                return left.get(at + 1).map_or(*value, |(next, _)| value / 2.0 + next / 2.0);
            }
        }
        0.0
    }
}

impl Loss {
    /// How many scores each row has.
    pub(super) const fn outputs(self) -> usize {
        match self {
            Self::Softmax(classes) => classes,
            Self::Logistic | Self::Squared | Self::Absolute | Self::Huber(_) => 1,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Logistic => "logistic",
            Self::Softmax(_) => "softmax",
            Self::Squared => "squared_error",
            Self::Absolute => "absolute_error",
            Self::Huber(_) => "huber",
        }
    }

    /// The score that is best for all rows together.
    pub(super) fn start(self, truth: &Truth<'_>, output: usize) -> f64 {
        // A class without an example has a chance all the same, or its score would be infinite.
        let bounded = |share: f64| share.clamp(1e-15, 1.0 - 1e-15);
        match self {
            Self::Logistic => {
                let share = bounded(truth.mean(|class| class));
                libm::log(share / (1.0 - share))
            }
            Self::Softmax(_) => libm::log(bounded(truth.mean(|class| f64::from(class == output as f64)))),
            Self::Squared => truth.mean(|number| number),
            // The mean of a few outliers is far away, and steps are short.
            Self::Absolute | Self::Huber(_) => {
                let rows: Vec<u32> = (0..truth.numbers.len() as u32).collect();
                truth.median(&rows, &vec![0.0; rows.len()])
            }
        }
    }

    /// For softmax, the probability of each class in each row, class after class.
    pub(super) fn shares(self, scores: &[Vec<f64>]) -> Vec<Vec<f64>> {
        if !matches!(self, Self::Softmax(_)) {
            return Vec::new();
        }
        let rows = scores.first().map_or(0, Vec::len);
        let mut highest = vec![f64::NEG_INFINITY; rows];
        for scores in scores {
            highest.iter_mut().zip(scores).for_each(|(highest, score)| *highest = highest.max(*score));
        }
        let mut sums = vec![0.0; rows];
        let mut shares: Vec<Vec<f64>> = scores
            .iter()
            .map(|scores| {
                let raw: Vec<f64> = scores.iter().zip(&highest).map(|(score, highest)| exp(score - highest)).collect();
                sums.iter_mut().zip(&raw).for_each(|(sum, raw)| *sum += raw);
                raw
            })
            .collect();
        for shares in &mut shares {
            shares.iter_mut().zip(&sums).for_each(|(share, sum)| *share /= sum);
        }
        shares
    }

    /// First and second derivatives of each row's loss by one of its scores.
    pub(super) fn gradients(
        self,
        truth: &Truth<'_>,
        scores: &[Vec<f64>],
        shares: &[Vec<f64>],
        output: usize,
        gradients: &mut [f64],
        hessians: &mut [f64],
    ) {
        let Some(values) = (if shares.is_empty() { scores } else { shares }).get(output) else {
            return;
        };
        let out = gradients.iter_mut().zip(hessians.iter_mut());
        let rows = out.zip(values.iter().zip(&truth.numbers));
        match self {
            Self::Logistic => rows.for_each(|((g, h), (score, class))| {
                let chance = logistic(*score);
                (*g, *h) = (chance - class, chance * (1.0 - chance));
            }),
            Self::Softmax(classes) => {
                // As the scores may be moved together, one class less is free (Friedman, Hastie and Tibshirani 2000).
                let factor = classes as f64 / (classes as f64 - 1.0);
                let output = output as f64;
                rows.for_each(|((g, h), (share, class))| {
                    (*g, *h) = (share - f64::from(*class == output), factor * share * (1.0 - share));
                });
            }
            Self::Squared => rows.for_each(|((g, h), (score, number))| (*g, *h) = (score - number, 1.0)),
            Self::Absolute => rows.for_each(|((g, h), (score, number))| {
                let error = score - number;
                (*g, *h) = (if error == 0.0 { 0.0 } else { error.signum() }, 1.0);
            }),
            Self::Huber(delta) => rows.for_each(|((g, h), (score, number))| {
                (*g, *h) = ((score - number).clamp(-delta, delta), 1.0);
            }),
        }
        if let Some(weights) = truth.weights {
            for ((gradient, hessian), weight) in gradients.iter_mut().zip(hessians).zip(weights) {
                *gradient *= weight;
                *hessian *= weight;
            }
        }
    }

    /// The mean loss of all rows.
    pub(super) fn mean(self, truth: &Truth<'_>, scores: &[Vec<f64>]) -> f64 {
        let Some(first) = scores.first() else {
            return f64::INFINITY;
        };
        let rows = first.iter().zip(&truth.numbers).zip(truth.weights());
        let total: f64 = match self {
            Self::Logistic => rows
                .map(|((score, class), weight)| {
                    let against = if *class > 0.5 { -score } else { *score };
                    weight * (against.max(0.0) + libm::log1p(exp(-against.abs())))
                })
                .sum(),
            Self::Softmax(_) => {
                let shares = self.shares(scores);
                (0..first.len())
                    .map(|row| {
                        #[expect(clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "a class")]
                        let class = truth.numbers.get(row).map_or(0, |class| *class as usize);
                        let share = shares.get(class).and_then(|of| of.get(row)).copied().unwrap_or(0.0);
                        -truth.weight(row) * libm::log(share.max(1e-300))
                    })
                    .sum()
            }
            Self::Squared => rows.map(|((score, number), weight)| weight * (score - number).powi(2)).sum(),
            Self::Absolute => rows.map(|((score, number), weight)| weight * (score - number).abs()).sum(),
            Self::Huber(delta) => rows
                .map(|((score, number), weight)| {
                    let error = (score - number).abs();
                    weight * if error <= delta { error * error / 2.0 } else { delta * (error - delta / 2.0) }
                })
                .sum(),
        };
        total / truth.total()
    }

    /// Scores as probabilities or numbers, row after row.
    pub(super) fn answers(self, mut scores: Vec<f64>) -> Vec<f64> {
        match self {
            Self::Logistic => scores
                .into_iter()
                .flat_map(|score| {
                    let chance = logistic(score);
                    [1.0 - chance, chance]
                })
                .collect(),
            Self::Softmax(classes) => {
                scores.chunks_exact_mut(classes).for_each(softmax);
                scores
            }
            Self::Squared | Self::Absolute | Self::Huber(_) => scores,
        }
    }
}
