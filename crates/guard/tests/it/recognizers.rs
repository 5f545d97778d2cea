//! Values that configuration describes are found, changed, put back and held in streams as all others are.

use redoubt_domain::exchange::{Direction, Encoding, Lane, Origin, Segment, SegmentKind};
use redoubt_guard::Outcome;
use redoubt_guard::policy::Verb;

use crate::support::{LANE, asked, exchange, only_of, scope, streamed, streamed_in, text_of, whole};

fn check(verb: Verb, text: &str, expected: Option<&str>) {
    let engine = only_of("recognizer", verb);
    assert_eq!(whole(&engine, text).as_deref(), expected, "{text}");
    for letters in [1, 2, 5, 7] {
        let characters: Vec<char> = text.chars().collect();
        let pieces: Vec<String> = characters.chunks(letters).map(|piece| piece.iter().collect()).collect();
        let (out, is_halted) = streamed(&engine, pieces.iter().map(String::as_str));
        match expected {
            Some(expected) => assert_eq!((out.as_str(), is_halted), (expected, false), "{text} by {letters}"),
            None => assert!(is_halted && text.starts_with(&out), "{text} by {letters}: {out}"),
        }
    }
}

#[test]
fn answers_are_changed_whole_and_wherever_a_stream_is_cut() {
    let replace = Verb::Transform("replace");
    for (text, expected) in [
        ("Ask EMP-123456 today.", "Ask [EMPLOYEE_ID] today."),
        ("EMP-123456", "[EMPLOYEE_ID]"),
        ("E123/AB and E124/ABCD", "[EMPLOYEE_ID] and E124/ABCD"),
        ("members M 799-273 8 and M 799-273 9", "members [MEMBER_NUMBER] and M 799-273 9"),
        ("in B12.34, the room, or B12.34 alone of all", "in [ROOM], the room, or [ROOM] alone of all"),
        ("the room B12. Then", "the room [ROOM]. Then"),
        ("the mushroom B12 grows", "the mushroom B12 grows"),
        ("Blue-Heron and blue herons", "[PROJECT_NAME] and blue herons"),
        ("about 隼计划的", "about [PROJECT_NAME]的"),
        ("say \\u0045MP-123456 loud", "say [EMPLOYEE_ID] loud"),
    ] {
        check(replace, text, Some(expected));
    }
    check(Verb::Transform("mask"), "EMP-123456 it is", Some("***-**3456 it is"));
    check(Verb::Observe, "EMP-123456 it is", Some("EMP-123456 it is"));
}

#[test]
fn nothing_of_what_is_blocked_leaves() {
    for text in
        ["Well: EMP-123456 it is", "Well: blue heron it is", "Well: B12, a room", "RU1QLTEyMzQ1NiBhbmQgbW9yZQ== x"]
    {
        check(Verb::Block, text, None);
        let letters: Vec<&str> = text.split_inclusive(|_: char| true).collect();
        let (out, _) = streamed(&only_of("recognizer", Verb::Block), letters);
        assert!(out.len() <= "Well: ".len(), "{out} of {text}");
    }
    check(Verb::Block, "Well: EMP-12345 it is", Some("Well: EMP-12345 it is"));
}

#[test]
fn values_come_back_in_words_and_in_arguments() {
    let engine = only_of("recognizer", Verb::Transform("anonymize"));
    let question = "Is EMP-123456 on blue heron, in room B12?";
    let (seen, mut conversation) = asked(&engine, question).unwrap();
    for value in ["EMP-123456", "blue heron", "B12"] {
        assert!(!seen.contains(value), "{seen}");
    }
    let answer = exchange(Direction::Output, Origin::Assistant, &seen);
    let (_, cleared) = engine.inspect_answer(answer, &mut conversation);
    assert_eq!(text_of(cleared.unwrap().get()), question);
    let (_, conversation) = asked(&engine, question).unwrap();
    let letters: Vec<&str> = seen.split_inclusive(|_: char| true).collect();
    assert_eq!(streamed_in(&engine, conversation, letters), (question.to_owned(), false));

    let lane = Lane { kind: SegmentKind::ToolArguments, ..LANE };
    let arguments = r#"{"of":"EMP-123456","rooms":["B12 room"]}"#;
    let segments = |text: &str| vec![Segment::new(Origin::Assistant, lane, Encoding::Json, text.to_owned(), 0..0)];
    let mut request = exchange(Direction::Input, Origin::User, "");
    request.segments = segments(arguments);
    let Outcome::Clear { cleared, mut conversation } = engine.inspect(request, &scope()).outcome else {
        panic!("refused");
    };
    let seen = text_of(cleared.get());
    assert!(!seen.contains("EMP-123456") && seen.contains("EMPLOYEE_ID"), "{seen}");
    let mut answer = exchange(Direction::Output, Origin::Assistant, "");
    answer.segments = segments(&seen);
    let (_, cleared) = engine.inspect_answer(answer, &mut conversation);
    assert_eq!(text_of(cleared.unwrap().get()), arguments);
}
