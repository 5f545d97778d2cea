//! Rows from templates, for what public data lacks: attacks and benign twins that share carriers, words, languages,
//! forms and lengths, so that nothing but the attack tells them apart.

mod carriers;
mod families;
mod grammar;
mod languages;
mod noise;
mod random;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use crate::row::Row;
use families::Family;
use grammar::Maker;
pub(crate) use random::{Random, hash};

/// A model must not learn that long texts are of one kind, nor read a book.
const BYTES_MAX: usize = 6 * 1024;
const BYTES_MIN: usize = 10;
/// A family whose templates are used up stops instead of looking for ever.
const TRIES: usize = 8;

/// About `per_family` rows of every family and weight, the same from the same seed.
pub(crate) fn rows(seed: u64, per_family: usize) -> Vec<Row> {
    let mut seen = HashSet::new();
    families::all().flat_map(|family| family_rows(family, seed, per_family, &mut seen)).collect()
}

fn family_rows(family: &Family, seed: u64, per_family: usize, seen: &mut HashSet<String>) -> Vec<Row> {
    // Each family has its own numbers, so that a new family leaves the rows of the others as they are.
    let mut random = Random::new(seed ^ hash(family.name));
    let wanted = per_family * family.percent / 100;
    let mut rows = Vec::with_capacity(wanted);
    for _ in 0..wanted * TRIES {
        if rows.len() == wanted {
            break;
        }
        let language = languages::draw(&mut random, family.english);
        let Some(draft) = (family.make)(&mut Maker { language, random: &mut random }) else { continue };
        let text = noise::roughen(&mut random, draft.text);
        if !(BYTES_MIN..=BYTES_MAX).contains(&text.len()) || !seen.insert(text.clone()) {
            continue;
        }
        rows.push(Row {
            text,
            origin: draft.origin,
            language: language.code.to_owned(),
            source: format!("generated/{}", family.name),
            group: hash(family.name) ^ draft.template,
            truth: draft.truth,
            known: draft.known,
        });
    }
    rows
}
