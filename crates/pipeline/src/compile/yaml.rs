//! JSON as YAML that people can read: blocks, with every text in double quotes, so that none is taken for something
//! else. A string of JSON is one of YAML 1.2.

use serde_json::Value;

/// A document.
pub(super) fn written(value: &Value) -> String {
    let mut text = String::new();
    block(value, 0, &mut text);
    text
}

fn block(value: &Value, depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (key, value) in fields {
                let is_word = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte))
                    && key.starts_with(|letter: char| letter.is_ascii_alphabetic());
                let key = if is_word && !is_other(key) { key.clone() } else { Value::from(key.as_str()).to_string() };
                text.push_str(&format!("{indent}{key}:"));
                after(value, depth, text);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                text.push_str(&format!("{indent}-"));
                match item {
                    Value::Object(fields) if !fields.is_empty() => {
                        // The first field stands beside the dash.
                        let mut within = String::new();
                        block(item, depth + 1, &mut within);
                        text.push(' ');
                        text.push_str(within.trim_start());
                    }
                    other => after(other, depth, text),
                }
            }
        }
        plain => text.push_str(&format!("{indent}{plain}\n")),
    }
}

fn after(value: &Value, depth: usize, text: &mut String) {
    let is_block = match value {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    };
    if is_block {
        text.push('\n');
        block(value, depth + 1, text);
    } else {
        text.push_str(&format!(" {value}\n"));
    }
}

/// Words that some readers take for truth values or for nothing.
fn is_other(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["y", "n", "yes", "no", "on", "off", "true", "false", "null"].contains(&key.as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn documents_read_as_blocks() {
        let value = json!({
            "a": { "b": [1, "no", { "c": 2.5, "d": [] }, []], "on": true },
            "e f": null,
            "g": {},
            "h": ["line\nbreak: \"x\""],
        });
        let expected = "a:\n  b:\n    - 1\n    - \"no\"\n    - c: 2.5\n      d: []\n    - []\n  \"on\": true\n\
                        \"e f\": null\ng: {}\nh:\n  - \"line\\nbreak: \\\"x\\\"\"\n";
        assert_eq!(written(&value), expected);
    }
}
