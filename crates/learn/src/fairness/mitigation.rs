//! Weights before training, and thresholds after it.

use super::{Cells, Groups};
use crate::check::{finite, same_rows};
use crate::error::{Error, Result};

/// Thresholds looked at in each group.
const CANDIDATES: usize = 200;

/// The weight of each row that makes class and group independent in the weighted data, `n_g n_y / (n n_gy)` (Kamiran and
/// Calders 2012). The weights sum to the number of rows if every class occurs in every group.
///
/// # Errors
/// If there are no rows or the lengths differ.
pub fn reweigh(actual: &[bool], groups: &Groups) -> Result<Vec<f64>> {
    same_rows("groups", groups.of().len(), actual.len())?;
    let mut counts = vec![(0.0, 0.0); groups.names().len()];
    for (group, is) in groups.of().iter().zip(actual) {
        if let Some((negative, positive)) = counts.get_mut(*group) {
            *(if *is { positive } else { negative }) += 1.0;
        }
    }
    let n = actual.len() as f64;
    let positive: f64 = counts.iter().map(|(_, positive)| positive).sum();
    let weight = |(group, is): (&usize, &bool)| {
        let (negatives, positives) = counts.get(*group).copied().unwrap_or((1.0, 1.0));
        let (class, both) = if *is { (positive, positives) } else { (n - positive, negatives) };
        (negatives + positives) * class / (n * both)
    };
    Ok(groups.of().iter().zip(actual).map(weight).collect())
}

/// What thresholds must bring close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Constraint {
    /// The selection rates.
    DemographicParity,
    /// The true positive rates.
    EqualOpportunity,
    /// The true and the false positive rates.
    EqualizedOdds,
}

/// A threshold for each group: positive from it on.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupThresholds {
    /// Group and threshold.
    pub thresholds: Vec<(String, f64)>,
    /// The share of rows that are then right.
    pub accuracy: f64,
    /// What is left of the difference, at most the tolerance.
    pub difference: f64,
}

/// One threshold of a group and what it does.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    threshold: f64,
    rates: (f64, f64),
    right: u64,
}

/// The thresholds of the groups with the most rows right among those that keep a constraint up to `tolerance` (after Hardt,
/// Price and Srebro 2016). They are deterministic: nobody's outcome is a coin toss, and in return equalised odds may cost
/// more accuracy than with the randomised predictors of that paper; where groups' curves do not meet, only the ends are left
/// (everybody, or nobody). Looks at two hundred thresholds for each group and a grid of targets.
///
/// # Errors
/// If the lengths differ, a score is not finite, or `tolerance` is not in `0.005..=1`; undefined if a group has fewer than
/// `minimum` rows, or a class that its rates need does not occur in it.
pub fn group_thresholds(
    actual: &[bool],
    scores: &[f64],
    groups: &Groups,
    constraint: Constraint,
    tolerance: f64,
    minimum: usize,
) -> Result<GroupThresholds> {
    same_rows("scores", scores.len(), actual.len())?;
    same_rows("groups", groups.of().len(), actual.len())?;
    finite("scores", scores)?;
    if !(0.005..=1.0).contains(&tolerance) {
        return Err(Error::Setting { what: "tolerance", allowed: "between 0.005 and 1" });
    }
    let mut split: Vec<Vec<(f64, bool)>> = vec![Vec::new(); groups.names().len()];
    for (group, row) in groups.of().iter().zip(scores.iter().copied().zip(actual.iter().copied())) {
        if let Some(rows) = split.get_mut(*group) {
            rows.push(row);
        }
    }
    let candidates: Vec<Vec<Candidate>> =
        split.into_iter().map(|rows| candidates(rows, constraint, minimum)).collect::<Result<_>>()?;
    let step = (tolerance / 2.0).max(0.01);
    let targets: Vec<f64> = (0..=(1.0 / step).floor() as u32).map(|at| f64::from(at) * step).collect();
    let second: &[f64] = if constraint == Constraint::EqualizedOdds { &targets } else { &[0.0] };
    let mut best: Option<(u64, Vec<Candidate>)> = None;
    for first in &targets {
        for second in second {
            let is_near = |rate: f64, target: f64| rate >= target - 1e-12 && rate <= target + tolerance + 1e-12;
            let choose = |of: &Vec<Candidate>| {
                let near = of.iter().filter(|c| is_near(c.rates.0, *first) && is_near(c.rates.1, *second));
                near.copied().reduce(|best, c| if c.right > best.right { c } else { best })
            };
            if let Some(chosen) = candidates.iter().map(choose).collect::<Option<Vec<Candidate>>>() {
                let right = chosen.iter().map(|c| c.right).sum();
                if best.as_ref().is_none_or(|(most, _)| right > *most) {
                    best = Some((right, chosen));
                }
            }
        }
    }
    // Nobody being selected keeps every constraint.
    let Some((right, chosen)) = best else {
        return Err(Error::Undefined { what: "a set of thresholds", why: "none keeps the constraint" });
    };
    let spread = |of: fn(&Candidate) -> f64| {
        chosen.iter().map(of).fold(f64::MIN, f64::max) - chosen.iter().map(of).fold(f64::MAX, f64::min)
    };
    Ok(GroupThresholds {
        thresholds: groups.names().iter().cloned().zip(chosen.iter().map(|c| c.threshold)).collect(),
        accuracy: right as f64 / actual.len() as f64,
        difference: spread(|c| c.rates.0).max(spread(|c| c.rates.1)),
    })
}

fn candidates(mut rows: Vec<(f64, bool)>, constraint: Constraint, minimum: usize) -> Result<Vec<Candidate>> {
    let what = "the threshold of a group";
    if rows.len() < minimum.max(1) {
        return Err(Error::Undefined { what, why: "it has too few rows" });
    }
    let positives = rows.iter().filter(|(_, is)| *is).count() as u64;
    let negatives = rows.len() as u64 - positives;
    let lacks = match constraint {
        Constraint::DemographicParity => false,
        Constraint::EqualOpportunity => positives == 0,
        Constraint::EqualizedOdds => positives == 0 || negatives == 0,
    };
    if lacks {
        return Err(Error::Undefined { what, why: "only one class occurs in it" });
    }
    // From the highest score down.
    rows.sort_by(|left, right| right.0.total_cmp(&left.0));
    let every = rows.len().div_ceil(CANDIDATES);
    let mut cells = Cells { false_negatives: positives, true_negatives: negatives, ..Cells::default() };
    let above = rows.first().map_or(0.0, |(score, _)| score.next_up());
    let mut found = vec![candidate(above, cells, constraint)];
    let last = rows.last().map_or(above, |(score, _)| *score);
    let mut seen = 0;
    for tie in rows.chunk_by(|left, right| left.0 == right.0) {
        for (_, is) in tie {
            let (from, to) = if *is {
                (&mut cells.false_negatives, &mut cells.true_positives)
            } else {
                (&mut cells.true_negatives, &mut cells.false_positives)
            };
            *from -= 1;
            *to += 1;
        }
        let before = seen / every;
        seen += tie.len();
        if let Some((score, _)) = tie.first()
            && (seen / every > before || *score == last)
        {
            found.push(candidate(*score, cells, constraint));
        }
    }
    Ok(found)
}

fn candidate(threshold: f64, cells: Cells, constraint: Constraint) -> Candidate {
    let share = |part: u64, whole: u64| part as f64 / whole.max(1) as f64;
    let rates = match constraint {
        Constraint::DemographicParity => (share(cells.true_positives + cells.false_positives, cells.rows()), 0.0),
        Constraint::EqualOpportunity => {
            (share(cells.true_positives, cells.true_positives + cells.false_negatives), 0.0)
        }
        Constraint::EqualizedOdds => (
            share(cells.true_positives, cells.true_positives + cells.false_negatives),
            share(cells.false_positives, cells.false_positives + cells.true_negatives),
        ),
    };
    Candidate { threshold, rates, right: cells.true_positives + cells.true_negatives }
}
