//! Texts before the guard.

#[path = "../../crates/guard/tests/it/laws.rs"]
pub(crate) mod laws;
#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../../crates/guard/tests/it/support.rs"]
mod support;
#[path = "../../crates/guard/tests/it/texts.rs"]
mod texts;

use std::env;
use std::sync::{Arc, LazyLock};

use redoubt_domain::exchange::{Direction, Origin};
use redoubt_guard::detectors::kinds;
use redoubt_guard::policy::Verb;
use redoubt_guard::{Engine, Profile};

/// Which detector to fuzz: an id, or `?` for a list of them.
const DETECTOR: &str = "REDOUBT_FUZZ_DETECTOR";

/// Every example of every detector.
static WORDS: LazyLock<Vec<&'static str>> = LazyLock::new(texts::vocabulary);

/// A detector with an engine for each thing a rule may want of it.
struct Subject {
    words: Vec<&'static str>,
    /// For the detectors of texts: their labels, and whether they are shown folded text.
    spec: Option<(&'static [&'static str], bool)>,
    blocking: Arc<Engine>,
    redacting: Arc<Engine>,
}

static SUBJECTS: LazyLock<Vec<Subject>> = LazyLock::new(|| {
    let named = env::var(DETECTOR).ok();
    let ids = kinds().into_iter().map(|kind| kind.id).filter(|id| named.as_deref().is_none_or(|named| named == *id));
    let subject = |id| Subject {
        words: texts::examples(id),
        spec: texts::spec_of(id),
        blocking: support::only_of(id, Verb::Block),
        redacting: support::only_of(id, Verb::Transform("redact")),
    };
    let subjects: Vec<Subject> = ids.map(subject).collect();
    assert!(!subjects.is_empty(), "no detector has the id in {DETECTOR}");
    subjects
});

/// Prints the ids of all detectors and exits, if that is what the environment asks for.
pub fn list_if_asked() {
    if env::var(DETECTOR).is_ok_and(|named| named == "?") {
        kinds().iter().for_each(|kind| println!("{}", kind.id));
        std::process::exit(0);
    }
}

/// The detector that the environment names; without it, the one that the first byte does. A detector that is not
/// one of texts cannot be shown a text without the engine.
pub fn detector(data: &[u8]) {
    let (subject, data) = crate::choose(data, SUBJECTS.len());
    let (cut, data) = crate::choose(data, 256);
    let Subject { words, spec, blocking, redacting: _ } = &SUBJECTS[subject];
    let text = texts::text(data, words);
    let Some((labels, is_folded)) = spec else {
        return laws::findings_lie_in_the_text(blocking, &text, Origin::Assistant, Direction::Output);
    };
    let folded = is_folded.then(|| redoubt_guard::views::fold(&text));
    laws::a_detector_keeps_its_word(blocking, labels, folded.as_deref().unwrap_or(&text), cut);
}

/// One detector the whole way through views, policy, transforms and stream: a way for each of the first byte's
/// values below four.
fn one_detector(way: usize, data: &[u8]) {
    let (subject, data) = crate::choose(data, SUBJECTS.len());
    let (cuts, data) = crate::cuts(data);
    let Subject { words, spec: _, blocking, redacting } = &SUBJECTS[subject];
    let text = texts::text(data, words);
    let stream = |engine: &Arc<Engine>| {
        let pieces = texts::pieces(&text, cuts);
        laws::a_stream_says_what_the_whole_says(engine, || laws::greeted(engine), &text, &pieces);
    };
    match way {
        0 => laws::findings_lie_in_the_text(blocking, &text, Origin::Tool, Direction::Input),
        1 => laws::a_changed_text_scans_clean(redacting, &text, Direction::Input),
        2 => stream(redacting),
        _ => stream(blocking),
    }
}

/// The views of any text.
pub fn views(data: &[u8]) {
    laws::views_lead_home(&texts::text(data, &WORDS));
}

/// Whole profiles before answers, and engines with one rule about one detector.
pub fn stream(data: &[u8]) {
    static ENGINES: LazyLock<[Arc<Engine>; 2]> =
        LazyLock::new(|| [support::profile(Profile::Default), support::profile(Profile::Strict)]);
    let (choice, data) = crate::choose(data, 6);
    let Some(engine) = ENGINES.get(choice) else { return one_detector(choice - ENGINES.len(), data) };
    let (cuts, data) = crate::cuts(data);
    let text = texts::text(data, &WORDS);
    laws::a_stream_says_what_the_whole_says(engine, || laws::greeted(engine), &text, &texts::pieces(&text, cuts));
}

/// Placeholders, and the values that come back.
pub fn transform(data: &[u8]) {
    static ENGINE: LazyLock<Arc<Engine>> =
        LazyLock::new(|| laws::everything(Direction::Input, Verb::Transform("anonymize")));
    let (cuts, data) = crate::cuts(data);
    let (seam, data) = crate::choose(data, 256);
    let (first, second) = data.split_at(seam.min(data.len()));
    let (first, second) = (texts::text(first, &WORDS), texts::text(second, &WORDS));
    laws::what_was_made_anonymous_comes_back(&ENGINE, [&first, &second], cuts);
    laws::arguments_come_back_as_the_same_json(&ENGINE, &first);
}
