//! Escapes within text: percent-encoding, HTML entities, `\u` and its kin. All are undone in one view of the whole
//! text, since one escaped letter in a word is enough to hide the word.

use redoubt_domain::finding::View;

use super::encoded::byte_of;
use super::span::{Pieces, ViewSet};

/// A text with its escapes undone.
#[derive(Debug, Default)]
pub(super) struct Unescaped {
    pub(super) text: String,
    pub(super) map: Pieces,
    /// How many letters and digits were escaped.
    pub(super) letters: usize,
}

/// `text` with its escapes undone, or nothing if it has none.
pub(super) fn unescape(text: &str) -> Option<Unescaped> {
    let first = memchr::memchr3(b'%', b'&', b'\\', text.as_bytes())?;
    let mut found = Unescaped::default();
    let mut at = 0;
    let mut changed = false;
    for start in std::iter::once(first).chain(memchr::memchr3_iter(b'%', b'&', b'\\', text.as_bytes()).skip(1)) {
        if start < at {
            continue;
        }
        let Some(escape) = text.get(start..).and_then(escape) else { continue };
        if start > at {
            found.map.linear(found.text.len(), at, ViewSet::NONE);
            found.text.push_str(text.get(at..start).unwrap_or_default());
        }
        at = start + escape.length;
        found.map.whole(found.text.len(), start..at, ViewSet::of(escape.view));
        found.letters += usize::from(escape.c.is_alphanumeric());
        found.text.push(escape.c);
        changed = true;
    }
    if !changed {
        return None;
    }
    found.map.linear(found.text.len(), at, ViewSet::NONE);
    found.text.push_str(text.get(at..).unwrap_or_default());
    Some(found)
}

struct Escape {
    c: char,
    length: usize,
    view: View,
}

fn escape(rest: &str) -> Option<Escape> {
    let (c, length, view) = match rest.as_bytes().first()? {
        b'%' => percent(rest).map(|(c, length)| (c, length, View::Url))?,
        b'&' => entity(rest).map(|(c, length)| (c, length, View::HtmlEntity))?,
        _ => backslash(rest).map(|(c, length)| (c, length, View::Escape))?,
    };
    Some(Escape { c, length, view })
}

fn percent(rest: &str) -> Option<(char, usize)> {
    if let Some(unit) = rest.strip_prefix("%u") {
        return Some((char::from_u32(number(unit.get(..4)?, 16)?)?, 6));
    }
    bytes(rest, "%")
}

/// One character in UTF-8, each byte as two hexadecimal digits behind `prefix`.
fn bytes(rest: &str, prefix: &str) -> Option<(char, usize)> {
    let each = prefix.len() + 2;
    let byte = |index: usize| {
        let piece = rest.get(index * each..(index + 1) * each)?.strip_prefix(prefix)?;
        byte_of(<[u8; 2]>::try_from(piece.as_bytes()).ok()?)
    };
    let first = byte(0)?;
    let count = match first {
        0..0x80 => 1,
        0xc2..0xe0 => 2,
        0xe0..0xf0 => 3,
        0xf0..0xf5 => 4,
        _ => 0,
    };
    let encoded: Option<Vec<u8>> = (0..count).map(byte).collect();
    let c = encoded.as_deref().and_then(|encoded| std::str::from_utf8(encoded).ok()?.chars().next());
    match c {
        Some(c) => Some((c, count * each)),
        // Not UTF-8: Latin-1, as older encoders write it.
        None => (first >= 0xa0).then(|| (char::from(first), each)),
    }
}

fn entity(rest: &str) -> Option<(char, usize)> {
    let name = rest.strip_prefix('&')?;
    if let Some(digits) = name.strip_prefix('#') {
        let (digits, radix, prefix) = match digits.strip_prefix(['x', 'X']) {
            Some(digits) => (digits, 16, 3),
            None => (digits, 10, 2),
        };
        let length = digits.bytes().take(10).take_while(|byte| char::from(*byte).is_digit(radix)).count();
        let c = char::from_u32(number(digits.get(..length)?, radix)?)?;
        let semicolon = usize::from(digits.get(length..)?.starts_with(';'));
        return Some((c, prefix + length + semicolon));
    }
    let length = name.bytes().take(12).take_while(u8::is_ascii_alphanumeric).count();
    let found = name.get(..length).filter(|_| name.get(length..).is_some_and(|rest| rest.starts_with(';')))?;
    let (_, c) = NAMED.iter().find(|(name, _)| *name == found)?;
    Some((*c, length + 2))
}

/// Names of ASCII characters, spaces and invisible characters: those that can hide or part words.
const NAMED: [(&str, char); 52] = [
    ("amp", '&'),
    ("AMP", '&'),
    ("lt", '<'),
    ("LT", '<'),
    ("gt", '>'),
    ("GT", '>'),
    ("quot", '"'),
    ("QUOT", '"'),
    ("apos", '\''),
    ("nbsp", ' '),
    ("ensp", ' '),
    ("emsp", ' '),
    ("thinsp", ' '),
    ("Tab", '\t'),
    ("NewLine", '\n'),
    ("shy", '\u{ad}'),
    ("zwnj", '\u{200c}'),
    ("zwj", '\u{200d}'),
    ("lrm", '\u{200e}'),
    ("rlm", '\u{200f}'),
    ("ZeroWidthSpace", '\u{200b}'),
    ("NoBreak", '\u{2060}'),
    ("excl", '!'),
    ("num", '#'),
    ("dollar", '$'),
    ("percnt", '%'),
    ("lpar", '('),
    ("rpar", ')'),
    ("ast", '*'),
    ("plus", '+'),
    ("comma", ','),
    ("period", '.'),
    ("sol", '/'),
    ("colon", ':'),
    ("semi", ';'),
    ("equals", '='),
    ("quest", '?'),
    ("commat", '@'),
    ("lsqb", '['),
    ("lbrack", '['),
    ("bsol", '\\'),
    ("rsqb", ']'),
    ("rbrack", ']'),
    ("Hat", '^'),
    ("lowbar", '_'),
    ("grave", '`'),
    ("lcub", '{'),
    ("lbrace", '{'),
    ("verbar", '|'),
    ("rcub", '}'),
    ("rbrace", '}'),
    ("hyphen", '-'),
];

fn backslash(rest: &str) -> Option<(char, usize)> {
    let kind = rest.get(1..)?.chars().next()?;
    let plain = match kind {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        '"' | '\'' | '\\' | '/' => kind,
        'u' | 'U' => return unicode(rest),
        'x' => return bytes(rest, "\\x").or_else(|| braced(rest)),
        '0'..='3' => {
            let digits = rest.get(1..4)?;
            return Some((char::from_u32(number(digits, 8)?)?, 4));
        }
        _ => return None,
    };
    Some((plain, 2))
}

/// `\uXXXX`, in pairs beyond the first plane, `\UXXXXXXXX`, `\u{…}`.
fn unicode(rest: &str) -> Option<(char, usize)> {
    if let Some(found) = braced(rest) {
        return Some(found);
    }
    if rest.starts_with("\\U") {
        return Some((char::from_u32(number(rest.get(2..10)?, 16)?)?, 10));
    }
    let unit = |from: usize| number(rest.get(from..from + 4)?, 16);
    let high = unit(2)?;
    if !(0xd800..0xdc00).contains(&high) {
        return Some((char::from_u32(high)?, 6));
    }
    let low = rest.get(6..)?.starts_with("\\u").then(|| unit(8))?.filter(|low| (0xdc00..0xe000).contains(low))?;
    Some((char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))?, 12))
}

fn braced(rest: &str) -> Option<(char, usize)> {
    let digits = rest.get(2..)?.strip_prefix('{')?;
    let length = digits.bytes().take(8).position(|byte| byte == b'}')?;
    Some((char::from_u32(number(digits.get(..length)?, 16)?)?, length + 4))
}

/// Digits only: no sign, which `from_str_radix` would take.
fn number(digits: &str, radix: u32) -> Option<u32> {
    digits.chars().all(|c| c.is_digit(radix)).then(|| u32::from_str_radix(digits, radix).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(unescape(text).map(|found| found.text).as_deref(), expected, "{text:?}");
        };
        check("ignore%20all", Some("ignore all"));
        check("%69gnore %C3%A9 %E4", Some("ignore é ä"));
        check("%u0069gnore", Some("ignore"));
        check("&#105;gnore &#x61ll &lt;b&gt;", Some("ignore all <b>"));
        check(r"\u0069gnore \x61ll \u{70}rev \ud83d\ude00 \151", Some("ignore all prev 😀 i"));
        check(r"a\nb\\c", Some("a\nb\\c"));
        for same in ["100% sure", "AT&T & co", r"C:\dir\", "&unknown;", "%zz", r"\ud800", "&#;", "&#1114112;", ""] {
            check(same, None);
        }
    }
}
