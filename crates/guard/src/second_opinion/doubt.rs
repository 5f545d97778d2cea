//! What the classifier is not sure about, and what becomes of it.

use std::ops::Range;
use std::sync::Arc;

use redoubt_domain::decision::Unscanned;
use redoubt_domain::finding::{Finding, Label, Severity, View};
use redoubt_domain::seams::{Question, Unanswered, Window};

use super::opinion::Kind;
use super::{ID, Opinion, Recorded, SecondOpinion};
use crate::detectors::{Margins, attack_at_cut, judged_attack};

/// A text about which the classifier is not sure.
#[derive(Clone, Debug)]
pub(crate) struct Doubt {
    pub(crate) question: Question,
    /// Where the text lies, in segments as they were received: several where parts were looked at together.
    pub(crate) parts: Vec<(usize, Range<usize>)>,
    pub(crate) via: Vec<View>,
    /// Whether it is parts that were looked at together.
    pub(crate) is_across: bool,
    /// What the classifier says by itself, if that is worth saying.
    pub(crate) said: Option<Finding>,
}

/// What a window makes the classifier doubt, and the classifier's rule for it.
pub(crate) fn question(
    window: &Window<'_>,
    margins: &Margins,
    settings: &SecondOpinion,
) -> Option<(Question, &'static str)> {
    let (asked, margin, rule) = judged_attack(window, margins)?;
    if window.text.is_empty() || !settings.covers(margin) {
        return None;
    }
    Some((Question { text: Arc::from(window.text), asked }, rule))
}

/// What the doubts come to: findings, and what the record must say beside them. `opinions` are in the order of the doubts;
/// those that lack were not asked.
pub(crate) fn settle(
    doubts: Vec<Doubt>,
    opinions: Vec<Opinion>,
    settings: &SecondOpinion,
) -> (Vec<Finding>, Vec<Unscanned>) {
    let (mut findings, mut unscanned): (Vec<Finding>, Vec<Unscanned>) = (Vec::new(), Vec::new());
    let not_asked = || Opinion::missing(Unanswered::NotAsked, settings.on_failure);
    let opinions = opinions.into_iter().map(Some).chain(std::iter::repeat(None));
    for (doubt, opinion) in doubts.into_iter().zip(opinions) {
        let opinion = opinion.unwrap_or_else(not_asked);
        // What was read to its end counts instead of the classifier's; all else beside it.
        if opinion.kind != Kind::Whole {
            findings.extend(doubt.said.iter().flat_map(|said| in_parts(said, &doubt.parts)));
        }
        for own in in_parts(&finding(&opinion, &doubt), &doubt.parts) {
            let gap = opinion.gap().map(|reason| Unscanned { segment: Some(own.segment), reason });
            if let Some(gap) = gap.filter(|gap| !unscanned.contains(gap)) {
                unscanned.push(gap);
            }
            findings.push(own);
        }
    }
    (findings, unscanned)
}

impl Doubt {
    /// Whether two doubts would have one place in the record.
    pub(crate) fn is_beside(&self, other: &Self) -> bool {
        (&self.parts, &self.via, self.is_across) == (&other.parts, &other.via, other.is_across)
    }

    /// What was said of it according to a record.
    pub(crate) fn recall(&self, recorded: &[Recorded], settings: &SecondOpinion) -> Opinion {
        let about = (self.question.asked, self.is_across);
        let (segment, span) = self.parts.first().cloned().unwrap_or_default();
        let here = recorded.iter().filter(|recorded| recorded.is_at(segment, &span, &self.via));
        let mut said = here.filter_map(Recorded::opinion).filter(|(known, _)| *known == about);
        let said = said.next().map(|(_, opinion)| opinion);
        said.unwrap_or_else(|| Opinion::missing(Unanswered::NotAsked, settings.on_failure))
    }
}

fn in_parts(finding: &Finding, parts: &[(usize, Range<usize>)]) -> Vec<Finding> {
    let part =
        |(segment, span): &(usize, Range<usize>)| Finding { segment: *segment, span: span.clone(), ..finding.clone() };
    parts.iter().map(part).collect()
}

fn finding(opinion: &Opinion, doubt: &Doubt) -> Finding {
    let score = f32::from(opinion.score_permille) / 1_000.0;
    let asked = doubt.question.asked;
    Finding {
        detector: ID,
        label: Label::new("PROMPT_INJECTION"),
        rule: opinion.rule((asked, doubt.is_across)),
        segment: 0,
        span: 0..0,
        score,
        severity: if score < attack_at_cut(asked) { Severity::Low } else { Severity::High },
        via: doubt.via.clone(),
        detail: Some(opinion.detail.clone()),
    }
}
