//! The vendors' answers and events, as far as the gateway itself must write them. Every field is there that
//! the vendors' own clients require.

use bytes::BytesMut;
use serde_json::{Value, json};

use crate::encode::write_event;

/// Under which name an answer goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named<'a> {
    pub(crate) id: &'a str,
    /// Seconds of the Unix epoch.
    pub(crate) created: u64,
    pub(crate) model: &'a str,
}

/// A chat completion with one choice.
pub(crate) fn chat_answer(named: Named<'_>, text: &str, finish_reason: &str) -> Value {
    json!({
        "id": named.id,
        "object": "chat.completion",
        "created": named.created,
        "model": named.model,
        "choices": [{
            "index": 0,
            "message": { "role": "assistant", "content": text, "refusal": null },
            "logprobs": null,
            "finish_reason": finish_reason,
        }],
        "usage": { "prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0 },
    })
}

/// One chunk of a chat completion.
pub(crate) fn chat_chunk(named: Named<'_>, choices: Vec<Value>) -> Value {
    json!({
        "id": named.id,
        "object": "chat.completion.chunk",
        "created": named.created,
        "model": named.model,
        "choices": choices,
    })
}

/// One choice of a chunk.
pub(crate) fn chat_choice(index: u16, delta: Value, finish_reason: Option<&str>) -> Value {
    json!({ "index": index, "delta": delta, "logprobs": null, "finish_reason": finish_reason })
}

/// A completion, or a chunk of one: they have the same shape.
pub(crate) fn completion(named: Named<'_>, choices: Vec<Value>) -> Value {
    json!({
        "id": named.id,
        "object": "text_completion",
        "created": named.created,
        "model": named.model,
        "choices": choices,
    })
}

/// One choice of a completion.
pub(crate) fn completion_choice(index: u16, text: &str, finish_reason: Option<&str>) -> Value {
    json!({ "index": index, "text": text, "logprobs": null, "finish_reason": finish_reason })
}

/// A message of Anthropic's.
pub(crate) fn message(named: Named<'_>, content: Value, stop_reason: Option<&str>) -> Value {
    json!({
        "id": named.id,
        "type": "message",
        "role": "assistant",
        "model": named.model,
        "content": content,
        "stop_reason": stop_reason,
        "stop_sequence": null,
        "usage": { "input_tokens": 0, "output_tokens": 0 },
    })
}

/// A response of OpenAI's.
pub(crate) fn response(named: Named<'_>, status: &str, output: Value, incomplete_for: Option<&str>) -> Value {
    json!({
        "id": named.id,
        "object": "response",
        "created_at": named.created,
        "status": status,
        "background": false,
        "error": null,
        "incomplete_details": incomplete_for.map(|reason| json!({ "reason": reason })),
        "instructions": null,
        "max_output_tokens": null,
        "metadata": {},
        "model": named.model,
        "output": output,
        "parallel_tool_calls": true,
        "previous_response_id": null,
        "reasoning": { "effort": null, "summary": null },
        "store": false,
        "temperature": null,
        "text": { "format": { "type": "text" } },
        "tool_choice": "auto",
        "tools": [],
        "top_p": null,
        "truncation": "disabled",
        "usage": null,
        "user": null,
    })
}

/// A message item of a response.
pub(crate) fn message_item(id: &str, status: &str, content: Value) -> Value {
    json!({ "id": id, "type": "message", "status": status, "role": "assistant", "content": content })
}

/// A text part of a message item.
pub(crate) fn text_part(text: &str) -> Value {
    json!({ "type": "output_text", "text": text, "annotations": [], "logprobs": [] })
}

/// Puts the gateway's verdict beside the vendor's own fields.
pub(crate) fn with_verdict(mut value: Value, verdict: Value) -> Value {
    if let Some(members) = value.as_object_mut() {
        members.insert("redoubt".to_owned(), verdict);
    }
    value
}

/// Writes events one after the other.
#[derive(Debug, Default)]
pub(crate) struct Script {
    out: BytesMut,
    number: u64,
}

impl Script {
    /// A script whose numbered events go on from `number`.
    pub(crate) fn from(number: u64) -> Self {
        Self { out: BytesMut::new(), number }
    }

    /// An event without a name.
    pub(crate) fn data(&mut self, data: &Value) -> &mut Self {
        write_event(None, data.to_string().as_bytes(), &mut self.out);
        self
    }

    /// An event named by the `type` of its data.
    pub(crate) fn event(&mut self, data: &Value) -> &mut Self {
        let name = data.get("type").and_then(Value::as_str);
        write_event(name, data.to_string().as_bytes(), &mut self.out);
        self
    }

    /// An event named by its type and numbered after the last.
    pub(crate) fn numbered(&mut self, mut data: Value) -> &mut Self {
        if let Some(members) = data.as_object_mut() {
            members.insert("sequence_number".to_owned(), self.number.into());
        }
        self.number += 1;
        self.event(&data)
    }

    /// The end of OpenAI's older streams.
    pub(crate) fn done(&mut self) -> &mut Self {
        write_event(None, b"[DONE]", &mut self.out);
        self
    }

    pub(crate) fn finish(self) -> bytes::Bytes {
        self.out.freeze()
    }
}
