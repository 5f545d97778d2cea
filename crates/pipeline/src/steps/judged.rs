//! What a model says of rows beside what is true, and the metrics of it.

use redoubt_learn::error::Error as Unmeasured;
use redoubt_learn::learners::Scores;
use redoubt_learn::matrix::Matrix;
use redoubt_learn::metrics::{self, Average, Confusion};

use super::finish::Finish;
use super::fit::{Answers, Card};
use super::rules::Decision;
use super::{StepError, likelihoods, positive};
use crate::table::Table;

/// What is decided of rows of two classes.
#[derive(Debug)]
pub(super) struct Decisions {
    /// The threshold that they have in common, if groups have none of their own.
    pub(super) threshold: f64,
    /// Whether the answer is yes; for rows that are left to a person what the threshold would say.
    pub(super) said: Vec<bool>,
    /// Whether a person decides.
    pub(super) referred: Vec<bool>,
    /// Whether there are rules, thresholds of groups or a band for people.
    pub(super) is_plain: bool,
}

/// Answers and truth of rows.
#[derive(Debug)]
pub(super) enum Judged {
    /// Of two classes: whether the row is of the positive one, how likely the model says so, and what it decides.
    Two { actual: Vec<bool>, likelihoods: Vec<f64>, decisions: Decisions },
    /// Of more classes.
    Many { labels: Vec<usize>, chosen: Vec<usize>, scores: Vec<f64>, classes: usize },
    /// Of a number.
    Number { actual: Vec<f64>, said: Vec<f64> },
}

impl Judged {
    /// Sets scores of rows beside their target; `threshold` stands in the place of the model's own.
    pub(super) fn new(
        card: &Card,
        scores: &Scores,
        rows: &Table,
        role: &str,
        named: Option<&str>,
        threshold: Option<f64>,
    ) -> Result<Self, StepError> {
        let answers = Answers::new(card, rows, role)?;
        Ok(match &card.classes {
            Some(classes) if classes.len() == 2 => {
                let positive = positive(named, card)?;
                let own = card.finish.as_ref().filter(|finish| finish.positive == positive);
                if own.is_none() && card.finish.as_ref().is_some_and(|finish| !finish.is_plain()) {
                    let reason =
                        "`positive` is another class than that of `postprocess`, whose rules speak of yes and no";
                    return Err(StepError::Data(reason.to_owned()));
                }
                let likelihoods = likelihoods(card, scores, positive);
                let common = threshold.or(own.and_then(|finish| finish.threshold)).unwrap_or(0.5);
                let mut said: Vec<bool> = likelihoods.iter().map(|chance| *chance >= common).collect();
                let mut referred = vec![false; said.len()];
                let is_plain = own.is_none_or(Finish::is_plain);
                if let Some(finish) = own.filter(|_| !is_plain) {
                    let decided = finish.decide(rows, role, &likelihoods, threshold)?;
                    for ((decision, said), referred) in decided.into_iter().zip(&mut said).zip(&mut referred) {
                        match decision {
                            Decision::Yes => *said = true,
                            Decision::No => *said = false,
                            Decision::Refer => *referred = true,
                        }
                    }
                }
                let actual = answers.labels().iter().map(|label| *label == positive).collect();
                let decisions = Decisions { threshold: common, said, referred, is_plain };
                Self::Two { actual, likelihoods, decisions }
            }
            Some(classes) => Self::Many {
                labels: answers.labels().to_vec(),
                chosen: scores.classes(),
                scores: scores.values().to_vec(),
                classes: classes.len(),
            },
            None => Self::Number { actual: answers.numbers().to_vec(), said: scores.output(0) },
        })
    }

    /// Which rows are right; none if the target is a number.
    pub(super) fn right(&self) -> Option<Vec<bool>> {
        match self {
            Self::Two { actual, decisions, .. } => {
                Some(actual.iter().zip(&decisions.said).map(|(actual, said)| actual == said).collect())
            }
            Self::Many { labels, chosen, .. } => {
                Some(labels.iter().zip(chosen).map(|(label, chosen)| label == chosen).collect())
            }
            Self::Number { .. } => None,
        }
    }

    /// The metrics that are defined for such a target.
    pub(super) fn metrics(&self) -> impl Iterator<Item = &'static Metric> {
        let task = match self {
            Self::Two { .. } => Task::Two,
            Self::Many { .. } => Task::Many,
            Self::Number { .. } => Task::Number,
        };
        METRICS.iter().filter(move |metric| metric.tasks.contains(&task))
    }

    /// The one that speaks for the whole: the share of right answers, or the error of a number.
    pub(super) fn headline(&self) -> &'static str {
        if matches!(self, Self::Number { .. }) { "rmse" } else { "accuracy" }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Task {
    Two,
    Many,
    Number,
}

/// A way to measure.
#[derive(Debug)]
pub(super) struct Metric {
    pub(super) id: &'static str,
    /// Whether more of it is worse.
    pub(super) is_loss: bool,
    tasks: &'static [Task],
    of: fn(&Judged, &[usize]) -> Result<f64, Unmeasured>,
}

impl Metric {
    /// Its value over these rows, which may repeat.
    pub(super) fn value(&self, judged: &Judged, rows: &[usize]) -> Result<f64, Unmeasured> {
        (self.of)(judged, rows)
    }
}

/// Every metric by which models are compared and parts of rows are judged.
pub(super) const METRICS: &[Metric] = &[
    Metric {
        id: "accuracy",
        is_loss: false,
        tasks: &[Task::Two, Task::Many],
        of: |judged, rows| Ok(confusion(judged, rows)?.accuracy()),
    },
    Metric {
        id: "balanced_accuracy",
        is_loss: false,
        tasks: &[Task::Two, Task::Many],
        of: |judged, rows| Ok(confusion(judged, rows)?.balanced_accuracy()),
    },
    Metric {
        id: "precision",
        is_loss: false,
        tasks: &[Task::Two],
        of: |judged, rows| confusion(judged, rows)?.scores(1).precision(),
    },
    Metric {
        id: "recall",
        is_loss: false,
        tasks: &[Task::Two],
        of: |judged, rows| confusion(judged, rows)?.scores(1).recall(),
    },
    Metric {
        id: "f1",
        is_loss: false,
        tasks: &[Task::Two],
        of: |judged, rows| confusion(judged, rows)?.scores(1).f1(),
    },
    Metric {
        id: "f1_macro",
        is_loss: false,
        tasks: &[Task::Many],
        of: |judged, rows| confusion(judged, rows)?.f1(Average::Macro),
    },
    Metric {
        id: "f1_weighted",
        is_loss: false,
        tasks: &[Task::Many],
        of: |judged, rows| confusion(judged, rows)?.f1(Average::Weighted),
    },
    Metric { id: "roc_auc", is_loss: false, tasks: &[Task::Two, Task::Many], of: roc_auc },
    Metric {
        id: "average_precision",
        is_loss: false,
        tasks: &[Task::Two],
        of: |judged, rows| two(judged, rows, metrics::average_precision),
    },
    Metric { id: "log_loss", is_loss: true, tasks: &[Task::Two, Task::Many], of: log_loss },
    Metric { id: "brier", is_loss: true, tasks: &[Task::Two], of: |judged, rows| two(judged, rows, metrics::brier) },
    Metric {
        id: "calibration_error",
        is_loss: true,
        tasks: &[Task::Two],
        of: |judged, rows| two(judged, rows, |actual, said| metrics::expected_calibration_error(actual, said, 10)),
    },
    Metric {
        id: "rmse",
        is_loss: true,
        tasks: &[Task::Number],
        of: |judged, rows| number(judged, rows, metrics::root_mean_square_error),
    },
    Metric {
        id: "mae",
        is_loss: true,
        tasks: &[Task::Number],
        of: |judged, rows| number(judged, rows, metrics::mean_absolute_error),
    },
    Metric {
        id: "median_absolute_error",
        is_loss: true,
        tasks: &[Task::Number],
        of: |judged, rows| number(judged, rows, metrics::median_absolute_error),
    },
    Metric { id: "r2", is_loss: false, tasks: &[Task::Number], of: |judged, rows| number(judged, rows, metrics::r2) },
];

const OTHER: Unmeasured = Unmeasured::Undefined { what: "the metric", why: "the target is of another kind" };

fn drawn<T: Copy>(values: &[T], rows: &[usize]) -> Vec<T> {
    rows.iter().filter_map(|row| values.get(*row).copied()).collect()
}

fn two(
    judged: &Judged,
    rows: &[usize],
    metric: impl Fn(&[bool], &[f64]) -> Result<f64, Unmeasured>,
) -> Result<f64, Unmeasured> {
    let Judged::Two { actual, likelihoods, .. } = judged else { return Err(OTHER) };
    metric(&drawn(actual, rows), &drawn(likelihoods, rows))
}

fn number(
    judged: &Judged,
    rows: &[usize],
    metric: impl Fn(&[f64], &[f64]) -> Result<f64, Unmeasured>,
) -> Result<f64, Unmeasured> {
    let Judged::Number { actual, said } = judged else { return Err(OTHER) };
    metric(&drawn(actual, rows), &drawn(said, rows))
}

fn confusion(judged: &Judged, rows: &[usize]) -> Result<Confusion, Unmeasured> {
    match judged {
        Judged::Two { actual, decisions, .. } => {
            let actual: Vec<usize> = drawn(actual, rows).into_iter().map(usize::from).collect();
            let said = drawn(&decisions.said, rows).into_iter().map(usize::from);
            Confusion::new(&actual, &said.collect::<Vec<_>>(), 2)
        }
        Judged::Many { labels, chosen, classes, .. } => {
            Confusion::new(&drawn(labels, rows), &drawn(chosen, rows), *classes)
        }
        Judged::Number { .. } => Err(OTHER),
    }
}

fn matrix(judged: &Judged, rows: &[usize]) -> Result<(Vec<usize>, Matrix), Unmeasured> {
    match judged {
        Judged::Two { actual, likelihoods, .. } => {
            let actual = drawn(actual, rows).into_iter().map(usize::from).collect();
            let pairs = drawn(likelihoods, rows).into_iter().flat_map(|chance| [1.0 - chance, chance]).collect();
            Ok((actual, Matrix::new(pairs, 2)?))
        }
        Judged::Many { labels, scores, classes, .. } => {
            let of = |row: &usize| scores.get(row * classes..(row + 1) * classes).unwrap_or_default();
            let drawn_scores = rows.iter().flat_map(of).copied().collect();
            Ok((drawn(labels, rows), Matrix::new(drawn_scores, *classes)?))
        }
        Judged::Number { .. } => Err(OTHER),
    }
}

fn log_loss(judged: &Judged, rows: &[usize]) -> Result<f64, Unmeasured> {
    let (labels, matrix) = matrix(judged, rows)?;
    metrics::log_loss(&labels, &matrix)
}

fn roc_auc(judged: &Judged, rows: &[usize]) -> Result<f64, Unmeasured> {
    if let Judged::Two { .. } = judged {
        return two(judged, rows, metrics::roc_auc);
    }
    let (labels, matrix) = matrix(judged, rows)?;
    metrics::roc_auc_one_vs_rest(&labels, &matrix)
}
