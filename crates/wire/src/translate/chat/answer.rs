//! Complete chat answers.

use redoubt_domain::Surface;
use serde_json::{Map, Value, json};

use super::super::fields::{Fields, Result};
use super::super::pivot::{Answer, Choice, Content, Head, Tokens};
use super::{call_value, calls, finish_from, finish_into};

/// Reads the answer of an upstream that speaks chat.
pub(crate) fn read_answer(body: Value) -> Result<Answer> {
    let mut body = Fields::body(body, Surface::ChatCompletions)?;
    let head = head(&mut body)?;
    let usage = body.object("usage")?.map(tokens_from).transpose()?;
    let mut choices = Vec::new();
    for choice in body.objects("choices")? {
        choices.push(read_choice(choice, choices.len())?);
    }
    Ok(Answer { head, choices, usage })
}

/// Takes id, model and time out of an answer or a chunk.
pub(super) fn head(body: &mut Fields) -> Result<Head> {
    Ok(Head {
        id: body.text("id")?.unwrap_or_default(),
        model: body.text("model")?.unwrap_or_default(),
        created: body.number("created")?.unwrap_or(0),
    })
}

fn read_choice(mut choice: Fields, position: usize) -> Result<Choice> {
    let mut message = choice.need_object("message")?;
    message.refuse_unless("audio", |_| false, "it answers in text alone")?;
    message.refuse_unless("function_call", |_| false, "only `tool_calls` can be carried over")?;
    let calls = calls(&mut message)?;
    let reason = choice.text("finish_reason")?;
    let met = stop_reason(&mut choice);
    Ok(Choice {
        index: choice.number("index")?.unwrap_or(position as u64),
        reasoning: reasoning(&mut message)?,
        signature: message.text("reasoning_signature")?,
        text: text(&mut message)?,
        refusal: message.text("refusal")?.unwrap_or_default(),
        finish: finish_from(reason.as_deref(), met, !calls.is_empty()),
        calls,
        logprobs: choice.take("logprobs"),
    })
}

/// The stop sequence that was met, where a server tells it. Some tell the id of a token, which is no text.
pub(super) fn stop_reason(choice: &mut Fields) -> Option<String> {
    choice.take("stop_reason").and_then(|met| met.as_str().map(str::to_owned))
}

/// Takes the reasoning out of a message or delta, under either name that servers use.
pub(in super::super) fn reasoning(message: &mut Fields) -> Result<String> {
    let text = message.text("reasoning_content")?;
    // Some servers say it twice, under both names.
    let other = message.take("reasoning").and_then(|value| value.as_str().map(str::to_owned));
    Ok(text.or(other).unwrap_or_default())
}

/// Takes the words out of a message, which some servers send in parts.
fn text(message: &mut Fields) -> Result<String> {
    match Content::take(message, "content")? {
        Content::Text(text) => Ok(text),
        Content::Parts(parts) => {
            let mut joined = String::new();
            for mut part in parts {
                match part.need_text("type")?.as_str() {
                    "text" => joined.push_str(&part.need_text("text")?),
                    "refusal" => joined.push_str(&part.need_text("refusal")?),
                    _ => return Err(part.refused("type", "an answer is text")),
                }
            }
            Ok(joined)
        }
    }
}

/// The answer for a caller that asked chat.
pub(crate) fn write_answer(answer: Answer) -> Value {
    let Answer { head, choices, usage } = answer;
    let choices: Vec<Value> = choices.into_iter().map(write_choice).collect();
    let mut body = json!({
        "id": head.id_as("chatcmpl-"),
        "object": "chat.completion",
        "created": head.created,
        "model": head.model,
        "choices": choices,
    });
    if let (Some(usage), Some(body)) = (usage, body.as_object_mut()) {
        body.insert("usage".to_owned(), tokens_into(usage));
    }
    body
}

fn write_choice(choice: Choice) -> Value {
    let Choice { index, reasoning, signature, text, refusal, calls, finish, logprobs } = choice;
    let mut message = Map::new();
    message.insert("role".to_owned(), "assistant".into());
    let is_silent = text.is_empty() && !(calls.is_empty() && refusal.is_empty());
    message.insert("content".to_owned(), if is_silent { Value::Null } else { text.into() });
    message.insert("refusal".to_owned(), if refusal.is_empty() { Value::Null } else { refusal.into() });
    if !reasoning.is_empty() {
        message.insert("reasoning_content".to_owned(), reasoning.into());
    }
    if let Some(signature) = signature {
        message.insert("reasoning_signature".to_owned(), signature.into());
    }
    if !calls.is_empty() {
        message.insert("tool_calls".to_owned(), calls.into_iter().map(call_value).collect());
    }
    let mut choice = Map::new();
    choice.insert("index".to_owned(), index.into());
    choice.insert("message".to_owned(), Value::Object(message));
    choice.insert("logprobs".to_owned(), logprobs.unwrap_or(Value::Null));
    finish_into(finish, &mut choice);
    Value::Object(choice)
}

/// Reads `usage`.
pub(crate) fn tokens_from(mut usage: Fields) -> Result<Tokens> {
    let mut tokens = Tokens {
        prompt: usage.number("prompt_tokens")?.unwrap_or(0),
        completion: usage.number("completion_tokens")?.unwrap_or(0),
        ..Tokens::default()
    };
    if let Some(mut details) = usage.object("prompt_tokens_details")? {
        tokens.cached = details.number("cached_tokens")?.unwrap_or(0);
        tokens.cache_write = details.number("cache_write_tokens")?.unwrap_or(0);
    }
    if let Some(mut details) = usage.object("completion_tokens_details")? {
        tokens.reasoning = details.number("reasoning_tokens")?.unwrap_or(0);
    }
    Ok(tokens)
}

/// Writes `usage`.
pub(crate) fn tokens_into(tokens: Tokens) -> Value {
    json!({
        "prompt_tokens": tokens.prompt,
        "completion_tokens": tokens.completion,
        "total_tokens": tokens.total(),
        "prompt_tokens_details": {"cached_tokens": tokens.cached, "cache_write_tokens": tokens.cache_write},
        "completion_tokens_details": {"reasoning_tokens": tokens.reasoning},
    })
}
