//! The demonstration as an Anthropic message.

use bytes::Bytes;
use serde_json::{Value, json};

use super::ask::Ask;
use super::mind::{Speech, speak};
use super::{Said, cut, id, named_event, tokens};

/// Answers `ask`.
pub(super) fn answer(ask: &Ask, model: &str, stream: bool) -> Said {
    let speech = match speak(ask) {
        Speech::Words(words) => {
            let (words, complete) = cut(&words, ask.output_tokens_max);
            Block::Text { words, complete }
        }
        Speech::Call { name, arguments } => Block::Tool { name, arguments },
    };
    let id = id("msg_", &format!("{ask:?}"));
    if stream {
        Said::Streamed(streamed(ask, &speech, &id, model))
    } else {
        Said::Whole(whole(ask, &speech, &id, model))
    }
}

enum Block {
    Text { words: String, complete: bool },
    Tool { name: String, arguments: Value },
}

impl Block {
    fn stop_reason(&self) -> &'static str {
        match self {
            Self::Text { complete: true, .. } => "end_turn",
            Self::Text { complete: false, .. } => "max_tokens",
            Self::Tool { .. } => "tool_use",
        }
    }

    fn output_tokens(&self) -> usize {
        match self {
            Self::Text { words, .. } => tokens(words).len(),
            Self::Tool { name, arguments } => tokens(name).len() + tokens(&arguments.to_string()).len(),
        }
    }
}

const TOOL_ID: &str = "toolu_demo0";

fn whole(ask: &Ask, block: &Block, id: &str, model: &str) -> Value {
    let content = match block {
        Block::Text { words, .. } => json!({ "type": "text", "text": words }),
        Block::Tool { name, arguments } => {
            json!({ "type": "tool_use", "id": TOOL_ID, "name": name, "input": arguments })
        }
    };
    json!({
        "id": id,
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [content],
        "stop_reason": block.stop_reason(),
        "stop_sequence": null,
        "usage": { "input_tokens": ask.input_tokens(), "output_tokens": block.output_tokens() },
    })
}

fn streamed(ask: &Ask, block: &Block, id: &str, model: &str) -> Vec<Bytes> {
    let delta = |delta: Value| json!({ "type": "content_block_delta", "index": 0, "delta": delta });
    let start = |block: Value| json!({ "type": "content_block_start", "index": 0, "content_block": block });
    let mut events = vec![json!({
        "type": "message_start",
        "message": {
            "id": id,
            "type": "message",
            "role": "assistant",
            "model": model,
            "content": [],
            "stop_reason": null,
            "stop_sequence": null,
            "usage": { "input_tokens": ask.input_tokens(), "output_tokens": 1 },
        },
    })];
    match block {
        Block::Text { words, .. } => {
            events.push(start(json!({ "type": "text", "text": "" })));
            events.push(json!({ "type": "ping" }));
            events.extend(tokens(words).into_iter().map(|token| delta(json!({ "type": "text_delta", "text": token }))));
        }
        Block::Tool { name, arguments } => {
            events.push(start(json!({ "type": "tool_use", "id": TOOL_ID, "name": name, "input": {} })));
            let arguments = arguments.to_string();
            let pieces = tokens(&arguments);
            events.extend(
                pieces.into_iter().map(|piece| delta(json!({ "type": "input_json_delta", "partial_json": piece }))),
            );
        }
    }
    events.push(json!({ "type": "content_block_stop", "index": 0 }));
    events.push(json!({
        "type": "message_delta",
        "delta": { "stop_reason": block.stop_reason(), "stop_sequence": null },
        "usage": { "output_tokens": block.output_tokens() },
    }));
    events.push(json!({ "type": "message_stop" }));
    events.iter().map(named_event).collect()
}
