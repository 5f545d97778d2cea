//! Whether a text tells a value, however disguised. It undoes every disguise by itself: the guard that is on
//! trial is not asked.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization as _;

use super::subjects::Subject;
use crate::disguises::{LEET, LOOK_ALIKES};

/// What is shorter tells nothing.
const TELLING: usize = 8;

/// How often a text is decoded again.
const DEPTH_MAX: usize = 6;

/// The form in which a text tells the subject, if it does.
pub(crate) fn tells(text: &str, subject: &Subject) -> Option<String> {
    let mut waiting = vec![(text.to_owned(), String::new(), 0)];
    let mut known = HashSet::new();
    while let Some((text, how, depth)) = waiting.pop() {
        if text.len() < TELLING || !known.insert(text.clone()) {
            continue;
        }
        let squeezed = squeeze(&text);
        if has_piece(&squeezed, subject) {
            return Some(if how.is_empty() { "as it is".to_owned() } else { how });
        }
        if !subject.core.contains(|c: char| c.is_ascii_digit()) {
            let undone: String = squeezed
                .chars()
                .map(|c| LEET.iter().find(|(_, leet)| *leet == c).map_or(c, |(letter, _)| *letter))
                .collect();
            if has_piece(&undone, subject) {
                return Some(format!("{how} leet"));
            }
        }
        if depth < DEPTH_MAX {
            let plain: String = text.chars().filter_map(plain).collect();
            for (name, decode) in DECODERS {
                let decoded = decode(&plain).into_iter().filter(|decoded| *decoded != plain);
                waiting.extend(decoded.map(|decoded| (decoded, format!("{how} {name}"), depth + 1)));
            }
        }
    }
    None
}

type Decode = fn(&str) -> Vec<String>;

const DECODERS: &[(&str, Decode)] =
    &[("percent-encoded", percent), ("escaped", escaped), ("base64", base64), ("hexadecimal", hexadecimal)];

/// Whether a body tells the subject without any decoding: for bodies whose strings are looked at one by one.
pub(crate) fn shows(body: &str, subject: &Subject) -> bool {
    has_piece(&squeeze(body), subject)
}

fn has_piece(squeezed: &str, subject: &Subject) -> bool {
    let (squeezed, core) = (squeezed.as_bytes(), subject.core.as_bytes());
    let length = subject.kind.telling();
    let pieces: Vec<&[u8]> = core.windows(length).collect();
    squeezed.windows(length).any(|window| pieces.contains(&window))
}

/// Letters and digits alone, in their plainest form.
fn squeeze(text: &str) -> String {
    if text.is_ascii() {
        return text
            .bytes()
            .filter(u8::is_ascii_alphanumeric)
            .map(|byte| char::from(byte.to_ascii_lowercase()))
            .collect();
    }
    let plain = text.chars().filter_map(plain).nfkc().map(|c| plain_letter(c).unwrap_or(c));
    plain.filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// Without what nobody sees, and tags as the characters they stand for.
fn plain(c: char) -> Option<char> {
    match u32::from(c) {
        code @ 0xe0020..=0xe007e => char::from_u32(code - 0xe0000),
        0xe0000..=0xe007f | 0x200b..=0x200f | 0x2060..=0x2064 | 0xfeff | 0xad | 0xfe00..=0xfe0f => None,
        _ => Some(c),
    }
}

fn plain_letter(c: char) -> Option<char> {
    LOOK_ALIKES.iter().find(|(_, other)| *other == c).map(|(letter, _)| *letter)
}

fn percent(text: &str) -> Vec<String> {
    if !text.contains('%') {
        return Vec::new();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let pair = after.get(..2).filter(|_| *first == b'%').and_then(pair);
        bytes.push(pair.unwrap_or(*first));
        rest = if pair.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    vec![String::from_utf8_lossy(&bytes).into_owned()]
}

fn pair(digits: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

fn escaped(text: &str) -> Vec<String> {
    if !text.contains("\\u") {
        return Vec::new();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\\u") {
        out.push_str(before.trim_end_matches('\\'));
        let code = after.get(..4).and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
        match code {
            Some(c) => {
                out.push(c);
                rest = after.get(4..).unwrap_or_default();
            }
            None => {
                out.push('u');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    vec![out]
}

/// Every run of the alphabet, from each of the four places at which its groups might begin.
fn base64(text: &str) -> Vec<String> {
    const RUN_MIN: usize = 8;
    let is_digit = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '-' | '_');
    let runs = text.split(|c| !is_digit(c)).filter(|run| run.len() >= RUN_MIN);
    let decoded = runs.flat_map(|run| (0..4).filter_map(move |from| run.get(from..)).map(groups));
    decoded.filter(|bytes| is_text(bytes)).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect()
}

fn groups(run: &str) -> Vec<u8> {
    let mut bits: u32 = 0;
    let mut width = 0;
    let mut bytes = Vec::new();
    for digit in run.bytes() {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'+' | b'-' => 62,
            _ => 63,
        };
        bits = bits << 6 | u32::from(value);
        width += 6;
        if width >= 8 {
            width -= 8;
            bytes.extend(u8::try_from(bits >> width & 0xff));
        }
    }
    bytes
}

fn hexadecimal(text: &str) -> Vec<String> {
    const RUN_MIN: usize = 8;
    let runs = text.split(|c: char| !c.is_ascii_hexdigit()).filter(|run| run.len() >= RUN_MIN);
    let decoded = runs.flat_map(|run| (0..2).filter_map(move |from| run.get(from..))).map(|run| {
        let (pairs, _) = run.as_bytes().as_chunks::<2>();
        pairs.iter().filter_map(|digits| pair(digits)).collect::<Vec<u8>>()
    });
    decoded.filter(|bytes| is_text(bytes)).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect()
}

/// Whether some stretch of the bytes is long enough to tell anything.
fn is_text(bytes: &[u8]) -> bool {
    let mut longest = bytes.split(|byte| !(byte.is_ascii_graphic() || *byte == b' ' || *byte >= 0x80)).map(<[u8]>::len);
    longest.any(|length| length >= TELLING)
}

#[cfg(test)]
mod tests {
    use super::super::evasions::{EVASIONS, read};
    use super::super::subjects::SUBJECTS;
    use super::*;

    #[test]
    fn every_disguise_of_every_subject_is_seen_through() {
        for subject in SUBJECTS {
            for evasion in EVASIONS.iter().filter(|evasion| (evasion.unfit)(subject).is_none()) {
                let hidden = read(&(evasion.apply)(subject.value));
                let text = format!("{}{hidden}{}", subject.before, subject.after);
                assert!(tells(&text, subject).is_some(), "{} {}: {text}", subject.name, evasion.name);
            }
            for other in SUBJECTS.iter().filter(|other| other.name != subject.name) {
                let text = format!("{}{}{}", other.before, other.value, other.after);
                assert_eq!(tells(&text, subject), None, "{} {}", subject.name, other.name);
            }
        }
    }

    #[test]
    fn what_a_mask_leaves_tells_nothing() {
        let subject = |name: &str| SUBJECTS.iter().find(|subject| subject.name == name).unwrap();
        for (name, text) in [
            ("card", "**** **** **** 6467"),
            ("e-mail", "a***@example.com"),
            ("phone", "+** ** **** 0958"),
            ("ssn", "[US_SSN_1_k7q2xm]"),
        ] {
            assert_eq!(tells(text, subject(name)), None, "{text}");
        }
    }
}
