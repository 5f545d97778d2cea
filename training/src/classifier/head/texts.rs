//! A sample of the texts, since an encoder takes milliseconds for each.

use std::collections::BTreeMap;

use redoubt_guard::classifier::Head;

use super::super::Split;
use super::super::rows::Labelled;
use super::{SEED, SIZES};
use crate::generate::{Random, hash};

/// A text and whether it is an attack, as a request and as a document.
#[derive(Clone, Debug)]
pub(in crate::classifier) struct Text {
    pub(in crate::classifier) text: String,
    pub(in crate::classifier) source: String,
    pub(in crate::classifier) language: String,
    pub(in crate::classifier) is_document: bool,
    pub(in crate::classifier) truth: [Option<bool>; 2],
}

/// What is learned from, what the cuts are set on, and what was never seen.
pub(in crate::classifier) struct Texts {
    pub(in crate::classifier) learned: Vec<Text>,
    pub(in crate::classifier) held: Vec<Text>,
    pub(in crate::classifier) measured: Vec<Text>,
}

/// How many texts of a source are taken.
#[derive(Clone, Copy, Debug)]
pub(in crate::classifier) struct Sizes {
    pub(in crate::classifier) attacks: usize,
    pub(in crate::classifier) harmless: usize,
    /// Of a family of generated rows, which is a small source.
    pub(in crate::classifier) generated: usize,
}

/// Of a hundred attacks so many are put into a document, and half as many harmless requests.
const INSERTED_PERCENT: usize = 40;
/// Words of a document around an attack that is put into it.
const CARRIER_WORDS: usize = 60;

impl Texts {
    /// Learns from so many; the cuts are set on as many as the head's are, and as many are measured.
    pub(in crate::classifier) fn of(split: &Split, sizes: &Sizes) -> Self {
        let mut learned = sample(&split.learned, sizes);
        learned.extend(inserted(&learned, &split.learned));
        Self { learned, held: sample(&split.held, &SIZES), measured: sample(&split.measured, &SIZES) }
    }

    pub(in crate::classifier) fn all(&self) -> impl Iterator<Item = &Text> {
        self.learned.iter().chain(&self.held).chain(&self.measured)
    }
}

/// The same texts whatever else there is: a choice by their digest.
fn sample(rows: &[Labelled], sizes: &Sizes) -> Vec<Text> {
    let mut by_source: BTreeMap<(&str, bool), Vec<&Labelled>> = BTreeMap::new();
    for row in rows {
        if let Some(is_attack) = row.is_attack() {
            by_source.entry((&row.source, is_attack)).or_default().push(row);
        }
    }
    let mut texts = Vec::new();
    for ((source, is_attack), mut rows) in by_source {
        let most = match is_attack {
            _ if source.starts_with("generated/") => sizes.generated,
            true => sizes.attacks,
            false => sizes.harmless,
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
