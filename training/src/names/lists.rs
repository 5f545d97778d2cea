//! The lists of names and words, written down for this product, and the table made of them.

use std::collections::{BTreeMap, BTreeSet};

use redoubt_guard::names::{Kin, Known, Table, phrase, word_hash};

use super::open_lists::OpenLists;

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

    /// Words that are no names by themselves, in small letters.
    pub(crate) fn everyday(&self) -> BTreeSet<String> {
        ["common", "other", "verb", "near", "placeword", "orgword", "demonym", "title", "everyday"]
            .iter()
            .flat_map(|kind| self.words(kind))
            .map(|word| word.to_lowercase())
            .collect()
    }

    /// Everything as the table of the model, with what others have listed, with the groups of words, and with further
    /// names of firms but those that are words of a vocabulary.
    pub(crate) fn table(
        &self,
        open: &OpenLists,
        kin: &[(u64, Kin)],
        companies: &[String],
        vocabulary: &BTreeSet<String>,
    ) -> Vec<u8> {
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
        let everyday = self.everyday();
        let common: BTreeSet<&String> = self.words("common").iter().collect();
        for (list, bits) in [(&open.given, Known::GIVEN), (&open.surnames, Known::SURNAME), (&open.towns, Known::TOWN)]
        {
            list.iter().for_each(|entry| add(entry, bits));
        }
        for (list, bits, familiar_from) in [
            (&self.given, Known::GIVEN, 4),
            (&self.family, Known::FAMILY, usize::MAX),
            (&self.places, Known::PLACE, 4),
            (&self.organisations, Known::ORGANISATION, 5),
        ] {
            for entry in list {
                // A sentence that begins with `Start` begins with no club.
                if bits == Known::ORGANISATION && common.contains(&entry.to_lowercase()) {
                    continue;
                }
                add(entry, bits);
                let lower = entry.to_lowercase();
                let is_familiar = entry.chars().count() >= familiar_from
                    && !entry.contains(' ')
                    && !everyday.contains(&lower)
                    && (bits != Known::ORGANISATION || !vocabulary.contains(&lower));
                if is_familiar {
                    add(entry, Known::FAMILIAR);
                }
            }
        }
        let persons: BTreeSet<String> =
            self.given.iter().chain(&self.family).chain(&self.places).map(|word| word.to_lowercase()).collect();
        for name in companies.iter().filter_map(|name| stem(name)) {
            let lower = name.to_lowercase();
            // `Here`, `Mason`, `Phoenix`, `Unit`: more often something else.
            if !everyday.contains(&lower) && !persons.contains(&lower) && !vocabulary.contains(&lower) {
                add(name, Known::ORGANISATION);
            }
        }
        // Peoples are written without a capital too, but for those whose name is another word as well.
        for people in self.words("demonym") {
            let plural = format!("{people}s");
            if people.ends_with(['n', 'i', 'c']) {
                add(&plural, Known::DEMONYM);
            }
            if people.chars().count() >= 6 && !self.words("ambiguous").contains(people) {
                add(people, Known::FAMILIAR);
                if people.ends_with(['n', 'i']) {
                    add(&plural, Known::FAMILIAR);
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
        let mut entries: BTreeMap<u64, (Known, Kin)> =
            known.into_iter().map(|(hash, known)| (hash, (known, Kin::default()))).collect();
        for (hash, kin) in kin {
            entries.entry(*hash).or_default().1 = *kin;
        }
        Table::build(&entries.into_iter().map(|(hash, (known, kin))| (hash, known, kin)).collect::<Vec<_>>())
    }
}

/// The name of a firm without its legal form, if it is one by which people speak of it.
fn stem(name: &str) -> Option<&str> {
    const FORMS: &[&str] = &[
        "inc",
        "corp",
        "corporation",
        "ltd",
        "limited",
        "plc",
        "llc",
        "ag",
        "sa",
        "nv",
        "se",
        "co",
        "company",
        "ab",
        "asa",
        "oyj",
        "spa",
        "lp",
        "kgaa",
        "a/s",
        "n.v",
        "s.a",
        "s.p.a",
        "tbk",
        "bhd",
        "the",
    ];
    // Funds, papers and series are named by nobody.
    const NOT_SPOKEN: &[&str] =
        &["etf", "etn", "fund", "funds", "notes", "daily", "index", "trust", "acquisition", "leverage"];
    let words: Vec<String> = name.split_whitespace().map(|word| word.trim_matches(['.', ',']).to_lowercase()).collect();
    let is_paper = words.iter().any(|word| NOT_SPOKEN.contains(&word.as_str()));
    if is_paper || name.contains([',', '(', '/', '-', '&']) || name.chars().any(|c| c.is_ascii_digit()) {
        return None;
    }
    let mut stem = name.trim();
    for word in words.iter().rev().take_while(|word| FORMS.contains(&word.as_str())) {
        stem = stem.trim_end_matches(['.', ',', ' ']);
        stem = stem.get(..stem.len().checked_sub(word.len())?)?.trim_end_matches(['.', ',', ' ']);
    }
    (stem.chars().count() > 3 && stem.split_whitespace().count() <= 4).then_some(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn firms_are_known_without_their_legal_form() {
        let check = |name: &str, expected: Option<&str>| assert_eq!(stem(name), expected, "{name}");
        check("Vesuvius PLC", Some("Vesuvius"));
        check("Lindberg Steel Co. Ltd.", Some("Lindberg Steel"));
        check("American Express Company", Some("American Express"));
        check("Amazonia", Some("Amazonia"));
        check("REC Ltd", None);
        check("Ireland Growth Fund Inc.", None);
        check("Gold Daily Short ETN", None);
        check("Underwood-Brown", None);
        check("One Two Three Four Five Inc", None);
        check("Inc.", None);
        check("", None);
    }

    #[test]
    fn no_word_of_a_vocabulary_is_a_firm() {
        let lists = Lists::new();
        let companies = ["Zyxomatic Inc".to_owned(), "Gateway Inc".to_owned()];
        let kin = [(word_hash("bolivian"), Kin(3))];
        let bytes = lists.table(&OpenLists::default(), &kin, &companies, &BTreeSet::from(["gateway".to_owned()]));
        let table = Table::new(&bytes).expect("a table");
        let known = |word: &str| table.look_up(word_hash(word)).any(Known::ORGANISATION);
        assert!(known("Zyxomatic") && !known("Gateway"));
        let people = |word: &str| table.look_up(word_hash(word));
        assert!(people("bolivians").any(Known::DEMONYM) && people("bolivian").any(Known::FAMILIAR));
        assert!(!people("polish").any(Known::FAMILIAR));
        assert_eq!(table.entry(word_hash("bolivian")), (people("bolivian"), Kin(3)));
    }
}
