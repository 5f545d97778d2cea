use std::collections::BTreeSet;

use proptest::prelude::*;

use super::super::examples::{check, conforms, find, is_sound, live_from};
use super::{LABELS, TABLES, national_id};

#[test]
fn keeps_its_promises() {
    conforms(&national_id());
}

#[test]
fn every_label_is_listed_once_and_used() {
    let used: BTreeSet<&str> = TABLES.iter().copied().flatten().map(|form| form.label).collect();
    let listed: BTreeSet<&str> = LABELS.iter().copied().collect();
    assert_eq!(used, listed);
    assert_eq!(listed.len(), LABELS.len());
}

/// Numbers that authorities publish as examples, or made by their published rules, each with the word that
/// names it.
const EXAMPLES: &[(&str, &str)] = &[
    ("UK_NHS", "NHS 943 476 5919"),
    ("UK_NINO", "AB 12 34 56 C"),
    ("UK_NINO", "AB123456C"),
    ("UK_NINO", "national insurance ab123456c"),
    ("IE_PPSN", "PPS 1234567T"),
    ("IE_PPSN", "1234567FA"),
    ("CA_SIN", "SIN 046 454 286"),
    ("CA_SIN", "046-454-286 is my SIN"),
    ("US_NPI", "NPI 1234567893"),
    ("US_MBI", "1EG4-TE5-MK73"),
    ("ABA_ROUTING_NUMBER", "routing number 021000021"),
    ("AU_TFN", "TFN 123 456 782"),
    ("AU_ABN", "ABN 51 824 753 556"),
    ("AU_ACN", "ACN 004 085 616"),
    ("AU_MEDICARE", "medicare 2123 45670 1"),
    ("NZ_IRD", "IRD 49-091-850"),
    ("IN_AADHAAR", "aadhaar 2341 2341 2346"),
    ("IN_AADHAAR", "आधार 234123412346"),
    ("IN_PAN", "ABCPE1234F"),
    ("IN_GSTIN", "27AAPFU0939F1ZV"),
    ("IN_VOTER", "voter id ABC1234567"),
    ("DE_TAX_ID", "Steuer-ID 86095742719"),
    ("DE_SOCIAL_SECURITY", "15070649C103"),
    ("DE_ID_CARD", "Personalausweis T220001293"),
    ("AT_SVNR", "SVNR 1237 010180"),
    ("CH_AHV", "756.9217.0769.85"),
    ("FR_INSEE", "2 55 08 14 168 025 38"),
    ("FR_INSEE", "255081416802538"),
    ("BE_NATIONAL_NUMBER", "85.07.30-033.28"),
    ("NL_BSN", "BSN 111222333"),
    ("ES_NIF", "12345678Z"),
    ("ES_NIF", "DNI 12345678-Z"),
    ("ES_NIE", "X1234567L"),
    ("IT_FISCAL_CODE", "RSSMRA85T10A562S"),
    ("IT_VAT_CODE", "partita iva 00743110157"),
    ("PT_NIF", "NIF 123456789"),
    ("GR_AFM", "ΑΦΜ 090000045"),
    ("HR_OIB", "OIB 33392005961"),
    ("PL_PESEL", "PESEL 44051401359"),
    ("PL_NIP", "NIP 123-456-32-18"),
    ("CZ_BIRTH_NUMBER", "736028/5163"),
    ("RO_CNP", "CNP 1800101221144"),
    ("RU_SNILS", "112-233-445 95"),
    ("RU_INN", "ИНН 500100732259"),
    ("BG_EGN", "ЕГН 7523169263"),
    ("SE_PERSONNUMMER", "811228-9874"),
    ("SE_PERSONNUMMER", "19811228-9874"),
    ("FI_PERSONAL_IDENTITY_CODE", "131052-308T"),
    ("DK_CPR", "CPR 070761-4285"),
    ("NO_FODSELSNUMMER", "fødselsnummer 15108695088"),
    ("BR_CPF", "111.444.777-35"),
    ("BR_CNPJ", "11.222.333/0001-81"),
    ("BR_CNPJ", "12.ABC.345/01DE-35"),
    ("MX_CURP", "BOXW310820HNERXN09"),
    ("CL_RUT", "12.345.678-5"),
    ("AR_CUIT", "20-12345678-6"),
    ("CN_RESIDENT_ID", "身份证号11010519491231002X"),
    ("KR_RRN", "900101-1234568"),
    ("JP_MY_NUMBER", "マイナンバー 1234 5678 9018"),
    ("SG_NRIC_FIN", "S1234567D"),
    ("HK_ID", "A123456(3)"),
    ("TW_ID", "A123456789"),
    ("MY_NRIC", "880101-14-5566"),
    ("TH_TNIN", "1-1020-01236-92-9"),
    ("ZA_ID_NUMBER", "ID number 8001015009087"),
    ("NG_NIN", "NIN 12345678902"),
    ("TR_NATIONAL_ID", "TC kimlik 10000000146"),
    ("IL_ID", "teudat zehut 123456782"),
];

#[test]
fn published_examples_are_found() {
    let detector = national_id();
    let mut missed = Vec::new();
    for (label, text) in EXAMPLES {
        if !find(&detector, text).iter().any(|found| found.label.as_str() == *label && found.score >= 0.5) {
            missed.push((label, text));
        }
    }
    assert!(missed.is_empty(), "{missed:?}");
    EXAMPLES.iter().for_each(|(_, text)| is_sound(&detector, text));
}

#[test]
fn weak_numbers_need_a_name() {
    let detector = national_id();
    for text in ["046454286", "9434765919", "1234567893", "44051401359", "8001015009087", "86095742719"] {
        assert!(find(&detector, text).iter().all(|found| found.score < 0.5), "{text}");
    }
    check(&detector, "aadhaar: 2 3 4 1 2 3 4 1 2 3 4 6", "IN_AADHAAR 0.81 `2 3 4 1 2 3 4 1 2 3 4 6`");
    check(&detector, "2 3 4 1 2 3 4 1 2 3 4 6", "");
}

#[test]
fn plain_prose_is_held_a_word_at_most() {
    let detector = national_id();
    for (text, held) in [
        ("write to me. ", ""),
        ("he is ", "is "),
        ("nothing", "nothing"),
        ("nothings ", ""),
        ("in 2024, ", ""),
        ("PESEL 4405", "4405"),
    ] {
        assert!(text[live_from(&detector, text)..].len() <= held.len(), "{text}");
    }
}

/// Labels without a check digit, and those where some single changes pass by the authority's own rule: two
/// remainders share a check digit, or a weight shares a factor with the modulus.
const LENIENT: &[&str] = &[
    "UK_NINO",
    "IN_PAN",
    "IN_VOTER",
    "US_MBI",
    "DK_CPR",
    "MY_NRIC",
    "AU_ACN",
    "AU_MEDICARE",
    "BR_CPF",
    "BR_CNPJ",
    "JP_MY_NUMBER",
    "PT_NIF",
    "RU_INN",
    "RU_SNILS",
    "GR_AFM",
    "BG_EGN",
    "RO_CNP",
    "KR_RRN",
    "TH_TNIN",
    "PL_NIP",
    "MX_CURP",
    "SE_PERSONNUMMER",
    "TW_ID",
];

proptest! {
    /// Every digit of a checksummed number counts: with another digit it is no longer that number.
    #[test]
    fn changed_numbers_are_not_found(
        example in prop::sample::select(
            EXAMPLES.iter().filter(|(label, _)| !LENIENT.contains(label)).copied().collect::<Vec<_>>(),
        ),
        place in 0_usize..20,
        by in 1_u8..10,
    ) {
        let detector = national_id();
        let (label, text) = example;
        let digits: Vec<usize> = text.char_indices().filter(|(_, c)| c.is_ascii_digit()).map(|(at, _)| at).collect();
        let place = digits[place % digits.len()];
        let mut changed = text.as_bytes().to_vec();
        changed[place] = b'0' + (changed[place] - b'0' + by) % 10;
        let changed = String::from_utf8(changed).unwrap();
        prop_assert!(!find(&detector, &changed).iter().any(|found| found.label.as_str() == label), "{}", changed);
    }

    #[test]
    fn any_text_is_sound(text in "([0-9]|[0-9]{2}|[0-9]{3}|[0-9]{6}|[A-Z]|[a-z]|AB| |-|\\.|nhs|ssn|身份证){0,14}") {
        is_sound(&national_id(), &text);
    }

    #[test]
    fn never_panics(text in "\\PC{0,200}") {
        let detector = national_id();
        find(&detector, &text);
        live_from(&detector, &text);
    }
}
