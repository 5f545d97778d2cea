//! Places where a text could hide: each must be a segment, and a text in pieces one lane.

use bytes::Bytes;
use redoubt_domain::{Exchange, Lane, Limits, Origin, Segment, SegmentMode, Surface, Timestamp};
use redoubt_wire::{DecodeError, StreamDecoder, decode_answer, decode_request};
use serde_json::{Value, json};

use crate::golden::alias;

fn request(surface: Surface, body: &Value) -> Exchange {
    decode_request(surface, Bytes::from(body.to_string()), &Limits::default()).expect("a request")
}

fn holds(segments: &[Segment], text: &str) -> bool {
    segments.iter().any(|segment| segment.text() == text)
}

/// Bodies with `word` where structure stands.
fn structured(word: &str) -> Vec<(Surface, Value)> {
    let chat = |more: Value| {
        let mut body = json!({ "model": "m", "messages": [{ "role": "user", "content": "hi" }] });
        body.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        (Surface::ChatCompletions, body)
    };
    let call = json!({ "id": word, "type": "function", "function": { "name": "f", "arguments": "{}" } });
    vec![
        chat(json!({ "service_tier": word })),
        chat(json!({ "tool_choice": { "type": "function", "function": { "name": word } } })),
        chat(json!({ "logit_bias": { word: 1 } })),
        chat(json!({ "messages": [{ "role": word, "content": "hi" }] })),
        chat(json!({ "messages": [{ "role": "assistant", "tool_calls": [call] }] })),
        chat(json!({ "tools": [{ "type": "function", "function": { "name": "f", "parameters": { "type": word } } }] })),
        (Surface::Responses, json!({ "model": "m", "input": "hi", "previous_response_id": word })),
        (Surface::Responses, json!({ "model": "m", "input": [{ "type": "reasoning", "encrypted_content": word }] })),
        (Surface::Messages, json!({ "model": "m", "messages": [], "container": word })),
    ]
}

#[test]
fn a_card_or_a_credential_is_no_structure() {
    for word in
        ["4111111111111111", "4111-1111-1111-1111", "ghp_aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5", "AKIAIOSFODNN7EXAMPLE"]
    {
        for (surface, body) in structured(word) {
            assert!(holds(&request(surface, &body).segments, word), "{body}");
        }
    }
}

#[test]
fn ids_and_the_words_of_the_surfaces_stay_structure() {
    let words = [
        "call_9pQ2xYbT0aZ81LmN4kVw7RsD",
        "toolu_01A09q90qw90lq917835lq9",
        "1b4e28ba-2fa1-11d2-883f-b9a761bde3fb",
        "functions.get_weather:0",
        "web_search_20250305",
        "assistant",
        "2025-08-25",
    ];
    for word in words {
        for (surface, body) in structured(word) {
            assert!(!holds(&request(surface, &body).segments, word), "{body}");
        }
    }
}

#[test]
fn an_item_that_nobody_knows_is_believed_no_more_than_its_sender() {
    let item = |item: Value| {
        let exchange = request(Surface::Responses, &json!({ "model": "m", "input": [item] }));
        exchange.segments.last().expect("a segment").origin
    };
    assert_eq!(item(json!({ "type": "new_kind", "words": "said" })), Origin::User);
    assert_eq!(item(json!({ "type": "new_kind_output", "words": "said" })), Origin::Tool);
    assert_eq!(item(json!({ "type": "new_kind_call", "words": "said" })), Origin::Assistant);
}

#[test]
fn an_answer_that_is_no_object_is_no_answer() {
    for body in [r#"["secret"]"#, r#""secret""#, "7", "null"] {
        for surface in [Surface::ChatCompletions, Surface::Messages, Surface::Responses, Surface::Embeddings] {
            let (body, made) = (Bytes::from_static(body.as_bytes()), Timestamp::default());
            let answer = decode_answer(surface, surface, &alias(), made, body, &Limits::default());
            assert!(matches!(answer, Err(DecodeError::Shape { .. })), "{surface:?}");
        }
        let event = format!("data: {body}\n\n");
        assert!(matches!(decoder(Surface::ChatCompletions).push(event.as_bytes()), Err(DecodeError::Shape { .. })));
    }
}

#[test]
fn the_alternatives_of_a_token_are_read_where_they_are_longer_than_tokens() {
    let alternatives = json!([{ "token": "ann@example.com", "logprob": -2 }, { "token": " short", "logprob": -3 }]);
    let token = json!({ "token": "hi", "logprob": -1, "top_logprobs": alternatives });
    let message = json!({ "role": "assistant", "content": "hi" });
    let chat = json!({ "choices": [{ "index": 0, "message": message, "logprobs": { "content": [token] } }] });
    let logprobs = json!({ "tokens": ["hi"], "top_logprobs": [{ "ann@example.com": -2, " short": -3 }] });
    let completion = json!({ "choices": [{ "index": 0, "text": "hi", "logprobs": logprobs }] });
    for (surface, body) in [(Surface::ChatCompletions, chat), (Surface::Completions, completion)] {
        let (body, made) = (Bytes::from(body.to_string()), Timestamp::default());
        let answer = decode_answer(surface, surface, &alias(), made, body, &Limits::default()).expect("an answer");
        assert!(holds(&answer.segments, "ann@example.com") && !holds(&answer.segments, " short"), "{surface:?}");
    }
}

fn decoder(surface: Surface) -> StreamDecoder {
    StreamDecoder::new(surface, surface, &alias(), Timestamp::default(), &Limits::default())
}

/// The lanes of the pieces of two events that say `piece` each.
fn lanes(surface: Surface, event: impl Fn(&str) -> Value) -> Vec<Vec<Lane>> {
    let mut decoder = decoder(surface);
    let mut read = |piece: &str| {
        let frames = decoder.push(format!("data: {}\n\n", event(piece)).as_bytes()).expect("frames");
        let segments = frames.iter().flat_map(|frame| &frame.segments);
        let pieces = segments.filter(|segment| segment.mode == SegmentMode::Delta && segment.text() == piece);
        pieces.map(|segment| segment.lane).collect::<Vec<Lane>>()
    };
    vec![read("ann@exam"), read("ple.com")]
}

#[test]
fn a_member_that_nobody_knows_may_come_in_pieces() {
    let chat = |piece: &str| json!({ "choices": [{ "index": 0, "delta": { "new_text": piece } }] });
    let messages = |piece: &str| json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "new_delta", "new_text": piece } });
    let responses = |piece: &str| json!({ "type": "response.new_thing.delta", "output_index": 0, "delta": piece });
    let all = [
        lanes(Surface::ChatCompletions, chat),
        lanes(Surface::Messages, messages),
        lanes(Surface::Responses, responses),
    ];
    for lanes in all {
        assert!(lanes[0].len() == 1 && lanes[0] == lanes[1], "{lanes:?}");
    }
}

#[test]
fn one_reasoning_under_two_names_is_two_lanes() {
    let both = |piece: &str| {
        let details = json!([{ "type": "reasoning.text", "index": 0, "text": piece }]);
        json!({ "choices": [{ "index": 0, "delta": { "reasoning": piece, "reasoning_details": details } }] })
    };
    let lanes = lanes(Surface::ChatCompletions, both);
    assert!(lanes[0].len() == 2 && lanes[0] == lanes[1] && lanes[0][0] != lanes[0][1], "{lanes:?}");
}
