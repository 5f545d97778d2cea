//! East and South-East Asia.

use super::super::checksum::{digit, digit_at, is_date, is_monotone, mod_11_2, number, weighted};
use super::super::formatted::{Form, shape};

pub(super) const FORMS: &[Form] = &[
    Form {
        label: "CN_RESIDENT_ID",
        shapes: &[shape("99999999999999999*", 0.9, 0.98), shape("999999 99999999 999*", 0.85, 0.95)],
        check: is_cn_id,
        words: &["身份证", "身份证号", "公民身份", "居民身份证", "证件号", "id card", "resident id"],
    },
    Form {
        label: "KR_RRN",
        shapes: &[shape("999999-9999999", 0.85, 0.95), shape("9999999999999", 0.4, 0.9)],
        check: |digits| is_kr(digits, 0, 1..=4),
        words: &["주민등록번호", "주민번호", "주민등록", "resident registration", "rrn"],
    },
    Form {
        label: "KR_FRN",
        shapes: &[shape("999999-9999999", 0.85, 0.95), shape("9999999999999", 0.4, 0.9)],
        check: |digits| is_kr(digits, 2, 5..=8),
        words: &["외국인등록번호", "외국인등록", "foreigner registration", "frn", "alien registration"],
    },
    Form {
        label: "JP_MY_NUMBER",
        shapes: &[
            shape("9999-9999-9999", 0.45, 0.9),
            shape("9999 9999 9999", 0.4, 0.9),
            shape("999999999999", 0.3, 0.9),
        ],
        check: is_my_number,
        words: &["マイナンバー", "個人番号", "my number", "mynumber", "individual number"],
    },
    Form {
        label: "SG_NRIC_FIN",
        shapes: &[shape("A9999999A", 0.85, 0.95)],
        check: is_nric,
        words: &["nric", "fin", "identity card", "ic", "singapore", "身份证"],
    },
    Form {
        label: "HK_ID",
        shapes: &[shape("A999999(*)", 0.9, 0.95), shape("AA999999(*)", 0.9, 0.95), shape("A999999*", 0.0, 0.85)],
        check: is_hk_id,
        words: &["hkid", "hong kong id", "identity card", "身份證", "身份証", "香港身份證"],
    },
    Form {
        label: "TW_ID",
        shapes: &[shape("A999999999", 0.6, 0.9)],
        check: is_tw_id,
        words: &["身分證", "身份證", "身分證字號", "統一編號", "national id", "taiwan"],
    },
    Form {
        label: "MY_NRIC",
        shapes: &[shape("999999-99-9999", 0.7, 0.9), shape("999999999999", 0.0, 0.8)],
        check: |digits| {
            is_date(2000, number(digits, 2, 2), number(digits, 4, 2))
                && !matches!(number(digits, 6, 2), 0 | 17..=20 | 69 | 70 | 73 | 80 | 81 | 94..=97)
        },
        words: &["mykad", "nric", "kad pengenalan", "ic", "no kp", "malaysia"],
    },
    Form {
        label: "TH_TNIN",
        shapes: &[
            shape("9-9999-99999-99-9", 0.85, 0.95),
            shape("9 9999 99999 99 9", 0.7, 0.95),
            shape("9999999999999", 0.3, 0.9),
        ],
        check: |digits| {
            !matches!(digits.first(), Some(b'0' | b'9'))
                && (11 - weighted(digits, &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 10 == digit_at(digits, 12)
        },
        words: &["เลขประจำตัวประชาชน", "บัตรประชาชน", "เลขบัตร", "thai id", "national id", "tnin", "citizen id"],
    },
];

/// Province, birth date, and ISO 7064 mod 11-2 with `X` for ten.
fn is_cn_id(characters: &[u8]) -> bool {
    let (Some(body), Some(check)) = (characters.get(..17), characters.get(17)) else {
        return false;
    };
    let is_province =
        matches!(number(body, 0, 2), 11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83 | 91);
    let is_born = (1850..2100).contains(&number(body, 6, 4))
        && is_date(number(body, 6, 4), number(body, 10, 2), number(body, 12, 2));
    let expected = match mod_11_2(body) {
        10 => b'X',
        value => b'0' + (value as u8),
    };
    is_province && is_born && *check == expected
}

/// Birth date, century and sex, check digit. Foreigners' numbers add two.
fn is_kr(digits: &[u8], add: u32, century: std::ops::RangeInclusive<u32>) -> bool {
    let sum = weighted(digits, &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]);
    century.contains(&digit_at(digits, 6))
        && is_date(2000, number(digits, 2, 2), number(digits, 4, 2))
        && ((11 - sum % 11) % 10 + add) % 10 == digit_at(digits, 12)
}

/// Weights 6 to 2 and 7 to 2; remainders below two mean zero.
fn is_my_number(digits: &[u8]) -> bool {
    let remainder = weighted(digits, &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    (if remainder < 2 { 0 } else { 11 - remainder }) == digit_at(digits, 11) && !is_monotone(digits)
}

/// A check letter, from another alphabet for foreigners, shifted for those born or arrived since 2000.
fn is_nric(characters: &[u8]) -> bool {
    let (Some(first), Some(body), Some(last)) = (characters.first(), characters.get(1..8), characters.get(8)) else {
        return false;
    };
    let (shift, letters): (u32, &[u8; 11]) = match first {
        b'S' => (0, b"JZIHGFEDCBA"),
        b'T' => (4, b"JZIHGFEDCBA"),
        b'F' => (0, b"XWUTRQPNMLK"),
        b'G' => (4, b"XWUTRQPNMLK"),
        b'M' => (3, b"XWUTRQPNJLK"),
        _ => return false,
    };
    let remainder = (weighted(body, &[2, 7, 6, 5, 4, 3, 2]) + shift) % 11;
    // The newest series counts from the other end.
    let place = if *first == b'M' { 10 - remainder } else { remainder };
    let letters: &[u8] = if *first == b'M' { b"KLJNPQRTUWX" } else { letters };
    letters.get(place as usize) == Some(last)
}

/// Weights 9 to 2 over letters and digits, a missing first letter counting as 36, `A` for ten.
fn is_hk_id(characters: &[u8]) -> bool {
    let Some((check, body)) = characters.split_last() else {
        return false;
    };
    let value = |byte: u8| if byte.is_ascii_digit() { digit(byte) } else { u32::from(byte - b'A') + 10 };
    let pad = if body.len() == 7 { 36 * 9 } else { 0 };
    let sum: u32 = body.iter().rev().zip(2..).map(|(byte, weight)| value(*byte) * weight).sum();
    let check = match check {
        b'A' => 10,
        b'0'..=b'9' => digit(*check),
        _ => return false,
    };
    (sum + pad + check).is_multiple_of(11)
}

/// The letter stands for a county's two digits, then weights 8 to 1.
fn is_tw_id(characters: &[u8]) -> bool {
    const COUNTIES: &[u8] = b"ABCDEFGHJKLMNPQRSTUVXYWZIO";
    let (Some(first), Some(body)) = (characters.first(), characters.get(1..)) else {
        return false;
    };
    let Some(county) = COUNTIES.iter().position(|letter| letter == first) else {
        return false;
    };
    let county = county as u32 + 10;
    matches!(body.first(), Some(b'1' | b'2' | b'8' | b'9'))
        && (county / 10 + county % 10 * 9 + weighted(body, &[8, 7, 6, 5, 4, 3, 2, 1, 1])).is_multiple_of(10)
}
