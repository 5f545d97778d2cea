//! What a token says about its label, as numbers of weights.

use super::known::{Known, mix};
use super::run::Run;
use super::token::{Shape, Token};

/// How many weights there are for each label.
pub const BUCKETS: usize = 1 << 18;
/// How many features a token has.
pub const FEATURES: usize = 36;

/// What stands where there is no token.
const NOWHERE: Token = Token { start: 0, end: 0, hash: 7, shape: Shape::Break, is_spaced: true };

/// The features of the token at `at` of the run's looks.
pub fn features(text: &str, run: &Run<'_>, at: usize) -> [u32; FEATURES] {
    let token = |offset: isize| {
        at.checked_add_signed(offset).and_then(|at| run.looks.get(at)).map_or(NOWHERE, |look| look.token)
    };
    let known = |offset: isize| {
        let look = at.checked_add_signed(offset).and_then(|at| run.looks.get(at));
        u64::from(look.map_or(Known::default(), |look| look.known).0)
    };
    let here = run.looks.get(at);
    let (w, p1, n1, p2, n2) = (token(0), token(-1), token(1), token(-2), token(2));
    let (k, kp, kn) = (known(0), known(-1), known(1));
    let shape = w.shape as u64;
    let shapes = (p1.shape as u64) << 16 | shape << 8 | n1.shape as u64;
    let phrase = here.map_or(0, |look| u64::from(look.phrase.0) << 8 | u64::from(look.phrase_at));
    let parts = Parts::of(text.get(w.start..w.end).unwrap_or(""));
    let (first, last) = neighbours(run, at);
    let place = u64::from(at == run.from) | u64::from(at + 1 == run.to) << 1 | u64::from(ends_sentence(p1)) << 2;
    let is_loud = u64::from(is_loud(p1) && is_loud(w)) | u64::from(is_loud(n1) && is_loud(w)) << 1;
    let values = [
        1,
        w.hash,
        p1.hash,
        n1.hash,
        p2.hash,
        n2.hash,
        mix(p1.hash, w.hash),
        mix(w.hash, n1.hash),
        mix(shape, parts.length),
        shapes,
        parts.prefix_2,
        parts.prefix_3,
        parts.suffix_2,
        parts.suffix_3,
        parts.suffix_4,
        k,
        kp,
        kn,
        mix(kp, k),
        mix(k, kn),
        mix(mix(kp, k), kn),
        mix(k, shape),
        mix(p1.hash, k),
        mix(n1.hash, k),
        mix(place, k),
        mix(phrase, 3),
        mix(phrase, k),
        mix(is_loud, mix(k, place)),
        mix(p2.hash, p1.hash),
        mix(n1.hash, n2.hash),
        mix(known(-2), kp),
        mix(kn, known(2)),
        mix(last, k),
        mix(first, mix(k, shape)),
        mix(mix(p1.hash, shape), place),
        mix(mix(first, last), mix(place, shapes)),
    ];
    let mut index = 0;
    values.map(|value| {
        index += 1;
        bucket(index, value)
    })
}

fn bucket(feature: u64, value: u64) -> u32 {
    (mix(value ^ feature.wrapping_mul(0xd6e8_feb8_6659_fd93), feature) >> 40) as u32 & (BUCKETS as u32 - 1)
}

fn ends_sentence(token: Token) -> bool {
    token.shape == Shape::Break || (token.shape == Shape::Sign && token.hash == super::word_hash("."))
}

/// Capitals throughout say nothing.
fn is_loud(token: Token) -> bool {
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
}
