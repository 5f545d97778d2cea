//! Values that look like others and are nobody's: what takes the place of a value where a placeholder would be odd.
//!
//! Each is made of a keyed choice and the value's shape alone. Where numbers are set aside for books and examples
//! (RFC 2606, 5737, 3849 and 9542, telephone numbers for films, card numbers for tests), they come from there.

mod date;
mod dice;
mod identity;
mod names;
mod network;
mod occurring;
mod payment;
mod phone;
mod shape;

#[cfg(test)]
mod tests;

use unicode_normalization::UnicodeNormalization;

use crate::detectors::boundary::is_dash;
use crate::policy::is_data;
pub(crate) use dice::Dice;
pub(crate) use names::{Part, parts};
pub(crate) use occurring::{Occurring, letters};

/// How the surrogate of a label comes about.
pub(crate) enum Maker {
    /// Word by word, so that a family keeps one name.
    Names,
    /// As a whole. None if nothing of the kind can be told from the words around it.
    Whole(fn(&str, &mut Dice) -> Option<String>),
    /// Not at all: what is no more than a word has none that says as much.
    Never,
}

/// Who makes the surrogates of a label. What is in no row keeps its shape.
pub(crate) fn maker(label: &str) -> Maker {
    match label {
        "PERSON" => Maker::Names,
        "NRP" => Maker::Never,
        "LOCATION" => Maker::Whole(names::place),
        "ORGANIZATION" => Maker::Whole(names::firm),
        "EMAIL_ADDRESS" => Maker::Whole(network::email),
        "IP_ADDRESS" => Maker::Whole(network::ip),
        "MAC_ADDRESS" => Maker::Whole(network::mac),
        "URL" => Maker::Whole(network::url),
        "PHONE_NUMBER" => Maker::Whole(phone::phone),
        "CREDIT_CARD" => Maker::Whole(payment::card),
        "IBAN_CODE" => Maker::Whole(payment::iban),
        "DATE_OF_BIRTH" | "DATE_TIME" => Maker::Whole(date::date),
        "AGE" => Maker::Whole(date::age),
        "US_SSN" => Maker::Whole(identity::ssn),
        "UK_NHS" => Maker::Whole(identity::nhs),
        "NL_BSN" => Maker::Whole(identity::bsn),
        "CA_SIN" => Maker::Whole(identity::sin),
        "DE_TAX_ID" => Maker::Whole(identity::tax_id),
        // What texts do has no likeness.
        _ if !is_data(label) => Maker::Never,
        _ => Maker::Whole(|value, dice| Some(shape::alike(value, dice))),
    }
}

/// A value as a reader sees it: full-width digits are digits, and what hides between letters is gone.
pub(crate) fn visible(value: &str) -> String {
    let is_seen = |c: &char| c.is_alphanumeric() || is_dash(*c) || c.is_ascii_graphic() || matches!(*c, ' ' | '\n');
    value.nfkc().filter(is_seen).collect()
}
