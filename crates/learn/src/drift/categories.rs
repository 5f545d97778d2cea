//! Two tables of counts over the same categories or bins.

use super::Test;
use crate::check::finite;
use crate::error::{Error, Result};
use crate::special::{chi_square_quantile_sf, chi_square_sf, quantile};

/// Counts of the same categories, in the same order, in two samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts {
    pairs: Vec<(u64, u64)>,
    n: u64,
    m: u64,
}

impl Counts {
    /// Takes the counts of each category in the reference and in the current sample.
    ///
    /// # Errors
    /// If the lengths differ, there is no category, or a sample is empty.
    pub fn new(reference: &[u64], current: &[u64]) -> Result<Self> {
        crate::check::same_rows("current", current.len(), reference.len())?;
        let pairs: Vec<(u64, u64)> = reference.iter().copied().zip(current.iter().copied()).collect();
        let total = |what, counts: &[u64]| {
            let sum = counts.iter().try_fold(0_u64, |sum, count| sum.checked_add(*count));
            match sum {
                Some(0) => Err(Error::Empty { what }),
                Some(sum) if sum < 1 << 52 => Ok(sum),
                _ => Err(Error::TooLarge { what, found: usize::MAX, most: 1 << 52 }),
            }
        };
        Ok(Self { n: total("reference", reference)?, m: total("current", current)?, pairs })
    }

    /// Counts of values in the bins between `edges`: open below the first and above the last, each bin with its lower
    /// edge, so `edges.len() + 1` bins.
    ///
    /// # Errors
    /// As [`Self::new`], or if a value is not finite.
    pub fn binned(edges: &[f64], reference: &[f64], current: &[f64]) -> Result<Self> {
        finite("reference", reference)?;
        finite("current", current)?;
        Self::new(&bin(edges, reference), &bin(edges, current))
    }

    /// Merges neighbours until each is expected to hold at least `least` in both samples where nothing has changed
    /// (Cochran's rule has 5). Order matters for bins and is arbitrary for categories.
    #[must_use]
    pub fn merged(&self, least: f64) -> Self {
        let smaller = self.n.min(self.m) as f64 / (self.n + self.m) as f64;
        let mut pairs: Vec<(u64, u64)> = Vec::new();
        let mut is_full = true;
        for (a, b) in &self.pairs {
            match pairs.last_mut() {
                Some(last) if !is_full => *last = (last.0 + a, last.1 + b),
                _ => pairs.push((*a, *b)),
            }
            is_full = pairs.last().is_some_and(|last| (last.0 + last.1) as f64 * smaller >= least);
        }
        if !is_full
            && pairs.len() > 1
            && let Some(rest) = pairs.pop()
            && let Some(last) = pairs.last_mut()
        {
            *last = (last.0 + rest.0, last.1 + rest.1);
        }
        Self { pairs, n: self.n, m: self.m }
    }

    /// How many categories there are.
    #[must_use]
    pub fn categories(&self) -> usize {
        self.pairs.len()
    }

    /// Categories that occur, less one.
    #[must_use]
    pub fn freedom(&self) -> usize {
        self.pairs.iter().filter(|(a, b)| a + b > 0).count().saturating_sub(1)
    }

    fn shares(&self) -> impl Iterator<Item = (f64, f64)> {
        let (n, m) = (self.n as f64, self.m as f64);
        self.pairs.iter().map(move |(a, b)| (*a as f64 / n, *b as f64 / m))
    }

    /// Pearson's chi-square of homogeneity, without continuity correction.
    ///
    /// # Errors
    /// Undefined if only one category occurs.
    pub fn chi_square(&self) -> Result<Test> {
        self.against_expected("chi-square", |observed, expected| (observed - expected).powi(2) / expected)
    }

    /// The likelihood ratio G (Sokal and Rohlf).
    ///
    /// # Errors
    /// Undefined if only one category occurs.
    pub fn g(&self) -> Result<Test> {
        self.against_expected(
            "G",
            |observed, expected| {
                if observed > 0.0 { 2.0 * observed * (observed / expected).ln() } else { 0.0 }
            },
        )
    }

    fn against_expected(&self, what: &'static str, of: impl Fn(f64, f64) -> f64) -> Result<Test> {
        let freedom = self.freedom();
        if freedom == 0 {
            return Err(Error::Undefined { what, why: "only one category occurs" });
        }
        let (n, m) = (self.n as f64, self.m as f64);
        let statistic = self
            .pairs
            .iter()
            .filter(|(a, b)| a + b > 0)
            .map(|(a, b)| {
                let both = (a + b) as f64 / (n + m);
                of(*a as f64, both * n) + of(*b as f64, both * m)
            })
            .sum();
        Ok(Test { statistic, p: chi_square_sf(statistic, freedom as f64) })
    }

    /// Half the sum of the absolute differences of shares, `0..=1`.
    #[must_use]
    pub fn total_variation(&self) -> f64 {
        0.5 * self.shares().map(|(p, q)| (p - q).abs()).sum::<f64>()
    }

    /// Hellinger's distance, `0..=1`.
    #[must_use]
    pub fn hellinger(&self) -> f64 {
        (0.5 * self.shares().map(|(p, q)| (p.sqrt() - q.sqrt()).powi(2)).sum::<f64>()).sqrt()
    }

    /// The Jensen-Shannon distance (the root of the divergence) to the base 2, `0..=1`.
    #[must_use]
    pub fn jensen_shannon(&self) -> f64 {
        let part = |p: f64, middle: f64| if p > 0.0 { p * (p / middle).log2() } else { 0.0 };
        let divergence = self.shares().map(|(p, q)| part(p, 0.5 * (p + q)) + part(q, 0.5 * (p + q))).sum::<f64>();
        (0.5 * divergence).max(0.0).sqrt()
    }

    /// The population stability index `sum (p - q) ln (p / q)`, with shares below `epsilon` raised to it.
    ///
    /// # Errors
    /// If `epsilon` is not in `(0, 1)`.
    pub fn population_stability(&self, epsilon: f64) -> Result<f64> {
        if !(epsilon > 0.0 && epsilon < 1.0) {
            return Err(Error::Setting { what: "epsilon", allowed: "above 0 and below 1" });
        }
        let of = |(p, q): (f64, f64)| {
            let (p, q) = (p.max(epsilon), q.max(epsilon));
            (p - q) * (p / q).ln()
        };
        Ok(self.shares().map(of).sum())
    }

    /// The index that is exceeded with the chance `alpha` where nothing has changed: `chi^2_{1-alpha, B-1} (1/n + 1/m)`
    /// (Yurdakul 2018). Fixed limits such as 0.1 and 0.2 are none: what they mean depends on the sizes.
    ///
    /// # Errors
    /// If `alpha` is not in `(0, 1)`; undefined if only one category occurs.
    pub fn population_stability_critical(&self, alpha: f64) -> Result<f64> {
        if !(alpha > 0.0 && alpha < 1.0) {
            return Err(Error::Setting { what: "alpha", allowed: "above 0 and below 1" });
        }
        let freedom = self.freedom();
        if freedom == 0 {
            return Err(Error::Undefined { what: "the critical index", why: "only one bin is filled" });
        }
        Ok(chi_square_quantile_sf(alpha, freedom as f64) * self.scale())
    }

    /// The index as a test: bins expected to hold fewer than five are merged, and the index over `1/n + 1/m` is read
    /// as chi-square.
    ///
    /// # Errors
    /// Undefined if all falls into one bin.
    pub fn population_stability_test(&self) -> Result<Test> {
        let merged = self.merged(5.0);
        let freedom = merged.freedom();
        if freedom == 0 {
            return Err(Error::Undefined { what: "the population stability index", why: "only one bin is filled" });
        }
        // A bin that is empty in one sample counts as if it held half a row there.
        let statistic = merged.population_stability(0.5 / merged.n.max(merged.m) as f64)?;
        // (p - q) ln (p / q) = d^2 / s (1 + d^2 / 12 s^2 + ...) with the difference d and the mean s of the shares: the
        // second term makes the mean of the index larger than that of chi-square, as Bartlett corrects others.
        let excess: f64 = merged
            .shares()
            .map(|(p, q)| 0.5 * (p + q))
            .filter(|share| *share > 0.0)
            .map(|share| (1.0 - share).powi(2) / (4.0 * share))
            .sum();
        let mean = 1.0 + merged.scale() * excess / freedom as f64;
        Ok(Test { statistic, p: chi_square_sf(statistic / merged.scale() / mean, freedom as f64) })
    }

    fn scale(&self) -> f64 {
        1.0 / self.n as f64 + 1.0 / self.m as f64
    }
}

/// The inner edges of `bins` bins with the same number of reference values in each, without repetitions; the outer bins
/// are open.
///
/// # Errors
/// If there are no values, one is not finite, or `bins` is not in `2..=1000`.
pub fn quantile_edges(reference: &[f64], bins: usize) -> Result<Vec<f64>> {
    if !(2..=1000).contains(&bins) {
        return Err(Error::Setting { what: "bins", allowed: "between 2 and 1000" });
    }
    if reference.is_empty() {
        return Err(Error::Empty { what: "reference" });
    }
    finite("reference", reference)?;
    let mut sorted = reference.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let mut edges: Vec<f64> = (1..bins).map(|at| quantile(&sorted, at as f64 / bins as f64)).collect();
    edges.dedup();
    Ok(edges)
}

/// How many values each bin holds.
pub(super) fn bin(edges: &[f64], values: &[f64]) -> Vec<u64> {
    let mut counts = vec![0; edges.len() + 1];
    for value in values {
        if let Some(count) = counts.get_mut(edges.partition_point(|edge| edge <= value)) {
            *count += 1;
        }
    }
    counts
}
