//! Where to search.

use super::super::parameters::{Parameters, Value};
use crate::random::Random;

/// The most settings of one search.
pub(super) const SETTINGS_MAX: usize = 1 << 20;

/// The most dimensions.
const DIMENSIONS_MAX: usize = 100;

/// What one parameter may be in a search.
#[derive(Debug, Clone, PartialEq)]
pub enum Dimension {
    /// A number from `least` to `most`.
    Number {
        /// The least.
        least: f64,
        /// The most.
        most: f64,
        /// Whether factors count rather than differences; `least` is above 0 then.
        is_log: bool,
    },
    /// A whole number from `least` to `most`.
    Integer {
        /// The least.
        least: i64,
        /// The most.
        most: i64,
        /// Whether factors count rather than differences; `least` is above 0 then.
        is_log: bool,
    },
    /// One of several values, in no order.
    Choice(Vec<Value>),
}

/// Why there is nowhere to search.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpaceError {
    /// None or too many dimensions.
    #[error("a search has from 1 to {DIMENSIONS_MAX} dimensions, not {0}")]
    Dimensions(usize),
    /// The same parameter twice.
    #[error("`{0}` has two dimensions; leave one out")]
    Twice(String),
    /// Bounds in the wrong order, infinite, or not above zero though factors count.
    #[error("`{0}` needs finite bounds in ascending order, above 0 where factors count")]
    Bounds(String),
    /// None or too many values to choose from.
    #[error("`{0}` needs from 1 to 1000 values to choose from")]
    Choice(String),
    /// More settings than any search should try.
    #[error("the search would try {0} settings or more, at most {SETTINGS_MAX} are allowed; try fewer points")]
    Settings(usize),
    /// Budgets that cannot be.
    #[error("budgets must ascend from 1, with a factor from 2 to 100")]
    Budget,
}

/// A checked list of dimensions by the names of their parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Space(Vec<(String, Dimension)>);

impl Space {
    /// Checks the dimensions.
    ///
    /// # Errors
    /// If there are none or too many, a name comes twice, or bounds or choices make no sense.
    pub fn new(dimensions: Vec<(String, Dimension)>) -> Result<Self, SpaceError> {
        if !(1..=DIMENSIONS_MAX).contains(&dimensions.len()) {
            return Err(SpaceError::Dimensions(dimensions.len()));
        }
        for (at, (name, dimension)) in dimensions.iter().enumerate() {
            if dimensions.iter().take(at).any(|(other, _)| other == name) {
                return Err(SpaceError::Twice(name.clone()));
            }
            match dimension {
                Dimension::Number { least, most, is_log } => {
                    if !((most - least).is_finite() && least <= most && (!is_log || *least > 0.0)) {
                        return Err(SpaceError::Bounds(name.clone()));
                    }
                }
                Dimension::Integer { least, most, is_log } => {
                    let is_exact = least.unsigned_abs().max(most.unsigned_abs()) <= 1 << 52;
                    if !(is_exact && least <= most && (!is_log || *least > 0)) {
                        return Err(SpaceError::Bounds(name.clone()));
                    }
                }
                Dimension::Choice(values) => {
                    if !(1..=1000).contains(&values.len()) {
                        return Err(SpaceError::Choice(name.clone()));
                    }
                }
            }
        }
        Ok(Self(dimensions))
    }

    /// Every point of a grid with `points` values of each dimension of numbers; the last dimension changes fastest.
    ///
    /// # Errors
    /// If there are too many.
    pub fn grid(&self, points: usize) -> Result<Vec<Parameters>, SpaceError> {
        let mut settings = vec![Parameters::new()];
        for (name, dimension) in &self.0 {
            let count = dimension.size(points.max(1));
            let found = settings.len().saturating_mul(count);
            if found > SETTINGS_MAX {
                return Err(SpaceError::Settings(found));
            }
            let mut values: Vec<Value> = Vec::with_capacity(count);
            for at in 0..count {
                let value = match dimension {
                    Dimension::Choice(_) => dimension.value(at as f64),
                    _ if count == 1 => dimension.value(0.5),
                    _ => dimension.end_to_end(at as f64 / (count - 1) as f64),
                };
                if !values.contains(&value) {
                    values.push(value);
                }
            }
            let longer = settings.iter().flat_map(|setting| {
                values.iter().map(|value| {
                    let mut setting = setting.clone();
                    setting.insert(name.clone(), value.clone());
                    setting
                })
            });
            settings = longer.collect();
        }
        Ok(settings)
    }

    /// Settings drawn by chance, each independent of the others.
    ///
    /// # Errors
    /// If there are too many.
    pub fn sample(&self, count: usize, seed: u64) -> Result<Vec<Parameters>, SpaceError> {
        if count > SETTINGS_MAX {
            return Err(SpaceError::Settings(count));
        }
        let mut random = Random::new(seed);
        Ok((0..count).map(|_| self.setting(&self.draw(&mut random))).collect())
    }

    pub(super) fn dimensions(&self) -> impl Iterator<Item = &Dimension> {
        self.0.iter().map(|(_, dimension)| dimension)
    }

    /// A place drawn by chance.
    pub(super) fn draw(&self, random: &mut Random) -> Vec<f64> {
        self.dimensions()
            .map(|dimension| match dimension {
                Dimension::Choice(values) => random.below(values.len()) as f64,
                Dimension::Number { .. } | Dimension::Integer { .. } => random.uniform(),
            })
            .collect()
    }

    /// The setting at a place: from 0 to 1 in dimensions of numbers, the number of a choice in others.
    pub(super) fn setting(&self, place: &[f64]) -> Parameters {
        self.0.iter().zip(place).map(|((name, dimension), at)| (name.clone(), dimension.value(*at))).collect()
    }
}

impl Dimension {
    /// How many values a grid has.
    fn size(&self, points: usize) -> usize {
        match self {
            Self::Number { least, most, .. } => {
                if least == most {
                    1
                } else {
                    points
                }
            }
            Self::Integer { least, most, .. } => {
                points.min(usize::try_from(most.abs_diff(*least)).unwrap_or(usize::MAX).saturating_add(1))
            }
            Self::Choice(values) => values.len(),
        }
    }

    fn value(&self, at: f64) -> Value {
        #[expect(clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "a number of a choice")]
        match self {
            Self::Number { least, most, is_log } => {
                Value::Number(between(*least, *most, *is_log, at).clamp(*least, *most))
            }
            Self::Integer { least, most, is_log } => {
                // Each whole number has as much room as the others.
                let value = between(*least as f64 - 0.5, *most as f64 + 0.5, *is_log, at);
                Value::Integer((value.round() as i64).clamp(*least, *most))
            }
            Self::Choice(values) => values.get(at as usize).or(values.last()).cloned().unwrap_or(Value::Boolean(false)),
        }
    }

    /// A value of a grid, whose first and last points are the bounds themselves.
    fn end_to_end(&self, at: f64) -> Value {
        match self {
            Self::Integer { least, most, is_log } => {
                let value = between(*least as f64, *most as f64, *is_log, at).round() as i64;
                Value::Integer(value.clamp(*least, *most))
            }
            Self::Number { .. } | Self::Choice(_) => self.value(at),
        }
    }
}

fn between(least: f64, most: f64, is_log: bool, at: f64) -> f64 {
    if is_log { least * libm::pow(most / least, at) } else { least + at * (most - least) }
}
