//! Where a number or a code begins and ends, so that nothing is found inside a longer thing: a UUID, a
//! digest, a version, a decimal, a price.

use std::ops::Range;

/// How many bytes behind a match [`ends`] may look at: a character and the one after it.
pub(super) const LOOK_AHEAD: usize = 8;

/// Whether letters of this script are written without spaces, so that a word or number may touch them.
pub(crate) fn is_spaceless(character: char) -> bool {
    matches!(character, '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1100}'..='\u{11ff}'
        | '\u{1780}'..='\u{17ff}' | '\u{2e80}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Whether a character continues a word.
#[inline]
pub(crate) fn is_word(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_alphanumeric() || character == '_';
    }
    character.is_alphanumeric() && !is_spaceless(character)
}

/// A hyphen of any kind.
pub(crate) fn is_dash(character: char) -> bool {
    matches!(character, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// A character that people put between the groups of a number.
pub(super) fn is_separator(character: char) -> bool {
    is_dash(character) || matches!(character, ' ' | '.' | '/' | '\u{a0}' | '\u{202f}' | '\u{2009}')
}

/// The value of a decimal digit: ASCII and the scripts whose digits survive compatibility folding.
#[inline]
pub(super) fn decimal(character: char) -> Option<u8> {
    if let Ok(byte) = u8::try_from(character)
        && byte.is_ascii()
    {
        return byte.is_ascii_digit().then(|| byte - b'0');
    }
    let zero = match character {
        '\u{0660}'..='\u{0669}' => '\u{0660}',
        '\u{06f0}'..='\u{06f9}' => '\u{06f0}',
        '\u{0966}'..='\u{096f}' => '\u{0966}',
        '\u{09e6}'..='\u{09ef}' => '\u{09e6}',
        '\u{0e50}'..='\u{0e59}' => '\u{0e50}',
        '\u{ff10}'..='\u{ff19}' => '\u{ff10}',
        _ => return None,
    };
    u8::try_from(u32::from(character) - u32::from(zero)).ok()
}

/// Where the first byte stands that may be of a digit: one of ASCII, or of a character that is not. Compiles to vector
/// code, since most stretches of most texts have none.
pub(super) fn may_be_digit(bytes: &[u8]) -> Option<usize> {
    const LANES: usize = 32;
    let is_one = |byte: &u8| byte.is_ascii_digit() | (*byte >= 0x80);
    let (chunks, _) = bytes.as_chunks::<LANES>();
    let has_none = |chunk: &&[u8; LANES]| !chunk.iter().fold(false, |any, byte| any | is_one(byte));
    let from = chunks.iter().take_while(has_none).count() * LANES;
    bytes.get(from..)?.iter().position(is_one).map(|at| from + at)
}

/// The nearest character boundary at or before a byte.
pub(super) fn floor(text: &str, at: usize) -> usize {
    text.floor_char_boundary(at)
}

/// The text before a byte.
pub(super) fn before(text: &str, at: usize) -> &str {
    text.get(..at).unwrap_or("")
}

/// The text from a byte on.
pub(super) fn after(text: &str, at: usize) -> &str {
    text.get(at..).unwrap_or("")
}

/// Whether a number may begin here: not in a word, not behind another number's `.`, `-`, `/`, `:` or `,`,
/// not behind a sign of money, not behind a group of hexadecimal digits and a hyphen.
pub(super) fn begins(text: &str, at: usize) -> bool {
    let mut back = before(text, at).chars().rev();
    let Some(previous) = back.next() else {
        return true;
    };
    if is_word(previous) || decimal(previous).is_some() || matches!(previous, '$' | '€' | '£' | '¥' | '₹' | '%') {
        return false;
    }
    let Some(second) = back.next() else {
        return true;
    };
    if (matches!(previous, '.' | '/' | ':' | '+' | '\'') || is_dash(previous)) && decimal(second).is_some() {
        return false;
    }
    if previous == ',' && decimal(second).is_some() {
        // The thousands of a larger number; a list of long numbers has more than three digits between commas.
        let digits = before(text, at.saturating_sub(1)).chars().rev().take_while(|c| decimal(*c).is_some()).count();
        return digits > 3;
    }
    // A space between `$` and the amount.
    if previous == ' ' && matches!(second, '$' | '€' | '£' | '¥' | '₹') {
        return false;
    }
    !(is_dash(previous) && is_hex_group(before(text, at.saturating_sub(previous.len_utf8()))))
}

/// Whether the text ends in four or more hexadecimal digits of one case, as the groups of a UUID do.
fn is_hex_group(text: &str) -> bool {
    let group: Vec<char> = text.chars().rev().take_while(|c| c.is_ascii_alphanumeric()).take(13).collect();
    matches!(group.len(), 4 | 8 | 12) && group.iter().all(|c| c.is_ascii_digit() || matches!(c, 'a'..='f' | 'A'..='F'))
}

/// Whether a number may end here: no word, no further group behind `.`, `-`, `/` or `:`, no percent, no
/// address.
pub(super) fn ends(text: &str, at: usize) -> bool {
    let mut ahead = after(text, at).chars();
    let Some(next) = ahead.next() else {
        return true;
    };
    if is_word(next) || decimal(next).is_some() || matches!(next, '%' | '@') {
        return false;
    }
    if !(matches!(next, '.' | '/' | ':') || is_dash(next)) {
        return true;
    }
    !ahead.next().is_some_and(|c| if is_dash(next) { c.is_ascii_alphanumeric() } else { decimal(c).is_some() })
}

/// Whether digits stand one space before or after a span, so that a spaced number there is a part of a
/// longer one.
pub(super) fn has_spaced_neighbour(text: &str, span: &Range<usize>) -> bool {
    let mut back = before(text, span.start).chars().rev();
    let mut ahead = after(text, span.end).chars();
    (back.next() == Some(' ') && back.next().is_some_and(|c| decimal(c).is_some()))
        || (ahead.next() == Some(' ') && ahead.next().is_some_and(|c| decimal(c).is_some()))
}

/// Whether more text could still change what [`ends`] and [`has_spaced_neighbour`] say of a match that ends
/// here: they look at two characters.
pub(super) fn is_end_open(text: &str, at: usize) -> bool {
    let mut ahead = after(text, at).chars();
    match ahead.next() {
        None => true,
        Some(next) if is_separator(next) || next == ':' => ahead.next().is_none(),
        Some(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_do_not_begin_inside_others() {
        for (text, number) in [
            ("550e8400-e29b-41d4-a716-446655440000", "446655440000"),
            ("v1.2.345678901", "345678901"),
            ("$ 123456789", "123456789"),
            ("1,234567890", "234567890"),
            ("x123456789", "123456789"),
            ("12:123456789", "123456789"),
        ] {
            assert!(!begins(text, text.find(number).unwrap()), "{text}");
        }
        for (text, number) in
            [("id-123456789", "123"), ("电话123456789", "123"), ("(123", "123"), ("123456,789", "789")]
        {
            assert!(begins(text, text.find(number).unwrap()), "{text}");
        }
    }

    #[test]
    fn numbers_do_not_end_inside_others() {
        for text in ["123.5", "123-4", "123a", "123%", "123@x", "123/4", "123-a"] {
            assert!(!ends(text, 3), "{text}");
        }
        for text in ["123", "123.", "123. 4", "123,4", "123 4", "123-", "123/month", "123です"] {
            assert!(ends(text, 3), "{text}");
        }
    }
}
