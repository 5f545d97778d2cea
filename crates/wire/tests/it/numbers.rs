//! Numbers that are as telling as strings.

use bytes::Bytes;
use redoubt_domain::{Encoding, Exchange, Limits, Segment, SegmentMode, Surface};
use redoubt_wire::{StreamDecoder, decode_answer, decode_request, encode_answer, encode_frame};

use crate::golden::{MADE, alias};

/// A request or an answer in which every `#` is a number to be seen, and every `%` one that is structure.
fn filled(template: &str) -> String {
    template.replace('#', "4111111111111111").replace('%', "5500000000000004")
}

fn numbers(segments: &[Segment]) -> Vec<&str> {
    segments.iter().filter(|segment| segment.encoding == Encoding::Number).map(Segment::text).collect()
}

fn check(template: &str, mut exchange: Exchange) {
    let expected = template.matches('#').count();
    assert_eq!(numbers(&exchange.segments), vec!["4111111111111111"; expected], "{template}");
    for segment in exchange.segments.iter_mut().filter(|segment| segment.encoding == Encoding::Number) {
        segment.edit("[CARD_1]".to_owned());
    }
    let written = template.replace('#', "\"[CARD_1]\"").replace('%', "5500000000000004");
    assert_eq!(encode_answer(&exchange), written.as_bytes());
}

#[test]
fn numbers_of_a_request_are_read_where_strings_would_be() {
    let chat = |rest: &str| format!(r##"{{"model":"m","messages":[{{"role":"user","content":"hi"}}],{rest}}}"##);
    let messages = |content: &str| {
        format!(r##"{{"model":"m","messages":[{{"role":"assistant","content":[{content}]}}],"max_tokens":9999999}}"##)
    };
    let rows = [
        (
            Surface::Messages,
            messages(r##"{"type":"tool_use","id":"t","name":"pay","input":{"a":#,"b":[1,#,2],"c":[#]}}"##),
        ),
        (Surface::Messages, messages(r##"{"type":"tool_result","tool_use_id":"t","content":#}"##)),
        (Surface::ChatCompletions, chat(r##""metadata":{"card":#,"cards":[ # , 12, # ]},"unknown":[{"deep":#}]"##)),
        (
            Surface::ChatCompletions,
            chat(
                r##""tools":[{"type":"function","function":{"name":"f","parameters":{"properties":{"n":{"type":"integer","enum":[#],"default":#,"const":#,"examples":[#,"x"],"maximum":%,"minLength":%}}}}}]"##,
            ),
        ),
        (Surface::ChatCompletions, chat(r##""seed":%,"max_tokens":%,"logit_bias":{"50256":%},"user":#,"top_k":%"##)),
        (Surface::Embeddings, r##"{"model":"m","input":[%,%],"user":"u"}"##.to_owned()),
        (
            Surface::Responses,
            r##"{"model":"m","input":[{"type":"function_call_output","call_id":"c","output":#}]}"##.to_owned(),
        ),
    ];
    for (surface, template) in rows {
        let exchange = decode_request(surface, Bytes::from(filled(&template)), &Limits::default()).unwrap();
        check(&template, exchange);
    }
}

#[test]
fn numbers_of_an_answer_are_read_where_strings_would_be() {
    let rows = [
        (
            Surface::Messages,
            r##"{"id":"x","model":"alias","content":[{"type":"tool_use","id":"t","name":"pay","input":{"card":#}}],"usage":{"input_tokens":%}}"##,
        ),
        (
            Surface::ChatCompletions,
            r##"{"id":"x","created":%,"model":"alias","choices":[{"index":0,"seed":%,"message":{"role":"assistant","content":"a","extra":#},"logprobs":{"content":[{"token":"a","logprob":%,"bytes":[%]}]}}],"new":{"card":#}}"##,
        ),
        (Surface::Embeddings, r##"{"model":"alias","data":[{"index":%,"embedding":[%,%]}]}"##),
    ];
    for (surface, template) in rows {
        let body = Bytes::from(filled(template));
        check(template, decode_answer(surface, surface, &alias(), MADE, body, &Limits::default()).unwrap());
    }
}

#[test]
fn numbers_are_read_however_they_are_written() {
    let rows = [
        ("4.111111111111111e15", Some("4111111111111111")),
        ("-4111111111111111.0", Some("4111111111111111")),
        ("1234567", Some("1234567")),
        ("123456", None),
        ("4111111111111111.5", None),
        ("0.4111111111111111", None),
    ];
    for (literal, expected) in rows {
        let body = format!(r#"{{"model":"m","input":"x","unknown":{literal}}}"#);
        let mut exchange = decode_request(Surface::Embeddings, Bytes::from(body.clone()), &Limits::default()).unwrap();
        assert_eq!(numbers(&exchange.segments).first().copied(), expected, "{literal}");
        assert_eq!(encode_answer(&exchange), body);
        if let Some(number) = exchange.segments.iter_mut().find(|segment| segment.encoding == Encoding::Number) {
            number.edit("[N]".to_owned());
            assert_eq!(encode_answer(&exchange), body.replace(literal, "\"[N]\""));
        }
    }
}

#[test]
fn a_number_in_a_stream_is_complete_in_itself() {
    let mut decoder =
        StreamDecoder::new(Surface::ChatCompletions, Surface::ChatCompletions, &alias(), MADE, &Limits::default());
    let data =
        r##"{"id":"x","created":1700000000,"model":"m","choices":[{"index":0,"delta":{"extra":4111111111111111}}]}"##;
    let mut frames = decoder.push(format!("data: {data}\n\n").as_bytes()).unwrap();
    let number = frames[0].segments.iter_mut().find(|segment| segment.encoding == Encoding::Number).unwrap();
    assert_eq!((number.text(), number.mode), ("4111111111111111", SegmentMode::Whole));
    number.edit("[CARD_1]".to_owned());
    let mut out = bytes::BytesMut::new();
    encode_frame(&frames[0], &mut out);
    let expected = data.replace("4111111111111111", "\"[CARD_1]\"").replace("\"m\"", "\"alias\"");
    assert_eq!(out, format!("data: {expected}\n\n"));
}

#[test]
fn a_frame_says_what_no_rule_can_read() {
    let mut decoder = StreamDecoder::new(Surface::Messages, Surface::Messages, &alias(), MADE, &Limits::default());
    let data = r#"{"type":"content_block_start","index":0,"content_block":{"type":"redacted_thinking","data":"abcd"}}"#;
    let frames = decoder.push(format!("event: content_block_start\ndata: {data}\n\n").as_bytes()).unwrap();
    assert_eq!(frames[0].opaque, ["encrypted reasoning"]);
}
