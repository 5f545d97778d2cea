//! What a model said of a doubt, or that it said nothing.

use std::ops::Range;

use redoubt_domain::finding::View;
use redoubt_domain::ids::Digest;
use redoubt_domain::seams::{Asked, Likelihood, Unanswered};

use super::{OnFailure, SecondOpinion};
use crate::detectors::attack_at_cut;

/// What a model said of one doubt, in the form in which it is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opinion {
    /// The score, in thousandths: at the policy's likelihood it is the threshold of the profile `default`.
    pub(super) score_permille: u16,
    pub(super) kind: Kind,
    /// For people.
    pub(super) detail: String,
}

/// What an opinion is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It is about the whole text, and counts instead of the classifier's.
    Whole,
    /// It is about the beginning of the text. It may say that there is an attack, and not that there is none.
    InPart,
    /// There is none.
    Missing(Unanswered),
}

/// What was asked about: the kind of text, and whether it is parts that were looked at together.
pub(super) type About = (Asked, bool);

/// The rule of a finding says what was asked about, and what the opinion is worth.
static RULES: [(About, [&str; 3]); 4] = [
    ((Asked::Request, false), ["request-attack", "request-attack-in-part", "request-unanswered"]),
    ((Asked::Request, true), ["requests-attack", "requests-attack-in-part", "requests-unanswered"]),
    ((Asked::Document, false), ["document-attack", "document-attack-in-part", "document-unanswered"]),
    ((Asked::Document, true), ["documents-attack", "documents-attack-in-part", "documents-unanswered"]),
];

impl Opinion {
    /// What an answer comes to under a policy.
    pub fn of(asked: Asked, answer: Result<Likelihood, Unanswered>, model: Digest, settings: &SecondOpinion) -> Self {
        match answer {
            Ok(Likelihood { permille, is_whole }) => {
                let acts_at = settings.permille(asked);
                let of_one = |permille: u16| f64::from(permille) / 1_000.0;
                let (likelihood, threshold) = (of_one(permille), of_one(acts_at));
                Self {
                    score_permille: score(permille.min(1_000), acts_at, asked),
                    kind: if is_whole { Kind::Whole } else { Kind::InPart },
                    detail: format!("likelihood {likelihood:.3}, {threshold:.3} acts; model {model}"),
                }
            }
            Err(reason) => Self::missing(reason, settings.on_failure),
        }
    }

    pub(super) fn missing(reason: Unanswered, on_failure: OnFailure) -> Self {
        let score_permille = match on_failure {
            OnFailure::Refuse => 1_000,
            OnFailure::UnsafelyTrustClassifier => 0,
        };
        Self { score_permille, kind: Kind::Missing(reason), detail: reason.to_string() }
    }

    pub(super) fn rule(&self, about: About) -> Option<&'static str> {
        let (_, [whole, in_part, missing]) = RULES.iter().find(|row| row.0 == about)?;
        Some(match self.kind {
            Kind::Whole => whole,
            Kind::InPart => in_part,
            Kind::Missing(_) => missing,
        })
    }

    /// For the record.
    pub(super) fn gap(&self) -> Option<&'static str> {
        match self.kind {
            Kind::Whole => None,
            Kind::InPart => Some("the transformer read only the beginning"),
            Kind::Missing(Unanswered::Late) => Some("the transformer did not answer in time"),
            Kind::Missing(Unanswered::Full) => Some("too many texts were waiting for the transformer"),
            Kind::Missing(Unanswered::Failed) => Some("the transformer failed"),
            Kind::Missing(Unanswered::NotAsked) => Some("the transformer was not asked"),
        }
    }

    /// One word of what it came to, for metrics.
    pub fn outcome(&self, asked: Asked) -> &'static str {
        match self.kind {
            Kind::Missing(reason) => reason.name(),
            Kind::Whole | Kind::InPart if self.score_permille >= at_cut_permille(asked) => "attack",
            Kind::Whole => "harmless",
            Kind::InPart => "unread",
        }
    }
}

/// A finding of the second opinion as it was written down, from which its opinion is had again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// In which segment.
    pub segment: usize,
    /// Where, in bytes.
    pub start: usize,
    /// Its end.
    pub end: usize,
    /// The views, by name.
    pub via: Vec<String>,
    /// The rule.
    pub rule: String,
    /// The score.
    pub score_permille: u16,
    /// The words about it.
    pub detail: String,
}

impl Recorded {
    /// What was asked about and what was said; nothing if it is not of this product.
    pub(super) fn opinion(&self) -> Option<(About, Opinion)> {
        let (about, kind) = RULES.iter().find_map(|(about, [whole, in_part, missing])| {
            let kind = match self.rule.as_str() {
                rule if rule == *whole => Kind::Whole,
                rule if rule == *in_part => Kind::InPart,
                rule if rule == *missing => {
                    Kind::Missing(Unanswered::ALL.into_iter().find(|reason| reason.to_string() == self.detail)?)
                }
                _ => return None,
            };
            Some((*about, kind))
        })?;
        Some((about, Opinion { score_permille: self.score_permille, kind, detail: self.detail.clone() }))
    }

    pub(super) fn is_at(&self, segment: usize, span: &Range<usize>, via: &[View]) -> bool {
        let via = via.iter().map(|view| view.name());
        self.segment == segment
            && self.start == span.start
            && self.end == span.end
            && via.eq(self.via.iter().map(String::as_str))
    }
}

/// The classifier's score at its cut, in thousandths.
fn at_cut_permille(asked: Asked) -> u16 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of one")]
    let permille = (attack_at_cut(asked) * 1_000.0).round() as u16;
    permille
}

/// The likelihood, bent so that `acts_at` has the score of the classifier's cut: one policy judges both.
fn score(permille: u16, acts_at: u16, asked: Asked) -> u16 {
    let (at_cut, acts_at, likelihood) = (u32::from(at_cut_permille(asked)), u32::from(acts_at), u32::from(permille));
    let score = if likelihood < acts_at {
        // Rounded down: what is below must stay below.
        at_cut * likelihood / acts_at
    } else {
        at_cut + (1_000 - at_cut) * (likelihood - acts_at) / (1_000 - acts_at).max(1)
    };
    u16::try_from(score).unwrap_or(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks the score of a likelihood where `acts_at` is the policy's.
    #[track_caller]
    fn check(permille: u16, acts_at: u16, asked: Asked, expected: u16) {
        assert_eq!(score(permille, acts_at, asked), expected);
    }

    #[test]
    fn the_likelihood_that_acts_has_the_score_that_acts() {
        for acts_at in [1, 2, 300, 500, 777, 998, 999] {
            check(acts_at, acts_at, Asked::Request, 750);
            check(acts_at, acts_at, Asked::Document, 500);
            check(1_000, acts_at, Asked::Request, 1_000);
            check(0, acts_at, Asked::Document, 0);
            for permille in 0..1_000 {
                let (here, next) =
                    (score(permille, acts_at, Asked::Request), score(permille + 1, acts_at, Asked::Request));
                assert!(here <= next && next <= 1_000);
                assert_eq!(here >= 750, permille >= acts_at, "{permille} of {acts_at}");
            }
        }
    }

    #[test]
    fn what_is_recorded_is_read_back() {
        let settings = SecondOpinion::default();
        let mut answers: Vec<_> = Unanswered::ALL.into_iter().map(Err).collect();
        for (permille, is_whole) in [(0, true), (499, true), (500, false), (1_000, true)] {
            answers.push(Ok(Likelihood { permille, is_whole }));
        }
        for answer in answers {
            for asked in [Asked::Request, Asked::Document] {
                let opinion = Opinion::of(asked, answer, Digest::new([7; 32]), &settings);
                let recorded = Recorded {
                    segment: 0,
                    start: 0,
                    end: 1,
                    via: Vec::new(),
                    rule: opinion.rule((asked, true)).unwrap().to_owned(),
                    score_permille: opinion.score_permille,
                    detail: opinion.detail.clone(),
                };
                assert_eq!(recorded.opinion(), Some(((asked, true), opinion)));
            }
        }
    }

    #[test]
    fn no_answer_is_an_attack_unless_the_policy_trusts_the_classifier() {
        let of = |on_failure| {
            let settings = SecondOpinion { on_failure, ..SecondOpinion::default() };
            Opinion::of(Asked::Request, Err(Unanswered::Late), Digest::new([0; 32]), &settings).score_permille
        };
        assert_eq!(of(OnFailure::Refuse), 1_000);
        assert_eq!(of(OnFailure::UnsafelyTrustClassifier), 0);
    }
}
