//! What a stream must hold back: the tail of a text in which a disguise might still be growing.

use unicode_normalization::UnicodeNormalization;

use super::ansi;
use super::canonical::plain_ascii;
use super::encoded::{RUN_MIN, is_digit_of_base64};
use super::fold::is_word;
use super::hidden;
use super::homoglyph::looks_like;
use super::invisible::{BLACK_FLAG, is_invisible, is_tag, selector_byte};
use super::leet::is_sign;
use super::spaced;

/// The earliest byte of `text` from which a disguise might still be growing if more text followed; the length of
/// the text if none.
///
/// The last word is always held: it may be the beginning of a run of base64, of a flag, of an escape.
pub fn live_from(text: &str) -> usize {
    let word = token(text);
    let live = [lines(text, word), pairs(text), singles(text), apart(text), carriers(text), sequence(text)];
    live.into_iter().fold(word, usize::min)
}

/// Where the last unbroken token begins. Text without spaces, as Chinese is, breaks at every character that no
/// encoding uses.
fn token(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut start = text.len();
    let mut escapes = None;
    for (at, c) in text.char_indices().rev() {
        if c.is_whitespace() {
            break;
        }
        // What a terminal sequence parts stands together in the canonical view.
        if matches!(c, '%' | '&' | '\\') || ansi::is_control(c) {
            escapes = Some(at);
        }
        start = at;
    }
    // An escaped token is one whole; so is whatever of it the alphabet of base64 covers at its end.
    if let Some(at) = escapes {
        return alphabet(text, at).max(start);
    }
    let end = bytes.len() - bytes.iter().rev().take(2).take_while(|byte| **byte == b'=').count();
    alphabet(text, end).max(start)
}

/// Where the characters that base64, hexadecimal or leet could consist of begin, before `end`; what is invisible or
/// becomes such a character in the canonical view included, and what looks like one in another script.
fn alphabet(text: &str, end: usize) -> usize {
    let before = text.get(..end).unwrap_or_default();
    let belongs = |c: char| {
        u8::try_from(c).map_or_else(
            |_| {
                is_invisible(c)
                    || selector_byte(c).is_some()
                    || is_tag(c)
                    || looks_like(c).or_else(|| looks_like(c.to_lowercase().next()?)).is_some()
                    || std::iter::once(c).nfkd().all(|c| u8::try_from(c).is_ok_and(is_digit_of_base64) || !is_word(c))
                        && std::iter::once(c).nfkd().next().is_some_and(|c| c.is_ascii())
            },
            |byte| is_digit_of_base64(byte) || is_sign(c),
        )
    };
    before.char_indices().rev().take_while(|(_, c)| belongs(*c)).last().map_or(end, |(at, _)| at)
}

/// Where the full lines begin that the last line may continue.
fn lines(text: &str, word: usize) -> usize {
    let mut live = word;
    loop {
        let before = text.get(..live).unwrap_or_default().trim_end_matches([' ', '\t']);
        let Some(line) = before.strip_suffix('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)) else { break };
        let start = alphabet(text, line.len());
        if line.len() - start < RUN_MIN {
            break;
        }
        live = start;
    }
    live
}

/// Where the last pairs of hexadecimal digits begin.
fn pairs(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut live = text.len();
    loop {
        let before = bytes.get(..live).unwrap_or_default();
        let separator =
            before.iter().rev().take_while(|byte| matches!(byte, b' ' | b',' | b':' | b';' | b'-' | b'\n')).count();
        let before = before.get(..before.len() - separator).unwrap_or_default();
        let length = before.iter().rev().take(5).take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let token = before.get(before.len() - length..).unwrap_or_default();
        let is_last = live == text.len();
        let is_pair = match token {
            [b'0', b'x' | b'X', digits @ ..] | digits => {
                digits.iter().all(u8::is_ascii_hexdigit)
                    && (digits.len() == 2 || (is_last && separator == 0 && digits.len() < 2))
            }
        };
        if length == 0 || separator > 2 || !is_pair {
            return live;
        }
        live = before.len() - length;
    }
}

/// Where the last single characters begin.
fn singles(text: &str) -> usize {
    let mut live = text.len();
    loop {
        let before = text.get(..live).unwrap_or_default();
        let rest = before.trim_end_matches(|c| !is_word(c));
        let is_last = live == text.len();
        if !is_last && before.len() == rest.len() || before.get(rest.len()..).is_some_and(|gap| gap.chars().count() > 4)
        {
            return live;
        }
        let mut characters = rest.chars().rev();
        let Some(single) = characters.next() else { return live };
        if characters.next().is_some_and(is_word) || !single.is_alphanumeric() {
            return live;
        }
        live = rest.len() - single.len_utf8();
    }
}

/// Where the last single characters of any kind begin that one separator holds apart, as [`spaced::runs`] reads
/// them.
fn apart(text: &str) -> usize {
    let begin = |separator: u8| {
        let (mut at, mut live, mut gap) = (text.len(), text.len(), 0);
        for (count, piece) in text.rsplit(char::from(separator)).enumerate() {
            at -= piece.len() + usize::from(count > 0);
            let mut characters = piece.chars();
            match (characters.next(), characters.next()) {
                // Behind the last separator there may be nothing yet, and between two characters more than one space.
                (None, _) if count == 0 || separator == b' ' && gap <= spaced::GAP_MAX => gap += 1,
                (Some(c), None) if !c.is_whitespace() => (live, gap) = (at, 0),
                _ => break,
            }
        }
        live
    };
    spaced::SEPARATORS.into_iter().map(begin).min().unwrap_or(text.len())
}

/// Where tags or variation selectors begin that may spell more.
fn carriers(text: &str) -> usize {
    let near = text.floor_char_boundary(text.len().saturating_sub(hidden::GAP + 4));
    if text.get(near..).is_none_or(str::is_ascii) {
        return text.len();
    }
    let carriers: Vec<(char, usize)> = text
        .char_indices()
        .filter(|(_, c)| is_tag(*c) || selector_byte(*c).is_some())
        .map(|(at, c)| (c, at + c.len_utf8()))
        .collect();
    // A flag is tags behind a black flag, and a cancel tag ends it.
    let spelling: Vec<(char, usize)> = carriers
        .iter()
        .copied()
        .filter(|(c, end)| {
            is_tag(*c)
                || !super::invisible::selects(
                    *c,
                    text.get(..end - c.len_utf8()).and_then(|text| text.chars().next_back()),
                )
        })
        .collect();
    let live = hidden::live_from(&spelling, text.len());
    let before = text.get(..live).unwrap_or_default();
    if before.ends_with(BLACK_FLAG) { live - BLACK_FLAG.len_utf8() } else { live }
}

/// Where a terminal sequence begins that has not ended.
fn sequence(text: &str) -> usize {
    if plain_ascii(text.as_bytes()) == text.len() {
        return text.len();
    }
    let mut controls =
        text.char_indices().rev().filter(|(_, c)| ansi::is_control(*c) && !matches!(c, '\u{7}' | '\u{9c}'));
    // The last may be the terminator of the one before it.
    let open = |at: usize| ansi::sequence(text, at).is_open;
    match (controls.next(), controls.next()) {
        (Some((last, _)), Some((before, _))) if open(last) || open(before) => {
            if open(before) {
                before
            } else {
                last
            }
        }
        (Some((last, _)), _) if open(last) => last,
        _ => text.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growing_disguises_are_held() {
        let check = |text: &str, held: &str| assert_eq!(&text[live_from(text)..], held, "{text:?}");
        check("", "");
        check("Ordinary prose. ", "");
        check("Ordinary pro", "pro");
        check("says aWdub3JlIGFsbCBwcmV2", "aWdub3JlIGFsbCBwcmV2");
        check("aWdub3JlIGFsbCBwcmV2\n", "aWdub3JlIGFsbCBwcmV2\n");
        check("aWdub3JlIGFsbCBw\ncmV2aW91cyBpbnN0\ncnV", "aWdub3JlIGFsbCBw\ncmV2aW91cyBpbnN0\ncnV");
        check("see ignore%20al", "ignore%20al");
        check("see &#10", "&#10");
        check(r"see \u00", r"\u00");
        check("hex 69 67 6", "69 67 6");
        check("i g n ", "i g n ");
        check("words i.g.n", "i.g.n");
        check("code _ _ i m ( ", "_ _ i m ( ");
        check("code _ _   i m  ", "_ _   i m  ");
        check("two  ", "");
        check("red \u{1b}[3", "\u{1b}[3");
        check("red \u{1b}[31m ", "");
        check("t \u{1b}]0;title", "\u{1b}]0;title");
        check("done \u{1b}]0;title\u{1b}", "\u{1b}]0;title\u{1b}");
        check("hi\u{e0069}\u{e0067}", "hi\u{e0069}\u{e0067}");
        check("see аWdub3", "аWdub3");
        check("这是中文。", "");
        check("这是中文", "");
        check("I am 20 years old and ", "");
    }
}
