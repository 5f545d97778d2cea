//! Chance from a seed, the same on every machine.

/// xoshiro256++ (Blackman and Vigna 2021), seeded by SplitMix64. Not for keys: whoever sees a few outputs knows the rest.
#[derive(Debug, Clone)]
pub struct Random([u64; 4]);

impl Random {
    /// A generator whose whole future is in the seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        let (a, state) = split_mix(seed);
        let (b, state) = split_mix(state);
        let (c, state) = split_mix(state);
        let (d, _) = split_mix(state);
        Self([a, b, c, d])
    }

    /// Sixty-four bits.
    pub const fn bits(&mut self) -> u64 {
        let Self([a, b, c, d]) = self;
        let result = a.wrapping_add(*d).rotate_left(23).wrapping_add(*a);
        let shifted = *b << 17;
        *c ^= *a;
        *d ^= *b;
        *b ^= *c;
        *a ^= *d;
        *c ^= shifted;
        *d = d.rotate_left(45);
        result
    }

    /// Uniform in `[0, 1)`, in steps of 2^-53.
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// A whole number below `count`, each equally often (Lemire 2019); zero if there is none.
    pub fn below(&mut self, count: usize) -> usize {
        let count = count as u64;
        if count == 0 {
            return 0;
        }
        let refused = count.wrapping_neg() % count;
        loop {
            let product = u128::from(self.bits()) * u128::from(count);
            if product as u64 >= refused {
                return (product >> 64) as usize;
            }
        }
    }

    /// Normal with mean 0 and variance 1, by the polar method (Marsaglia and Bray 1964).
    pub fn normal(&mut self) -> f64 {
        loop {
            let x = 2.0 * self.uniform() - 1.0;
            let y = 2.0 * self.uniform() - 1.0;
            let square = x * x + y * y;
            if square > 0.0 && square < 1.0 {
                return x * (-2.0 * square.ln() / square).sqrt();
            }
        }
    }

    /// Brings items into any order, each equally likely (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }

    /// How many of `trials` succeed, each with the chance `p`: exact, by inversion from the mode, in about
    /// `sqrt(trials p (1 - p))` steps.
    pub fn binomial(&mut self, trials: u64, p: f64) -> u64 {
        if trials == 0 || p.is_nan() || p <= 0.0 {
            return 0;
        }
        if p >= 1.0 {
            return trials;
        }
        let n = trials as f64;
        let odds = p / (1.0 - p);
        let mode = ((n + 1.0) * p).floor().min(n);
        let ln_gamma = statrs::function::gamma::ln_gamma;
        let at_mode = (ln_gamma(n + 1.0) - ln_gamma(mode + 1.0) - ln_gamma(n - mode + 1.0)
            + mode * p.ln()
            + (n - mode) * (-p).ln_1p())
        .exp();
        let mut left = self.uniform() - at_mode;
        let (mut low, mut high) = (mode, mode);
        let (mut at_low, mut at_high) = (at_mode, at_mode);
        while left > 0.0 && (low > 0.0 || high < n) {
            if high < n {
                at_high *= (n - high) / (high + 1.0) * odds;
                high += 1.0;
                left -= at_high;
                if left <= 0.0 {
                    return high as u64;
                }
            }
            if low > 0.0 {
                at_low *= low / (n - low + 1.0) / odds;
                low -= 1.0;
                left -= at_low;
                if left <= 0.0 {
                    return low as u64;
                }
            }
            if at_low + at_high < 1e-300 {
                break;
            }
        }
        mode as u64
    }
}

const fn split_mix(state: u64) -> (u64, u64) {
    let state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31), state)
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn moments_are_as_they_should_be() {
        let mut random = Random::new(1);
        let check = |name: &str, values: Vec<f64>, mean: f64, variance: f64| {
            let n = values.len() as f64;
            let found = values.iter().sum::<f64>() / n;
            let spread = values.iter().map(|value| (value - found).powi(2)).sum::<f64>() / n;
            assert!((found - mean).abs() < 5.0 * (variance / n).sqrt(), "{name}: mean {found}");
            assert!((spread / variance - 1.0).abs() < 0.05, "{name}: variance {spread}");
        };
        check("uniform", (0..20_000).map(|_| random.uniform()).collect(), 0.5, 1.0 / 12.0);
        check("normal", (0..20_000).map(|_| random.normal()).collect(), 0.0, 1.0);
        check("below", (0..20_000).map(|_| random.below(6) as f64).collect(), 2.5, 35.0 / 12.0);
        for (trials, p) in [(1, 0.5), (10, 0.1), (1000, 0.9), (100_000, 0.001), (1_000_000, 0.5)] {
            let drawn = (0..20_000).map(|_| random.binomial(trials, p) as f64).collect();
            check("binomial", drawn, trials as f64 * p, trials as f64 * p * (1.0 - p));
        }
    }

    #[test]
    fn edges() {
        let mut random = Random::new(2);
        assert_eq!(random.below(0), 0);
        assert_eq!(random.below(1), 0);
        for (trials, p, expected) in [(0, 0.5, 0), (7, 0.0, 0), (7, 1.0, 7), (7, -1.0, 0), (7, f64::NAN, 0)] {
            assert_eq!(random.binomial(trials, p), expected);
        }
        let mut items: Vec<usize> = (0..50).collect();
        random.shuffle(&mut items);
        assert_ne!(items, (0..50).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..50).collect::<Vec<_>>());
    }

    #[test]
    fn a_seed_means_the_same_for_ever() {
        let mut random = Random::new(42);
        let first: Vec<u64> = (0..3).map(|_| random.bits()).collect();
        // As an independent implementation says.
        assert_eq!(first, [15_021_278_609_987_233_951, 5_881_210_131_331_364_753, 18_149_643_915_985_481_100]);
    }
}
