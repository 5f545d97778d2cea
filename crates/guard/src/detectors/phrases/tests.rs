//! How phrase detectors are tested: folded windows as the engine makes them.

use redoubt_domain::exchange::Direction;
use redoubt_domain::seams::Hit;

use super::*;
use crate::views::fold;

/// What a detector finds in a text once it is folded.
pub(in super::super) fn find(detector: &dyn Detector, text: &str, origin: Origin) -> Vec<Match> {
    let folded = fold(text);
    with_window(detector, &folded, origin, |window| {
        let mut found = Vec::new();
        if !window.hits.is_empty() {
            detector.detect(window, &mut found);
        }
        found
    })
}

/// The highest score of a text.
pub(in super::super) fn score(detector: &dyn Detector, text: &str, origin: Origin) -> f32 {
    find(detector, text, origin).iter().map(|found| found.score).fold(0.0, f32::max)
}

/// Checks a detector's own examples, as a user would send them.
#[track_caller]
pub(in super::super) fn check_conforms(detector: &dyn Detector) {
    let spec = detector.spec();
    assert!(spec.positives.len() >= 6 && spec.near_misses.len() >= 6);
    for text in spec.positives {
        let found = find(detector, text, Origin::User);
        assert!(found.iter().any(|found| found.score >= 0.5), "{} must find something in {text:?}: {found:?}", spec.id);
        for found in &found {
            assert!(spec.labels.contains(&found.label.as_str()) && found.span.len() <= spec.span_max, "{found:?}");
        }
        check_sound(detector, text);
    }
    for text in spec.near_misses {
        assert_eq!(find(detector, text, Origin::User), [], "{} must find nothing in {text:?}", spec.id);
        check_sound(detector, text);
    }
}

/// Checks that nothing which a stream would let go at any point belongs to a match that was not yet seen.
#[track_caller]
pub(in super::super) fn check_sound(detector: &dyn Detector, text: &str) {
    let text = fold(text);
    let look = |part: &str| {
        with_window(detector, part, Origin::User, |window| {
            let mut found = Vec::new();
            detector.detect(window, &mut found);
            (found, detector.live_from(window))
        })
    };
    let (whole, _) = look(&text);
    for cut in (0..=text.len()).filter(|cut| text.is_char_boundary(*cut)) {
        let part = &text[..cut];
        let (early, live) = look(part);
        assert!(part.is_char_boundary(live), "{live} in {part:?}");
        let lost = whole.iter().find(|found| found.span.start < live && found.span.end > cut);
        assert!(
            lost.is_none(),
            "{} lets {:?} go from {part:?} before it sees {lost:?}: {early:?}",
            detector.spec().id,
            &part[..live]
        );
        for found in whole.iter().filter(|found| found.span.start < live) {
            assert!(early.iter().any(|other| other.span.start == found.span.start), "{found:?} in {part:?}");
        }
    }
}

fn with_window<T>(detector: &dyn Detector, text: &str, origin: Origin, look: impl FnOnce(&Window<'_>) -> T) -> T {
    let mut hits = Vec::new();
    if let Trigger::Phrases(literals) | Trigger::Words(literals) = detector.spec().trigger {
        for (literal, needle) in literals.iter().enumerate() {
            let needle = needle.trim_end_matches('*');
            let starts = text.match_indices(needle).map(|(start, _)| start);
            hits.extend(starts.map(|start| Hit { literal, start, end: start + needle.len() }));
        }
    }
    hits.sort_by_key(|hit| (hit.start, hit.end));
    let kind = SegmentKind::Content;
    look(&Window { text, hits: &hits, runs: &[], origin, direction: Direction::Input, kind, depth: 0 })
}

const LABEL: &str = "TEST";

static FAMILIES: &[Family] = &[Family {
    rule: "drink",
    label: LABEL,
    severity: Severity::Low,
    direct: 0.9,
    indirect: 0.95,
    patterns: &[&["drink|sip ..2 cold|iced tea|coffee*", "make please? tea", "泡|喝 ..3 茶"]],
}];

fn detector() -> PhraseDetector {
    static ANCHORS: std::sync::LazyLock<Anchors> = std::sync::LazyLock::new(|| Anchors::of(FAMILIES));
    let about = About {
        id: "drink",
        summary: "Drinks",
        labels: &[LABEL],
        positives: &[],
        near_misses: &[],
        heeds_context: true,
    };
    PhraseDetector::new(&about, FAMILIES, &ANCHORS)
}

#[test]
fn patterns_match_as_written() {
    let check = |text: &str, expected: &[&str]| {
        let found = find(&detector(), text, Origin::User);
        let text = fold(text);
        assert_eq!(found.iter().map(|found| &text[found.span.clone()]).collect::<Vec<_>>(), expected, "{text}");
        check_sound(&detector(), &text);
    };
    check("Drink some very cold tea", &["drink some very cold tea"]);
    check("Drink some very very cold tea", &[]);
    check("sip iced coffees now", &["sip iced coffees"]);
    check("gossip iced tea", &[]);
    check("drink iced teas", &[]);
    check("make tea, make please tea", &["make tea", "make please tea"]);
    check("我喝一杯茶", &["喝一杯茶"]);
    check("", &[]);
}

#[test]
fn only_phrases_in_progress_are_held() {
    let check = |text: &str, expected: &str| {
        let live = with_window(&detector(), text, Origin::User, |window| detector().live_from(window));
        assert_eq!(&text[live..], expected, "{text}");
    };
    check("the cat ", "");
    check("the cat d", "d");
    check("the cat drinks ", "");
    check("so drink some ", "drink some ");
    check("so drink some of the ", "");
    check("drink cold tea", "drink cold tea");
    check("drink cold tea ", "");
}
