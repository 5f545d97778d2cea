//! What the settings of a step are known by.

use std::collections::BTreeMap;

use redoubt_domain::settings::{Entry, Node, Value};

use super::place::find;
use crate::digest::Digest;
use crate::steps::Need;

/// Settings of every step that do not change what it makes, or count elsewhere.
const NOT_COUNTED: [&str; 4] = ["when", "kind", "retries", "seed"];

/// The digest of a step's settings: how they are spaced, ordered and spelt does not matter, nor what its needs and
/// its condition are called.
pub(super) fn fingerprint(root: &Node, step: &str, needs: &[Need]) -> Digest {
    let Some(Value::Table(entries)) = find(root, &["steps", step]).map(|node| &node.value) else {
        return Digest::of(b"");
    };
    let counts =
        |entry: &&Entry| !NOT_COUNTED.contains(&entry.key.as_str()) && needs.iter().all(|need| need.key != entry.key);
    let settings: BTreeMap<&str, serde_json::Value> =
        entries.iter().filter(counts).map(|entry| (entry.key.as_str(), plain(&entry.node.value))).collect();
    Digest::of(serde_json::json!(settings).to_string().as_bytes())
}

pub(super) fn plain(value: &Value) -> serde_json::Value {
    match value {
        Value::String(text) => serde_json::json!(text),
        Value::Integer(number) => serde_json::json!(number),
        Value::Float(number) => serde_json::json!(number),
        Value::Boolean(value) => serde_json::json!(value),
        Value::Array(nodes) => nodes.iter().map(|node| plain(&node.value)).collect(),
        Value::Table(entries) => {
            let sorted: BTreeMap<&str, serde_json::Value> =
                entries.iter().map(|entry| (entry.key.as_str(), plain(&entry.node.value))).collect();
            serde_json::json!(sorted)
        }
    }
}
