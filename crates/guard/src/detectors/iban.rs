//! International bank account numbers, ISO 13616: the country's length and mod 97.

use redoubt_domain::finding::{Label, Severity};
use redoubt_domain::seams::{Detector, Match, Spec, Trigger, Window};

use super::boundary::{before, floor, is_dash, is_word};
use super::checksum;
use super::cursor::Cursor;

const IBAN: Label = Label::new("IBAN_CODE");
/// Thirty-four characters, each with a separator.
const SPAN_BYTES: usize = 34 * 4;

static SPEC: Spec = Spec {
    id: "iban",
    summary: "international bank account numbers: country, length and check digits",
    labels: &["IBAN_CODE"],
    trigger: Trigger::Digits(2),
    span_max: SPAN_BYTES + 8,
    positives: &[
        "DE89370400440532013000",
        "GB29 NWBK 6016 1331 9268 19",
        "iban: fr1420041010050500013m02606",
        "MT84MALT011000012345MTLCAST001S",
        "NL91-ABNA-0417-1643-00",
    ],
    near_misses: &[
        "DE89370400440532013001",
        "XX89370400440532013000",
        "DE8937040044053201300",
        "GB29 NWBK 6016 1331 9268 1",
        "de 89 people came in 2024",
        "ADE89370400440532013000",
    ],
};

/// The SWIFT registry, and countries that use the format without being in it: code and length.
#[rustfmt::skip]
const COUNTRIES: &[(&str, usize)] = &[
    ("AD", 24), ("AE", 23), ("AL", 28), ("AT", 20), ("AZ", 28), ("BA", 20), ("BE", 16), ("BG", 22), ("BH", 22),
    ("BI", 27), ("BR", 29), ("BY", 28), ("CH", 21), ("CR", 22), ("CY", 28), ("CZ", 24), ("DE", 22), ("DJ", 27),
    ("DK", 18), ("DO", 28), ("EE", 20), ("EG", 29), ("ES", 24), ("FI", 18), ("FK", 18), ("FO", 18), ("FR", 27),
    ("GB", 22), ("GE", 22), ("GI", 23), ("GL", 18), ("GR", 27), ("GT", 28), ("HN", 28), ("HR", 21), ("HU", 28),
    ("IE", 22), ("IL", 23), ("IQ", 23), ("IR", 26), ("IS", 26), ("IT", 27), ("JO", 30), ("KW", 30), ("KZ", 20),
    ("LB", 28), ("LC", 32), ("LI", 21), ("LT", 20), ("LU", 20), ("LV", 21), ("LY", 25), ("MC", 27), ("MD", 24),
    ("ME", 22), ("MK", 19), ("MN", 20), ("MR", 27), ("MT", 31), ("MU", 30), ("NI", 28), ("NL", 18), ("NO", 15),
    ("OM", 23), ("PK", 24), ("PL", 28), ("PS", 29), ("PT", 25), ("QA", 29), ("RO", 24), ("RS", 22), ("RU", 33),
    ("SA", 24), ("SC", 31), ("SD", 18), ("SE", 24), ("SI", 19), ("SK", 24), ("SM", 27), ("SO", 23), ("ST", 25),
    ("SV", 28), ("TL", 23), ("TN", 24), ("TR", 26), ("UA", 29), ("VA", 22), ("VG", 24), ("XK", 20), ("YE", 30),
    ("DZ", 26), ("AO", 25), ("BJ", 28), ("BF", 28), ("CV", 25), ("CM", 27), ("CI", 28), ("MA", 28), ("MZ", 25),
    ("SN", 28), ("TG", 28), ("ML", 28), ("NE", 28), ("MG", 27), ("GA", 27), ("CG", 27), ("CF", 27), ("TD", 27),
];

/// International bank account numbers.
pub(super) struct Iban;

impl Detector for Iban {
    fn spec(&self) -> &Spec {
        &SPEC
    }

    fn detect(&self, window: &Window<'_>, found: &mut Vec<Match>) {
        let text = window.text;
        for run in window.runs {
            let near = before(text, run.span.start);
            // The country stands right before the check digits, or one separator away.
            let at = near.trim_end_matches(|c: char| c == ' ' || is_dash(c)).len();
            if near.len() - at > 3 || !before(text, at).ends_with(|c: char| c.is_ascii_alphabetic()) {
                continue;
            }
            let Some(start) = at.checked_sub(2).filter(|start| begins(text, *start)) else {
                continue;
            };
            let mut cursor = Cursor::new(text, start);
            if read(&mut cursor).is_some() {
                let span = start..cursor.at();
                found.push(Match { span, label: IBAN, rule: None, score: 0.95, severity: Severity::High });
            }
        }
    }

    fn live_from(&self, window: &Window<'_>) -> usize {
        let text = window.text;
        let from = floor(text, text.len().saturating_sub(SPAN_BYTES + 8));
        let is_pending = |start: &usize| {
            let mut cursor = Cursor::new(text, *start);
            read(&mut cursor);
            cursor.saw_end()
        };
        // Behind the country stand two digits, at most one separator away.
        let may_go_on = |start: &usize| {
            text.as_bytes().get(start + 2..start + 6).is_none_or(|next| next.iter().any(u8::is_ascii_digit))
        };
        let mut starts = (from..text.len()).filter(|start| begins(text, *start));
        starts.find(|start| may_go_on(start) && is_pending(start)).unwrap_or(text.len())
    }
}

/// Whether a country's code may begin here.
fn begins(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    bytes.get(at).is_some_and(u8::is_ascii_alphabetic)
        && match at.checked_sub(1).and_then(|at| bytes.get(at)) {
            Some(byte) if byte.is_ascii() => !is_word(char::from(*byte)),
            _ => !before(text, at).chars().next_back().is_some_and(is_word),
        }
}

/// Reads an account number and makes sure that nothing goes on behind it.
fn read(cursor: &mut Cursor<'_>) -> Option<()> {
    let mut characters: Vec<u8> = Vec::with_capacity(34);
    characters.push(next(cursor, |byte| COUNTRIES.iter().any(|(code, _)| code.as_bytes().first() == Some(&byte)))?);
    characters.push(next(cursor, |byte| byte.is_ascii_uppercase())?);
    let (_, length) = COUNTRIES.iter().find(|(code, _)| code.as_bytes() == characters.as_slice())?;
    let mut end = cursor.at();
    while characters.len() < *length {
        if cursor.peek().is_some_and(|c| c == ' ' || c == '.' || is_dash(c)) {
            cursor.take(3, |c| c == ' ' || c == '.' || is_dash(c));
            if cursor.at() - end > 1 && before(cursor.text(), cursor.at()).ends_with("  ") {
                return None;
            }
        }
        let is_check = characters.len() < 4;
        characters.push(next(cursor, |byte| byte.is_ascii_digit() || (!is_check && byte.is_ascii_uppercase()))?);
        end = cursor.at();
    }
    let turned = characters.iter().skip(4).chain(characters.iter().take(4)).copied();
    if checksum::mod_97(turned) != Some(1) || cursor.peek().is_some_and(is_word) {
        return None;
    }
    Some(())
}

/// Reads one character of a kind, upper case.
fn next(cursor: &mut Cursor<'_>, is_kind: impl Fn(u8) -> bool) -> Option<u8> {
    let byte = u8::try_from(cursor.peek()?).ok()?.to_ascii_uppercase();
    if !is_kind(byte) {
        return None;
    }
    cursor.take(1, |_| true);
    Some(byte)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::examples::{check, conforms, find, is_sound, live_from};
    use super::{COUNTRIES, Iban, checksum};

    #[test]
    fn keeps_its_promises() {
        conforms(&Iban);
    }

    #[test]
    fn reads_accounts_as_people_write_them() {
        for (text, expected) in [
            ("NO93 8601 1117 947", "IBAN_CODE 0.95 `NO93 8601 1117 947`"),
            ("IBAN DE89 3704 0044 0532 0130 00, BIC", "IBAN_CODE 0.95 `DE89 3704 0044 0532 0130 00`"),
            ("LC55HEMM000100010012001200023015", "IBAN_CODE 0.95 `LC55HEMM000100010012001200023015`"),
            ("账号BE68539007547034", "IBAN_CODE 0.95 `BE68539007547034`"),
            ("DE 89 3704 0044 0532 0130 00", "IBAN_CODE 0.95 `DE 89 3704 0044 0532 0130 00`"),
            ("DE89370400440532013000X", ""),
        ] {
            check(&Iban, text, expected);
        }
        assert_eq!(live_from(&Iban, "in the end"), 10);
        assert_eq!(live_from(&Iban, "konto DE89 37"), 6);
    }

    proptest! {
        #[test]
        fn valid_accounts_are_found_and_changed_ones_are_not(
            country in prop::sample::select(COUNTRIES.to_vec()),
            body in "[0-9]{30}",
            place in 4_usize..15,
            by in 1_u8..10,
        ) {
            let (code, length) = country;
            let body = &body[..length - 4];
            let check = 98 - checksum::mod_97(body.bytes().chain(code.bytes()).chain(*b"00")).unwrap();
            let account = format!("{code}{check:02}{body}");
            prop_assert_eq!(find(&Iban, &account).len(), 1);
            let mut changed = account.into_bytes();
            changed[place] = b'0' + (changed[place] - b'0' + by) % 10;
            prop_assert_eq!(find(&Iban, &String::from_utf8(changed).unwrap()).len(), 0);
        }

        #[test]
        fn any_text_is_sound(text in "(DE89|NO93 | |8601|1117|947|a){0,12}") {
            is_sound(&Iban, &text);
        }

        #[test]
        fn never_panics(text in "\\PC{0,200}") {
            find(&Iban, &text);
            live_from(&Iban, &text);
        }
    }
}
