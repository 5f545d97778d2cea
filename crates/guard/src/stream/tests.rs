use proptest::prelude::*;
use redoubt_domain::decision::Action;
use redoubt_domain::exchange::{Closes, Direction, Encoding, Frame, Origin, SegmentKind, SegmentMode};

use super::*;
use crate::Engine;
use crate::policy::Verb;
use crate::testing::*;

const WORDS: SegmentKind = SegmentKind::Content;

/// What reaches the caller of these pieces, and whether the stream was stopped.
fn streamed(engine: &Arc<Engine>, question: &str, pieces: &[String], encoding: Encoding) -> (String, bool, Decision) {
    let (_, conversation) = cleared(engine, asked(question));
    let kind = if encoding == Encoding::Json { SegmentKind::ToolArguments } else { WORDS };
    let mut watch = engine.watch(conversation);
    let mut out = String::new();
    for frame in pieces.iter().map(|piece| delta(lane(0, 0, kind), encoding, piece)).chain([end()]) {
        let step = watch.push(frame);
        for frame in &step.frames {
            out.extend(frame.get().segments.iter().map(|segment| segment.text()));
        }
        if step.halt {
            return (out, true, watch.decision());
        }
    }
    let step = watch.finish();
    assert!(step.frames.is_empty() && !step.halt);
    (out, false, watch.decision())
}

/// The same of the whole text.
fn whole(engine: &Engine, question: &str, text: &str, encoding: Encoding) -> (Option<String>, Decision) {
    let (_, mut conversation) = cleared(engine, asked(question));
    let kind = if encoding == Encoding::Json { SegmentKind::ToolArguments } else { WORDS };
    let answer = segment(Origin::Assistant, lane(0, 0, kind), encoding, text);
    let (decision, cleared) = engine.inspect_answer(exchange(Direction::Output, vec![answer]), &mut conversation);
    (cleared.map(|cleared| cleared.get().segments[0].text().to_owned()), decision)
}

fn cut(text: &str, cuts: &[usize]) -> Vec<String> {
    let mut at: Vec<usize> =
        cuts.iter().map(|cut| cut % (text.len() + 1)).filter(|&at| text.is_char_boundary(at)).collect();
    at.extend([0, text.len()]);
    at.sort_unstable();
    at.windows(2).map(|pair| text[pair[0]..pair[1]].to_owned()).collect()
}

fn check_law(engine: &Arc<Engine>, question: &str, text: &str, pieces: &[String], encoding: Encoding) {
    let (out, is_halted, streamed) = streamed(engine, question, pieces, encoding);
    match whole(engine, question, text, encoding) {
        // A value that was found may stand earlier where no detector saw it. The whole answer is changed
        // there too; what a stream has sent it cannot call back.
        (Some(_), decision) if stands_earlier(text, &decision) => assert!(!is_halted),
        (Some(expected), decision) => {
            assert!(!is_halted, "{pieces:?} was stopped: {streamed:?}");
            assert_eq!(out, expected, "{pieces:?}");
            assert_eq!(streamed.action, decision.action, "{pieces:?}");
        }
        (None, decision) => {
            assert!(is_halted, "{pieces:?} passed as {out:?}");
            assert!(!streamed.action.passes());
            let stopped = decision.judged.iter().filter(|judged| !judged.action.passes());
            for judged in stopped {
                let matched = &text[judged.finding.span.clone()];
                assert!(!out.contains(matched), "{matched:?} left in {out:?}");
            }
        }
    }
}

fn stands_earlier(text: &str, decision: &Decision) -> bool {
    let changed = || decision.judged.iter().filter(|judged| judged.action == Action::Transform);
    changed().any(|judged| {
        let first = text.find(&text[judged.finding.span.clone()]);
        changed().all(|other| Some(other.finding.span.start) != first)
    })
}

/// Pieces of text in which something begins, is, or nearly is.
fn fragment() -> impl Strategy<Value = String> {
    let fixed = prop::sample::select(vec![
        "ann@example.com",
        "eve@x.org",
        "@",
        "12345678",
        "1234-5678",
        "1234",
        "open sesame",
        "open",
        " sesame",
        "op",
        "TOKEN",
        "TOK",
        "[",
        "]",
        "\\",
        "[EMAIL_ADDRESS_1_",
        "[EMAIL_ADDRESS_1_zzzzzz]",
        " ",
        "\n",
        ". ",
        "é",
        "日本",
        "\u{200b}",
        "hello",
        "the ",
        "(",
        "\"",
        "{",
        "/",
    ]);
    prop_oneof![6 => fixed.prop_map(str::to_owned), 1 => "[a-z]{1,6} ", 1 => any::<char>().prop_map(String::from)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_stream_says_what_the_whole_says(
        fragments in prop::collection::vec(fragment(), 0..14),
        cuts in prop::collection::vec(0_usize..400, 0..24),
        every in any::<bool>(),
    ) {
        let engine = usual();
        let question = "I am ann@example.com, 8765-4321";
        let (seen, _) = cleared(&engine, asked(question));
        let token = seen[0].split(' ').nth(2).unwrap().trim_end_matches(',');
        let text = fragments.concat().replace("TOKEN", token).replace("TOK", &token[..9]);
        let pieces = if every { text.chars().map(String::from).collect() } else { cut(&text, &cuts) };
        check_law(&engine, question, &text, &pieces, Encoding::Plain);
    }

    #[test]
    fn arguments_stay_json_wherever_they_are_cut(
        words in prop::collection::vec(fragment(), 1..5),
        cuts in prop::collection::vec(0_usize..400, 0..12),
    ) {
        let engine = usual();
        let text = serde_json::json!({ "a": words, "n": 1 }).to_string();
        check_law(&engine, "I am ann@example.com", &text, &cut(&text, &cuts), Encoding::Json);
        let (out, is_halted, _) = streamed(&engine, "I am ann@example.com", &cut(&text, &cuts), Encoding::Json);
        prop_assert!(is_halted || serde_json::from_str::<serde_json::Value>(&out).is_ok(), "{}", out);
    }
}

#[test]
fn nothing_waits_where_nothing_is_pending() {
    let engine = usual();
    let (_, conversation) = cleared(&engine, asked("hello"));
    let mut watch = engine.watch(conversation);
    for text in ["Certainly, ", "here you are: ", "nothing; "] {
        let step = watch.push(delta(lane(0, 0, WORDS), Encoding::Plain, text));
        assert_eq!(step.frames.len(), 1);
        assert_eq!(step.frames[0].get().segments[0].text(), text);
        assert!(!step.frames[0].get().segments[0].is_edited());
    }
}

#[test]
fn held_text_leaves_before_the_frame_that_ends_its_lane() {
    let engine = usual();
    let (_, conversation) = cleared(&engine, asked("hello"));
    let mut watch = engine.watch(conversation);
    let first = watch.push(delta(lane(0, 0, WORDS), Encoding::Plain, "to ann"));
    assert_eq!(first.frames[0].get().segments[0].text(), "to ");
    let second = watch.push(delta(lane(0, 0, WORDS), Encoding::Plain, "a"));
    assert!(second.frames.is_empty(), "an empty frame says nothing");
    let mut stop = Frame::new(None, bytes::Bytes::from_static(b"stop"));
    stop.closes = Closes::Turn(0);
    let last = watch.push(stop);
    assert_eq!(last.frames.len(), 2);
    assert_eq!(last.frames[0].get().segments[0].text(), "anna");
    assert_eq!(last.frames[1].get().body_as_received().as_ref(), b"stop");
    assert!(watch.finish().frames.is_empty());
}

#[test]
fn held_text_leaves_within_the_frame_that_ends_its_lane_if_it_has_a_place() {
    let engine = usual();
    let (_, conversation) = cleared(&engine, asked("hello"));
    let mut watch = engine.watch(conversation);
    watch.push(delta(lane(0, 0, WORDS), Encoding::Plain, "ann"));
    let mut last = delta(lane(0, 0, WORDS), Encoding::Plain, "@x.org");
    last.is_bare = false;
    last.closes = Closes::Lane(lane(0, 0, WORDS));
    let step = watch.push(last);
    assert_eq!(step.frames.len(), 1);
    assert_eq!(step.frames[0].get().segments[0].text(), "[EMAIL_ADDRESS]");
}

#[test]
fn an_upstream_that_just_stops_leaves_nothing_unlooked_at() {
    let engine = usual();
    let (_, conversation) = cleared(&engine, asked("hello"));
    let mut watch = engine.watch(conversation);
    watch.push(delta(lane(0, 0, WORDS), Encoding::Plain, "eve@x"));
    watch.push(delta(lane(0, 0, WORDS), Encoding::Plain, ".org"));
    let step = watch.finish();
    assert_eq!(step.frames[0].get().segments[0].text(), "[EMAIL_ADDRESS]");
    assert_eq!(watch.decision().action, Action::Transform);
}

#[test]
fn a_snapshot_says_what_the_lane_said() {
    let engine = usual();
    let (_, conversation) = cleared(&engine, asked("hello"));
    let mut watch = engine.watch(conversation);
    let content = lane(0, 0, WORDS);
    watch.push(delta(content, Encoding::Plain, "to eve@x.o"));
    let mut done = Frame::new(None, bytes::Bytes::from_static(b"done"));
    let whole = segment(Origin::Assistant, content, Encoding::Plain, "to eve@x.o").with_mode(SegmentMode::Snapshot);
    let other = segment(Origin::Assistant, content, Encoding::Plain, "bob@x.org").with_mode(SegmentMode::Snapshot);
    done.segments = vec![whole, other];
    let step = watch.push(done);
    let texts: Vec<&str> = step.frames.iter().map(|frame| frame.get().segments[0].text()).collect();
    assert_eq!(texts, ["[EMAIL_ADDRESS]", "to [EMAIL_ADDRESS]"]);
    assert_eq!(step.frames[1].get().segments[1].text(), "[EMAIL_ADDRESS]", "what no delta said is looked at whole");
}

#[test]
fn lanes_do_not_mix() {
    let engine = usual();
    let (_, conversation) = cleared(&engine, asked("hello"));
    let mut watch = engine.watch(conversation);
    let mut out = [String::new(), String::new()];
    for (turn, text) in [(0, "open "), (1, "sesame "), (0, "door "), (1, "seed ")] {
        for frame in watch.push(delta(lane(turn, 0, WORDS), Encoding::Plain, text)).frames {
            out[usize::from(turn)].push_str(frame.get().segments[0].text());
        }
    }
    assert!(!watch.finish().halt);
    assert_eq!(out, ["open door ", "sesame seed "]);
}

#[test]
fn after_a_halt_nothing_more_comes_out() {
    let engine = usual();
    let (_, conversation) = cleared(&engine, asked("hello"));
    let mut watch = engine.watch(conversation);
    assert!(watch.push(delta(lane(0, 0, WORDS), Encoding::Plain, "open sesame; ")).halt);
    let after = watch.push(delta(lane(0, 0, WORDS), Encoding::Plain, "x"));
    assert!(after.halt && after.frames.is_empty() && watch.finish().halt);
    assert_eq!(watch.decision().action, Action::Block);
}

#[test]
fn a_buffered_rule_holds_its_lane_whole() {
    let mut held = rule("number", "CREDIT_CARD", crate::policy::Verb::Transform("redact"));
    held.stream = crate::policy::StreamPolicy::Buffer;
    let engine = engine(vec![held]);
    let (_, conversation) = cleared(&engine, asked("hello"));
    let mut watch = engine.watch(conversation);
    assert!(watch.push(delta(lane(0, 0, WORDS), Encoding::Plain, "hello, ")).frames.is_empty());
    assert!(watch.push(delta(lane(0, 0, WORDS), Encoding::Plain, "12345678 ")).frames.is_empty());
    let step = watch.push(end());
    assert_eq!(step.frames[0].get().segments[0].text(), "hello, [REDACTED] ");
}

#[test]
fn a_rule_that_only_audits_holds_nothing_and_is_recorded() {
    let mut audited = rule("number", "CREDIT_CARD", crate::policy::Verb::Block);
    audited.stream = crate::policy::StreamPolicy::AuditOnly;
    let engine = engine(vec![audited]);
    let (out, is_halted, decision) =
        streamed(&engine, "hello", &["1234".to_owned(), "5678".to_owned(), " x".to_owned()], Encoding::Plain);
    assert_eq!((out.as_str(), is_halted, decision.action), ("12345678 x", false, Action::Allow));
    assert_eq!(decision.judged.len(), 1);
}

#[test]
fn the_window_stays_small_however_long_the_answer() {
    let engine = usual();
    let (_, conversation) = cleared(&engine, asked("hello"));
    let mut watch = engine.watch(conversation);
    for _ in 0..5_000 {
        watch.push(delta(lane(0, 0, WORDS), Encoding::Plain, "aaaa"));
    }
    let held: usize = watch.lanes.values().map(|lane| lane.window.len()).sum();
    assert!(held < 4 << 10, "{held}");
}

#[test]
fn a_value_within_long_base64_is_found_however_it_is_cut() {
    use base64::Engine as _;
    let engine = usual();
    for (before, after) in [(1, 1), (10, 10), (500, 10), (3_000, 3_000)] {
        let hidden = format!("{}eve@x.org {}", "lorem ipsum ".repeat(before), "dolor sit ".repeat(after));
        let text = format!("see {} end", base64::engine::general_purpose::STANDARD.encode(&hidden));
        for step in [1_usize, 7, 64] {
            if step == 1 && before > 1_000 {
                continue;
            }
            let pieces: Vec<String> =
                text.as_bytes().chunks(step).map(|piece| String::from_utf8(piece.to_vec()).unwrap()).collect();
            let (out, is_halted, decision) = streamed(&engine, "hello", &pieces, Encoding::Plain);
            let is_seen = decision.judged.iter().any(|judged| judged.finding.label.as_str() == "EMAIL_ADDRESS");
            assert!(is_halted || is_seen, "{before} {after} by {step}: {} bytes out", out.len());
        }
    }
}

#[test]
fn a_number_in_a_document_becomes_a_string_whole() {
    // In tests a number of eight digits is a card.
    let engine = engine(vec![rule("number", "CREDIT_CARD", Verb::Transform("replace"))]);
    let rows = [
        (r#"{"card": 12345678}"#, r#"{"card": "[CREDIT_CARD]"}"#),
        (r#"{"card": -12345678,"b":1}"#, r#"{"card": "-[CREDIT_CARD]","b":1}"#),
        (r#"{"card": 12345678e0}"#, r#"{"card": "[CREDIT_CARD]e0"}"#),
        (r#"[-1.5,12345678,2]"#, r#"[-1.5,"[CREDIT_CARD]",2]"#),
        (r#"{"card": "12345678", "n": -3}"#, r#"{"card": "[CREDIT_CARD]", "n": -3}"#),
    ];
    for (text, expected) in rows {
        let (out, _) = whole(&engine, "hello", text, Encoding::Json);
        let out = out.unwrap();
        assert_eq!(out, expected);
        serde_json::from_str::<serde_json::Value>(&out).unwrap();
        for size in 1..text.len() {
            let cuts: Vec<usize> = (0..text.len()).step_by(size).collect();
            let (streamed, is_halted, _) = streamed(&engine, "hello", &cut(text, &cuts), Encoding::Json);
            assert!(!is_halted);
            assert_eq!(streamed, expected, "by {size}");
        }
    }
}

#[test]
fn a_placeholder_in_a_document_goes_back_as_a_string() {
    let engine = usual();
    let lane = lane(0, 0, SegmentKind::ToolArguments);
    let arguments = |text: &str| vec![segment(Origin::Assistant, lane, Encoding::Json, text)];
    let request = || exchange(Direction::Input, arguments(r#"{"card": 12345678}"#));
    let (seen, _) = cleared(&engine, request());
    let token = seen[0].strip_prefix("{\"card\": \"").and_then(|seen| seen.strip_suffix("\"}")).unwrap();
    for written in [format!(r#"{{"card": "{token}"}}"#), format!(r#"{{"card": {token}}}"#)] {
        let (_, mut conversation) = cleared(&engine, request());
        let answer = exchange(Direction::Output, arguments(&written));
        let (_, answer) = engine.inspect_answer(answer, &mut conversation);
        assert_eq!(answer.unwrap().get().segments[0].text(), r#"{"card": "12345678"}"#);
    }
}

#[test]
fn a_number_of_a_body_is_changed_like_a_text() {
    let engine = usual();
    let number = segment(Origin::User, lane(0, 0, SegmentKind::ToolArguments), Encoding::Number, "12345678");
    let (seen, _) = cleared(&engine, exchange(Direction::Input, vec![number]));
    assert!(seen[0].starts_with("[CREDIT_CARD_1"), "{seen:?}");
}

#[test]
fn what_no_rule_can_read_is_in_the_record_once() {
    let engine = usual();
    let mut request = asked("look");
    request.opaque.push("image/png".to_owned());
    let decided = engine.inspect(request, &scope());
    let reasons = |decision: &Decision| decision.unscanned.iter().map(|gap| gap.reason).collect::<Vec<_>>();
    assert_eq!(reasons(&decided.decision), ["an image"]);

    let (_, conversation) = cleared(&engine, asked("hello"));
    let mut watch = engine.watch(conversation);
    for _ in 0..2 {
        let mut frame = delta(lane(0, 0, WORDS), Encoding::Plain, "hello");
        frame.opaque.push("encrypted reasoning".to_owned());
        watch.push(frame);
    }
    watch.push(end());
    assert_eq!(reasons(&watch.decision()), ["encrypted reasoning"]);
}
