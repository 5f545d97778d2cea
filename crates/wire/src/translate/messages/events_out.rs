//! Streams for a caller that asked messages.

use std::collections::BTreeMap;

use redoubt_domain::Surface;
use serde_json::{Value, json};

use super::super::TranslateError;
use super::super::chat::only_first;
use super::super::envelope;
use super::super::fields::Result;
use super::super::pivot::{Delta, Event, Finish, Head, Piece, Tokens, typed};
use super::answer::{finish_into, tokens_into};

/// Writes the events of messages.
#[derive(Debug, Default)]
pub(crate) struct EventWriter {
    state: State,
    /// Told in `message_start` where known by then, and at the end.
    tokens: Option<Tokens>,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Idle,
    Open(Message),
    Ended,
}

#[derive(Debug, Default)]
struct Message {
    blocks: u64,
    /// The block of words or thinking that is being written.
    current: Option<(u64, Kind)>,
    /// The blocks of the calls, by the call's index. They stay open to the end, because some servers send the
    /// arguments of several calls by turns.
    calls: BTreeMap<u64, u64>,
    is_refusal: bool,
    finish: Option<Finish>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Refusal,
    Thinking,
}

impl EventWriter {
    /// Writes one step.
    pub(crate) fn write(&mut self, piece: Piece, out: &mut Vec<Event>) -> Result<()> {
        match (&mut self.state, piece) {
            (State::Ended, _) => Err(TranslateError::order("an event came after the end")),
            (_, Piece::Failure(error)) => {
                self.state = State::Ended;
                out.push(typed(envelope::error(Surface::ChatCompletions, Surface::Messages, error)));
                Ok(())
            }
            (_, Piece::Usage(tokens)) => {
                self.tokens = Some(tokens);
                Ok(())
            }
            (State::Idle, Piece::Start(head)) => {
                self.start(&head, out);
                Ok(())
            }
            (State::Open(_), Piece::Start(_)) => Err(TranslateError::order("the answer began twice")),
            (State::Idle, _) => Err(TranslateError::order("words came before the answer began")),
            (State::Open(message), Piece::Delta { choice, delta }) => {
                only_first(choice, Surface::Messages)?;
                message.delta(delta, out)
            }
            (State::Open(message), Piece::Finish { choice, finish }) => {
                only_first(choice, Surface::Messages)?;
                message.finish = Some(finish);
                message.close_all(out);
                Ok(())
            }
        }
    }

    fn start(&mut self, head: &Head, out: &mut Vec<Event>) {
        let usage = tokens_into(self.tokens.unwrap_or_default());
        out.push(typed(json!({
            "type": "message_start",
            "message": {
                "id": head.id_as("msg_"), "type": "message", "role": "assistant", "model": head.model,
                "content": [], "stop_reason": null, "stop_sequence": null, "usage": usage,
            },
        })));
        self.state = State::Open(Message::default());
    }

    /// Ends the message. One that never began is begun first: a caller reads no end without a start.
    pub(crate) fn done(&mut self, out: &mut Vec<Event>) {
        if matches!(self.state, State::Idle) {
            self.start(&Head::default(), out);
        }
        let State::Open(mut message) = std::mem::replace(&mut self.state, State::Ended) else { return };
        message.close_all(out);
        let finish = if message.is_refusal { Finish::Filter } else { message.finish.unwrap_or_default() };
        let (reason, met) = finish_into(finish);
        out.push(typed(json!({
            "type": "message_delta",
            "delta": {"stop_reason": reason, "stop_sequence": met},
            "usage": tokens_into(self.tokens.unwrap_or_default()),
        })));
        out.push(typed(json!({"type": "message_stop"})));
    }
}

impl Message {
    fn delta(&mut self, delta: Delta, out: &mut Vec<Event>) -> Result<()> {
        match delta {
            // The log probabilities cannot have been asked for.
            Delta::Text { text, logprobs: _ } => {
                let index = self.switch(Kind::Text, out);
                out.push(block_delta(index, json!({"type": "text_delta", "text": text})));
            }
            Delta::Refusal(text) => {
                self.is_refusal = true;
                let index = self.switch(Kind::Refusal, out);
                out.push(block_delta(index, json!({"type": "text_delta", "text": text})));
            }
            Delta::Reasoning(text) => {
                let index = self.switch(Kind::Thinking, out);
                out.push(block_delta(index, json!({"type": "thinking_delta", "thinking": text})));
            }
            Delta::Signature(signature) => {
                // One that comes late proves thinking whose block is closed already, and is of no use.
                if let Some((index, Kind::Thinking)) = self.current {
                    out.push(block_delta(index, json!({"type": "signature_delta", "signature": signature})));
                }
            }
            Delta::Call { index, id, name, arguments } => {
                let block = match self.calls.get(&index) {
                    Some(block) => *block,
                    None => {
                        let name = name.ok_or(TranslateError::order("a call began without a name"))?;
                        let id = id.unwrap_or_else(|| format!("call_{index}"));
                        self.close_current(out);
                        let content = json!({"type": "tool_use", "id": id, "name": name, "input": {}});
                        let block = self.open(content, out);
                        self.calls.insert(index, block);
                        block
                    }
                };
                if !arguments.is_empty() {
                    let delta = json!({"type": "input_json_delta", "partial_json": arguments});
                    out.push(block_delta(block, delta));
                }
            }
        }
        Ok(())
    }

    /// The block of this kind that is being written: the current one, or a new one.
    fn switch(&mut self, kind: Kind, out: &mut Vec<Event>) -> u64 {
        if let Some((index, current)) = self.current
            && current == kind
        {
            return index;
        }
        self.close_current(out);
        let content = match kind {
            Kind::Text | Kind::Refusal => json!({"type": "text", "text": ""}),
            Kind::Thinking => json!({"type": "thinking", "thinking": "", "signature": ""}),
        };
        let index = self.open(content, out);
        self.current = Some((index, kind));
        index
    }

    fn open(&mut self, content: Value, out: &mut Vec<Event>) -> u64 {
        let index = self.blocks;
        self.blocks += 1;
        out.push(typed(json!({"type": "content_block_start", "index": index, "content_block": content})));
        index
    }

    fn close_current(&mut self, out: &mut Vec<Event>) {
        if let Some((index, _)) = self.current.take() {
            out.push(block_stop(index));
        }
    }

    fn close_all(&mut self, out: &mut Vec<Event>) {
        self.close_current(out);
        for (_, index) in std::mem::take(&mut self.calls) {
            out.push(block_stop(index));
        }
    }
}

fn block_delta(index: u64, delta: Value) -> Event {
    typed(json!({"type": "content_block_delta", "index": index, "delta": delta}))
}

fn block_stop(index: u64) -> Event {
    typed(json!({"type": "content_block_stop", "index": index}))
}
