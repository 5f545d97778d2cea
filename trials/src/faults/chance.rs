//! Chance that a seed repeats.

use std::hash::{BuildHasher, RandomState};

/// A SplitMix64 generator (Steele, Lea, Flood 2014).
#[derive(Clone, Debug)]
pub(super) struct Chance(u64);

impl Chance {
    /// From `REDOUBT_FAULTS_SEED` if it is set, else from chance itself; the seed is returned, to be told.
    pub(super) fn seeded() -> (Self, u64) {
        let given = std::env::var("REDOUBT_FAULTS_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| RandomState::new().hash_one(0) >> 32);
        (Self(seed), seed)
    }

    /// A number below `bound`; zero if the bound is zero.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        usize::try_from(z.checked_rem(bound as u64).unwrap_or(0)).unwrap_or(0)
    }
}
