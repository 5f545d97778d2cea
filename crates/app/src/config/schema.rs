//! The configuration as a JSON Schema (draft 2020-12), from what the readers ask for.

use redoubt_domain::settings::{Described, Kind, Property};
use serde_json::{Map, Value, json};

/// The schema of a table.
pub(crate) fn schema(described: &Described) -> Value {
    let mut root = table(described);
    if let Some(root) = root.as_object_mut() {
        root.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
        root.insert("title".into(), json!("redoubt.toml"));
    }
    root
}

fn table(described: &Described) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (key, words, property) in &described.properties {
        if matches!(property, Property::Required { .. }) {
            required.push(json!(key));
        }
        let mut value = shape(property);
        if let Some(value) = value.as_object_mut() {
            value.insert("description".into(), json!(words));
        }
        properties.insert((*key).to_owned(), value);
    }
    let mut value = json!({ "type": "object", "additionalProperties": false, "properties": properties });
    if let (Some(value), false) = (value.as_object_mut(), required.is_empty()) {
        value.insert("required".into(), Value::Array(required));
    }
    value
}

fn shape(property: &Property) -> Value {
    match property {
        Property::Value { kind: of, default } => {
            let mut value = kind(of);
            let default = default.as_deref().and_then(|default| serde_json::from_str::<Value>(default).ok());
            if let (Some(value), Some(default)) = (value.as_object_mut(), default) {
                value.insert("default".into(), default);
            }
            value
        }
        Property::Required { kind: of } => kind(of),
        Property::Choice { choices, default } => {
            let mut value = json!({ "type": "string", "enum": choices });
            if let (Some(value), Some(default)) = (value.as_object_mut(), default) {
                value.insert("default".into(), json!(default));
            }
            value
        }
        Property::Choices { choices, own: None } => {
            json!({ "type": "array", "items": { "type": "string", "enum": choices } })
        }
        Property::Choices { choices, own: Some(pattern) } => json!({
            "type": "array",
            "items": { "type": "string", "anyOf": [{ "enum": choices }, { "pattern": pattern }] },
        }),
        Property::Table(inner) => table(inner),
        Property::Tables(inner) => json!({ "type": "array", "items": table(inner) }),
        Property::Named(inner) => json!({ "type": "object", "additionalProperties": table(inner) }),
    }
}

fn kind(kind_of: &Kind) -> Value {
    match kind_of {
        Kind::Text(what) => json!({ "type": "string", "title": what }),
        Kind::Choice(choices) => json!({ "type": "string", "enum": choices }),
        Kind::Whole => json!({ "type": "integer", "minimum": 0 }),
        Kind::Number => json!({ "type": "number" }),
        Kind::Boolean => json!({ "type": "boolean" }),
        Kind::List(inner) => json!({ "type": "array", "items": kind(inner) }),
    }
}
