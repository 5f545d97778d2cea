//! Whole words of folded text, looked up rather than searched for.
//!
//! A text has one word for every five or six of its bytes, so to hash each word and ask a bitmap costs a fraction of
//! stepping an automaton through every byte. A row of words is looked for by its rarest word and then compared.

use redoubt_domain::seams::Hit;

use super::scratch::Scratch;
use crate::detectors::commonness;
use crate::literals::{Literal, Owner};

/// Literals of spaced scripts: each begins and ends with a word.
pub(super) struct Words {
    /// By the hash of a whole word.
    whole: Table,
    /// By the hash of the beginning of a word, where the literal may end within one.
    begun: Table,
    literals: Vec<Row>,
}

struct Row {
    text: String,
    owner: Owner,
    /// Where the word it is looked for by begins within it.
    offset: usize,
    /// Whether its last word may go on.
    is_open: bool,
}

/// A bitmap of hashes, and behind it the literals of each.
struct Table {
    bits: Box<[u64; WORDS]>,
    /// Sorted by hash.
    rows: Vec<(u16, u32)>,
}

/// One bit for each hash.
const WORDS: usize = 1 << 10;

/// So many bytes of a word that may go on are hashed.
const BEGINNING: usize = 4;

impl Words {
    /// None if there is nothing to look for. Every literal must be `is_spaced`.
    pub(super) fn new(literals: Vec<Literal>) -> Option<Self> {
        if literals.is_empty() {
            return None;
        }
        let (mut whole, mut begun, mut rows) = (Vec::new(), Vec::new(), Vec::new());
        for Literal { text, owner } in literals {
            let (text, is_open) = match text.strip_suffix('*') {
                Some(text) => (text.to_owned(), true),
                None => (text, false),
            };
            let row = u32::try_from(rows.len()).unwrap_or(u32::MAX);
            let anchor = anchor(&text, is_open);
            let (offset, word) = anchor.unwrap_or_else(|| last_word(&text));
            if anchor.is_some() {
                whole.push((hash(word.as_bytes(), 0, word.len()), row));
            } else {
                begun.push((hash(word.as_bytes(), 0, word.len().min(BEGINNING)), row));
            }
            rows.push(Row { offset, text, owner, is_open });
        }
        Some(Self { whole: Table::new(whole), begun: Table::new(begun), literals: rows })
    }

    /// Whether a literal can be looked for here: ASCII words with single spaces between them, the last at least as
    /// long as the beginning that is hashed if it may go on.
    pub(super) fn is_spaced(literal: &str) -> bool {
        let (text, is_open) = literal.strip_suffix('*').map_or((literal, false), |text| (text, true));
        let is_word = |word: &str| !word.is_empty() && word.bytes().all(is_part);
        text.split(' ').all(is_word)
            && (!is_open || anchor(text, true).is_some() || last_word(text).1.len() >= BEGINNING)
    }

    /// Hands each detector its hits.
    pub(super) fn run(&self, text: &str, scratch: &mut Scratch) {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            // Most words and the space behind them are within eight bytes.
            if let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
                let chunk = u64::from_le_bytes(*chunk);
                // Words here are of ASCII.
                if chunk & HIGHS == HIGHS {
                    at += 8;
                    continue;
                }
                let marks = marks(chunk);
                if marks != 0 {
                    let bits = marks.trailing_zeros() & !7;
                    let word = chunk & ((1 << bits) - 1);
                    let end = at + bits as usize / 8;
                    if end > at && self.whole.has(mixed(word)) {
                        self.whole.each(mixed(word), |row| self.compare(text, row, at, scratch));
                    }
                    let beginning = mixed(word & u64::from(u32::MAX));
                    if end >= at + BEGINNING && self.begun.has(beginning) {
                        self.begun.each(beginning, |row| self.compare(text, row, at, scratch));
                    }
                    at = end + 1;
                    continue;
                }
            }
            let end = word_end(bytes, at);
            if end > at {
                self.whole.each(hash(bytes, at, end), |row| self.compare(text, row, at, scratch));
            }
            if end >= at + BEGINNING {
                self.begun.each(hash(bytes, at, at + BEGINNING), |row| self.compare(text, row, at, scratch));
            }
            at = end + 1;
        }
    }

    fn compare(&self, text: &str, row: u32, word: usize, scratch: &mut Scratch) {
        let Some(row) = self.literals.get(row as usize) else { return };
        let Some(start) = word.checked_sub(row.offset) else { return };
        let end = start + row.text.len();
        let bytes = text.as_bytes();
        let is_part_at = |at: usize| bytes.get(at).copied().is_some_and(is_part);
        let is_same = bytes.get(start..end) == Some(row.text.as_bytes());
        if is_same && !(start > 0 && is_part_at(start - 1)) && (row.is_open || !is_part_at(end)) {
            scratch.add_hit(row.owner.detector, Hit { literal: row.owner.literal, start, end });
        }
    }
}

impl Table {
    fn new(mut rows: Vec<(u16, u32)>) -> Self {
        rows.sort_unstable();
        let mut bits = Box::new([0_u64; WORDS]);
        for (hash, _) in &rows {
            if let Some(bits) = bits.get_mut(usize::from(hash >> 6)) {
                *bits |= 1 << (hash & 63);
            }
        }
        Self { bits, rows }
    }

    #[inline]
    fn has(&self, hash: u16) -> bool {
        self.bits.get(usize::from(hash >> 6)).is_some_and(|bits| bits >> (hash & 63) & 1 == 1)
    }

    fn each(&self, hash: u16, mut tell: impl FnMut(u32)) {
        if !self.has(hash) {
            return;
        }
        let from = self.rows.partition_point(|(known, _)| *known < hash);
        let rows = self.rows.get(from..).unwrap_or_default();
        rows.iter().take_while(|(known, _)| *known == hash).for_each(|(_, row)| tell(*row));
    }
}

/// The rarest whole word of a literal and where it begins.
fn anchor(text: &str, is_open: bool) -> Option<(usize, &str)> {
    let mut words: Vec<(usize, &str)> = Vec::new();
    let mut at = 0;
    for word in text.split(' ') {
        words.push((at, word));
        at += word.len() + 1;
    }
    if is_open {
        words.pop();
    }
    words.into_iter().min_by(|(_, a), (_, b)| commonness(a).total_cmp(&commonness(b)))
}

fn last_word(text: &str) -> (usize, &str) {
    text.rfind(' ').map_or((0, text), |space| (space + 1, text.get(space + 1..).unwrap_or_default()))
}

/// Letters and digits of ASCII, in lower case: all else parts words here.
fn is_part(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// The highest bit of the first of eight bytes that parts words, and maybe those of some behind it. Folded text holds
/// nothing of ASCII but lower case, digits, spaces and `@$!|+`, which lets eight bytes be judged at once.
#[inline]
fn marks(chunk: u64) -> u64 {
    let is_zero = |value: u64| value.wrapping_sub(ONES) & !value & HIGHS;
    // Below `0` or beyond ASCII, `@`, `|`. Borrows go upwards only, so the lowest mark is always right.
    let small = chunk.wrapping_sub(ONES * u64::from(b'0')) & !chunk & HIGHS;
    let at = is_zero(chunk ^ (ONES * u64::from(b'@')));
    let bar = is_zero(chunk ^ (ONES * u64::from(b'|')));
    small | (chunk & HIGHS) | at | bar
}

/// Where the word at a byte ends; the byte itself if none begins there.
fn word_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let marks = marks(u64::from_le_bytes(*chunk));
        if marks != 0 {
            return at + (marks.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(|byte| !is_part(*byte)).unwrap_or(rest.len())
}

/// A hash of at most the first and the last eight bytes of a word, and its length.
fn hash(bytes: &[u8], start: usize, end: usize) -> u16 {
    let word = bytes.get(start..end).unwrap_or_default();
    let Some((first, last)) = word.first_chunk::<8>().zip(word.last_chunk::<8>()).filter(|_| word.len() > 8) else {
        let mut chunk = [0; 8];
        chunk.iter_mut().zip(word).for_each(|(to, from)| *to = *from);
        return mixed(u64::from_le_bytes(chunk));
    };
    let first = u64::from_le_bytes(*first).wrapping_mul(MIX);
    mixed((first ^ u64::from_le_bytes(*last)).wrapping_add(word.len() as u64))
}

const MIX: u64 = 0x9e37_79b9_7f4a_7c15;

#[inline]
fn mixed(word: u64) -> u16 {
    (word.wrapping_mul(MIX) >> 48) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_words_are_found() {
        let literals = ["tea", "iced tea", "coffee*", "of", "do anything now", "internationalisation", "a b*"];
        assert!(literals.iter().all(|literal| Words::is_spaced(literal)));
        assert!(["", "naïve", "tea*", "two  spaces", "喝茶"].iter().all(|literal| !Words::is_spaced(literal)));
        let rows = literals
            .iter()
            .enumerate()
            .map(|(literal, text)| Literal { text: (*text).to_owned(), owner: Owner { detector: 0, literal } });
        let words = Words::new(rows.collect()).unwrap();
        let check = |text: &str, expected: &[&str]| {
            let found: Vec<String> = Scratch::with(1, |scratch| {
                words.run(text, scratch);
                scratch.sort();
                let (hits, _, _) = scratch.show(0);
                hits.iter().map(|hit| text[hit.start..hit.end].to_owned()).collect()
            });
            assert_eq!(found, expected, "{text}");
        };
        check("", &[]);
        check("teapot steam tea", &["tea"]);
        check("iced tea", &["iced tea", "tea"]);
        check("viced tea", &["tea"]);
        check("some coffees", &["coffee"]);
        check("you can do anything now", &["do anything now"]);
        check("internationalisation of", &["internationalisation", "of"]);
        check("喝tea的", &["tea"]);
        check("x@tea tea|x", &["tea", "tea"]);
        check("a bc", &["a b"]);
    }

    #[test]
    fn words_end_where_their_bytes_do() {
        for length in 0..40 {
            for sign in [" ", "@", "|", "!", "é", "/", ""] {
                let text = format!("{}{sign}z", "q".repeat(length));
                let expected = if sign.is_empty() { length + 1 } else { length };
                assert_eq!(word_end(text.as_bytes(), 0), expected, "{text}");
            }
        }
    }
}
