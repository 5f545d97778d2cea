//! Requests that must not be read.

use bytes::Bytes;
use redoubt_domain::{Limits, Surface};
use redoubt_wire::{DecodeError, ProblemKind, StreamDecoder, decode_answer, decode_request};

use crate::golden::{MADE, alias};

fn refusal(surface: Surface, body: &str) -> DecodeError {
    let decoded = decode_request(surface, Bytes::from(body.to_owned()), &Limits::default());
    decoded.expect_err(body)
}

#[test]
fn what_is_missing_or_misshapen_is_named() {
    let chat = Surface::ChatCompletions;
    let cases = [
        (chat, "[]", "body"),
        (chat, r#"{"messages":[]}"#, "model"),
        (chat, r#"{"model":"two words","messages":[]}"#, "model"),
        (chat, r#"{"model":7,"messages":[]}"#, "model"),
        (chat, r#"{"model":"m"}"#, "messages"),
        (chat, r#"{"model":"m","messages":{}}"#, "messages"),
        (chat, r#"{"model":"m","messages":["hello"]}"#, "messages"),
        (chat, r#"{"model":"m","messages":[],"stream":"yes"}"#, "stream"),
        (chat, r#"{"model":"m","messages":[],"n":0}"#, "n"),
        (chat, r#"{"model":"m","messages":[],"n":100000}"#, "n"),
        (chat, r#"{"model":"m","messages":[],"max_tokens":-1}"#, "max_tokens"),
        (Surface::Messages, r#"{"model":"m","max_tokens":1}"#, "messages"),
        (Surface::Responses, r#"{"model":"m","input":{"a":1}}"#, "input"),
        (Surface::Embeddings, r#"{"model":"m"}"#, "input"),
    ];
    for (surface, body, field) in cases {
        let error = refusal(surface, body);
        assert_eq!(error.param(), Some(field), "{body}: {error}");
        assert_eq!(error.kind(), ProblemKind::InvalidRequest);
    }
}

#[test]
fn duplicates_are_refused_anywhere() {
    let body = r#"{"model":"m","messages":[{"role":"user","content":"a","content":"b"}]}"#;
    assert_eq!(
        refusal(Surface::ChatCompletions, body),
        DecodeError::Json { offset: 54, problem: "the same key twice" }
    );
}

#[test]
fn bounds_hold() {
    let limits = Limits { body_bytes_max: 80, segments_max: 2, segment_bytes_max: 8, ..Limits::default() };
    let read = |content: &str| {
        let body = format!(r#"{{"model":"m","messages":[{{"role":"user","content":{content}}}]}}"#);
        decode_request(Surface::ChatCompletions, Bytes::from(body), &limits).map(|exchange| exchange.segments.len())
    };
    assert_eq!(read(r#""12345678""#), Ok(1));
    assert_eq!(read(r#""123456789""#), Err(DecodeError::TooLarge { what: "one text", max: 8 }));
    assert_eq!(read(r#"["a","b","c"]"#), Err(DecodeError::TooLarge { what: "the number of texts", max: 2 }));
    let long = format!("\"{}\"", "x".repeat(80));
    assert_eq!(read(&long), Err(DecodeError::TooLarge { what: "a request body", max: 80 }));
}

#[test]
fn answers_of_another_surface_are_not_read() {
    let check = |surface: Surface, body: &'static str, is_own: bool| {
        let read = decode_answer(surface, surface, &alias(), MADE, Bytes::from(body), &Limits::default());
        assert_eq!(read.is_ok(), is_own, "{} {body}: {read:?}", surface.name());
    };
    let chat = r#"{"choices":[{"index":0,"message":{"role":"assistant","content":"Hi"}}]}"#;
    let messages = r#"{"type":"message","role":"assistant","content":[{"type":"text","text":"Hi"}]}"#;
    let responses = r#"{"object":"response","output":[]}"#;
    let error = r#"{"error":{"message":"no"}}"#;
    for (own, body) in
        [(Surface::ChatCompletions, chat), (Surface::Messages, messages), (Surface::Responses, responses)]
    {
        for surface in [Surface::ChatCompletions, Surface::Messages, Surface::Responses, Surface::Embeddings] {
            check(surface, body, surface == own);
            check(surface, error, true);
        }
    }
    check(Surface::Completions, chat, true);
    check(Surface::Completions, r#"{"text":"Hi"}"#, false);
}

#[test]
fn events_of_another_surface_are_not_read_unless_they_say_nothing() {
    let check = |surface: Surface, data: &str, is_own: bool| {
        let mut decoder = StreamDecoder::new(surface, surface, &alias(), MADE, &Limits::default());
        let read = decoder.push(format!("data: {data}\n\n").as_bytes());
        assert_eq!(read.is_ok(), is_own, "{} {data}: {read:?}", surface.name());
    };
    let (chat, messages, responses) = (Surface::ChatCompletions, Surface::Messages, Surface::Responses);
    let chunk = r#"{"choices":[{"index":0,"delta":{"content":"Hi there"}}]}"#;
    let block = r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi there"}}"#;
    let item = r#"{"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"Hi there"}"#;
    for (own, data) in [(chat, chunk), (messages, block), (responses, item)] {
        for surface in [chat, messages, responses] {
            check(surface, data, surface == own);
        }
    }
    for surface in [chat, messages, responses] {
        check(surface, r#"{"type":"keepalive","sequence_number":3}"#, true);
        check(surface, r#"{"error":{"message":"it broke down"}}"#, true);
        check(surface, r#"{"text":"a piece of something"}"#, false);
    }
    check(chat, r#"{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}"#, true);
    check(chat, r#"{"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}"#, true);
    check(responses, r#"{"type":"response.new_kind.delta","delta":"of a later version"}"#, true);
}
