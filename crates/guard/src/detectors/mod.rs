//! What is looked for. One file holds a whole detector; one `mod` line and one row register it, and
//! configuration, help, documentation, fuzz targets and the conformance suite walk the tables.

mod address;
mod banned;
mod bias;
mod birth;
pub(crate) mod boundary;
mod calling_codes;
mod card;
mod chain;
pub(crate) mod checksum;
mod classifier;
mod code;
mod commonness;
mod context;
mod crypto;
mod cursor;
mod degenerate;
mod document;
mod east_asian_name;
mod email;
mod entropy;
mod formatted;
pub mod grounded;
mod groupings;
mod harm;
mod hits;
mod iban;
mod injection;
mod interned;
mod invisible;
mod ip_address;
mod jailbreak;
mod job;
mod keccak;
mod links;
mod mac_address;
mod mrz;
mod name;
mod national_id;
mod package;
mod passport;
mod phone;
mod phrases;
pub(crate) mod recognizers;
mod refusal;
pub mod schema;
mod secrets;
mod sentences;
mod shorteners;
mod sizes;
mod system_prompt;
mod title;
mod unread;
mod url;
mod us_ssn;
mod weekday;

#[cfg(test)]
mod examples;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use redoubt_domain::limits::Limits;
use redoubt_domain::seams::{Detector, Match};

use crate::second_opinion::{self, SecondOpinion};
use crate::views::Signals;
pub(crate) use classifier::{
    ID as CLASSIFIER, Margins, attack_at_cut, find as find_attacks, judged_attack, likelihoods, margins,
};
pub(crate) use commonness::commonness;
pub use recognizers::{Checksum, Definition, Flaw, Recognizer};
pub use sizes::SizeBounds;

/// A detector of the product: looks at each view of each text.
pub struct Row {
    /// The name in configuration and findings; equal to the detector's `spec().id`.
    pub id: &'static str,
    /// Makes it, with what configuration gives.
    pub build: fn(&Parameters) -> Box<dyn Detector>,
}

/// Every detector of text, by id.
pub static TABLE: &[Row] = &[
    Row { id: "email", build: |_| Box::new(email::Email) },
    Row { id: "phone", build: |_| Box::new(phone::Phone) },
    Row { id: "card", build: |_| Box::new(card::Card) },
    Row { id: "address", build: |_| Box::new(address::Address) },
    Row { id: "corner", build: |_| Box::new(address::Corner) },
    Row { id: "iban", build: |_| Box::new(iban::Iban) },
    Row { id: "us_ssn", build: |_| Box::new(us_ssn::us_ssn()) },
    Row { id: "national_id", build: |_| Box::new(national_id::national_id()) },
    Row { id: "passport", build: |_| Box::new(passport::passport()) },
    Row { id: "document", build: |_| Box::new(document::document()) },
    Row { id: "mrz", build: |_| Box::new(mrz::Mrz) },
    Row { id: "name", build: name::build },
    Row { id: "ip_address", build: |_| Box::new(ip_address::IpAddress) },
    Row { id: "mac_address", build: |_| Box::new(mac_address::MacAddress) },
    Row { id: "url", build: |_| Box::new(url::Url) },
    Row { id: "crypto", build: |_| Box::new(crypto::Crypto) },
    Row { id: "secret", build: secrets::build },
    Row { id: "prompt_injection", build: injection::build },
    Row { id: "role_markup", build: injection::markup::build },
    Row { id: "jailbreak", build: jailbreak::build },
    Row { id: "harm", build: harm::build },
    Row { id: "classifier", build: classifier::build },
    Row { id: "link", build: links::build },
    Row { id: "code", build: code::build },
    Row { id: "banned_word", build: banned::build },
    Row { id: "east_asian_name", build: |_| Box::new(east_asian_name::EastAsianName) },
    Row { id: "title", build: |_| Box::new(title::Title) },
    Row { id: "job", build: |_| Box::new(job::Job) },
    Row { id: "weekday", build: |_| Box::new(weekday::Weekday) },
    Row { id: "birth", build: |_| Box::new(birth::Birth) },
    Row { id: "package", build: package::build },
    Row { id: "refusal", build: refusal::build },
    Row { id: "degenerate", build: degenerate::build },
    Row { id: "bias", build: bias::build },
];

/// A detector of what is odd about a text as it was received, before any disguise is undone.
pub struct SignalRow {
    /// The name in configuration and findings.
    pub id: &'static str,
    /// One sentence for people.
    pub summary: &'static str,
    /// Every label it may report.
    pub labels: &'static [&'static str],
    /// Adds what the signals of `text` amount to. Spans are bytes of `text`, as received.
    pub judge: fn(text: &str, signals: &Signals, found: &mut Vec<Match>),
    /// Texts in which it must find something.
    pub positives: &'static [&'static str],
    /// Texts close to a match in which it must find nothing.
    pub near_misses: &'static [&'static str],
}

/// Every detector of signals.
pub static SIGNALS: &[&SignalRow] = &[&invisible::ROW, &unread::ROW];

/// A detector that compares an answer with the conversation it answers. It is made for each conversation,
/// once its request is known, and then looks at text like any other.
pub struct ConversationRow {
    /// The name in configuration and findings; equal to the detector's `spec().id`.
    pub id: &'static str,
    /// One sentence for people.
    pub summary: &'static str,
    /// Every label it may report.
    pub labels: &'static [&'static str],
    /// Whether it can only judge a complete text, as a validator must. In a stream this needs `buffer`.
    pub needs_whole: bool,
    /// Makes it, or nothing if the conversation has nothing to compare with.
    pub build: fn(&Parameters, &Background) -> Option<Box<dyn Detector>>,
}

/// Every detector of answers against their conversation.
pub static CONVERSATION: &[&ConversationRow] = &[&system_prompt::ROW, &schema::ROW, &grounded::ROW];

/// What configuration gives to detectors.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters {
    /// Words and phrases that must not occur.
    pub banned_words: Vec<String>,
    /// Values that may stand as they are: the firm's own telephone number, the name of its product.
    pub allowed: Vec<String>,
    /// Texts planted so that a leak shows: none may ever come out.
    pub canaries: Vec<String>,
    /// Hosts to which links and images may point.
    pub link_hosts: Vec<String>,
    /// Kinds of values that configuration describes.
    pub recognizers: Vec<Recognizer>,
    /// How long one text may be.
    pub sizes: SizeBounds,
    /// When a slower model is asked beside the classifier; never without.
    pub second_opinion: Option<SecondOpinion>,
    /// The bounds of the product.
    pub limits: Limits,
}

/// What an answer is compared with.
#[derive(Clone, Debug, Default)]
pub struct Background {
    /// The texts of system and developer messages, as the model saw them.
    pub system_prompts: Vec<String>,
    /// The JSON Schema that the answer was asked to follow, as JSON text.
    pub output_schema: Option<String>,
    /// What tools returned and what was retrieved.
    pub sources: Vec<grounded::Source>,
    /// What the user said.
    pub asked: Vec<String>,
}

/// What any detector says of itself, whichever table it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// The name in configuration and findings.
    pub id: &'static str,
    /// One sentence for people.
    pub summary: &'static str,
    /// Every label it may report.
    pub labels: &'static [&'static str],
}

/// Every detector of every table, by id.
pub fn kinds() -> Vec<Kind> {
    // Each policy that is read asks, and to make all detectors takes milliseconds.
    static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(all_kinds);
    KINDS.clone()
}

fn all_kinds() -> Vec<Kind> {
    let parameters = Parameters::default();
    let mut kinds: Vec<Kind> = Vec::new();
    for row in TABLE {
        let detector = (row.build)(&parameters);
        let spec = detector.spec();
        kinds.push(Kind { id: row.id, summary: spec.summary, labels: spec.labels });
    }
    kinds.extend(SIGNALS.iter().map(|row| Kind { id: row.id, summary: row.summary, labels: row.labels }));
    kinds.extend(CONVERSATION.iter().map(|row| Kind { id: row.id, summary: row.summary, labels: row.labels }));
    kinds.extend([SizeBounds::KIND, recognizers::KIND, second_opinion::KIND]);
    kinds.sort_by_key(|kind| kind.id);
    kinds
}

/// Every label that any detector may report.
pub fn labels() -> BTreeSet<&'static str> {
    kinds().into_iter().flat_map(|kind| kind.labels).copied().collect()
}
