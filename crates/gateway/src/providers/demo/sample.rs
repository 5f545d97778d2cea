//! A value that a JSON Schema allows, filled with what the user said.

use serde_json::{Map, Value, json};

/// Schemas may refer to themselves; beyond this depth everything is `null`.
const DEPTH_MAX: usize = 8;

/// A value that `schema` allows, as far as the demonstration understands schemas.
pub(super) fn instance(schema: &Value, said: &str) -> Value {
    if schema.is_null() {
        return json!({ "answer": said });
    }
    value(schema, schema, "", said, DEPTH_MAX)
}

fn value(root: &Value, schema: &Value, name: &str, said: &str, depth: usize) -> Value {
    let Some(depth) = depth.checked_sub(1) else { return Value::Null };
    if let Some(pointer) = schema.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix('#')) {
        return root.pointer(pointer).map_or(Value::Null, |target| value(root, target, name, said, depth));
    }
    if let Some(fixed) = schema.get("const").or_else(|| schema.get("enum")?.get(0)) {
        return fixed.clone();
    }
    for key in ["anyOf", "oneOf", "allOf"] {
        if let Some(first) = schema.get(key).and_then(|choices| choices.get(0)) {
            return value(root, first, name, said, depth);
        }
    }
    let kind = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.first().and_then(Value::as_str),
        kind => kind.and_then(Value::as_str),
    };
    match kind {
        Some("integer") => schema.get("minimum").cloned().unwrap_or_else(|| json!(1)),
        Some("number") => schema.get("minimum").cloned().unwrap_or_else(|| json!(1.5)),
        Some("boolean") => json!(true),
        Some("null") => Value::Null,
        Some("array") => match schema.get("items") {
            Some(items) => json!([value(root, items, name, said, depth)]),
            None => json!([]),
        },
        Some("string") => json!(string(name, said)),
        _ if schema.get("properties").is_some() || kind == Some("object") => object(root, schema, said, depth),
        _ => json!(string(name, said)),
    }
}

fn object(root: &Value, schema: &Value, said: &str, depth: usize) -> Value {
    let mut object = Map::new();
    for (name, schema) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        object.insert(name.clone(), value(root, schema, name, said, depth));
    }
    Value::Object(object)
}

/// What the user said; where an address is wanted, the address in it.
fn string(name: &str, said: &str) -> String {
    let wants_address = ["mail", "recipient", "address"].iter().any(|hint| name.contains(hint)) || name == "to";
    let address = said.split_whitespace().find(|word| word.contains('@') || word.contains("EMAIL"));
    match address {
        Some(address) if wants_address => {
            address.trim_matches(|c: char| matches!(c, '.' | ',' | ';' | ':' | '"' | '(' | ')')).to_owned()
        }
        _ => said.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_a_schema_with_what_was_said() {
        let schema = json!({
            "type": "object",
            "properties": {
                "to": { "type": "string" },
                "unit": { "enum": ["celsius", "fahrenheit"] },
                "days": { "type": "integer" },
                "next": { "$ref": "#" }
            }
        });
        let filled = instance(&schema, "write to ada@example.com.");
        assert_eq!(filled["to"], "ada@example.com");
        assert_eq!(filled["unit"], "celsius");
        assert_eq!(filled["days"], 1);
        assert_eq!(filled["next"]["to"], "ada@example.com");
    }
}
