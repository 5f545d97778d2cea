//! The best step function that never falls.

use crate::check::{finite, same_rows};
use crate::error::Result;

/// Isotonic regression (Zadrozny and Elkan 2002) by pooling adjacent violators; between steps it is a straight line.
#[derive(Debug, Clone, PartialEq)]
pub struct Isotonic {
    /// Scores, rising.
    pub scores: Vec<f64>,
    /// The chance at each, never falling.
    pub chances: Vec<f64>,
}

impl Isotonic {
    /// Fits with squared error; rows with equal scores count together.
    ///
    /// # Errors
    /// If there are no rows, the lengths differ, or a score is not finite.
    pub fn fit(actual: &[bool], scores: &[f64]) -> Result<Self> {
        same_rows("scores", scores.len(), actual.len())?;
        finite("scores", scores)?;
        let mut rows: Vec<(f64, bool)> = scores.iter().map(|score| score + 0.0).zip(actual.iter().copied()).collect();
        rows.sort_unstable_by(|left, right| left.0.total_cmp(&right.0));
        // First and last score, rows, positives.
        let mut blocks: Vec<(f64, f64, usize, usize)> = Vec::new();
        for tie in rows.chunk_by(|left, right| left.0 == right.0) {
            let score = tie.first().map_or(0.0, |(score, _)| *score);
            let mut own = (score, score, tie.len(), tie.iter().filter(|(_, is)| *is).count());
            while let Some(last) =
                blocks.pop_if(|last| last.3 as u128 * own.2 as u128 >= own.3 as u128 * last.2 as u128)
            {
                own = (last.0, own.1, last.2 + own.2, last.3 + own.3);
            }
            blocks.push(own);
        }
        let (mut at, mut chances) = (Vec::new(), Vec::new());
        for (first, last, rows, positives) in blocks {
            let chance = positives as f64 / rows as f64;
            at.push(first);
            chances.push(chance);
            if last > first {
                at.push(last);
                chances.push(chance);
            }
        }
        Ok(Self { scores: at, chances })
    }

    /// The chance of being positive; outside the scores that were seen, that of the nearest.
    #[must_use]
    pub fn chance(&self, score: f64) -> f64 {
        let after = self.scores.partition_point(|own| *own < score);
        let of = |at: usize| Some((*self.scores.get(at)?, *self.chances.get(at)?));
        match (after.checked_sub(1).and_then(of), of(after)) {
            (Some((low, below)), Some((high, above))) => below + (above - below) * ((score - low) / (high - low)),
            (Some((_, chance)), None) | (None, Some((_, chance))) => chance,
            (None, None) => 0.5,
        }
    }
}
