//! Chance that need not be secret.

/// A SplitMix64 generator (Steele, Lea, Flood 2014), seeded for each request: weights and jitter need
/// evenness, not secrecy, and a seed makes a test repeatable.
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `bound`; zero if the bound is zero.
    pub(crate) const fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        match z.checked_rem(bound) {
            Some(number) => number,
            None => 0,
        }
    }
}
