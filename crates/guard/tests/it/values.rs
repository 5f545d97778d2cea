//! What transforms leave behind, and what comes back.

use redoubt_domain::decision::Action;
use redoubt_domain::exchange::{Direction, Origin};
use redoubt_guard::detectors::{Parameters, TABLE};
use redoubt_guard::policy::Verb;
use redoubt_guard::{Profile, transforms};

use crate::support::{asked, exchange, only, profile, text_of};

#[test]
fn a_changed_text_scans_clean() {
    let mut wrong = Vec::new();
    for transform in transforms::TABLE
        .iter()
        .filter(|row| !matches!(row.id, "anonymize" | "encrypt" | "repair" | "surrogate" | "surrogate_one_way"))
    {
        for row in TABLE {
            let engine = only(row, Verb::Transform(transform.id));
            for example in (row.build)(&Parameters::default()).spec().positives {
                let once = engine.scan(example, Origin::User, Direction::Input);
                let again = engine.scan(&once.text, Origin::User, Direction::Input);
                if again.action != Action::Allow {
                    wrong.push(format!("{} by {}: {:?} in {:?}", row.id, transform.id, again.judged, once.text));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_was_made_anonymous_comes_back() {
    let engine = profile(Profile::Default);
    for row in TABLE {
        for example in (row.build)(&Parameters::default()).spec().positives {
            let Some((seen, mut conversation)) = asked(&engine, example) else { continue };
            let answer = exchange(Direction::Output, Origin::Assistant, &seen);
            let (_, cleared) = engine.inspect_answer(answer, &mut conversation);
            // An answer may be refused for what a request may say; what passes is what was said.
            if let Some(cleared) = cleared
                && seen != *example
            {
                assert_eq!(text_of(cleared.get()), *example, "{}: {seen:?}", row.id);
            }
        }
    }
}

#[test]
fn placeholders_are_not_found_again() {
    let engine = profile(Profile::Default);
    for row in TABLE {
        for example in (row.build)(&Parameters::default()).spec().positives {
            let Some((seen, conversation)) = asked(&engine, example).filter(|(seen, _)| seen != example) else {
                continue;
            };
            drop(conversation);
            let again = asked(&engine, &seen);
            assert_eq!(again.map(|(seen, _)| seen).as_deref(), Some(seen.as_str()), "{}: {example:?}", row.id);
        }
    }
}
