//! The passages of documents, by their words.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

use super::super::commonness::commonness;
use super::super::sentences::{Kind, Word, sentences, words};
use super::{Lack, Source, Support};

/// A word in more passages than this tells none of them apart; only the first so many are looked at.
const PASSAGES_OF_A_WORD: usize = 64;
/// A sentence with fewer words of its own says too little to be judged.
const WORDS_MIN: usize = 4;
/// Words commoner than this say nothing.
const COMMONNESS_MAX: f32 = 0.000_6;
/// Support by words that stand in the documents, but not together.
const ELSEWHERE: f32 = 0.4;

pub(super) struct Index {
    passages: Vec<Passage>,
    /// The passages in which a word stands, in order.
    postings: HashMap<u64, Vec<u32>>,
    /// In how many passages a word stands.
    frequency: HashMap<u64, u32>,
    /// Neighbouring words.
    pairs: HashSet<u64>,
    numbers: HashSet<String>,
    /// What was asked.
    asked: HashSet<u64>,
    /// Whether every noun is written as names are elsewhere.
    has_tall_nouns: bool,
}

struct Passage {
    segment: usize,
    span: Range<usize>,
    is_negative: bool,
}

impl Index {
    pub(super) fn new(sources: &[Source], asked: &[String]) -> Self {
        let mut index = Self {
            passages: Vec::new(),
            postings: HashMap::new(),
            frequency: HashMap::new(),
            pairs: HashSet::new(),
            numbers: HashSet::new(),
            asked: HashSet::new(),
            has_tall_nouns: false,
        };
        let (mut tall, mut all) = (0_usize, 0_usize);
        for source in sources {
            for span in sentences(&source.text) {
                let said = words(&source.text, span.clone());
                let (names, of) = tallness(&said);
                tall += names;
                all += of;
                index.add(Passage { segment: source.segment, span, is_negative: is_negative(&said) }, &said);
            }
        }
        for text in asked {
            for word in words(text, 0..text.len()) {
                if word.kind == Kind::Number {
                    index.numbers.insert(number(word.text));
                }
                index.asked.insert(key(&word));
            }
        }
        // A quarter of all words is what German writes tall; in names and headings of other languages it is a tenth.
        index.has_tall_nouns = tall * 4 > all;
        index
    }

    fn add(&mut self, passage: Passage, said: &[Word<'_>]) {
        let Ok(id) = u32::try_from(self.passages.len()) else { return };
        self.passages.push(passage);
        let mut before: Option<u64> = None;
        for word in said {
            if word.kind == Kind::Number {
                self.numbers.insert(number(word.text));
            }
            let key = key(word);
            let postings = self.postings.entry(key).or_default();
            if postings.last() != Some(&id) {
                *self.frequency.entry(key).or_default() += 1;
                if postings.len() < PASSAGES_OF_A_WORD {
                    postings.push(id);
                }
            }
            if weight_of(word) > 0.0
                && let Some(before) = before.replace(key)
            {
                self.pairs.insert(pair(before, key));
            }
        }
    }

    /// How well a sentence is supported; nothing if it says too little.
    pub(super) fn support(&self, sentence: Range<usize>, said: &[Word<'_>]) -> Option<Support> {
        let telling: Vec<(u64, f32)> = said
            .iter()
            .map(|word| (key(word), weight_of(word)))
            .filter(|(key, weight)| *weight > 0.0 && (self.postings.contains_key(key) || !self.asked.contains(key)))
            .map(|(key, weight)| (key, weight * self.rarity(key)))
            .collect();
        if telling.len() < WORDS_MIN {
            return None;
        }
        let total: f32 = telling.iter().map(|(_, weight)| weight).sum();
        let (best, beside) = self.best(&telling);
        let is_within = |key: &u64| {
            let postings = self.postings.get(key).map(Vec::as_slice).unwrap_or_default();
            best.is_some_and(|best| {
                [Some(best), best.checked_sub(1), best.checked_add(1), beside]
                    .into_iter()
                    .flatten()
                    .any(|near| postings.binary_search(&near).is_ok())
            })
        };
        let mut covered = 0.0;
        for (key, weight) in &telling {
            if is_within(key) {
                covered += weight;
            } else if self.postings.contains_key(key) {
                covered += weight * ELSEWHERE;
            }
        }
        let covered = covered / total;
        let neighbours = telling.windows(2).filter_map(|two| {
            let [(first, _), (second, _)] = two else { return None };
            Some(self.pairs.contains(&pair(*first, *second)))
        });
        let (mut together, mut pairs) = (0_u16, 0_u16);
        for is_known in neighbours {
            together = together.saturating_add(u16::from(is_known));
            pairs = pairs.saturating_add(1);
        }
        let together = f32::from(together) / f32::from(pairs.max(1));
        // A quarter of the rare words is what paraphrases keep and other subjects do not reach, so there is the half.
        let mut score = (0.85 * covered + 0.3 * together).min(1.0).sqrt();
        let mut lack = (score < super::SUPPORT_MIN).then_some(Lack::Words);
        let passage = best.and_then(|best| self.passages.get(best as usize));
        let mut lacks = |what: Lack, at_most: f32| {
            if score > at_most {
                score = at_most;
                lack = Some(what);
            }
        };
        if self.has_foreign_number(said) {
            lacks(Lack::Number, 0.2);
        }
        if !self.has_tall_nouns && self.has_foreign_name(said) {
            lacks(Lack::Name, 0.35);
        }
        if let Some(passage) = passage
            && covered >= 0.75
            && passage.is_negative != is_negative(said)
        {
            lacks(Lack::Negation, 0.4);
        }
        let passage = passage.map(|passage| (passage.segment, passage.span.clone()));
        Some(Support { sentence, score, lack, passage })
    }

    /// The passage that has most of these words, and one that has most of the rest.
    fn best(&self, telling: &[(u64, f32)]) -> (Option<u32>, Option<u32>) {
        let most = |skip: Option<u32>| {
            let mut scores: HashMap<u32, f32> = HashMap::new();
            for (key, weight) in telling {
                let postings = self.postings.get(key).map(Vec::as_slice).unwrap_or_default();
                if skip.is_some_and(|skip| postings.binary_search(&skip).is_ok()) {
                    continue;
                }
                for passage in postings {
                    *scores.entry(*passage).or_default() += weight;
                }
            }
            // Of equals the first, so that the same answer has the same record.
            let ranked = scores.into_iter().max_by(|(a, x), (b, y)| x.total_cmp(y).then(b.cmp(a)));
            ranked.map(|(passage, _)| passage)
        };
        let best = most(None);
        (best, best.and_then(|_| most(best)))
    }

    /// How rare a word is in the documents: what stands in every passage tells little.
    fn rarity(&self, key: u64) -> f32 {
        let all = small(self.passages.len()) + 1.0;
        let with = self.frequency.get(&key).map_or(0.0, |count| small(*count as usize));
        (1.0 + all / (with + 1.0)).ln()
    }

    fn has_foreign_number(&self, said: &[Word<'_>]) -> bool {
        said.iter().enumerate().any(|(at, word)| {
            let is_mark = at == 0 && word.text.len() <= 2;
            word.kind == Kind::Number && !is_mark && !is_small(word.text) && !self.numbers.contains(&number(word.text))
        })
    }

    /// Whether a word is written like a name, within a sentence, and stands nowhere.
    fn has_foreign_name(&self, said: &[Word<'_>]) -> bool {
        let (tall, all) = said.iter().fold((0, 0), |(tall, all), word| (tall + usize::from(is_tall(word)), all + 1));
        // A heading.
        if tall * 2 > all {
            return false;
        }
        said.iter().skip(1).any(|word| {
            let key = key(word);
            is_tall(word)
                && word.text.chars().count() > 2
                && commonness(&word.text.to_lowercase()) < COMMONNESS_MAX
                && !self.postings.contains_key(&key)
                && !self.asked.contains(&key)
        })
    }
}

/// How many words are written tall though they begin no sentence, and how many words there are.
fn tallness(said: &[Word<'_>]) -> (usize, usize) {
    let words = said.iter().skip(1).filter(|word| word.kind == Kind::Word);
    words.fold((0, 0), |(tall, all), word| (tall + usize::from(is_tall(word)), all + 1))
}

fn is_tall(word: &Word<'_>) -> bool {
    word.kind == Kind::Word && word.text.chars().next().is_some_and(char::is_uppercase)
}

/// A count that people write without looking it up.
fn is_small(text: &str) -> bool {
    text.parse::<u32>().is_ok_and(|number| number <= 3)
}

/// A number as it is compared: `1,234.50` is `1234.5`.
fn number(text: &str) -> String {
    let mut parts: Vec<&str> = text.split([',', '.']).collect();
    // Groups of three are thousands, anything else behind the last sign is a fraction.
    let fraction = if parts.len() > 1 && parts.last().is_some_and(|last| last.len() != 3) { parts.pop() } else { None };
    let whole: String = parts.concat();
    match fraction.map(|fraction| fraction.trim_end_matches('0')) {
        None | Some("") => whole,
        Some(fraction) => format!("{whole}.{fraction}"),
    }
}

/// How much a word says, by itself.
fn weight_of(word: &Word<'_>) -> f32 {
    match word.kind {
        Kind::Number => 1.5,
        Kind::Pair => 0.6,
        Kind::Word => {
            let lower = word.text.to_lowercase();
            if commonness(&lower) >= COMMONNESS_MAX || lower.chars().count() < 2 || is_negator(&lower) {
                0.0
            } else {
                1.0
            }
        }
    }
}

/// Words that turn a sentence around.
fn is_negator(lower: &str) -> bool {
    const NEGATORS: &[&str] = &[
        "not",
        "no",
        "never",
        "cannot",
        "neither",
        "nor",
        "without",
        "none",
        "nicht",
        "kein",
        "keine",
        "keinen",
        "keiner",
        "nie",
        "niemals",
        "ohne",
        "ne",
        "pas",
        "jamais",
        "aucun",
        "aucune",
        "sans",
        "nunca",
        "jamás",
        "sin",
        "ningún",
        "ninguna",
        "non",
        "mai",
        "senza",
        "nessun",
        "nessuna",
        "não",
        "nenhum",
        "nenhuma",
        "sem",
        "niet",
        "geen",
        "nooit",
        "не",
        "нет",
        "никогда",
        "без",
        "nie",
        "لا",
        "ليس",
        "لم",
    ];
    NEGATORS.contains(&lower) || lower.ends_with("n't") || lower.ends_with("n\u{2019}t")
}

fn is_negative(said: &[Word<'_>]) -> bool {
    said.iter().any(|word| match word.kind {
        Kind::Word => is_negator(&word.text.to_lowercase()),
        Kind::Pair => word.text.contains(['不', '没', '無', '无', '未']),
        Kind::Number => false,
    })
}

/// What stands for a word and its forms: its beginning. Endings differ, and so few languages tell them otherwise.
fn key(word: &Word<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    if word.kind == Kind::Number {
        number(word.text).hash(&mut hasher);
        return hasher.finish();
    }
    let lower = word.text.to_lowercase();
    let lower = lower.strip_suffix("'s").or_else(|| lower.strip_suffix("\u{2019}s")).unwrap_or(&lower);
    stem(lower).hash(&mut hasher);
    hasher.finish()
}

/// Letters of a word that are compared.
const STEM_LETTERS: usize = 6;

fn stem(lower: &str) -> &str {
    let end = lower.char_indices().nth(STEM_LETTERS).map_or(lower.len(), |(at, _)| at);
    let begin = lower.get(..end).unwrap_or(lower);
    if end < lower.len() {
        return begin;
    }
    for ending in ["ing", "ed", "es", "s", "en", "e", "n"] {
        if let Some(stem) = begin.strip_suffix(ending).filter(|stem| stem.chars().count() >= 3) {
            return stem;
        }
    }
    begin
}

fn pair(first: u64, second: u64) -> u64 {
    first.rotate_left(17) ^ second
}

fn small(count: usize) -> f32 {
    f32::from(u16::try_from(count).unwrap_or(u16::MAX))
}
