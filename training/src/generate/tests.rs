use std::collections::{HashMap, HashSet};

use redoubt_domain::exchange::Origin;

use super::families::all;
use super::grammar::Maker;
use super::languages::{ALL, Language};
use super::random::Random;
use super::rows;
use redoubt_guard::classifier::Head;

use crate::row::Row;

const SEED: u64 = 7;
const PER_FAMILY: usize = 60;

#[test]
fn the_same_seed_makes_the_same_rows_and_another_does_not() {
    assert_eq!(rows(SEED, 20), rows(SEED, 20));
    assert_ne!(rows(SEED, 20), rows(SEED + 1, 20));
}

#[test]
fn rows_are_distinct_bounded_and_say_only_what_they_know() {
    let mut seen = HashSet::new();
    for row in rows(SEED, PER_FAMILY) {
        assert!((10..=6 * 1024).contains(&row.text.len()), "{} bytes", row.text.len());
        assert_eq!(row.truth.0 & !row.known.0, 0, "{}", row.source);
        assert_ne!(row.known.0, 0, "{}", row.source);
        assert!(seen.insert(row.text.clone()), "twice: {}", row.text);
    }
}

#[test]
fn every_template_is_well_formed() {
    let mut faults = Vec::new();
    for language in ALL {
        for (name, list) in language.lists() {
            if list.is_empty() {
                faults.push(format!("{}: {name} is empty", language.code));
            }
            if list.iter().collect::<HashSet<_>>().len() != list.len() {
                faults.push(format!("{}: {name} says something twice", language.code));
            }
            faults.extend(list.iter().filter_map(|template| fault(language, template)));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// What is wrong with a template.
fn fault(language: &'static Language, template: &str) -> Option<String> {
    let code = language.code;
    for seed in 0..20 {
        let text = Maker { language, random: &mut Random::new(seed) }.expand(template);
        if let Some(mark) = ["[[", "]]"].into_iter().find(|mark| text.contains(mark)) {
            return Some(format!("{code}: `{mark}` is left of: {template}"));
        }
        let mut slots =
            text.match_indices('{').filter_map(|(at, _)| text[at + 1..].split_once('}')).map(|(name, _)| name);
        if let Some(slot) = slots.find(|name| known_slot(name)) {
            return Some(format!("{code}: {slot} is left of: {template}"));
        }
    }
    // What looks like a slot must be one: a slip of the pen would go unnoticed otherwise.
    let unescaped = template.replace("{{", "").replace("}}", "");
    let mut slots =
        unescaped.match_indices('{').map(|(at, _)| unescaped[at + 1..].split('}').next().unwrap_or_default());
    slots.find(|name| !known_slot(name)).map(|slot| format!("{code}: there is no slot `{slot}`, in: {template}"))
}

fn known_slot(name: &str) -> bool {
    const SLOTS: &[&str] = &[
        "name",
        "city",
        "company",
        "product",
        "topic",
        "task",
        "prose",
        "override",
        "stunt",
        "extraction",
        "harm",
        "hijack",
        "n",
        "small",
        "year",
        "date",
        "time",
        "amount",
        "id",
        "hex",
        "phone",
        "token",
        "secretword",
        "host",
        "mail",
        "url",
        "file",
        "account",
        "pipe",
    ];
    SLOTS.contains(&name)
}

#[test]
fn the_english_lists_of_their_own_are_well_formed() {
    use super::languages::en::{ACTIONS, CODE, EN, HATE, HATE_TWINS, HAZARDS, TOOLS, TOXIC, TOXIC_TWINS, TRIGGERS};
    let lists = [ACTIONS, CODE, HATE, HATE_TWINS, TOOLS, TOXIC, TOXIC_TWINS, TRIGGERS];
    let hazards = HAZARDS.iter().map(|(_, list)| *list);
    let faults: Vec<String> =
        lists.into_iter().chain(hazards).flatten().filter_map(|template| fault(&EN, template)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_family_makes_its_rows() {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for row in rows(SEED, PER_FAMILY) {
        *counts.entry(row.source).or_default() += 1;
    }
    for family in all() {
        let made = counts.get(&format!("generated/{}", family.name)).copied().unwrap_or_default();
        let wanted = PER_FAMILY * family.percent / 100;
        assert!(made * 10 >= wanted * 9, "{} made {made} of {wanted}", family.name);
    }
}

#[test]
fn every_language_has_both_classes_in_every_group_of_origins() {
    let rows = rows(SEED, 300);
    for language in ALL {
        for foreign in [false, true] {
            for attack in [false, true] {
                let count = rows.iter().filter(|row| row.language == language.code && is(row, foreign, attack)).count();
                assert!(count >= 40, "{}: {count} rows, foreign: {foreign}, attack: {attack}", language.code);
            }
        }
    }
}

fn is(row: &Row, foreign: bool, attack: bool) -> bool {
    matches!(row.origin, Origin::Tool | Origin::Retrieved) == foreign
        && row.known.has(Head::RequestAttack)
        && row.truth.has(Head::RequestAttack) == attack
}

#[test]
fn the_same_words_are_harmless_from_a_user_and_an_attack_in_a_document() {
    let rows = rows(SEED, 300);
    let count = |source: &str, attack: bool| {
        let of = |row: &&Row| row.source == source && row.truth.has(Head::RequestAttack) == attack;
        let words = ["Morse", "morse", "emoji", "モールス", "摩尔斯", "Морзе"];
        rows.iter().filter(of).filter(|row| words.iter().any(|word| row.text.contains(word))).count()
    };
    assert!(count("generated/twin-bare", false) > 0);
    assert!(count("generated/foreign-bare", true) > 0);
    assert_eq!(count("generated/twin-bare", true) + count("generated/foreign-bare", false), 0);
}

#[test]
fn there_are_enough_rows_to_train_on() {
    let rows = rows(SEED, 1000);
    assert!(rows.len() > 60_000, "{}", rows.len());
    let groups: HashSet<u64> = rows.iter().map(|row| row.group).collect();
    assert!(groups.len() > 1000, "{} groups", groups.len());
}
