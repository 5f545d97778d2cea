//! Complete responses.

use redoubt_domain::Surface;
use serde_json::{Value, json};

use super::super::fields::{Fields, Result};
use super::super::pivot::{Answer, Call, Choice, Finish, Head, Tokens};
use super::item::{Item, Status, response};

/// Reads the answer of an upstream that speaks responses.
pub(crate) fn read_answer(body: Value) -> Result<Answer> {
    let mut body = Fields::body(body, Surface::ChatCompletions)?;
    let mut choice = Choice::default();
    let mut logprobs = Vec::new();
    let mut signatures = Vec::new();
    for mut item in body.objects("output")? {
        match item.need_text("type")?.as_str() {
            "message" => {
                for mut part in item.objects("content")? {
                    match part.need_text("type")?.as_str() {
                        "output_text" => {
                            choice.text.push_str(&part.need_text("text")?);
                            logprobs.extend(part.list("logprobs")?.into_iter().map(|(_, entry)| entry));
                        }
                        "refusal" => choice.refusal.push_str(&part.need_text("refusal")?),
                        _ => return Err(part.refused("type", "this kind of part has no counterpart")),
                    }
                }
            }
            "reasoning" => {
                for key in ["summary", "content"] {
                    for mut part in item.objects(key)? {
                        choice.reasoning.push_str(&part.need_text("text")?);
                    }
                }
                signatures.extend(item.text("encrypted_content")?);
            }
            "function_call" => choice.calls.push(Call {
                id: item.need_text("call_id")?,
                name: item.need_text("name")?,
                arguments: item.need_text("arguments")?,
            }),
            _ => return Err(item.refused("type", "this kind of item has no counterpart")),
        }
    }
    choice.signature = signatures.pop().filter(|_| signatures.is_empty());
    choice.logprobs = Some(logprobs).filter(|entries| !entries.is_empty()).map(|entries| json!({"content": entries}));
    choice.finish = finish_from(&mut body, !choice.calls.is_empty())?;
    let usage = tokens_from(&mut body)?;
    let head = head(&mut body)?;
    Ok(Answer { head, choices: vec![choice], usage })
}

/// Takes id, model and time out of a response.
pub(super) fn head(body: &mut Fields) -> Result<Head> {
    Ok(Head {
        id: body.need_text("id")?,
        model: body.text("model")?.unwrap_or_default(),
        // The vendor's own clients take it for a fraction.
        created: body.take("created_at").and_then(|at| at.as_u64().or(at.as_f64().map(|at| at as u64))).unwrap_or(0),
    })
}

/// Takes out why the response ended.
pub(super) fn finish_from(body: &mut Fields, has_calls: bool) -> Result<Finish> {
    let details = body.object("incomplete_details")?;
    let reason = details.map(|mut details| details.text("reason")).transpose()?.flatten();
    Ok(match reason.as_deref() {
        Some("content_filter") => Finish::Filter,
        Some(_) => Finish::Length,
        None if has_calls => Finish::ToolCalls,
        None => Finish::Stop,
    })
}

/// Takes the tokens out of a response.
pub(super) fn tokens_from(body: &mut Fields) -> Result<Option<Tokens>> {
    let Some(mut usage) = body.object("usage")? else { return Ok(None) };
    let mut tokens = Tokens {
        prompt: usage.number("input_tokens")?.unwrap_or(0),
        completion: usage.number("output_tokens")?.unwrap_or(0),
        ..Tokens::default()
    };
    if let Some(mut details) = usage.object("input_tokens_details")? {
        tokens.cached = details.number("cached_tokens")?.unwrap_or(0);
        tokens.cache_write = details.number("cache_write_tokens")?.unwrap_or(0);
    }
    if let Some(mut details) = usage.object("output_tokens_details")? {
        tokens.reasoning = details.number("reasoning_tokens")?.unwrap_or(0);
    }
    Ok(Some(tokens))
}

/// The answer for a caller that asked responses.
pub(crate) fn write_answer(mut answer: Answer) -> Result<Value> {
    let choice = answer.only_choice(Surface::Responses)?;
    let (items, finish) = Item::of(choice);
    let (status, reason) = Status::of(&finish);
    let output = items.iter().enumerate().map(|(index, item)| item.value(&answer.head, index, status)).collect();
    Ok(response(&answer.head, output, status, reason, answer.usage))
}
