//! India.

use super::super::checksum::{base_36, verhoeff};
use super::super::formatted::{Form, shape};

pub(super) const FORMS: &[Form] = &[
    Form {
        label: "IN_AADHAAR",
        shapes: &[shape("9999 9999 9999", 0.6, 0.95), shape("999999999999", 0.3, 0.9)],
        check: |digits| {
            let is_palindrome = digits.iter().eq(digits.iter().rev());
            matches!(digits.first(), Some(b'2'..=b'9')) && verhoeff(digits) && !is_palindrome
        },
        words: &["aadhaar", "aadhar", "adhaar", "uidai", "uid", "आधार", "ஆதார்", "ఆధార్", "আধার"],
    },
    Form {
        label: "IN_PAN",
        shapes: &[shape("AAAAA9999A", 0.75, 0.95)],
        // The fourth letter is the kind of holder.
        check: |characters| characters.get(3).is_some_and(|letter| b"ABCFGHJLPTEK".contains(letter)),
        words: &["pan", "pan card", "permanent account", "income tax", "पैन"],
    },
    Form {
        label: "IN_GSTIN",
        shapes: &[shape("99AAAAA9999A***", 0.9, 0.95)],
        check: is_gstin,
        words: &["gst", "gstin", "gst number"],
    },
    Form {
        label: "IN_VOTER",
        shapes: &[shape("AAA9999999", 0.3, 0.85)],
        check: |_| true,
        words: &["voter", "voter id", "epic", "elector", "election", "मतदाता"],
    },
];

/// State, the holder's PAN, and a check character: digits of products in base 36.
fn is_gstin(characters: &[u8]) -> bool {
    let (Some(body), Some(last)) = (characters.get(..14), characters.get(14)) else {
        return false;
    };
    let sum: u32 = body
        .iter()
        .zip([1, 2].into_iter().cycle())
        .map(|(byte, weight)| base_36(*byte) * weight)
        .map(|product| product / 36 + product % 36)
        .sum();
    (36 - sum % 36) % 36 == base_36(*last)
}
