//! Intervals of a maximum over groups.
//!
//! The bootstrap of a maximum, read as percentiles, is biased: where all groups are alike its whole interval lies above
//! zero. So each bound is taken on its own. The lower one is the basic bootstrap bound of the maximum itself, which is as
//! far below the estimate as drawn maxima reach above it, bias included; it is zero unless the largest studentised
//! deviation of all components says that some groups differ. The upper one is that of the components (a rate, a
//! pair of groups in an order): what is true of the pair that truly is farthest apart is below the largest of the bounds of
//! all pairs that may be it (Chernozhukov, Lee and Rosen 2013).

use super::assessment::{Against, Assessment, Cells, Criterion, Rate};
use crate::error::{Error, Result};
use crate::metrics::Interval;
use crate::random::Random;
use crate::special::{normal_quantile, quantile};

/// Groups in one interval: their pairs are looked at in every draw.
const GROUPS_MAX: usize = 100;

/// One rate of one group less that of another, or of all together.
#[derive(Debug, Clone, Copy)]
struct Component {
    rate: usize,
    group: usize,
    /// None for all together.
    other: Option<usize>,
    sign: f64,
    value: f64,
    error: f64,
}

impl Assessment {
    /// The interval of [`Assessment::difference`], from `rounds` draws within each group.
    ///
    /// # Errors
    /// As the difference, if a setting is out of range, or if more than a hundred groups are compared.
    pub fn difference_interval(
        &self,
        criterion: Criterion,
        against: Against,
        rounds: usize,
        level: f64,
        random: &mut Random,
    ) -> Result<Interval> {
        let point = self.difference(criterion, against)?;
        let (low, high) = bounds(&self.used(criterion)?, criterion, against, false, (rounds, level), random)?;
        // Rates without errors have intervals without width, which must hold the point all the same.
        Ok(Interval { point, low: low.clamp(0.0, point), high: high.clamp(point, 1.0) })
    }

    /// The interval of [`Assessment::ratio`], on the scale of logarithms of rates with half a row added to each side.
    ///
    /// # Errors
    /// As the ratio, if a setting is out of range, or if more than a hundred groups are compared.
    pub fn ratio_interval(
        &self,
        criterion: Criterion,
        against: Against,
        rounds: usize,
        level: f64,
        random: &mut Random,
    ) -> Result<Interval> {
        let point = self.ratio(criterion, against)?;
        let (low, high) = bounds(&self.used(criterion)?, criterion, against, true, (rounds, level), random)?;
        Ok(Interval { point, low: (-high).exp().clamp(0.0, point), high: (-low).exp().clamp(point, 1.0) })
    }
}

fn bounds(
    used: &[Cells],
    criterion: Criterion,
    against: Against,
    is_ratio: bool,
    (rounds, level): (usize, f64),
    random: &mut Random,
) -> Result<(f64, f64)> {
    crate::metrics::checked(used.len(), rounds, level)?;
    if used.len() > GROUPS_MAX {
        return Err(Error::TooLarge { what: "groups of an interval", found: used.len(), most: GROUPS_MAX });
    }
    let rates = criterion.rates();
    let components = components(used, rates, against, is_ratio);
    // Those that may be the largest.
    let rows: u64 = used.iter().map(Cells::rows).sum();
    let slack = normal_quantile(1.0 - 0.1 / (rows as f64).ln().max(1.0));
    let floor = components.iter().map(|c| c.value - slack * c.error).fold(f64::MIN, f64::max);
    let near: Vec<Component> = components.into_iter().filter(|c| c.value + slack * c.error >= floor).collect();
    let Some(top) = near.iter().copied().max_by(|left, right| left.value.total_cmp(&right.value)) else {
        return Err(Error::Empty { what: "components" });
    };
    let (mut above, mut below, mut alike) =
        (Vec::with_capacity(rounds), Vec::with_capacity(rounds), Vec::with_capacity(rounds));
    for _ in 0..rounds {
        let drawn: Vec<Cells> = used.iter().map(|cells| cells.drawn(random)).collect();
        let (values, overall) = levels(&drawn, rates, is_ratio);
        let largest = near.iter().map(|c| value(c, &values, &overall)).fold(f64::MIN, f64::max);
        above.push(largest - top.value);
        let deviation = |c: &Component| (value(c, &values, &overall) - c.value) / c.error;
        alike.push(near.iter().map(deviation).fold(f64::MIN, f64::max));
        below.push(-deviation(&top));
    }
    let tail = (1.0 + level) / 2.0;
    let at = |drawn: &mut Vec<f64>| {
        drawn.sort_unstable_by(f64::total_cmp);
        quantile(drawn, tail)
    };
    let (above, below, alike) = (at(&mut above), at(&mut below), at(&mut alike));
    let differ = near.iter().any(|c| c.value - alike * c.error > 0.0);
    let high = near.iter().map(|c| c.value + below * c.error).fold(f64::MIN, f64::max);
    Ok((if differ { top.value - above } else { 0.0 }, high))
}

fn components(used: &[Cells], rates: &[Rate], against: Against, is_ratio: bool) -> Vec<Component> {
    let (values, overall) = levels(used, rates, is_ratio);
    let mut components = Vec::new();
    for (rate, of) in rates.iter().enumerate() {
        let variances: Vec<f64> = used.iter().map(|cells| variance(of(cells), is_ratio)).collect();
        let all: u64 = used.iter().map(|cells| of(cells).1).sum();
        for (group, own) in variances.iter().enumerate() {
            let mut add = |other: Option<usize>, sign: f64, variance: f64| {
                let mut component = Component { rate, group, other, sign, value: 0.0, error: variance.sqrt() };
                component.value = value(&component, &values, &overall);
                components.push(component);
            };
            match against {
                Against::EachOther => {
                    for (other, theirs) in variances.iter().enumerate().filter(|(other, _)| *other != group) {
                        add(Some(other), 1.0, own + theirs);
                    }
                }
                Against::Overall => {
                    // What is left of a group's own deviation, since it is part of the whole.
                    let rest = used.get(group).map_or(0.0, |cells| 1.0 - of(cells).1 as f64 / all.max(1) as f64);
                    add(None, 1.0, (own * rest).max(1e-12));
                    add(None, -1.0, (own * rest).max(1e-12));
                }
            }
        }
    }
    components
}

/// The rates of each group and of all together, as shares or as logarithms of them.
fn levels(used: &[Cells], rates: &[Rate], is_ratio: bool) -> (Vec<Vec<f64>>, Vec<f64>) {
    let level = |(part, whole): (u64, u64)| {
        if is_ratio {
            ((part as f64 + 0.5) / (whole as f64 + 1.0)).ln()
        } else if whole == 0 {
            // A draw without a row to take the rate from says nothing either way.
            0.5
        } else {
            part as f64 / whole as f64
        }
    };
    let values = rates.iter().map(|of| used.iter().map(|cells| level(of(cells))).collect()).collect();
    let together = |of: &Rate| {
        let sum = used.iter().map(of).fold((0, 0), |sum, own| (sum.0 + own.0, sum.1 + own.1));
        level(sum)
    };
    (values, rates.iter().map(together).collect())
}

fn value(component: &Component, values: &[Vec<f64>], overall: &[f64]) -> f64 {
    let of = |group: usize| values.get(component.rate).and_then(|groups| groups.get(group)).copied().unwrap_or(0.0);
    let other = match component.other {
        Some(other) => of(other),
        None => overall.get(component.rate).copied().unwrap_or(0.0),
    };
    component.sign * (of(component.group) - other)
}

/// Of a share, or of its logarithm, with one row added to each side so that it is never zero.
fn variance((part, whole): (u64, u64), is_ratio: bool) -> f64 {
    let n = whole as f64;
    let share = (part as f64 + 1.0) / (n + 2.0);
    if is_ratio { (1.0 - share) / (share * (n + 2.0)) } else { share * (1.0 - share) / (n + 2.0) }
}
