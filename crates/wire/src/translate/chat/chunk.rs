//! Streamed chat answers.

use redoubt_domain::Surface;
use serde_json::{Map, Value, json};

use super::super::TranslateError;
use super::super::fields::{Fields, Result};
use super::super::pivot::{Delta, Event, Finish, Head, Piece, Tokens};
use super::answer::{head, reasoning, stop_reason};
use super::{finish_from, finish_into, tokens_from, tokens_into};

/// Reads chat chunks.
#[derive(Debug, Default)]
pub(crate) struct ChunkReader {
    is_started: bool,
    has_calls: bool,
}

impl ChunkReader {
    /// The steps that one chunk holds.
    pub(crate) fn read(&mut self, data: Value) -> Result<Vec<Piece>> {
        if data.get("error").is_some_and(|error| !error.is_null()) {
            return Ok(vec![Piece::Failure(data)]);
        }
        let mut chunk = Fields::body(data, Surface::ChatCompletions)?;
        let head = head(&mut chunk)?;
        let usage = chunk.object("usage")?.map(tokens_from).transpose()?;
        let choices = chunk.objects("choices")?;
        let mut pieces = Vec::new();
        // Azure begins with a chunk that has neither choices nor an id: it is no start.
        let says_something = !choices.is_empty() || usage.is_some();
        if says_something && !self.is_started {
            self.is_started = true;
            pieces.push(Piece::Start(head));
        }
        for choice in choices {
            self.read_choice(choice, &mut pieces)?;
        }
        pieces.extend(usage.map(Piece::Usage));
        Ok(pieces)
    }

    fn read_choice(&mut self, mut choice: Fields, pieces: &mut Vec<Piece>) -> Result<()> {
        let index = choice.number("index")?.unwrap_or(0);
        let mut logprobs = choice.take("logprobs");
        if let Some(mut delta) = choice.object("delta")? {
            let mut push = |delta| pieces.push(Piece::Delta { choice: index, delta });
            delta.refuse_unless("audio", |_| false, "it answers in text alone")?;
            delta.refuse_unless("function_call", |_| false, "only `tool_calls` can be carried over")?;
            let reasoning = reasoning(&mut delta)?;
            if !reasoning.is_empty() {
                push(Delta::Reasoning(reasoning));
            }
            if let Some(signature) = delta.text("reasoning_signature")? {
                push(Delta::Signature(signature));
            }
            if let Some(text) = delta.text("content")?.filter(|text| !text.is_empty()) {
                push(Delta::Text { text, logprobs: logprobs.take() });
            }
            if let Some(refusal) = delta.text("refusal")?.filter(|text| !text.is_empty()) {
                push(Delta::Refusal(refusal));
            }
            for (position, call) in delta.objects("tool_calls")?.into_iter().enumerate() {
                self.has_calls = true;
                push(read_call(call, position)?);
            }
        }
        let met = stop_reason(&mut choice);
        if let Some(reason) = choice.text("finish_reason")? {
            let finish = finish_from(Some(&reason), met, self.has_calls);
            pieces.push(Piece::Finish { choice: index, finish });
        }
        Ok(())
    }
}

fn read_call(mut call: Fields, position: usize) -> Result<Delta> {
    if call.text("type")?.is_some_and(|kind| kind != "function" && !kind.is_empty()) {
        return Err(call.refused("type", "only functions can be called there"));
    }
    let index = call.number("index")?.unwrap_or(position as u64);
    let id = call.text("id")?.filter(|id| !id.is_empty());
    let Some(mut function) = call.object("function")? else {
        return Ok(Delta::Call { index, id, name: None, arguments: String::new() });
    };
    Ok(Delta::Call {
        index,
        id,
        name: function.text("name")?.filter(|name| !name.is_empty()),
        arguments: function.text("arguments")?.unwrap_or_default(),
    })
}

/// Writes chat chunks.
#[derive(Debug, Default)]
pub(crate) struct ChunkWriter {
    head: Head,
    state: State,
    usage: Option<Tokens>,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Idle,
    /// The choices that have had their role, and those that have had their end.
    Open {
        begun: Vec<u64>,
        finished: Vec<u64>,
    },
    Ended,
}

impl ChunkWriter {
    /// Writes one step.
    pub(crate) fn write(&mut self, piece: Piece, out: &mut Vec<Event>) {
        match piece {
            Piece::Start(head) => {
                self.head = head;
                self.begin(0, out);
            }
            Piece::Delta { choice, delta } => {
                self.begin(choice, out);
                let (delta, logprobs) = delta_value(delta);
                let mut value = json!({"index": choice, "delta": delta, "finish_reason": null});
                if let (Some(logprobs), Some(value)) = (logprobs, value.as_object_mut()) {
                    value.insert("logprobs".to_owned(), logprobs);
                }
                out.push(self.chunk(value));
            }
            Piece::Finish { choice, finish } => self.finish(choice, finish, out),
            Piece::Usage(tokens) => self.usage = Some(tokens),
            Piece::Failure(error) => {
                self.state = State::Ended;
                out.push((None, error));
            }
        }
    }

    /// Sends a choice's role, once.
    fn begin(&mut self, choice: u64, out: &mut Vec<Event>) {
        match &mut self.state {
            State::Idle => self.state = State::Open { begun: vec![choice], finished: Vec::new() },
            State::Open { begun, .. } if !begun.contains(&choice) => begun.push(choice),
            State::Open { .. } | State::Ended => return,
        }
        let delta = json!({"role": "assistant", "content": "", "refusal": null});
        out.push(self.chunk(json!({"index": choice, "delta": delta, "finish_reason": null})));
    }

    fn finish(&mut self, choice: u64, finish: Finish, out: &mut Vec<Event>) {
        self.begin(choice, out);
        if let State::Open { finished, .. } = &mut self.state
            && !finished.contains(&choice)
        {
            finished.push(choice);
            let mut value = Map::new();
            value.insert("index".to_owned(), choice.into());
            value.insert("delta".to_owned(), json!({}));
            finish_into(finish, &mut value);
            out.push(self.chunk(Value::Object(value)));
        }
    }

    /// Ends every choice that has no end yet, and tells usage.
    pub(crate) fn done(&mut self, out: &mut Vec<Event>) {
        let State::Open { begun, finished } = &self.state else { return };
        let open: Vec<u64> = begun.iter().filter(|choice| !finished.contains(choice)).copied().collect();
        for choice in open {
            self.finish(choice, Finish::Stop, out);
        }
        if let Some(tokens) = self.usage {
            let Head { model, created, .. } = &self.head;
            let id = self.head.id_as("chatcmpl-");
            out.push((
                None,
                json!({
                    "id": id, "object": "chat.completion.chunk", "created": created, "model": model,
                    "choices": [], "usage": tokens_into(tokens),
                }),
            ));
        }
        self.state = State::Ended;
    }

    fn chunk(&self, choice: Value) -> Event {
        let Head { model, created, .. } = &self.head;
        let id = self.head.id_as("chatcmpl-");
        let chunk = json!({
            "id": id, "object": "chat.completion.chunk", "created": created, "model": model, "choices": [choice],
        });
        (None, chunk)
    }
}

fn delta_value(delta: Delta) -> (Value, Option<Value>) {
    match delta {
        Delta::Text { text, logprobs } => (json!({"content": text}), logprobs),
        Delta::Reasoning(text) => (json!({"reasoning_content": text}), None),
        Delta::Signature(signature) => (json!({"reasoning_signature": signature}), None),
        Delta::Refusal(text) => (json!({"refusal": text}), None),
        Delta::Call { index, id, name, arguments } => {
            let mut function = Map::new();
            if let Some(name) = name {
                function.insert("name".to_owned(), name.into());
            }
            function.insert("arguments".to_owned(), arguments.into());
            let call = match id {
                Some(id) => json!({"index": index, "id": id, "type": "function", "function": function}),
                None => json!({"index": index, "function": function}),
            };
            (json!({"tool_calls": [call]}), None)
        }
    }
}

/// A step of a choice other than the first, for a surface with room for one.
pub(crate) fn only_first(choice: u64, to: Surface) -> Result<()> {
    if choice == 0 { Ok(()) } else { Err(TranslateError::choices(to)) }
}
