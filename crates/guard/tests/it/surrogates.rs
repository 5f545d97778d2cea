//! Values that take the place of others: nobody's, known as ours, and back where the value belongs.

use redoubt_domain::decision::Action;
use redoubt_domain::exchange::{Direction, Encoding, Lane, Origin, Segment, SegmentKind};
use redoubt_guard::detectors::{Parameters, TABLE};
use redoubt_guard::policy::Verb;
use redoubt_guard::{Conversation, Engine, Outcome};

use crate::laws::everything;
use crate::support::{LANE, asked, exchange, scope, streamed_in, text_of};

const RETURNING: Verb = Verb::Transform("surrogate");
const ONE_WAY: Verb = Verb::Transform("surrogate_one_way");

fn answered(engine: &Engine, conversation: &mut Conversation, answer: &str) -> (Action, String) {
    let answer = exchange(Direction::Output, Origin::Assistant, answer);
    let (decision, cleared) = engine.inspect_answer(answer, conversation);
    (decision.action, text_of(cleared.unwrap().get()))
}

/// An engine that changes requests, and blocks whatever it finds in answers: what is ours must not be found there.
fn strict() -> std::sync::Arc<Engine> {
    use redoubt_guard::{Policy, Profile, policy::Rule};
    let rule = |name: &str, direction, verb| Rule {
        name: name.to_owned(),
        labels: Vec::new(),
        detectors: ["email", "phone", "card", "iban", "us_ssn", "ip_address", "name", "birth"].to_vec(),
        directions: vec![direction],
        origins: Vec::new(),
        score_min: 0.3,
        verb,
        stream: redoubt_guard::policy::StreamPolicy::HoldWindow,
    };
    let rules = vec![rule("in", Direction::Input, RETURNING), rule("out", Direction::Output, Verb::Block)];
    let policy = Policy::profile(Profile::Observe).with_rules(rules);
    std::sync::Arc::new(Engine::new(policy, redoubt_domain::Limits::default()).unwrap())
}

const QUESTION: &str = "Hello, my name is Anna Schmidt, born 1984-05-30. Write to anna.schmidt@acme.io or call \
                        +1 415-555-2671 about card 4111 1111 1111 1111 and IBAN DE89 3704 0044 0532 0130 00.";

#[test]
fn what_is_ours_is_not_found_and_comes_back() {
    let engine = strict();
    let (seen, mut conversation) = asked(&engine, QUESTION).unwrap();
    for value in ["Anna", "Schmidt", "1984-05-30", "anna.schmidt@acme.io", "415-555-2671", "4111 1111", "DE89 3704"] {
        assert!(!seen.contains(value), "{value} in {seen}");
    }
    assert!(!seen.contains('[') && seen.contains("@example."), "{seen}");
    assert_eq!(answered(&engine, &mut conversation, &seen), (Action::Allow, QUESTION.to_owned()));
    for letters in [1, 3, 7, 40] {
        let (_, conversation) = asked(&engine, QUESTION).unwrap();
        let characters: Vec<char> = seen.chars().collect();
        let pieces: Vec<String> = characters.chunks(letters).map(|piece| piece.iter().collect()).collect();
        let (out, is_halted) = streamed_in(&engine, conversation, pieces.iter().map(String::as_str));
        assert_eq!((out.as_str(), is_halted), (QUESTION, false), "by {letters}");
    }
    // What is not ours is found as ever.
    let (_, mut conversation) = asked(&engine, QUESTION).unwrap();
    let foreign = exchange(Direction::Output, Origin::Assistant, "Write to bob.jones@acme.io");
    assert!(engine.inspect_answer(foreign, &mut conversation).1.is_none());
}

#[test]
fn a_model_may_write_it_in_its_own_way() {
    let engine = everything(Direction::Input, RETURNING);
    let (seen, mut conversation) = asked(&engine, "my name is Anna Schmidt, call +1 415-555-2671").unwrap();
    let name: Vec<&str> = seen[11..].split([' ', ',']).take(2).collect();
    let phone = &seen[seen.find('+').unwrap()..];
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    let mut says = |answer: String, expected: &str| {
        let (_, out) = answered(&engine, &mut conversation, &answer);
        assert_eq!(out, expected, "{answer}");
    };
    says(format!("Hi {}!", name[0]), "Hi Anna!");
    says(format!("{}, {}", name[1], name[0]), "Schmidt, Anna");
    says(format!("**{} {}**'s", name[0], name[1]), "**Anna Schmidt**'s");
    says(format!("{} {}", name[0].to_uppercase(), name[1].to_lowercase()), "Anna Schmidt");
    says(format!("{}\n{}", name[0], name[1]), "Anna\nSchmidt");
    says(format!("tel:+{digits}"), "tel:+1 415-555-2671");
    says(format!("x{}y and {}ish", name[0], name[1]), &format!("x{}y and {}ish", name[0], name[1]));
    says(format!("请{}来", name[0]), "请Anna来");
}

#[test]
fn arguments_of_tools_stay_json() {
    let engine = everything(Direction::Input, RETURNING);
    let lane = Lane { kind: SegmentKind::ToolArguments, ..LANE };
    let segments = |text: &str| vec![Segment::new(Origin::Assistant, lane, Encoding::Json, text.to_owned(), 0..0)];
    let arguments = r#"{"to":"ann \"A\" <ann@acme.io>","mail":"anna.lee@acme.io","ip":"10.20.30.40"}"#;
    let mut request = exchange(Direction::Input, Origin::User, "");
    request.segments = segments(arguments);
    let inspected = || {
        let Outcome::Clear { cleared, conversation } = engine.inspect(request.clone(), &scope()).outcome else {
            panic!("refused");
        };
        (text_of(cleared.get()), conversation)
    };
    let (seen, mut conversation) = inspected();
    assert!(!seen.contains("acme.io") && !seen.contains("10.20.30.40"), "{seen}");
    let value: serde_json::Value = serde_json::from_str(&seen).unwrap();
    // The same document as another writer escapes it.
    let escaped = seen.replace('@', "\\u0040").replace(".example", "\\u002eexample");
    assert_eq!(value, serde_json::from_str::<serde_json::Value>(&escaped).unwrap());
    let expected: serde_json::Value = serde_json::from_str(arguments).unwrap();
    for text in [&seen, &escaped] {
        let mut answer = exchange(Direction::Output, Origin::Assistant, "");
        answer.segments = segments(text);
        let (_, cleared) = engine.inspect_answer(answer, &mut conversation);
        let out = text_of(cleared.unwrap().get());
        assert_eq!(serde_json::from_str::<serde_json::Value>(&out).unwrap(), expected, "{text}: {out}");
    }
}

#[test]
fn what_goes_one_way_stays_what_it_became() {
    let engine = everything(Direction::Input, ONE_WAY);
    let (seen, mut conversation) = asked(&engine, QUESTION).unwrap();
    assert!(!seen.contains("acme.io"), "{seen}");
    assert_eq!(answered(&engine, &mut conversation, &seen).1, seen);
    // In an answer nothing can go back.
    let engine = everything(Direction::Output, RETURNING);
    let (_, mut conversation) = asked(&engine, "hello").unwrap();
    let (_, out) = answered(&engine, &mut conversation, "Write to bob.jones@acme.io now");
    assert!(out.contains("@example.") && !out.contains("bob.jones"), "{out}");
}

#[test]
fn the_same_value_has_one_surrogate_in_all_messages() {
    let engine = everything(Direction::Input, RETURNING);
    let mut request = exchange(Direction::Input, Origin::User, "");
    let segment = |turn: u16, text: &str| {
        Segment::new(Origin::User, Lane { turn, ..LANE }, Encoding::Plain, text.to_owned(), 0..0)
    };
    request.segments = vec![segment(0, "ann@acme.io"), segment(1, "bob@acme.io"), segment(2, "ann@acme.io")];
    let Outcome::Clear { cleared, .. } = engine.inspect(request, &scope()).outcome else { panic!("refused") };
    let seen: Vec<&str> = cleared.get().segments.iter().map(Segment::text).collect();
    assert!(seen[0] == seen[2] && seen[0] != seen[1], "{seen:?}");
    let mut other = scope();
    other.key = redoubt_domain::Secret::new([3; 32]);
    let request = exchange(Direction::Input, Origin::User, "ann@acme.io");
    let Outcome::Clear { cleared, .. } = engine.inspect(request, &other).outcome else { panic!("refused") };
    assert_ne!(text_of(cleared.get()), seen[0], "another request, another surrogate");
}

#[test]
fn every_example_comes_back() {
    let engine = everything(Direction::Input, RETURNING);
    let mut wrong = Vec::new();
    for row in TABLE {
        for example in (row.build)(&Parameters::default()).spec().positives {
            let Some((seen, mut conversation)) = asked(&engine, example) else { continue };
            let answer = exchange(Direction::Output, Origin::Assistant, &seen);
            let (_, cleared) = engine.inspect_answer(answer, &mut conversation);
            let out = cleared.map(|cleared| text_of(cleared.get()));
            if out.as_deref() != Some(example) {
                wrong.push(format!("{}: {example:?} became {seen:?} and {out:?}", row.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
