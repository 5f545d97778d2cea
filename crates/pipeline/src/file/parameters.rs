//! `[parameters]`, and `"@NAME"` where they are used.

use std::collections::BTreeMap;

use redoubt_domain::settings::{Entry, Mistake, Node, Value, nearest};

use super::fingerprint::plain;
use super::place::mistake;

/// Each with its value, as JSON.
pub(super) type Parameters = Vec<(String, String)>;

/// The document with every `"@NAME"` replaced by the parameter of that name, and without the parameters. `"@@…"` is
/// the text `@…`.
pub(super) fn with_parameters(
    root: &Node,
    overrides: &[(String, String)],
    mistakes: &mut Vec<Mistake>,
) -> (Node, Parameters) {
    let Value::Table(entries) = &root.value else { return (root.clone(), Vec::new()) };
    let mut values: BTreeMap<&str, Value> = BTreeMap::new();
    let given = entries.iter().find(|entry| entry.key == "parameters");
    match given.map(|entry| (&entry.node.value, &entry.node.span)) {
        Some((Value::Table(parameters), _)) => {
            for parameter in parameters {
                if matches!(parameter.node.value, Value::Table(_)) {
                    let reason = "expected a plain value or a list, found a table".to_owned();
                    mistakes.push(mistake(
                        parameter.node.span.clone(),
                        format!("parameters.{}", parameter.key),
                        reason,
                    ));
                }
                values.insert(&parameter.key, parameter.node.value.clone());
            }
        }
        Some((other, span)) => {
            let reason = format!("expected a table, found {}", other.kind());
            mistakes.push(mistake(span.clone(), "parameters".to_owned(), reason));
        }
        None => {}
    }
    for (name, text) in overrides {
        let Some(default) = values.get_mut(name.as_str()) else {
            let nearest = nearest(name, values.keys().copied()).map(str::to_owned);
            let reason = format!("the pipeline has no parameter `{name}`");
            let path = "parameters".to_owned();
            mistakes.push(Mistake { span: root.span.start..root.span.start, path, reason, suggestion: nearest });
            continue;
        };
        match like(default, text) {
            Some(value) => *default = value,
            None => {
                let reason = format!("`{text}` is not {}, which the parameter `{name}` is", default.kind());
                mistakes.push(mistake(root.span.start..root.span.start, format!("parameters.{name}"), reason));
            }
        }
    }
    let rest = entries.iter().filter(|entry| entry.key != "parameters");
    let rest = rest.map(|entry| Entry { node: replaced(&entry.node, &values, mistakes), ..entry.clone() }).collect();
    let said = values.iter().map(|(name, value)| ((*name).to_owned(), plain(value).to_string())).collect();
    (Node { span: root.span.clone(), value: Value::Table(rest) }, said)
}

/// `text` as a value of the same type as `default`.
fn like(default: &Value, text: &str) -> Option<Value> {
    match default {
        Value::String(_) => Some(Value::String(text.to_owned())),
        Value::Integer(_) => text.parse().ok().map(Value::Integer),
        Value::Float(_) => text.parse().ok().filter(|number: &f64| number.is_finite()).map(Value::Float),
        Value::Boolean(_) => text.parse().ok().map(Value::Boolean),
        Value::Array(_) | Value::Table(_) => None,
    }
}

fn replaced(node: &Node, values: &BTreeMap<&str, Value>, mistakes: &mut Vec<Mistake>) -> Node {
    let value = match &node.value {
        Value::String(text) => match text.strip_prefix('@') {
            Some(literal) if literal.starts_with('@') => Value::String(literal.to_owned()),
            Some(name) => values.get(name).cloned().unwrap_or_else(|| {
                let suggestion = nearest(name, values.keys().copied()).map(|name| format!("@{name}"));
                let reason = format!("there is no parameter `{name}`; `[parameters]` names them");
                mistakes.push(Mistake { span: node.span.clone(), path: String::new(), reason, suggestion });
                Value::String(text.clone())
            }),
            None => Value::String(text.clone()),
        },
        Value::Array(nodes) => Value::Array(nodes.iter().map(|node| replaced(node, values, mistakes)).collect()),
        Value::Table(entries) => Value::Table(
            entries
                .iter()
                .map(|entry| Entry { node: replaced(&entry.node, values, mistakes), ..entry.clone() })
                .collect(),
        ),
        other => other.clone(),
    };
    Node { span: node.span.clone(), value }
}
