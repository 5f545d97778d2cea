//! A text as words and signs.

use std::sync::LazyLock;

use super::known::{hash_bytes, hash_short, word_hash};

/// A word, a sign or a line break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// Where it begins, in bytes of the text.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// Its hash in lower case.
    pub hash: u64,
    /// What kind of thing it is.
    pub shape: Shape,
    /// Whether white space stands before it.
    pub is_spaced: bool,
}

impl Token {
    /// Whether it is a part of something that is longer than a word may be.
    pub(super) const fn is_part(&self) -> bool {
        // The last character of a part may have four bytes.
        self.end - self.start > WORD_BYTES_MAX - 4
    }
}

/// What a token looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Shape {
    /// Lower case, or a script without cases.
    Lower,
    /// One capital letter.
    Capital,
    /// `Word`.
    Title,
    /// `WORD`.
    Upper,
    /// `iWord`, `McWord`.
    Mixed,
    /// `J.`, `U.S.`.
    Initials,
    /// Digits.
    Number,
    /// Digits and letters.
    Code,
    /// A part of an address, a path, a variable: written without a space beside a sign that joins.
    Glued,
    /// Anything else.
    Sign,
    /// The end of a line.
    Break,
}

/// The tokens of a text, in order.
pub struct Tokens<'a> {
    text: &'a str,
    at: usize,
    /// Where a word counts as standing behind white space although none was passed.
    begun: usize,
}

/// How long a word may be; what is longer is no name, and is read in parts.
pub(super) const WORD_BYTES_MAX: usize = 64;

impl<'a> Tokens<'a> {
    /// From the beginning of a text.
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, begun: 0 }
    }

    /// From a byte on at which no token may begin before it: behind white space.
    pub(super) fn starting(text: &'a str, at: usize) -> Self {
        // As if all before had been read: the first word of a line follows the break and no space.
        let is_line = at.checked_sub(1).and_then(|before| text.as_bytes().get(before)) == Some(&b'\n');
        Self { text, at, begun: if is_line { 0 } else { at } }
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn char_at(&self, at: usize) -> Option<char> {
        self.text.get(at..)?.chars().next()
    }

    /// Where the letters and digits from `at` on end.
    fn letters_end(&self, mut at: usize, limit: usize) -> usize {
        while at < limit {
            match self.byte(at) {
                Some(byte) if byte.is_ascii_alphanumeric() => at += 1,
                Some(byte) if byte.is_ascii() => break,
                Some(_) => match self.char_at(at) {
                    Some(c) if is_letter(c) => at += c.len_utf8(),
                    _ => break,
                },
                None => break,
            }
        }
        at
    }

    /// Where the word that begins at `start` ends.
    fn word_end(&self, start: usize) -> usize {
        let limit = start + WORD_BYTES_MAX;
        let mut end = self.letters_end(start, limit);
        loop {
            let Some(joint) = self.char_at(end) else { return end };
            let after = end + joint.len_utf8();
            let next = self.letters_end(after, limit);
            match joint {
                '-' if next > after && end < limit => end = next,
                '\'' | '’' if next > after && end < limit => {
                    let tail = self.text.get(after..next).unwrap_or("");
                    if matches!(tail, "s" | "S" | "ll" | "re" | "ve" | "d" | "m") {
                        return end;
                    }
                    end = next;
                }
                _ => return end,
            }
        }
    }

    /// Where initials that begin at `start` end: single capitals, each with a full stop.
    fn initials_end(&self, start: usize) -> Option<usize> {
        let mut at = start;
        let mut end = None;
        for _ in 0..6 {
            let Some(letter) = self.char_at(at).filter(|c| c.is_uppercase()) else { break };
            let stop = at + letter.len_utf8();
            if self.byte(stop) != Some(b'.') {
                // `U.SA` is none.
                return if self.char_at(stop).is_some_and(is_letter) && end.is_some() { None } else { end };
            }
            at = stop + 1;
            end = Some(at);
        }
        end
    }

    fn token(&self, start: usize, end: usize, shape: Shape, is_spaced: bool) -> Token {
        let word = self.text.get(start..end).unwrap_or("");
        Token { start, end, hash: word_hash(word), shape, is_spaced }
    }

    fn word(&self, start: usize, is_spaced: bool) -> Token {
        // Most words: small letters between spaces, the first of them perhaps a capital.
        if is_spaced && let Some(token) = self.small_word(start) {
            return token;
        }
        if let Some(end) = self.initials_end(start) {
            return self.token(start, end, Shape::Initials, is_spaced);
        }
        let end = self.word_end(start);
        let word = self.text.get(start..end).unwrap_or("");
        let before = start.checked_sub(1).and_then(|at| self.byte(at));
        let joins_before = before.is_some_and(|byte| matches!(byte, b'@' | b'_' | b'/' | b'\\' | b'=' | b'&' | b'~'))
            || (before == Some(b'.') && start.checked_sub(2).and_then(|at| self.byte(at)).is_some_and(is_joined_byte));
        let shape = if joins_before || self.joins_after(end) { Shape::Glued } else { shape_of(word) };
        self.token(start, end, shape, is_spaced)
    }

    /// A word of small letters of ASCII, of which the first may be a capital, with something behind it that surely ends
    /// it.
    fn small_word(&self, start: usize) -> Option<Token> {
        let rest = self.text.as_bytes().get(start..)?;
        // A capital by itself is something else.
        let (shape, least) = match rest.first()? {
            b'A'..=b'Z' => (Shape::Title, 2),
            b'a'..=b'z' => (Shape::Lower, 1),
            _ => return None,
        };
        let short = rest.first_chunk::<8>().map(|word| u64::from_le_bytes(*word));
        let length = match short.map(|word| small_letters(word | 0x20)) {
            Some(length @ ..8) => length,
            _ => 1 + rest.iter().take(WORD_BYTES_MAX).skip(1).take_while(|byte| byte.is_ascii_lowercase()).count(),
        };
        let is_word = length >= least
            && match rest.get(length)? {
                b' ' | b',' | b'\n' | b';' | b')' | b'!' | b'?' | b'"' => true,
                b'.' => matches!(rest.get(length + 1), Some(b' ' | b'\n')),
                _ => false,
            };
        if !is_word {
            return None;
        }
        let hash = match short {
            Some(word) if length < 8 => hash_short(word & (u64::MAX >> (64 - 8 * length)), length),
            _ => hash_bytes(rest.get(..length)?),
        };
        Some(Token { start, end: start + length, hash, shape, is_spaced: true })
    }

    /// A sign of ASCII.
    fn sign(start: usize, sign: u8, is_spaced: bool) -> Token {
        static HASHES: LazyLock<Vec<u64>> = LazyLock::new(|| (0..0x80).map(|sign: u8| hash_bytes(&[sign])).collect());
        let hash = HASHES.get(usize::from(sign)).copied().unwrap_or_default();
        Token { start, end: start + 1, hash, shape: Shape::Sign, is_spaced }
    }

    /// Whether what follows a word makes it a part of something that is no word.
    fn joins_after(&self, end: usize) -> bool {
        match self.byte(end) {
            Some(b'@' | b'_' | b'\\' | b'=' | b'(') => true,
            Some(b'.' | b'/') => {
                let next = self.byte(end + 1);
                // `word/Word` are two words; `word.word` is a file or a host.
                match (self.byte(end), next) {
                    (Some(b'.'), Some(next)) => next.is_ascii_lowercase() || next.is_ascii_digit(),
                    (_, Some(next)) => next == b'/' || next.is_ascii_lowercase(),
                    _ => false,
                }
            }
            Some(b':') => self.byte(end + 1) == Some(b'/') || self.byte(end + 1) == Some(b':'),
            _ => false,
        }
    }
}

/// How many of eight bytes, from the first on, are small letters of ASCII.
#[inline]
pub(super) fn small_letters(bytes: u64) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let low = bytes & !HIGHS;
    // The highest bit of each byte that is another.
    let others = !(low + ONES * u64::from(0x80 - b'a')) | (low + ONES * u64::from(0x80 - b'z' - 1)) | bytes;
    ((others & HIGHS).trailing_zeros() / 8) as usize
}

fn is_joined_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || is_mark(c)
}

/// Marks that are written over letters.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{93e}'..='\u{94d}')
}

fn shape_of(word: &str) -> Shape {
    let (mut upper, mut lower, mut digits, mut other) = (0, 0, 0, 0);
    let mut is_first_upper = false;
    for (index, c) in word.chars().enumerate() {
        let is_upper = if c.is_ascii() { c.is_ascii_uppercase() } else { c.is_uppercase() };
        if is_upper {
            upper += 1;
            is_first_upper |= index == 0;
        } else if c.is_ascii_digit() {
            digits += 1;
        } else if c.is_ascii_lowercase() || c.is_lowercase() {
            lower += 1;
        } else {
            other += 1;
        }
    }
    match (upper, lower, digits) {
        (0, 0, 1..) if other == 0 => Shape::Number,
        (0, _, 0) => Shape::Lower,
        (_, _, 1..) if upper == 0 || lower == 0 => Shape::Code,
        (1, 0, 0) => Shape::Capital,
        (_, 0, 0) => Shape::Upper,
        (1, _, 0) if is_first_upper => Shape::Title,
        _ => Shape::Mixed,
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let mut is_spaced = self.at == self.begun;
        loop {
            let start = self.at;
            let byte = self.byte(start)?;
            match byte {
                b'\n' => {
                    self.at += 1;
                    return Some(Token { start, end: start + 1, hash: 10, shape: Shape::Break, is_spaced: true });
                }
                b' ' | b'\t' | b'\r' => {
                    self.at += 1;
                    is_spaced = true;
                    continue;
                }
                _ => {}
            }
            if byte.is_ascii() {
                let token = if byte.is_ascii_alphanumeric() {
                    self.word(start, is_spaced)
                } else {
                    Self::sign(start, byte, is_spaced)
                };
                self.at = token.end;
                return Some(token);
            }
            let c = self.char_at(start)?;
            if c.is_whitespace() {
                self.at += c.len_utf8();
                is_spaced = true;
                continue;
            }
            let token = if is_letter(c) {
                self.word(start, is_spaced)
            } else {
                self.token(start, start + c.len_utf8(), Shape::Sign, is_spaced)
            };
            self.at = token.end.max(start + c.len_utf8());
            return Some(token);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let tokens: Vec<String> =
            Tokens::new(text).map(|token| format!("{:?} {:?}", &text[token.start..token.end], token.shape)).collect();
        assert_eq!(tokens.join(", "), expected, "{text:?}");
    }

    #[test]
    fn words_signs_and_breaks() {
        check("Anna's cat.", "\"Anna\" Title, \"'\" Sign, \"s\" Lower, \"cat\" Lower, \".\" Sign");
        check("J. R. O'Brien", "\"J.\" Initials, \"R.\" Initials, \"O'Brien\" Mixed");
        check("the U.S. army", "\"the\" Lower, \"U.S.\" Initials, \"army\" Lower");
        check("Jean-Paul,\nNATO", "\"Jean-Paul\" Mixed, \",\" Sign, \"\\n\" Break, \"NATO\" Upper");
        check(
            "A Paris, IX McRae Re-Do Rome.",
            "\"A\" Capital, \"Paris\" Title, \",\" Sign, \"IX\" Upper, \"McRae\" Mixed, \"Re-Do\" Mixed, \"Rome\" Title, \".\" Sign",
        );
        check("0a Kaiserslautern b", "\"0a\" Code, \"Kaiserslautern\" Title, \"b\" Lower");
        check("at example.com", "\"at\" Lower, \"example\" Glued, \".\" Sign, \"com\" Glued");
        check(
            "x_Y Foo.bar() 12",
            "\"x\" Glued, \"_\" Sign, \"Y\" Glued, \"Foo\" Glued, \".\" Sign, \"bar\" Glued, \"(\" Sign, \")\" Sign, \"12\" Number",
        );
        check("Ángel ÉCOLE", "\"Ángel\" Title, \"ÉCOLE\" Upper");
        check("", "");
    }

    #[test]
    fn quick_words_are_as_all_words_are() {
        for word in ["a", "be", "Ann", "ann", "sevenle", "Eightlet", "kaiserslautern", "Kaiserslautern", "A", "X"] {
            for behind in [
                " x", ", x", ".", ". x", ".\nx", ".x", ".X", ".5", ";", ") y", "!z", "?", "\" ", "\nx", "", "(", "'s",
                "-x", "@x",
            ] {
                // A word that no white space is before is read the slow way.
                let text = format!("{word}{behind} and a little more");
                let quick = Tokens::new(&text).next().unwrap();
                let mut slow = Tokens { text: &text, at: 0, begun: 1 };
                let slow = slow.next().unwrap();
                assert_eq!(quick, Token { is_spaced: true, ..slow }, "{text:?}");
            }
        }
        for sign in ["#", ".", "'", "~"] {
            assert_eq!(Tokens::new(sign).next().unwrap().hash, word_hash(sign), "{sign}");
        }
    }

    #[test]
    fn tokens_never_overlap() {
        for text in ["A.B.C. d.e", "''s '", "-a- -", "É.É", "\u{301}a", "x'", "A.", "\u{a0}A\u{2028}B"] {
            let mut end = 0;
            for token in Tokens::new(text) {
                assert!(token.start >= end && token.end > token.start, "{text:?}");
                assert!(text.get(token.start..token.end).is_some(), "{text:?}");
                end = token.end;
            }
        }
    }
}
