//! Passport numbers. They have no checksum that shows, so only a word that names them makes them one; the
//! machine-readable lines of the document have their own detector.

use redoubt_domain::finding::Severity;
use redoubt_domain::seams::{Spec, Trigger};

use super::context::PASSPORT;
use super::formatted::{Form, Formatted, SPAN_MAX, shape};

static SPEC: Spec = Spec {
    id: "passport",
    summary: "passport numbers next to a word that names them",
    labels: &["US_PASSPORT", "PASSPORT"],
    trigger: Trigger::Digits(2),
    span_max: SPAN_MAX,
    positives: &[
        "passport number 340020013",
        "US passport: A12345678",
        "Reisepass C01X00T47",
        "护照号码E12345678",
        "passport_no=K1234567",
        "my passaporto is YA1234567",
    ],
    near_misses: &[
        "order 340020013",
        "A12345678",
        "passports were checked by 1200 officers",
        "passport renewal costs 130",
        "the passport of 2024-01-15",
    ],
};

const FORMS: &[Form] = &[
    Form {
        label: "US_PASSPORT",
        shapes: &[shape("999999999", 0.0, 0.75), shape("A99999999", 0.0, 0.75)],
        check: |_| true,
        words: PASSPORT,
    },
    Form {
        label: "PASSPORT",
        // By country: letter and seven (Japan's and India's have one letter or two), eight digits, Germany's
        // mixture, France's two digits, two letters, five digits.
        shapes: &[
            shape("A9999999", 0.0, 0.75),
            shape("A99 99999", 0.0, 0.7),
            shape("AA9999999", 0.0, 0.75),
            shape("AA999999", 0.0, 0.7),
            shape("AAA999999", 0.0, 0.7),
            shape("99AA99999", 0.0, 0.75),
            shape("99 99 999999", 0.0, 0.7),
            shape("A********", 0.0, 0.7),
            shape("99999999", 0.0, 0.6),
        ],
        check: |characters| characters.iter().filter(|byte| byte.is_ascii_digit()).count() > 3,
        words: PASSPORT,
    },
];

/// The detector.
pub(super) fn passport() -> Formatted {
    Formatted::new(&SPEC, &[FORMS], Severity::High)
}

#[cfg(test)]
mod tests {
    use super::super::examples::{check, conforms};
    use super::passport;

    #[test]
    fn keeps_its_promises() {
        conforms(&passport());
    }

    #[test]
    fn needs_a_word() {
        for (text, expected) in [
            ("passport 340020013", "US_PASSPORT 0.75 `340020013`"),
            ("Pasaporte: AAB123456", "PASSPORT 0.70 `AAB123456`"),
            ("passeport 12AB34567", "PASSPORT 0.75 `12AB34567`"),
            ("パスポート TK1234567", "PASSPORT 0.75 `TK1234567`"),
            ("TK1234567", ""),
        ] {
            check(&passport(), text, expected);
        }
    }
}
