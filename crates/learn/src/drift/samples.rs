//! Two samples of numbers: how far apart they are, and how surprising that is.

use super::kolmogorov::{one_sample_sf, two_sample_exact};
use crate::check::finite;
use crate::error::{Error, Result};
use crate::random::Random;
use crate::special::{bessel_k_quarter_scaled, mean_and_squares, normal_sf, permutation_p, student_two_sided};

/// Up to so many pairs of rows the exact distribution is walked: about ten milliseconds.
const EXACT_PAIRS_MAX: usize = 4_000_000;

/// A statistic and the chance of one at least as large where nothing has changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Test {
    /// As the test defines it.
    pub statistic: f64,
    /// In `0..=1`.
    pub p: f64,
}

/// One value and how often each sample has it.
#[derive(Debug, Clone, Copy)]
struct Tie {
    value: f64,
    reference: usize,
    current: usize,
}

/// Two samples, sorted together once; every statistic is then one walk over the distinct values.
#[derive(Debug, Clone)]
pub struct Samples {
    ties: Vec<Tie>,
    n: usize,
    m: usize,
    reference: (f64, f64),
    current: (f64, f64),
}

impl Samples {
    /// Takes `reference` (`n` values) and `current` (`m`).
    ///
    /// # Errors
    /// If either is empty or has a value that is not finite.
    pub fn new(reference: &[f64], current: &[f64]) -> Result<Self> {
        for (what, values) in [("reference", reference), ("current", current)] {
            if values.is_empty() {
                return Err(Error::Empty { what });
            }
            finite(what, values)?;
        }
        let mut all: Vec<(f64, bool)> =
            reference.iter().map(|value| (*value, true)).chain(current.iter().map(|value| (*value, false))).collect();
        all.sort_unstable_by(|left, right| left.0.total_cmp(&right.0));
        let mut ties: Vec<Tie> = Vec::new();
        for (value, is_reference) in all {
            // Not by bits: 0 and -0 are the same value.
            if ties.last().is_none_or(|last| last.value != value) {
                ties.push(Tie { value, reference: 0, current: 0 });
            }
            if let Some(last) = ties.last_mut() {
                last.reference += usize::from(is_reference);
                last.current += usize::from(!is_reference);
            }
        }
        let (n, m) = (reference.len(), current.len());
        Ok(Self { ties, n, m, reference: mean_and_squares(reference), current: mean_and_squares(current) })
    }

    /// Kolmogorov and Smirnov's largest distance between the distribution functions, with the exact p where `n m` is
    /// at most four million and there are no ties to speak of, else with [`Self::kolmogorov_smirnov_asymptotic`].
    /// With ties the exact p is too large, never too small.
    #[must_use]
    pub fn kolmogorov_smirnov(&self) -> Test {
        if self.n.saturating_mul(self.m) <= EXACT_PAIRS_MAX {
            let steps = self.kolmogorov_steps();
            let statistic = steps as f64 / (self.n as f64 * self.m as f64);
            return Test { statistic, p: two_sample_exact(self.n, self.m, steps) };
        }
        self.kolmogorov_smirnov_asymptotic()
    }

    /// The same statistic with the distribution of one sample of `n m / (n + m)` values, as scipy's `asymp`.
    #[must_use]
    pub fn kolmogorov_smirnov_asymptotic(&self) -> Test {
        let (n, m) = (self.n as f64, self.m as f64);
        let statistic = self.kolmogorov_steps() as f64 / (n * m);
        Test { statistic, p: one_sample_sf((n * m / (n + m)).round_ties_even() as u64, statistic) }
    }

    /// `n m D`, a whole number.
    fn kolmogorov_steps(&self) -> u64 {
        let (mut below_n, mut below_m, mut most) = (0_u64, 0_u64, 0_u64);
        for tie in &self.ties {
            below_n += tie.reference as u64;
            below_m += tie.current as u64;
            most = most.max((below_n * self.m as u64).abs_diff(below_m * self.n as u64));
        }
        most
    }

    /// The integral of a function of the difference of the distribution functions.
    fn integral(&self, of: impl Fn(f64) -> f64) -> f64 {
        let (n, m) = (self.n as f64, self.m as f64);
        let (mut below_n, mut below_m, mut sum) = (0.0, 0.0, 0.0);
        for (tie, next) in self.ties.iter().zip(self.ties.iter().skip(1)) {
            below_n += tie.reference as f64;
            below_m += tie.current as f64;
            sum += of(below_n / n - below_m / m) * (next.value - tie.value);
        }
        sum
    }

    /// The first Wasserstein distance, in the values' own unit.
    #[must_use]
    pub fn wasserstein(&self) -> f64 {
        self.integral(f64::abs)
    }

    /// The first Wasserstein distance in standard deviations of the reference (of the population: `/ n`).
    ///
    /// # Errors
    /// Undefined if the reference is constant.
    pub fn wasserstein_normalized(&self) -> Result<f64> {
        let deviation = (self.reference.1 / self.n as f64).sqrt();
        if deviation > 0.0 {
            Ok(self.wasserstein() / deviation)
        } else {
            Err(Error::Undefined { what: "the normalised Wasserstein distance", why: "the reference is constant" })
        }
    }

    /// The energy distance `sqrt(2 int (F - G)^2)` (Székely 2002).
    #[must_use]
    pub fn energy(&self) -> f64 {
        (2.0 * self.integral(|difference| difference * difference)).sqrt()
    }

    /// Cramér and von Mises' test of two samples (Anderson 1962), with the limiting distribution of Csörgő and Faraway
    /// (1996) after matching mean and variance.
    #[must_use]
    pub fn cramer_von_mises(&self) -> Test {
        let (n, m) = (self.n as f64, self.m as f64);
        let total = n + m;
        let (mut below_n, mut below_m, mut u) = (0.0, 0.0, 0.0);
        for tie in &self.ties {
            let (a, b) = (tie.reference as f64, tie.current as f64);
            let rank = below_n + below_m + (a + b + 1.0) / 2.0;
            // sum over i in 1..=count of (rank - below - i)^2
            let squares = |below: f64, count: f64| {
                let gap = rank - below;
                count * gap * gap - gap * count * (count + 1.0) + count * (count + 1.0) * (2.0 * count + 1.0) / 6.0
            };
            u += n * squares(below_n, a) + m * squares(below_m, b);
            below_n += a;
            below_m += b;
        }
        let statistic = u / (n * m * total) - (4.0 * n * m - 1.0) / (6.0 * total);
        let mean = (1.0 + 1.0 / total) / 6.0;
        let variance = (total + 1.0) * (4.0 * n * m * total - 3.0 * (n * n + m * m) - 2.0 * n * m)
            / (45.0 * total * total * 4.0 * n * m);
        let standardized = 1.0 / 6.0 + (statistic - mean) / (45.0 * variance).sqrt();
        Test { statistic, p: cramer_von_mises_sf(standardized) }
    }

    /// Anderson and Darling's test of two samples with midranks (Scholz and Stephens 1987, equation 7), normalised to
    /// mean 0 and variance 1; `p` from the limiting distribution (Marsaglia and Marsaglia 2004), not cut off.
    ///
    /// # Errors
    /// Undefined with fewer than four values together or with only one distinct value.
    pub fn anderson_darling(&self) -> Result<Test> {
        let (n, m) = (self.n as f64, self.m as f64);
        let total = n + m;
        if self.ties.len() < 2 || self.n + self.m < 4 {
            let why = "it needs four values and two different ones";
            return Err(Error::Undefined { what: "Anderson and Darling's statistic", why });
        }
        let (mut below_n, mut below_m, mut sum) = (0.0, 0.0, 0.0);
        for tie in &self.ties {
            let (a, b) = (tie.reference as f64, tie.current as f64);
            let count = a + b;
            let rank = below_n + below_m + count / 2.0;
            let weight = rank * (total - rank) - total * count / 4.0;
            let of = |below: f64, own: f64, size: f64| (total * (below + own / 2.0) - rank * size).powi(2) / size;
            sum += count / total * (of(below_n, a, n) + of(below_m, b, m)) / weight;
            below_n += a;
            below_m += b;
        }
        let raw = sum * (total - 1.0) / total;
        let statistic = (raw - 1.0) / anderson_darling_variance(n, m).sqrt();
        // The limit of the raw statistic has mean 1 and this variance.
        let limit = (2.0 * (std::f64::consts::PI.powi(2) - 9.0) / 3.0).sqrt();
        Ok(Test { statistic, p: anderson_darling_sf(1.0 + statistic * limit) })
    }

    /// Mann and Whitney's U of the reference, two-sided, normal with corrections for ties and continuity.
    ///
    /// # Errors
    /// Undefined if all values are equal.
    pub fn mann_whitney(&self) -> Result<Test> {
        let (n, m) = (self.n as f64, self.m as f64);
        let total = n + m;
        let (mut below, mut ranks, mut tied) = (0.0, 0.0, 0.0);
        for tie in &self.ties {
            let count = (tie.reference + tie.current) as f64;
            ranks += tie.reference as f64 * (below + (count + 1.0) / 2.0);
            tied += count.powi(3) - count;
            below += count;
        }
        let statistic = ranks - n * (n + 1.0) / 2.0;
        let variance = n * m / 12.0 * (total + 1.0 - tied / (total * (total - 1.0)));
        if self.ties.len() < 2 || variance <= 0.0 {
            return Err(Error::Undefined { what: "Mann and Whitney's test", why: "all values are equal" });
        }
        let larger = statistic.max(n * m - statistic);
        let z = (larger - n * m / 2.0 - 0.5) / variance.sqrt();
        Ok(Test { statistic, p: (2.0 * normal_sf(z)).min(1.0) })
    }

    /// Welch's t (1947) of the means, two-sided.
    ///
    /// # Errors
    /// Undefined if a sample has one value, or both are constant.
    pub fn welch(&self) -> Result<Test> {
        let what = "Welch's t";
        if self.n < 2 || self.m < 2 {
            return Err(Error::Undefined { what, why: "a sample has only one value" });
        }
        let (n, m) = (self.n as f64, self.m as f64);
        let (a, b) = (self.reference.1 / (n - 1.0) / n, self.current.1 / (m - 1.0) / m);
        if a + b <= 0.0 {
            return Err(Error::Undefined { what, why: "both samples are constant" });
        }
        let statistic = (self.reference.0 - self.current.0) / (a + b).sqrt();
        let freedom = (a + b).powi(2) / (a * a / (n - 1.0) + b * b / (m - 1.0));
        Ok(Test { statistic, p: student_two_sided(statistic, freedom) })
    }

    /// Wasserstein's distance with the p of `rounds` permutations.
    pub fn wasserstein_test(&self, rounds: usize, random: &mut Random) -> Test {
        self.permuted(Self::wasserstein, rounds, random)
    }

    /// The energy distance with the p of `rounds` permutations.
    pub fn energy_test(&self, rounds: usize, random: &mut Random) -> Test {
        self.permuted(Self::energy, rounds, random)
    }

    fn permuted(&self, statistic: impl Fn(&Self) -> f64, rounds: usize, random: &mut Random) -> Test {
        let observed = statistic(self);
        let mut members: Vec<bool> = (0..self.n + self.m).map(|at| at < self.n).collect();
        let mut other = self.clone();
        let mut extreme = 0;
        for _ in 0..rounds {
            random.shuffle(&mut members);
            let mut rest = members.iter();
            for tie in &mut other.ties {
                let count = tie.reference + tie.current;
                tie.reference = rest.by_ref().take(count).filter(|is_reference| **is_reference).count();
                tie.current = count - tie.reference;
            }
            // Equal arrangements may differ in their last digits.
            extreme += usize::from(statistic(&other) >= observed * (1.0 - 1e-12));
        }
        Test { statistic: observed, p: permutation_p(extreme, rounds) }
    }
}

fn cramer_von_mises_sf(x: f64) -> f64 {
    if x < 0.003 {
        return 1.0;
    }
    let mut sum = 0.0;
    // Gamma(k + 1/2) / Gamma(k + 1), beginning with the square root of pi.
    let mut ratio = std::f64::consts::PI.sqrt();
    for k in 0_u32..200 {
        let y = f64::from(4 * k + 1);
        let q = y * y / (16.0 * x);
        let term = ratio * y.sqrt() * (-2.0 * q).exp() * bessel_k_quarter_scaled(q);
        sum += term;
        if term < 1e-17 * sum {
            break;
        }
        ratio *= (f64::from(k) + 0.5) / (f64::from(k) + 1.0);
    }
    (1.0 - sum / (std::f64::consts::PI.powf(1.5) * x.sqrt())).clamp(0.0, 1.0)
}

/// Scholz and Stephens 1987, equation 4, for two samples.
fn anderson_darling_variance(n: f64, m: f64) -> f64 {
    let total = n + m;
    let small = 1.0 / n + 1.0 / m;
    let (mut h, mut g, mut tail) = (0.0, 0.0, 0.0);
    // g = sum over i <= N-2 of sum over j in i+1..N of 1 / ((N - i) j); the inner sum is built from its end. Where both
    // are huge it has reached its limit pi^2 / 6.
    let last = total.min(1e7) as u64;
    for i in (1..last).rev() {
        let at = i as f64;
        h += 1.0 / at;
        g += tail / (last as f64 - at);
        tail += 1.0 / at;
    }
    let a = (4.0 * g - 6.0) + (10.0 - 6.0 * g) * small;
    let b = (2.0 * g - 4.0) * 4.0 + 16.0 * h + (2.0 * g - 14.0 * h - 4.0) * small - 8.0 * h + 4.0 * g - 6.0;
    let c = (6.0 * h + 2.0 * g - 2.0) * 4.0 + (4.0 * h - 4.0 * g + 6.0) * 2.0 + (2.0 * h - 6.0) * small + 4.0 * h;
    let d = (2.0 * h + 6.0) * 4.0 - 8.0 * h;
    (a * total.powi(3) + b * total.powi(2) + c * total + d) / ((total - 1.0) * (total - 2.0) * (total - 3.0))
}

fn anderson_darling_sf(z: f64) -> f64 {
    if z <= 0.0 {
        return 1.0;
    }
    if z < 2.0 {
        let polynomial = [2.000_12, 0.247_105, -0.064_982_1, 0.034_796_2, -0.011_672, 0.001_686_91]
            .iter()
            .rev()
            .fold(0.0, |sum, factor| sum * z + factor);
        return (1.0 - (-1.233_714_1 / z).exp() / z.sqrt() * polynomial).clamp(0.0, 1.0);
    }
    // Behind 8 the fitted polynomial leaves the truth, whose logarithm falls like -z.
    let near = z.min(8.0);
    let exponent = [1.077_6, -2.306_95, 0.434_24, -0.082_433, 0.008_056, -0.000_314_6]
        .iter()
        .rev()
        .fold(0.0, |sum, factor| sum * near + factor);
    -(-(exponent - (z - near)).exp()).exp_m1()
}
