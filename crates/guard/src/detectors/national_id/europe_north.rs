//! The British Isles and the Nordic countries.

use super::super::checksum::{digit_at, is_date, is_monotone, luhn, mod_11, number, weighted};
use super::super::formatted::{Form, shape};

pub(super) const FORMS: &[Form] = &[
    Form {
        label: "UK_NHS",
        shapes: &[shape("999 999 9999", 0.4, 0.9), shape("9999999999", 0.3, 0.85)],
        check: |digits| {
            mod_11(digits, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) == Some(digit_at(digits, 9)) && !is_monotone(digits)
        },
        words: &["nhs", "nhs number", "national health", "health service", "patient"],
    },
    Form {
        label: "UK_NINO",
        shapes: &[shape("AA 99 99 99 A", 0.8, 0.95), shape("AA999999A", 0.7, 0.95), shape("AA 999999 A", 0.6, 0.9)],
        check: is_nino,
        words: &["nino", "ni number", "national insurance", "insurance number", "ni no"],
    },
    Form {
        label: "IE_PPSN",
        shapes: &[shape("9999999A", 0.45, 0.9), shape("9999999AA", 0.6, 0.9)],
        check: is_ppsn,
        words: &["pps", "ppsn", "pps number", "personal public service", "upsp"],
    },
    Form {
        label: "SE_PERSONNUMMER",
        shapes: &[
            shape("99999999-9999", 0.85, 0.95),
            shape("999999-9999", 0.65, 0.95),
            shape("999999+9999", 0.65, 0.95),
            shape("999999999999", 0.45, 0.9),
            shape("9999999999", 0.2, 0.85),
        ],
        check: is_personnummer,
        words: &["personnummer", "samordningsnummer", "personal number", "swedish id", "pnr", "född"],
    },
    Form {
        label: "FI_PERSONAL_IDENTITY_CODE",
        shapes: &[shape("999999?999*", 0.9, 0.98)],
        check: is_hetu,
        words: &["hetu", "henkilötunnus", "personbeteckning", "personal identity code"],
    },
    Form {
        label: "DK_CPR",
        shapes: &[shape("999999-9999", 0.4, 0.9), shape("9999999999", 0.0, 0.8)],
        check: |digits| is_date(2000, number(digits, 2, 2), number(digits, 0, 2)) && !is_monotone(digits),
        words: &["cpr", "cpr nummer", "cpr nr", "personnummer", "danish id"],
    },
    Form {
        label: "NO_FODSELSNUMMER",
        shapes: &[shape("999999 99999", 0.7, 0.95), shape("99999999999", 0.45, 0.9)],
        check: is_fodselsnummer,
        words: &["fødselsnummer", "fodselsnummer", "personnummer", "fnr", "d nummer", "norwegian id"],
    },
];

/// The prefixes and suffixes that HM Revenue & Customs gives out.
fn is_nino(characters: &[u8]) -> bool {
    let (Some(prefix), Some(last)) = (characters.get(..2), characters.get(8)) else {
        return false;
    };
    !prefix.iter().any(|letter| b"DFIQUV".contains(letter))
        && prefix.get(1) != Some(&b'O')
        && ![b"BG", b"GB", b"NK", b"KN", b"TN", b"NT", b"ZZ"].iter().any(|taken| taken.as_slice() == prefix)
        && (b'A'..=b'D').contains(last)
}

/// Weights 8 to 2, the second letter counting nine times its place, modulo 23.
fn is_ppsn(characters: &[u8]) -> bool {
    let letter = |place: usize| characters.get(place).map_or(0, |byte| u32::from(byte.saturating_sub(b'A')) + 1);
    let second = match characters.get(8) {
        None | Some(b'W') => 0,
        Some(b'A'..=b'I' | b'T') => letter(8),
        Some(_) => return false,
    };
    (weighted(characters, &[8, 7, 6, 5, 4, 3, 2]) + second * 9) % 23 == letter(7) % 23
}

/// Birth date, 60 added to the day for those registered without one, and Luhn over the last ten digits.
fn is_personnummer(characters: &[u8]) -> bool {
    let digits: Vec<u8> = characters.iter().copied().filter(u8::is_ascii_digit).collect();
    let Some((century, short)) = digits.split_at_checked(digits.len().saturating_sub(10)) else {
        return false;
    };
    let day = number(short, 4, 2);
    matches!(century, [] | [b'1', b'8' | b'9'] | [b'2', b'0'])
        && is_date(2000, number(short, 2, 2), if day > 60 { day - 60 } else { day })
        && luhn(short)
}

/// Birth date, century sign, number, and a character by the remainder modulo 31.
fn is_hetu(characters: &[u8]) -> bool {
    const CHECKS: &[u8] = b"0123456789ABCDEFHJKLMNPRSTUVWXY";
    let digits: Vec<u8> = characters.iter().take(10).copied().filter(u8::is_ascii_digit).collect();
    let century = matches!(characters.get(6), Some(b'+' | b'-' | b'A'..=b'F' | b'U'..=b'Y'));
    century
        && is_date(2000, number(&digits, 2, 2), number(&digits, 0, 2))
        && CHECKS.get((number(&digits, 0, 9) % 31) as usize) == characters.get(10)
}

/// Birth date, 40 added to the day or the month for some, and two check digits.
fn is_fodselsnummer(digits: &[u8]) -> bool {
    let (day, month) = (number(digits, 0, 2), number(digits, 2, 2));
    is_date(2000, month % 40, day % 40)
        && mod_11(digits, &[3, 7, 6, 1, 8, 9, 4, 5, 2]) == Some(digit_at(digits, 9))
        && mod_11(digits, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) == Some(digit_at(digits, 10))
}
