//! What the gateway says in the model's place.

use bytes::{Bytes, BytesMut};
use redoubt_domain::decision::Judged;
use redoubt_domain::exchange::Closes;
use redoubt_domain::{
    Action, Decision, Digest, Finding, Label, Limits, RequestId, SegmentKind, SegmentMode, Severity, Surface, Timestamp,
};
use redoubt_wire::{
    CATEGORIES, ModelCard, Problem, ProblemKind, StreamDecoder, Verdict, encode_models, encode_moderation,
    encode_problem, refusal_answer, refusal_stream,
};
use serde_json::Value as Json;

use crate::golden::{MADE, alias, body, files};

const WORDY: [Surface; 4] = [Surface::ChatCompletions, Surface::Completions, Surface::Responses, Surface::Messages];

fn decision() -> Decision {
    let finding = Finding {
        detector: "email",
        label: Label::new("EMAIL_ADDRESS"),
        rule: None,
        segment: 0,
        span: 0..3,
        score: 1.0,
        severity: Severity::High,
        via: Vec::new(),
        detail: None,
    };
    let judged = Judged { finding, rule: None, action: Action::Block, transform: None };
    Decision {
        action: Action::Block,
        judged: vec![judged.clone(), judged],
        unscanned: Vec::new(),
        policy: Digest::new([0; 32]),
    }
}

fn verdict(decision: &Decision) -> Verdict<'_> {
    Verdict { request_id: RequestId::new(Timestamp::from_micros(1_700_000_000_000_000), [7; 10]), decision }
}

/// The data of each event, `[DONE]` as a string.
fn events(stream: &Bytes) -> Vec<Json> {
    let text = std::str::from_utf8(stream).unwrap();
    assert!(text.ends_with("\n\n"));
    text.lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .map(|data| serde_json::from_str(data).unwrap_or_else(|_| data.into()))
        .collect()
}

fn reason(surface: Surface, last: &Json) -> &Json {
    match surface {
        Surface::Responses => &last["response"]["incomplete_details"]["reason"],
        Surface::Messages => &last["delta"]["stop_reason"],
        _ => &last["choices"][0]["finish_reason"],
    }
}

/// Checks the end of a stream: the reason, the verdict, the normal end.
fn assert_refused(surface: Surface, events: &[Json]) {
    let expected = if surface == Surface::Messages { "refusal" } else { "content_filter" };
    let telling = events.iter().rfind(|event| reason(surface, event).is_string()).expect("a reason");
    assert_eq!(reason(surface, telling), expected);
    let shown = if surface == Surface::Responses { &telling["response"]["redoubt"] } else { &telling["redoubt"] };
    assert_eq!(shown["decision"], "block");
    assert_eq!(shown["findings"].as_array().unwrap().len(), 1, "equal findings once");
    let last = events.last().unwrap();
    match surface {
        Surface::Responses => assert_eq!(last["type"], "response.incomplete"),
        Surface::Messages => assert_eq!(last["type"], "message_stop"),
        _ => assert_eq!(last, "[DONE]"),
    }
}

#[test]
fn a_refusal_is_an_answer_of_its_surface() {
    let decision = decision();
    for surface in WORDY {
        let created = Timestamp::from_micros(1_700_000_000_000_000);
        let answer = refusal_answer(surface, &alias(), "I will not.", &verdict(&decision), created);
        let json: Json = serde_json::from_slice(&answer).unwrap();
        assert_eq!(json["model"], "alias");
        assert_eq!(json["redoubt"]["findings"][0]["label"], "EMAIL_ADDRESS");
        let decoded =
            redoubt_wire::decode_answer(surface, surface, &alias(), MADE, answer, &Limits::default()).unwrap();
        assert!(decoded.segments.iter().any(|segment| segment.text() == "I will not."), "{surface:?}");

        let stream = refusal_stream(surface, &alias(), "I will not.", &verdict(&decision), created);
        assert_refused(surface, &events(&stream));
        let mut decoder = StreamDecoder::new(surface, surface, &alias(), MADE, &Limits::default());
        let frames = decoder.push(&stream).unwrap();
        assert!(decoder.is_done());
        let mut segments = frames.iter().flat_map(|frame| &frame.segments);
        assert!(segments.any(|segment| segment.text() == "I will not."), "{surface:?}");
    }
}

#[test]
fn a_stream_of_another_surface_is_translated_before_it_is_read() {
    let decision = decision();
    for spoken in WORDY {
        let stream = refusal_stream(spoken, &alias(), "Hello \u{fc}.", &verdict(&decision), Timestamp::default());
        for asked in WORDY {
            let model = redoubt_domain::ModelName::parse("another").unwrap();
            let mut decoder = StreamDecoder::new(asked, spoken, &model, MADE, &Limits::default());
            let mut frames = Vec::new();
            for byte in stream.chunks(1) {
                frames.extend(decoder.push(byte).unwrap_or_else(|error| panic!("{spoken:?} {asked:?}: {error:?}")));
            }
            assert!(decoder.is_done(), "{spoken:?} {asked:?}");
            assert_eq!(frames.last().unwrap().closes, Closes::All, "{spoken:?} {asked:?}");
            let deltas = frames.iter().flat_map(|frame| &frame.segments);
            let said: String = deltas
                .filter(|segment| segment.kind() == SegmentKind::Content && segment.mode == SegmentMode::Delta)
                .map(|segment| segment.text())
                .collect();
            assert_eq!(said, "Hello \u{fc}.", "{spoken:?} {asked:?}");
            let mut out = BytesMut::new();
            frames.iter().for_each(|frame| decoder.encode(frame, &mut out));
            assert!(!String::from_utf8_lossy(&out).contains("\"alias\""), "{spoken:?} {asked:?}");
            if spoken == Surface::Messages && asked != spoken {
                let out = String::from_utf8_lossy(&out);
                assert!(out.contains("1700000000") && !out.contains("\"created\":0"), "{asked:?}: {out}");
            }
        }
    }
}

#[test]
fn a_stream_can_be_refused_after_any_frame() {
    let decision = decision();
    for (surface, path) in files(".stream.txt") {
        let bytes = body(&path);
        let count =
            StreamDecoder::new(surface, surface, &alias(), MADE, &Limits::default()).push(&bytes).unwrap().len();
        for sent in 0..count - 1 {
            let mut decoder = StreamDecoder::new(surface, surface, &alias(), MADE, &Limits::default());
            let frames = decoder.push(&bytes).unwrap();
            let mut out = BytesMut::new();
            frames.iter().take(sent).for_each(|frame| decoder.encode(frame, &mut out));
            let end = decoder.refuse(sent > 0, &verdict(&decision));
            assert_refused(surface, &events(&end));
            out.extend_from_slice(&end);
            let all = events(&out.freeze());
            if surface == Surface::Messages {
                let of = |kind: &str| all.iter().filter(|event| event["type"] == kind).count();
                assert_eq!(of("message_start"), 1);
                assert_eq!(of("content_block_start"), of("content_block_stop"), "after {sent} frames");
            }
            if surface == Surface::Responses {
                let numbers: Vec<_> = all.iter().map(|event| event["sequence_number"].as_u64().unwrap()).collect();
                assert!(numbers.iter().zip(0..).all(|(number, place)| *number == place), "{numbers:?}");
                assert_eq!(all[0]["type"], "response.created");
            }
        }
    }
}

#[test]
fn a_stream_can_fail() {
    let problem =
        Problem { kind: ProblemKind::UpstreamTimeout, message: "the upstream is silent", param: None, verdict: None };
    for surface in WORDY {
        let mut decoder = StreamDecoder::new(surface, surface, &alias(), MADE, &Limits::default());
        let event = events(&decoder.fail(&problem)).remove(0);
        let message = if surface == Surface::Responses { &event["message"] } else { &event["error"]["message"] };
        assert_eq!(message, "the upstream is silent");
        assert!(decoder.is_done());
    }
}

#[test]
fn an_error_carries_the_verdict_inside() {
    let decision = decision();
    for surface in Surface::ALL {
        let problem = Problem {
            kind: ProblemKind::Blocked,
            message: "blocked by policy",
            param: None,
            verdict: Some(verdict(&decision)),
        };
        let json: Json = serde_json::from_slice(&encode_problem(surface, &problem)).unwrap();
        assert_eq!(json["error"]["code"], "content_filter");
        assert_eq!(json["error"]["redoubt"]["findings"][0]["detector"], "email");
        assert_eq!(json["error"]["redoubt"]["findings"][0]["severity"], "high");
    }
}

#[test]
fn listings_serve_both_vendors() {
    let card = ModelCard { id: alias(), owned_by: "redoubt".to_owned(), created: 1_700_000_000 };
    let json: Json = serde_json::from_slice(&encode_models(&[card])).unwrap();
    assert_eq!(json["object"], "list");
    assert_eq!(json["first_id"], "alias");
    assert_eq!(json["data"][0]["created"], 1_700_000_000);
    assert_eq!(json["data"][0]["created_at"], "2023-11-14T22:13:20.000000Z");

    let id = verdict(&decision()).request_id;
    let results = [vec![("hate", 0.7), ("prompt_injection", 0.2)], vec![]];
    let json: Json = serde_json::from_slice(&encode_moderation(&alias(), id, &results)).unwrap();
    assert_eq!(json["results"][0]["flagged"], true);
    assert_eq!(json["results"][0]["categories"]["hate"], true);
    assert_eq!(json["results"][1]["flagged"], false);
    for category in CATEGORIES {
        assert!(json["results"][1]["category_scores"][category].is_number(), "{category}");
    }
}

#[test]
fn an_answer_without_a_date_is_dated_when_it_is_translated() {
    let message = br#"{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}}"#;
    for (asked, member) in
        [(Surface::ChatCompletions, "created"), (Surface::Completions, "created"), (Surface::Responses, "created_at")]
    {
        let body = Bytes::from_static(message);
        let answer =
            redoubt_wire::decode_answer(asked, Surface::Messages, &alias(), MADE, body, &Limits::default()).unwrap();
        let json: Json = serde_json::from_slice(&redoubt_wire::encode_answer(&answer)).unwrap();
        assert_eq!(json[member], 1_700_000_000, "{asked:?}");
    }
}

#[test]
fn an_error_alone_is_told_from_an_answer() {
    let cases = [
        (r#"{"error":{"message":"no"}}"#, true),
        (r#"{"type":"error","error":{"type":"api_error","message":"no"}}"#, true),
        (r#"{"error":"no"}"#, true),
        (r#"{"error":null}"#, false),
        (r#"{"error":null,"output":[]}"#, false),
        (r#"{"error":{"code":"x"},"status":"failed","output":[]}"#, false),
        (r#"{"choices":[{"message":{"content":"the \"error\" is yours"}}]}"#, false),
        (r#"{"choices":[],"error":{"message":"half an answer"}}"#, false),
        (r#""error""#, false),
        ("", false),
    ];
    for (body, expected) in cases {
        assert_eq!(redoubt_wire::is_error_alone(body.as_bytes(), &Limits::default()), expected, "{body}");
    }
}

#[test]
fn an_error_in_a_stream_is_told_as_the_asked_surface_tells_it() {
    let error = r#"{"error":{"message":"too much to do","type":"server_error","param":null,"code":"overloaded"}}"#;
    for spoken in [Surface::ChatCompletions, Surface::Completions] {
        for asked in [Surface::ChatCompletions, Surface::Completions, Surface::Messages, Surface::Responses] {
            let mut decoder = StreamDecoder::new(asked, spoken, &alias(), MADE, &Limits::default());
            let frames = decoder.push(format!("data: {error}\n\n").as_bytes()).unwrap();
            let [frame] = frames.as_slice() else { panic!("{asked:?}: {frames:?}") };
            assert_eq!(frame.closes, Closes::All, "{asked:?}");
            assert!(decoder.is_done() && decoder.has_failed(), "{asked:?}");
            let told: serde_json::Value = serde_json::from_slice(frame.body_as_received()).unwrap();
            let message = if asked == Surface::Responses { &told["message"] } else { &told["error"]["message"] };
            assert_eq!(message, "too much to do", "{asked:?}");
            let kind = matches!(asked, Surface::Messages | Surface::Responses).then_some("error");
            assert_eq!(told["type"].as_str(), kind, "{asked:?}");
        }
    }
}
