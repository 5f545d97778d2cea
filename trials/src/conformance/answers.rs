//! Where in an answer a text may stand, whole and streamed, as an upstream of each shape says it.

use serde_json::{Value, json};

use super::surfaces::Shape::{self, Chat, Completions, CountTokens, Embeddings, Messages, Responses};

/// A place in answers of these shapes.
pub(crate) struct Row {
    pub(crate) place: &'static str,
    pub(crate) shapes: &'static [Shape],
    pub(crate) whole: fn(&str) -> Value,
    /// The events of a stream that says these pieces one after the other, if the shape streams.
    pub(crate) stream: fn(&[String]) -> Vec<Value>,
}

/// What becomes of a text that is changed in a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// It is rewritten, and what lies around it stays.
    InPlace,
    /// The place may be emptied: it only repeats what is said elsewhere.
    Dropped,
    /// It ties the answer together: the answer is refused.
    Refused,
}

/// Every place, in the order of the page.
pub(crate) const PLACES: &[(&str, Change)] = &[
    ("content", Change::InPlace),
    ("second choice", Change::InPlace),
    ("refusal", Change::InPlace),
    ("reasoning", Change::InPlace),
    ("tool argument", Change::InPlace),
    ("unknown field", Change::InPlace),
    ("logprobs token", Change::Dropped),
    ("tool name", Change::Refused),
];

pub(crate) static ABSENT: &[super::requests::Absent] = &[
    super::requests::Absent {
        place: "content",
        shapes: &[Embeddings, CountTokens],
        reason: "such an answer is made of numbers",
    },
    super::requests::Absent {
        place: "second choice",
        shapes: &[Responses, Messages, Embeddings, CountTokens],
        reason: "such a request has one answer",
    },
    super::requests::Absent {
        place: "refusal",
        shapes: &[Completions, Messages, Embeddings, CountTokens],
        reason: "such an answer has no text of a refusal",
    },
    super::requests::Absent {
        place: "reasoning",
        shapes: &[Completions, Embeddings, CountTokens],
        reason: "such an answer tells no reasoning",
    },
    super::requests::Absent {
        place: "tool argument",
        shapes: &[Completions, Embeddings, CountTokens],
        reason: "such an answer calls no tools",
    },
    super::requests::Absent {
        place: "tool name",
        shapes: &[Completions, Embeddings, CountTokens],
        reason: "such an answer calls no tools",
    },
    super::requests::Absent {
        place: "logprobs token",
        shapes: &[Messages, Embeddings, CountTokens],
        reason: "such an answer has no log probabilities",
    },
];

const FINE: &str = "Fine.";

#[rustfmt::skip]
pub(crate) static ROWS: &[Row] = &[
    Row { place: "content", shapes: &[Chat],
        whole: |text| chat(vec![(json!({ "content": text }), Value::Null)]),
        stream: |pieces| chat_stream(pieces, 0, |piece| (json!({ "content": piece }), Value::Null)) },
    Row { place: "second choice", shapes: &[Chat],
        whole: |text| chat(vec![(json!({ "content": FINE }), Value::Null), (json!({ "content": text }), Value::Null)]),
        stream: |pieces| chat_stream(pieces, 1, |piece| (json!({ "content": piece }), Value::Null)) },
    Row { place: "refusal", shapes: &[Chat],
        whole: |text| chat(vec![(json!({ "content": null, "refusal": text }), Value::Null)]),
        stream: |pieces| chat_stream(pieces, 0, |piece| (json!({ "refusal": piece }), Value::Null)) },
    Row { place: "reasoning", shapes: &[Chat],
        whole: |text| chat(vec![(json!({ "content": FINE, "reasoning_content": text }), Value::Null)]),
        stream: |pieces| chat_stream(pieces, 0, |piece| (json!({ "reasoning_content": piece }), Value::Null)) },
    Row { place: "tool argument", shapes: &[Chat],
        whole: |text| chat(vec![(json!({ "content": null, "tool_calls": [{ "id": "call_1", "type": "function",
            "function": { "name": "note", "arguments": json!({ "note": text }).to_string() } }] }), Value::Null)]),
        stream: |pieces| chat_stream(&arguments(pieces), 0, |piece| (json!({ "tool_calls": [
            { "index": 0, "function": { "arguments": piece } }] }), Value::Null)) },
    Row { place: "unknown field", shapes: &[Chat],
        whole: |text| chat(vec![(json!({ "content": FINE, "memo": text }), Value::Null)]),
        stream: |pieces| chat_stream(pieces, 0, |piece| (json!({ "memo": piece }), Value::Null)) },
    Row { place: "logprobs token", shapes: &[Chat],
        whole: |text| chat(vec![(json!({ "content": FINE }), json!({ "content": tokens(text), "refusal": null }))]),
        stream: |pieces| chat_stream(pieces, 0, |piece| (json!({ "content": "" }),
            json!({ "content": [{ "token": piece, "logprob": -0.5, "bytes": null, "top_logprobs": [] }], "refusal": null }))) },
    Row { place: "tool name", shapes: &[Chat],
        whole: |text| chat(vec![(json!({ "content": null, "tool_calls": [{ "id": "call_1", "type": "function",
            "function": { "name": text, "arguments": "{}" } }] }), Value::Null)]),
        stream: |pieces| chat_stream(pieces, 0, |piece| (json!({ "tool_calls": [
            { "index": 0, "function": { "name": piece } }] }), Value::Null)) },

    Row { place: "content", shapes: &[Completions],
        whole: |text| completion(vec![(text, Value::Null)]),
        stream: |pieces| completion_stream(pieces, 0, |piece| json!({ "text": piece, "logprobs": null })) },
    Row { place: "second choice", shapes: &[Completions],
        whole: |text| completion(vec![(FINE, Value::Null), (text, Value::Null)]),
        stream: |pieces| completion_stream(pieces, 1, |piece| json!({ "text": piece, "logprobs": null })) },
    Row { place: "unknown field", shapes: &[Completions],
        whole: |text| { let mut answer = completion(vec![(FINE, Value::Null)]); put(&mut answer, "memo", json!(text)); answer },
        stream: |pieces| completion_stream(pieces, 0, |piece| json!({ "text": "", "memo": piece })) },
    Row { place: "logprobs token", shapes: &[Completions],
        whole: |text| completion(vec![(FINE, json!({ "tokens": characters(text), "token_logprobs": null, "top_logprobs": null, "text_offset": null }))]),
        stream: |pieces| completion_stream(pieces, 0, |piece| json!({ "text": "", "logprobs": { "tokens": [piece] } })) },

    Row { place: "content", shapes: &[Responses],
        whole: |text| response(vec![message(text_part(text, json!([])))]),
        stream: |pieces| told(pieces, "response.output_text", "text", message, |text| text_part(text, json!([])), json!({ "logprobs": [] })) },
    Row { place: "refusal", shapes: &[Responses],
        whole: |text| response(vec![message(json!({ "type": "refusal", "refusal": text }))]),
        stream: |pieces| told(pieces, "response.refusal", "refusal", message, |text| json!({ "type": "refusal", "refusal": text }), json!({})) },
    Row { place: "reasoning", shapes: &[Responses],
        whole: |text| response(vec![reasoning(json!({ "type": "summary_text", "text": text }))]),
        stream: |pieces| told(pieces, "response.reasoning_summary_text", "text", reasoning, |text| json!({ "type": "summary_text", "text": text }), json!({ "summary_index": 0 })) },
    Row { place: "tool argument", shapes: &[Responses],
        whole: |text| response(vec![call("note", &json!({ "note": text }).to_string())]),
        stream: |pieces| called(&arguments(pieces)) },
    Row { place: "unknown field", shapes: &[Responses],
        whole: |text| { let mut answer = response(vec![message(text_part(FINE, json!([])))]); put(&mut answer, "memo", json!(text)); answer },
        stream: |pieces| { let mut events = begun(); events.extend(pieces.iter().map(|piece|
            json!({ "type": "response.memo.delta", "item_id": "msg_1", "output_index": 0, "delta": piece })));
            events.push(completed(vec![message(text_part(FINE, json!([])))])); events } },
    Row { place: "logprobs token", shapes: &[Responses],
        whole: |text| response(vec![message(text_part(FINE, tokens(text)))]),
        stream: |pieces| { let mut events = begun(); events.extend(pieces.iter().map(|piece| json!({
            "type": "response.output_text.delta", "item_id": "msg_1", "output_index": 0, "content_index": 0, "delta": "",
            "logprobs": [{ "token": piece, "logprob": -0.5, "top_logprobs": [] }] })));
            events.push(completed(vec![message(text_part(FINE, json!([])))])); events } },
    Row { place: "tool name", shapes: &[Responses],
        whole: |text| response(vec![call(text, "{}")]),
        stream: |pieces| { let mut events = begun(); let name = pieces.concat();
            events.push(json!({ "type": "response.output_item.added", "output_index": 0, "item": call(&name, "") }));
            events.push(json!({ "type": "response.output_item.done", "output_index": 0, "item": call(&name, "{}") }));
            events.push(completed(vec![call(&name, "{}")])); events } },

    Row { place: "content", shapes: &[Messages],
        whole: |text| anthropic(json!([{ "type": "text", "text": text }])),
        stream: |pieces| block(json!({ "type": "text", "text": "" }), pieces, |piece| json!({ "type": "text_delta", "text": piece })) },
    Row { place: "reasoning", shapes: &[Messages],
        whole: |text| anthropic(json!([{ "type": "thinking", "thinking": text, "signature": "c2lnbmVk" }, { "type": "text", "text": FINE }])),
        stream: |pieces| block(json!({ "type": "thinking", "thinking": "" }), pieces, |piece| json!({ "type": "thinking_delta", "thinking": piece })) },
    Row { place: "tool argument", shapes: &[Messages],
        whole: |text| anthropic(json!([{ "type": "tool_use", "id": "toolu_1", "name": "note", "input": { "note": text } }])),
        stream: |pieces| block(json!({ "type": "tool_use", "id": "toolu_1", "name": "note", "input": {} }), &arguments(pieces),
            |piece| json!({ "type": "input_json_delta", "partial_json": piece })) },
    Row { place: "unknown field", shapes: &[Messages],
        whole: |text| { let mut answer = anthropic(json!([{ "type": "text", "text": FINE }])); put(&mut answer, "memo", json!(text)); answer },
        stream: |pieces| block(json!({ "type": "text", "text": "" }), pieces, |piece| json!({ "type": "memo_delta", "memo": piece })) },
    Row { place: "tool name", shapes: &[Messages],
        whole: |text| anthropic(json!([{ "type": "tool_use", "id": "toolu_1", "name": text, "input": {} }])),
        stream: |pieces| block(json!({ "type": "tool_use", "id": "toolu_1", "name": pieces.concat(), "input": {} }), &[],
            |piece| json!({ "type": "input_json_delta", "partial_json": piece })) },

    Row { place: "unknown field", shapes: &[Embeddings],
        whole: |text| json!({ "object": "list", "model": "m", "memo": text,
            "data": [{ "object": "embedding", "index": 0, "embedding": [0.25, -0.5] }], "usage": { "prompt_tokens": 1, "total_tokens": 1 } }),
        stream: |_| Vec::new() },
    Row { place: "unknown field", shapes: &[CountTokens],
        whole: |text| json!({ "input_tokens": 3, "memo": text }),
        stream: |_| Vec::new() },
];

/// A harmless answer.
pub(crate) fn fine(shape: Shape) -> Value {
    match shape {
        Chat => chat(vec![(json!({ "content": FINE }), Value::Null)]),
        Completions => completion(vec![(FINE, Value::Null)]),
        Responses => response(vec![message(text_part(FINE, json!([])))]),
        Messages => anthropic(json!([{ "type": "text", "text": FINE }])),
        Embeddings => json!({ "object": "list", "model": "m",
            "data": [{ "object": "embedding", "index": 0, "embedding": [0.25, -0.5] }],
            "usage": { "prompt_tokens": 1, "total_tokens": 1 } }),
        CountTokens => json!({ "input_tokens": 3 }),
        Shape::Moderations => json!({}),
    }
}

/// The same as a stream.
pub(crate) fn fine_stream(shape: Shape) -> Vec<Value> {
    let row = ROWS.iter().find(|row| row.place == "content" && row.shapes.contains(&shape));
    row.map_or_else(Vec::new, |row| (row.stream)(&[FINE.to_owned()]))
}

/// Server-sent events as the shape writes them: named by their types, or ended by `[DONE]`.
pub(crate) fn server_sent(shape: Shape, events: &[Value]) -> String {
    let mut out = String::new();
    let is_named = matches!(shape, Messages | Responses);
    for event in events {
        if is_named {
            let name = event.get("type").and_then(Value::as_str).unwrap_or_default();
            out.push_str(&format!("event: {name}\n"));
        }
        out.push_str(&format!("data: {event}\n\n"));
    }
    if !is_named {
        out.push_str("data: [DONE]\n\n");
    }
    out
}

/// The pieces of `{"note": "…"}`.
fn arguments(pieces: &[String]) -> Vec<String> {
    let first = "{\"note\": \"".to_owned();
    let inner = pieces.iter().map(|piece| {
        let literal = json!(piece).to_string();
        literal.get(1..literal.len() - 1).unwrap_or_default().to_owned()
    });
    std::iter::once(first).chain(inner).chain(["\"}".to_owned()]).collect()
}

fn characters(text: &str) -> Vec<String> {
    text.chars().map(String::from).collect()
}

/// Tokens of one character each.
fn tokens(text: &str) -> Value {
    let token = |token| json!({ "token": token, "logprob": -0.5, "bytes": null, "top_logprobs": [] });
    characters(text).into_iter().map(token).collect()
}

fn put(answer: &mut Value, key: &str, value: Value) {
    if let Some(members) = answer.as_object_mut() {
        members.insert(key.to_owned(), value);
    }
}

fn chat(choices: Vec<(Value, Value)>) -> Value {
    let choices: Vec<Value> = choices
        .into_iter()
        .enumerate()
        .map(|(index, (mut message, logprobs))| {
            put(&mut message, "role", json!("assistant"));
            json!({ "index": index, "message": message, "logprobs": logprobs, "finish_reason": "stop" })
        })
        .collect();
    json!({ "id": "chatcmpl-1", "object": "chat.completion", "created": 1_700_000_000, "model": "m",
        "choices": choices, "usage": { "prompt_tokens": 3, "completion_tokens": 3, "total_tokens": 6 } })
}

fn chat_stream(pieces: &[String], choice: usize, delta: fn(&str) -> (Value, Value)) -> Vec<Value> {
    let chunk = |choices: Value| {
        json!({ "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_700_000_000,
        "model": "m", "choices": choices })
    };
    let begin = |index: usize| {
        chunk(json!([{ "index": index, "delta": { "role": "assistant", "content": "" },
        "logprobs": null, "finish_reason": null }]))
    };
    let mut events: Vec<Value> = (0..=choice).map(begin).collect();
    if delta("").0.get("tool_calls").is_some() {
        let first = json!({ "tool_calls": [{ "index": 0, "id": "call_1", "type": "function",
            "function": { "name": if delta("x").0.to_string().contains("\"name\"") { "" } else { "note" }, "arguments": "" } }] });
        events.push(chunk(json!([{ "index": choice, "delta": first, "logprobs": null, "finish_reason": null }])));
    }
    for piece in pieces {
        let (delta, logprobs) = delta(piece);
        events.push(chunk(json!([{ "index": choice, "delta": delta, "logprobs": logprobs, "finish_reason": null }])));
        if choice > 0 {
            events.push(chunk(
                json!([{ "index": 0, "delta": { "content": "a" }, "logprobs": null, "finish_reason": null }]),
            ));
        }
    }
    for index in 0..=choice {
        events.push(chunk(json!([{ "index": index, "delta": {}, "logprobs": null, "finish_reason": "stop" }])));
    }
    events
}

fn completion(choices: Vec<(&str, Value)>) -> Value {
    let choices: Vec<Value> = choices
        .into_iter()
        .enumerate()
        .map(|(index, (text, logprobs))| json!({ "index": index, "text": text, "logprobs": logprobs, "finish_reason": "stop" }))
        .collect();
    json!({ "id": "cmpl-1", "object": "text_completion", "created": 1_700_000_000, "model": "m",
        "choices": choices, "usage": { "prompt_tokens": 3, "completion_tokens": 3, "total_tokens": 6 } })
}

fn completion_stream(pieces: &[String], choice: usize, text: fn(&str) -> Value) -> Vec<Value> {
    let chunk = |index: usize, mut choice: Value, finish: Value| {
        put(&mut choice, "index", json!(index));
        put(&mut choice, "finish_reason", finish);
        json!({ "id": "cmpl-1", "object": "text_completion", "created": 1_700_000_000, "model": "m", "choices": [choice] })
    };
    let mut events = Vec::new();
    for piece in pieces {
        events.push(chunk(choice, text(piece), Value::Null));
        if choice > 0 {
            events.push(chunk(0, json!({ "text": "a", "logprobs": null }), Value::Null));
        }
    }
    for index in 0..=choice {
        events.push(chunk(index, json!({ "text": "", "logprobs": null }), json!("stop")));
    }
    events
}

fn text_part(text: &str, logprobs: Value) -> Value {
    json!({ "type": "output_text", "text": text, "annotations": [], "logprobs": logprobs })
}

fn message(part: Value) -> Value {
    json!({ "type": "message", "id": "msg_1", "status": "completed", "role": "assistant", "content": [part] })
}

fn reasoning(part: Value) -> Value {
    json!({ "type": "reasoning", "id": "rs_1", "summary": [part] })
}

fn call(name: &str, arguments: &str) -> Value {
    json!({ "type": "function_call", "id": "fc_1", "call_id": "call_1", "status": "completed", "name": name,
        "arguments": arguments })
}

fn response(output: Vec<Value>) -> Value {
    json!({ "id": "resp_1", "object": "response", "created_at": 1_700_000_000, "status": "completed", "model": "m",
        "output": output, "error": null, "incomplete_details": null, "parallel_tool_calls": true, "tool_choice": "auto",
        "tools": [], "usage": { "input_tokens": 3, "output_tokens": 3, "total_tokens": 6 } })
}

fn begun() -> Vec<Value> {
    let mut begun = response(Vec::new());
    put(&mut begun, "status", json!("in_progress"));
    put(&mut begun, "usage", Value::Null);
    vec![json!({ "type": "response.created", "response": begun })]
}

fn completed(output: Vec<Value>) -> Value {
    json!({ "type": "response.completed", "response": response(output) })
}

/// A text of a response, told in pieces, then whole, then within its part, its item and the response.
fn told(
    pieces: &[String],
    stem: &str,
    whole: &str,
    item: fn(Value) -> Value,
    part: fn(&str) -> Value,
    more: Value,
) -> Vec<Value> {
    let text = pieces.concat();
    let at = |kind: &str, key: &str, value: Value| {
        let mut event = json!({ "type": kind, "item_id": "msg_1", "output_index": 0, "content_index": 0 });
        put(&mut event, key, value);
        event
    };
    let with_more = |mut event: Value| {
        for (key, value) in more.as_object().into_iter().flatten() {
            put(&mut event, key, value.clone());
        }
        event
    };
    let is_summary = stem.contains("reasoning");
    let part_event = |end: &str| {
        if is_summary {
            format!("response.reasoning_summary_part.{end}")
        } else {
            format!("response.content_part.{end}")
        }
    };
    let mut empty = item(part(""));
    put(&mut empty, if is_summary { "summary" } else { "content" }, json!([]));
    let mut events = begun();
    events.push(json!({ "type": "response.output_item.added", "output_index": 0, "item": empty }));
    events.push(with_more(at(&part_event("added"), "part", part(""))));
    for piece in pieces {
        events.push(with_more(at(&format!("{stem}.delta"), "delta", json!(piece))));
    }
    events.push(with_more(at(&format!("{stem}.done"), whole, json!(text))));
    events.push(with_more(at(&part_event("done"), "part", part(&text))));
    events.push(json!({ "type": "response.output_item.done", "output_index": 0, "item": item(part(&text)) }));
    events.push(completed(vec![item(part(&text))]));
    events
}

fn called(pieces: &[String]) -> Vec<Value> {
    let arguments = pieces.concat();
    let mut events = begun();
    events.push(json!({ "type": "response.output_item.added", "output_index": 0, "item": call("note", "") }));
    for piece in pieces {
        events.push(json!({ "type": "response.function_call_arguments.delta", "item_id": "fc_1", "output_index": 0, "delta": piece }));
    }
    events.push(json!({ "type": "response.function_call_arguments.done", "item_id": "fc_1", "output_index": 0, "arguments": arguments }));
    events.push(json!({ "type": "response.output_item.done", "output_index": 0, "item": call("note", &arguments) }));
    events.push(completed(vec![call("note", &arguments)]));
    events
}

fn anthropic(content: Value) -> Value {
    json!({ "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": content,
        "stop_reason": "end_turn", "stop_sequence": null, "usage": { "input_tokens": 3, "output_tokens": 3 } })
}

fn block(start: Value, pieces: &[String], delta: fn(&str) -> Value) -> Vec<Value> {
    let mut message = anthropic(json!([]));
    put(&mut message, "stop_reason", Value::Null);
    let mut events = vec![json!({ "type": "message_start", "message": message })];
    events.push(json!({ "type": "content_block_start", "index": 0, "content_block": start }));
    for piece in pieces {
        events.push(json!({ "type": "content_block_delta", "index": 0, "delta": delta(piece) }));
    }
    events.push(json!({ "type": "content_block_stop", "index": 0 }));
    events.push(json!({ "type": "message_delta", "delta": { "stop_reason": "end_turn", "stop_sequence": null },
        "usage": { "output_tokens": 3 } }));
    events.push(json!({ "type": "message_stop" }));
    events
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_has_every_place_or_says_why_not() {
        for (place, _) in PLACES {
            for shape in Shape::ALL.into_iter().filter(|shape| *shape != Shape::Moderations) {
                let rows = ROWS.iter().filter(|row| row.place == *place && row.shapes.contains(&shape)).count();
                let absent = ABSENT.iter().filter(|row| row.place == *place && row.shapes.contains(&shape)).count();
                assert_eq!(rows + absent, 1, "{place} {shape:?}");
            }
        }
    }
}
