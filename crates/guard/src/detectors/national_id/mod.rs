//! National numbers of persons and companies: for each country its formats, its check digits and the words
//! its people use for it. A table for each part of the world.
//!
//! A number whose check digit one in ten random numbers would pass stays below one half until its country's
//! punctuation or a word names it.

mod africa;
mod americas;
mod asia;
mod europe_east;
mod europe_north;
mod europe_south;
mod europe_west;
mod india;
mod oceania;

use redoubt_domain::finding::Severity;
use redoubt_domain::seams::{Spec, Trigger};

use super::formatted::{Form, Formatted, SPAN_MAX};

static SPEC: Spec = Spec {
    id: "national_id",
    summary: "national identity, tax, insurance and health numbers of forty countries, with their check digits",
    labels: LABELS,
    trigger: Trigger::Digits(2),
    span_max: SPAN_MAX,
    positives: &[
        "NHS number 943 476 5919",
        "CPF 111.444.777-35",
        "身份证 11010519491231002X",
        "RSSMRA85T10A562S",
        "Steuer-ID: 86 095 742 719",
        "12345678Z",
        "131052-308T",
        "aadhaar 2341 2341 2346",
    ],
    near_misses: &[
        "NHS number 943 476 5918",
        "CPF 111.444.777-36",
        "11010519491231002Y",
        "RSSMRA85T10A562T",
        "12345678A",
        "131052-308U",
        "550e8400-e29b-41d4-a716-446655440000",
        "commit 3b18e512dba79e4c8300dd08aeb37f8e728b8dad",
        "version 10.2.3-4",
    ],
};

/// Every label of every table.
const LABELS: &[&str] = &[
    "UK_NHS",
    "UK_NINO",
    "IE_PPSN",
    "CA_SIN",
    "US_NPI",
    "US_MBI",
    "ABA_ROUTING_NUMBER",
    "AU_TFN",
    "AU_ABN",
    "AU_ACN",
    "AU_MEDICARE",
    "NZ_IRD",
    "IN_AADHAAR",
    "IN_PAN",
    "IN_GSTIN",
    "IN_VOTER",
    "DE_TAX_ID",
    "DE_SOCIAL_SECURITY",
    "DE_ID_CARD",
    "AT_SVNR",
    "CH_AHV",
    "FR_INSEE",
    "BE_NATIONAL_NUMBER",
    "NL_BSN",
    "ES_NIF",
    "ES_NIE",
    "IT_FISCAL_CODE",
    "IT_VAT_CODE",
    "PT_NIF",
    "GR_AFM",
    "HR_OIB",
    "PL_PESEL",
    "PL_NIP",
    "CZ_BIRTH_NUMBER",
    "RO_CNP",
    "RU_SNILS",
    "RU_INN",
    "BG_EGN",
    "SE_PERSONNUMMER",
    "FI_PERSONAL_IDENTITY_CODE",
    "DK_CPR",
    "NO_FODSELSNUMMER",
    "BR_CPF",
    "BR_CNPJ",
    "MX_CURP",
    "CL_RUT",
    "AR_CUIT",
    "CN_RESIDENT_ID",
    "KR_RRN",
    "KR_FRN",
    "JP_MY_NUMBER",
    "SG_NRIC_FIN",
    "HK_ID",
    "TW_ID",
    "MY_NRIC",
    "TH_TNIN",
    "ZA_ID_NUMBER",
    "NG_NIN",
    "TR_NATIONAL_ID",
    "IL_ID",
];

const TABLES: &[&[Form]] = &[
    africa::FORMS,
    americas::FORMS,
    asia::FORMS,
    europe_east::FORMS,
    europe_north::FORMS,
    europe_south::FORMS,
    europe_west::FORMS,
    india::FORMS,
    oceania::FORMS,
];

/// The detector.
pub(super) fn national_id() -> Formatted {
    Formatted::new(&SPEC, TABLES, Severity::High)
}

#[cfg(test)]
mod tests;
