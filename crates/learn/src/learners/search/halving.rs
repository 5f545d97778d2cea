//! Successive halving (Jamieson and Talwalkar 2016).
//!
//! The asynchronous form (ASHA, Li et al. 2020) promotes whoever is done first, so what it tries depends on how long
//! trials take. Here a rung is complete before the next begins: the trials are the same on any number of threads.

use std::num::NonZeroUsize;

use super::super::parameters::Parameters;
use super::{Found, SpaceError, each, rank};

/// How halving goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Halving {
    /// The budget of the first rung.
    pub budget_min: u64,
    /// The budget of the last rung.
    pub budget_max: u64,
    /// By how much budgets grow and settings become fewer from rung to rung, from 2 to 100.
    pub factor: u64,
}

/// Tries all settings with a small budget, the best of them with a larger one, and so on to the largest. At least one
/// setting reaches it. Of equally good settings the earlier goes on.
///
/// # Errors
/// If budgets do not ascend or the factor is out of bounds.
pub fn successive_halving(
    settings: Vec<Parameters>,
    halving: Halving,
    threads: NonZeroUsize,
    objective: impl Fn(&Parameters, u64) -> f64 + Sync,
) -> Result<Found, SpaceError> {
    let Halving { budget_min, budget_max, factor } = halving;
    if budget_min == 0 || budget_min > budget_max || !(2..=100).contains(&factor) {
        return Err(SpaceError::Budget);
    }
    let mut found = Found { trials: Vec::new() };
    let mut settings = settings;
    let mut budget = budget_min;
    loop {
        let rung = each(settings, budget, threads, &objective);
        let mut order: Vec<usize> = (0..rung.trials.len()).collect();
        let loss = |at: &usize| rung.trials.get(*at).map_or(f64::INFINITY, |trial| rank(trial.loss));
        order.sort_by(|left, right| loss(left).total_cmp(&loss(right)));
        let kept = order.len().div_ceil(usize::try_from(factor).unwrap_or(usize::MAX));
        settings =
            order.into_iter().take(kept).filter_map(|at| Some(rung.trials.get(at)?.parameters.clone())).collect();
        found.trials.extend(rung.trials);
        if budget == budget_max || settings.is_empty() {
            return Ok(found);
        }
        budget = budget.saturating_mul(factor).min(budget_max);
    }
}
