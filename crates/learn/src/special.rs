//! Tails and quantiles of the distributions that tests need.

use statrs::function::{beta, erf, gamma};

/// `P(Z > z)` for a standard normal `Z`.
pub(crate) fn normal_sf(z: f64) -> f64 {
    // statrs' own is good to ten digits only.
    0.5 * libm::erfc(z * std::f64::consts::FRAC_1_SQRT_2)
}

/// `z` with `P(Z <= z) = p`.
pub(crate) fn normal_quantile(p: f64) -> f64 {
    let z = -std::f64::consts::SQRT_2 * erf::erfc_inv(2.0 * p.clamp(0.0, 1.0));
    let density = (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
    // One step of Newton.
    if density > 0.0 { z - (normal_sf(-z) - p) / density } else { z }
}

/// `P(X > x)` for chi-square with `freedom` degrees.
pub(crate) fn chi_square_sf(x: f64, freedom: f64) -> f64 {
    if x <= 0.0 || freedom <= 0.0 {
        return 1.0;
    }
    gamma::checked_gamma_ur(freedom / 2.0, x / 2.0).unwrap_or(0.0).clamp(0.0, 1.0)
}

/// `x` with `P(X > x) = p` for chi-square with `freedom` degrees, by bisection.
pub(crate) fn chi_square_quantile_sf(p: f64, freedom: f64) -> f64 {
    let (mut low, mut high) = (0.0, freedom.max(1.0));
    while chi_square_sf(high, freedom) > p && high < 1e12 {
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if chi_square_sf(middle, freedom) > p {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// `P(|T| > |t|)` for Student's t.
pub(crate) fn student_two_sided(t: f64, freedom: f64) -> f64 {
    beta::checked_beta_reg(freedom / 2.0, 0.5, freedom / (freedom + t * t)).unwrap_or(1.0).clamp(0.0, 1.0)
}

/// `P(X >= least)` for a binomial `X`.
pub(crate) fn binomial_at_least(least: u64, trials: u64, p: f64) -> f64 {
    if least == 0 {
        return 1.0;
    }
    if least > trials || p <= 0.0 {
        return 0.0;
    }
    if p >= 1.0 {
        return 1.0;
    }
    beta::checked_beta_reg(least as f64, (trials - least + 1) as f64, p).unwrap_or(0.0).clamp(0.0, 1.0)
}

/// `exp(x) K_{1/4}(x)`, the modified Bessel function of the second kind for `x > 0`: the trapezoidal rule on
/// `K_v(x) = int_0^inf exp(-x cosh t) cosh(v t) dt`, whose error falls double-exponentially.
pub(crate) fn bessel_k_quarter_scaled(x: f64) -> f64 {
    const STEP: f64 = 1.0 / 32.0;
    // Beyond, exp(-x (cosh t - 1)) is below 1e-18.
    let mut sum = 0.5;
    for step in 1_u32..2000 {
        let t = f64::from(step) * STEP;
        let exponent = x * (t.cosh() - 1.0);
        if exponent > 42.0 {
            break;
        }
        sum += (-exponent).exp() * (0.25 * t).cosh();
    }
    sum * STEP
}

/// The p-value of a permutation test in which `extreme` of `rounds` draws were at least as extreme: the observed
/// arrangement is one of those possible (Phipson and Smyth 2010), so it is never zero.
pub(crate) fn permutation_p(extreme: usize, rounds: usize) -> f64 {
    (extreme as f64 + 1.0) / (rounds as f64 + 1.0)
}

/// The quantile of sorted values as in the field's usual definition (Hyndman and Fan 1996, type 7); zero for none.
pub(crate) fn quantile(sorted: &[f64], p: f64) -> f64 {
    let place = (sorted.len().saturating_sub(1)) as f64 * p.clamp(0.0, 1.0);
    let below = sorted.get(place.floor() as usize).copied().unwrap_or_default();
    let above = sorted.get(place.ceil() as usize).copied().unwrap_or(below);
    let share = place - place.floor();
    // As numpy does, so that edges of bins agree to the last bit.
    if share >= 0.5 { above - (above - below) * (1.0 - share) } else { below + (above - below) * share }
}

/// Mean and the sum of squared deviations from it.
pub(crate) fn mean_and_squares(values: &[f64]) -> (f64, f64) {
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    (mean, values.iter().map(|value| (value - mean).powi(2)).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        // scipy 1.17.
        for (found, expected) in [
            (normal_sf(1.0), 0.158_655_253_931_457_05),
            (normal_sf(-3.0), 0.998_650_101_968_369_9),
            (normal_quantile(0.975), 1.959_963_984_540_054),
            (chi_square_sf(3.841_458_820_694_124, 1.0), 0.05),
            (chi_square_quantile_sf(0.05, 9.0), 16.918_977_604_620_448),
            (student_two_sided(2.0, 10.0), 0.073_388_034_770_740_36),
            (binomial_at_least(9, 10, 0.5), 0.010_742_187_5),
            (bessel_k_quarter_scaled(1.0), 1.170_872_101_678_126_5),
            (bessel_k_quarter_scaled(0.05), 3.771_684_782_719_133_5),
        ] {
            assert!((found / expected - 1.0).abs() < 1e-11, "{found} {expected}");
        }
    }
}
