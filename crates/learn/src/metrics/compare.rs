//! A challenger against the champion, on the same rows.

use super::Interval;
use super::intervals::{checked, percentiles};
use crate::check::same_rows;
use crate::error::Result;
use crate::random::Random;
use crate::special::{binomial_at_least, chi_square_sf};

/// On how many rows only one of the two is right (McNemar 1947).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disagreements {
    /// Only the champion is right.
    pub champion: u64,
    /// Only the challenger is right.
    pub challenger: u64,
}

impl Disagreements {
    /// Counts them from which rows each has right.
    ///
    /// # Errors
    /// If there are no rows or the lengths differ.
    pub fn new(champion: &[bool], challenger: &[bool]) -> Result<Self> {
        same_rows("challenger", challenger.len(), champion.len())?;
        let count = |of: (bool, bool)| {
            champion.iter().copied().zip(challenger.iter().copied()).filter(|pair| *pair == of).count() as u64
        };
        Ok(Self { champion: count((true, false)), challenger: count((false, true)) })
    }

    /// The exact two-sided p: where both are as good, each disagreement is a coin. 1 without disagreements.
    #[must_use]
    pub fn exact_p(&self) -> f64 {
        let more = self.champion.max(self.challenger);
        (2.0 * binomial_at_least(more, self.champion + self.challenger, 0.5)).min(1.0)
    }

    /// The p by chi-square with Edwards' continuity correction (1948), good from about 25 disagreements on.
    #[must_use]
    pub fn corrected_p(&self) -> f64 {
        let all = (self.champion + self.challenger) as f64;
        if all == 0.0 {
            return 1.0;
        }
        let gap = (self.champion.abs_diff(self.challenger) as f64 - 1.0).max(0.0);
        chi_square_sf(gap * gap / all, 1.0)
    }
}

/// How much better the challenger is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// Challenger less champion.
    pub interval: Interval,
    /// The share of draws in which the challenger is not better: a small one speaks for it.
    pub share_not_better: f64,
}

/// The percentile interval of the difference of a statistic, both computed on the same drawn rows. `champion` and
/// `challenger` take the numbers of the drawn rows and give the statistic, larger being better.
///
/// # Errors
/// That of a statistic on the rows themselves; if a setting is out of range; undefined if more than one draw in ten has no
/// value.
pub fn paired_bootstrap(
    rows: usize,
    rounds: usize,
    level: f64,
    random: &mut Random,
    champion: impl Fn(&[usize]) -> Result<f64>,
    challenger: impl Fn(&[usize]) -> Result<f64>,
) -> Result<Difference> {
    checked(rows, rounds, level)?;
    let mut chosen: Vec<usize> = (0..rows).collect();
    let point = challenger(&chosen)? - champion(&chosen)?;
    let mut drawn = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        chosen.iter_mut().for_each(|row| *row = random.below(rows));
        if let (Ok(new), Ok(old)) = (challenger(&chosen), champion(&chosen)) {
            drawn.push(new - old);
        }
    }
    if drawn.len() * 10 < rounds * 9 {
        return Err(crate::error::Error::Undefined {
            what: "the bootstrap interval",
            why: "more than one draw in ten has no value",
        });
    }
    let share_not_better = drawn.iter().filter(|gap| **gap <= 0.0).count() as f64 / drawn.len() as f64;
    let (low, high) = percentiles(&mut drawn, level);
    Ok(Difference { interval: Interval { point, low, high }, share_not_better })
}
