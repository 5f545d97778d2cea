//! Texts with small changes that leave their meaning.

use crate::random::Random;

/// A way to change a text. The first two are of EDA (Wei and Zou 2019, arXiv:1901.11196), without its two that need a list
/// of synonyms; the others are what people and attackers type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TextChange {
    /// Words change places.
    Swap,
    /// Words are left out; one always stays.
    Delete,
    /// Letters are swapped, left out, doubled, or hit beside their key.
    Typos,
    /// Words are in other case.
    Case,
    /// Letters become ones that look alike (Cyrillic, Greek).
    Homoglyphs,
    /// Letters become digits and signs.
    Leet,
}

impl TextChange {
    /// All of them, with their words.
    pub const ALL: [(&'static str, Self); 6] = [
        ("swap", Self::Swap),
        ("delete", Self::Delete),
        ("typos", Self::Typos),
        ("case", Self::Case),
        ("homoglyphs", Self::Homoglyphs),
        ("leet", Self::Leet),
    ];

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, change)| *change == self).map_or("", |(word, _)| word)
    }

    /// The text with about the share `strength` of its words (of letters, for typos, look-alikes and digits) changed. The
    /// result has at most twice as many characters as the text.
    pub fn apply(self, text: &str, strength: f64, random: &mut Random) -> String {
        let strength = strength.clamp(0.0, 1.0);
        match self {
            Self::Swap => swap(text, strength, random),
            Self::Delete => delete(text, strength, random),
            Self::Case => case(text, strength, random),
            Self::Typos => typos(text, strength, random),
            Self::Homoglyphs => replace(text, strength, random, HOMOGLYPHS),
            Self::Leet => replace(text, strength, random, LEET),
        }
    }
}

/// Pieces that are words or what stands between them, so that joining them gives the text again.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut begin, mut was_space) = (0, None);
    for (at, c) in text.char_indices() {
        let is_space = c.is_whitespace();
        if was_space.is_some_and(|was| was != is_space) {
            pieces.extend(text.get(begin..at));
            begin = at;
        }
        was_space = Some(is_space);
    }
    pieces.extend(text.get(begin..).filter(|rest| !rest.is_empty()));
    pieces
}

fn words(pieces: &[&str]) -> Vec<usize> {
    let is_word = |piece: &&str| piece.chars().next().is_some_and(|c| !c.is_whitespace());
    pieces.iter().enumerate().filter(|(_, piece)| is_word(piece)).map(|(at, _)| at).collect()
}

/// As many pairs change places as the share of words says, at least one.
fn swap(text: &str, strength: f64, random: &mut Random) -> String {
    let mut pieces = pieces(text);
    let words = words(&pieces);
    if words.len() < 2 || strength <= 0.0 {
        return text.to_owned();
    }
    let pairs = ((words.len() as f64 * strength).round() as usize).max(1);
    for _ in 0..pairs {
        let (one, other) = (random.below(words.len()), random.below(words.len() - 1));
        let other = if other >= one { other + 1 } else { other };
        if let (Some(one), Some(other)) = (words.get(one), words.get(other)) {
            pieces.swap(*one, *other);
        }
    }
    pieces.concat()
}

fn delete(text: &str, strength: f64, random: &mut Random) -> String {
    let kept: Vec<&str> = {
        let words: Vec<&str> = text.split_whitespace().collect();
        let stays = random.below(words.len());
        let is_kept = |at: usize, random: &mut Random| random.uniform() >= strength || at == stays;
        words.iter().enumerate().filter(|(at, _)| is_kept(*at, random)).map(|(_, word)| *word).collect()
    };
    kept.join(" ")
}

fn case(text: &str, strength: f64, random: &mut Random) -> String {
    let mut changed = String::with_capacity(text.len());
    for piece in pieces(text) {
        if random.uniform() >= strength {
            changed.push_str(piece);
            continue;
        }
        match random.below(3) {
            0 => changed.extend(piece.chars().map(|c| single(c, c.to_uppercase()))),
            1 => changed.extend(piece.chars().map(|c| single(c, c.to_lowercase()))),
            _ => changed.extend(
                piece
                    .chars()
                    .enumerate()
                    .map(|(at, c)| if at % 2 == 0 { single(c, c.to_uppercase()) } else { single(c, c.to_lowercase()) }),
            ),
        }
    }
    changed
}

/// The other case, if it is one character: `ß` would become two.
fn single(c: char, mut other: impl Iterator<Item = char>) -> char {
    match (other.next(), other.next()) {
        (Some(other), None) => other,
        _ => c,
    }
}

fn typos(text: &str, strength: f64, random: &mut Random) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut changed = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(&c) = letters.get(at) {
        at += 1;
        if !c.is_alphabetic() || random.uniform() >= strength {
            changed.push(c);
            continue;
        }
        match random.below(4) {
            0 => match letters.get(at).filter(|next| next.is_alphabetic()) {
                Some(next) => {
                    changed.push(*next);
                    changed.push(c);
                    at += 1;
                }
                None => changed.push(c),
            },
            1 => {}
            2 => changed.extend([c, c]),
            _ => changed.push(beside(c, random)),
        }
    }
    changed
}

/// Rows of a keyboard of the English layout.
const KEYS: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];

/// A key to the left or right.
fn beside(c: char, random: &mut Random) -> char {
    let lower = c.to_ascii_lowercase();
    for row in KEYS {
        if let Some(at) = row.find(lower) {
            let step = if at == 0 || (random.below(2) == 1 && at + 1 < row.len()) { at + 1 } else { at - 1 };
            let key = row.chars().nth(step).unwrap_or(c);
            return if c.is_ascii_uppercase() { key.to_ascii_uppercase() } else { key };
        }
    }
    c
}

fn replace(text: &str, strength: f64, random: &mut Random, pairs: &[(char, char)]) -> String {
    let other = |c: char| pairs.iter().find(|(own, _)| *own == c).map(|(_, other)| *other);
    let change = |c: char| match other(c) {
        Some(other) if random.uniform() < strength => other,
        _ => c,
    };
    text.chars().map(change).collect()
}

/// Letters of Latin script and those that look like them.
const HOMOGLYPHS: &[(char, char)] = &[
    ('a', 'а'),
    ('c', 'с'),
    ('e', 'е'),
    ('i', 'і'),
    ('j', 'ј'),
    ('o', 'о'),
    ('p', 'р'),
    ('s', 'ѕ'),
    ('x', 'х'),
    ('y', 'у'),
    ('A', 'Α'),
    ('B', 'Β'),
    ('C', 'С'),
    ('E', 'Ε'),
    ('H', 'Η'),
    ('I', 'Ι'),
    ('K', 'Κ'),
    ('M', 'Μ'),
    ('N', 'Ν'),
    ('O', 'Ο'),
    ('P', 'Ρ'),
    ('T', 'Τ'),
    ('X', 'Χ'),
    ('Y', 'Υ'),
    ('Z', 'Ζ'),
];

/// Letters and the signs that stand for them.
const LEET: &[(char, char)] = &[
    ('a', '4'),
    ('b', '8'),
    ('e', '3'),
    ('g', '9'),
    ('i', '1'),
    ('o', '0'),
    ('s', '5'),
    ('t', '7'),
    ('A', '4'),
    ('B', '8'),
    ('E', '3'),
    ('G', '9'),
    ('I', '1'),
    ('O', '0'),
    ('S', '5'),
    ('T', '7'),
];
