//! Streams of an upstream that speaks messages.

use std::collections::BTreeMap;

use redoubt_domain::Surface;
use serde_json::{Value, json};

use super::super::TranslateError;
use super::super::envelope;
use super::super::fields::{Fields, Result, carries_text};
use super::super::pivot::{Delta, Piece, Tokens};
use super::answer::{finish_from, head, lone_signature, tokens_from};

/// Reads the events of messages.
#[derive(Debug, Default)]
pub(crate) struct EventReader(State);

#[derive(Debug, Default)]
enum State {
    #[default]
    Idle,
    Open(Message),
    Ended,
}

#[derive(Debug, Default)]
struct Message {
    blocks: BTreeMap<u64, Block>,
    tokens: Tokens,
    calls: u64,
    signatures: Vec<String>,
}

#[derive(Debug)]
enum Block {
    Text,
    Thinking { signature: String },
    Redacted,
    ToolUse { call: u64, is_silent: bool },
}

impl EventReader {
    /// The steps that one event holds.
    pub(crate) fn read(&mut self, data: Value) -> Result<Vec<Piece>> {
        let kind = data.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
        if kind == "error" {
            self.0 = State::Ended;
            let error = envelope::error(Surface::Messages, Surface::ChatCompletions, data);
            return Ok(vec![Piece::Failure(error)]);
        }
        if !EVENTS.contains(&kind.as_str()) {
            return if carries_text(&data) {
                Err(TranslateError::shape("type".to_owned(), "a known kind of event"))
            } else {
                Ok(Vec::new())
            };
        }
        let mut event = Fields::body(data, Surface::ChatCompletions)?;
        match (&mut self.0, kind.as_str()) {
            (_, "ping") => Ok(Vec::new()),
            (State::Idle, "message_start") => {
                let mut start = event.need_object("message")?;
                let mut message = Message::default();
                let mut pieces = vec![Piece::Start(head(&mut start)?)];
                if let Some(usage) = start.object("usage")? {
                    message.tokens = tokens_from(usage, Tokens::default())?;
                    pieces.push(Piece::Usage(message.tokens));
                }
                self.0 = State::Open(message);
                Ok(pieces)
            }
            (State::Idle, _) => Err(TranslateError::order("an event came before `message_start`")),
            (State::Ended, _) => Err(TranslateError::order("an event came after `message_stop`")),
            (State::Open(_), "message_start") => Err(TranslateError::order("`message_start` came twice")),
            (State::Open(_), "message_stop") => {
                self.0 = State::Ended;
                Ok(Vec::new())
            }
            (State::Open(message), "content_block_start") => message.start(&mut event),
            (State::Open(message), "content_block_delta") => message.delta(&mut event),
            (State::Open(message), "content_block_stop") => message.stop(&mut event),
            (State::Open(message), _) => message.change(&mut event),
        }
    }
}

/// The events of a stream but for its error: <https://docs.anthropic.com/en/api/messages-streaming>.
pub(crate) const EVENTS: &[&str] = &[
    "ping",
    "message_start",
    "content_block_start",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "message_stop",
];

impl Message {
    fn start(&mut self, event: &mut Fields) -> Result<Vec<Piece>> {
        let index = event.number("index")?.ok_or_else(|| event.shape("index", "a whole number"))?;
        let mut content = event.need_object("content_block")?;
        let mut pieces = Vec::new();
        let block = match content.need_text("type")?.as_str() {
            "text" => {
                let text = content.text("text")?.unwrap_or_default();
                push_text(text, &mut pieces);
                Block::Text
            }
            "thinking" => {
                let text = content.text("thinking")?.unwrap_or_default();
                push_reasoning(text, &mut pieces);
                Block::Thinking { signature: content.text("signature")?.unwrap_or_default() }
            }
            "redacted_thinking" => Block::Redacted,
            "tool_use" => {
                let input = content.take("input").filter(|input| *input != json!({}));
                let arguments = input.map(|input| input.to_string()).unwrap_or_default();
                let call = self.calls;
                self.calls += 1;
                let is_silent = arguments.is_empty();
                let (id, name) = (content.need_text("id")?, content.need_text("name")?);
                pieces.push(Piece::delta(Delta::Call { index: call, id: Some(id), name: Some(name), arguments }));
                Block::ToolUse { call, is_silent }
            }
            _ => return Err(content.refused("type", "this kind of block has no counterpart")),
        };
        match self.blocks.insert(index, block) {
            None => Ok(pieces),
            Some(_) => Err(TranslateError::order("a block began twice")),
        }
    }

    fn delta(&mut self, event: &mut Fields) -> Result<Vec<Piece>> {
        let index = event.number("index")?.ok_or_else(|| event.shape("index", "a whole number"))?;
        let mut delta = event.need_object("delta")?;
        let block = self.blocks.get_mut(&index).ok_or(TranslateError::order("a delta came outside its block"))?;
        let mut pieces = Vec::new();
        match (block, delta.need_text("type")?.as_str()) {
            (Block::Text, "text_delta") => push_text(delta.need_text("text")?, &mut pieces),
            (Block::Thinking { .. }, "thinking_delta") => push_reasoning(delta.need_text("thinking")?, &mut pieces),
            (Block::Thinking { signature }, "signature_delta") => signature.push_str(&delta.need_text("signature")?),
            (Block::ToolUse { call, is_silent }, "input_json_delta") => {
                let arguments = delta.need_text("partial_json")?;
                if !arguments.is_empty() {
                    *is_silent = false;
                    pieces.push(Piece::delta(Delta::Call { index: *call, id: None, name: None, arguments }));
                }
            }
            _ => return Err(delta.refused("type", "this kind of delta has no counterpart in its block")),
        }
        Ok(pieces)
    }

    fn stop(&mut self, event: &mut Fields) -> Result<Vec<Piece>> {
        let index = event.number("index")?.ok_or_else(|| event.shape("index", "a whole number"))?;
        match self.blocks.remove(&index) {
            None => Err(TranslateError::order("a block ended that had not begun")),
            // A call without arguments sends no delta, but chat's arguments must be JSON.
            Some(Block::ToolUse { call, is_silent: true }) => {
                let arguments = "{}".to_owned();
                Ok(vec![Piece::delta(Delta::Call { index: call, id: None, name: None, arguments })])
            }
            Some(Block::Thinking { signature }) => {
                self.signatures.push(signature);
                Ok(Vec::new())
            }
            Some(Block::Text | Block::Redacted | Block::ToolUse { .. }) => Ok(Vec::new()),
        }
    }

    /// The message's own delta: why it ended, and its tokens.
    fn change(&mut self, event: &mut Fields) -> Result<Vec<Piece>> {
        let mut pieces = Vec::new();
        let mut delta = event.need_object("delta")?;
        if let Some(reason) = delta.text("stop_reason")? {
            // Only now is it known whether there was one piece of thinking, which alone can keep its proof.
            let signature = lone_signature(std::mem::take(&mut self.signatures));
            pieces.extend(signature.map(|signature| Piece::delta(Delta::Signature(signature))));
            let finish = finish_from(Some(&reason), delta.text("stop_sequence")?, self.calls > 0);
            pieces.push(Piece::Finish { choice: 0, finish });
        }
        if let Some(usage) = event.object("usage")? {
            self.tokens = tokens_from(usage, self.tokens)?;
            pieces.push(Piece::Usage(self.tokens));
        }
        Ok(pieces)
    }
}

fn push_text(text: String, pieces: &mut Vec<Piece>) {
    if !text.is_empty() {
        pieces.push(Piece::delta(Delta::Text { text, logprobs: None }));
    }
}

fn push_reasoning(text: String, pieces: &mut Vec<Piece>) {
    if !text.is_empty() {
        pieces.push(Piece::delta(Delta::Reasoning(text)));
    }
}
