//! What a token says about its label, as numbers of rows of weights.

use std::sync::LazyLock;

use super::known::{Kin, Known, mix};
use super::run::{Look, Run};
use super::token::{Shape, Token};

/// How many rows of weights there are.
pub const BUCKETS: usize = 1 << 18;
/// How many features a token has.
pub const FEATURES: usize = 33;

/// What stands where there is no token.
static NOWHERE: Look = Look {
    token: Token { start: 0, end: 0, hash: 7, shape: Shape::Break, is_spaced: true },
    known: Known(0),
    kin: Kin(0),
    phrase: Known(0),
    phrase_at: 0,
};

/// The features of the token at `at` of the run's looks.
pub fn features(text: &str, run: &Run<'_>, at: usize) -> [u32; FEATURES] {
    let look = |offset: isize| at.checked_add_signed(offset).and_then(|at| run.looks.get(at)).unwrap_or(&NOWHERE);
    let known = |offset: isize| u64::from(look(offset).known.0);
    let here = look(0);
    let [p1, w, n1] = [-1, 0, 1].map(|offset| &look(offset).token);
    let [g2, g1, g, h1, h2] = [-2, -1, 0, 1, 2].map(|offset| group(look(offset)));
    let (k, kp, kn) = (known(0), known(-1), known(1));
    let shape = w.shape as u64;
    let shapes = (p1.shape as u64) << 16 | shape << 8 | n1.shape as u64;
    let phrase = u64::from(here.phrase.0) << 8 | u64::from(here.phrase_at);
    let parts = Parts::of(text.get(w.start..w.end).unwrap_or(""));
    let (first_at, last_at) = row(run, at);
    let end = |place: usize| {
        let known = run.looks.get(place).map_or(0, |look| u64::from(look.known.0));
        known << 1 | u64::from(place == at)
    };
    let (first, last) = (end(first_at), end(last_at));
    // What stands before and behind the whole row says more than what stands beside the word.
    let beside = |place: Option<usize>| group(place.and_then(|place| run.looks.get(place)).unwrap_or(&NOWHERE));
    let (gb, ga) = (beside(first_at.checked_sub(1)), beside(last_at.checked_add(1)));
    let spot = (at - first_at).min(3) as u64 | ((last_at - at).min(3) as u64) << 2;
    let place = u64::from(at == run.from) | u64::from(at + 1 == run.to) << 1 | u64::from(ends_sentence(p1)) << 2;
    let is_loud = u64::from(is_loud(p1) && is_loud(w)) | u64::from(is_loud(n1) && is_loud(w)) << 1;
    [
        bucket::<1>(1),
        bucket::<2>(w.hash),
        bucket::<3>(p1.hash),
        bucket::<4>(n1.hash),
        bucket::<5>(mix(p1.hash, w.hash)),
        bucket::<6>(mix(w.hash, n1.hash)),
        bucket::<7>(shapes),
        bucket::<8>(parts.suffix_2),
        bucket::<9>(parts.suffix_3),
        bucket::<10>(parts.suffix_4),
        bucket::<11>(k),
        bucket::<12>(mix(kp, k)),
        bucket::<13>(mix(k, kn)),
        bucket::<14>(mix(mix(kp, k), kn)),
        bucket::<15>(mix(k, shape)),
        bucket::<16>(mix(p1.hash, k)),
        bucket::<17>(mix(n1.hash, k)),
        bucket::<18>(mix(place, k)),
        bucket::<19>(mix(phrase, k)),
        bucket::<20>(mix(is_loud, mix(k, place))),
        bucket::<21>(mix(last, k)),
        bucket::<22>(mix(first, mix(k, shape))),
        bucket::<23>(mix(mix(first, last), mix(place, shapes))),
        bucket::<24>(g),
        bucket::<25>(g1),
        bucket::<26>(h1),
        bucket::<27>(mix(g1, g)),
        bucket::<28>(mix(g, h1)),
        bucket::<29>(mix(mix(g2, g1), shape)),
        bucket::<30>(mix(mix(h1, h2), shape)),
        bucket::<31>(mix(spot, mix(shapes, place))),
        bucket::<32>(mix(gb, mix(spot, shape))),
        bucket::<33>(mix(ga, mix(spot, shape))),
    ]
}

/// A value of a feature: the row of its weights in the lowest bits, and its mark in the highest.
#[inline]
fn bucket<const FEATURE: u64>(value: u64) -> u32 {
    (mix(value ^ FEATURE.wrapping_mul(0xd6e8_feb8_6659_fd93), FEATURE) >> 32) as u32
}

/// The row of weights of a value of a feature.
pub const fn row_of(feature: u32) -> usize {
    feature as usize & (BUCKETS - 1)
}

/// The mark by which a row tells that its weights are those of this value and not of another one.
pub const fn mark_of(feature: u32) -> u8 {
    (feature >> 24) as u8
}

/// The group of a word; of what is none, what it is.
fn group(look: &Look) -> u64 {
    match look.token.shape {
        Shape::Sign => look.token.hash,
        shape if look.kin == Kin::default() => shape as u64,
        _ => 0x100 + u64::from(look.kin.0),
    }
}

fn ends_sentence(token: &Token) -> bool {
    static FULL_STOP: LazyLock<u64> = LazyLock::new(|| super::word_hash("."));
    token.shape == Shape::Break || (token.shape == Shape::Sign && token.hash == *FULL_STOP)
}

/// Capitals throughout say nothing.
fn is_loud(token: &Token) -> bool {
    matches!(token.shape, Shape::Upper | Shape::Capital)
}

/// The first and the last of the capitalised words in a row that this one is among.
fn row(run: &Run<'_>, at: usize) -> (usize, usize) {
    let is_in = |at: usize| {
        (run.from..run.to).contains(&at)
            && run.looks.get(at).is_some_and(|look| !matches!(look.token.shape, Shape::Lower | Shape::Sign))
    };
    let mut first = at;
    while first > 0 && is_in(first - 1) {
        first -= 1;
    }
    let mut last = at;
    while is_in(last + 1) {
        last += 1;
    }
    (first, last)
}

/// How a word ends.
struct Parts {
    suffix_2: u64,
    suffix_3: u64,
    suffix_4: u64,
}

impl Parts {
    fn of(word: &str) -> Self {
        if word.is_ascii() { Self::of_ascii(word.as_bytes()) } else { Self::of_any(word) }
    }

    fn of_any(word: &str) -> Self {
        let mut count = 0_u64;
        let mut ends = ['\0'; 4];
        for c in word.chars() {
            ends.rotate_left(1);
            ends[3] = if c.is_ascii() { c.to_ascii_lowercase() } else { c.to_lowercase().next().unwrap_or(c) };
            count += 1;
        }
        let joined = |chars: &[char]| chars.iter().fold(count.min(1), |hash, c| mix(hash, u64::from(*c)));
        Self {
            suffix_2: joined(ends.get(2..).unwrap_or_default()),
            suffix_3: joined(ends.get(1..).unwrap_or_default()),
            suffix_4: joined(&ends),
        }
    }

    /// The same for a word of ASCII, of which no more than its end need be read.
    fn of_ascii(word: &[u8]) -> Self {
        let last = |back: usize| {
            let place = word.len().checked_sub(back);
            place.and_then(|at| word.get(at)).map_or(0, |byte| u64::from(byte.to_ascii_lowercase()))
        };
        let start = (word.len() as u64).min(1);
        Self {
            suffix_2: mix(mix(start, last(2)), last(1)),
            suffix_3: mix(mix(mix(start, last(3)), last(2)), last(1)),
            suffix_4: mix(mix(mix(mix(start, last(4)), last(3)), last(2)), last(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_ascii_have_the_parts_of_all_words() {
        let parts = |parts: Parts| {
            let Parts { suffix_2, suffix_3, suffix_4 } = parts;
            [suffix_2, suffix_3, suffix_4]
        };
        for word in ["", "A", "of", "The", "York", "Kaiserslautern", "O'Brien"] {
            assert_eq!(parts(Parts::of_ascii(word.as_bytes())), parts(Parts::of_any(word)), "{word}");
        }
    }

    #[test]
    fn a_mark_and_a_row_are_parts_of_a_feature() {
        assert_eq!((row_of(0xab00_0007), mark_of(0xab00_0007)), (7, 0xab));
        assert!(row_of(u32::MAX) < BUCKETS);
    }
}
