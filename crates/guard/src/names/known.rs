//! What is known of single words and of short phrases: lists made into one table of hashes.

/// What is known of a word, as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Known(pub u16);

impl Known {
    /// A given name.
    pub const GIVEN: Self = Self(1);
    /// A family name.
    pub const FAMILY: Self = Self(1 << 1);
    /// A place.
    pub const PLACE: Self = Self(1 << 2);
    /// An organisation.
    pub const ORGANISATION: Self = Self(1 << 3);
    /// `Mr`, `president`: a person follows.
    pub const TITLE: Self = Self(1 << 4);
    /// `Inc`, `university`: belongs to the name of an organisation.
    pub const ORGANISATION_WORD: Self = Self(1 << 5);
    /// `street`, `river`: belongs to the name of a place.
    pub const PLACE_WORD: Self = Self(1 << 6);
    /// Months, days, products: written with a capital, and nobody's name.
    pub const OTHER: Self = Self(1 << 7);
    /// `French`.
    pub const DEMONYM: Self = Self(1 << 8);
    /// `said`: what persons do.
    pub const VERB: Self = Self(1 << 9);
    /// `near`: a place follows.
    pub const NEAR: Self = Self(1 << 10);
    /// A common word.
    pub const COMMON: Self = Self(1 << 11);
    /// A known phrase begins with it.
    pub const STARTS: Self = Self(1 << 12);
    /// Known well enough to be looked at even without a capital.
    pub const FAMILIAR: Self = Self(1 << 13);
    /// A family name of a census, and no everyday word.
    pub const SURNAME: Self = Self(1 << 14);
    /// A town of a gazetteer, and no everyday word.
    pub const TOWN: Self = Self(1 << 15);

    /// Whether any of these bits is set.
    pub const fn any(self, bits: Self) -> bool {
        self.0 & bits.0 != 0
    }

    /// Both.
    #[must_use]
    pub const fn with(self, bits: Self) -> Self {
        Self(self.0 | bits.0)
    }
}

/// The company that a word keeps: the number of a group of words that stand among the same words, or zero. Found
/// once from word vectors, when the model is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Kin(pub u16);

impl Kin {
    /// How many bits tell groups apart that are among the same larger group.
    pub const FINE_BITS: u32 = 10;
}

/// The lists as an open-addressed table, as it lies in the model's file: entries of a 32-bit fingerprint, the bits
/// and the kin, zero where free.
#[derive(Clone, Debug)]
pub struct Table<'a> {
    entries: &'a [u8],
    /// One less than the number of entries, a power of two.
    mask: usize,
    /// Bits of the fingerprints of familiar words: nearly every word is told from them not to be one.
    familiar: Box<[u64; FAMILIAR_BITS / 64]>,
}

/// The bitmap stays in the nearest cache.
const FAMILIAR_BITS: usize = 1 << 17;

/// The bytes of an entry.
pub(super) const ENTRY_BYTES: usize = 8;
/// How far an entry may lie from its place.
const PROBES_MAX: usize = 64;

impl<'a> Table<'a> {
    /// A table over its bytes, if there are as many as a table has.
    pub fn new(entries: &'a [u8]) -> Option<Self> {
        let count = entries.len() / ENTRY_BYTES;
        let is_whole = count.is_power_of_two() && count * ENTRY_BYTES == entries.len();
        is_whole.then(|| {
            let mut familiar = Box::new([0; FAMILIAR_BITS / 64]);
            let (entries_of, _) = entries.as_chunks::<ENTRY_BYTES>();
            for [a, b, c, d, low, high, ..] in entries_of {
                if Known(u16::from_le_bytes([*low, *high])).any(Known::FAMILIAR) {
                    let (word, bit) = familiar_bit(u32::from_le_bytes([*a, *b, *c, *d]));
                    if let Some(bits) = familiar.get_mut(word) {
                        *bits |= bit;
                    }
                }
            }
            Self { entries, mask: count - 1, familiar }
        })
    }

    /// Whether the word of this hash is known well enough to be seen without a capital.
    pub(super) fn is_familiar(&self, hash: u64) -> bool {
        let (word, bit) = familiar_bit(place_of(hash, self.mask).1);
        self.familiar.get(word).is_some_and(|bits| bits & bit != 0) && self.look_up(hash).any(Known::FAMILIAR)
    }

    /// Makes the bytes of a table.
    pub fn build(words: &[(u64, Known, Kin)]) -> Vec<u8> {
        // At most three entries of four are taken.
        let count = (words.len() + words.len() / 3).next_power_of_two().max(16);
        let mut entries = vec![0; count * ENTRY_BYTES];
        for (hash, known, kin) in words {
            let (place, print) = place_of(*hash, count - 1);
            for probe in 0..PROBES_MAX {
                let at = (place + probe) & (count - 1);
                let Some(entry) = entries.get_mut(at * ENTRY_BYTES..(at + 1) * ENTRY_BYTES) else { break };
                let Some((old, bits)) = entry.split_first_chunk_mut::<4>() else { break };
                let there = u32::from_le_bytes(*old);
                if there != 0 && there != print {
                    continue;
                }
                *old = print.to_le_bytes();
                let more = known.0.to_le_bytes().into_iter().chain(kin.0.to_le_bytes());
                for (bits, more) in bits.iter_mut().zip(more) {
                    *bits |= more;
                }
                break;
            }
        }
        entries
    }

    /// What is known of the word or phrase of this hash.
    pub fn look_up(&self, hash: u64) -> Known {
        self.entry(hash).0
    }

    /// What is known of the word or phrase of this hash, and its kin.
    pub fn entry(&self, hash: u64) -> (Known, Kin) {
        let (place, print) = place_of(hash, self.mask);
        for probe in 0..PROBES_MAX {
            let at = ((place + probe) & self.mask) * ENTRY_BYTES;
            let entry = self.entries.get(at..).and_then(|rest| rest.first_chunk::<ENTRY_BYTES>());
            let Some(&[a, b, c, d, low, high, kin_low, kin_high]) = entry else { break };
            let there = u32::from_le_bytes([a, b, c, d]);
            if there == 0 {
                break;
            }
            if there == print {
                return (Known(u16::from_le_bytes([low, high])), Kin(u16::from_le_bytes([kin_low, kin_high])));
            }
        }
        (Known::default(), Kin::default())
    }
}

fn familiar_bit(print: u32) -> (usize, u64) {
    let place = print as usize % FAMILIAR_BITS;
    (place / 64, 1 << (place % 64))
}

fn place_of(hash: u64, mask: usize) -> (usize, u32) {
    ((hash as usize) & mask, ((hash >> 32) as u32).max(1))
}

/// The hash of a word in lower case, without a full stop behind it.
pub fn word_hash(word: &str) -> u64 {
    let word = match word.strip_suffix('.') {
        Some(stem) if !stem.is_empty() => stem,
        _ => word,
    };
    if word.is_ascii() { hash_bytes(word.as_bytes()) } else { hash_bytes(word.to_lowercase().as_bytes()) }
}

/// The hash of a phrase of words.
pub fn phrase(words: impl IntoIterator<Item = u64>) -> u64 {
    words.into_iter().fold(0x5eed_0f9a_3e1d_77c1, mix)
}

/// One hash of two.
pub fn mix(a: u64, b: u64) -> u64 {
    let product = (a.rotate_left(23) ^ b).wrapping_mul(MULTIPLIER);
    product ^ (product >> 29)
}

const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
/// The bit that makes a capital letter of ASCII small, in each byte.
const SMALL: u64 = 0x2020_2020_2020_2020;

/// The hash of a word of at most eight bytes, the first the lowest, with nothing behind them.
pub(super) fn hash_short(word: u64, length: usize) -> u64 {
    let hash = mix(length as u64, word | SMALL);
    mix(hash, hash >> 32)
}

pub(super) fn hash_bytes(bytes: &[u8]) -> u64 {
    let mut hash = bytes.len() as u64;
    let (chunks, rest) = bytes.as_chunks::<8>();
    for chunk in chunks {
        hash = mix(hash, u64::from_le_bytes(*chunk) | SMALL);
    }
    if !rest.is_empty() {
        let mut last = [0; 8];
        for (to, from) in last.iter_mut().zip(rest) {
            *to = *from;
        }
        hash = mix(hash, u64::from_le_bytes(last) | SMALL);
    }
    // The low bits choose the place and the high bits are the fingerprint: both must depend on everything.
    mix(hash, hash >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_any_case() {
        let words = ["paris", "müller", "xi'an", "a", "kaiserslautern-land"];
        let list: Vec<_> = words.iter().map(|word| (word_hash(word), Known::PLACE, Kin(7))).collect();
        let bytes = Table::build(&list);
        let table = Table::new(&bytes).unwrap();
        for word in ["Paris", "PARIS", "MÜLLER", "Müller", "Xi'an", "A", "Kaiserslautern-Land", "a."] {
            assert_eq!(table.entry(word_hash(word)), (Known::PLACE, Kin(7)), "{word}");
        }
        for word in ["pari", "pariss", "muller", "", "kaiserslautern"] {
            assert_eq!(table.entry(word_hash(word)), (Known::default(), Kin::default()), "{word}");
        }
        for word in ["a", "of", "seven", "eightlet"] {
            let mut bytes = [0; 8];
            bytes[..word.len()].copy_from_slice(word.as_bytes());
            assert_eq!(hash_short(u64::from_le_bytes(bytes), word.len()), word_hash(word), "{word}");
        }
        assert!(Table::new(&bytes[1..]).is_none() && Table::new(&[]).is_none());
    }
}
