//! What stands in a request anyhow: no surrogate may be that.

use std::collections::HashSet;

/// So many letters or digits in a row are looked at together.
const GRAM: usize = 4;

/// The words of a request, and which letters and digits stand in a row in it. It may say of what does not stand there
/// that it does; never the other way round.
#[derive(Default)]
pub(crate) struct Occurring {
    words: HashSet<u64>,
    /// One bit for each hash of letters in a row.
    grams: Vec<u64>,
}

impl Occurring {
    /// What stands in these texts.
    pub(crate) fn of<'a>(texts: impl Iterator<Item = &'a str> + Clone) -> Self {
        let bytes: usize = texts.clone().map(str::len).sum();
        // Eight bits for each byte leave seven of eight free.
        let mut occurring = Self { words: HashSet::new(), grams: vec![0; (bytes / 8).next_power_of_two().max(64)] };
        for text in texts {
            occurring.add(text);
        }
        occurring
    }

    fn add(&mut self, text: &str) {
        for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
            self.words.insert(hash(word.chars().flat_map(char::to_lowercase)));
        }
        let letters = letters(text);
        for gram in grams(&letters) {
            let (word, bit) = self.place(gram);
            if let Some(word) = self.grams.get_mut(word) {
                *word |= bit;
            }
        }
    }

    /// Whether a word stands there.
    pub(crate) fn has_word(&self, word: &str) -> bool {
        self.words.contains(&hash(word.chars().flat_map(char::to_lowercase)))
    }

    /// Whether these letters and digits may stand there in this order, whatever stands between them.
    pub(crate) fn may_have(&self, letters: &str) -> bool {
        let mut grams = grams(letters).peekable();
        let is_short = grams.peek().is_none();
        is_short
            || grams.all(|gram| {
                let (word, bit) = self.place(gram);
                self.grams.get(word).is_some_and(|word| word & bit != 0)
            })
    }

    fn place(&self, gram: u64) -> (usize, u64) {
        let at = gram as usize & (self.grams.len() * 64).saturating_sub(1);
        (at / 64, 1 << (at % 64))
    }
}

/// What is left of a text when its spelling is ignored.
pub(crate) fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn grams(letters: &str) -> impl Iterator<Item = u64> {
    letters.as_bytes().windows(GRAM).map(|gram| mix(gram.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte))))
}

fn hash(characters: impl Iterator<Item = char>) -> u64 {
    characters.fold(0, |sum, c| mix(sum ^ u64::from(u32::from(c))))
}

/// Spreads what differs in a few bits over all of them.
fn mix(value: u64) -> u64 {
    let value = value.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ value >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value ^ value >> 32
}
