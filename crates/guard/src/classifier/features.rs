//! What the classifier sees of a text.

/// Takes the features of a text in order.
pub trait Sink {
    /// One feature, by its hash.
    fn feature(&mut self, hash: u32);
    /// A block of so many units ends here.
    fn block(&mut self, units: u32);
}

/// The length of a block. A word counts two, and where words are not spaced a character one.
pub const BLOCK_UNITS: u32 = 24;

/// So many characters of a word are told apart: what is longer is no word.
const WORD_CHARS_MAX: usize = 24;

const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
const WORD: u64 = 0x51ed_270b;
const PAIR: u64 = 0x2545_f491;
const SKIPPED: u64 = 0x6c62_272e;
const LETTER: u64 = 0x85eb_ca6b;

/// Reads a folded text: words parted by single spaces.
pub fn read(text: &str, sink: &mut impl Sink) {
    let mut reader = Reader { sink, words: [0; 2], letters: [0; 2], units: 0 };
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if let Some((hash, length)) = hashed(bytes.get(at..).unwrap_or_default()) {
            if length > 0 {
                reader.word(hash);
            }
            at += length + 1;
            continue;
        }
        let rest = bytes.get(at..).unwrap_or_default();
        let length = memchr::memchr(b' ', rest).unwrap_or(rest.len());
        let word = text.get(at..at + length).unwrap_or_default();
        if word.is_ascii() {
            reader.plain(word);
        } else {
            reader.other(word);
        }
        at += length + 1;
    }
    if reader.units > 0 {
        reader.sink.block(reader.units);
    }
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// The highest bit of the first of eight bytes that is a space or beyond ASCII, and maybe those of some behind it.
fn ends(chunk: u64) -> u64 {
    let spaces = chunk ^ (ONES * u64::from(b' '));
    (spaces.wrapping_sub(ONES) & !spaces | chunk) & HIGHS
}

/// The hash of the word of ASCII at the start of a text, and its length, if a space is behind it and it is not too long
/// and the text goes on for a little.
#[inline]
fn hashed(bytes: &[u8]) -> Option<(u64, usize)> {
    let (mut hash, mut length) = (WORD, 0);
    // Most words and the space behind them are within eight bytes.
    while length < WORD_CHARS_MAX {
        let chunk = u64::from_le_bytes(*bytes.get(length..)?.first_chunk::<8>()?);
        let end = (ends(chunk).trailing_zeros() / 8) as usize;
        hash = steps(hash, chunk, end);
        length += end;
        if end < 8 {
            return (bytes.get(length) == Some(&b' ')).then_some((hash, length));
        }
    }
    None
}

/// A hash with the first bytes of a chunk added.
#[inline]
fn steps(mut hash: u64, chunk: u64, count: usize) -> u64 {
    // What is no less than nought and no more than nine loses the lower half of its byte, and is nought.
    let low = chunk & !HIGHS;
    let digits = (low + ONES * u64::from(0x80 - b'0')) & !(low + ONES * u64::from(0x80 - b'9' - 1)) & HIGHS;
    let mut rest = chunk & !((digits >> 7) * 0xf);
    for _ in 0..count {
        hash = step(hash, rest & 0xff);
        rest >>= 8;
    }
    hash
}

struct Reader<'s, S> {
    sink: &'s mut S,
    /// The hashes of the two words before, the nearest first.
    words: [u64; 2],
    /// The two characters before, where words are not spaced.
    letters: [u64; 2],
    units: u32,
}

fn step(hash: u64, code: u64) -> u64 {
    let hash = (hash ^ code).wrapping_mul(MULTIPLIER);
    hash ^ (hash >> 32)
}

/// The high bits of a product are the well-mixed ones.
fn mixed(value: u64) -> u32 {
    let value = value.wrapping_mul(MULTIPLIER);
    ((value ^ (value >> 29)).wrapping_mul(MULTIPLIER) >> 32) as u32
}

/// Numbers differ from text to text and mean the same.
fn code(c: char) -> u64 {
    u64::from(if c.is_ascii_digit() { '0' } else { c })
}

impl<S: Sink> Reader<'_, S> {
    fn plain(&mut self, word: &str) {
        if word.is_empty() {
            return;
        }
        let hash = word.bytes().take(WORD_CHARS_MAX).fold(WORD, |hash, byte| step(hash, code(char::from(byte))));
        self.word(hash);
    }

    /// A word with other letters, or a run of characters that are not spaced.
    fn other(&mut self, text: &str) {
        let (mut hash, mut length) = (WORD, 0);
        for c in text.chars() {
            if is_unspaced(c) {
                if length > 0 {
                    self.word(hash);
                }
                (hash, length) = (WORD, 0);
                self.letter(u64::from(c));
            } else {
                length += 1;
                if length <= WORD_CHARS_MAX {
                    hash = step(hash, code(c));
                }
            }
        }
        if length > 0 {
            self.word(hash);
        }
    }

    fn word(&mut self, hash: u64) {
        let [last, earlier] = self.words;
        self.sink.feature(mixed(hash));
        if last != 0 {
            self.sink.feature(mixed(last.rotate_left(17) ^ hash ^ PAIR));
        }
        if earlier != 0 {
            self.sink.feature(mixed(earlier.rotate_left(31) ^ hash ^ SKIPPED));
        }
        self.words = [hash, last];
        self.letters = [0; 2];
        self.count(2);
    }

    fn letter(&mut self, code: u64) {
        let [last, earlier] = self.letters;
        self.sink.feature(mixed(code ^ LETTER));
        if last != 0 {
            self.sink.feature(mixed(last << 21 ^ code ^ PAIR));
        }
        if earlier != 0 {
            self.sink.feature(mixed(earlier << 42 ^ last << 21 ^ code ^ SKIPPED));
        }
        self.letters = [code, last];
        self.words = [0; 2];
        self.count(1);
    }

    fn count(&mut self, units: u32) {
        self.units += units;
        if self.units >= BLOCK_UNITS {
            self.sink.block(self.units);
            self.units = 0;
        }
    }
}

/// Scripts whose words are not parted by spaces, and Hangul, whose syllables say as much as words.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1100}'..='\u{11ff}'
        | '\u{1780}'..='\u{17ff}' | '\u{2e80}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Seen {
        features: Vec<u32>,
        blocks: Vec<u32>,
    }

    impl Sink for Seen {
        fn feature(&mut self, hash: u32) {
            self.features.push(hash);
        }

        fn block(&mut self, units: u32) {
            self.blocks.push(units);
        }
    }

    fn seen(text: &str) -> Seen {
        let mut seen = Seen::default();
        read(text, &mut seen);
        seen
    }

    #[test]
    fn words_count_two_and_unspaced_characters_one() {
        let check = |text: &str, features: usize, blocks: &[u32]| {
            let seen = seen(text);
            assert_eq!(seen.features.len(), features, "{text:?}");
            assert_eq!(seen.blocks, blocks, "{text:?}");
        };
        check("", 0, &[]);
        check("   ", 0, &[]);
        check("one", 1, &[2]);
        check("one two three", 6, &[6]);
        check("größe", 1, &[2]);
        check("你好吗", 6, &[3]);
        check("ok你好", 4, &[4]);
        check(&"a ".repeat(12), 33, &[24]);
        check(&"a ".repeat(13), 36, &[24, 2]);
    }

    #[test]
    fn figures_are_one_and_the_rest_is_told_apart() {
        assert_eq!(seen("pay 20 euros").features, seen("pay 35 euros").features);
        assert_ne!(seen("pay 20 euros").features, seen("pay 200 euros").features);
        assert_ne!(seen("dog bites man").features, seen("man bites dog").features);
        assert_ne!(seen("狗咬人").features, seen("人咬狗").features);
    }

    #[test]
    fn words_of_any_length_are_one_feature_wherever_they_stand() {
        for length in 1..40 {
            let word: String = "abc7defgh0ijklm9nopqrstuvwxyzabc1defghijk".chars().take(length).collect();
            let alone = seen(&word).features;
            for text in [format!("{word} "), format!("{word} and so on, for a while"), format!("{word} é")] {
                assert_eq!(seen(&text).features[0], alone[0], "{text:?}");
            }
        }
    }

    #[test]
    fn a_word_is_the_same_whatever_letters_its_neighbours_have() {
        let first = |text: &str| seen(text).features[0];
        assert_eq!(first("word größe"), first("word size"));
        // The way of plain words and the way of others must agree.
        let (plain, other) = (seen("a b c"), seen("a b cé"));
        assert_eq!(plain.features[..3], other.features[..3]);
    }
}
