//! How sure a number is.

use crate::error::{Error, Result};
use crate::random::Random;
use crate::special::{normal_quantile, quantile};

/// Draws of which a percentile is taken.
const ROUNDS: std::ops::RangeInclusive<usize> = 20..=1_000_000;

/// Rows of which numbers are drawn in each round, eight bytes each.
const ROWS_MAX: usize = 1 << 28;

/// A value and the bounds between which the true one is likely to lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The estimate.
    pub point: f64,
    /// The lower bound.
    pub low: f64,
    /// The upper bound.
    pub high: f64,
}

/// Wilson's score interval (1927) of a share, without continuity correction.
///
/// # Errors
/// If `level` is not in `(0, 1)` or there are more successes than trials; undefined without trials.
pub fn wilson(successes: u64, trials: u64, level: f64) -> Result<Interval> {
    let z = two_sided_z(level)?;
    if trials == 0 {
        return Err(Error::Undefined { what: "a share", why: "there are no trials" });
    }
    if successes > trials {
        return Err(Error::Setting { what: "successes", allowed: "at most the trials" });
    }
    let n = trials as f64;
    let point = successes as f64 / n;
    let below = 1.0 + z * z / n;
    let middle = (point + z * z / (2.0 * n)) / below;
    let half = z / below * (point * (1.0 - point) / n + z * z / (4.0 * n * n)).sqrt();
    Ok(Interval { point, low: (middle - half).max(0.0), high: (middle + half).min(1.0) })
}

/// The percentile interval (Efron 1979) of any statistic of rows: `rounds` times, as many rows are drawn with replacement
/// as there are. Draws for which the statistic is undefined are left out.
///
/// # Errors
/// That of the statistic on the rows themselves; if a setting is out of range; undefined if fewer than nine draws of ten
/// have a value.
pub fn bootstrap(
    rows: usize,
    rounds: usize,
    level: f64,
    random: &mut Random,
    statistic: impl Fn(&[usize]) -> Result<f64>,
) -> Result<Interval> {
    checked(rows, rounds, level)?;
    let mut chosen: Vec<usize> = (0..rows).collect();
    let point = statistic(&chosen)?;
    let mut drawn = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        chosen.iter_mut().for_each(|row| *row = random.below(rows));
        drawn.extend(statistic(&chosen).ok());
    }
    if drawn.len() * 10 < rounds * 9 {
        let why = "more than one draw in ten has no value";
        return Err(Error::Undefined { what: "the bootstrap interval", why });
    }
    let (low, high) = percentiles(&mut drawn, level);
    Ok(Interval { point, low, high })
}

pub(crate) fn checked(rows: usize, rounds: usize, level: f64) -> Result<()> {
    two_sided_z(level)?;
    if rows == 0 {
        return Err(Error::Empty { what: "rows" });
    }
    if rows > ROWS_MAX {
        return Err(Error::TooLarge { what: "rows", found: rows, most: ROWS_MAX });
    }
    if !ROUNDS.contains(&rounds) {
        return Err(Error::Setting { what: "rounds", allowed: "between 20 and 1000000" });
    }
    Ok(())
}

pub(super) fn percentiles(drawn: &mut [f64], level: f64) -> (f64, f64) {
    drawn.sort_unstable_by(f64::total_cmp);
    (quantile(drawn, (1.0 - level) / 2.0), quantile(drawn, (1.0 + level) / 2.0))
}

/// The z that a standard normal stays within with the chance `level`.
pub(crate) fn two_sided_z(level: f64) -> Result<f64> {
    if level > 0.0 && level < 1.0 {
        Ok(normal_quantile((1.0 + level) / 2.0))
    } else {
        Err(Error::Setting { what: "level", allowed: "above 0 and below 1" })
    }
}
