//! The table itself, and each detector on its own examples.

use std::collections::BTreeSet;

use redoubt_domain::exchange::{Direction, Origin};
use redoubt_guard::detectors::{CONVERSATION, Parameters, SIGNALS, TABLE, kinds};
use redoubt_guard::policy::Verb;
use redoubt_guard::{Profile, Scan};

use crate::support::{only, profile};

fn scans(engine: &redoubt_guard::Engine, text: &str) -> [Scan; 2] {
    [engine.scan(text, Origin::User, Direction::Input), engine.scan(text, Origin::Assistant, Direction::Output)]
}

#[test]
fn every_row_has_an_id_of_its_own_and_says_what_it_is() {
    let mut ids = BTreeSet::new();
    for kind in kinds() {
        assert!(ids.insert(kind.id), "two rows are called `{}`", kind.id);
        // What configuration describes has the labels that configuration gives it.
        assert!(!kind.summary.is_empty() && kind.labels.is_empty() == (kind.id == "recognizer"), "{}", kind.id);
    }
    for row in TABLE {
        let detector = (row.build)(&Parameters::default());
        assert_eq!(detector.spec().id, row.id);
    }
    assert_eq!(
        ids.len(),
        TABLE.len() + SIGNALS.len() + CONVERSATION.len() + ["size", "recognizer", "transformer"].len()
    );
}

#[test]
fn every_detector_finds_its_examples_and_not_what_is_close_to_them() {
    let mut wrong = Vec::new();
    for row in TABLE {
        let engine = only(row, Verb::Observe);
        let detector = (row.build)(&Parameters::default());
        for text in detector.spec().positives {
            let found = scans(&engine, text);
            if found.iter().all(|scan| scan.judged.iter().all(|judged| judged.finding.detector != row.id)) {
                wrong.push(format!("{}: nothing in {text:?}", row.id));
            }
            for judged in found.iter().flat_map(|scan| &scan.judged) {
                assert!(text.get(judged.finding.span.clone()).is_some_and(|found| !found.is_empty()));
                assert!(detector.spec().labels.contains(&judged.finding.label.as_str()));
                assert!((0.0..=1.0).contains(&judged.finding.score));
            }
        }
        for text in detector.spec().near_misses {
            for judged in scans(&engine, text).iter().flat_map(|scan| &scan.judged) {
                wrong.push(format!("{}: {:?} in {text:?}", row.id, judged.finding));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_same_text_has_the_same_findings() {
    let engine = profile(Profile::Strict);
    for row in TABLE {
        for text in (row.build)(&Parameters::default()).spec().positives {
            assert_eq!(scans(&engine, text), scans(&engine, text));
        }
    }
}

/// A label that only the catch-all rule speaks of is never acted on: that must be meant.
#[test]
fn the_default_profile_speaks_of_every_label_or_leaves_it_on_purpose() {
    const OBSERVED: &[&str] = &[
        "IP_ADDRESS",
        "MAC_ADDRESS",
        "URL",
        "PERSON",
        "LOCATION",
        "ORGANIZATION",
        "NRP",
        "TITLE",
        "AGE",
        "DATE_TIME",
        "POSTAL_CODE",
        "SCHEMA_VIOLATION",
        "UNGROUNDED",
        "REFUSAL",
        "REPETITION",
        "GIBBERISH",
        "BIAS",
    ];
    let engine = profile(Profile::Default);
    let strict = profile(Profile::Strict);
    let spoken = |engine: &redoubt_guard::Engine, label: &str| {
        engine.policy().rules().iter().any(|rule| rule.labels.contains(&label))
    };
    for kind in kinds() {
        for label in kind.labels {
            let is_harm = spoken(&strict, label)
                && !spoken(&engine, label)
                && matches!(kind.id, "harm" | "code" | "package" | "classifier");
            assert!(
                spoken(&engine, label) || OBSERVED.contains(label) || is_harm,
                "no rule of the default profile speaks of `{label}` of `{}`",
                kind.id
            );
        }
    }
}
