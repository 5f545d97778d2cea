//! Labels that rules speak of together.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use crate::detectors::{Parameters, TABLE, labels};

/// A set of labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Group {
    /// How to reach a person.
    Contact,
    /// Numbers and documents that are a person's own and worth stealing.
    Identity,
    /// Personal only in context: every web page has an address.
    Network,
    /// Who, where and when: what ordinary questions are about too.
    Named,
    /// What hurts people.
    Harm,
    /// These labels.
    Labels(&'static [&'static str]),
}

const CONTACT: &[&str] = &["EMAIL_ADDRESS", "PHONE_NUMBER", "STREET_ADDRESS"];
/// Personal, beside the numbers of [`IDENTITY_DETECTORS`].
const OWN: [&str; 5] = ["CREDIT_CARD", "CRYPTO", "DATE_OF_BIRTH", "IBAN_CODE", "US_SSN"];
const NETWORK: &[&str] = &["IP_ADDRESS", "MAC_ADDRESS", "URL"];
const NAMED: &[&str] = &["PERSON", "LOCATION", "ORGANIZATION", "NRP", "TITLE", "AGE", "DATE_TIME", "POSTAL_CODE"];
const HARM: &[&str] = &[
    "HARASSMENT",
    "HARASSMENT_THREATENING",
    "HATE",
    "HATE_THREATENING",
    "ILLICIT",
    "ILLICIT_VIOLENT",
    "SELF_HARM",
    "SELF_HARM_INSTRUCTIONS",
    "SELF_HARM_INTENT",
    "SEXUAL",
    "SEXUAL_MINORS",
    "TOXICITY",
    "VIOLENCE",
    "VIOLENCE_GRAPHIC",
];

/// Detectors all of whose labels are numbers of a person.
const IDENTITY_DETECTORS: &[&str] =
    &["card", "credit_card", "crypto", "document", "iban", "mrz", "national_id", "passport", "us_ssn"];

static IDENTITY: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let parameters = Parameters::default();
    let rows = TABLE.iter().filter(|row| IDENTITY_DETECTORS.contains(&row.id));
    let found: BTreeSet<&'static str> = rows.flat_map(|row| (row.build)(&parameters).spec().labels).copied().collect();
    found.into_iter().chain(OWN).collect::<BTreeSet<_>>().into_iter().collect()
});

impl Group {
    /// The labels of the group.
    pub(crate) fn labels(&self) -> &[&'static str] {
        match self {
            Self::Contact => CONTACT,
            Self::Identity => &IDENTITY,
            Self::Network => NETWORK,
            Self::Named => NAMED,
            Self::Harm => HARM,
            Self::Labels(labels) => labels,
        }
    }
}

/// Whether a label names a value, which can be changed, rather than an intention. What configuration describes is
/// always a value.
pub(crate) fn is_data(label: &str) -> bool {
    /// Of each label that the product itself may report.
    static SHIPPED: LazyLock<HashMap<&'static str, bool>> = LazyLock::new(|| {
        let groups = [Group::Contact, Group::Identity, Group::Network, Group::Named];
        let is_value = |label: &str| label == "SECRET" || groups.iter().any(|group| group.labels().contains(&label));
        labels().into_iter().map(|label| (label, is_value(label))).collect()
    });
    SHIPPED.get(label).copied().unwrap_or(true)
}
