//! Requests: what callers ask.

mod chat;
mod completions;
mod demand;
mod messages;
mod responses;
mod vectors;

use bytes::Bytes;
use redoubt_domain::{Direction, Exchange, Limits, ModelName, Surface};

use crate::error::DecodeError;
use crate::json::{Document, Duplicates, Kind, Value};
use crate::walk::Walk;

/// Reads a request. Whatever is in it that a model could read is a segment of the exchange.
pub fn decode_request(surface: Surface, body: Bytes, limits: &Limits) -> Result<Exchange, DecodeError> {
    if body.len() > limits.body_bytes_max {
        return Err(DecodeError::TooLarge { what: "a request body", max: limits.body_bytes_max });
    }
    let document = Document::read(&body, limits.json_depth_max, Duplicates::Refuse)?;
    let root = document.root();
    if root.kind() != Kind::Object {
        return Err(DecodeError::Shape { field: "body", expected: "an object" });
    }
    let (model, model_span) = model(surface, root)?;
    let demand = demand::read(surface, root)?;
    let mut walk = Walk::new(limits);
    match surface {
        Surface::ChatCompletions => chat::read(root, &mut walk)?,
        Surface::Completions => completions::read(root, &mut walk)?,
        Surface::Responses => responses::read(root, &mut walk)?,
        Surface::Embeddings | Surface::Moderations => vectors::read(root, &mut walk)?,
        Surface::Messages | Surface::CountTokens => messages::read(root, &mut walk)?,
    }
    let walk = walk.finish()?;

    let mut exchange = Exchange::new(surface, Direction::Input, model, body.clone());
    if let Some(span) = model_span {
        exchange = exchange.with_model_span(span);
    }
    exchange.demand = demand;
    exchange.segments = walk.segments;
    exchange.opaque = walk.opaque;
    Ok(exchange)
}

/// OpenAI's moderations have a model by default; everything else must name one.
fn model(surface: Surface, root: Value<'_>) -> Result<(ModelName, Option<std::ops::Range<usize>>), DecodeError> {
    let wrong = || DecodeError::Shape { field: "model", expected: "the name of a model" };
    let parse = |name: &str| ModelName::parse(name).map_err(|_| wrong());
    match root.get("model") {
        Some(value) => Ok((parse(&value.text().ok_or_else(wrong)?)?, Some(value.span()))),
        None if surface == Surface::Moderations => Ok((parse("omni-moderation-latest")?, None)),
        None => Err(wrong()),
    }
}

/// A member that must be there and be an array.
fn list<'d>(root: Value<'d>, field: &'static str) -> Result<Value<'d>, DecodeError> {
    match root.get(field) {
        Some(value) if value.kind() == Kind::Array => Ok(value),
        _ => Err(DecodeError::Shape { field, expected: "an array of objects" }),
    }
}

/// A member of [`list`]: a message.
fn object(value: Value<'_>, field: &'static str) -> Result<(), DecodeError> {
    match value.kind() {
        Kind::Object => Ok(()),
        _ => Err(DecodeError::Shape { field, expected: "an array of objects" }),
    }
}
