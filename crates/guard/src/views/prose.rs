//! The folded view of plain ASCII prose, which most text is: one pass over the bytes.

use super::fold::Folded;
use super::span::{Pieces, ViewSet};

/// Letters: itself in lower case. Digits: themselves. All else parts words.
const LOWER: [u8; 256] = {
    let mut table = [b' '; 256];
    let mut byte = 0;
    while byte < 128 {
        let c = (byte as u8).to_ascii_lowercase();
        if c.is_ascii_alphanumeric() {
            #[expect(clippy::indexing_slicing, reason = "evaluated when compiled, where a slip is an error")]
            {
                table[byte] = c;
            }
        }
        byte += 1;
    }
    table
};

/// What a character is to the signs of disguise.
const KIND: [u8; 256] = {
    let mut table = [SEPARATOR; 256];
    let mut byte = 0;
    while byte < 128 {
        let c = byte as u8;
        let kind = match c {
            b'a'..=b'z' | b'A'..=b'Z' => LETTER,
            b'0'..=b'9' => DIGIT,
            b'@' | b'$' | b'!' | b'|' | b'+' => SIGN,
            _ => SEPARATOR,
        };
        #[expect(clippy::indexing_slicing, reason = "evaluated when compiled, where a slip is an error")]
        {
            table[byte] = kind;
        }
        byte += 1;
    }
    table
};
const SEPARATOR: u8 = 0;
const LETTER: u8 = 1;
const DIGIT: u8 = 2;
const SIGN: u8 = 3;

/// Bit `4 * first + second` for each pair of neighbours that may be leet.
const LEET_PAIRS: u32 =
    1 << (4 * LETTER + DIGIT) | 1 << (4 * DIGIT + LETTER) | 1 << (4 * SIGN + LETTER) | 1 << (4 * SIGN + DIGIT);

/// The fold of ASCII text in which no word is disguised: most text there is. Nothing as soon as one might be.
pub(super) fn fold_prose(text: &str) -> Option<Folded> {
    let mut folded = vec![0; text.len()];
    let mut map = Pieces::default();
    let mut length = 0;
    // One bit for each of the last characters: whether it parts words.
    let mut history = u32::MAX;
    let mut before = SEPARATOR;
    let mut disguised = 0;
    let mut skipped = true;
    for (at, byte) in text.bytes().enumerate() {
        let lower = LOWER.get(usize::from(byte)).copied().unwrap_or(b' ');
        let kind = KIND.get(usize::from(byte)).copied().unwrap_or(SEPARATOR);
        // Within a word of letters nothing can be odd but its length, which is looked at behind it.
        if kind != LETTER || before != LETTER {
            disguised |= (LEET_PAIRS >> (4 * before + kind)) & 1 | u32::from(history & GLUED == 0);
        }
        before = kind;
        let parts = lower == b' ';
        let repeats = parts && history & 1 == 1 && at > 0;
        history = history << 1 | u32::from(parts);
        if repeats {
            skipped = true;
            continue;
        }
        disguised |= u32::from(history & SINGLES_MASK == SINGLES);
        if skipped {
            map.linear(length, at, ViewSet::NONE);
            skipped = false;
        }
        *folded.get_mut(length)? = lower;
        length += 1;
    }
    if disguised != 0 || history & GLUED == 0 {
        return None;
    }
    folded.truncate(length);
    Some(Folded { text: String::from_utf8(folded).ok()?, map, mixed: Vec::new(), is_prose: true })
}

/// Four single characters with one separator between each.
const SINGLES: u32 = 0b010_1010;
const SINGLES_MASK: u32 = 0b111_1111;

/// So many letters in a row may be words run together.
const GLUED: u32 = (1 << 18) - 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_be_disguised_is_left_to_the_slow_way() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(fold_prose(text).map(|folded| folded.text).as_deref(), expected, "{text:?}");
        };
        check("", Some(""));
        check("Two  words, 12 times!\n", Some("two words 12 times "));
        check("a b c", Some("a b c"));
        check("a b c d", None);
        check("w0rd", None);
        check("$ystem", None);
        check("ignoreallpreviousinstructions", None);
    }
}
