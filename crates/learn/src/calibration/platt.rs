//! Platt's sigmoid.

use crate::check::{finite, same_rows};
use crate::error::{Error, Result};

/// `1 / (1 + exp(slope s + intercept))` of a score `s` (Platt 1999).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Platt {
    /// Below zero where larger scores mean positive.
    pub slope: f64,
    /// The other parameter.
    pub intercept: f64,
}

impl Platt {
    /// Fits by Newton's method with backtracking (Lin, Lin and Weng 2007), to targets that are moved off 0 and 1.
    ///
    /// # Errors
    /// If there are no rows, the lengths differ, or a score is not finite or larger than 1e100; undefined if only one class
    /// occurs; if it does not converge.
    pub fn fit(actual: &[bool], scores: &[f64]) -> Result<Self> {
        const ROUNDS_MAX: usize = 100;
        const RIDGE: f64 = 1e-12;
        same_rows("scores", scores.len(), actual.len())?;
        finite("scores", scores)?;
        crate::check::within("scores", scores, -1e100, 1e100, "-1e100 to 1e100")?;
        let positives = actual.iter().filter(|is| **is).count() as f64;
        let negatives = actual.len() as f64 - positives;
        if positives == 0.0 || negatives == 0.0 {
            return Err(Error::Undefined { what: "Platt's sigmoid", why: "only one class occurs" });
        }
        // Newton's steps stay small if the scores are of the order of one.
        let scale = scores.iter().fold(0.0_f64, |most, score| most.max(score.abs())).max(f64::MIN_POSITIVE);
        let (high, low) = ((positives + 1.0) / (positives + 2.0), 1.0 / (negatives + 2.0));
        let rows =
            || scores.iter().map(|score| score / scale).zip(actual.iter().map(|is| if *is { high } else { low }));
        let loss = |a: f64, b: f64| {
            let one = |(score, target): (f64, f64)| {
                let z = a * score + b;
                // -t ln p - (1 - t) ln (1 - p) without overflow.
                if z >= 0.0 { target * z + (-z).exp().ln_1p() } else { (target - 1.0) * z + z.exp().ln_1p() }
            };
            rows().map(one).sum::<f64>()
        };
        let (mut a, mut b) = (0.0, ((negatives + 1.0) / (positives + 1.0)).ln());
        let mut now = loss(a, b);
        for _ in 0..ROUNDS_MAX {
            let (mut h11, mut h22, mut h21, mut g1, mut g2) = (RIDGE, RIDGE, 0.0, 0.0, 0.0);
            for (score, target) in rows() {
                let p = sigmoid(-(a * score + b));
                let (d1, d2) = (target - p, p * (1.0 - p));
                h11 += score * score * d2;
                h22 += d2;
                h21 += score * d2;
                g1 += score * d1;
                g2 += d1;
            }
            if g1.abs() < 1e-9 && g2.abs() < 1e-9 {
                return Ok(Self { slope: a / scale, intercept: b });
            }
            let determinant = h11 * h22 - h21 * h21;
            let (da, db) = (-(h22 * g1 - h21 * g2) / determinant, -(h11 * g2 - h21 * g1) / determinant);
            let along = g1 * da + g2 * db;
            let mut step = 1.0;
            loop {
                let next = loss(a + step * da, b + step * db);
                if next < now + 1e-4 * step * along {
                    (a, b, now) = (a + step * da, b + step * db, next);
                    break;
                }
                step /= 2.0;
                if step < 1e-10 {
                    // As far down as floats reach.
                    return Ok(Self { slope: a / scale, intercept: b });
                }
            }
        }
        Err(Error::NotConverged { what: "Platt's sigmoid", iterations: ROUNDS_MAX })
    }

    /// The chance of being positive.
    #[must_use]
    pub fn chance(&self, score: f64) -> f64 {
        sigmoid(-(self.slope * score + self.intercept))
    }
}

fn sigmoid(z: f64) -> f64 {
    if z >= 0.0 { 1.0 / (1.0 + (-z).exp()) } else { z.exp() / (1.0 + z.exp()) }
}
