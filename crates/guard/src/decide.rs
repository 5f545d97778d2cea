//! From findings to one decision: a function of its arguments and nothing else, so that a recorded request
//! can be decided again and compared.

use redoubt_domain::decision::{Action, Decision, Judged, Unscanned};
use redoubt_domain::exchange::{Direction, Origin, SegmentKind};
use redoubt_domain::finding::Finding;
use redoubt_domain::ids::Digest;

use crate::policy::{Policy, Rule, StreamPolicy, Verb};
use crate::transforms;

/// Where a finding lies: what the policy needs to know of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Who speaks.
    pub origin: Origin,
    /// What the text is for.
    pub kind: SegmentKind,
}

/// What the findings of an exchange come to: the strictest action that any rule asks for.
///
/// `places` holds the place of each segment that a finding names; a finding whose segment has none is
/// judged as a user's content.
pub fn decide(
    policy: &Policy,
    direction: Direction,
    places: &[Place],
    findings: Vec<Finding>,
    unscanned: Vec<Unscanned>,
) -> Decision {
    let judged = findings.into_iter().map(|finding| {
        let elsewhere = Place { origin: Origin::User, kind: SegmentKind::Content };
        let place = places.get(finding.segment).copied().unwrap_or(elsewhere);
        judge(policy, direction, place, Manner::Whole, finding)
    });
    settle(policy.digest(), judged.collect(), unscanned)
}

/// Whether the text lies there whole or is still arriving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    Whole,
    Streamed,
}

/// What the policy makes of one finding.
pub(crate) fn judge(policy: &Policy, direction: Direction, place: Place, manner: Manner, finding: Finding) -> Judged {
    let mut strictest: Option<(&Rule, Action)> = None;
    for rule in policy.rules().iter().filter(|rule| rule.selects(direction, place.origin, &finding)) {
        let too_late = manner == Manner::Streamed && rule.stream == StreamPolicy::AuditOnly;
        let action = match rule.verb.action() {
            _ if too_late => Action::Allow,
            // What ties a body together cannot be rewritten, and must not pass either.
            Action::Transform if !place.kind.is_editable() => Action::Block,
            action => action,
        };
        if strictest.is_none_or(|(_, known)| action > known) {
            strictest = Some((rule, action));
        }
    }
    let Some((rule, action)) = strictest else {
        return Judged { finding, rule: None, action: Action::Allow, transform: None };
    };
    let transform = match (action, rule.verb) {
        // A placeholder in an answer would be filled in again at once.
        (Action::Transform, Verb::Transform(transforms::ANONYMIZE)) if direction == Direction::Output => {
            Some("replace")
        }
        (Action::Transform, Verb::Transform(transforms::SURROGATE)) if direction == Direction::Output => {
            Some(transforms::SURROGATE_ONE_WAY)
        }
        (Action::Transform, Verb::Transform(id)) => Some(id),
        _ => None,
    };
    Judged { finding, rule: Some(rule.name.clone()), action, transform }
}

/// The decision over everything judged.
pub(crate) fn settle(policy: Digest, mut judged: Vec<Judged>, unscanned: Vec<Unscanned>) -> Decision {
    judged.sort_by(|a, b| order(a).cmp(&order(b)));
    let action = judged.iter().map(|judged| judged.action).max().unwrap_or_default();
    Decision { action, judged, unscanned, policy }
}

fn order(judged: &Judged) -> (usize, usize, usize, &str, &str, Option<&str>) {
    let finding = &judged.finding;
    (finding.segment, finding.span.start, finding.span.end, finding.label.as_str(), finding.detector, finding.rule)
}
