//! Taking a JSON object apart so that nothing in it is lost by oversight.
//!
//! A translation takes out what it carries over, names what it may drop, and calls [`Fields::finish`]:
//! whatever is then left is refused. So a field that a vendor adds tomorrow is an error that names it, not a
//! silent change of meaning.

use redoubt_domain::Surface;
use serde_json::{Map, Value};

use super::TranslateError;

pub(super) type Result<T> = std::result::Result<T, TranslateError>;

/// An object being taken apart, with its place in the body for messages to people.
#[derive(Debug)]
pub(super) struct Fields {
    map: Map<String, Value>,
    at: String,
    to: Surface,
}

impl Fields {
    /// The body as a whole, on its way to `to`.
    pub(super) fn body(value: Value, to: Surface) -> Result<Self> {
        Self::at(value, String::new(), to)
    }

    /// The object at `at`.
    pub(super) fn at(value: Value, at: String, to: Surface) -> Result<Self> {
        match value {
            Value::Object(map) => Ok(Self { map, at, to }),
            _ => Err(TranslateError::shape(if at.is_empty() { "body".to_owned() } else { at }, "an object")),
        }
    }

    /// Where `key` of this object lies in the body.
    pub(super) fn path(&self, key: &str) -> String {
        if self.at.is_empty() { key.to_owned() } else { format!("{}.{key}", self.at) }
    }

    /// Takes a value out. `null` counts as absent, as it does for both vendors.
    pub(super) fn take(&mut self, key: &str) -> Option<Value> {
        self.map.remove(key).filter(|value| !value.is_null())
    }

    /// Takes a string out.
    pub(super) fn text(&mut self, key: &str) -> Result<Option<String>> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(TranslateError::shape(self.path(key), "a string")),
        }
    }

    /// Takes a string out that must be there.
    pub(super) fn need_text(&mut self, key: &str) -> Result<String> {
        self.text(key)?.ok_or_else(|| TranslateError::shape(self.path(key), "a string"))
    }

    /// Takes a whole number out.
    pub(super) fn number(&mut self, key: &str) -> Result<Option<u64>> {
        let Some(value) = self.take(key) else { return Ok(None) };
        value.as_u64().map(Some).ok_or_else(|| TranslateError::shape(self.path(key), "a whole number"))
    }

    /// Takes a boolean out.
    pub(super) fn flag(&mut self, key: &str) -> Result<Option<bool>> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(_) => Err(TranslateError::shape(self.path(key), "true or false")),
        }
    }

    /// Takes a list out, each element with its place. Absent is empty.
    pub(super) fn list(&mut self, key: &str) -> Result<Vec<(String, Value)>> {
        match self.take(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => Ok(places(self.path(key), items)),
            Some(_) => Err(TranslateError::shape(self.path(key), "a list")),
        }
    }

    /// Takes a list of objects out. Absent is empty.
    pub(super) fn objects(&mut self, key: &str) -> Result<Vec<Self>> {
        let to = self.to;
        self.list(key)?.into_iter().map(|(at, item)| Self::at(item, at, to)).collect()
    }

    /// The objects of a list that was taken out from `key`.
    pub(super) fn parts(&self, key: &str, items: Vec<Value>) -> Result<Vec<Self>> {
        places(self.path(key), items).into_iter().map(|(at, item)| Self::at(item, at, self.to)).collect()
    }

    /// Takes an object out.
    pub(super) fn object(&mut self, key: &str) -> Result<Option<Self>> {
        let Some(value) = self.take(key) else { return Ok(None) };
        Self::at(value, self.path(key), self.to).map(Some)
    }

    /// Takes an object out that must be there.
    pub(super) fn need_object(&mut self, key: &str) -> Result<Self> {
        self.object(key)?.ok_or_else(|| TranslateError::shape(self.path(key), "an object"))
    }

    /// Moves a value over as it is, under another name.
    pub(super) fn carry(&mut self, key: &str, into: &mut Map<String, Value>, name: &str) {
        if let Some(value) = self.take(key) {
            into.insert(name.to_owned(), value);
        }
    }

    /// Moves values over as they are.
    pub(super) fn carry_all(&mut self, keys: &[&str], into: &mut Map<String, Value>) {
        for key in keys {
            self.carry(key, into, key);
        }
    }

    /// Drops hints whose absence changes no meaning.
    pub(super) fn ignore(&mut self, keys: &[&str]) {
        for key in keys {
            self.map.remove(*key);
        }
    }

    /// Drops a value that says what holds anyway; refuses any other.
    pub(super) fn refuse_unless(
        &mut self,
        key: &str,
        is_default: impl FnOnce(&Value) -> bool,
        reason: &'static str,
    ) -> Result<()> {
        match self.take(key) {
            Some(value) if !is_default(&value) => Err(self.refused(key, reason)),
            _ => Ok(()),
        }
    }

    /// The values that are left.
    pub(super) fn values(&self) -> impl Iterator<Item = &Value> {
        self.map.values()
    }

    /// The error that `key` cannot be carried over.
    pub(super) fn refused(&self, key: &str, reason: &'static str) -> TranslateError {
        TranslateError::Unsupported { field: self.path(key), to: self.to.name(), reason }
    }

    /// The error that `key` is not what it must be.
    pub(super) fn shape(&self, key: &str, expected: &'static str) -> TranslateError {
        TranslateError::shape(self.path(key), expected)
    }

    /// Refuses whatever is left, with the reason listed for it.
    pub(super) fn finish(self, reasons: &[(&str, &'static str)]) -> Result<()> {
        let Some((key, _)) = self.map.iter().find(|(_, value)| !value.is_null()) else { return Ok(()) };
        let reason = reasons.iter().find(|(name, _)| name == key).map(|(_, reason)| *reason);
        Err(self.refused(key, reason.unwrap_or("it has no counterpart there")))
    }
}

/// The elements of a list, each with its place.
pub(super) fn places(at: String, items: Vec<Value>) -> Vec<(String, Value)> {
    items.into_iter().enumerate().map(|(index, item)| (format!("{at}[{index}]"), item)).collect()
}

/// Whether a value is zero, the default of a penalty.
pub(super) fn is_zero(value: &Value) -> bool {
    value.as_f64() == Some(0.0)
}

/// Whether a value is an empty list or object.
pub(super) fn is_empty(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Map::is_empty)
}

/// Whether any string below `value` may be meant for reading, rather than naming a type or an id.
pub(super) fn carries_text(value: &Value) -> bool {
    const NAMES: &[&str] = &["type", "id", "item_id", "response_id", "request_id", "status", "model", "object"];
    match value {
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => items.iter().any(carries_text),
        Value::Object(map) => map.iter().any(|(key, value)| !NAMES.contains(&key.as_str()) && carries_text(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
