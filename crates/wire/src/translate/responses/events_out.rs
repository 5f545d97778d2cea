//! Streams for a caller that asked responses.

use redoubt_domain::Surface;
use serde_json::{Value, json};

use super::super::TranslateError;
use super::super::chat::only_first;
use super::super::fields::Result;
use super::super::pivot::{Call, Delta, Event, Finish, Head, Piece, Tokens, typed};
use super::item::{Item, Part, Status, logprobs_into, reasoning_part, response};

/// Writes the events of responses.
#[derive(Debug, Default)]
pub(crate) struct EventWriter {
    state: State,
    /// The number of the next event.
    sequence: u64,
    tokens: Option<Tokens>,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Idle,
    Open(Output),
    Ended,
}

#[derive(Debug, Default)]
struct Output {
    head: Head,
    items: Vec<Item>,
    /// The item of reasoning or words that is being written.
    current: Option<usize>,
    /// The item of each call, by the call's index, which says the item's place. They stay open to the end,
    /// because some servers send the arguments of several calls by turns.
    calls: Vec<(u64, usize)>,
    finish: Option<Finish>,
}

impl EventWriter {
    /// Writes one step.
    pub(crate) fn write(&mut self, piece: Piece, out: &mut Vec<Event>) -> Result<()> {
        let from = out.len();
        let result = self.step(piece, out);
        self.number(out, from);
        result
    }

    /// Ends the response. One that never began is begun first: a caller reads no end without a start.
    pub(crate) fn done(&mut self, out: &mut Vec<Event>) {
        let from = out.len();
        if matches!(self.state, State::Idle) {
            self.start(Head::default(), out);
        }
        if let State::Open(output) = std::mem::replace(&mut self.state, State::Ended) {
            output.end(self.tokens, out);
        }
        self.number(out, from);
    }

    /// Gives each new event its number.
    fn number(&mut self, out: &mut [Event], from: usize) {
        for (_, data) in out.iter_mut().skip(from) {
            if let Some(data) = data.as_object_mut() {
                data.insert("sequence_number".to_owned(), self.sequence.into());
                self.sequence += 1;
            }
        }
    }

    fn step(&mut self, piece: Piece, out: &mut Vec<Event>) -> Result<()> {
        match (&mut self.state, piece) {
            (State::Ended, _) => Err(TranslateError::order("an event came after the end")),
            (_, Piece::Failure(error)) => {
                self.state = State::Ended;
                let named = |key: &str| error.pointer(&format!("/error/{key}")).cloned().unwrap_or(Value::Null);
                let message = named("message").as_str().unwrap_or("the upstream gave up").to_owned();
                out.push(typed(json!({
                    "type": "error", "code": named("code"), "message": message, "param": named("param"),
                })));
                Ok(())
            }
            (_, Piece::Usage(tokens)) => {
                self.tokens = Some(tokens);
                Ok(())
            }
            (State::Idle, Piece::Start(head)) => {
                self.start(head, out);
                Ok(())
            }
            (State::Open(_), Piece::Start(_)) => Err(TranslateError::order("the answer began twice")),
            (State::Idle, _) => Err(TranslateError::order("words came before the answer began")),
            (State::Open(output), Piece::Delta { choice, delta }) => {
                only_first(choice, Surface::Responses)?;
                output.delta(delta, out)
            }
            (State::Open(output), Piece::Finish { choice, finish }) => {
                only_first(choice, Surface::Responses)?;
                output.finish = Some(finish);
                Ok(())
            }
        }
    }

    fn start(&mut self, head: Head, out: &mut Vec<Event>) {
        for kind in ["response.created", "response.in_progress"] {
            let response = response(&head, Vec::new(), Status::InProgress, None, None);
            out.push(typed(json!({"type": kind, "response": response})));
        }
        self.state = State::Open(Output { head, ..Output::default() });
    }
}

impl Output {
    fn delta(&mut self, delta: Delta, out: &mut Vec<Event>) -> Result<()> {
        match delta {
            Delta::Reasoning(piece) => {
                let place = match self.current {
                    Some(place) if matches!(self.items.get(place), Some(Item::Reasoning { .. })) => place,
                    _ => self.begin(Item::Reasoning { text: String::new(), signature: None }, out),
                };
                let id = self.id(place);
                if let Some(Item::Reasoning { text, .. }) = self.items.get_mut(place) {
                    if text.is_empty() {
                        out.push(typed(json!({
                            "type": "response.content_part.added", "item_id": id, "output_index": place,
                            "content_index": 0, "part": reasoning_part(text),
                        })));
                    }
                    text.push_str(&piece);
                }
                out.push(typed(json!({
                    "type": "response.reasoning_text.delta", "item_id": id, "output_index": place,
                    "content_index": 0, "delta": piece,
                })));
            }
            Delta::Signature(proof) => {
                // The whole response at the end shows it, even where its item is closed already.
                let item = self.items.iter_mut().rev().find(|item| matches!(item, Item::Reasoning { .. }));
                if let Some(Item::Reasoning { signature, .. }) = item {
                    *signature = Some(proof);
                }
            }
            Delta::Text { text, logprobs } => {
                let logprobs = logprobs.map(logprobs_into).unwrap_or_default();
                self.words(Part::Text { text, logprobs }, out);
            }
            Delta::Refusal(text) => self.words(Part::Refusal(text), out),
            Delta::Call { index, id, name, arguments } => self.call(index, id, name, arguments, out)?,
        }
        Ok(())
    }

    /// Adds words to the message that is being written, in its last part if that is of the same kind.
    fn words(&mut self, piece: Part, out: &mut Vec<Event>) {
        let place = match self.current {
            Some(place) if matches!(self.items.get(place), Some(Item::Message(_))) => place,
            _ => self.begin(Item::Message(Vec::new()), out),
        };
        let id = self.id(place);
        let Some(Item::Message(parts)) = self.items.get_mut(place) else { return };
        let is_same = parts.last().is_some_and(|last| std::mem::discriminant(last) == std::mem::discriminant(&piece));
        if !is_same {
            if let Some(last) = parts.last() {
                part_done(last, &id, place, parts.len() - 1, out);
            }
            let empty = match piece {
                Part::Text { .. } => Part::Text { text: String::new(), logprobs: Vec::new() },
                Part::Refusal(_) => Part::Refusal(String::new()),
            };
            out.push(typed(json!({
                "type": "response.content_part.added", "item_id": id, "output_index": place,
                "content_index": parts.len(), "part": empty.value(),
            })));
            parts.push(empty);
        }
        let index = parts.len().saturating_sub(1);
        match (parts.last_mut(), piece) {
            (Some(Part::Text { text, logprobs }), Part::Text { text: more, logprobs: new }) => {
                text.push_str(&more);
                out.push(typed(json!({
                    "type": "response.output_text.delta", "item_id": id, "output_index": place,
                    "content_index": index, "delta": more, "logprobs": new,
                })));
                logprobs.extend(new);
            }
            (Some(Part::Refusal(text)), Part::Refusal(more)) => {
                text.push_str(&more);
                out.push(typed(json!({
                    "type": "response.refusal.delta", "item_id": id, "output_index": place,
                    "content_index": index, "delta": more,
                })));
            }
            _ => {}
        }
    }

    fn call(
        &mut self,
        index: u64,
        id: Option<String>,
        name: Option<String>,
        arguments: String,
        out: &mut Vec<Event>,
    ) -> Result<()> {
        let place = match self.calls.iter().find(|(call, _)| *call == index) {
            Some((_, place)) => *place,
            None => {
                let name = name.ok_or(TranslateError::order("a call began without a name"))?;
                let id = id.unwrap_or_else(|| format!("call_{index}"));
                let place = self.begin(Item::Call(Call { id, name, arguments: String::new() }), out);
                self.current = None;
                self.calls.push((index, place));
                place
            }
        };
        if arguments.is_empty() {
            return Ok(());
        }
        out.push(typed(json!({
            "type": "response.function_call_arguments.delta", "item_id": self.id(place), "output_index": place,
            "delta": arguments,
        })));
        if let Some(Item::Call(call)) = self.items.get_mut(place) {
            call.arguments.push_str(&arguments);
        }
        Ok(())
    }

    /// Closes the current item and opens this one.
    fn begin(&mut self, item: Item, out: &mut Vec<Event>) -> usize {
        self.close_current(Status::Completed, out);
        let place = self.items.len();
        out.push(typed(json!({
            "type": "response.output_item.added", "output_index": place,
            "item": item.value(&self.head, place, Status::InProgress),
        })));
        self.items.push(item);
        self.current = Some(place);
        place
    }

    fn close_current(&mut self, status: Status, out: &mut Vec<Event>) {
        if let Some(place) = self.current.take() {
            self.close(place, status, out);
        }
    }

    fn close(&self, place: usize, status: Status, out: &mut Vec<Event>) {
        let Some(item) = self.items.get(place) else { return };
        let id = item.id(&self.head, place);
        match item {
            Item::Reasoning { text, .. } if text.is_empty() => {}
            Item::Reasoning { text, .. } => {
                out.push(typed(json!({
                    "type": "response.reasoning_text.done", "item_id": id, "output_index": place,
                    "content_index": 0, "text": text,
                })));
                out.push(typed(json!({
                    "type": "response.content_part.done", "item_id": id, "output_index": place,
                    "content_index": 0, "part": reasoning_part(text),
                })));
            }
            Item::Message(parts) => {
                if let Some(last) = parts.last() {
                    part_done(last, &id, place, parts.len() - 1, out);
                }
            }
            Item::Call(call) => out.push(typed(json!({
                "type": "response.function_call_arguments.done", "item_id": id, "output_index": place,
                "name": call.name, "arguments": call.arguments,
            }))),
        }
        out.push(typed(json!({
            "type": "response.output_item.done", "output_index": place,
            "item": item.value(&self.head, place, status),
        })));
    }

    fn end(mut self, tokens: Option<Tokens>, out: &mut Vec<Event>) {
        let finish = self.finish.take().unwrap_or_default();
        let (status, reason) = Status::of(&finish);
        self.close_current(status, out);
        for (_, place) in &self.calls {
            self.close(*place, status, out);
        }
        let items = self.items.iter().enumerate();
        let items = items.map(|(place, item)| item.value(&self.head, place, status)).collect();
        let kind = if status == Status::Incomplete { "response.incomplete" } else { "response.completed" };
        let response = response(&self.head, items, status, reason, tokens);
        out.push(typed(json!({"type": kind, "response": response})));
    }

    fn id(&self, place: usize) -> String {
        self.items.get(place).map(|item| item.id(&self.head, place)).unwrap_or_default()
    }
}

fn part_done(part: &Part, id: &str, place: usize, index: usize, out: &mut Vec<Event>) {
    out.push(typed(match part {
        Part::Text { text, logprobs } => json!({
            "type": "response.output_text.done", "item_id": id, "output_index": place, "content_index": index,
            "text": text, "logprobs": logprobs,
        }),
        Part::Refusal(text) => json!({
            "type": "response.refusal.done", "item_id": id, "output_index": place, "content_index": index,
            "refusal": text,
        }),
    }));
    out.push(typed(json!({
        "type": "response.content_part.done", "item_id": id, "output_index": place, "content_index": index,
        "part": part.value(),
    })));
}
