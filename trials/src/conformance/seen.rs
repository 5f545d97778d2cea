//! What upstream and caller saw: every string of a body, and what the pieces of a stream say together.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// The texts of a body.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// The body as it came.
    pub(crate) raw: String,
    /// Each text that a reader of the body has in the end: strings, keys, and joined pieces.
    pub(crate) texts: Vec<String>,
    /// The data of each event of a stream.
    pub(crate) events: Vec<String>,
}

/// A body that is one JSON document.
pub(crate) fn document(body: &[u8]) -> Seen {
    let raw = String::from_utf8_lossy(body).into_owned();
    let mut pieces = Pieces::default();
    match serde_json::from_str::<Value>(&raw) {
        Ok(value) => pieces.walk("", "", &value),
        Err(_) => pieces.say("", "", &raw),
    }
    Seen { raw, texts: pieces.texts(), events: Vec::new() }
}

/// A body of server-sent events.
pub(crate) fn stream(body: &[u8]) -> Seen {
    let raw = String::from_utf8_lossy(body).into_owned();
    let events: Vec<String> = raw.lines().filter_map(|line| line.strip_prefix("data: ")).map(str::to_owned).collect();
    let mut pieces = Pieces::default();
    for event in &events {
        match serde_json::from_str::<Value>(event) {
            Ok(value) => {
                // A lane is told apart by the event's type and its indices.
                let mut lane = value.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
                for index in ["output_index", "content_index", "summary_index", "index"] {
                    lane.push_str(&format!("/{}", value.get(index).unwrap_or(&Value::Null)));
                }
                pieces.walk(&lane, &lane, &value);
            }
            Err(_) => pieces.say("", "", event),
        }
    }
    Seen { raw, texts: pieces.texts(), events }
}

/// Strings by where they stand, joined where several stand in one place.
#[derive(Default)]
struct Pieces {
    /// By exact place, elements of lists told apart.
    lanes: BTreeMap<String, String>,
    /// By place, elements of lists together: tokens make a text.
    joined: BTreeMap<String, String>,
    keys: Vec<String>,
}

impl Pieces {
    fn walk(&mut self, lane: &str, list: &str, value: &Value) {
        match value {
            Value::String(text) => self.say(lane, list, text),
            Value::Number(number) => self.say(lane, list, &number.to_string()),
            Value::Array(items) => {
                for (position, item) in items.iter().enumerate() {
                    let index = item.get("index").and_then(Value::as_u64).unwrap_or(position as u64);
                    self.walk(&format!("{lane}[{index}]"), &format!("{list}[]"), item);
                }
            }
            Value::Object(members) => {
                for (key, member) in members {
                    self.keys.push(key.clone());
                    self.walk(&format!("{lane}.{key}"), &format!("{list}.{key}"), member);
                }
            }
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn say(&mut self, lane: &str, list: &str, text: &str) {
        self.lanes.entry(lane.to_owned()).or_default().push_str(text);
        self.joined.entry(list.to_owned()).or_default().push_str(text);
    }

    fn texts(self) -> Vec<String> {
        let Self { lanes, joined, keys } = self;
        let mut texts: Vec<String> = lanes.into_values().chain(joined.into_values()).chain(keys).collect();
        texts.sort_unstable();
        texts.dedup();
        let inner: Vec<String> = texts.iter().flat_map(|text| within(text)).collect();
        texts.extend(inner);
        texts
    }
}

/// The texts of a text that is itself JSON, or a file.
fn within(text: &str) -> Vec<String> {
    if text.starts_with('{') {
        let mut pieces = Pieces::default();
        if let Ok(value) = serde_json::from_str::<Value>(text) {
            pieces.walk("", "", &value);
        }
        return pieces.texts();
    }
    let file = text.split_once(";base64,").and_then(|(_, data)| STANDARD.decode(data).ok());
    file.into_iter().map(|file| String::from_utf8_lossy(&file).into_owned()).collect()
}
