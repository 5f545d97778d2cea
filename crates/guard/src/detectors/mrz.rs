//! The machine-readable zone of passports, identity cards and visas, ICAO 9303: lines of 44, 36 or 30
//! characters padded with `<`.

use redoubt_domain::finding::{Label, Severity};
use redoubt_domain::seams::{Detector, Match, Spec, Trigger, Window};

use super::boundary::{after, before};
use super::checksum::{digit_at, icao_9303};

const MRZ: Label = Label::new("MRZ");
/// A line of a passport.
const SPAN_BYTES: usize = 44;

static SPEC: Spec = Spec {
    id: "mrz",
    summary: "machine-readable lines of travel documents, with their check digits",
    labels: &["MRZ"],
    trigger: Trigger::Literals(&["<"]),
    span_max: SPAN_BYTES + 2,
    positives: &[
        "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
        "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
        "I<UTOD231458907<<<<<<<<<<<<<<<",
        "7408122F1204159UTO<<<<<<<<<<<6",
    ],
    near_misses: &[
        "L898902C36UTO7408122F1204158ZE184226B<<<<<10",
        "std::cout << value << std::endl;",
        "<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<",
        "<<<<<<< HEAD",
        "P<UTOERIKSSON<<ANNA",
        "a < b",
    ],
};

/// Machine-readable lines of travel documents.
pub(super) struct Mrz;

impl Detector for Mrz {
    fn spec(&self) -> &Spec {
        &SPEC
    }

    fn detect(&self, window: &Window<'_>, found: &mut Vec<Match>) {
        let text = window.text;
        let mut done = 0;
        for hit in window.hits {
            if hit.start < done {
                continue;
            }
            let start =
                hit.start - before(text, hit.start).bytes().rev().take(SPAN_BYTES + 1).take_while(is_part).count();
            let length = after(text, start).bytes().take(SPAN_BYTES + 1).take_while(is_part).count();
            done = start + length;
            let line = after(text, start).get(..length).unwrap_or("").as_bytes();
            if let Some(score) = score(line) {
                found.push(Match { span: start..done, label: MRZ, rule: None, score, severity: Severity::High });
            }
        }
    }

    fn live_from(&self, window: &Window<'_>) -> usize {
        let text = window.text;
        let count = text.bytes().rev().take(SPAN_BYTES + 1).take_while(is_part).count();
        if count > SPAN_BYTES { text.len() } else { text.len() - count }
    }
}

/// A character of the machine-readable zone.
fn is_part(byte: &u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'<'
}

/// How sure it is that this is a line of a document, if it is one.
fn score(line: &[u8]) -> Option<f32> {
    let is_checked = |from: usize, count: usize, check: usize| {
        line.get(from..from + count).is_some_and(|part| icao_9303(part) == digit_at(line, check))
    };
    let is_state = |from: usize| {
        line.get(from..from + 3).is_some_and(|code| {
            code.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'<') && code.first() != Some(&b'<')
        })
    };
    let has_name = || line.windows(2).any(|pair| pair == b"<<") && line.get(5).is_some_and(u8::is_ascii_uppercase);
    let is_document = matches!(line.first(), Some(b'P' | b'I' | b'A' | b'C' | b'V')) && is_state(2);
    match line.len() {
        44 | 36 if is_state(10) && is_checked(0, 9, 9) && is_checked(13, 6, 19) && is_checked(21, 6, 27) => Some(0.98),
        44 | 36 if is_document && has_name() && !line.iter().any(u8::is_ascii_digit) => Some(0.9),
        30 if is_document && is_checked(5, 9, 14) => Some(0.95),
        30 if is_state(15) && is_checked(0, 6, 6) && is_checked(8, 6, 14) => Some(0.95),
        30 if line.first().is_some_and(u8::is_ascii_uppercase)
            && line.windows(2).any(|pair| pair == b"<<")
            && line.ends_with(b"<<<")
            && !line.iter().any(u8::is_ascii_digit) =>
        {
            Some(0.6)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::examples::{check, conforms, find, is_sound, live_from};
    use super::Mrz;

    #[test]
    fn keeps_its_promises() {
        conforms(&Mrz);
    }

    #[test]
    fn finds_each_line() {
        check(
            &Mrz,
            "scan:\nP<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10\n",
            "MRZ 0.90 `P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<`\n\
             MRZ 0.98 `L898902C36UTO7408122F1204159ZE184226B<<<<<10`",
        );
        check(&Mrz, "ERIKSSON<<ANNA<MARIA<<<<<<<<<<", "MRZ 0.60 `ERIKSSON<<ANNA<MARIA<<<<<<<<<<`");
    }

    proptest! {
        #[test]
        fn any_text_is_sound(text in "(L898902C36UTO7408122F1204159|ZE184226B<<<<<10|<| |[A-Z]){0,8}") {
            is_sound(&Mrz, &text);
        }

        #[test]
        fn never_panics(text in "\\PC{0,200}") {
            find(&Mrz, &text);
            live_from(&Mrz, &text);
        }
    }
}
