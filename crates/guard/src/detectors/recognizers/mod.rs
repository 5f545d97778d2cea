//! Values that an operator describes: the numbers of a firm's employees, the names of its projects.
//!
//! A recogniser has patterns, which are read in the canonical form of every view, and words, which are looked for in
//! the folded form. Both are given as configuration and checked as a whole before anything is looked at: a pattern
//! has a longest match, so that a stream knows how long to wait; it compiles to an automaton that reads each byte
//! once; and the examples beside it are found, the counterexamples not.

mod automaton;
mod check;
mod listed;
mod pattern;
mod patterned;
mod read;
mod words;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use redoubt_domain::finding::Severity;
use redoubt_domain::seams::Detector;

pub use check::Checksum;
pub(crate) use read::{Read, read};

use super::{Kind, context, interned};
use crate::policy::is_data;
use automaton::Automaton;

/// What all recognisers together say of themselves.
pub(super) const KIND: Kind =
    Kind { id: "recognizer", summary: "Values that configuration describes (`recognizers`)", labels: &[] };

/// The regular expression of labels. A placeholder is told from a text by being spelt so.
pub(crate) const LABEL_PATTERN: &str = "^[A-Z][A-Z_]{0,39}$";

/// How much one policy may describe.
pub(crate) struct Bounds {
    /// Recognisers of a policy: each is a pass over every text.
    pub(crate) recognizers_max: usize,
    /// Patterns of a recogniser: more are a list of words.
    pub(crate) patterns_max: usize,
    /// Bytes of a pattern: a longer one cannot be read by a person.
    pub(crate) pattern_bytes_max: usize,
    /// Bytes of a match: a stream waits for so many while one is growing.
    pub(crate) match_bytes_max: usize,
    /// Bytes of the automaton of a recogniser, which has to stay in the nearer caches.
    pub(crate) automaton_bytes_max: usize,
    /// Words of a recogniser: each is compared with the end of a stream.
    pub(crate) words_max: usize,
    /// Words that name a value: each is looked for beside each match.
    pub(crate) context_max: usize,
    /// Examples and counterexamples: each is looked at when configuration is read.
    pub(crate) examples_max: usize,
    /// Bytes of a word, of a word that names a value, and of an example.
    pub(crate) word_bytes_max: usize,
}

/// The bounds of every policy.
pub(crate) const BOUNDS: Bounds = Bounds {
    recognizers_max: 64,
    patterns_max: 16,
    pattern_bytes_max: 512,
    match_bytes_max: 256,
    automaton_bytes_max: 1 << 20,
    words_max: 1000,
    context_max: 64,
    examples_max: 64,
    word_bytes_max: 256,
};

/// What an operator says of a kind of value.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// What findings are called: `EMPLOYEE_ID`.
    pub label: String,
    /// Regular expressions of it.
    pub patterns: Vec<String>,
    /// Values that are known as they are.
    pub words: Vec<String>,
    /// Words that name it.
    pub context: Vec<String>,
    /// How sure a match is by itself, 0 to 1.
    pub score: f32,
    /// How sure it is beside a word that names it.
    pub score_in_context: f32,
    /// Whether it is none without such a word.
    pub needs_context: bool,
    /// How bad it is.
    pub severity: Severity,
    /// What its digits must add up to.
    pub checksum: Option<Checksum>,
    /// Texts in which it must be found.
    pub examples: Vec<String>,
    /// Texts in which it must not be found.
    pub counterexamples: Vec<String>,
}

/// One thing wrong with a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The key that is wrong.
    pub key: &'static str,
    /// Which item of it, where it is a list.
    pub item: Option<usize>,
    /// What is wrong, lower case, without a full stop.
    pub reason: String,
    /// What was probably meant.
    pub suggestion: Option<String>,
}

/// A definition that keeps its promises.
#[derive(Clone, Debug)]
pub struct Recognizer {
    definition: Definition,
    labels: &'static [&'static str],
    words: &'static [&'static str],
    naming: Naming,
    automaton: Option<Arc<Automaton>>,
}

impl PartialEq for Recognizer {
    fn eq(&self, other: &Self) -> bool {
        self.definition == other.definition
    }
}

/// Words that name a value, as they are compared: in the canonical form and in the folded one.
#[derive(Clone, Copy, Debug)]
struct Naming {
    plain: &'static [&'static str],
    folded: &'static [&'static str],
}

impl Recognizer {
    /// Checks a definition and makes it ready; says everything that is wrong with it.
    pub fn new(definition: Definition) -> Result<Self, Vec<Flaw>> {
        let mut flaws = flaws(&definition);
        let automaton = match Automaton::of(&definition.patterns) {
            Ok(automaton) => automaton.map(Arc::new),
            Err(wrong) => {
                flaws.extend(wrong);
                None
            }
        };
        if !flaws.is_empty() {
            return Err(flaws);
        }
        let plain = definition.context.iter().map(|word| context::plain(word)).collect();
        let recognizer = Self {
            labels: interned::words(vec![definition.label.clone()]),
            words: interned::words(words::folded(&definition.words)),
            naming: Naming {
                plain: interned::words(plain),
                folded: interned::words(words::folded(&definition.context)),
            },
            automaton,
            definition,
        };
        let wrong = check::examples(&recognizer);
        if wrong.is_empty() { Ok(recognizer) } else { Err(wrong) }
    }

    /// What the operator said.
    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    /// What findings are called.
    pub(crate) fn label(&self) -> &'static str {
        self.labels.first().copied().unwrap_or_default()
    }

    /// Those who look for it.
    fn detectors(&self) -> Vec<Box<dyn Detector>> {
        let mut detectors: Vec<Box<dyn Detector>> = Vec::new();
        if let Some(automaton) = &self.automaton {
            detectors.push(Box::new(patterned::Patterned::new(self, Arc::clone(automaton))));
        }
        if !self.words.is_empty() {
            detectors.push(Box::new(listed::Listed::new(self)));
        }
        detectors
    }
}

/// The detectors of all of them, under the id that they share.
pub(crate) fn detectors(recognizers: &[Recognizer]) -> impl Iterator<Item = (&'static str, Box<dyn Detector>)> {
    recognizers.iter().flat_map(|recognizer| recognizer.detectors().into_iter().map(|detector| (KIND.id, detector)))
}

/// What can be told of a definition before anything is compiled.
fn flaws(definition: &Definition) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    let mut refuse = |key, item, reason: String, suggestion| flaws.push(Flaw { key, item, reason, suggestion });
    let label = definition.label.as_str();
    if !is_label(label) {
        let reason = format!("`{label}` is no label: up to forty capital letters and `_`, as in `EMPLOYEE_ID`");
        let meant = label.to_ascii_uppercase().replace(|c: char| !c.is_ascii_alphabetic(), "_");
        refuse("label", None, reason, Some(meant).filter(|meant| is_label(meant)));
    } else if !is_data(label) {
        let reason = format!("`{label}` names something that texts do, and not a value that stands in them");
        refuse("label", None, reason, None);
    }
    if definition.patterns.is_empty() && definition.words.is_empty() {
        refuse("label", None, format!("`{label}` has neither `patterns` nor `words` to be found by"), None);
    }
    if definition.needs_context && definition.context.is_empty() {
        let reason = "it is found only beside a word of `context`, and there is none".to_owned();
        refuse("needs_context", None, reason, None);
    }
    if definition.checksum.is_some() && definition.patterns.is_empty() {
        refuse("checksum", None, "only what `patterns` find is checked, and there are none".to_owned(), None);
    }
    for (key, score) in [("score", definition.score), ("score_in_context", definition.score_in_context)] {
        if !(0.0..=1.0).contains(&score) {
            refuse(key, None, format!("expected a score from 0 to 1, found {score}"), None);
        }
    }
    if definition.score_in_context < definition.score {
        let reason = format!("lower than `score`, {}: words of `context` make a value surer", definition.score);
        refuse("score_in_context", None, reason, None);
    }
    let lists = [
        // How long each may be is said where it is read.
        ("patterns", &definition.patterns, BOUNDS.patterns_max, usize::MAX),
        ("words", &definition.words, BOUNDS.words_max, BOUNDS.word_bytes_max),
        ("context", &definition.context, BOUNDS.context_max, BOUNDS.word_bytes_max),
        ("examples", &definition.examples, BOUNDS.examples_max, BOUNDS.word_bytes_max),
        ("counterexamples", &definition.counterexamples, BOUNDS.examples_max, BOUNDS.word_bytes_max),
    ];
    for (key, items, most, bytes_max) in lists {
        if items.len() > most {
            refuse(key, None, format!("{} items, of at most {most}", items.len()), None);
        }
        for (at, item) in items.iter().enumerate() {
            if item.len() > bytes_max {
                refuse(key, Some(at), format!("{} bytes long, of at most {bytes_max}", item.len()), None);
            }
            if matches!(key, "words" | "context") && words::folded(std::slice::from_ref(item)).is_empty() {
                refuse(key, Some(at), "a word needs a letter or a digit".to_owned(), None);
            }
        }
    }
    flaws
}

/// Whether a word fits [`LABEL_PATTERN`].
fn is_label(word: &str) -> bool {
    word.len() <= 40
        && word.starts_with(|c: char| c.is_ascii_uppercase())
        && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}
