//! Where in a request a text may stand, as a request of each shape.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::surfaces::Shape::{self, Chat, Completions, CountTokens, Embeddings, Messages, Moderations, Responses};

/// A place in requests of these shapes.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) place: &'static str,
    pub(crate) shapes: &'static [Shape],
    /// The body but for model and stream.
    pub(crate) body: fn(&str) -> Value,
}

/// A place that requests of these shapes do not have.
#[derive(Debug)]
pub(crate) struct Absent {
    pub(crate) place: &'static str,
    pub(crate) shapes: &'static [Shape],
    pub(crate) reason: &'static str,
}

/// Every place, in the order of the page.
pub(crate) const PLACES: &[&str] = &[
    "user message",
    "second text",
    "system message",
    "earlier answer",
    "tool description",
    "tool schema",
    "tool argument",
    "tool result",
    "file part",
    "unknown field",
    "object key",
];

/// Places whose text ties the body together and cannot be rewritten: there a mask is a refusal.
pub(crate) const RIGID: &[&str] = &["object key"];

/// The words around the texts on trial.
const HELLO: &str = "Good evening.";

#[rustfmt::skip]
pub(crate) static ROWS: &[Row] = &[
    Row { place: "user message", shapes: &[Chat], body: |text| json!({
        "messages": [{ "role": "system", "content": HELLO }, { "role": "user", "content": text }] }) },
    Row { place: "user message", shapes: &[Messages, CountTokens], body: |text| json!({
        "max_tokens": 64, "system": HELLO, "messages": [{ "role": "user", "content": text }] }) },
    Row { place: "user message", shapes: &[Completions], body: |text| json!({ "prompt": text }) },
    Row { place: "user message", shapes: &[Responses], body: |text| json!({
        "input": [{ "role": "user", "content": [{ "type": "input_text", "text": text }] }] }) },
    Row { place: "user message", shapes: &[Embeddings, Moderations], body: |text| json!({ "input": text }) },

    Row { place: "second text", shapes: &[Chat], body: |text| json!({
        "messages": [{ "role": "user", "content": [
            { "type": "text", "text": HELLO }, { "type": "text", "text": text } ] }] }) },
    Row { place: "second text", shapes: &[Messages, CountTokens], body: |text| json!({
        "max_tokens": 64, "messages": [{ "role": "user", "content": [
            { "type": "text", "text": HELLO }, { "type": "text", "text": text } ] }] }) },
    Row { place: "second text", shapes: &[Completions], body: |text| json!({ "prompt": [HELLO, text] }) },
    Row { place: "second text", shapes: &[Responses], body: |text| json!({
        "input": [{ "role": "user", "content": HELLO }, { "role": "user", "content": text }] }) },
    Row { place: "second text", shapes: &[Embeddings, Moderations], body: |text| json!({ "input": [HELLO, text] }) },

    Row { place: "system message", shapes: &[Chat], body: |text| json!({
        "messages": [{ "role": "system", "content": text }, { "role": "user", "content": HELLO }] }) },
    Row { place: "system message", shapes: &[Messages, CountTokens], body: |text| json!({
        "max_tokens": 64, "system": [{ "type": "text", "text": text }],
        "messages": [{ "role": "user", "content": HELLO }] }) },
    Row { place: "system message", shapes: &[Responses], body: |text| json!({
        "instructions": text, "input": HELLO }) },

    Row { place: "earlier answer", shapes: &[Chat, Messages, CountTokens], body: |text| json!({
        "max_tokens": 64, "messages": [
            { "role": "user", "content": HELLO }, { "role": "assistant", "content": text },
            { "role": "user", "content": HELLO }] }) },
    Row { place: "earlier answer", shapes: &[Responses], body: |text| json!({
        "input": [{ "role": "user", "content": HELLO },
            { "type": "message", "role": "assistant", "id": "msg_1", "status": "completed",
              "content": [{ "type": "output_text", "text": text, "annotations": [] }] },
            { "role": "user", "content": HELLO }] }) },

    Row { place: "tool description", shapes: &[Chat], body: |text| json!({
        "messages": [{ "role": "user", "content": HELLO }],
        "tools": [{ "type": "function", "function": { "name": "note", "description": text,
            "parameters": { "type": "object", "properties": { "note": { "type": "string" } } } } }] }) },
    Row { place: "tool description", shapes: &[Messages, CountTokens], body: |text| json!({
        "max_tokens": 64, "messages": [{ "role": "user", "content": HELLO }],
        "tools": [{ "name": "note", "description": text,
            "input_schema": { "type": "object", "properties": { "note": { "type": "string" } } } }] }) },
    Row { place: "tool description", shapes: &[Responses], body: |text| json!({
        "input": HELLO, "tools": [{ "type": "function", "name": "note", "description": text,
            "parameters": { "type": "object", "properties": { "note": { "type": "string" } } } }] }) },

    Row { place: "tool schema", shapes: &[Chat], body: |text| json!({
        "messages": [{ "role": "user", "content": HELLO }],
        "tools": [{ "type": "function", "function": { "name": "note", "description": HELLO,
            "parameters": { "type": "object", "properties": { "note": { "type": "string", "description": text } } } } }] }) },
    Row { place: "tool schema", shapes: &[Messages, CountTokens], body: |text| json!({
        "max_tokens": 64, "messages": [{ "role": "user", "content": HELLO }],
        "tools": [{ "name": "note", "description": HELLO,
            "input_schema": { "type": "object", "properties": { "note": { "type": "string", "description": text } } } }] }) },
    Row { place: "tool schema", shapes: &[Responses], body: |text| json!({
        "input": HELLO, "tools": [{ "type": "function", "name": "note", "description": HELLO,
            "parameters": { "type": "object", "properties": { "note": { "type": "string", "description": text } } } }] }) },

    Row { place: "tool argument", shapes: &[Chat], body: |text| json!({
        "messages": [{ "role": "user", "content": HELLO },
            { "role": "assistant", "content": null, "tool_calls": [{ "id": "call_1", "type": "function",
              "function": { "name": "note", "arguments": json!({ "note": text }).to_string() } }] },
            { "role": "tool", "tool_call_id": "call_1", "content": "done" }] }) },
    Row { place: "tool argument", shapes: &[Messages, CountTokens], body: |text| json!({
        "max_tokens": 64, "messages": [{ "role": "user", "content": HELLO },
            { "role": "assistant", "content": [{ "type": "tool_use", "id": "toolu_1", "name": "note", "input": { "note": text } }] },
            { "role": "user", "content": [{ "type": "tool_result", "tool_use_id": "toolu_1", "content": "done" }] }] }) },
    Row { place: "tool argument", shapes: &[Responses], body: |text| json!({
        "input": [{ "role": "user", "content": HELLO },
            { "type": "function_call", "call_id": "call_1", "name": "note", "arguments": json!({ "note": text }).to_string() },
            { "type": "function_call_output", "call_id": "call_1", "output": "done" }] }) },

    Row { place: "tool result", shapes: &[Chat], body: |text| json!({
        "messages": [{ "role": "user", "content": HELLO },
            { "role": "assistant", "content": null, "tool_calls": [{ "id": "call_1", "type": "function",
              "function": { "name": "note", "arguments": "{}" } }] },
            { "role": "tool", "tool_call_id": "call_1", "content": text }] }) },
    Row { place: "tool result", shapes: &[Messages, CountTokens], body: |text| json!({
        "max_tokens": 64, "messages": [{ "role": "user", "content": HELLO },
            { "role": "assistant", "content": [{ "type": "tool_use", "id": "toolu_1", "name": "note", "input": {} }] },
            { "role": "user", "content": [{ "type": "tool_result", "tool_use_id": "toolu_1",
              "content": [{ "type": "text", "text": text }] }] }] }) },
    Row { place: "tool result", shapes: &[Responses], body: |text| json!({
        "input": [{ "role": "user", "content": HELLO },
            { "type": "function_call", "call_id": "call_1", "name": "note", "arguments": "{}" },
            { "type": "function_call_output", "call_id": "call_1", "output": text }] }) },

    Row { place: "file part", shapes: &[Chat], body: |text| json!({
        "messages": [{ "role": "user", "content": [{ "type": "text", "text": HELLO },
            { "type": "file", "file": { "filename": "note.txt", "file_data": data_url(text) } }] }] }) },
    Row { place: "file part", shapes: &[Messages, CountTokens], body: |text| json!({
        "max_tokens": 64, "messages": [{ "role": "user", "content": [{ "type": "text", "text": HELLO },
            { "type": "document", "source": { "type": "text", "media_type": "text/plain", "data": text } }] }] }) },
    Row { place: "file part", shapes: &[Responses], body: |text| json!({
        "input": [{ "role": "user", "content": [{ "type": "input_text", "text": HELLO },
            { "type": "input_file", "filename": "note.txt", "file_data": data_url(text) }] }] }) },

    Row { place: "unknown field", shapes: &[Chat, Messages, CountTokens], body: |text| json!({
        "max_tokens": 64, "messages": [{ "role": "user", "content": HELLO }], "memory": { "notes": [text] } }) },
    Row { place: "unknown field", shapes: &[Completions], body: |text| json!({
        "prompt": HELLO, "memory": { "notes": [text] } }) },
    Row { place: "unknown field", shapes: &[Responses, Embeddings, Moderations], body: |text| json!({
        "input": HELLO, "memory": { "notes": [text] } }) },

    Row { place: "object key", shapes: &[Chat], body: |text| json!({
        "messages": [{ "role": "user", "content": HELLO }],
        "tools": [{ "type": "function", "function": { "name": "note", "description": HELLO,
            "parameters": { "type": "object", "properties": { text: { "type": "string" } } } } }] }) },
    Row { place: "object key", shapes: &[Messages, CountTokens], body: |text| json!({
        "max_tokens": 64, "messages": [{ "role": "user", "content": HELLO }],
        "tools": [{ "name": "note", "description": HELLO,
            "input_schema": { "type": "object", "properties": { text: { "type": "string" } } } }] }) },
    Row { place: "object key", shapes: &[Responses], body: |text| json!({
        "input": HELLO, "tools": [{ "type": "function", "name": "note", "description": HELLO,
            "parameters": { "type": "object", "properties": { text: { "type": "string" } } } }] }) },
    Row { place: "object key", shapes: &[Completions], body: |text| json!({ "prompt": HELLO, "memory": { text: 1 } }) },
    Row { place: "object key", shapes: &[Embeddings, Moderations], body: |text| json!({
        "input": HELLO, "memory": { text: 1 } }) },
];

pub(crate) static ABSENT: &[Absent] = &[
    Absent {
        place: "system message",
        shapes: &[Completions, Embeddings, Moderations],
        reason: "such a request has texts and no roles",
    },
    Absent {
        place: "earlier answer",
        shapes: &[Completions, Embeddings, Moderations],
        reason: "such a request has texts and no turns",
    },
    Absent {
        place: "tool description",
        shapes: &[Completions, Embeddings, Moderations],
        reason: "such a request has no tools",
    },
    Absent {
        place: "tool schema",
        shapes: &[Completions, Embeddings, Moderations],
        reason: "such a request has no tools",
    },
    Absent {
        place: "tool argument",
        shapes: &[Completions, Embeddings, Moderations],
        reason: "such a request has no tools",
    },
    Absent {
        place: "tool result",
        shapes: &[Completions, Embeddings, Moderations],
        reason: "such a request has no tools",
    },
    Absent {
        place: "file part",
        shapes: &[Completions, Embeddings, Moderations],
        reason: "such a request has no parts",
    },
];

fn data_url(text: &str) -> String {
    // A file holds what its reader reads: nothing of the body's JSON is written in it.
    format!("data:text/plain;base64,{}", STANDARD.encode(super::evasions::read(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_has_every_place_or_says_why_not() {
        for place in PLACES {
            for shape in Shape::ALL {
                let rows = ROWS.iter().filter(|row| row.place == *place && row.shapes.contains(&shape)).count();
                let absent = ABSENT.iter().filter(|row| row.place == *place && row.shapes.contains(&shape)).count();
                assert_eq!(rows + absent, 1, "{place} {shape:?}");
            }
        }
    }
}
