//! Search for good parameters: all of a grid, chance, Parzen trees, and halving.
//!
//! The objective is a function of parameters and a budget (rounds, trees, epochs) that says a loss. Trials run on
//! several threads, and which there are and in which order they are listed depends on the seed alone.

mod halving;
mod space;
mod tpe;

use std::num::NonZeroUsize;

pub use halving::{Halving, successive_halving};
pub use space::{Dimension, Space, SpaceError};
pub use tpe::{Tpe, tpe};

use super::parallel;
use super::parameters::Parameters;

/// One call of the objective.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// What was tried.
    pub parameters: Parameters,
    /// How much it was allowed, in the objective's unit.
    pub budget: u64,
    /// What came out; lower is better. What is not a number is worse than any.
    pub loss: f64,
}

/// All trials of a search, in the order in which they were planned.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Every one.
    pub trials: Vec<Trial>,
}

impl Found {
    /// The trial with the lowest loss among those with the largest budget; of equals the first.
    #[must_use]
    pub fn best(&self) -> Option<&Trial> {
        let most = self.trials.iter().map(|trial| trial.budget).max()?;
        let full = self.trials.iter().filter(|trial| trial.budget == most);
        full.min_by(|left, right| rank(left.loss).total_cmp(&rank(right.loss)))
    }

    /// The budgets of all trials together.
    #[must_use]
    pub fn spent(&self) -> u64 {
        self.trials.iter().map(|trial| trial.budget).fold(0, u64::saturating_add)
    }
}

/// A loss to order by.
const fn rank(loss: f64) -> f64 {
    if loss.is_nan() { f64::INFINITY } else { loss }
}

/// Tries each of some settings with the same budget.
pub fn each(
    settings: Vec<Parameters>,
    budget: u64,
    threads: NonZeroUsize,
    objective: impl Fn(&Parameters, u64) -> f64 + Sync,
) -> Found {
    let losses = parallel::map(threads, settings.len(), |at| {
        settings.get(at).map_or(f64::NAN, |parameters| objective(parameters, budget))
    });
    let trials = settings.into_iter().zip(losses);
    Found { trials: trials.map(|(parameters, loss)| Trial { parameters, budget, loss }).collect() }
}

/// Tries every point of a grid: `points` of each dimension of numbers, evenly spaced, and all choices.
///
/// # Errors
/// If the grid has more than [`space::SETTINGS_MAX`] points.
pub fn grid(
    space: &Space,
    points: usize,
    budget: u64,
    threads: NonZeroUsize,
    objective: impl Fn(&Parameters, u64) -> f64 + Sync,
) -> Result<Found, SpaceError> {
    Ok(each(space.grid(points)?, budget, threads, objective))
}

/// Tries settings drawn by chance, each independent of the others (Bergstra and Bengio 2012).
///
/// # Errors
/// If more than [`space::SETTINGS_MAX`] are asked for.
pub fn random(
    space: &Space,
    trials: usize,
    budget: u64,
    seed: u64,
    threads: NonZeroUsize,
    objective: impl Fn(&Parameters, u64) -> f64 + Sync,
) -> Result<Found, SpaceError> {
    Ok(each(space.sample(trials, seed)?, budget, threads, objective))
}
