//! Southern Europe.

use super::super::checksum::{digit, digit_at, is_monotone, luhn, mod_11_10, number, weighted};
use super::super::formatted::{Form, shape};

pub(super) const FORMS: &[Form] = &[
    Form {
        label: "ES_NIF",
        shapes: &[
            shape("99999999-A", 0.85, 0.95),
            shape("99999999A", 0.75, 0.95),
            shape("99999999 A", 0.4, 0.9),
            shape("99.999.999-A", 0.9, 0.95),
        ],
        check: |characters| is_nif(number(characters, 0, 8), characters.last()),
        words: &["nif", "dni", "documento nacional", "identidad", "documento de identidad"],
    },
    Form {
        label: "ES_NIE",
        shapes: &[shape("A9999999A", 0.8, 0.95), shape("A-9999999-A", 0.85, 0.95)],
        check: |characters| {
            let first = match characters.first() {
                Some(b'X') => 0,
                Some(b'Y') => 10_000_000,
                Some(b'Z') => 20_000_000,
                _ => return false,
            };
            is_nif(first + number(characters, 1, 7), characters.last())
        },
        words: &["nie", "extranjero", "número de identidad de extranjero"],
    },
    Form {
        label: "IT_FISCAL_CODE",
        shapes: &[shape("AAAAAA**A**A***A", 0.95, 0.98), shape("AAA AAA **A** A***A", 0.95, 0.98)],
        check: is_fiscal_code,
        words: &["codice fiscale", "cf", "c.f."],
    },
    Form {
        label: "IT_VAT_CODE",
        shapes: &[shape("99999999999", 0.1, 0.85)],
        check: |digits| luhn(digits) && !is_monotone(digits),
        words: &["partita iva", "p.iva", "p. iva", "piva", "vat"],
    },
    Form {
        label: "PT_NIF",
        shapes: &[shape("999 999 999", 0.3, 0.9), shape("999999999", 0.2, 0.85)],
        check: is_portuguese,
        words: &["nif", "contribuinte", "número de identificação fiscal", "numero de contribuinte"],
    },
    Form {
        label: "GR_AFM",
        shapes: &[shape("999999999", 0.2, 0.85)],
        check: |digits| {
            weighted(digits, &[256, 128, 64, 32, 16, 8, 4, 2]) % 11 % 10 == digit_at(digits, 8) && !is_monotone(digits)
        },
        words: &["αφμ", "α.φ.μ.", "afm"],
    },
    Form {
        label: "HR_OIB",
        shapes: &[shape("99999999999", 0.2, 0.85)],
        check: mod_11_10,
        words: &["oib", "osobni identifikacijski broj"],
    },
];

/// The letter is the number modulo 23.
fn is_nif(number: u64, letter: Option<&u8>) -> bool {
    b"TRWAGMYFPDXBNJZSQVHLCKE".get((number % 23) as usize) == letter
}

/// Letters of the names, birth date, town, and a letter over odd and even places. Digits may have become
/// letters where two persons would share a code.
fn is_fiscal_code(characters: &[u8]) -> bool {
    const ODD: [u32; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    const DIGITS: &[u8] = b"LMNPQRSTUV";
    const MONTHS: &[u8] = b"ABCDEHLMPRST";
    let value = |byte: u8| if byte.is_ascii_digit() { digit(byte) } else { u32::from(byte.saturating_sub(b'A')) };
    let plain = |place: usize| match characters.get(place) {
        Some(byte) if byte.is_ascii_digit() => Some(digit(*byte)),
        Some(byte) => DIGITS.iter().position(|letter| letter == byte).map(|place| place as u32),
        None => None,
    };
    let (Some(tens), Some(units)) = (plain(9), plain(10)) else {
        return false;
    };
    let sum: u32 = characters
        .iter()
        .take(15)
        .enumerate()
        .map(|(place, byte)| {
            let value = value(*byte);
            if place % 2 == 0 { ODD.get(value as usize).copied().unwrap_or(0) } else { value }
        })
        .sum();
    matches!(tens * 10 + units, 1..=31 | 41..=71)
        && [6, 7, 12, 13, 14].iter().all(|place| plain(*place).is_some())
        && characters.get(8).is_some_and(|month| MONTHS.contains(month))
        && characters.get(15).is_some_and(|check| u32::from(check - b'A') == sum % 26)
}

/// Weights 9 to 2; remainders below two mean zero.
fn is_portuguese(digits: &[u8]) -> bool {
    let remainder = weighted(digits, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    matches!(digits.first(), Some(b'1' | b'2' | b'3' | b'5' | b'6' | b'8' | b'9'))
        && (if remainder < 2 { 0 } else { 11 - remainder }) == digit_at(digits, 8)
        && !is_monotone(digits)
}
