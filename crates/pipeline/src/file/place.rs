//! Where things stand in a document.

use std::ops::Range;

use redoubt_domain::settings::{Mistake, Node, Value};

pub(super) fn find<'n>(root: &'n Node, path: &[&str]) -> Option<&'n Node> {
    path.iter().try_fold(root, |node, key| match &node.value {
        Value::Table(entries) => entries.iter().find(|entry| entry.key == *key).map(|entry| &entry.node),
        _ => None,
    })
}

/// Where a setting of a step is written.
pub(super) fn place(root: &Node, step: &str, key: &str) -> Range<usize> {
    let node = find(root, &["steps", step, key]).or_else(|| find(root, &["steps", step]));
    node.map_or(0..0, |node| node.span.clone())
}

pub(super) fn mistake(span: Range<usize>, path: String, reason: String) -> Mistake {
    Mistake { span, path, reason, suggestion: None }
}
