//! The exponential function and its kin, with the same bits on every machine.
//!
//! Those of the C library differ in the last digit between processors, and cannot be computed for many numbers at
//! once. These are sums, products and quotients alone, which IEEE 754 fixes.

/// Two to the 52nd and half as much again: adding it rounds to a whole number.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// `e^x` within two units in the last place; `x` is clamped to ±708.
#[inline]
pub(super) fn exp(x: f64) -> f64 {
    let x = x.clamp(-708.0, 708.0);
    // e^x = 2^k e^r with |r| <= ln 2 / 2; ln 2 in two parts keeps the digits of r (Cody and Waite 1980).
    let shifted = x * std::f64::consts::LOG2_E + ROUND;
    let k = shifted - ROUND;
    let r = x - k * 6.931_471_803_691_238e-1 - k * 1.908_214_929_270_587_7e-10;
    // Taylor's series: the next term is below 2^-57.
    let mut sum = 1.0 / 6_227_020_800.0;
    for factor in [
        1.0 / 479_001_600.0,
        1.0 / 39_916_800.0,
        1.0 / 3_628_800.0,
        1.0 / 362_880.0,
        1.0 / 40_320.0,
        1.0 / 5_040.0,
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
        1.0,
    ] {
        sum = sum * r + factor;
    }
    // The low bits of the shifted number are k.
    f64::from_bits(sum.to_bits().wrapping_add(shifted.to_bits() << 52))
}

/// `1 / (1 + e^-x)`.
#[inline]
pub(super) fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + exp(-x))
}

/// Turns scores into probabilities that sum to 1.
pub(super) fn softmax(scores: &mut [f64]) {
    let highest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut sum = 0.0;
    for score in scores.iter_mut() {
        *score = exp(*score - highest);
        sum += *score;
    }
    scores.iter_mut().for_each(|score| *score /= sum);
}

#[cfg(test)]
mod tests {
    use super::{exp, logistic, softmax};

    #[test]
    fn agrees_with_the_library() {
        for step in -7000..=7000 {
            let x = f64::from(step) * 0.1 + 0.0123;
            assert!((exp(x) / x.exp() - 1.0).abs() < 1e-15, "{x}: {} {}", exp(x), x.exp());
        }
        assert_eq!(exp(0.0), 1.0);
        assert!(exp(-1e9) > 0.0 && exp(1e9).is_finite());
        assert_eq!(logistic(0.0), 0.5);
        let mut scores = [1000.0, 1000.0, -1000.0];
        softmax(&mut scores);
        assert!((scores[0] - 0.5).abs() < 1e-15 && scores[2] < 1e-300);
    }
}
