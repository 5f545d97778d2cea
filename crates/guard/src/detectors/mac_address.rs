//! Hardware addresses: six pairs of hexadecimal digits, or three groups of four.

use redoubt_domain::finding::{Label, Severity};
use redoubt_domain::seams::{Detector, Match, Spec, Trigger, Window};

use super::boundary::{after, before, is_word};
use super::hits::read_each;

const MAC: Label = Label::new("MAC_ADDRESS");
/// `aa:bb:cc:dd:ee:ff`.
const SPAN_BYTES: usize = 17;

static SPEC: Spec = Spec {
    id: "mac_address",
    summary: "hardware (MAC) addresses",
    labels: &["MAC_ADDRESS"],
    trigger: Trigger::Literals(&[":", "-", "."]),
    span_max: SPAN_BYTES + 8,
    positives: &["00:1B:44:11:3A:B7", "eth0 at 00-1b-44-11-3a-b7.", "001b.4411.3ab7", "MAC=9c:b6:d0:12:34:56"],
    near_misses: &[
        "00:1B:44:11:3A",
        "00:1B:44:11:3A:B7:99:00",
        "00:1B-44:11:3A:B7",
        "10:20:30 at noon",
        "12-34-56-78-90-12-34",
        "0000.0000.0000",
        "2024-01-15-10-30-00",
    ],
};

/// Hardware addresses.
pub(super) struct MacAddress;

impl Detector for MacAddress {
    fn spec(&self) -> &Spec {
        &SPEC
    }

    fn detect(&self, window: &Window<'_>, found: &mut Vec<Match>) {
        let text = window.text;
        read_each(window, found, |hit| {
            let start =
                hit.start - before(text, hit.start).bytes().rev().take(5).take_while(u8::is_ascii_hexdigit).count();
            let score = score(text, start, hit.start)?;
            let length = if hit.start - start == 2 { SPAN_BYTES } else { 14 };
            Some(Match { span: start..start + length, label: MAC, rule: None, score, severity: Severity::Low })
        });
    }

    fn live_from(&self, window: &Window<'_>) -> usize {
        let text = window.text;
        let is_part = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'-' | b'.');
        let count = text.bytes().rev().take(SPAN_BYTES + 2).take_while(is_part).count();
        let start = text.len() - count;
        if count <= SPAN_BYTES + 1 && !before(text, start).ends_with(is_word) {
            return start;
        }
        // Within a longer run an address may begin behind a dot alone.
        let run = text.get(start..).unwrap_or("");
        run.find('.').map_or(text.len(), |dot| start + dot + 1)
    }
}

/// How sure it is that an address begins at `start`, with the first sign at `sign`.
fn score(text: &str, start: usize, sign: usize) -> Option<f32> {
    let separator = *text.as_bytes().get(sign)?;
    let (groups, size) = match (separator, sign - start) {
        (b':' | b'-', 2) => (6, 2),
        (b'.', 4) => (3, 4),
        _ => return None,
    };
    let length = groups * (size + 1) - 1;
    let address = text.get(start..start + length)?;
    let is_regular = address
        .bytes()
        .enumerate()
        .all(|(place, byte)| if place % (size + 1) == size { byte == separator } else { byte.is_ascii_hexdigit() });
    let is_part = |c: char| is_word(c) || matches!(c, ':' | '-');
    let next = after(text, start + length);
    if !is_regular
        || before(text, start).ends_with(is_part) && !before(text, start).ends_with(": ")
        || next.starts_with(is_word)
        || next.strip_prefix([':', '-', '.']).is_some_and(|next| next.starts_with(|c: char| c.is_ascii_hexdigit()))
    {
        return None;
    }
    let digits: Vec<u8> = address.bytes().filter(u8::is_ascii_hexdigit).collect();
    if digits.windows(2).all(|pair| pair.first() == pair.last()) {
        return None;
    }
    // Digits only, with hyphens, is how dates and numbers are written.
    let is_number = separator != b':' && digits.iter().all(u8::is_ascii_digit);
    Some(if is_number { 0.4 } else { 0.9 })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::examples::{check, conforms, find, is_sound, live_from};
    use super::MacAddress;

    #[test]
    fn keeps_its_promises() {
        conforms(&MacAddress);
    }

    #[test]
    fn tells_addresses_from_fingerprints() {
        for (text, expected) in [
            ("mac 00:1B:44:11:3A:B7, up", "MAC_ADDRESS 0.90 `00:1B:44:11:3A:B7`"),
            ("地址00:1B:44:11:3A:B7", "MAC_ADDRESS 0.90 `00:1B:44:11:3A:B7`"),
            ("001b.4411.3ab7.", "MAC_ADDRESS 0.90 `001b.4411.3ab7`"),
            ("SHA1 00:1B:44:11:3A:B7:00:1B:44:11:3A:B7:00:1B:44:11:3A:B7:00:1B", ""),
            ("00:00:00:00:00:00", ""),
            ("x00:1B:44:11:3A:B7", ""),
        ] {
            check(&MacAddress, text, expected);
        }
        is_sound(&MacAddress, "0000.0000.001b.4411.3ab7");
        is_sound(&MacAddress, "xyz.001b.4411.3ab7");
    }

    proptest! {
        #[test]
        fn any_text_is_sound(text in "[0a:.\\- ]{0,40}") {
            is_sound(&MacAddress, &text);
        }

        #[test]
        fn never_panics(text in "\\PC{0,200}") {
            find(&MacAddress, &text);
            live_from(&MacAddress, &text);
        }
    }
}
