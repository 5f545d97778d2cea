//! Making every entry fit: a record that says less is better than a request without a record.

use bytes::Bytes;
use redoubt_domain::seams::LOG_ENTRY_BYTES_MAX;
use redoubt_domain::{Action, Severity};
use serde_json::Value;

use crate::canonical;

/// The canonical bytes of `value`, with findings dropped and texts cut until they fit.
pub(super) fn to_bytes(mut value: Value) -> Bytes {
    let mut bytes = canonical::to_bytes(&value);
    let mut text_bytes_max = 4096;
    while bytes.len() > LOG_ENTRY_BYTES_MAX {
        if !drop_half(&mut value) {
            // Ends: an entry has a few dozen texts at most once its lists are empty.
            cut_texts(&mut value, text_bytes_max);
            text_bytes_max /= 2;
        }
        bytes = canonical::to_bytes(&value);
    }
    bytes.into()
}

/// Drops half of the findings, the mildest first, then of the gaps. Says whether there was something.
fn drop_half(value: &mut Value) -> bool {
    let Some(decision) = value.get_mut("decision") else { return false };
    drop_half_of(decision, "findings", "findings_omitted", weight)
        || drop_half_of(decision, "unscanned", "unscanned_omitted", |_| 0)
}

fn drop_half_of(decision: &mut Value, list: &str, omitted: &str, weight: fn(&Value) -> usize) -> bool {
    let Some(items) = decision.get_mut(list).and_then(Value::as_array_mut) else { return false };
    if items.is_empty() {
        return false;
    }
    let keep = items.len() / 2;
    let dropped = items.len() - keep;
    let mut ranked: Vec<(usize, usize)> = items.iter().map(weight).zip(0..).collect();
    // The heaviest first, of the same weight the earliest first; those kept stay in their order.
    ranked.sort_by_key(|&(weight, at)| (std::cmp::Reverse(weight), at));
    let kept: Vec<usize> = ranked.into_iter().take(keep).map(|(_, at)| at).collect();
    let mut at = 0;
    items.retain(|_| {
        at += 1;
        kept.contains(&(at - 1))
    });
    let before = decision.get(omitted).and_then(Value::as_u64).unwrap_or(0);
    let count = before + u64::try_from(dropped).unwrap_or(0);
    if let Some(decision) = decision.as_object_mut() {
        decision.insert(omitted.to_owned(), count.into());
    }
    true
}

/// What weighs most in the record: the action it led to, then how bad it is.
fn weight(finding: &Value) -> usize {
    let text = |key| finding.get(key).and_then(Value::as_str).unwrap_or_default();
    let action = Action::ALL.iter().position(|action| action.name() == text("action")).unwrap_or(0);
    let severity = Severity::ALL.iter().position(|severity| severity.name() == text("severity")).unwrap_or(0);
    action * Severity::ALL.len() + severity
}

fn cut_texts(value: &mut Value, max: usize) {
    match value {
        Value::String(text) if text.len() > max => {
            text.truncate(text.floor_char_boundary(max));
            text.push('\u{2026}');
        }
        Value::Array(items) => items.iter_mut().for_each(|item| cut_texts(item, max)),
        Value::Object(members) => members.values_mut().for_each(|member| cut_texts(member, max)),
        _ => {}
    }
}
