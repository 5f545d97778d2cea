//! Events that say two things at once, told one after the other.
//!
//! Some upstreams put the first text into the chunk that names the role, or a whole call into one chunk with
//! its id. Text that the guard holds back leaves later in a copy of the event that brought it, and OpenAI's
//! clients join whatever they get twice: the role becomes `assistantassistant`. So the text is given an event
//! of its own, which may be repeated, as OpenAI's and Anthropic's own streams do.

use bytes::Bytes;
use redoubt_domain::exchange::Closes;
use redoubt_domain::{Frame, SegmentMode, Surface};
use serde_json::{Map, Value, json};

/// Members of a chat delta that hold text.
const TEXTS: [&str; 4] = ["content", "reasoning_content", "reasoning", "refusal"];

/// The event without its text, and events that hold nothing else; `None` where there is nothing to part.
pub(super) fn split(surface: Surface, frame: &Frame) -> Option<Vec<Bytes>> {
    let holds_text = |frame: &Frame| {
        let mut deltas = frame.segments.iter().filter(|segment| segment.mode == SegmentMode::Delta);
        deltas.any(|segment| segment.kind().is_editable() && !segment.text().is_empty())
    };
    if frame.is_bare || frame.closes != Closes::Nothing || !holds_text(frame) {
        return None;
    }
    let mut head: Value = serde_json::from_slice(frame.body_as_received()).ok()?;
    let tails = match surface {
        Surface::ChatCompletions => split_chunk(&mut head)?,
        Surface::Messages => split_block(&mut head)?,
        _ => return None,
    };
    let events = std::iter::once(head).chain(tails);
    Some(events.map(|event| Bytes::from(event.to_string())).collect())
}

fn split_chunk(head: &mut Value) -> Option<Vec<Value>> {
    let members = head.as_object_mut()?;
    let envelope: Map<String, Value> = ["id", "object", "created", "model", "system_fingerprint"]
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), members.get(name)?.clone())))
        .collect();
    let mut tails = Vec::new();
    for choice in members.get_mut("choices")?.as_array_mut()? {
        // Log probabilities belong to the text and would have to move with it.
        if choice.get("logprobs").is_some_and(|logprobs| !logprobs.is_null()) {
            return None;
        }
        let index = choice.get("index").cloned().unwrap_or(json!(0));
        let delta = text_of(choice.get_mut("delta")?.as_object_mut()?);
        if delta.is_empty() {
            continue;
        }
        let mut tail = envelope.clone();
        tail.insert("choices".to_owned(), json!([{ "index": index, "delta": delta, "finish_reason": null }]));
        tails.push(Value::Object(tail));
    }
    (!tails.is_empty()).then_some(tails)
}

/// Takes the text out of a delta.
fn text_of(delta: &mut Map<String, Value>) -> Map<String, Value> {
    let mut text = Map::new();
    for name in TEXTS {
        if let Some(value) = delta.get_mut(name).and_then(taken) {
            text.insert(name.to_owned(), value);
        }
    }
    let mut calls = Vec::new();
    let all = delta.get_mut("tool_calls").and_then(Value::as_array_mut);
    for (position, call) in all.into_iter().flatten().enumerate() {
        let index = call.get("index").cloned().unwrap_or(json!(position));
        let arguments = call.get_mut("function").and_then(|function| function.get_mut("arguments")).and_then(taken);
        if let Some(arguments) = arguments {
            calls.push(json!({ "index": index, "function": { "arguments": arguments } }));
        }
    }
    if !calls.is_empty() {
        text.insert("tool_calls".to_owned(), calls.into());
    }
    text
}

/// A text that is not empty, leaving an empty one.
fn taken(value: &mut Value) -> Option<Value> {
    let is_text = value.as_str().is_some_and(|text| !text.is_empty());
    is_text.then(|| std::mem::replace(value, json!("")))
}

fn split_block(head: &mut Value) -> Option<Vec<Value>> {
    let index = head.get("index")?.clone();
    let block = head.get_mut("content_block")?;
    let (field, delta) = match block.get("type")?.as_str()? {
        "text" => ("text", "text_delta"),
        "thinking" => ("thinking", "thinking_delta"),
        _ => return None,
    };
    let text = block.get_mut(field).and_then(taken)?;
    let mut piece = json!({ "type": delta });
    piece.as_object_mut()?.insert(field.to_owned(), text);
    Some(vec![json!({ "type": "content_block_delta", "index": index, "delta": piece })])
}
