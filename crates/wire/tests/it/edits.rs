//! Edits are spliced in, and nothing else changes.

use bytes::Bytes;
use proptest::prelude::*;
use redoubt_domain::{Encoding, Limits, Segment, Surface};
use redoubt_wire::{Outbound, asks_usage, decode_answer, decode_request, encode_answer, encode_request};

use crate::golden::{MADE, alias, body, files};
use crate::json_laws::json;

const LIMITS: fn() -> Limits = Limits::default;

/// Edits every segment that may be edited, and says what its text must be afterwards.
fn edit(segments: &mut [Segment]) -> Vec<String> {
    for (position, segment) in segments.iter_mut().enumerate() {
        if !segment.kind().is_editable() {
            continue;
        }
        segment.edit(match segment.encoding {
            Encoding::Json => format!("{{\"edited\":{position}}}"),
            _ => format!("edited {position} \"quoted\" \\ \n \u{1} ü 😀"),
        });
    }
    segments.iter().map(|segment| segment.text().to_owned()).collect()
}

#[test]
fn edited_requests_read_as_edited() {
    for (surface, path) in files(".request.json") {
        let mut exchange = decode_request(surface, body(&path), &LIMITS()).unwrap();
        let expected = edit(&mut exchange.segments);
        let again = decode_request(surface, encode_answer(&exchange), &LIMITS())
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let texts: Vec<_> = again.segments.iter().map(|segment| segment.text().to_owned()).collect();
        assert_eq!(texts, expected, "{}", path.display());
        assert_eq!(again.demand.output_tokens_max, exchange.demand.output_tokens_max);
    }
}

#[test]
fn edited_answers_read_as_edited_and_lose_their_log_probabilities() {
    for (surface, path) in files(".answer.json") {
        let mut answer = decode_answer(surface, surface, &alias(), MADE, body(&path), &LIMITS()).unwrap();
        // Strings within a companion vanish with it.
        let companions: Vec<_> = answer.segments.iter().filter_map(Segment::companion).collect();
        let stays = |segment: &Segment| !companions.iter().any(|gone| gone.contains(&segment.span().start));
        let stay: Vec<bool> = answer.segments.iter().map(stays).collect();
        let expected = edit(&mut answer.segments);
        let expected: Vec<_> =
            expected.into_iter().zip(stay).filter(|(_, stays)| *stays).map(|(text, _)| text).collect();

        let encoded = encode_answer(&answer);
        let again = decode_answer(surface, surface, &alias(), MADE, encoded.clone(), &LIMITS()).unwrap();
        let texts: Vec<_> = again.segments.iter().map(|segment| segment.text().to_owned()).collect();
        assert_eq!(texts, expected, "{}", path.display());
        assert!(again.segments.iter().all(|segment| segment.companion().is_none()));
        let _: serde_json::Value = serde_json::from_slice(&encoded).unwrap();
    }
}

#[test]
fn one_edit_touches_no_other_byte() {
    let body = r#"{ "model" : "m", "x":1.50,  "messages":[{"role":"user","content":"a\u0062c"}, {"role":"user","content":"d"}]}"#;
    let mut exchange = decode_request(Surface::ChatCompletions, Bytes::from(body), &LIMITS()).unwrap();
    let segment = exchange.segments.iter_mut().find(|segment| segment.text() == "abc").unwrap();
    segment.edit("[EMAIL]".to_owned());
    assert_eq!(encode_answer(&exchange), body.replace(r#""a\u0062c""#, r#""[EMAIL]""#));
}

#[test]
fn a_request_for_the_upstream_has_its_name_for_the_model_and_asks_for_usage() {
    let cases = [
        (r#"{"stream":true}"#, r#"{"stream_options":{"include_usage":true},"stream":true}"#, false),
        (r#"{"stream":false}"#, r#"{"stream":false}"#, true),
        (r#"{"stream":true,"stream_options":{}}"#, r#"{"stream":true,"stream_options":{"include_usage":true}}"#, false),
        (
            r#"{"stream":true,"stream_options":null}"#,
            r#"{"stream":true,"stream_options":{"include_usage":true}}"#,
            false,
        ),
        (
            r#"{"stream":true,"stream_options":{ "a":1}}"#,
            r#"{"stream":true,"stream_options":{"include_usage":true, "a":1}}"#,
            false,
        ),
        (
            r#"{"stream":true,"stream_options":{"include_usage":false}}"#,
            r#"{"stream":true,"stream_options":{"include_usage":true}}"#,
            false,
        ),
        (
            r#"{"stream":true,"stream_options":{"include_usage":true}}"#,
            r#"{"stream":true,"stream_options":{"include_usage":true}}"#,
            true,
        ),
    ];
    let rest = r#","model":"alias","messages":[]}"#;
    for (asked, expected, asks) in cases {
        let whole = |head: &str| format!("{}{rest}", head.strip_suffix('}').unwrap());
        let exchange = decode_request(Surface::ChatCompletions, Bytes::from(whole(asked)), &LIMITS()).unwrap();
        assert_eq!(asks_usage(&exchange), asks, "{asked}");
        let model = redoubt_domain::ModelName::parse("real/model").unwrap();
        let outbound =
            Outbound { spoken: Surface::ChatCompletions, model: &model, ask_usage: true, output_tokens_default: 1 };
        let sent = encode_request(&exchange, &outbound).unwrap();
        assert_eq!(sent, whole(expected).replace("alias", "real/model"), "{asked}");
    }
}

#[test]
fn an_edited_name_of_a_model_gives_way_to_the_name_that_goes_out() {
    let body = r#"{"model":"ann@example.com","prompt":"hi"}"#;
    let mut exchange = decode_request(Surface::Completions, Bytes::from(body), &LIMITS()).unwrap();
    let named = exchange.segments.iter_mut().find(|segment| segment.text() == "ann@example.com").unwrap();
    named.edit("[EMAIL_ADDRESS]".to_owned());
    let model = redoubt_domain::ModelName::parse("real/model").unwrap();
    let spoken = Surface::Completions;
    let outbound = Outbound { spoken, model: &model, ask_usage: true, output_tokens_default: 1 };
    assert_eq!(encode_request(&exchange, &outbound).unwrap(), body.replace("ann@example.com", "real/model"));
}

/// Every string and key of a value.
fn strings(json: &serde_json::Value, all: &mut Vec<String>) {
    match json {
        serde_json::Value::String(text) => all.push(text.clone()),
        serde_json::Value::Array(items) => items.iter().for_each(|item| strings(item, all)),
        serde_json::Value::Object(members) => members.iter().for_each(|(key, member)| {
            all.push(key.clone());
            strings(member, all);
        }),
        _ => {}
    }
}

proptest! {
    #[test]
    fn whatever_is_in_a_request_is_a_segment_and_leaves_as_it_came(content in json(), unknown in json(), pretty: bool) {
        let request = serde_json::json!({
            "model": "m",
            "messages": [{ "role": "user", "content": content, "unknown": unknown }],
            "also_unknown": [unknown],
        });
        let body = if pretty { serde_json::to_vec_pretty(&request) } else { serde_json::to_vec(&request) }.unwrap();
        let exchange = decode_request(Surface::ChatCompletions, Bytes::from(body.clone()), &LIMITS()).unwrap();
        prop_assert_eq!(encode_answer(&exchange), &body);
        let seen: std::collections::HashSet<&str> = exchange.segments.iter().map(Segment::text).collect();
        let mut expected = Vec::new();
        strings(&unknown, &mut expected);
        for text in expected {
            prop_assert!(seen.contains(text.as_str()), "{text:?}");
        }
    }

    #[test]
    fn whatever_is_in_an_answer_leaves_as_it_came(content in json(), unknown in json()) {
        for surface in Surface::ALL {
            let answer = serde_json::json!({
                "model": "alias", "content": content, "output": [unknown], "data": [content], "unknown": unknown,
                "results": unknown, "input_tokens": 7,
                "choices": [{ "message": { "content": content, "tool_calls": unknown }, "logprobs": unknown, "text": content }],
            });
            let body = Bytes::from(answer.to_string());
            let decoded = decode_answer(surface, surface, &alias(), MADE, body.clone(), &LIMITS()).unwrap();
            prop_assert_eq!(encode_answer(&decoded), body);
        }
    }
}
