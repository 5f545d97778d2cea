//! English, the language of most attacks.

mod actions;
mod attacks;
mod code;
mod fillers;
mod foreign;
mod jailbreaks;
mod prose;
mod safety;
mod triggers;
mod twins;
mod twins_foreign;

use super::Language;
pub(in crate::generate) use actions::ACTIONS;
pub(in crate::generate) use code::{CODE, TOOLS};
pub(in crate::generate) use safety::{HATE, HATE_TWINS, HAZARDS, TOXIC, TOXIC_TWINS};
pub(in crate::generate) use triggers::TRIGGERS;

pub(in crate::generate) static EN: Language = Language {
    code: "en",
    space: " ",
    headers: ["From", "To", "Subject", "Date"],
    names: fillers::NAMES,
    cities: fillers::CITIES,
    companies: fillers::COMPANIES,
    products: fillers::PRODUCTS,
    topics: fillers::TOPICS,
    tasks: fillers::TASKS,
    prose: prose::PROSE,
    greetings: fillers::GREETINGS,
    closings: fillers::CLOSINGS,
    openers: fillers::OPENERS,
    enders: fillers::ENDERS,
    asks: fillers::ASKS,
    overrides: attacks::OVERRIDES,
    switches: attacks::SWITCHES,
    stunts: attacks::STUNTS,
    extraction: attacks::EXTRACTION,
    personas: jailbreaks::PERSONAS,
    fictions: jailbreaks::FICTIONS,
    authority: attacks::AUTHORITY,
    suppression: jailbreaks::SUPPRESSION,
    pressure: jailbreaks::PRESSURE,
    decode: attacks::DECODE,
    translation: attacks::TRANSLATION,
    credentials: attacks::CREDENTIALS,
    calls: foreign::CALLS,
    hijack: foreign::HIJACK,
    exfiltration: foreign::EXFILTRATION,
    secrecy: foreign::SECRECY,
    bare: foreign::BARE,
    harms: jailbreaks::HARMS,
    about: twins::ABOUT,
    everyday: twins::EVERYDAY,
    roles: twins::ROLES,
    formats: twins::FORMATS,
    people: twins_foreign::PEOPLE,
    howto: twins_foreign::HOWTO,
    quotes: twins_foreign::QUOTES,
    passwords: twins::PASSWORDS,
    decode_twins: twins::DECODE_TWINS,
    harm_twins: safety::HARM_TWINS,
    systems: twins::SYSTEMS,
};
