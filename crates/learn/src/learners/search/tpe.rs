//! Tree-structured Parzen estimators (Bergstra et al. 2011): try what is likely among the good and not among the rest.

use std::num::NonZeroUsize;

use super::super::exponential::exp;
use super::super::parallel;
use super::super::parameters::Parameters;
use super::space::SETTINGS_MAX;
use super::{Dimension, Found, Space, SpaceError, Trial, rank};
use crate::random::Random;

/// How to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tpe {
    /// How many settings are tried.
    pub trials: usize,
    /// How many of them are drawn by chance before anything is known.
    pub by_chance: usize,
    /// How many are planned at once, and can run at the same time. It is not the number of threads, so that the
    /// settings do not depend on that.
    pub at_once: usize,
    /// How many places are drawn from the good ones for each setting, of which the most promising is tried.
    pub candidates: usize,
}

impl Default for Tpe {
    fn default() -> Self {
        Self { trials: 100, by_chance: 10, at_once: 4, candidates: 24 }
    }
}

/// The most trials that count as good.
const GOOD_MAX: usize = 25;

/// Searches; every trial has the same budget.
///
/// # Errors
/// If there are too many trials.
pub fn tpe(
    space: &Space,
    setting: Tpe,
    budget: u64,
    seed: u64,
    threads: NonZeroUsize,
    objective: impl Fn(&Parameters, u64) -> f64 + Sync,
) -> Result<Found, SpaceError> {
    if setting.trials > SETTINGS_MAX {
        return Err(SpaceError::Settings(setting.trials));
    }
    let mut random = Random::new(seed);
    let mut places: Vec<Vec<f64>> = Vec::new();
    let mut trials: Vec<Trial> = Vec::new();
    while trials.len() < setting.trials {
        let is_blind = trials.len() < setting.by_chance.max(2);
        let known = if is_blind { setting.by_chance.max(2) } else { trials.len() + setting.at_once.max(1) };
        let count = known.min(setting.trials) - trials.len();
        let planned: Vec<Vec<f64>> = if is_blind {
            (0..count).map(|_| space.draw(&mut random)).collect()
        } else {
            let (good, rest) = split(&places, &trials);
            (0..count).map(|_| promising(space, &good, &rest, setting.candidates.max(1), &mut random)).collect()
        };
        let settings: Vec<Parameters> = planned.iter().map(|place| space.setting(place)).collect();
        let losses = parallel::map(threads, settings.len(), |at| {
            settings.get(at).map_or(f64::NAN, |parameters| objective(parameters, budget))
        });
        places.extend(planned);
        trials.extend(settings.into_iter().zip(losses).map(|(parameters, loss)| Trial { parameters, budget, loss }));
    }
    Ok(Found { trials })
}

/// Places of the good trials and of the rest: a tenth is good.
fn split<'a>(places: &'a [Vec<f64>], trials: &[Trial]) -> (Vec<&'a [f64]>, Vec<&'a [f64]>) {
    let mut order: Vec<(f64, &[f64])> =
        trials.iter().zip(places).map(|(trial, place)| (rank(trial.loss), place.as_slice())).collect();
    order.sort_by(|left, right| left.0.total_cmp(&right.0));
    let count = order.len().div_ceil(10).clamp(2, GOOD_MAX).min(order.len());
    let mut places = order.into_iter().map(|(_, place)| place);
    (places.by_ref().take(count).collect(), places.collect())
}

/// The candidate with the largest ratio of likelihoods.
fn promising(space: &Space, good: &[&[f64]], rest: &[&[f64]], candidates: usize, random: &mut Random) -> Vec<f64> {
    let estimates: Vec<(Estimate, Estimate)> = space
        .dimensions()
        .enumerate()
        .map(|(at, dimension)| {
            let of = |places: &[&[f64]]| {
                let values = places.iter().filter_map(|place| place.get(at).copied()).collect();
                Estimate::new(dimension, values)
            };
            (of(good), of(rest))
        })
        .collect();
    let mut best: Option<(f64, Vec<f64>)> = None;
    for _ in 0..candidates {
        let place: Vec<f64> = estimates.iter().map(|(good, _)| good.draw(random)).collect();
        let promise: f64 = estimates
            .iter()
            .zip(&place)
            .map(|((good, rest), at)| libm::log(good.density(*at)) - libm::log(rest.density(*at)))
            .sum();
        if best.as_ref().is_none_or(|(found, _)| promise > *found) {
            best = Some((promise, place));
        }
    }
    best.map(|(_, place)| place).unwrap_or_default()
}

/// How likely each value of one dimension is.
enum Estimate {
    /// Normal distributions cut off at 0 and 1: centre, deviation, and what is left of each. The first is the prior.
    Normals(Vec<(f64, f64, f64)>),
    /// Shares of the choices.
    Shares(Vec<f64>),
}

impl Estimate {
    fn new(dimension: &Dimension, mut values: Vec<f64>) -> Self {
        if let Dimension::Choice(choices) = dimension {
            // One trial's worth of prior, spread over all.
            let prior = 1.0 / choices.len() as f64;
            let total = values.len() as f64 + 1.0;
            let share = |at: usize| (values.iter().filter(|value| **value == at as f64).count() as f64 + prior) / total;
            return Self::Shares((0..choices.len()).map(share).collect());
        }
        values.sort_by(f64::total_cmp);
        let least = 1.0 / (values.len() as f64 + 2.0).min(100.0);
        let mut normals = vec![normal(0.5, 1.0)];
        for (at, value) in values.iter().enumerate() {
            // As wide as the farther of its neighbours is away, the bounds among them.
            let before = at.checked_sub(1).and_then(|at| values.get(at)).unwrap_or(&0.0);
            let after = values.get(at + 1).unwrap_or(&1.0);
            normals.push(normal(*value, (value - before).max(after - value).clamp(least, 1.0)));
        }
        Self::Normals(normals)
    }

    fn draw(&self, random: &mut Random) -> f64 {
        match self {
            Self::Normals(normals) => {
                let Some((centre, deviation, _)) = normals.get(random.below(normals.len())) else {
                    return 0.5;
                };
                for _ in 0..100 {
                    let value = centre + deviation * random.normal();
                    if (0.0..=1.0).contains(&value) {
                        return value;
                    }
                }
                *centre
            }
            Self::Shares(shares) => {
                let mut left = random.uniform();
                for (at, share) in shares.iter().enumerate() {
                    left -= share;
                    if left < 0.0 {
                        return at as f64;
                    }
                }
                shares.len().saturating_sub(1) as f64
            }
        }
    }

    fn density(&self, at: f64) -> f64 {
        match self {
            Self::Normals(normals) => {
                let sum: f64 = normals
                    .iter()
                    .map(|(centre, deviation, left)| {
                        let far = (at - centre) / deviation;
                        exp(-far * far / 2.0) / (deviation * left)
                    })
                    .sum();
                (sum / normals.len() as f64).max(f64::MIN_POSITIVE)
            }
            #[expect(clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "the number of a choice")]
            Self::Shares(shares) => shares.get(at as usize).copied().unwrap_or(f64::MIN_POSITIVE),
        }
    }
}

fn normal(centre: f64, deviation: f64) -> (f64, f64, f64) {
    let below = |at: f64| libm::erf((at - centre) / (deviation * std::f64::consts::SQRT_2)) / 2.0;
    (centre, deviation, below(1.0) - below(0.0))
}
