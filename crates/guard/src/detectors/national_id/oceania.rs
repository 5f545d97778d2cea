//! Australia and New Zealand.

use super::super::checksum::{digit_at, is_monotone, mod_11, weighted};
use super::super::formatted::{Form, shape};

pub(super) const FORMS: &[Form] = &[
    Form {
        label: "AU_TFN",
        shapes: &[shape("999 999 999", 0.35, 0.9), shape("999999999", 0.3, 0.85)],
        check: |digits| weighted(digits, &[1, 4, 3, 7, 5, 8, 6, 9, 10]).is_multiple_of(11) && !is_monotone(digits),
        words: &["tfn", "tax file", "tax file number"],
    },
    Form {
        label: "AU_ABN",
        shapes: &[shape("99 999 999 999", 0.7, 0.95), shape("99999999999", 0.4, 0.9)],
        // One is taken from the first digit.
        check: |digits| {
            digits.first() != Some(&b'0')
                && (weighted(digits, &[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]) + 89 - 10).is_multiple_of(89)
        },
        words: &["abn", "australian business", "business number"],
    },
    Form {
        label: "AU_ACN",
        shapes: &[shape("999 999 999", 0.3, 0.9), shape("999999999", 0.2, 0.85)],
        check: |digits| {
            (10 - weighted(digits, &[8, 7, 6, 5, 4, 3, 2, 1]) % 10) % 10 == digit_at(digits, 8) && !is_monotone(digits)
        },
        words: &["acn", "australian company", "company number"],
    },
    Form {
        label: "AU_MEDICARE",
        shapes: &[shape("9999 99999 9", 0.6, 0.95), shape("9999999999", 0.2, 0.85)],
        check: |digits| {
            matches!(digits.first(), Some(b'2'..=b'6'))
                && weighted(digits, &[1, 3, 7, 9, 1, 3, 7, 9]) % 10 == digit_at(digits, 8)
        },
        words: &["medicare", "medicare card", "medicare number"],
    },
    Form {
        label: "NZ_IRD",
        shapes: &[shape("999-999-999", 0.4, 0.9), shape("99-999-999", 0.4, 0.9), shape("999999999", 0.2, 0.85)],
        check: is_ird,
        words: &["ird", "ird number", "inland revenue"],
    },
];

/// Two sets of weights, the second where the first comes to ten.
fn is_ird(digits: &[u8]) -> bool {
    let padded: Vec<u8> = std::iter::repeat_n(b'0', 9 - digits.len().min(9)).chain(digits.iter().copied()).collect();
    let check = mod_11(&padded, &[3, 2, 7, 6, 5, 4, 3, 2]).or_else(|| mod_11(&padded, &[7, 4, 3, 2, 5, 2, 7, 6]));
    check == Some(digit_at(&padded, 8)) && !is_monotone(digits)
}
