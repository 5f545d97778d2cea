//! Social security and taxpayer numbers of the United States.

use redoubt_domain::finding::Severity;
use redoubt_domain::seams::{Spec, Trigger};

use super::checksum::number;
use super::formatted::{Form, Formatted, SPAN_MAX, shape};

static SPEC: Spec = Spec {
    id: "us_ssn",
    summary: "US social security and individual taxpayer numbers, by their number ranges",
    labels: &["US_SSN", "US_ITIN"],
    trigger: Trigger::Digits(9),
    span_max: SPAN_MAX,
    positives: &[
        "my SSN is 078-05-1120",
        "078 05 1120",
        "ssn: 536904399",
        "social security number 5 3 6 9 0 4 3 9 9",
        "ITIN 912-70-1234",
    ],
    near_misses: &[
        "666-12-3456 has a forbidden area",
        "000-12-3456",
        "123-00-4567 has no group",
        "123-45-0000 has no serial",
        "order 536904399 shipped",
        "version 1.123-45-6789",
        "550e8400-e29b-41d4-a716-446655440000",
        "12123-45-6789",
    ],
};

const WORDS: &[&str] = &[
    "ssn",
    "ssns",
    "social security",
    "social security number",
    "social",
    "ss number",
    "soc sec",
    "taxpayer",
    "tin",
    "sozialversicherungsnummer",
    "sécurité sociale",
    "seguro social",
    "seguridad social",
    "previdência social",
    "社会安全号码",
    "社会保障番号",
    "사회보장번호",
];

const FORMS: &[Form] = &[
    Form {
        label: "US_SSN",
        shapes: &[shape("999-99-9999", 0.85, 0.95), shape("999 99 9999", 0.6, 0.95), shape("999999999", 0.0, 0.85)],
        check: is_ssn,
        words: WORDS,
    },
    Form {
        label: "US_ITIN",
        shapes: &[shape("999-99-9999", 0.8, 0.95), shape("999 99 9999", 0.5, 0.95), shape("999999999", 0.0, 0.85)],
        check: is_itin,
        words: &["itin", "individual taxpayer", "taxpayer", "tax id", "tin", "ssn", "irs"],
    },
];

/// The detector.
pub(super) fn us_ssn() -> Formatted {
    Formatted::new(&SPEC, &[FORMS], Severity::High)
}

/// Area, group and serial as the Social Security Administration issues them. The numbers once printed in
/// advertisements stay in: whoever writes one means a social security number.
fn is_ssn(digits: &[u8]) -> bool {
    let area = number(digits, 0, 3);
    (1..900).contains(&area) && area != 666 && number(digits, 3, 2) != 0 && number(digits, 5, 4) != 0
}

/// The groups which the Internal Revenue Service gives to persons without a social security number.
fn is_itin(digits: &[u8]) -> bool {
    number(digits, 0, 3) >= 900 && matches!(number(digits, 3, 2), 50..=65 | 70..=88 | 90..=92 | 94..=99)
}

#[cfg(test)]
mod tests {
    use super::super::examples::{check, conforms};
    use super::us_ssn;

    #[test]
    fn keeps_its_promises() {
        conforms(&us_ssn());
    }

    #[test]
    fn names_numbers_by_range_and_context() {
        let detector = us_ssn();
        for (text, expected) in [
            ("078-05-1120", "US_SSN 0.85 `078-05-1120`"),
            ("078 05 1120", "US_SSN 0.60 `078 05 1120`"),
            ("{\"ssn\":\"536904399\"}", "US_SSN 0.85 `536904399`"),
            ("536904399 is my SSN", "US_SSN 0.85 `536904399`"),
            ("SSN: 536‑90‑4399", "US_SSN 0.95 `536‑90‑4399`"),
            ("SSN ５３６-90-4399", "US_SSN 0.95 `５３６-90-4399`"),
            ("ITIN 912-70-1234", "US_ITIN 0.95 `912-70-1234`"),
            ("536904399", ""),
            ("912-66-1234", ""),
            ("4111 1111 1111 1111", ""),
            ("078-05-11200", ""),
            ("078-05-1120-3", ""),
            ("2024-078-05-1120", ""),
        ] {
            check(&detector, text, expected);
        }
    }
}
