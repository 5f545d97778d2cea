//! Rows that are averages of two.

use crate::check::{classes_within, same_rows, within};
use crate::error::{Error, Result};
use crate::random::Random;

/// A row between two.
#[derive(Debug, Clone, PartialEq)]
pub struct Mixed {
    /// The row that it is more of.
    pub from: usize,
    /// The other.
    pub toward: usize,
    /// How much of `toward` it is, at most one half.
    pub share: f64,
    /// Its numbers, in the order of the columns.
    pub numbers: Vec<f64>,
}

/// Mixup (Zhang et al. 2018, arXiv:1710.09412): `count` rows `(1 - share) from + share toward` of two rows by chance, where
/// `share` is drawn from Beta(alpha, alpha) and mirrored to at most one half. The paper mixes the answers as well; where an
/// answer must be one class, it is that of `from`, and only rows of one `labels` are mixed if `labels` is given.
///
/// # Errors
/// If lengths differ, a number is not finite, or `alpha` is not in `0.01..=10`; undefined if there are fewer than two rows.
pub fn mixup(
    numbers: &[&[f64]],
    labels: Option<&[usize]>,
    count: usize,
    alpha: f64,
    random: &mut Random,
) -> Result<Vec<Mixed>> {
    let rows = numbers.first().map_or(0, |column| column.len());
    for column in numbers {
        same_rows("numbers", column.len(), rows)?;
        within("numbers", column, -1e150, 1e150, "the numbers between -1e150 and 1e150")?;
    }
    if let Some(labels) = labels {
        same_rows("labels", labels.len(), rows)?;
        classes_within("labels", labels, 1_000_000)?;
    }
    if !(0.01..=10.0).contains(&alpha) {
        return Err(Error::Setting { what: "alpha", allowed: "between 0.01 and 10" });
    }
    if rows < 2 {
        return Err(Error::Undefined { what: "a row between rows", why: "there are fewer than two rows" });
    }
    let mut of: Vec<Vec<usize>> =
        vec![Vec::new(); labels.and_then(|own| own.iter().max().copied()).map_or(1, |most| most + 1)];
    for row in 0..rows {
        let class = labels.and_then(|labels| labels.get(row).copied()).unwrap_or_default();
        if let Some(own) = of.get_mut(class) {
            own.push(row);
        }
    }
    let mix = |_| {
        let from = random.below(rows);
        let class = labels.and_then(|labels| labels.get(from).copied()).unwrap_or_default();
        let own = of.get(class).map(Vec::as_slice).unwrap_or_default();
        let toward = own.get(random.below(own.len())).copied().unwrap_or(from);
        let share = beta(alpha, random);
        let share = share.min(1.0 - share);
        let at = |column: &[f64], row: usize| column.get(row).copied().unwrap_or_default();
        let numbers =
            numbers.iter().map(|column| (1.0 - share) * at(column, from) + share * at(column, toward)).collect();
        Mixed { from, toward, share, numbers }
    };
    Ok((0..count).map(mix).collect())
}

/// Beta(alpha, alpha), by two gammas.
fn beta(alpha: f64, random: &mut Random) -> f64 {
    let (one, other) = (log_gamma_draw(alpha, random), log_gamma_draw(alpha, random));
    // As logarithms: for a small alpha both are often too small for a float.
    1.0 / (1.0 + (other - one).exp())
}

/// The logarithm of a draw from Gamma(alpha, 1) (Marsaglia and Tsang 2000).
fn log_gamma_draw(alpha: f64, random: &mut Random) -> f64 {
    let uniform = |random: &mut Random| random.uniform().max(f64::MIN_POSITIVE);
    if alpha < 1.0 {
        return log_gamma_draw(alpha + 1.0, random) + uniform(random).ln() / alpha;
    }
    let d = alpha - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = random.normal();
        let v = (1.0 + c * x).powi(3);
        if v > 0.0 && uniform(random).ln() < 0.5 * x * x + d - d * v + d * v.ln() {
            return (d * v).ln();
        }
    }
}
