//! Names of tools that come in pieces.
//!
//! Hardly any upstream cuts a name, but nothing forbids it, and a name in pieces could say what none of its pieces
//! says. Text can be held and released later; a name cannot, for callers read it where the call begins. So the chunk
//! that names a tool waits for the next one: if that goes on with the name, both become one, and a name that
//! changes later on is refused.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use bytes::Bytes;
use memchr::memmem::Finder;
use serde_json::Value;

use crate::error::DecodeError;

/// Names of tools are no longer; vendors allow 64 to 128 characters.
const NAME_BYTES_MAX: usize = 4_096;

/// Calls of one answer whose names are kept.
const CALLS_MAX: usize = 4_096;

/// Which call of which choice; the older `function_call` is one of its own.
type Call = (u64, u64);
const FUNCTION_CALL: u64 = u64::MAX;

/// What waits for the rest of its name.
#[derive(Debug, Default)]
pub(super) struct Names {
    waiting: Option<Value>,
    known: BTreeMap<Call, String>,
}

/// What becomes of a chunk.
pub(super) enum Named {
    /// These go on, in this order.
    Ready(Vec<Bytes>),
    /// Nothing does, for now.
    Waiting,
}

impl Names {
    /// Takes the next chunk.
    pub(super) fn take(&mut self, data: Bytes) -> Result<Named, DecodeError> {
        static NAME: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"name"));
        static ESCAPED: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\\u"));
        let may_name = NAME.find(&data).is_some() || ESCAPED.find(&data).is_some();
        let named =
            may_name.then(|| serde_json::from_slice(&data).ok()).flatten().filter(|chunk| !names(chunk).is_empty());
        let Some(chunk) = named else {
            return Ok(match self.waiting.take() {
                Some(waiting) => Named::Ready(vec![self.release(&waiting)?, data]),
                None => Named::Ready(vec![data]),
            });
        };
        let Some(waiting) = &mut self.waiting else {
            self.waiting = Some(chunk);
            return Ok(Named::Waiting);
        };
        if join(waiting, &chunk) {
            let is_long = names(waiting).iter().any(|(_, name)| name.len() > NAME_BYTES_MAX);
            return if is_long { Err(wrong()) } else { Ok(Named::Waiting) };
        }
        let ready = std::mem::replace(waiting, chunk);
        Ok(Named::Ready(vec![self.release(&ready)?]))
    }

    /// What still waits when the stream ends.
    pub(super) fn finish(&mut self) -> Result<Option<Bytes>, DecodeError> {
        let waiting = self.waiting.take();
        waiting.map(|waiting| self.release(&waiting)).transpose()
    }

    fn release(&mut self, chunk: &Value) -> Result<Bytes, DecodeError> {
        for (call, name) in names(chunk) {
            // Some upstreams tell the same name with every piece.
            let is_same = self.known.get(&call).is_none_or(|known| known == name);
            if !is_same || self.known.len() >= CALLS_MAX {
                return Err(wrong());
            }
            self.known.insert(call, name.to_owned());
        }
        Ok(Bytes::from(chunk.to_string()))
    }
}

const fn wrong() -> DecodeError {
    DecodeError::Shape { field: "name", expected: "a short name of a tool, which stays as it is" }
}

/// The names that a chunk tells, with the calls they belong to.
fn names(chunk: &Value) -> Vec<(Call, &str)> {
    let mut found = Vec::new();
    for (position, choice) in chunk.get("choices").and_then(Value::as_array).into_iter().flatten().enumerate() {
        let turn = index(choice, position);
        let Some(delta) = choice.get("delta") else { continue };
        let calls = delta.get("tool_calls").and_then(Value::as_array).into_iter().flatten().enumerate();
        let calls = calls.map(|(position, call)| (index(call, position), call.get("function").or(call.get("custom"))));
        for (part, function) in calls.chain([(FUNCTION_CALL, delta.get("function_call"))]) {
            let name = function.and_then(|function| function.get("name")).and_then(Value::as_str);
            if let Some(name) = name.filter(|name| !name.is_empty()) {
                found.push(((turn, part), name));
            }
        }
    }
    found
}

fn index(value: &Value, position: usize) -> u64 {
    value.get("index").and_then(Value::as_u64).unwrap_or(position as u64)
}

/// Adds a chunk to one that waits, if it goes on with the same single call and says nothing else.
fn join(waiting: &mut Value, chunk: &Value) -> bool {
    let (Some((first, _)), Some((next, name))) = (only(names(waiting)), only(names(chunk))) else { return false };
    let says_more = chunk.pointer("/choices/0/finish_reason").is_some_and(|reason| !reason.is_null());
    if first != next || says_more || !is_call_alone(chunk) {
        return false;
    }
    let name = name.to_owned();
    let arguments = function(chunk).and_then(|function| function.get("arguments")).and_then(Value::as_str);
    let arguments = arguments.unwrap_or_default().to_owned();
    let Some(into) = function_mut(waiting) else { return false };
    for (key, piece) in [("name", name), ("arguments", arguments)] {
        match into.get_mut(key) {
            // The whole name once more is no piece of it.
            Some(Value::String(told)) if key == "name" && *told == piece => {}
            Some(Value::String(told)) => told.push_str(&piece),
            _ if piece.is_empty() => {}
            _ => into[key] = piece.into(),
        }
    }
    true
}

fn only<T>(mut found: Vec<T>) -> Option<T> {
    let one = found.pop();
    one.filter(|_| found.is_empty())
}

/// Whether the only thing a chunk says is one call.
fn is_call_alone(chunk: &Value) -> bool {
    let choices = chunk.get("choices").and_then(Value::as_array);
    let delta = choices.and_then(|choices| choices.first()).and_then(|choice| choice.get("delta"));
    let members = delta.and_then(Value::as_object);
    choices.is_some_and(|choices| choices.len() == 1)
        && members.is_some_and(|members| {
            members.iter().all(|(key, value)| {
                matches!(key.as_str(), "tool_calls" | "function_call" | "role")
                    || value.is_null()
                    || value.as_str().is_some_and(str::is_empty)
            })
        })
        && members
            .and_then(|members| members.get("tool_calls"))
            .is_none_or(|calls| calls.as_array().is_some_and(|calls| calls.len() == 1))
}

fn function(chunk: &Value) -> Option<&Value> {
    let delta = chunk.pointer("/choices/0/delta")?;
    let call = delta.pointer("/tool_calls/0");
    call.and_then(|call| call.get("function").or(call.get("custom"))).or(delta.get("function_call"))
}

fn function_mut(chunk: &mut Value) -> Option<&mut Value> {
    let delta = chunk.pointer_mut("/choices/0/delta")?;
    let path = ["/tool_calls/0/function", "/tool_calls/0/custom", "/function_call"]
        .into_iter()
        .find(|path| delta.pointer(path).is_some())?;
    delta.pointer_mut(path).filter(|function| function.is_object())
}
