//! Texts as a stranger makes them up: pieces of what detectors look for, noise between them, disguises over
//! them. Made out of bytes, so that a property test can draw them and a fuzzer can steer them.

use base64::Engine as _;
use redoubt_domain::seams::Trigger;
use redoubt_guard::detectors::{Parameters, SIGNALS, TABLE};

/// Texts beyond this only take time: what matters lies close together.
const BYTES_MAX: usize = 400;

/// Pieces between which something begins, ends or goes on.
const NOISE: [&str; 32] = [
    " ",
    "\n",
    ". ",
    "\u{200b}",
    "\u{ad}",
    "\u{2060}",
    "\u{202e}",
    "\u{feff}",
    "é",
    "日本",
    "😀",
    "\u{301}",
    "\"",
    "\\",
    "[",
    "]",
    "[REDACTED]",
    "[EMAIL_ADDRESS]",
    "@",
    "://",
    "-----",
    "%40",
    "&#64;",
    "\\u0040",
    "4111",
    "=",
    "==",
    "password: ",
    "the ",
    "\u{1b}[0m",
    "\u{fe0f}",
    "\u{e0061}",
];

/// Ways to hide a text from a reader of bytes.
const DISGUISES: [fn(&str) -> String; 15] = [
    |text| base64::engine::general_purpose::STANDARD.encode(text),
    |text| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text),
    |text| text.bytes().map(|byte| format!("{byte:02x}")).collect(),
    |text| text.bytes().map(|byte| format!("\\x{byte:02x}")).collect(),
    |text| text.bytes().map(|byte| format!("%{byte:02X}")).collect(),
    |text| text.chars().map(|c| format!("&#{};", u32::from(c))).collect(),
    |text| text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect(),
    |text| shifted(text, 0xfee0),
    |text| shifted(text, 0xe0000),
    |text| text.chars().flat_map(|c| [c, '\u{200b}']).collect(),
    |text| text.chars().flat_map(|c| [c, ' ']).collect(),
    |text| text.chars().rev().collect(),
    str::to_uppercase,
    |text| exchanged(text, "aeopcxi", "аеорсхі"),
    |text| exchanged(text, "aeost", "43057"),
];

/// Everything that any detector gives as an example, found or not.
pub(crate) fn vocabulary() -> Vec<&'static str> {
    let mut words = Vec::new();
    for row in TABLE {
        let detector = (row.build)(&Parameters::default());
        words.extend(detector.spec().positives.iter().chain(detector.spec().near_misses));
    }
    for row in SIGNALS {
        words.extend(row.positives.iter().chain(row.near_misses));
    }
    words
}

/// The examples of one detector; everything, if it has none of its own.
pub(crate) fn examples(id: &str) -> Vec<&'static str> {
    if id == "banned_word" {
        return vec!["blue lantern", "Zürich", "xyzzy", "blue", "lantern", "xyz"];
    }
    if id == "recognizer" {
        return super::support::RECOGNIZED.to_vec();
    }
    let row = TABLE.iter().find(|row| row.id == id);
    let of_table = row.map(|row| {
        let detector = (row.build)(&Parameters::default());
        detector.spec().positives.iter().chain(detector.spec().near_misses).copied().collect()
    });
    let row = SIGNALS.iter().find(|row| row.id == id);
    let of_signals = row.map(|row| row.positives.iter().chain(row.near_misses).copied().collect());
    of_table.or(of_signals).unwrap_or_else(vocabulary)
}

/// The labels of a detector of the table, and whether it is shown folded text. Nothing of the configured recognisers,
/// whose patterns are shown one form and whose words the other: no text is fit for both.
pub(crate) fn spec_of(id: &str) -> Option<(&'static [&'static str], bool)> {
    let row = TABLE.iter().find(|row| row.id == id)?;
    let detector = (row.build)(&Parameters::default());
    let spec = detector.spec();
    let is_canonical = matches!(spec.trigger, Trigger::Literals(_) | Trigger::Digits(_) | Trigger::Always);
    Some((spec.labels, !is_canonical))
}

/// The text that `bytes` describe: ASCII stands for itself, the rest for words, noise and disguises.
pub(crate) fn text(bytes: &[u8], vocabulary: &[&str]) -> String {
    let mut text = String::new();
    // What is to be hidden, and from where on.
    let mut hidden: Option<(usize, usize)> = None;
    let mut bytes = bytes.iter().copied();
    while let Some(byte) = bytes.next() {
        if text.len() > BYTES_MAX {
            break;
        }
        match byte {
            0..=0x7f => text.push(char::from(byte)),
            0x80..=0xbf => {
                let word = usize::from(byte & 0x3f) << 8 | usize::from(bytes.next().unwrap_or_default());
                text.push_str(vocabulary[word % vocabulary.len()]);
            }
            0xc0..=0xdf => text.push_str(NOISE[usize::from(byte & 0x1f)]),
            0xe0..=0xef => {
                // A word cut short.
                let kept = text.chars().count().saturating_sub(usize::from(byte & 0xf) + 1);
                let from = hidden.map_or(0, |(from, _)| from);
                let at = text.char_indices().nth(kept).map_or(text.len(), |(at, _)| at);
                text.truncate(at.max(from));
            }
            0xf0..=0xfe => {
                hide(&mut text, hidden);
                hidden = Some((text.len(), usize::from(byte & 0xf)));
            }
            0xff => {
                let unit = u16::from_be_bytes([bytes.next().unwrap_or_default(), bytes.next().unwrap_or_default()]);
                text.push(char::from_u32(unit.into()).unwrap_or('\u{fffd}'));
            }
        }
    }
    hide(&mut text, hidden);
    text
}

fn hide(text: &mut String, hidden: Option<(usize, usize)>) {
    let Some((from, disguise)) = hidden else { return };
    let plain = text.split_off(from);
    text.push_str(&DISGUISES[disguise % DISGUISES.len()](&plain));
}

fn shifted(text: &str, by: u32) -> String {
    let is_shifted = |c: &char| ('!'..='~').contains(c);
    text.chars().map(|c| if is_shifted(&c) { char::from_u32(u32::from(c) + by).unwrap_or(c) } else { c }).collect()
}

fn exchanged(text: &str, from: &str, to: &str) -> String {
    let other = |c: char| from.chars().zip(to.chars()).find(|(plain, _)| *plain == c).map_or(c, |(_, other)| other);
    text.chars().map(other).collect()
}

/// The text in pieces, as long as `cuts` say; letter by letter for a while if they say nothing.
pub(crate) fn pieces<'a>(text: &'a str, cuts: &[u8]) -> Vec<&'a str> {
    let letters = [0; 12];
    let mut rest = text;
    let mut pieces = Vec::new();
    for cut in if cuts.is_empty() { &letters } else { cuts } {
        let (piece, after) = rest.split_at(rest.ceil_char_boundary(1 + usize::from(*cut)));
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces.retain(|piece| !piece.is_empty());
    pieces
}
