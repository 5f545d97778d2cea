//! Looking for the patterns of a recogniser.

use std::sync::Arc;

use redoubt_domain::finding::Label;
use redoubt_domain::seams::{Detector, Match, Spec, Trigger, Window};

use super::super::boundary::{after, before, floor, is_spaceless};
use super::super::context::{self, Near};
use super::automaton::{Automaton, Reading};
use super::check::Checksum;
use super::{Definition, KIND, Recognizer};

/// Looks for patterns.
pub(super) struct Patterned {
    spec: Spec,
    label: Label,
    automaton: Arc<Automaton>,
    checksum: Option<Checksum>,
    scoring: Scoring,
}

/// How sure a match is.
#[derive(Clone, Copy)]
pub(super) struct Scoring {
    words: &'static [&'static str],
    needs_word: bool,
    alone: f32,
    named: f32,
    pub(super) severity: redoubt_domain::finding::Severity,
}

impl Scoring {
    pub(super) fn new(definition: &Definition, words: &'static [&'static str]) -> Self {
        let Definition { score, score_in_context, needs_context, severity, .. } = definition;
        Self { words, needs_word: *needs_context, alone: *score, named: *score_in_context, severity: *severity }
    }

    /// None if it is no match without a word that names it.
    pub(super) fn score(&self, text: &str, start: usize, end: usize) -> Option<f32> {
        if self.is_named(text, start, end) {
            return Some(self.named);
        }
        (!self.needs_word).then_some(self.alone)
    }

    /// Whether more text could still name what ends here.
    pub(super) fn is_open(&self, text: &str, start: usize, end: usize) -> bool {
        !self.words.is_empty() && context::is_open(text, end) && !self.is_named(text, start, end)
    }

    fn is_named(&self, text: &str, start: usize, end: usize) -> bool {
        !self.words.is_empty() && (Near::before(text, start).has(self.words) || Near::after(text, end).has(self.words))
    }
}

impl Patterned {
    pub(super) fn new(recognizer: &Recognizer, automaton: Arc<Automaton>) -> Self {
        let spec = Spec {
            id: KIND.id,
            summary: KIND.summary,
            labels: recognizer.labels,
            trigger: Trigger::Always,
            // Of what stands around it, one character each decides whether it stands alone.
            span_max: automaton.longest + context::BEFORE_BYTES + context::AFTER_BYTES + 8,
            positives: &[],
            near_misses: &[],
        };
        let definition = &recognizer.definition;
        Self {
            spec,
            label: Label::new(recognizer.label()),
            automaton,
            checksum: definition.checksum,
            scoring: Scoring::new(definition, recognizer.naming.plain),
        }
    }

    /// Where the longest match ends that begins here and stands alone. It need not be the longest that the pattern
    /// allows: of `AB1234-56x` the pattern `[A-Z]{2}[0-9]{4}(-[0-9]{2})?` fits `AB1234`.
    fn end(&self, text: &str, start: usize, reading: &Reading) -> Option<usize> {
        reading.ends().find(|end| {
            ends(text, *end)
                && self.checksum.is_none_or(|checksum| text.get(start..*end).is_some_and(|found| checksum.holds(found)))
        })
    }

    /// Whether a match that begins here could still come, grow, vanish or be named.
    fn is_pending(&self, text: &str, start: usize) -> bool {
        let reading = self.automaton.read(text, start);
        reading.is_open || self.end(text, start, &reading).is_some_and(|end| self.scoring.is_open(text, start, end))
    }
}

impl Detector for Patterned {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn detect(&self, window: &Window<'_>, found: &mut Vec<Match>) {
        let text = window.text;
        for start in self.automaton.starts(text, 0).filter(|start| begins(text, *start)) {
            let reading = self.automaton.read(text, start);
            let Some(end) = self.end(text, start, &reading) else { continue };
            let Some(score) = self.scoring.score(text, start, end) else { continue };
            let (label, severity) = (self.label.clone(), self.scoring.severity);
            found.push(Match { span: start..end, label, rule: None, score, severity });
        }
    }

    fn live_from(&self, window: &Window<'_>) -> usize {
        let text = window.text;
        let behind = if self.scoring.words.is_empty() { 0 } else { context::AFTER_BYTES + 8 };
        let from = floor(text, text.len().saturating_sub(self.automaton.longest + behind));
        let mut starts = self.automaton.starts(text, from);
        starts.find(|start| begins(text, *start) && self.is_pending(text, *start)).unwrap_or(text.len())
    }
}

/// Whether no letter or digit before it makes a match a part of something longer.
fn begins(text: &str, at: usize) -> bool {
    let [last, first] = [before(text, at).chars().next_back(), after(text, at).chars().next()];
    !(last.is_some_and(is_part) && first.is_some_and(is_part))
}

/// Whether no letter or digit behind it makes a match a part of something longer.
fn ends(text: &str, at: usize) -> bool {
    begins(text, at)
}

/// A letter or digit that is written in one with its neighbours. An underscore is what names are made of, as in
/// `scan_EMP-123456.pdf`, and parts them.
fn is_part(character: char) -> bool {
    character.is_alphanumeric() && !is_spaceless(character)
}
