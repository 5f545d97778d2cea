//! What a request asks for, as far as limits and rules need to know.

use redoubt_domain::Surface;
use redoubt_domain::exchange::Demand;

use crate::error::DecodeError;
use crate::json::{Kind, Value};

/// Every name under which a surface bounds the tokens of an answer.
const OUTPUT_TOKENS: [&str; 3] = ["max_completion_tokens", "max_output_tokens", "max_tokens"];

pub(super) fn read(surface: Surface, root: Value<'_>) -> Result<Demand, DecodeError> {
    let can_stream = match surface {
        Surface::ChatCompletions | Surface::Completions | Surface::Responses | Surface::Messages => true,
        Surface::Embeddings | Surface::Moderations | Surface::CountTokens => false,
    };
    let stream = truth(root, "stream")?;
    if stream && !can_stream {
        // Who asks for a stream reads the answer as one.
        return Err(DecodeError::Unsupported { surface: surface.name(), what: "stream" });
    }
    let mut output_tokens_max = None;
    for field in OUTPUT_TOKENS {
        // An upstream may follow either name; the larger one is what can be spent.
        output_tokens_max = output_tokens_max.max(whole(root, field)?);
    }
    Ok(Demand {
        stream,
        output_tokens_max,
        choices: choices(root)?,
        user: user(root),
        output_schema: output_schema(root).map(|schema| schema.literal().to_owned()),
    })
}

fn truth(root: Value<'_>, field: &'static str) -> Result<bool, DecodeError> {
    match root.get(field) {
        None => Ok(false),
        Some(value) if value.is_null() => Ok(false),
        Some(value) => value.truth().ok_or(DecodeError::Shape { field, expected: "true or false" }),
    }
}

fn whole(root: Value<'_>, field: &'static str) -> Result<Option<u32>, DecodeError> {
    match root.get(field) {
        None => Ok(None),
        Some(value) if value.is_null() => Ok(None),
        Some(value) => match value.whole() {
            Some(whole) => Ok(Some(u32::try_from(whole).unwrap_or(u32::MAX))),
            None => Err(DecodeError::Shape { field, expected: "a whole number, zero or more" }),
        },
    }
}

/// `n`, and the candidates that `best_of` has generated and thrown away: they cost as much.
fn choices(root: Value<'_>) -> Result<u16, DecodeError> {
    let mut choices = 1;
    for field in ["n", "best_of"] {
        let asked = whole(root, field)?.unwrap_or(1);
        let Ok(asked @ 1..=1024) = u16::try_from(asked) else {
            return Err(DecodeError::Shape { field, expected: "a whole number from 1 to 1024" });
        };
        choices = choices.max(asked);
    }
    Ok(choices)
}

fn user(root: Value<'_>) -> Option<String> {
    let named = root.get_text("safety_identifier").or_else(|| root.get_text("user"));
    let named = named.or_else(|| root.get("metadata")?.get_text("user_id"))?;
    Some(named.into_owned()).filter(|name| !name.is_empty())
}

/// Where the surfaces keep the schema of a structured answer.
fn output_schema(root: Value<'_>) -> Option<Value<'_>> {
    let chat = || root.get("response_format")?.get("json_schema")?.get("schema");
    let responses = || root.get("text")?.get("format")?.get("schema");
    let messages = || root.get("output_format")?.get("schema");
    let messages_config = || root.get("output_config")?.get("format")?.get("schema");
    chat()
        .or_else(responses)
        .or_else(messages)
        .or_else(messages_config)
        .filter(|schema| matches!(schema.kind(), Kind::Object | Kind::Bool))
}
