//! The folded view of plain ASCII prose, which most of most texts is: word by word, eight bytes at a time.

use super::span::{Pieces, ViewSet};

/// What a byte is to the signs of disguise.
const KIND: [Kind; 256] = {
    let mut table = [Kind::Separator; 256];
    let mut byte = 0;
    while byte < 256 {
        let kind = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' => Kind::Letter,
            b'0'..=b'9' => Kind::Digit,
            b'@' | b'$' | b'!' | b'|' | b'+' => Kind::Sign,
            128.. => Kind::Foreign,
            _ => Kind::Separator,
        };
        #[expect(clippy::indexing_slicing, reason = "evaluated when compiled, where a slip is an error")]
        {
            table[byte] = kind;
        }
        byte += 1;
    }
    table
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Separator,
    Letter,
    Digit,
    /// May stand for a letter beside one.
    Sign,
    /// Not ASCII.
    Foreign,
}

/// So many letters in a row may be words run together.
const GLUED_MIN: usize = 18;
/// So many single characters may spell a word.
const SINGLES_MIN: usize = 4;
/// What parts single characters that spell a word is at most so long.
const GAP_MAX: usize = 4;

/// A place to which folding can go back.
#[derive(Clone, Copy)]
struct Place {
    /// In the source.
    at: usize,
    /// In the folded text.
    folded: usize,
}

/// Folds `source` from a byte on for as long as no word is disguised, and returns where one might be: `source.len()`
/// if none. That place is one at which a word, or what parts words, begins.
pub(super) fn fold_prose(source: &[u8], start: usize, folded: &mut Vec<u8>, map: &mut Pieces) -> usize {
    let mut at = start;
    // Where the gap before the last word begins, and the gap before the first of the last single characters.
    let mut before_word = Place { at, folded: folded.len() };
    let mut before_singles = before_word;
    let mut singles = 0;
    let mut is_linear = false;
    loop {
        // A space and a short word, which most of prose is made of, goes over as it stands but for its case.
        while is_linear && let Some((chunk, length)) = spaced_word(source, at) {
            before_word = Place { at, folded: folded.len() };
            folded.extend_from_slice(&chunk.to_le_bytes());
            folded.truncate(before_word.folded + length);
            at += length;
            singles = 0;
        }
        let gap = Place { at, folded: folded.len() };
        let mut last = Kind::Separator;
        let mut next = kind(source, at);
        while let Some(kind_here @ (Kind::Separator | Kind::Sign)) = next {
            last = kind_here;
            at += 1;
            next = kind(source, at);
        }
        match next {
            Some(Kind::Letter | Kind::Digit) if last == Kind::Sign => return back_to(before_word, folded, map),
            Some(Kind::Foreign) if at == gap.at => return back_to(before_word, folded, map),
            Some(Kind::Foreign) => return back_to(gap, folded, map),
            Some(Kind::Separator | Kind::Letter | Kind::Digit | Kind::Sign) | None => {}
        }
        let width = at - gap.at;
        if width == 1 {
            if !is_linear {
                map.linear(gap.folded, gap.at, ViewSet::NONE);
                is_linear = true;
            }
            folded.push(b' ');
        } else if width > 1 {
            map.whole(gap.folded, gap.at..at, ViewSet::NONE);
            is_linear = false;
            folded.push(b' ');
        }
        let Some(kind_of_word) = next else { return at };
        if !is_linear {
            map.linear(folded.len(), at, ViewSet::NONE);
            is_linear = true;
        }
        before_word = gap;
        let length =
            if kind_of_word == Kind::Letter { letters(source, at, folded) } else { digits(source, at, folded) };
        at += length;
        let is_mixed = matches!(kind(source, at), Some(Kind::Letter | Kind::Digit | Kind::Foreign));
        if is_mixed || length >= GLUED_MIN {
            return back_to(before_word, folded, map);
        }
        if length > 1 {
            singles = 0;
            continue;
        }
        if singles == 0 || width > GAP_MAX {
            before_singles = before_word;
            singles = 0;
        }
        singles += 1;
        if singles >= SINGLES_MIN {
            return back_to(before_singles, folded, map);
        }
    }
}

/// A space and a word of two to six letters that something behind it parts from the next, in lower case.
#[inline]
fn spaced_word(source: &[u8], at: usize) -> Option<(u64, usize)> {
    let chunk = u64::from_le_bytes(*source.get(at..)?.first_chunk::<8>()?);
    // The space is no letter, so the next that is none ends the word.
    let ends = others(chunk | (ONES * 0x20)) & !0xff;
    let length = (ends.trailing_zeros() / 8) as usize;
    let is_short = (3..8).contains(&length) && chunk & 0xff == u64::from(b' ');
    (is_short && kind(source, at + length) == Some(Kind::Separator)).then_some((chunk | (ONES * 0x20), length))
}

fn kind(source: &[u8], at: usize) -> Option<Kind> {
    source.get(at).and_then(|byte| KIND.get(usize::from(*byte))).copied()
}

fn back_to(place: Place, folded: &mut Vec<u8>, map: &mut Pieces) -> usize {
    folded.truncate(place.folded);
    map.truncate(place.folded);
    place.at
}

/// Copies the letters at a byte in lower case; returns how many there are.
fn letters(source: &[u8], start: usize, folded: &mut Vec<u8>) -> usize {
    let mut at = start;
    while let Some(chunk) = source.get(at..at + 8).and_then(|chunk| <[u8; 8]>::try_from(chunk).ok()) {
        let chunk = u64::from_le_bytes(chunk) | (ONES * 0x20);
        let count = (others(chunk).trailing_zeros() / 8) as usize;
        let length = folded.len();
        folded.extend_from_slice(&chunk.to_le_bytes());
        folded.truncate(length + count);
        at += count;
        if count < 8 {
            return at - start;
        }
    }
    let rest = source.get(at..).unwrap_or_default();
    let count = rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    folded.extend(rest.iter().take(count).map(u8::to_ascii_lowercase));
    at + count - start
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// The highest bit of each byte that is no letter in lower case.
fn others(chunk: u64) -> u64 {
    let low = chunk & !HIGHS;
    let at_least_a = low + ONES * (0x80 - b'a') as u64;
    let beyond_z = low + ONES * (0x80 - b'z' - 1) as u64;
    (!at_least_a | beyond_z | chunk) & HIGHS
}

fn digits(source: &[u8], start: usize, folded: &mut Vec<u8>) -> usize {
    let rest = source.get(start..).unwrap_or_default();
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    folded.extend_from_slice(rest.get(..count).unwrap_or_default());
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_be_disguised_is_left_to_the_slow_way() {
        let check = |text: &str, expected: &str, rest: &str| {
            let (mut folded, mut map) = (Vec::new(), Pieces::default());
            let at = fold_prose(text.as_bytes(), 0, &mut folded, &mut map);
            assert_eq!((std::str::from_utf8(&folded).unwrap(), &text[at..]), (expected, rest), "{text:?}");
        };
        check("", "", "");
        check("Two  words, 12 times!\n", "two words 12 times ", "");
        check("a b c", "a b c", "");
        check("so a b  c d", "so", " a b  c d");
        check("a b c      d e", "a b c d e", "");
        check("one w0rd", "one", " w0rd");
        check("one $ystem", "", "one $ystem");
        check("a Ignoreallpreviousinstructions", "a", " Ignoreallpreviousinstructions");
        check("internationalisin g", "internationalisin g", "");
        check("say, Ünder", "say", ", Ünder");
        check("say nÜnder", "say", " nÜnder");
        check("(Wow! Great)", " wow great ", "");
        check("[x]{Z}`~", " x z ", "");
    }
}
