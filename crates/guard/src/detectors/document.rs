//! Numbers of licences, vehicles, accounts and firms. Most have no check digit, so a word must name them.

use redoubt_domain::finding::Severity;
use redoubt_domain::seams::{Spec, Trigger};

use super::checksum::{base_36, digit_at, is_monotone, luhn, mod_11_10, number, weighted};
use super::formatted::{Form, Formatted, SPAN_MAX, shape};

static SPEC: Spec = Spec {
    id: "document",
    summary: "driving and medical licences, vehicles, bank accounts and firms, next to a word that names them",
    labels: &[
        "US_DRIVER_LICENSE",
        "UK_DRIVING_LICENCE",
        "IT_DRIVER_LICENSE",
        "KR_DRIVER_LICENSE",
        "JP_DRIVER_LICENSE",
        "BR_CNH",
        "DRIVER_LICENSE",
        "IT_IDENTITY_CARD",
        "US_BANK_NUMBER",
        "MEDICAL_LICENSE",
        "UK_VEHICLE_REGISTRATION",
        "IN_VEHICLE_REGISTRATION",
        "DE_VAT_ID",
        "FR_SIREN",
        "FR_SIRET",
        "SE_ORGANISATIONSNUMMER",
        "KR_BRN",
        "SG_UEN",
        "CN_USCC",
        "JP_CORPORATE_NUMBER",
    ],
    trigger: Trigger::Digits(2),
    span_max: SPAN_MAX,
    positives: &[
        "my driver's license is D123-4567-8901",
        "Führerschein B072RRE2I55",
        "patente AB1234567X",
        "bank account number 123456789012",
        "DEA number AB1234563",
        "registration plate AB12 CDE",
        "USt-IdNr. DE136695976",
        "SIRET 732 829 320 00074",
    ],
    near_misses: &[
        "order D123-4567-8901",
        "123456789012",
        "DEA number AB1234564",
        "AB12 CDE",
        "SIRET 732 829 320 00075",
        "we drive 120 miles to get a license",
        "the account has 2400 followers",
        "550e8400-e29b-41d4-a716-446655440000",
    ],
};

#[rustfmt::skip]
const DRIVING: &[&str] = &[
    "driver license", "driver's license", "drivers license", "driver licence", "driver's licence", "driving licence",
    "driving license", "license number", "licence number", "dl", "dl number", "dl no", "dln", "führerschein",
    "führerscheinnummer", "permis de conduire", "permiso de conducir", "carnet de conducir", "licencia de conducir",
    "patente", "patente di guida", "carta de condução", "rijbewijs", "驾照", "驾驶证", "運転免許", "免許証", "운전면허",
    "fahrerlaubnis", "permis", "numéro de permis", "licencia de manejo", "número de licencia", "numero patente",
    "habilitação", "carteira de motorista", "駕照", "駕駛執照", "면허증", "면허번호", "ड्राइविंग लाइसेंस", "चालक लाइसेंस",
];

#[rustfmt::skip]
const ACCOUNT: &[&str] = &[
    "account number", "account no", "account #", "acct", "bank account", "checking account", "savings account",
    "debit account", "account num", "kontonummer", "numéro de compte", "número de cuenta", "conto corrente",
    "银行账号", "账号", "口座番号", "계좌번호", "konto", "kontonr", "bankkonto", "bankverbindung", "compte bancaire",
    "n° de compte", "cuenta bancaria", "cuenta corriente", "cuenta de ahorros", "numero di conto", "conto bancario",
    "conta bancária", "conta corrente", "número da conta", "conta poupança", "银行账户", "銀行帳戶", "帳號", "賬號", "銀行口座",
    "口座", "은행계좌", "계좌", "खाता संख्या", "खाता नंबर", "बैंक खाता",
];

const FORMS: &[Form] = &[
    Form {
        label: "US_DRIVER_LICENSE",
        shapes: &[
            shape("A9999999", 0.0, 0.75),
            shape("A99999999", 0.0, 0.7),
            shape("A999999999999", 0.0, 0.75),
            shape("A999-9999-9999", 0.0, 0.85),
            shape("A999-999-99-999-9", 0.0, 0.85),
            shape("9999-99-9999", 0.0, 0.75),
            shape("999-99-9999", 0.0, 0.6),
            shape("99-999-9999", 0.0, 0.75),
            shape("99 999 999", 0.0, 0.7),
            shape("AA999999", 0.0, 0.7),
            shape("AA999999A", 0.0, 0.75),
            shape("99AAA99999", 0.0, 0.75),
            shape("9999999", 0.0, 0.6),
            shape("99999999", 0.0, 0.6),
            shape("999999999", 0.0, 0.6),
            shape("9999999999", 0.0, 0.6),
        ],
        check: |_| true,
        words: DRIVING,
    },
    Form {
        label: "UK_DRIVING_LICENCE",
        // Five letters of the name, six digits of the birth date, initials, check characters.
        shapes: &[shape("AAAAA999999A****", 0.6, 0.9), shape("AAAA9999999A****", 0.6, 0.9)],
        check: |characters| {
            matches!(number(characters, 6, 2), 1..=12 | 51..=62) && matches!(number(characters, 8, 2), 1..=31)
        },
        words: DRIVING,
    },
    Form {
        label: "IT_DRIVER_LICENSE",
        shapes: &[shape("AA9999999A", 0.0, 0.85)],
        check: |_| true,
        words: &["patente", "patente di guida"],
    },
    Form {
        label: "KR_DRIVER_LICENSE",
        shapes: &[shape("99-99-999999-99", 0.3, 0.9), shape("999999999999", 0.0, 0.8)],
        check: |digits| matches!(number(digits, 0, 2), 11..=28),
        words: &["운전면허", "면허번호", "운전면허번호", "driver license"],
    },
    Form {
        label: "JP_DRIVER_LICENSE",
        shapes: &[shape("999999999999", 0.0, 0.8)],
        check: |digits| !is_monotone(digits),
        words: &["免許証番号", "運転免許", "免許番号"],
    },
    Form {
        label: "BR_CNH",
        shapes: &[shape("99999999999", 0.0, 0.85)],
        check: |digits| !is_monotone(digits),
        words: &["cnh", "carteira de habilitação", "carteira de motorista"],
    },
    Form {
        label: "DRIVER_LICENSE",
        // Germany's and others: letters and digits in any order.
        shapes: &[shape("A99*******9", 0.0, 0.7), shape("A**********", 0.0, 0.65)],
        check: |characters| characters.iter().filter(|byte| byte.is_ascii_digit()).count() > 3,
        words: DRIVING,
    },
    Form {
        label: "IT_IDENTITY_CARD",
        shapes: &[shape("AA99999AA", 0.3, 0.9), shape("AA9999999", 0.0, 0.85), shape("9999999AA", 0.0, 0.85)],
        check: |_| true,
        words: &["carta d'identità", "carta di identità", "carta d'identita", "carta identità", "cie"],
    },
    Form {
        label: "US_BANK_NUMBER",
        shapes: &[
            shape("99999999", 0.0, 0.65),
            shape("999999999", 0.0, 0.65),
            shape("9999999999", 0.0, 0.7),
            shape("99999999999", 0.0, 0.7),
            shape("999999999999", 0.0, 0.7),
            shape("9999999999999", 0.0, 0.7),
            shape("99999999999999", 0.0, 0.7),
            shape("999999999999999", 0.0, 0.7),
            shape("9999999999999999", 0.0, 0.7),
            shape("99999999999999999", 0.0, 0.7),
        ],
        check: |digits| !is_monotone(digits),
        words: ACCOUNT,
    },
    Form {
        label: "MEDICAL_LICENSE",
        shapes: &[shape("AA9999999", 0.3, 0.9), shape("A99999999", 0.2, 0.8)],
        check: is_dea,
        words: &["dea", "dea number", "medical license", "medical licence", "certificate", "npi", "prescriber"],
    },
    Form {
        label: "UK_VEHICLE_REGISTRATION",
        shapes: &[shape("AA99 AAA", 0.0, 0.8), shape("AA99AAA", 0.0, 0.75)],
        check: |_| true,
        words: &["registration", "reg", "number plate", "plate", "vehicle", "vrn", "car"],
    },
    Form {
        label: "IN_VEHICLE_REGISTRATION",
        shapes: &[
            shape("AA-99-AA-9999", 0.4, 0.9),
            shape("AA 99 AA 9999", 0.4, 0.9),
            shape("AA99AA9999", 0.2, 0.85),
            shape("AA99A9999", 0.0, 0.8),
        ],
        check: |_| true,
        words: &["vehicle", "registration", "car", "bike", "number plate", "plate", "rc"],
    },
    Form {
        label: "DE_VAT_ID",
        shapes: &[shape("AA999999999", 0.7, 0.95), shape("AA 999999999", 0.5, 0.95)],
        check: |characters| characters.starts_with(b"DE") && characters.get(2..).is_some_and(mod_11_10),
        words: &["ust idnr", "ust id", "ustid", "umsatzsteuer", "umsatzsteuer id", "vat", "vat id", "vat number"],
    },
    Form {
        label: "FR_SIREN",
        shapes: &[shape("999 999 999", 0.2, 0.85), shape("999999999", 0.0, 0.85)],
        check: |digits| luhn(digits) && !is_monotone(digits),
        words: &["siren", "rcs", "n° siren"],
    },
    Form {
        label: "FR_SIRET",
        shapes: &[shape("999 999 999 99999", 0.45, 0.9), shape("99999999999999", 0.1, 0.9)],
        check: |digits| luhn(digits) && !is_monotone(digits),
        words: &["siret", "n° siret"],
    },
    Form {
        label: "SE_ORGANISATIONSNUMMER",
        shapes: &[shape("999999-9999", 0.3, 0.9), shape("9999999999", 0.0, 0.85)],
        check: |digits| digit_at(digits, 2) >= 2 && luhn(digits),
        words: &["organisationsnummer", "org nr", "orgnr", "org. nr", "organization number"],
    },
    Form {
        label: "KR_BRN",
        shapes: &[shape("999-99-99999", 0.45, 0.9), shape("9999999999", 0.0, 0.85)],
        check: is_korean_business,
        words: &["사업자등록번호", "사업자", "사업자번호", "business registration"],
    },
    Form {
        label: "SG_UEN",
        shapes: &[shape("99999999A", 0.0, 0.85), shape("999999999A", 0.0, 0.85), shape("A99AA9999A", 0.4, 0.9)],
        check: |_| true,
        words: &["uen", "unique entity number", "acra"],
    },
    Form {
        label: "CN_USCC",
        shapes: &[shape("**999999**********", 0.6, 0.95)],
        check: is_uscc,
        words: &["统一社会信用代码", "信用代码", "社会信用", "uscc", "unified social credit"],
    },
    Form {
        label: "JP_CORPORATE_NUMBER",
        shapes: &[shape("9999999999999", 0.2, 0.9), shape("9 9999 9999 9999", 0.4, 0.9)],
        check: is_japanese_corporation,
        words: &["法人番号", "corporate number", "hojin"],
    },
];

/// The detector.
pub(super) fn document() -> Formatted {
    Formatted::new(&SPEC, &[FORMS], Severity::High)
}

/// The Drug Enforcement Administration's: the odd places and twice the even ones end in the last digit.
fn is_dea(characters: &[u8]) -> bool {
    let digits = characters.get(characters.len().saturating_sub(7)..).unwrap_or_default();
    let kind = characters.first().is_some_and(|letter| b"ABCDEFGHJKLMPRSTUX".contains(letter));
    kind && weighted(digits, &[1, 2, 1, 2, 1, 2]) % 10 == digit_at(digits, 6) && !is_monotone(digits)
}

/// Weights 1, 3, 7 in turn, and the tens of five times the ninth digit.
fn is_korean_business(digits: &[u8]) -> bool {
    let sum = weighted(digits, &[1, 3, 7, 1, 3, 7, 1, 3, 5]) + digit_at(digits, 8) * 5 / 10;
    (10 - sum % 10) % 10 == digit_at(digits, 9) && !is_monotone(digits)
}

/// GB 32100: an alphabet of 31 without I, O, S, V and Z, weights that are powers of three.
fn is_uscc(characters: &[u8]) -> bool {
    const ALPHABET: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    let value = |byte: &u8| ALPHABET.iter().position(|letter| letter == byte).map(|place| place as u32);
    let (Some(body), Some(last)) = (characters.get(..17), characters.get(17)) else { return false };
    let mut weight = 1;
    let mut sum = 0;
    for byte in body {
        let Some(value) = value(byte) else { return false };
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    let has_letter_or_code =
        matches!(body.first(), Some(b'1' | b'5' | b'9' | b'Y' | b'A' | b'N')) && base_36(*last) < 36;
    has_letter_or_code && value(last) == Some((31 - sum % 31) % 31)
}

/// Nine less the remainder by nine of the digits from the right, weighted 1 and 2 in turn; it stands first.
fn is_japanese_corporation(digits: &[u8]) -> bool {
    let sum: u32 =
        (1..13).rev().zip([1, 2].into_iter().cycle()).map(|(place, weight)| digit_at(digits, place) * weight).sum();
    9 - sum % 9 == digit_at(digits, 0)
}

#[cfg(test)]
mod tests {
    use super::super::examples::{check, conforms, find};
    use super::document;

    #[test]
    fn keeps_its_promises() {
        conforms(&document());
    }

    #[test]
    fn numbers_with_the_words_that_name_them() {
        let detector = document();
        for (label, text) in [
            ("US_DRIVER_LICENSE", "my driver's license number is 2270-66-1551"),
            ("UK_DRIVING_LICENCE", "driving licence MORGA657054SM9IJ"),
            ("IT_DRIVER_LICENSE", "patente di guida U1ABC, AB1234567X"),
            ("KR_DRIVER_LICENSE", "운전면허 11-16-044390-60"),
            ("BR_CNH", "CNH 12345678900"),
            ("DRIVER_LICENSE", "Führerscheinnummer B072RRE2I55"),
            ("IT_IDENTITY_CARD", "carta d'identità CA12345AB"),
            ("US_BANK_NUMBER", "account number: 945456787654"),
            ("MEDICAL_LICENSE", "DEA AB1234563"),
            ("UK_VEHICLE_REGISTRATION", "car reg AB12 CDE"),
            ("IN_VEHICLE_REGISTRATION", "vehicle MH 12 AB 1234"),
            ("DE_VAT_ID", "DE136695976"),
            ("FR_SIREN", "SIREN 732829320"),
            ("FR_SIRET", "SIRET 73282932000074"),
            ("SE_ORGANISATIONSNUMMER", "organisationsnummer 556703-7485"),
            ("KR_BRN", "사업자등록번호 124-81-00998"),
            ("SG_UEN", "UEN T08GB0001A"),
            ("CN_USCC", "统一社会信用代码91350100M000100Y43"),
            ("JP_CORPORATE_NUMBER", "法人番号 7000012050002"),
        ] {
            let found = find(&detector, text);
            assert!(found.iter().any(|f| f.label.as_str() == label && f.score >= 0.5), "{text}: {found:?}");
        }
    }

    #[test]
    fn words_of_ten_languages_name_them() {
        let detector = document();
        for words in [
            "Bankkonto",
            "Kontonr.",
            "compte bancaire",
            "N° de compte :",
            "cuenta bancaria",
            "numero di conto",
            "conta bancária",
            "número da conta",
            "은행계좌 번호",
            "銀行口座",
            "銀行帳戶",
            "银行账户",
            "खाता संख्या",
            "बैंक खाता",
        ] {
            check(&detector, &format!("{words} 945456787654"), "US_BANK_NUMBER 0.70 `945456787654`");
        }
        for words in ["Diskonto", "kontor", "accounts for", "escuenta corriente", "contador", "खाताधारक"]
        {
            check(&detector, &format!("{words} 945456787654"), "");
        }
        for words in [
            "Fahrerlaubnis",
            "numéro de permis",
            "número de licencia",
            "licencia de manejo",
            "habilitação",
            "駕駛執照",
            "면허증",
            "ड्राइविंग लाइसेंस",
        ] {
            check(&detector, &format!("{words} B072RRE2I55"), "DRIVER_LICENSE 0.70 `B072RRE2I55`");
        }
        for words in ["permission", "rehabilitação", "लाइसेंस"] {
            check(&detector, &format!("{words} B072RRE2I55"), "");
        }
    }

    #[test]
    fn a_wrong_check_digit_is_nothing() {
        for text in [
            "DE136695977",
            "SIREN 732829321",
            "organisationsnummer 556703-7486",
            "사업자등록번호 124-81-00999",
            "统一社会信用代码91350100M000100Y44",
            "法人番号 8000012050002",
        ] {
            check(&document(), text, "");
        }
    }
}
