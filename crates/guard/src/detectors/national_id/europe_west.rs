//! Western Europe.

use super::super::checksum::{digit, digit_at, icao_9303, is_date, is_monotone, mod_11_10, number, weighted};
use super::super::formatted::{Form, shape};

pub(super) const FORMS: &[Form] = &[
    Form {
        label: "DE_TAX_ID",
        shapes: &[shape("99 999 999 999", 0.6, 0.95), shape("99999999999", 0.4, 0.9)],
        check: is_tax_id,
        words: &[
            "steuer id",
            "steuerid",
            "idnr",
            "identifikationsnummer",
            "steueridentifikationsnummer",
            "steuer idnr",
            "steuerliche identifikationsnummer",
            "steuernummer",
            "tin",
            "tax id",
            "id nr",
        ],
    },
    Form {
        label: "DE_SOCIAL_SECURITY",
        shapes: &[shape("99999999A999", 0.8, 0.95), shape("99 999999 A 999", 0.85, 0.95)],
        check: is_pension_number,
        words: &[
            "sozialversicherungsnummer",
            "rentenversicherungsnummer",
            "sv nummer",
            "versicherungsnummer",
            "rvnr",
            "svnr",
        ],
    },
    Form {
        label: "DE_ID_CARD",
        shapes: &[shape("A********9", 0.0, 0.85)],
        check: |characters| {
            characters.get(..9).is_some_and(|body| {
                icao_9303(body) == digit_at(characters, 9) && !body.iter().any(|byte| b"AEIOUBDQS".contains(byte))
            })
        },
        words: &["personalausweis", "ausweisnummer", "ausweis", "reisepass", "passnummer", "id card"],
    },
    Form {
        label: "AT_SVNR",
        shapes: &[shape("9999 999999", 0.45, 0.9), shape("9999999999", 0.2, 0.85)],
        check: |digits| {
            is_date(2000, number(digits, 6, 2).min(12), number(digits, 4, 2))
                && digit_at(digits, 0) != 0
                && weighted(digits, &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11 == digit_at(digits, 3)
        },
        words: &["svnr", "sozialversicherungsnummer", "sv nummer", "versicherungsnummer"],
    },
    Form {
        label: "CH_AHV",
        shapes: &[shape("999.9999.9999.99", 0.95, 0.98), shape("9999999999999", 0.6, 0.95)],
        check: |digits| {
            number(digits, 0, 3) == 756
                && (10 - weighted(digits, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3]) % 10) % 10 == digit_at(digits, 12)
        },
        words: &["ahv", "ahv nummer", "avs", "numéro avs", "sozialversicherungsnummer"],
    },
    Form {
        label: "FR_INSEE",
        shapes: &[
            shape("9999999*9999999", 0.85, 0.97),
            shape("999999*99999999", 0.85, 0.97),
            shape("9 99 99 9* 999 999 99", 0.9, 0.98),
        ],
        check: is_insee,
        words: &[
            "insee",
            "nir",
            "sécurité sociale",
            "securite sociale",
            "numéro de sécurité sociale",
            "carte vitale",
            "sécu",
        ],
    },
    Form {
        label: "BE_NATIONAL_NUMBER",
        shapes: &[
            shape("99.99.99-999.99", 0.95, 0.98),
            shape("99 99 99 999 99", 0.7, 0.95),
            shape("99999999999", 0.45, 0.9),
        ],
        check: is_belgian,
        words: &[
            "rijksregisternummer",
            "rijksregister",
            "numéro national",
            "registre national",
            "insz",
            "niss",
            "nationalregister",
        ],
    },
    Form {
        label: "NL_BSN",
        shapes: &[shape("999999999", 0.3, 0.85), shape("9999.99.999", 0.6, 0.9), shape("99999999", 0.0, 0.8)],
        check: is_bsn,
        words: &["bsn", "burgerservicenummer", "sofinummer", "burger service nummer"],
    },
];

/// One digit twice or thrice among the first ten, the others at most once, and ISO 7064 mod 11,10.
fn is_tax_id(digits: &[u8]) -> bool {
    let Some(body) = digits.get(..10) else {
        return false;
    };
    let mut repeated =
        (b'0'..=b'9').map(|digit| body.iter().filter(|byte| **byte == digit).count()).filter(|count| *count > 1);
    let is_spread = matches!((repeated.next(), repeated.next()), (Some(2 | 3), None));
    digits.first() != Some(&b'0') && is_spread && mod_11_10(digits)
}

/// Area, birth date, initial, serial; the sums of the digits of weighted digits.
fn is_pension_number(characters: &[u8]) -> bool {
    let mut digits = Vec::with_capacity(13);
    for byte in characters {
        if byte.is_ascii_alphabetic() {
            let place = byte - b'A' + 1;
            digits.extend([b'0' + place / 10, b'0' + place % 10]);
        } else {
            digits.push(*byte);
        }
    }
    let sum: u32 = digits
        .iter()
        .zip([2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1])
        .map(|(byte, weight)| digit(*byte) * weight)
        .map(|product| product / 10 + product % 10)
        .sum();
    let day = number(characters, 2, 2);
    is_date(2000, number(characters, 4, 2), if day > 50 { day - 50 } else { day }) && sum % 10 == digit_at(&digits, 12)
}

/// Sex, year, month, department (Corsica's with a letter), town, order, and 97 less the remainder.
fn is_insee(characters: &[u8]) -> bool {
    let corsica = match characters.get(6) {
        Some(byte) if !byte.is_ascii_digit() => return false,
        Some(b'2') => characters.get(7).and_then(|byte| match byte {
            b'A' => Some(b'9'),
            b'B' => Some(b'8'),
            _ => None,
        }),
        _ => None,
    };
    let mut digits = characters.to_vec();
    if let (Some(value), [.., _]) = (corsica, digits.as_slice()) {
        // 2A counts as 19, 2B as 18.
        for (place, replacement) in [(6, b'1'), (7, value)] {
            if let Some(digit) = digits.get_mut(place) {
                *digit = replacement;
            }
        }
    }
    digits.iter().all(u8::is_ascii_digit)
        && matches!(digits.first(), Some(b'1' | b'2' | b'3' | b'4' | b'7' | b'8'))
        && matches!(number(&digits, 3, 2), 1..=12 | 20 | 30..=42 | 50..=99)
        && number(&digits, 13, 2) == 97 - number(&digits, 0, 13) % 97
}

/// Birth date, order, and 97 less the remainder, with a 2 put before for those born since 2000.
fn is_belgian(digits: &[u8]) -> bool {
    let (body, check) = (number(digits, 0, 9), number(digits, 9, 2));
    let month = number(digits, 2, 2) % 20;
    (month == 0 || is_date(2000, month, number(digits, 4, 2).max(1)))
        && !is_monotone(digits)
        && [body, 2_000_000_000 + body].iter().any(|body| 97 - body % 97 == check)
}

/// The eleven test: weights 9 to 2, then minus one.
fn is_bsn(digits: &[u8]) -> bool {
    let padded: Vec<u8> = std::iter::repeat_n(b'0', 9 - digits.len().min(9)).chain(digits.iter().copied()).collect();
    !is_monotone(digits)
        && (weighted(&padded, &[9, 8, 7, 6, 5, 4, 3, 2]) + 11 * 9 - digit_at(&padded, 8)).is_multiple_of(11)
}
