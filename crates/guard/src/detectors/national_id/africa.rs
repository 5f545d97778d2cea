//! Africa and the Middle East.

use super::super::checksum::{digit_at, is_date, is_monotone, luhn, number, verhoeff};
use super::super::formatted::{Form, shape};

pub(super) const FORMS: &[Form] = &[
    Form {
        label: "ZA_ID_NUMBER",
        shapes: &[shape("999999 9999 999", 0.6, 0.9), shape("9999999999999", 0.4, 0.9)],
        check: is_za_id,
        words: &["id", "id number", "identity number", "south african", "rsa", "sa id", "identiteitsnommer"],
    },
    Form {
        label: "NG_NIN",
        shapes: &[shape("99999999999", 0.0, 0.85)],
        check: verhoeff,
        words: &["nin", "national identification number", "national identity", "nimc"],
    },
    Form {
        label: "TR_NATIONAL_ID",
        shapes: &[shape("99999999999", 0.4, 0.9)],
        check: is_tr_id,
        words: &["tc", "tckn", "t.c.", "kimlik", "kimlik no", "kimlik numarası", "tc kimlik", "turkish id"],
    },
    Form {
        label: "IL_ID",
        shapes: &[shape("99999999-9", 0.3, 0.85), shape("999999999", 0.0, 0.85)],
        check: |digits| luhn(digits) && !is_monotone(digits),
        words: &["teudat zehut", "israeli id", "id number", "תעודת זהות", "ת.ז", "ת\"ז"],
    },
];

/// Birth date, gender, citizenship 0 to 2, Luhn.
fn is_za_id(digits: &[u8]) -> bool {
    is_date(2000, number(digits, 2, 2), number(digits, 4, 2)) && digit_at(digits, 10) < 3 && luhn(digits)
}

/// Two check digits: one over odd and even places, one over the sum.
fn is_tr_id(digits: &[u8]) -> bool {
    let sum = |places: &[usize]| places.iter().map(|place| digit_at(digits, *place)).sum::<u32>();
    let (odd, even) = (sum(&[0, 2, 4, 6, 8]), sum(&[1, 3, 5, 7]));
    digit_at(digits, 0) != 0
        && (odd * 7 + 90 - even) % 10 == digit_at(digits, 9)
        && (odd + even + digit_at(digits, 9)) % 10 == digit_at(digits, 10)
}
