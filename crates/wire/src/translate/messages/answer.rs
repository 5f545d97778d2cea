//! Complete answers of messages.

use redoubt_domain::Surface;
use serde_json::{Value, json};

use super::super::fields::{Fields, Result, is_empty};
use super::super::pivot::{Answer, Call, Choice, Finish, Head, Tokens, arguments_object, arguments_text};

/// Reads the answer of an upstream that speaks messages.
pub(crate) fn read_answer(body: Value) -> Result<Answer> {
    let mut body = Fields::body(body, Surface::ChatCompletions)?;
    let mut choice = Choice::default();
    let mut signatures = Vec::new();
    for mut block in body.objects("content")? {
        match block.need_text("type")?.as_str() {
            "text" => {
                block.refuse_unless("citations", is_empty, "it has no citations")?;
                choice.text.push_str(&block.need_text("text")?);
            }
            "thinking" => {
                choice.reasoning.push_str(&block.need_text("thinking")?);
                signatures.push(block.text("signature")?.unwrap_or_default());
            }
            "redacted_thinking" => {}
            "tool_use" => choice.calls.push(Call {
                id: block.need_text("id")?,
                name: block.need_text("name")?,
                arguments: arguments_text(&block.take("input").unwrap_or_else(|| json!({}))),
            }),
            _ => return Err(block.refused("type", "this kind of block has no counterpart")),
        }
    }
    choice.signature = lone_signature(signatures);
    let reason = body.text("stop_reason")?;
    choice.finish = finish_from(reason.as_deref(), body.text("stop_sequence")?, !choice.calls.is_empty());
    let usage = body.object("usage")?.map(|usage| tokens_from(usage, Tokens::default())).transpose()?;
    let head = head(&mut body)?;
    Ok(Answer { head, choices: vec![choice], usage })
}

/// Takes id and model out of a message.
pub(super) fn head(body: &mut Fields) -> Result<Head> {
    Ok(Head { id: body.need_text("id")?, model: body.text("model")?.unwrap_or_default(), created: 0 })
}

/// A signature proves one piece of thinking; pieces run together have none.
pub(super) fn lone_signature(mut signatures: Vec<String>) -> Option<String> {
    let only = if signatures.len() == 1 { signatures.pop() } else { None };
    only.filter(|signature| !signature.is_empty())
}

pub(super) fn finish_from(reason: Option<&str>, met: Option<String>, has_calls: bool) -> Finish {
    match reason {
        Some("max_tokens" | "model_context_window_exceeded") => Finish::Length,
        Some("tool_use") => Finish::ToolCalls,
        Some("refusal") => Finish::Filter,
        Some("stop_sequence") => met.map_or(Finish::Stop, Finish::StopSequence),
        None if has_calls => Finish::ToolCalls,
        _ => Finish::Stop,
    }
}

/// `stop_reason` and `stop_sequence`.
pub(super) fn finish_into(finish: Finish) -> (&'static str, Option<String>) {
    match finish {
        Finish::Stop => ("end_turn", None),
        Finish::StopSequence(met) => ("stop_sequence", Some(met)),
        Finish::Length => ("max_tokens", None),
        Finish::ToolCalls => ("tool_use", None),
        Finish::Filter => ("refusal", None),
    }
}

/// Reads `usage`, whose later counts replace those `before`. Anthropic counts cached tokens beside the input,
/// chat counts them within.
pub(super) fn tokens_from(mut usage: Fields, before: Tokens) -> Result<Tokens> {
    let input = usage.number("input_tokens")?.unwrap_or(before.uncached());
    let cached = usage.number("cache_read_input_tokens")?.unwrap_or(before.cached);
    let cache_write = usage.number("cache_creation_input_tokens")?.unwrap_or(before.cache_write);
    let mut reasoning = before.reasoning;
    if let Some(mut details) = usage.object("output_tokens_details")? {
        reasoning = details.number("thinking_tokens")?.unwrap_or(reasoning);
    }
    Ok(Tokens {
        prompt: input.saturating_add(cached).saturating_add(cache_write),
        completion: usage.number("output_tokens")?.unwrap_or(before.completion),
        cached,
        cache_write,
        reasoning,
    })
}

/// Writes `usage`.
pub(super) fn tokens_into(tokens: Tokens) -> Value {
    json!({
        "input_tokens": tokens.uncached(),
        "output_tokens": tokens.completion,
        "cache_read_input_tokens": tokens.cached,
        "cache_creation_input_tokens": tokens.cache_write,
        "output_tokens_details": {"thinking_tokens": tokens.reasoning},
    })
}

/// The answer for a caller that asked messages.
pub(crate) fn write_answer(mut answer: Answer) -> Result<Value> {
    let choice = answer.only_choice(Surface::Messages)?;
    let Answer { head, usage, .. } = answer;
    // The log probabilities cannot have been asked for.
    let Choice { index: _, reasoning, signature, text, refusal, calls, finish, logprobs: _ } = choice;
    let mut content = Vec::new();
    if !reasoning.is_empty() || signature.is_some() {
        let signature = signature.unwrap_or_default();
        content.push(json!({"type": "thinking", "thinking": reasoning, "signature": signature}));
    }
    if !text.is_empty() {
        content.push(json!({"type": "text", "text": text}));
    }
    let is_refusal = !refusal.is_empty();
    if is_refusal {
        content.push(json!({"type": "text", "text": refusal}));
    }
    for Call { id, name, arguments } in calls {
        content.push(json!({"type": "tool_use", "id": id, "name": name, "input": arguments_object(&arguments)}));
    }
    let (reason, met) = finish_into(if is_refusal { Finish::Filter } else { finish });
    Ok(json!({
        "id": head.id_as("msg_"),
        "type": "message",
        "role": "assistant",
        "model": head.model,
        "content": content,
        "stop_reason": reason,
        "stop_sequence": met,
        "usage": tokens_into(usage.unwrap_or_default()),
    }))
}
