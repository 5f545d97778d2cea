//! Requests that must not be read.

use bytes::Bytes;
use redoubt_domain::{Limits, Surface};
use redoubt_wire::{DecodeError, ProblemKind, decode_request};

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
