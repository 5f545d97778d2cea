//! Eastern Europe.

use super::super::checksum::{digit_at, is_date, is_monotone, number, weighted};
use super::super::formatted::{Form, shape};

pub(super) const FORMS: &[Form] = &[
    Form {
        label: "PL_PESEL",
        shapes: &[shape("99999999999", 0.4, 0.9)],
        check: is_pesel,
        words: &["pesel", "nr pesel", "numer pesel"],
    },
    Form {
        label: "PL_NIP",
        shapes: &[shape("999-999-99-99", 0.6, 0.9), shape("9999999999", 0.1, 0.85)],
        check: |digits| {
            weighted(digits, &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 == digit_at(digits, 9) && !is_monotone(digits)
        },
        words: &["nip", "numer identyfikacji podatkowej"],
    },
    Form {
        label: "CZ_BIRTH_NUMBER",
        shapes: &[shape("999999/9999", 0.8, 0.95), shape("9999999999", 0.2, 0.85)],
        check: is_birth_number,
        words: &["rodné číslo", "rodne cislo", "rodné", "rč", "birth number"],
    },
    Form {
        label: "RO_CNP",
        shapes: &[shape("9999999999999", 0.45, 0.9)],
        check: is_cnp,
        words: &["cnp", "cod numeric personal"],
    },
    Form {
        label: "RU_SNILS",
        shapes: &[shape("999-999-999 99", 0.85, 0.95), shape("99999999999", 0.3, 0.9)],
        check: is_snils,
        words: &["снилс", "snils", "страховое свидетельство"],
    },
    Form {
        label: "RU_INN",
        shapes: &[shape("999999999999", 0.4, 0.9), shape("9999999999", 0.1, 0.85)],
        check: is_inn,
        words: &["инн", "inn", "налогоплательщика"],
    },
    Form {
        label: "BG_EGN",
        shapes: &[shape("9999999999", 0.2, 0.85)],
        check: |digits| {
            is_date(2000, number(digits, 2, 2) % 20, number(digits, 4, 2))
                && weighted(digits, &[2, 4, 8, 5, 10, 9, 7, 3, 6]) % 11 % 10 == digit_at(digits, 9)
        },
        words: &["егн", "egn", "единен граждански номер"],
    },
];

/// Birth date with the century added to the month, then weights 1, 3, 7, 9.
fn is_pesel(digits: &[u8]) -> bool {
    is_date(2000, number(digits, 2, 2) % 20, number(digits, 4, 2))
        && weighted(digits, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]).is_multiple_of(10)
}

/// Birth date, 50 added to a woman's month and 20 in full years; the whole a multiple of eleven.
fn is_birth_number(digits: &[u8]) -> bool {
    let month = number(digits, 2, 2) % 50;
    is_date(2000, if month > 20 { month - 20 } else { month }, number(digits, 4, 2))
        && number(digits, 0, 10).is_multiple_of(11)
}

/// Sex and century, birth date, county, and a control digit with ten meaning one.
fn is_cnp(digits: &[u8]) -> bool {
    let check = match weighted(digits, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11 {
        10 => 1,
        check => check,
    };
    (1..=9).contains(&digit_at(digits, 0))
        && is_date(2000, number(digits, 3, 2), number(digits, 5, 2))
        && matches!(number(digits, 7, 2), 1..=52 | 70)
        && check == digit_at(digits, 12)
}

/// Weights 9 to 1, modulo 101, a hundred meaning zero.
fn is_snils(digits: &[u8]) -> bool {
    !is_monotone(digits)
        && u64::from(weighted(digits, &[9, 8, 7, 6, 5, 4, 3, 2, 1]) % 101 % 100) == number(digits, 9, 2)
}

/// One check digit for companies, two for persons.
fn is_inn(digits: &[u8]) -> bool {
    let check = |weights: &[u32]| weighted(digits, weights) % 11 % 10;
    !is_monotone(digits)
        && if digits.len() == 10 {
            check(&[2, 4, 10, 3, 5, 9, 4, 6, 8]) == digit_at(digits, 9)
        } else {
            check(&[7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) == digit_at(digits, 10)
                && check(&[3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]) == digit_at(digits, 11)
        }
}
