//! Many tests at once.

use crate::check::within;
use crate::error::Result;

/// The adjusted p-values of Benjamini and Hochberg (1995), in the order given: rejecting those at most `q` keeps the
/// expected share of false alarms among the alarms at `q`, for tests that are independent or depend positively.
///
/// # Errors
/// If a value is not in `0..=1`.
pub fn benjamini_hochberg(p: &[f64]) -> Result<Vec<f64>> {
    within("p", p, 0.0, 1.0, "0 to 1")?;
    let mut order: Vec<usize> = (0..p.len()).collect();
    let of = |at: &usize| p.get(*at).copied().unwrap_or(1.0);
    order.sort_by(|left, right| of(right).total_cmp(&of(left)));
    let mut adjusted = vec![1.0; p.len()];
    let (mut least, mut rank) = (1.0_f64, p.len());
    for at in order {
        least = least.min(of(&at) * p.len() as f64 / rank as f64);
        rank = rank.saturating_sub(1).max(1);
        if let Some(slot) = adjusted.get_mut(at) {
            *slot = least;
        }
    }
    Ok(adjusted)
}
