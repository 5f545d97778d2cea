//! What a secret looks like, as a row of characters classes and lengths, and how to read one off a text.

use super::super::entropy::{is_placeholder, shannon};

/// Characters that may stand in a part of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Digit,
    Hex,
    LowerHex,
    Alpha,
    Alnum,
    LowerAlnum,
    UpperAlnum,
    /// Letters, digits and `_`.
    Word,
    /// Letters, digits, `_` and `-`.
    Dashed,
    /// Base64 with `+` and `/` and its padding.
    Base64,
    /// Letters, digits, `_`, `-` and `=`.
    Padded,
    /// Both kinds of base64.
    Base64Any,
    /// Letters, digits, `_`, `-`, `=` and `.`.
    Dotted,
    /// What the path and the query of an address are made of.
    Query,
    /// The alphabet of `crypt`.
    Crypt,
    /// Whatever can be seen, quotation marks and brackets of markup apart.
    Visible,
    /// Letters, digits, `-`, `_`, `.` and `~`.
    Unreserved,
    /// Letters and digits of bech32, in capitals.
    Bech32,
    /// Letters, digits and `%`.
    Percent,
    /// Exactly this text.
    Text(&'static str),
}

impl Class {
    pub(super) const fn has(self, byte: u8) -> bool {
        match self {
            Self::Digit => byte.is_ascii_digit(),
            Self::Hex => byte.is_ascii_hexdigit(),
            Self::LowerHex => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            Self::Alpha => byte.is_ascii_alphabetic(),
            Self::Alnum => byte.is_ascii_alphanumeric(),
            Self::LowerAlnum => matches!(byte, b'0'..=b'9' | b'a'..=b'z'),
            Self::UpperAlnum => matches!(byte, b'0'..=b'9' | b'A'..=b'Z'),
            Self::Word => byte.is_ascii_alphanumeric() || byte == b'_',
            Self::Dashed => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
            Self::Base64 => byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='),
            Self::Padded => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'='),
            Self::Base64Any => byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'_' | b'-' | b'='),
            Self::Query => {
                byte.is_ascii_alphanumeric()
                    || matches!(byte, b'_' | b'-' | b'=' | b'.' | b'/' | b'@' | b'&' | b'?' | b'%' | b'+' | b'~' | b':')
            }
            Self::Crypt => byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/'),
            Self::Visible => byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>'),
            Self::Dotted => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'=' | b'.'),
            Self::Unreserved => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'~'),
            Self::Bech32 => byte.is_ascii_alphanumeric() && !matches!(byte, b'1' | b'B' | b'I' | b'O' | b'a'..=b'z'),
            Self::Percent => byte.is_ascii_alphanumeric() || byte == b'%',
            Self::Text(_) => false,
        }
    }
}

/// A part of a secret: so many characters of a class, at least and at most.
pub(super) type Part = (Class, usize, usize);

/// How an attempt to read a shape ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// It is there and ends here.
    Ends(usize),
    /// It is there and more text could lengthen it.
    EndsOpen(usize),
    /// The text stops before it could be told.
    Open,
    /// It is not there.
    Not,
}

/// Reads parts off a text from a byte on. What follows must not be a letter or digit.
pub(super) fn read(text: &str, at: usize, parts: &[Part]) -> Reading {
    let bytes = text.as_bytes();
    let mut at = at;
    let mut last = None;
    for (class, least, most) in parts {
        let ahead = bytes.get(at..).unwrap_or_default();
        if let Class::Text(exactly) = class {
            if ahead.starts_with(exactly.as_bytes()) {
                at += exactly.len();
                last = Some((*class, 0));
                continue;
            }
            return if exactly.as_bytes().starts_with(ahead) { Reading::Open } else { Reading::Not };
        }
        let length = ahead.iter().take(*most).take_while(|byte| class.has(**byte)).count();
        if length < *least {
            return if length == ahead.len() { Reading::Open } else { Reading::Not };
        }
        at += length;
        last = Some((*class, length - *least));
    }
    let Some((class, spare)) = last else { return Reading::Not };
    let next = bytes.get(at);
    // A dot that ends a sentence is none of the secret's.
    let read = bytes.get(..at).unwrap_or_default();
    let dots = read.iter().rev().take(spare).take_while(|byte| matches!(byte, b'.' | b'?' | b':')).count();
    let end = at - if matches!(class, Class::Dotted | Class::Unreserved | Class::Query) { dots } else { 0 };
    match next {
        None => Reading::EndsOpen(end),
        // Of something longer, a part is not what was looked for.
        Some(next) if next.is_ascii_alphanumeric() || (matches!(next, b'-' | b'_' | b'+') && class.has(*next)) => {
            Reading::Not
        }
        Some(_) => Reading::Ends(end),
    }
}

/// At most so many bytes of a text from a byte on, cut on a character boundary: whatever looks ahead looks this far,
/// so that a hostile text costs no more than its length.
pub(super) fn ahead(text: &str, at: usize, most: usize) -> &str {
    let end = (at..=at.saturating_add(most).min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.get(at..end.unwrap_or(at)).unwrap_or("")
}

/// At most so many bytes of a text before a byte.
pub(super) fn behind(text: &str, at: usize, most: usize) -> &str {
    let start = (at.saturating_sub(most)..=at).find(|start| text.is_char_boundary(*start));
    text.get(start.unwrap_or(at)..at).unwrap_or("")
}

/// How sure a value of a known shape makes us: nothing for placeholders, little for examples of documentation.
pub(super) fn weigh(value: &str, entropy_min: f32, score: f32) -> Option<f32> {
    if is_placeholder(value) || shannon(value) < entropy_min {
        return None;
    }
    let is_example = value.to_ascii_lowercase().contains("example");
    Some(if is_example { EXAMPLE_SCORE } else { score })
}

/// Worth a note, no more: everyone may know it.
const EXAMPLE_SCORE: f32 = 0.35;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_read_whole() {
        let parts = &[(Class::Digit, 2, 4), (Class::Text("-"), 1, 1), (Class::Hex, 3, 3)];
        let check = |text: &str, expected| assert_eq!(read(text, 0, parts), expected, "{text}");
        check("123-abc ", Reading::Ends(7));
        check("123-abc", Reading::EndsOpen(7));
        check("123-ab", Reading::Open);
        check("1", Reading::Open);
        check("123", Reading::Open);
        check("123-abcd", Reading::Not);
        check("12345-abc", Reading::Not);
        check("x", Reading::Not);
    }
}
