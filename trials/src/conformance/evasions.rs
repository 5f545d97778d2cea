//! Ways of hiding a value from whoever looks for it. Each changes the value alone, not the text around it.

use super::subjects::{Kind, Subject};
use crate::disguises;

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
        apply: disguises::zero_width,
        cut: Cut::Text,
        unfit: any,
    },
    Evasion { name: "full-width", words: "full-width forms", apply: disguises::full_width, cut: Cut::Text, unfit: any },
    Evasion {
        name: "spaced",
        words: "a space after each character",
        apply: disguises::spaced,
        cut: Cut::Text,
        unfit: any,
    },
    Evasion {
        name: "leet",
        words: "digits in the place of letters",
        apply: disguises::leet,
        cut: Cut::Text,
        unfit: |subject| match subject.kind {
            Kind::Number => Some("a number has no letters"),
            Kind::Spelling => Some("an address, an account or a key with other characters is another one"),
            Kind::Phrase => None,
        },
    },
    Evasion { name: "base64", words: "base64 of the value", apply: disguises::base64, cut: Cut::Text, unfit: any },
    Evasion {
        name: "base64 x5",
        words: "base64 five times over, deeper than the bound on decoding",
        apply: |value| (0..5).fold(value.to_owned(), |text, _| disguises::base64(&text)),
        cut: Cut::Text,
        unfit: any,
    },
    Evasion {
        name: "hex",
        words: "hexadecimal digits of the value",
        apply: disguises::hexadecimal,
        cut: Cut::Text,
        unfit: any,
    },
    Evasion {
        name: "url",
        words: "percent-encoding of each byte",
        apply: disguises::percent,
        cut: Cut::Text,
        unfit: any,
    },
    Evasion {
        name: "homoglyph",
        words: "look-alikes from other alphabets, and mathematical digits",
        apply: disguises::look_alikes,
        cut: Cut::Text,
        unfit: any,
    },
    Evasion {
        name: "tags",
        words: "characters of the tag block, which nobody sees",
        apply: disguises::tags,
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
        apply: disguises::escapes,
        cut: Cut::Text,
        unfit: any,
    },
];

const EVERY_BYTE: &str = "one subject is enough for every cut: what is cut is the transport";

const fn any(_: &Subject) -> Option<&'static str> {
    None
}

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

fn shifted(value: &str, by: u32) -> String {
    value.chars().map(|c| char::from_u32(u32::from(c) + by).unwrap_or(c)).collect()
}
