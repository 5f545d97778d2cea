//! Ways of hiding a value from whoever looks for it. Each changes the value alone, not the text around it.

use super::subjects::{Kind, Subject};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A disguise, or a way of cutting. One column of the matrix.
#[derive(Debug)]
pub(crate) struct Evasion {
    pub(crate) name: &'static str,
    pub(crate) words: &'static str,
    pub(crate) apply: fn(&str) -> String,
    pub(crate) cut: Cut,
    /// Why this subject has no such disguise, if so.
    pub(crate) unfit: fn(&Subject) -> Option<&'static str>,
}

/// How what is sent is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// A stream's text comes in one piece, and in a second run character by character.
    Text,
    /// The bytes of the body arrive one by one, events and all.
    Bytes,
    /// The body in two parts, cut at each byte in turn.
    EveryByte,
}

pub(crate) static EVASIONS: &[Evasion] = &[
    Evasion { name: "plain", words: "as it is", apply: str::to_owned, cut: Cut::Text, unfit: any },
    Evasion {
        name: "bytes",
        words: "the body's bytes arrive one by one, events of a stream included",
        apply: str::to_owned,
        cut: Cut::Bytes,
        unfit: any,
    },
    Evasion {
        name: "cut",
        words: "the body arrives in two parts, cut at each of its bytes in turn; one cell tries every cut",
        apply: str::to_owned,
        cut: Cut::EveryByte,
        unfit: |subject| (subject.name != "e-mail").then_some(EVERY_BYTE),
    },
    Evasion {
        name: "zero-width",
        words: "a zero-width character after each character",
        apply: |value| between(value, "\u{200b}"),
        cut: Cut::Text,
        unfit: any,
    },
    Evasion { name: "full-width", words: "full-width forms", apply: full_width, cut: Cut::Text, unfit: any },
    Evasion { name: "spaced", words: "a space after each character", apply: spaced, cut: Cut::Text, unfit: any },
    Evasion {
        name: "leet",
        words: "digits in the place of letters",
        apply: |value| swapped(value, LEET),
        cut: Cut::Text,
        unfit: |subject| match subject.kind {
            Kind::Number => Some("a number has no letters"),
            Kind::Spelling => Some("an address, an account or a key with other characters is another one"),
            Kind::Phrase => None,
        },
    },
    Evasion {
        name: "base64",
        words: "base64 of the value",
        apply: |value| STANDARD.encode(value),
        cut: Cut::Text,
        unfit: any,
    },
    Evasion {
        name: "base64 x5",
        words: "base64 five times over, deeper than the bound on decoding",
        apply: |value| (0..5).fold(value.to_owned(), |text, _| STANDARD.encode(text)),
        cut: Cut::Text,
        unfit: any,
    },
    Evasion { name: "hex", words: "hexadecimal digits of the value", apply: hexadecimal, cut: Cut::Text, unfit: any },
    Evasion {
        name: "url",
        words: "percent-encoding of each byte",
        apply: |value| value.bytes().map(|byte| format!("%{byte:02X}")).collect(),
        cut: Cut::Text,
        unfit: any,
    },
    Evasion {
        name: "homoglyph",
        words: "look-alikes from other alphabets, and mathematical digits",
        apply: |value| swapped(value, LOOK_ALIKES),
        cut: Cut::Text,
        unfit: any,
    },
    Evasion {
        name: "tags",
        words: "characters of the tag block, which nobody sees",
        apply: |value| shifted(value, 0xe0000),
        cut: Cut::Text,
        unfit: any,
    },
    Evasion {
        name: "json",
        words: "each character as `\\u00XX` of the body's JSON",
        apply: |value| shifted(value, ESCAPED),
        cut: Cut::Text,
        unfit: any,
    },
    Evasion {
        name: "escaped",
        words: "each character as `\\u00XX` of the text itself",
        apply: |value| value.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect(),
        cut: Cut::Text,
        unfit: any,
    },
];

const EVERY_BYTE: &str = "one subject is enough for every cut: what is cut is the transport";

const fn any(_: &Subject) -> Option<&'static str> {
    None
}

pub(crate) const LEET: &[(char, char)] = &[('a', '4'), ('e', '3'), ('i', '1'), ('o', '0'), ('s', '5'), ('t', '7')];

#[rustfmt::skip]
pub(crate) const LOOK_ALIKES: &[(char, char)] = &[
    ('a', 'а'), ('c', 'с'), ('e', 'е'), ('i', 'і'), ('o', 'о'), ('p', 'р'), ('s', 'ѕ'), ('x', 'х'), ('y', 'у'),
    ('B', 'В'), ('E', 'Е'), ('H', 'Н'), ('K', 'К'), ('N', 'Ν'), ('T', 'Т'),
    ('0', '𝟎'), ('1', '𝟏'), ('2', '𝟐'), ('3', '𝟑'), ('4', '𝟒'), ('5', '𝟓'), ('6', '𝟔'), ('7', '𝟕'), ('8', '𝟖'), ('9', '𝟗'),
];

/// Where characters stand in for escapes until the body is written: see [`written`].
const ESCAPED: u32 = 0xe000;

/// A body as it is sent: what stands in for escapes becomes them.
pub(crate) fn written(body: &str) -> String {
    if !body.contains(is_stand_in) {
        return body.to_owned();
    }
    let mut out = String::with_capacity(body.len());
    for c in body.chars() {
        if is_stand_in(c) {
            out.push_str(&format!("\\u{:04x}", u32::from(c) - ESCAPED));
        } else {
            out.push(c);
        }
    }
    out
}

/// What a reader of the body's JSON gets.
pub(crate) fn read(text: &str) -> String {
    let own = |c| if is_stand_in(c) { char::from_u32(u32::from(c) - ESCAPED).unwrap_or(c) } else { c };
    text.chars().map(own).collect()
}

fn is_stand_in(c: char) -> bool {
    (ESCAPED..ESCAPED + 0x80).contains(&u32::from(c))
}

fn between(value: &str, mark: &str) -> String {
    value.chars().flat_map(|c| std::iter::once(c).chain(mark.chars())).collect()
}

/// Words stay apart by more than their letters, as people space them.
fn spaced(value: &str) -> String {
    let letters: Vec<String> = value.chars().map(String::from).collect();
    letters.join(" ")
}

fn full_width(value: &str) -> String {
    let wide = |c: char| match c {
        ' ' => '\u{3000}',
        '!'..='~' => char::from_u32(u32::from(c) + 0xfee0).unwrap_or(c),
        _ => c,
    };
    value.chars().map(wide).collect()
}

fn hexadecimal(value: &str) -> String {
    value.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn swapped(value: &str, table: &[(char, char)]) -> String {
    value.chars().map(|c| table.iter().find(|(from, _)| *from == c).map_or(c, |(_, to)| *to)).collect()
}

fn shifted(value: &str, by: u32) -> String {
    value.chars().map(|c| char::from_u32(u32::from(c) + by).unwrap_or(c)).collect()
}
