//! How detectors are tested: windows as the engine makes them, and what must hold for every detector.

use redoubt_domain::exchange::{Direction, Origin, SegmentKind};
use redoubt_domain::seams::{Detector, DigitRun, Hit, Match, Trigger, Window};

/// What a detector finds in a text.
pub(super) fn find(detector: &dyn Detector, text: &str) -> Vec<Match> {
    let mut found = Vec::new();
    with_window(detector, text, |window| {
        let is_triggered = match detector.spec().trigger {
            Trigger::Literals(_) | Trigger::Phrases(_) | Trigger::Words(_) => !window.hits.is_empty(),
            Trigger::Digits(least) => window.runs.iter().any(|run| run.digits.len() >= least),
            Trigger::Always | Trigger::Folded => true,
        };
        if is_triggered {
            detector.detect(window, &mut found);
        }
    });
    found
}

/// Checks what a detector finds: a line of `LABEL score text` for each match, in order.
#[track_caller]
pub(super) fn check(detector: &dyn Detector, text: &str, expected: &str) {
    let mut found = find(detector, text);
    found.sort_by_key(|found| found.span.start);
    let lines: Vec<String> = found
        .iter()
        .map(|found| format!("{} {:.2} `{}`", found.label, found.score, &text[found.span.clone()]))
        .collect();
    assert_eq!(lines.join("\n"), expected, "in {text:?}");
    is_sound(detector, text);
}

/// Checks a detector's own examples.
#[track_caller]
pub(super) fn conforms(detector: &dyn Detector) {
    let spec = detector.spec();
    assert!(spec.positives.len() >= 4 && spec.near_misses.len() >= 4);
    for text in spec.positives {
        let found = find(detector, text);
        assert!(found.iter().any(|found| found.score >= 0.5), "{} must find something in {text:?}", spec.id);
        for found in found {
            assert!(spec.labels.contains(&found.label.as_str()));
            assert!(found.span.len() <= spec.span_max);
        }
        is_sound(detector, text);
    }
    for text in spec.near_misses {
        assert_eq!(find(detector, text), [], "{} must find nothing in {text:?}", spec.id);
        is_sound(detector, text);
    }
    for text in ["", " ", "the quick brown fox said: nothing at all. ", "a, b; c! "] {
        assert!(live_from(detector, text) >= text.len().saturating_sub(1), "{} holds {text:?}", spec.id);
    }
}

/// Checks that whatever a stream would let go at any point is not part of a match in the whole text that
/// was not there yet.
#[track_caller]
pub(super) fn is_sound(detector: &dyn Detector, text: &str) {
    let whole = find(detector, text);
    for cut in (0..=text.len()).filter(|cut| text.is_char_boundary(*cut)) {
        let part = &text[..cut];
        let live = live_from(detector, part);
        assert!(part.is_char_boundary(live), "{live} in {part:?}");
        let early = find(detector, part);
        for found in whole.iter().filter(|found| found.span.start < live) {
            assert!(
                early.contains(found),
                "{} lets {:?} go from {part:?} before it sees {found:?}: it saw {early:?}",
                detector.spec().id,
                &part[..live],
            );
        }
        for found in early.iter().filter(|found| found.span.end <= live) {
            assert!(whole.contains(found), "{} sees {found:?} in {part:?} and not in {text:?}", detector.spec().id);
        }
    }
}

/// What a detector would hold back at the end of a text.
pub(super) fn live_from(detector: &dyn Detector, text: &str) -> usize {
    let mut live = 0;
    with_window(detector, text, |window| live = detector.live_from(window));
    live
}

fn with_window(detector: &dyn Detector, text: &str, look: impl FnOnce(&Window<'_>)) {
    let hits = match detector.spec().trigger {
        Trigger::Literals(literals) => hits(text, literals),
        _ => Vec::new(),
    };
    let runs = match detector.spec().trigger {
        Trigger::Digits(_) => runs(text),
        _ => Vec::new(),
    };
    look(&Window {
        text,
        hits: &hits,
        runs: &runs,
        origin: Origin::User,
        direction: Direction::Input,
        kind: SegmentKind::Content,
        depth: 0,
    });
}

/// The window of a model's answer, for detectors that look at nothing else. They need no hits.
pub(super) fn with_answer<T>(text: &str, look: impl FnOnce(&Window<'_>) -> T) -> T {
    look(&Window {
        text,
        hits: &[],
        runs: &[],
        origin: Origin::Assistant,
        direction: Direction::Output,
        kind: SegmentKind::Content,
        depth: 0,
    })
}

fn hits(text: &str, literals: &[&str]) -> Vec<Hit> {
    let lower = text.to_ascii_lowercase();
    let mut hits: Vec<Hit> = literals
        .iter()
        .enumerate()
        .flat_map(|(literal, needle)| {
            let starts: Vec<usize> = lower.match_indices(&needle.to_ascii_lowercase()).map(|(at, _)| at).collect();
            starts.into_iter().map(move |start| Hit { literal, start, end: start + needle.len() })
        })
        .collect();
    hits.sort_by_key(|hit| (hit.start, hit.end));
    hits
}

fn runs(text: &str) -> Vec<DigitRun> {
    let mut runs: Vec<DigitRun> = Vec::new();
    let mut gap = 2;
    for (at, character) in text.char_indices() {
        if let Some(value) = super::boundary::decimal(character) {
            let end = at + character.len_utf8();
            match runs.last_mut() {
                Some(run) if gap < 2 => {
                    run.digits.push(value);
                    run.at.push(at);
                    run.span.end = end;
                }
                _ => runs.push(DigitRun { digits: vec![value], at: vec![at], span: at..end }),
            }
            gap = 0;
        } else if super::boundary::is_separator(character) || matches!(character, '(' | ')') {
            gap += 1;
        } else {
            gap = 2;
        }
    }
    runs
}
