//! Chat completions: the shape in the middle. Its requests need no translation; its answers and chunks are
//! read and written here.

mod answer;
mod chunk;

pub(super) use answer::reasoning;
pub(super) use answer::{read_answer, tokens_from, tokens_into, write_answer};
pub(super) use chunk::{ChunkReader, ChunkWriter, only_first};
use serde_json::{Map, Value};

use super::fields::{Fields, Result, is_empty, is_zero};
use super::pivot::{Call, Finish};

/// Takes out of a chat request what no surface but chat and completions understands: refuses what would
/// change the answer, drops hints of speed, caching, storage and repeatability.
pub(super) fn refuse_sampling(asked: &mut Fields) -> Result<()> {
    asked.refuse_unless("n", |n| n.as_u64() == Some(1), "it gives one answer to a request")?;
    asked.refuse_unless("frequency_penalty", is_zero, "it has no penalties")?;
    asked.refuse_unless("presence_penalty", is_zero, "it has no penalties")?;
    asked.refuse_unless("logit_bias", is_empty, "it has no logit bias")?;
    asked.refuse_unless("modalities", |value| *value == serde_json::json!(["text"]), "it answers in text alone")?;
    asked.ignore(&[
        "seed",
        "store",
        "metadata",
        "service_tier",
        "prediction",
        "prompt_cache_key",
        "prompt_cache_options",
        "prompt_cache_retention",
        "stream_options",
    ]);
    Ok(())
}

/// Why a field of a chat request has no counterpart on surfaces that know tools alone.
pub(super) const REASONS: &[(&str, &str)] = &[
    ("functions", "use `tools`"),
    ("function_call", "use `tools` and `tool_choice`"),
    ("audio", "it answers in text alone"),
    ("web_search_options", "it would search with another engine, or not at all"),
];

/// Takes the tool calls out of an assistant's message.
pub(super) fn calls(message: &mut Fields) -> Result<Vec<Call>> {
    let mut calls = Vec::new();
    for (index, mut call) in message.objects("tool_calls")?.into_iter().enumerate() {
        if call.text("type")?.is_some_and(|kind| kind != "function") {
            return Err(call.refused("type", "only functions can be called there"));
        }
        let mut function = call.need_object("function")?;
        calls.push(Call {
            // Some servers name no id, yet a result must be able to name its call.
            id: call.text("id")?.filter(|id| !id.is_empty()).unwrap_or_else(|| format!("call_{index}")),
            name: function.need_text("name")?,
            arguments: function.text("arguments")?.unwrap_or_default(),
        });
    }
    Ok(calls)
}

/// A tool call of an assistant's message.
pub(super) fn call_value(call: Call) -> Value {
    let Call { id, name, arguments } = call;
    serde_json::json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}})
}

/// Text parts as the plain string that every server understands where there is only one.
pub(super) fn simplest(mut parts: Vec<Value>) -> Value {
    if let [only] = parts.as_mut_slice()
        && only.get("type").and_then(Value::as_str) == Some("text")
        && let Some(text) = only.get_mut("text")
    {
        return text.take();
    }
    Value::Array(parts)
}

/// `finish_reason`, with the stop sequence that some servers tell in `stop_reason`.
pub(super) fn finish_from(reason: Option<&str>, stop_reason: Option<String>, has_calls: bool) -> Finish {
    match reason {
        Some("length") => Finish::Length,
        Some("tool_calls" | "function_call") => Finish::ToolCalls,
        Some("content_filter") => Finish::Filter,
        None if has_calls => Finish::ToolCalls,
        _ => stop_reason.map_or(Finish::Stop, Finish::StopSequence),
    }
}

/// Writes `finish_reason`, and `stop_reason` where a stop sequence was met, into a choice.
pub(super) fn finish_into(finish: Finish, choice: &mut Map<String, Value>) {
    let reason = match finish {
        Finish::Stop | Finish::StopSequence(_) => "stop",
        Finish::Length => "length",
        Finish::ToolCalls => "tool_calls",
        Finish::Filter => "content_filter",
    };
    choice.insert("finish_reason".to_owned(), reason.into());
    if let Finish::StopSequence(met) = finish {
        choice.insert("stop_reason".to_owned(), met.into());
    }
}
