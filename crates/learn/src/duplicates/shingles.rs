//! Texts as sets of short pieces.

use crate::words::words;

/// What a text is cut into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Words in lower case, so many in a row.
    Words(usize),
    /// Characters in lower case, spaces as one, so many in a row.
    Characters(usize),
}

/// The different pieces of a text, as hashes in order. Two pieces with one hash are one in 2^64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shingles(Vec<u64>);

impl Shingles {
    /// Cuts a text. One that is shorter than a piece is one piece; one without words, or characters, has none.
    #[must_use]
    pub fn new(text: &str, unit: Unit) -> Self {
        let (parts, size): (Vec<u64>, usize) = match unit {
            Unit::Words(size) => (words(text).map(|word| hash(word.bytes())).collect(), size),
            Unit::Characters(size) => {
                let spaced: Vec<&str> = text.split_whitespace().collect();
                let lower = spaced.join(" ").to_lowercase();
                (lower.chars().map(|c| mixed(u64::from(u32::from(c)))).collect(), size)
            }
        };
        let size = size.clamp(1, parts.len().max(1));
        let piece = |parts: &[u64]| parts.iter().fold(0, |hash, part| mixed(hash ^ part));
        let mut pieces: Vec<u64> = parts.windows(size).map(piece).collect();
        pieces.sort_unstable();
        pieces.dedup();
        Self(pieces)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = u64> {
        self.0.iter().copied()
    }

    /// The share of pieces of either that both have (Jaccard 1901), `0..=1`; 0 if neither has any.
    #[must_use]
    pub fn jaccard(&self, other: &Self) -> f64 {
        let (mut left, mut right, mut both) = (self.0.as_slice(), other.0.as_slice(), 0_usize);
        while let (Some((one, rest_left)), Some((two, rest_right))) = (left.split_first(), right.split_first()) {
            if one <= two {
                left = rest_left;
            }
            if two <= one {
                right = rest_right;
            }
            both += usize::from(one == two);
        }
        let either = self.len() + other.len() - both;
        if either == 0 { 0.0 } else { both as f64 / either as f64 }
    }
}

/// FNV-1a, then mixed.
fn hash(bytes: impl Iterator<Item = u8>) -> u64 {
    mixed(bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)))
}

/// The finish of SplitMix64 (Steele, Lea and Flood 2014): every bit depends on every other.
pub(super) const fn mixed(bits: u64) -> u64 {
    let z = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
