//! The items of a response's output.

use serde_json::{Value, json};

use super::super::pivot::{Call, Choice, Finish, Head, Tokens};

/// One item.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Item {
    Reasoning { text: String, signature: Option<String> },
    Message(Vec<Part>),
    Call(Call),
}

/// One part of a message.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    Text { text: String, logprobs: Vec<Value> },
    Refusal(String),
}

/// How far an item or a response has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    InProgress,
    Completed,
    Incomplete,
}

impl Status {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::Incomplete => "incomplete",
        }
    }

    /// The status that follows from why an answer ended, with the reason if it is incomplete.
    pub(super) fn of(finish: &Finish) -> (Self, Option<&'static str>) {
        match finish {
            Finish::Stop | Finish::StopSequence(_) | Finish::ToolCalls => (Self::Completed, None),
            Finish::Length => (Self::Incomplete, Some("max_output_tokens")),
            Finish::Filter => (Self::Incomplete, Some("content_filter")),
        }
    }
}

impl Item {
    /// The items of a whole choice.
    pub(super) fn of(choice: Choice) -> (Vec<Self>, Finish) {
        let Choice { index: _, reasoning, signature, text, refusal, calls, finish, logprobs } = choice;
        let mut items = Vec::new();
        if !reasoning.is_empty() || signature.is_some() {
            items.push(Self::Reasoning { text: reasoning, signature });
        }
        let mut parts = Vec::new();
        if !text.is_empty() {
            parts.push(Part::Text { text, logprobs: logprobs.map(logprobs_into).unwrap_or_default() });
        }
        if !refusal.is_empty() {
            parts.push(Part::Refusal(refusal));
        }
        if !parts.is_empty() {
            items.push(Self::Message(parts));
        }
        items.extend(calls.into_iter().map(Self::Call));
        (items, finish)
    }

    /// The item's id, from the response's and its place.
    pub(super) fn id(&self, head: &Head, index: usize) -> String {
        let prefix = match self {
            Self::Reasoning { .. } => "rs",
            Self::Message(_) => "msg",
            Self::Call(_) => "fc",
        };
        format!("{prefix}_{}_{index}", head.stem())
    }

    /// The item as it is shown.
    pub(super) fn value(&self, head: &Head, index: usize, status: Status) -> Value {
        let id = self.id(head, index);
        let status = status.name();
        match self {
            Self::Reasoning { text, signature } => {
                let content: Vec<Value> =
                    Some(text).filter(|text| !text.is_empty()).map(|text| reasoning_part(text)).into_iter().collect();
                json!({
                    "id": id, "type": "reasoning", "status": status, "summary": [], "content": content,
                    "encrypted_content": signature,
                })
            }
            Self::Message(parts) => {
                let content: Vec<Value> = parts.iter().map(Part::value).collect();
                json!({"id": id, "type": "message", "status": status, "role": "assistant", "content": content})
            }
            Self::Call(Call { id: call_id, name, arguments }) => json!({
                "id": id, "type": "function_call", "status": status, "call_id": call_id, "name": name,
                "arguments": arguments,
            }),
        }
    }
}

pub(super) fn reasoning_part(text: &str) -> Value {
    json!({"type": "reasoning_text", "text": text})
}

impl Part {
    pub(super) fn value(&self) -> Value {
        match self {
            Self::Text { text, logprobs } => {
                json!({"type": "output_text", "text": text, "annotations": [], "logprobs": logprobs})
            }
            Self::Refusal(text) => json!({"type": "refusal", "refusal": text}),
        }
    }
}

/// Chat's log probabilities as the list of responses, where every entry has its bytes.
pub(super) fn logprobs_into(mut chat: Value) -> Vec<Value> {
    let Some(Value::Array(mut entries)) = chat.get_mut("content").map(Value::take) else { return Vec::new() };
    for entry in &mut entries {
        fill_bytes(entry);
        if let Some(top) = entry.get_mut("top_logprobs").and_then(Value::as_array_mut) {
            top.iter_mut().for_each(fill_bytes);
        }
    }
    entries
}

fn fill_bytes(entry: &mut Value) {
    let Some(entry) = entry.as_object_mut() else { return };
    if entry.get("bytes").is_none_or(Value::is_null) {
        let token = entry.get("token").and_then(Value::as_str).unwrap_or_default();
        let bytes: Value = token.bytes().map(Value::from).collect();
        entry.insert("bytes".to_owned(), bytes);
    }
}

/// A whole response. What it repeats of the request is not known here and has the vendor's defaults.
pub(super) fn response(
    head: &Head,
    output: Vec<Value>,
    status: Status,
    incomplete: Option<&str>,
    tokens: Option<Tokens>,
) -> Value {
    json!({
        "id": head.id_as("resp_"),
        "object": "response",
        "created_at": head.created,
        "status": status.name(),
        "error": null,
        "incomplete_details": incomplete.map(|reason| json!({"reason": reason})),
        "instructions": null,
        "max_output_tokens": null,
        "metadata": {},
        "model": head.model,
        "output": output,
        "parallel_tool_calls": true,
        "previous_response_id": null,
        "reasoning": {"effort": null, "summary": null},
        "store": false,
        "temperature": null,
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_p": null,
        "truncation": "disabled",
        "usage": tokens.map(tokens_into),
    })
}

fn tokens_into(tokens: Tokens) -> Value {
    json!({
        "input_tokens": tokens.prompt,
        "input_tokens_details": {"cached_tokens": tokens.cached, "cache_write_tokens": tokens.cache_write},
        "output_tokens": tokens.completion,
        "output_tokens_details": {"reasoning_tokens": tokens.reasoning},
        "total_tokens": tokens.total(),
    })
}
