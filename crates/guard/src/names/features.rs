//! What a token says about its label, as numbers of weights.

use std::sync::LazyLock;

use super::known::{Known, mix};
use super::run::{Look, Run};
use super::token::{Shape, Token};

/// How many weights there are for each label.
pub const BUCKETS: usize = 1 << 18;
/// How many features a token has.
pub const FEATURES: usize = 36;

/// What stands where there is no token.
static NOWHERE: Look = Look {
    token: Token { start: 0, end: 0, hash: 7, shape: Shape::Break, is_spaced: true },
    known: Known(0),
    phrase: Known(0),
    phrase_at: 0,
};

/// The features of the token at `at` of the run's looks.
pub fn features(text: &str, run: &Run<'_>, at: usize) -> [u32; FEATURES] {
    let look = |offset: isize| at.checked_add_signed(offset).and_then(|at| run.looks.get(at)).unwrap_or(&NOWHERE);
    let known = |offset: isize| u64::from(look(offset).known.0);
    let here = look(0);
    let [p2, p1, w, n1, n2] = [-2, -1, 0, 1, 2].map(|offset| &look(offset).token);
    let (k, kp, kn) = (known(0), known(-1), known(1));
    let shape = w.shape as u64;
    let shapes = (p1.shape as u64) << 16 | shape << 8 | n1.shape as u64;
    let phrase = u64::from(here.phrase.0) << 8 | u64::from(here.phrase_at);
    let parts = Parts::of(text.get(w.start..w.end).unwrap_or(""));
    let (first, last) = neighbours(run, at);
    let place = u64::from(at == run.from) | u64::from(at + 1 == run.to) << 1 | u64::from(ends_sentence(p1)) << 2;
    let is_loud = u64::from(is_loud(p1) && is_loud(w)) | u64::from(is_loud(n1) && is_loud(w)) << 1;
    [
        bucket::<1>(1),
        bucket::<2>(w.hash),
        bucket::<3>(p1.hash),
        bucket::<4>(n1.hash),
        bucket::<5>(p2.hash),
        bucket::<6>(n2.hash),
        bucket::<7>(mix(p1.hash, w.hash)),
        bucket::<8>(mix(w.hash, n1.hash)),
        bucket::<9>(mix(shape, parts.length)),
        bucket::<10>(shapes),
        bucket::<11>(parts.prefix_2),
        bucket::<12>(parts.prefix_3),
        bucket::<13>(parts.suffix_2),
        bucket::<14>(parts.suffix_3),
        bucket::<15>(parts.suffix_4),
        bucket::<16>(k),
        bucket::<17>(kp),
        bucket::<18>(kn),
        bucket::<19>(mix(kp, k)),
        bucket::<20>(mix(k, kn)),
        bucket::<21>(mix(mix(kp, k), kn)),
        bucket::<22>(mix(k, shape)),
        bucket::<23>(mix(p1.hash, k)),
        bucket::<24>(mix(n1.hash, k)),
        bucket::<25>(mix(place, k)),
        bucket::<26>(mix(phrase, 3)),
        bucket::<27>(mix(phrase, k)),
        bucket::<28>(mix(is_loud, mix(k, place))),
        bucket::<29>(mix(p2.hash, p1.hash)),
        bucket::<30>(mix(n1.hash, n2.hash)),
        bucket::<31>(mix(known(-2), kp)),
        bucket::<32>(mix(kn, known(2))),
        bucket::<33>(mix(last, k)),
        bucket::<34>(mix(first, mix(k, shape))),
        bucket::<35>(mix(mix(p1.hash, shape), place)),
        bucket::<36>(mix(mix(first, last), mix(place, shapes))),
    ]
}

/// The weights of a value of a feature.
#[inline]
fn bucket<const FEATURE: u64>(value: u64) -> u32 {
    (mix(value ^ FEATURE.wrapping_mul(0xd6e8_feb8_6659_fd93), FEATURE) >> 40) as u32 & (BUCKETS as u32 - 1)
}

fn ends_sentence(token: &Token) -> bool {
    static FULL_STOP: LazyLock<u64> = LazyLock::new(|| super::word_hash("."));
    token.shape == Shape::Break || (token.shape == Shape::Sign && token.hash == *FULL_STOP)
}

/// Capitals throughout say nothing.
fn is_loud(token: &Token) -> bool {
    matches!(token.shape, Shape::Upper | Shape::Capital)
}

/// What is known of the first and of the last of the capitalised words in a row that this one is among.
fn neighbours(run: &Run<'_>, at: usize) -> (u64, u64) {
    let is_in = |at: usize| {
        (run.from..run.to).contains(&at)
            && run.looks.get(at).is_some_and(|look| !matches!(look.token.shape, Shape::Lower | Shape::Sign))
    };
    let known = |at: usize| run.looks.get(at).map_or(0, |look| u64::from(look.known.0));
    let mut first = at;
    while first > 0 && is_in(first - 1) {
        first -= 1;
    }
    let mut last = at;
    while is_in(last + 1) {
        last += 1;
    }
    (known(first) << 1 | u64::from(first == at), known(last) << 1 | u64::from(last == at))
}

/// How a word begins and ends.
struct Parts {
    length: u64,
    prefix_2: u64,
    prefix_3: u64,
    suffix_2: u64,
    suffix_3: u64,
    suffix_4: u64,
}

impl Parts {
    fn of(word: &str) -> Self {
        if word.is_ascii() { Self::of_ascii(word.as_bytes()) } else { Self::of_any(word) }
    }

    fn of_any(word: &str) -> Self {
        let mut small = ['\0'; 4];
        let mut count = 0_u64;
        let mut ends = ['\0'; 4];
        for c in word.chars() {
            let c = if c.is_ascii() { c.to_ascii_lowercase() } else { c.to_lowercase().next().unwrap_or(c) };
            if let Some(place) = small.get_mut(count as usize) {
                *place = c;
            }
            ends.rotate_left(1);
            ends[3] = c;
            count += 1;
        }
        let joined = |chars: &[char]| chars.iter().fold(count.min(1), |hash, c| mix(hash, u64::from(*c)));
        Self {
            length: count.min(12),
            prefix_2: joined(small.get(..2).unwrap_or_default()),
            prefix_3: joined(small.get(..3).unwrap_or_default()),
            suffix_2: joined(ends.get(2..).unwrap_or_default()),
            suffix_3: joined(ends.get(1..).unwrap_or_default()),
            suffix_4: joined(&ends),
        }
    }

    /// The same for a word of ASCII, of which no more than its ends need be read.
    fn of_ascii(word: &[u8]) -> Self {
        let count = word.len() as u64;
        let small = |at: usize| word.get(at).map_or(0, |byte| u64::from(byte.to_ascii_lowercase()));
        let last = |back: usize| word.len().checked_sub(back).map_or(0, small);
        let start = count.min(1);
        let [first, second, third] = [small(0), small(1), small(2)];
        let prefix_2 = mix(mix(start, first), second);
        Self {
            length: count.min(12),
            prefix_2,
            prefix_3: mix(prefix_2, third),
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
            let Parts { length, prefix_2, prefix_3, suffix_2, suffix_3, suffix_4 } = parts;
            [length, prefix_2, prefix_3, suffix_2, suffix_3, suffix_4]
        };
        for word in ["", "A", "of", "The", "York", "Kaiserslautern", "O'Brien"] {
            assert_eq!(parts(Parts::of_ascii(word.as_bytes())), parts(Parts::of_any(word)), "{word}");
        }
    }
}
