//! Answers that the gateway gives in the model's place when a rule blocks and the route answers with words.

use bytes::Bytes;
use redoubt_domain::{ModelName, Surface, Timestamp};
use serde_json::{Value, json};

use crate::problem::{Problem, ProblemKind, encode_problem};
use crate::shape::{self, Named, Script};
use crate::verdict::Verdict;

/// The finish reason of a blocked answer on OpenAI's surfaces.
pub(crate) const FILTERED: &str = "content_filter";
/// The stop reason of a blocked answer on Anthropic's.
pub(crate) const REFUSED: &str = "refusal";

/// A whole answer that says `text`. Surfaces that answer with numbers have no words to refuse in: theirs is
/// the error body.
pub fn refusal_answer(
    surface: Surface,
    model: &ModelName,
    text: &str,
    verdict: &Verdict<'_>,
    created: Timestamp,
) -> Bytes {
    let id = id(surface, verdict);
    let named = Named { id: &id, created: created.seconds(), model: model.as_str() };
    let answer = match surface {
        Surface::ChatCompletions => shape::chat_answer(named, text, FILTERED),
        Surface::Completions => {
            let mut answer = shape::completion(named, vec![shape::completion_choice(0, text, Some(FILTERED))]);
            if let Some(members) = answer.as_object_mut() {
                let usage = json!({ "prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0 });
                members.insert("usage".to_owned(), usage);
            }
            answer
        }
        Surface::Responses => {
            let item = shape::message_item(&item_id(verdict), "incomplete", json!([shape::text_part(text)]));
            shape::response(named, "incomplete", json!([item]), Some(FILTERED))
        }
        Surface::Messages => shape::message(named, json!([{ "type": "text", "text": text }]), Some(REFUSED)),
        Surface::Embeddings | Surface::Moderations | Surface::CountTokens => {
            return without_words(surface, text, verdict);
        }
    };
    Bytes::from(shape::with_verdict(answer, verdict.to_json()).to_string())
}

/// The same as server-sent events.
pub fn refusal_stream(
    surface: Surface,
    model: &ModelName,
    text: &str,
    verdict: &Verdict<'_>,
    created: Timestamp,
) -> Bytes {
    let id = id(surface, verdict);
    let named = Named { id: &id, created: created.seconds(), model: model.as_str() };
    let mut script = Script::default();
    match surface {
        Surface::ChatCompletions => {
            let chunk = |delta, reason| shape::chat_chunk(named, vec![shape::chat_choice(0, delta, reason)]);
            script
                .data(&chunk(json!({ "role": "assistant", "content": "" }), None))
                .data(&chunk(json!({ "content": text }), None))
                .data(&shape::with_verdict(chunk(json!({}), Some(FILTERED)), verdict.to_json()))
                .done();
        }
        Surface::Completions => {
            let chunk = |text, reason| shape::completion(named, vec![shape::completion_choice(0, text, reason)]);
            script
                .data(&chunk(text, None))
                .data(&shape::with_verdict(chunk("", Some(FILTERED)), verdict.to_json()))
                .done();
        }
        Surface::Responses => respond(&mut script, named, text, verdict),
        Surface::Messages => {
            script
                .event(&json!({ "type": "message_start", "message": shape::message(named, json!([]), None) }))
                .event(&json!({
                    "type": "content_block_start",
                    "index": 0,
                    "content_block": { "type": "text", "text": "" },
                }))
                .event(&json!({
                    "type": "content_block_delta",
                    "index": 0,
                    "delta": { "type": "text_delta", "text": text },
                }))
                .event(&json!({ "type": "content_block_stop", "index": 0 }));
            stop_message(&mut script, verdict);
        }
        Surface::Embeddings | Surface::Moderations | Surface::CountTokens => {
            return without_words(surface, text, verdict);
        }
    }
    script.finish()
}

/// The last two events of a refused message.
pub(crate) fn stop_message(script: &mut Script, verdict: &Verdict<'_>) {
    let last = json!({
        "type": "message_delta",
        "delta": { "stop_reason": REFUSED, "stop_sequence": null },
        "usage": { "output_tokens": 0 },
    });
    script.event(&shape::with_verdict(last, verdict.to_json())).event(&json!({ "type": "message_stop" }));
}

/// The last event of a refused response.
pub(crate) fn stop_response(script: &mut Script, named: Named<'_>, output: Value, verdict: &Verdict<'_>) {
    let response = shape::response(named, "incomplete", output, Some(FILTERED));
    let response = shape::with_verdict(response, verdict.to_json());
    script.numbered(json!({ "type": "response.incomplete", "response": response }));
}

/// The id that the gateway's own answers go by.
pub(crate) fn id(surface: Surface, verdict: &Verdict<'_>) -> String {
    let prefix = match surface {
        Surface::ChatCompletions => "chatcmpl-",
        Surface::Completions => "cmpl-",
        Surface::Responses => "resp_",
        Surface::Messages | Surface::CountTokens => "msg_",
        Surface::Embeddings => "embd-",
        Surface::Moderations => "modr-",
    };
    format!("{prefix}{}", verdict.request_id)
}

fn item_id(verdict: &Verdict<'_>) -> String {
    format!("msg_{}", verdict.request_id)
}

fn respond(script: &mut Script, named: Named<'_>, text: &str, verdict: &Verdict<'_>) {
    let item_id = item_id(verdict);
    let at = |kind: &str, rest: Value| {
        let mut event = json!({ "type": kind, "item_id": item_id, "output_index": 0, "content_index": 0 });
        if let (Some(members), Value::Object(rest)) = (event.as_object_mut(), rest) {
            members.extend(rest);
        }
        event
    };
    let item = |status, content| shape::message_item(&item_id, status, content);
    let whole = item("incomplete", json!([shape::text_part(text)]));
    let begun = shape::response(named, "in_progress", json!([]), None);
    script
        .numbered(json!({ "type": "response.created", "response": begun.clone() }))
        .numbered(json!({ "type": "response.in_progress", "response": begun }))
        .numbered(json!({
            "type": "response.output_item.added",
            "output_index": 0,
            "item": item("in_progress", json!([])),
        }))
        .numbered(at("response.content_part.added", json!({ "part": shape::text_part("") })))
        .numbered(at("response.output_text.delta", json!({ "delta": text, "logprobs": [] })))
        .numbered(at("response.output_text.done", json!({ "text": text, "logprobs": [] })))
        .numbered(at("response.content_part.done", json!({ "part": shape::text_part(text) })))
        .numbered(json!({ "type": "response.output_item.done", "output_index": 0, "item": whole.clone() }));
    stop_response(script, named, json!([whole]), verdict);
}

fn without_words(surface: Surface, text: &str, verdict: &Verdict<'_>) -> Bytes {
    let problem = Problem { kind: ProblemKind::Blocked, message: text, param: None, verdict: Some(*verdict) };
    encode_problem(surface, &problem)
}
