//! Streams of an upstream that speaks responses.

use std::collections::BTreeMap;

use redoubt_domain::Surface;
use serde_json::{Value, json};

use super::super::TranslateError;
use super::super::fields::{Fields, Result, carries_text};
use super::super::pivot::{Delta, Piece};
use super::answer::{finish_from, head, tokens_from};

/// Reads the events of responses.
#[derive(Debug, Default)]
pub(crate) struct EventReader(State);

#[derive(Debug, Default)]
enum State {
    #[default]
    Idle,
    Open(Output),
    Ended,
}

#[derive(Debug, Default)]
struct Output {
    /// The index of a call among the calls, by that of its item.
    calls: BTreeMap<u64, u64>,
    signatures: Vec<String>,
}

/// Events that repeat what their deltas said, or say that something goes on.
const SILENT: &[&str] = &[
    "response.queued",
    "response.in_progress",
    "response.content_part.added",
    "response.content_part.done",
    "response.output_text.done",
    "response.refusal.done",
    "response.reasoning_text.done",
    "response.reasoning_summary_part.added",
    "response.reasoning_summary_part.done",
    "response.reasoning_summary_text.done",
    "response.function_call_arguments.done",
    "response.output_text.annotation.added",
];

impl EventReader {
    /// The steps that one event holds.
    pub(crate) fn read(&mut self, data: Value) -> Result<Vec<Piece>> {
        let kind = data.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
        if kind == "error" || kind == "response.failed" {
            self.0 = State::Ended;
            return Ok(vec![Piece::Failure(failure(&data))]);
        }
        if SILENT.contains(&kind.as_str()) {
            return Ok(Vec::new());
        }
        let mut event = Fields::body(data, Surface::ChatCompletions)?;
        let output = match (&mut self.0, kind.as_str()) {
            (State::Idle, "response.created") => {
                let head = head(&mut event.need_object("response")?)?;
                self.0 = State::Open(Output::default());
                return Ok(vec![Piece::Start(head)]);
            }
            (State::Open(_), "response.created") => {
                return Err(TranslateError::order("`response.created` came twice"));
            }
            (State::Idle, _) => return Err(TranslateError::order("an event came before `response.created`")),
            (State::Ended, _) => return Err(TranslateError::order("an event came after the end")),
            (State::Open(output), _) => output,
        };
        let delta = match kind.as_str() {
            "response.output_text.delta" => {
                let logprobs: Vec<Value> = event.list("logprobs")?.into_iter().map(|(_, entry)| entry).collect();
                let logprobs = Some(logprobs).filter(|entries| !entries.is_empty());
                let logprobs = logprobs.map(|entries| json!({"content": entries}));
                Delta::Text { text: event.need_text("delta")?, logprobs }
            }
            "response.refusal.delta" => Delta::Refusal(event.need_text("delta")?),
            "response.reasoning_text.delta" | "response.reasoning_summary_text.delta" => {
                Delta::Reasoning(event.need_text("delta")?)
            }
            "response.output_item.added" => return output.item_added(&mut event),
            "response.output_item.done" => return output.item_done(&mut event),
            "response.function_call_arguments.delta" => {
                let item = event.number("output_index")?;
                let index = item.and_then(|item| output.calls.get(&item));
                let index = *index.ok_or(TranslateError::order("arguments came outside their call"))?;
                Delta::Call { index, id: None, name: None, arguments: event.need_text("delta")? }
            }
            "response.completed" | "response.incomplete" => {
                let mut response = event.need_object("response")?;
                let finish = finish_from(&mut response, !output.calls.is_empty())?;
                let mut pieces = Vec::new();
                let signature = output.signatures.pop().filter(|_| output.signatures.is_empty());
                pieces.extend(signature.map(|signature| Piece::delta(Delta::Signature(signature))));
                pieces.push(Piece::Finish { choice: 0, finish });
                pieces.extend(tokens_from(&mut response)?.map(Piece::Usage));
                self.0 = State::Ended;
                return Ok(pieces);
            }
            _ => {
                event.ignore(&["type", "item_id", "event_id"]);
                return if event.values().any(carries_text) {
                    Err(TranslateError::shape("type".to_owned(), "a known kind of event"))
                } else {
                    Ok(Vec::new())
                };
            }
        };
        Ok(vec![Piece::delta(delta)])
    }
}

impl Output {
    fn item_added(&mut self, event: &mut Fields) -> Result<Vec<Piece>> {
        let index = event.number("output_index")?.ok_or_else(|| event.shape("output_index", "a whole number"))?;
        let mut item = event.need_object("item")?;
        match item.need_text("type")?.as_str() {
            "message" | "reasoning" => Ok(Vec::new()),
            "function_call" => {
                let call = self.calls.len() as u64;
                if self.calls.insert(index, call).is_some() {
                    return Err(TranslateError::order("an item began twice"));
                }
                Ok(vec![Piece::delta(Delta::Call {
                    index: call,
                    id: Some(item.need_text("call_id")?),
                    name: Some(item.need_text("name")?),
                    arguments: item.text("arguments")?.unwrap_or_default(),
                })])
            }
            _ => Err(item.refused("type", "this kind of item has no counterpart")),
        }
    }

    /// The whole item once more; only a reasoning item's proof is new.
    fn item_done(&mut self, event: &mut Fields) -> Result<Vec<Piece>> {
        self.signatures.extend(event.need_object("item")?.text("encrypted_content")?);
        Ok(Vec::new())
    }
}

/// The error of a stream in OpenAI's envelope.
fn failure(event: &Value) -> Value {
    let error = event.pointer("/response/error").filter(|error| error.is_object()).unwrap_or(event);
    let named = |key: &str| error.get(key).cloned().unwrap_or(Value::Null);
    json!({"error": {
        "message": named("message"), "type": "server_error", "param": named("param"), "code": named("code"),
    }})
}
