//! One pass over a text for the literals of all detectors.
//!
//! Each literal is looked for by three of its bytes in a row, the rarest it has, or by its one rarest byte if it is
//! shorter. The pass asks a bitmap at every byte and nothing else; only where it says yes are literals compared. An
//! automaton would need a table of a megabyte, and wait for memory at nearly every byte.

use redoubt_domain::seams::Hit;

use super::scratch::Scratch;

/// Literals, and whose each of them is. ASCII case is ignored.
pub(super) struct Search {
    literals: Vec<Row>,
    /// Bits of the hashes of three bytes.
    bits: Box<[u64; BITS]>,
    /// Literals by the hash of three of their bytes; sorted.
    grams: Vec<(u32, u32)>,
    /// Literals shorter than that, by one of their bytes.
    short: Vec<Vec<u32>>,
    is_short: [bool; 256],
    /// Whether any literal can occur in ASCII text.
    has_ascii: bool,
}

/// A literal to look for.
pub(super) struct Literal {
    pub(super) text: String,
    pub(super) owner: Owner,
}

/// Whose literal it is, and which of its literals.
#[derive(Clone, Copy)]
pub(super) struct Owner {
    pub(super) detector: usize,
    pub(super) literal: usize,
}

struct Row {
    text: Box<[u8]>,
    owner: Owner,
    /// Where the bytes it is looked for by lie within it.
    offset: usize,
}

/// So many bytes are hashed.
const GRAM: usize = 3;
/// Eight kilobytes of bits stay in the nearest cache.
const BITS: usize = 1 << 10;

impl Search {
    /// None if there is nothing to look for.
    pub(super) fn new(literals: Vec<Literal>) -> Option<Self> {
        let literals: Vec<Literal> = literals.into_iter().filter(|literal| !literal.text.is_empty()).collect();
        if literals.is_empty() {
            return None;
        }
        let has_ascii = literals.iter().any(|literal| literal.text.is_ascii());
        let mut search = Self {
            literals: Vec::with_capacity(literals.len()),
            bits: Box::new([0; BITS]),
            grams: Vec::new(),
            short: vec![Vec::new(); 256],
            is_short: [false; 256],
            has_ascii,
        };
        for Literal { text, owner } in literals {
            search.add(text.to_ascii_lowercase().into_bytes().into_boxed_slice(), owner);
        }
        search.grams.sort_unstable();
        for (is_short, short) in search.is_short.iter_mut().zip(&search.short) {
            *is_short = !short.is_empty();
        }
        Some(search)
    }

    fn add(&mut self, text: Box<[u8]>, owner: Owner) {
        let row = u32::try_from(self.literals.len()).unwrap_or(u32::MAX);
        let width = text.len().min(GRAM);
        let rarest = text.windows(width).enumerate().max_by_key(|(at, bytes)| {
            // Of equals the first.
            (bytes.iter().map(|byte| rarity(*byte)).sum::<usize>(), std::cmp::Reverse(*at))
        });
        let Some((mut offset, bytes)) = rarest else { return };
        if let Some(bytes) = bytes.first_chunk::<GRAM>() {
            let hash = hash(*bytes);
            self.grams.push((hash, row));
            let (word, bit) = place(hash);
            if let Some(bits) = self.bits.get_mut(word) {
                *bits |= 1 << bit;
            }
        } else {
            offset = (0..text.len()).max_by_key(|at| text.get(*at).map(|byte| rarity(*byte))).unwrap_or(0);
            let byte = text.get(offset).copied().unwrap_or_default();
            for byte in [byte, byte.to_ascii_uppercase()] {
                if let Some(short) = self.short.get_mut(usize::from(byte)).filter(|short| !short.contains(&row)) {
                    short.push(row);
                }
            }
        }
        self.literals.push(Row { text, owner, offset });
    }

    /// Hands each detector its hits.
    pub(super) fn run(&self, text: &str, scratch: &mut Scratch) {
        if !self.has_ascii && text.is_ascii() {
            return;
        }
        let bytes = text.as_bytes();
        let mut from = 0;
        while let Some(at) = self.next(bytes, from) {
            if let Some(gram) = bytes.get(at..).and_then(|rest| rest.first_chunk::<GRAM>()) {
                self.compare_grams(bytes, hash(*gram), at, scratch);
            }
            self.compare_short(bytes, at, scratch);
            from = at + 1;
        }
        for at in from.max(bytes.len().saturating_sub(GRAM - 1))..bytes.len() {
            self.compare_short(bytes, at, scratch);
        }
    }

    /// Where the next three bytes begin that may be looked for, from a byte on. Nothing is called in this loop, so
    /// that all it needs stays in registers.
    #[inline(never)]
    fn next(&self, bytes: &[u8], from: usize) -> Option<usize> {
        let grams = bytes.get(from..)?.windows(GRAM);
        let may_be = |gram: &[u8]| {
            let Some(gram) = gram.first_chunk::<GRAM>() else { return false };
            let [first, ..] = *gram;
            let (word, bit) = place(hash(*gram));
            let is_gram = self.bits.get(word).is_some_and(|bits| bits >> bit & 1 == 1);
            is_gram | self.is_short.get(usize::from(first)).copied().unwrap_or_default()
        };
        grams.into_iter().position(may_be).map(|by| from + by)
    }

    fn compare_grams(&self, bytes: &[u8], hash: u32, at: usize, scratch: &mut Scratch) {
        let (word, bit) = place(hash);
        if self.bits.get(word).is_none_or(|bits| bits >> bit & 1 == 0) {
            return;
        }
        let from = self.grams.partition_point(|(known, _)| *known < hash);
        let rows = self.grams.get(from..).unwrap_or_default();
        for (_, row) in rows.iter().take_while(|(known, _)| *known == hash) {
            self.compare(bytes, *row, at, scratch);
        }
    }

    fn compare_short(&self, bytes: &[u8], at: usize, scratch: &mut Scratch) {
        let rows = bytes.get(at).and_then(|byte| self.short.get(usize::from(*byte)));
        for row in rows.into_iter().flatten() {
            self.compare(bytes, *row, at, scratch);
        }
    }

    fn compare(&self, bytes: &[u8], row: u32, at: usize, scratch: &mut Scratch) {
        let Some(row) = self.literals.get(row as usize) else { return };
        let Some(start) = at.checked_sub(row.offset) else { return };
        let end = start + row.text.len();
        if bytes.get(start..end).is_some_and(|bytes| bytes.eq_ignore_ascii_case(&row.text)) {
            scratch.add_hit(row.owner.detector, Hit { literal: row.owner.literal, start, end });
        }
    }
}

/// The same for both cases; what else falls together is told apart when literals are compared.
#[inline]
fn hash([first, second, third]: [u8; GRAM]) -> u32 {
    (u32::from_le_bytes([first, second, third, 0]) | 0x20_2020).wrapping_mul(0x9e37_79b1)
}

/// Which word of the bitmap, and which of its bits.
#[inline]
fn place(hash: u32) -> (usize, u32) {
    ((hash >> 22) as usize, hash >> 16 & 63)
}

/// How rare a byte is in texts, roughly: the place of its character among those that are common.
fn rarity(byte: u8) -> usize {
    const COMMON: &[u8] = b" etaoinsrhldcumfpgwybv,.k-'\"x\njq:z/()_=0123456789";
    /// The first bytes of characters that are not ASCII say little, those behind them more.
    const LEADING: usize = 8;
    const FOLLOWING: usize = 24;
    match byte {
        0xc0.. => LEADING,
        0x80.. => FOLLOWING,
        _ => COMMON.iter().position(|common| *common == byte.to_ascii_lowercase()).unwrap_or(COMMON.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LITERALS: &[&str] = &[
        "@",
        "://",
        "sk-",
        "password",
        "pass",
        "Bearer ",
        "q~",
        "密码",
        "пароль",
        "aaaa",
        "aa",
        "x",
        "-----begin",
        " dot ",
    ];

    /// What the automaton that was here before found: every occurrence, overlapping ones included.
    fn expected(text: &str) -> Vec<(usize, usize, usize)> {
        let mut hits = Vec::new();
        for (literal, needle) in LITERALS.iter().enumerate() {
            for start in 0..text.len() {
                let end = start + needle.len();
                let is_same = |found: &[u8]| found.eq_ignore_ascii_case(needle.as_bytes());
                if text.as_bytes().get(start..end).is_some_and(is_same) {
                    hits.push((start, end, literal));
                }
            }
        }
        hits.sort_unstable();
        hits
    }

    fn check(text: &str) {
        let rows = LITERALS
            .iter()
            .enumerate()
            .map(|(literal, text)| Literal { text: (*text).to_owned(), owner: Owner { detector: 0, literal } });
        let search = Search::new(rows.collect()).unwrap();
        let found: Vec<(usize, usize, usize)> = Scratch::with(1, |scratch| {
            search.run(text, scratch);
            scratch.sort();
            let (hits, _, _) = scratch.show(0);
            hits.iter().map(|hit| (hit.start, hit.end, hit.literal)).collect()
        });
        assert_eq!(found, expected(text), "{text:?}");
    }

    #[test]
    fn every_occurrence_is_found() {
        for text in [
            "",
            "x",
            "@",
            "@@x@",
            "a@b",
            "https://x.example?password=PASSword",
            "aaaaaaa",
            "AaAaX",
            "SK-sk-Sk",
            "authorization: bEARER x",
            "q~Q~q",
            "密码пароль密码",
            "-----BEGIN----------begin",
            "a dot b DOT c dot",
            "pas",
            "pass",
            "://",
        ] {
            check(text);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_searched_whole(text in "([aAxs@k:/~qQ-]|pass|WORD|密码|пароль| dot |-----be|gin){0,24}") {
            check(&text);
        }
    }
}
