//! The detectors that a policy speaks of, compiled for one pass.

use std::collections::HashSet;

use redoubt_domain::exchange::Direction;
use redoubt_domain::finding::Finding;
use redoubt_domain::limits::Limits;
use redoubt_domain::seams::{Detector, Hit, Trigger};

use super::digits;
use super::scratch::Scratch;
use super::words::Words;
use crate::detectors::{CLASSIFIER, Parameters, Row, SIGNALS, SignalRow, SizeBounds, recognizers};
use crate::literals::{Literal, Owner, Search};
use crate::policy::{Policy, is_data};
use crate::second_opinion::SecondOpinion;
use crate::views::{self, Form};

/// A detector at work.
pub(crate) struct Active {
    pub(crate) id: &'static str,
    pub(crate) detector: Box<dyn Detector>,
    /// Whether a stream is held back for it.
    pub(crate) holds: bool,
}

impl Active {
    pub(crate) fn new(id: &'static str, detector: Box<dyn Detector>, policy: &Policy) -> Self {
        let holds = policy.enforces(Direction::Output, id, detector.spec().labels);
        Self { id, detector, holds }
    }

    /// Which form of a text it is shown.
    pub(crate) fn form(&self) -> Form {
        match self.detector.spec().trigger {
            Trigger::Phrases(_) | Trigger::Words(_) | Trigger::Folded => Form::Folded,
            Trigger::Literals(_) | Trigger::Digits(_) | Trigger::Always => Form::Canonical,
        }
    }
}

/// Everything a policy looks for.
pub(crate) struct Detectors {
    pub(super) all: Vec<Active>,
    pub(super) signals: Vec<&'static SignalRow>,
    pub(super) sizes: SizeBounds,
    /// When the classifier is not sure; nothing if nobody is asked then.
    pub(super) second_opinion: Option<SecondOpinion>,
    /// Values that are no findings, in lower case.
    allowed: HashSet<String>,
    canonical: Option<Search>,
    folded: Option<Search>,
    words: Option<Words>,
    /// The fewest digits that any detector asks for.
    digits: Option<usize>,
}

impl Detectors {
    pub(crate) fn new(table: &[Row], policy: &Policy, limits: &Limits) -> Self {
        let parameters: Parameters = policy.parameters_within(limits);
        let mut all: Vec<Active> = Vec::new();
        let rows = table.iter().map(|row| (row.id, (row.build)(&parameters)));
        for (id, detector) in rows.chain(recognizers::detectors(&parameters.recognizers)) {
            // Without anything to look for, as without banned words, it would only cost a view.
            let is_idle =
                matches!(detector.spec().trigger, Trigger::Literals([]) | Trigger::Phrases([]) | Trigger::Words([]));
            if !is_idle && policy.speaks_of(id, detector.spec().labels) {
                all.push(Active::new(id, detector, policy));
            }
        }
        let signals = SIGNALS.iter().copied().filter(|row| policy.speaks_of(row.id, row.labels)).collect();
        let (mut canonical, mut folded, mut words, mut digits) = (Vec::new(), Vec::new(), Vec::new(), None);
        for (detector, active) in all.iter().enumerate() {
            let literals = |texts: &[&str], form: fn(&str) -> String| -> Vec<Literal> {
                let texts = texts.iter().enumerate();
                texts
                    .map(|(literal, text)| Literal { text: form(text), owner: Owner { detector, literal } })
                    .filter(|literal| !literal.text.is_empty())
                    .collect()
            };
            match active.detector.spec().trigger {
                Trigger::Literals(texts) => canonical.extend(literals(texts, str::to_owned)),
                Trigger::Phrases(texts) => folded.extend(literals(texts, views::fold)),
                Trigger::Words(texts) => {
                    let (spaced, unspaced): (Vec<Literal>, Vec<Literal>) =
                        literals(texts, fold_open).into_iter().partition(|literal| Words::is_spaced(&literal.text));
                    words.extend(spaced);
                    folded.extend(
                        unspaced
                            .into_iter()
                            .map(|literal| Literal { text: literal.text.trim_end_matches('*').to_owned(), ..literal }),
                    );
                }
                Trigger::Digits(least) => digits = Some(digits.map_or(least, |known: usize| known.min(least))),
                Trigger::Always | Trigger::Folded => {}
            }
        }
        let sizes = parameters.sizes;
        let has_classifier = all.iter().any(|active| active.id == CLASSIFIER);
        let second_opinion = parameters.second_opinion.clone().filter(|_| has_classifier);
        let allowed = parameters.allowed.iter().map(|value| value.trim().to_lowercase()).collect();
        Self {
            all,
            signals,
            sizes,
            second_opinion,
            allowed,
            canonical: Search::new(canonical),
            folded: Search::new(folded),
            words: Words::new(words),
            digits,
        }
    }

    /// Whether a finding is a value that may stand as it is. What is no value, as an attack, never may.
    pub(super) fn allows(&self, text: &str, finding: &Finding) -> bool {
        !self.allowed.is_empty()
            && is_data(finding.label.as_str())
            && text.get(finding.span.clone()).is_some_and(|value| self.allowed.contains(&value.to_lowercase()))
    }

    /// Whether nothing is looked for.
    pub(super) fn is_idle(&self) -> bool {
        let SizeBounds { text_bytes_max, text_tokens_max } = self.sizes;
        self.all.is_empty() && self.signals.is_empty() && text_bytes_max.is_none() && text_tokens_max.is_none()
    }

    /// The one pass: hits and digit runs of a view.
    pub(super) fn search(&self, text: &str, form: Form, scratch: &mut Scratch) {
        scratch.clear();
        let search = match form {
            Form::Canonical => &self.canonical,
            Form::Folded => &self.folded,
        };
        if let Some(search) = search {
            search.run(text, |Owner { detector, literal }, start, end| {
                scratch.add_hit(detector, Hit { literal, start, end });
            });
        }
        if let (Form::Folded, Some(words)) = (form, &self.words) {
            words.run(text, scratch);
        }
        scratch.sort();
        if let (Form::Canonical, Some(least)) = (form, self.digits) {
            digits::find(text, least, scratch);
        }
    }
}

/// Folds words, of which the last may go on.
fn fold_open(words: &str) -> String {
    match words.strip_suffix('*') {
        Some(words) => views::fold(words) + "*",
        None => views::fold(words),
    }
}
