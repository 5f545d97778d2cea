//! Looking for the words of a recogniser, however they are spelt.

use redoubt_domain::finding::Label;
use redoubt_domain::seams::{Detector, Match, Spec, Trigger, Window};

use super::super::{banned, context};
use super::patterned::Scoring;
use super::{KIND, Recognizer};

/// Looks for words.
pub(super) struct Listed {
    spec: Spec,
    label: Label,
    words: &'static [&'static str],
    scoring: Scoring,
}

impl Listed {
    pub(super) fn new(recognizer: &Recognizer) -> Self {
        let words = recognizer.words;
        let longest = words.iter().map(|word| word.len()).max().unwrap_or(0);
        let spec = Spec {
            id: KIND.id,
            summary: KIND.summary,
            labels: recognizer.labels,
            trigger: Trigger::Phrases(words),
            span_max: longest + context::BEFORE_BYTES + context::AFTER_BYTES + 8,
            positives: &[],
            near_misses: &[],
        };
        let scoring = Scoring::new(&recognizer.definition, recognizer.naming.folded);
        Self { spec, label: Label::new(recognizer.label()), words, scoring }
    }
}

impl Detector for Listed {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn detect(&self, window: &Window<'_>, found: &mut Vec<Match>) {
        let text = window.text;
        for hit in window.hits.iter().filter(|hit| banned::stands_alone(text, hit.start, hit.end)) {
            let Some(score) = self.scoring.score(text, hit.start, hit.end) else { continue };
            let (label, severity) = (self.label.clone(), self.scoring.severity);
            found.push(Match { span: hit.start..hit.end, label, rule: None, score, severity });
        }
    }

    fn live_from(&self, window: &Window<'_>) -> usize {
        let text = window.text;
        let is_unnamed = |hit: &&redoubt_domain::seams::Hit| self.scoring.is_open(text, hit.start, hit.end);
        let near = window.hits.iter().rev().take_while(|hit| context::is_open(text, hit.end));
        let unnamed = near.filter(is_unnamed).map(|hit| hit.start).min().unwrap_or(text.len());
        banned::live_from(window, self.words).min(unnamed)
    }
}
