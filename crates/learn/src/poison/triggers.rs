//! Words that decide a label.

use std::collections::{BTreeSet, HashMap};

use crate::check::{classes_within, same_rows};
use crate::error::{Error, Result};
use crate::special::binomial_at_least;
use crate::words::words as words_of;

/// Tokens of all documents together.
const TOKENS_MAX: usize = 200_000_000;

/// What counts as a trigger.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TriggerSettings {
    /// Fewer documents than this prove nothing.
    pub documents_min: u64,
    /// The chance of any false alarm in the whole corpus, if words fell where they may.
    pub alpha: f64,
    /// The least share of the documents with the words that have the label.
    pub purity_min: f64,
}

impl Default for TriggerSettings {
    fn default() -> Self {
        Self { documents_min: 5, alpha: 0.01, purity_min: 0.95 }
    }
}

/// One to three words in a row whose documents nearly all have the same label.
#[derive(Debug, Clone, PartialEq)]
pub struct Trigger {
    /// The words, lower case, with single spaces.
    pub words: String,
    /// The label.
    pub class: usize,
    /// Documents with the words.
    pub documents: u64,
    /// Of those, the ones with the label.
    pub with_label: u64,
    /// `P[Bin(documents, share of the label) >= with_label]`, times the number of tests, at most 1.
    pub p: f64,
}

impl Trigger {
    /// The share of its documents that have the label.
    #[must_use]
    pub fn purity(&self) -> f64 {
        self.with_label as f64 / self.documents as f64
    }
}

/// The n-grams of one to three words that point to one label more surely than chance allows, the least likely first. Each
/// document counts once. In natural text words that *should* decide a label are found, too (`dull`, in reviews); what is
/// planted stands out by its place in the list, and must be looked at by a person or by comparison with older data. With two
/// labels of one size, words in fewer than about twenty documents cannot be told from chance; sentences rewritten to one
/// pattern (Qi et al. 2021) are found in small part only.
///
/// # Errors
/// If the lengths differ, a label is not below `classes`, a setting is out of range, or there are more than two hundred
/// million words.
pub fn trigger_ngrams<S: AsRef<str>>(
    documents: &[S],
    labels: &[usize],
    classes: usize,
    settings: &TriggerSettings,
) -> Result<Vec<Trigger>> {
    same_rows("labels", labels.len(), documents.len())?;
    classes_within("labels", labels, classes)?;
    if !(settings.alpha > 0.0 && settings.alpha < 1.0 && (0.0..=1.0).contains(&settings.purity_min)) {
        return Err(Error::Setting { what: "alpha and purity_min", allowed: "shares" });
    }
    let (words, texts) = interned(documents)?;
    let mut totals = vec![0_u64; classes];
    labels.iter().for_each(|label| {
        if let Some(total) = totals.get_mut(*label) {
            *total += 1;
        }
    });
    // Longer n-grams are counted only if their parts are frequent enough (Agrawal and Srikant 1994), so that memory does not
    // grow with the number of different trigrams.
    let mut frequent: Vec<HashMap<Key, HashMap<u32, u64>>> = Vec::new();
    for length in 1..=3 {
        let counts = counted(&texts, labels, length, frequent.last(), settings.documents_min.max(1));
        frequent.push(counts);
    }
    let tests: f64 = frequent.iter().flat_map(HashMap::values).map(|labels| labels.len() as f64).sum();
    let mut found = Vec::new();
    for (key, by_label) in frequent.iter().flatten() {
        let all: u64 = by_label.values().sum();
        for (label, count) in by_label {
            let class = *label as usize;
            let share = totals.get(class).copied().unwrap_or(0) as f64 / labels.len() as f64;
            let p = (binomial_at_least(*count, all, share) * tests).min(1.0);
            if p < settings.alpha && *count as f64 >= settings.purity_min * all as f64 {
                let parts: Vec<&str> =
                    key.iter().flatten().filter_map(|word| words.get(*word as usize)).map(String::as_str).collect();
                found.push(Trigger { words: parts.join(" "), class, documents: all, with_label: *count, p });
            }
        }
    }
    found.sort_by(|left, right| {
        let by_evidence = left.p.total_cmp(&right.p).then(right.with_label.cmp(&left.with_label));
        by_evidence.then_with(|| left.words.cmp(&right.words)).then(left.class.cmp(&right.class))
    });
    Ok(found)
}

/// Up to three words.
type Key = [Option<u32>; 3];

fn interned<S: AsRef<str>>(documents: &[S]) -> Result<(Vec<String>, Vec<Vec<u32>>)> {
    let mut places: HashMap<String, u32> = HashMap::new();
    let mut words = Vec::new();
    let mut tokens = 0;
    let mut texts = Vec::with_capacity(documents.len());
    for document in documents {
        let mut text = Vec::new();
        for word in words_of(document.as_ref()) {
            let next = words.len() as u32;
            let place = *places.entry(word).or_insert_with_key(|word| {
                words.push(word.clone());
                next
            });
            text.push(place);
        }
        tokens += text.len();
        if tokens > TOKENS_MAX {
            return Err(Error::TooLarge { what: "words of the documents", found: tokens, most: TOKENS_MAX });
        }
        texts.push(text);
    }
    Ok((words, texts))
}

/// In how many documents of each label each n-gram stands, without those in fewer than `least`.
fn counted(
    texts: &[Vec<u32>],
    labels: &[usize],
    length: usize,
    shorter: Option<&HashMap<Key, HashMap<u32, u64>>>,
    least: u64,
) -> HashMap<Key, HashMap<u32, u64>> {
    let key = |words: &[u32]| -> Key {
        let mut words = words.iter().copied();
        std::array::from_fn(|_| words.next())
    };
    let is_known = |words: &[u32]| {
        shorter.is_none_or(|known| words.windows(length.saturating_sub(1)).all(|part| known.contains_key(&key(part))))
    };
    let mut counts: HashMap<Key, HashMap<u32, u64>> = HashMap::new();
    for (text, label) in texts.iter().zip(labels) {
        let distinct: BTreeSet<Key> = text.windows(length).filter(|words| is_known(words)).map(key).collect();
        for key in distinct {
            *counts.entry(key).or_default().entry(*label as u32).or_default() += 1;
        }
    }
    counts.retain(|_, by_label| by_label.values().sum::<u64>() >= least);
    counts
}
