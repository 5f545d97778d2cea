//! The Americas. Social security numbers of the United States have their own detector.

use super::super::checksum::{digit, digit_at, is_date, is_monotone, luhn, luhn_sum, mod_11, number, weighted};
use super::super::formatted::{Form, shape};

pub(super) const FORMS: &[Form] = &[
    Form {
        label: "CA_SIN",
        shapes: &[shape("999-999-999", 0.5, 0.9), shape("999 999 999", 0.4, 0.9), shape("999999999", 0.3, 0.85)],
        check: |digits| digits.first() != Some(&b'8') && luhn(digits) && !is_monotone(digits),
        words: &["sin", "sin number", "social insurance", "nas", "assurance sociale", "numéro d'assurance sociale"],
    },
    Form {
        label: "US_NPI",
        shapes: &[shape("9999999999", 0.2, 0.85)],
        check: |digits| matches!(digits.first(), Some(b'1' | b'2')) && (luhn_sum(digits) + 24).is_multiple_of(10),
        words: &["npi", "national provider", "provider identifier", "provider number"],
    },
    Form {
        label: "US_MBI",
        shapes: &[shape("9A*9-A*9-AA99", 0.8, 0.9), shape("9A*9A*9AA99", 0.5, 0.9)],
        check: is_mbi,
        words: &["mbi", "medicare", "beneficiary"],
    },
    Form {
        label: "ABA_ROUTING_NUMBER",
        shapes: &[shape("999999999", 0.1, 0.85), shape("9999-9999-9", 0.3, 0.85)],
        check: |digits| {
            matches!(number(digits, 0, 2), 0..=12 | 21..=32 | 61..=72 | 80)
                && weighted(digits, &[3, 7, 1, 3, 7, 1, 3, 7, 1]).is_multiple_of(10)
                && !is_monotone(digits)
        },
        words: &["routing", "routing number", "aba", "rtn", "transit number", "bank routing", "wire"],
    },
    Form {
        label: "BR_CPF",
        shapes: &[
            shape("999.999.999-99", 0.9, 0.95),
            shape("999 999 999 99", 0.5, 0.9),
            shape("99999999999", 0.4, 0.9),
        ],
        check: is_cpf,
        words: &["cpf", "cadastro de pessoas físicas", "cadastro de pessoas fisicas", "contribuinte"],
    },
    Form {
        label: "BR_CNPJ",
        shapes: &[
            shape("**.***.***/****-99", 0.9, 0.95),
            shape("99999999999999", 0.45, 0.9),
            shape("************99", 0.0, 0.9),
        ],
        check: is_cnpj,
        words: &["cnpj", "cadastro nacional da pessoa jurídica", "empresa"],
    },
    Form {
        label: "MX_CURP",
        shapes: &[shape("AAAA999999AAAAAA*9", 0.9, 0.95)],
        check: is_curp,
        words: &["curp", "clave única"],
    },
    Form {
        label: "CL_RUT",
        shapes: &[
            shape("99.999.999-*", 0.85, 0.95),
            shape("9.999.999-*", 0.8, 0.95),
            shape("99999999-*", 0.45, 0.9),
            shape("9999999-*", 0.3, 0.9),
        ],
        check: is_rut,
        words: &["rut", "run", "rol único", "rol unico tributario", "cédula"],
    },
    Form {
        label: "AR_CUIT",
        shapes: &[shape("99-99999999-9", 0.8, 0.95), shape("99999999999", 0.2, 0.85)],
        check: |digits| {
            matches!(number(digits, 0, 2), 20 | 23 | 24 | 25 | 26 | 27 | 30 | 33 | 34)
                && mod_11(digits, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) == Some(digit_at(digits, 10))
        },
        words: &["cuit", "cuil", "clave única de identificación tributaria"],
    },
];

/// Letters and digits take fixed places, and six letters that look like digits are left out.
fn is_mbi(characters: &[u8]) -> bool {
    characters.first() != Some(&b'0')
        && !characters.iter().any(|byte| matches!(byte, b'S' | b'L' | b'O' | b'I' | b'B' | b'Z'))
}

/// The remainder of ten times the weighted sum, ten meaning zero, twice.
fn is_cpf(digits: &[u8]) -> bool {
    let check = |weights: &[u32]| weighted(digits, weights) * 10 % 11 % 10;
    !is_monotone(digits)
        && check(&[10, 9, 8, 7, 6, 5, 4, 3, 2]) == digit_at(digits, 9)
        && check(&[11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) == digit_at(digits, 10)
}

/// As the CPF with other weights. Since 2026 letters count too, by their place in ASCII.
fn is_cnpj(characters: &[u8]) -> bool {
    let check = |weights: &[u32]| {
        let remainder = weighted(characters, weights) % 11;
        if remainder < 2 { 0 } else { 11 - remainder }
    };
    !is_monotone(characters.get(..12).unwrap_or(&[]))
        && check(&[5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) == digit_at(characters, 12)
        && check(&[6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) == digit_at(characters, 13)
}

/// Birth date, sex, and a check digit over an alphabet with Ñ between N and O.
fn is_curp(characters: &[u8]) -> bool {
    let value = |byte: u8| match byte {
        b'0'..=b'9' => digit(byte),
        b'A'..=b'N' => u32::from(byte - b'A') + 10,
        _ => u32::from(byte.saturating_sub(b'A')) + 11,
    };
    let sum: u32 = characters.iter().take(17).zip((2..=18).rev()).map(|(byte, weight)| value(*byte) * weight).sum();
    is_date(2000, number(characters, 6, 2), number(characters, 8, 2))
        && matches!(characters.get(10), Some(b'H' | b'M' | b'X'))
        && (10 - sum % 10) % 10 == digit_at(characters, 17)
}

/// Weights 2 to 7 from the right, `K` meaning ten.
fn is_rut(characters: &[u8]) -> bool {
    let Some((check, body)) = characters.split_last() else {
        return false;
    };
    let sum: u32 = body.iter().rev().zip((2..=7).cycle()).map(|(byte, weight)| digit(*byte) * weight).sum();
    let expected = match 11 - sum % 11 {
        11 => b'0',
        10 => b'K',
        check => b'0' + (check as u8),
    };
    *check == expected && !is_monotone(body)
}
