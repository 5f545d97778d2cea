//! A sample of the texts, since an encoder takes milliseconds for each.

use std::collections::BTreeMap;

use redoubt_guard::classifier::Head;

use super::super::Split;
use super::super::rows::Labelled;
use super::SEED;
use crate::generate::{Random, hash};

/// A text and whether it is an attack, as a request and as a document.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub(super) text: String,
    pub(super) source: String,
    pub(super) language: String,
    pub(super) is_document: bool,
    pub(super) truth: [Option<bool>; 2],
}

/// What is learned from, what the cuts are set on, and what was never seen.
pub(super) struct Texts {
    pub(super) learned: Vec<Text>,
    pub(super) held: Vec<Text>,
    pub(super) measured: Vec<Text>,
}

/// Of each source so many attacks and so many harmless texts.
const ATTACKS_MAX: usize = 60;
const HARMLESS_MAX: usize = 30;
/// A family of generated rows is a small source.
const GENERATED_MAX: usize = 2;
/// Of a hundred attacks so many are put into a document, and half as many harmless requests.
const INSERTED_PERCENT: usize = 40;
/// Words of a document around an attack that is put into it.
const CARRIER_WORDS: usize = 60;

impl Texts {
    pub(super) fn of(split: &Split) -> Self {
        let mut learned = sample(&split.learned);
        learned.extend(inserted(&learned, &split.learned));
        Self { learned, held: sample(&split.held), measured: sample(&split.measured) }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Text> {
        self.learned.iter().chain(&self.held).chain(&self.measured)
    }
}

/// The same texts whatever else there is: a choice by their digest.
fn sample(rows: &[Labelled]) -> Vec<Text> {
    let mut by_source: BTreeMap<(&str, bool), Vec<&Labelled>> = BTreeMap::new();
    for row in rows {
        if let Some(is_attack) = row.is_attack() {
            by_source.entry((&row.source, is_attack)).or_default().push(row);
        }
    }
    let mut texts = Vec::new();
    for ((source, is_attack), mut rows) in by_source {
        let most = match is_attack {
            _ if source.starts_with("generated/") => GENERATED_MAX,
            true => ATTACKS_MAX,
            false => HARMLESS_MAX,
        };
        rows.sort_by_key(|row| hash(&row.text));
        texts.extend(rows.into_iter().take(most).map(|row| Text {
            text: row.text.clone(),
            source: row.source.clone(),
            language: row.language.clone(),
            is_document: row.is_document,
            truth: [Head::RequestAttack, Head::DocumentAttack].map(|head| row.is(head)),
        }));
    }
    texts
}

/// Attacks, each in a part of some harmless document; and, so that a request is no attack by standing in a document, as
/// many harmless requests likewise.
fn inserted(learned: &[Text], rows: &[Labelled]) -> Vec<Text> {
    let payloads: BTreeMap<&str, &str> =
        rows.iter().filter_map(|row| Some((row.text.as_str(), row.payload.as_deref()?))).collect();
    let carriers: Vec<&Text> = learned.iter().filter(|text| text.is_document && text.truth[1] == Some(false)).collect();
    let mut found = Vec::new();
    if carriers.is_empty() {
        return found;
    }
    let mut random = Random::new(SEED);
    for text in learned {
        let payload = payloads.get(text.text.as_str()).copied();
        let is_attack = text.truth[usize::from(text.is_document)] == Some(true);
        let words = match (payload, text.is_document, is_attack) {
            (Some(payload), true, true) => payload,
            (None, false, true) if random.chance(INSERTED_PERCENT) => &text.text,
            (None, false, false) if random.chance(INSERTED_PERCENT / 2) => &text.text,
            _ => continue,
        };
        let carrier: Vec<&str> = carriers[random.below(carriers.len())].text.split(' ').collect();
        let from = random.below(carrier.len().saturating_sub(CARRIER_WORDS) + 1);
        let carrier = &carrier[from..carrier.len().min(from + CARRIER_WORDS)];
        let (before, behind) = carrier.split_at(random.below(carrier.len() + 1));
        let whole = [&before.join(" "), words, &behind.join(" ")].join(" ");
        found.push(Text {
            text: whole.trim().to_owned(),
            is_document: true,
            truth: [None, Some(is_attack)],
            ..text.clone()
        });
    }
    found
}
