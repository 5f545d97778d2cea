//! Which of several findings in one place is the one that counts.

use std::collections::HashMap;
use std::ops::Range;

use redoubt_domain::decision::Judged;
use redoubt_domain::finding::Finding;

use crate::policy::is_data;
use crate::second_opinion::ID as OPINION;

/// Labels that say more about a value come first; those in neither list come between.
const TELLING: &[&str] = &["SECRET", "CRYPTO", "IBAN_CODE", "CREDIT_CARD", "US_SSN"];
const VAGUE: &[&str] = &[
    "EMAIL_ADDRESS",
    "MAC_ADDRESS",
    "IP_ADDRESS",
    "PHONE_NUMBER",
    "US_BANK_NUMBER",
    "URL",
    "PERSON",
    "ORGANIZATION",
    "LOCATION",
    "NRP",
    "AGE",
    "DATE_TIME",
];

/// Removes what another finding in the same place says better, and puts the rest in order of position.
///
/// A finding goes only if it lies within one that is at least as strict, so no choice made here can let
/// through what a rule would have stopped.
pub(super) fn resolve(judged: Vec<Judged>) -> Vec<Judged> {
    if judged.len() < 2 {
        return judged;
    }
    // A decision is derived again from what was said, so that must stay in the record.
    let (opinions, judged): (Vec<_>, Vec<_>) = judged.into_iter().partition(|one| one.finding.detector == OPINION);
    let mut distinct = distinct(judged);
    distinct.sort_by(|a, b| {
        let (a, b) = (&a.finding, &b.finding);
        (a.segment, a.span.start, b.span.end).cmp(&(b.segment, b.span.start, a.span.end))
    });
    let mut lost = vec![false; distinct.len()];
    for (at, one) in distinct.iter().enumerate() {
        for (next, other) in distinct.iter().enumerate().skip(at + 1) {
            if other.finding.segment != one.finding.segment || other.finding.span.start >= one.finding.span.end {
                break;
            }
            let loser = match (beats(one, other), beats(other, one)) {
                (true, _) => next,
                (false, true) => at,
                (false, false) => continue,
            };
            if let Some(lost) = lost.get_mut(loser) {
                *lost = true;
            }
        }
    }
    let mut lost = lost.into_iter();
    distinct.retain(|_| !lost.next().unwrap_or(false));
    distinct.extend(opinions);
    distinct
}

/// One finding for each label, span and intention, so that a long decoded text full of addresses counts once.
fn distinct(judged: Vec<Judged>) -> Vec<Judged> {
    let mut kept: Vec<Judged> = Vec::with_capacity(judged.len());
    // The last that was kept of each place, and for each of these the one before it in the same place.
    let mut last: HashMap<(usize, usize, usize), usize> = HashMap::with_capacity(judged.len());
    let mut before: Vec<Option<usize>> = Vec::with_capacity(judged.len());
    for one in judged {
        let Finding { segment, span, .. } = &one.finding;
        let place = (*segment, span.start, span.end);
        let known = last.get(&place).copied();
        let here = std::iter::successors(known, |at| before.get(*at).copied().flatten());
        let same = here.filter(|at| kept.get(*at).is_some_and(|other| is_same(&one.finding, &other.finding))).last();
        match same.and_then(|at| kept.get_mut(at)) {
            Some(other) if beats(&one, other) => *other = one,
            Some(_) => {}
            None => {
                last.insert(place, kept.len());
                before.push(known);
                kept.push(one);
            }
        }
    }
    kept
}

/// Whether two findings in one place are one.
fn is_same(one: &Finding, other: &Finding) -> bool {
    // Two detectors that see the same intention are two reasons, and the second may be the one that stops it.
    one.label == other.label && (one.detector == other.detector || is_data(one.label.as_str()))
}

/// Whether `winner` makes `loser` superfluous.
fn beats(winner: &Judged, loser: &Judged) -> bool {
    if winner.action < loser.action || !contains(&winner.finding.span, &loser.finding.span) {
        return false;
    }
    let (w, l) = (&winner.finding, &loser.finding);
    if w.label == l.label {
        // Two that see the same intention are two reasons: the phrase that gives it away, and the text that is like others.
        if w.detector != l.detector && !is_data(w.label.as_str()) {
            return false;
        }
        return (w.span != l.span) || preference(w) >= preference(l);
    }
    is_data(w.label.as_str()) && is_data(l.label.as_str()) && rank(w) < rank(l)
}

/// Plain sight before a decoded view, a specific rule before a generic one, a higher score before a lower.
fn preference(finding: &Finding) -> (bool, bool, u32) {
    (finding.via.is_empty(), !is_generic(finding), (finding.score.clamp(0.0, 1.0) * 1e6) as u32)
}

fn is_generic(finding: &Finding) -> bool {
    finding.rule.is_some_and(|rule| rule.contains("generic"))
}

/// The lower, the more telling.
pub(super) fn rank(finding: &Finding) -> usize {
    let label = finding.label.as_str();
    if label == "SECRET" && is_generic(finding) {
        return TELLING.len();
    }
    if let Some(at) = TELLING.iter().position(|known| *known == label) {
        return at;
    }
    let at = VAGUE.iter().position(|known| *known == label);
    TELLING.len() + 1 + at.map_or(0, |at| at + 1)
}

fn contains(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}
