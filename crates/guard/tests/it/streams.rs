//! Wherever a stream is cut, it says what the whole says.

use redoubt_guard::detectors::{Parameters, TABLE};
use redoubt_guard::policy::Verb;

use crate::support::{only, streamed, whole};

fn two_pieces(text: &str) -> impl Iterator<Item = (&str, &str)> {
    (1..text.len()).filter_map(|at| text.split_at_checked(at))
}

#[test]
fn no_example_is_lost_or_changed_by_a_cut() {
    let mut wrong = Vec::new();
    for row in TABLE {
        let engine = only(row, Verb::Transform("redact"));
        let detector = (row.build)(&Parameters::default());
        let spec = detector.spec();
        for example in spec.positives.iter().chain(spec.near_misses) {
            let text = format!("Well, here: {example} and that was it.");
            let expected = whole(&engine, &text).unwrap();
            let letters: Vec<&str> = text.split_inclusive(|_: char| true).collect();
            let (by_letter, _) = streamed(&engine, letters);
            if by_letter != expected {
                wrong.push(format!("{}, letter by letter:\n  {by_letter:?}\n  {expected:?}", row.id));
            }
            let cut = two_pieces(&text).map(|(a, b)| ((a, b), streamed(&engine, [a, b]).0));
            if let Some(((a, b), out)) = cut.into_iter().find(|(_, out)| *out != expected) {
                wrong.push(format!("{}, {a:?} | {b:?}:\n  {out:?}\n  {expected:?}", row.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_of_a_blocked_example_is_let_go() {
    for row in TABLE {
        let (engine, observer) = (only(row, Verb::Block), only(row, Verb::Observe));
        for example in (row.build)(&Parameters::default()).spec().positives {
            let text = format!("Well, here: {example} and that was it.");
            if whole(&engine, &text).is_some() {
                continue;
            }
            let scan = observer.scan(&text, redoubt_domain::Origin::Assistant, redoubt_domain::Direction::Output);
            let first = scan.judged.iter().map(|judged| judged.finding.span.start).min().unwrap();
            let letters: Vec<&str> = text.split_inclusive(|_: char| true).collect();
            let (out, is_halted) = streamed(&engine, letters);
            assert!(is_halted, "{}: {text:?} was not stopped", row.id);
            assert!(out.len() <= first, "{}: {out:?} left before the block of {text:?}", row.id);
        }
    }
}

#[test]
fn plain_words_wait_for_nobody() {
    let engine = crate::support::profile(redoubt_guard::Profile::Default);
    let text = "The harbour was quiet, and nobody on the pier had anything to say. ";
    let pieces: Vec<&str> = text.split_inclusive(' ').collect();
    for at in 1..=pieces.len() {
        let sent: String = pieces[..at].concat();
        let (out, is_halted) = streamed(&engine, pieces[..at].iter().copied());
        assert!(!is_halted);
        assert_eq!(out, sent);
    }
}
