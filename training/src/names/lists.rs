//! The lists of names and words, written down for this product.

use std::collections::{BTreeMap, BTreeSet};

use redoubt_guard::names::{Known, Table, phrase, word_hash};

const GIVEN: &str = include_str!("../../data/names/given.txt");
const FAMILY: &str = include_str!("../../data/names/surnames.txt");
const PLACES: &str = include_str!("../../data/names/places.txt");
const ORGANISATIONS: &str = include_str!("../../data/names/organisations.txt");
const OTHERS: &str = include_str!("../../data/names/others.txt");
const WORDS: &str = include_str!("../../data/names/words.txt");

/// The lists.
pub(crate) struct Lists {
    pub(crate) given: Vec<String>,
    pub(crate) family: Vec<String>,
    pub(crate) places: Vec<String>,
    pub(crate) countries: Vec<String>,
    pub(crate) organisations: Vec<String>,
    /// Sports clubs, which are among the organisations.
    pub(crate) clubs: Vec<String>,
    pub(crate) others: Vec<String>,
    pub(crate) words: BTreeMap<String, Vec<String>>,
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty())
}

fn split(text: &str, by: impl Fn(&str) -> Vec<String>) -> Vec<Vec<String>> {
    lines(text).map(by).collect()
}

fn at_spaces(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

fn at_commas(line: &str) -> Vec<String> {
    line.split(", ").map(|entry| entry.trim_matches([',', ' ']).to_owned()).filter(|entry| !entry.is_empty()).collect()
}

fn distinct(words: impl IntoIterator<Item = String>) -> Vec<String> {
    words.into_iter().collect::<BTreeSet<_>>().into_iter().collect()
}

impl Lists {
    pub(crate) fn new() -> Self {
        let particles = ["de", "van", "der", "den", "von", "la", "le", "du", "dos", "dela", "De", "Le", "Di"];
        let family = split(FAMILY, at_spaces).into_iter().flatten().filter(|word| !particles.contains(&word.as_str()));
        let places = split(PLACES, at_commas);
        let organisations = split(ORGANISATIONS, at_commas);
        let words = lines(WORDS).filter_map(|line| {
            let (kind, words) = line.split_once(": ")?;
            Some((kind.to_owned(), words.split_whitespace().map(|word| word.replace('_', " ")).collect()))
        });
        Self {
            given: distinct(split(GIVEN, at_spaces).into_iter().flatten()),
            family: distinct(family),
            countries: places.first().cloned().unwrap_or_default(),
            places: distinct(places.into_iter().flatten()),
            clubs: organisations.get(4).cloned().unwrap_or_default(),
            organisations: distinct(organisations.into_iter().flatten()),
            others: distinct(split(OTHERS, at_commas).into_iter().flatten()),
            words: words.collect(),
        }
    }

    pub(crate) fn words(&self, kind: &str) -> &[String] {
        self.words.get(kind).map(Vec::as_slice).unwrap_or_default()
    }

    /// Everything as the table of the model.
    pub(crate) fn table(&self) -> Vec<u8> {
        let mut known: BTreeMap<u64, Known> = BTreeMap::new();
        let mut add = |text: &str, bits: Known| {
            let words: Vec<u64> = text.split_whitespace().map(word_hash).collect();
            let mut set = |hash: u64, bits: Known| {
                let old = known.entry(hash).or_default();
                *old = old.with(bits);
            };
            match words.as_slice() {
                [] => {}
                [word] => set(*word, bits),
                [first, ..] if words.len() <= 4 => {
                    set(*first, Known::STARTS);
                    set(phrase(words.iter().copied()), bits);
                }
                _ => {}
            }
        };
        let everyday: BTreeSet<String> =
            ["common", "other", "verb", "near", "placeword", "orgword", "demonym", "title", "everyday"]
                .iter()
                .flat_map(|kind| self.words(kind))
                .map(|word| word.to_lowercase())
                .collect();
        for (list, bits, familiar_from) in [
            (&self.given, Known::GIVEN, 4),
            (&self.family, Known::FAMILY, usize::MAX),
            (&self.places, Known::PLACE, 4),
            (&self.organisations, Known::ORGANISATION, 5),
        ] {
            for entry in list {
                add(entry, bits);
                let is_familiar = entry.chars().count() >= familiar_from
                    && !entry.contains(' ')
                    && !everyday.contains(&entry.to_lowercase());
                if is_familiar {
                    add(entry, Known::FAMILIAR);
                }
            }
        }
        for (kind, bits) in [
            ("title", Known::TITLE),
            ("orgword", Known::ORGANISATION_WORD),
            ("placeword", Known::PLACE_WORD),
            ("other", Known::OTHER),
            ("demonym", Known::DEMONYM),
            ("verb", Known::VERB),
            ("near", Known::NEAR),
            ("common", Known::COMMON),
        ] {
            for word in self.words(kind) {
                add(word, bits);
            }
        }
        for entry in self.others.iter().filter(|entry| !entry.contains(' ')) {
            add(entry, Known::OTHER);
        }
        Table::build(&known.into_iter().collect::<Vec<_>>())
    }
}
