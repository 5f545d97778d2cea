//! Answers: what upstreams say. The pieces of a stream are read by the same functions.

mod chat;
mod completions;
mod messages;
mod responses;
mod usage;

use bytes::Bytes;
use redoubt_domain::{Direction, Exchange, Limits, ModelName, Origin, SegmentKind, Surface, Timestamp};
use serde_json::Value as Json;

use crate::encode;
use crate::error::DecodeError;
use crate::foreign;
use crate::json::{Document, Duplicates, Kind, Value};
use crate::place::Place;
use crate::translate::{self, TranslateError};
use crate::walk::Walk;
pub(crate) use responses::response;
pub(crate) use usage::usage;

/// Reads a complete answer of an upstream that was spoken to in `spoken`, for a caller that asked `asked`
/// for `model`. A translated answer whose upstream does not say when it was made is said to be of `created`.
pub fn decode_answer(
    asked: Surface,
    spoken: Surface,
    model: &ModelName,
    created: Timestamp,
    body: Bytes,
    limits: &Limits,
) -> Result<Exchange, DecodeError> {
    if body.len() > limits.answer_bytes_max {
        return Err(DecodeError::TooLarge { what: "an answer", max: limits.answer_bytes_max });
    }
    let body = if asked == spoken { body } else { translated(asked, spoken, created, &body, limits)? };
    let document = Document::read(&body, limits.json_depth_max, Duplicates::Keep)?;
    let root = document.root();
    if root.kind() != Kind::Object {
        return Err(DecodeError::Shape { field: "body", expected: "an object" });
    }
    foreign::refuse_answer(asked, root)?;
    let mut walk = Walk::new(limits);
    match asked {
        Surface::ChatCompletions => chat::read(root, &mut walk),
        Surface::Completions => completions::read(root, &mut walk),
        Surface::Responses => responses::read(root, &mut walk),
        Surface::Messages => messages::read(root, &mut walk),
        Surface::Embeddings | Surface::Moderations | Surface::CountTokens => numbers(root, &mut walk),
    }
    let walk = walk.finish()?;

    let mut answer = Exchange::new(asked, Direction::Output, model.clone(), body.clone());
    if let Some(named) = root.get("model").filter(|named| named.text().is_some()) {
        answer = answer.with_model_span(named.span());
    }
    answer.usage = root.get("usage").and_then(usage);
    answer.segments = walk.segments;
    answer.opaque = walk.opaque;
    Ok(answer)
}

/// The answer as the caller is to get it.
pub fn encode_answer(answer: &Exchange) -> Bytes {
    encode::answer(answer)
}

fn translated(
    asked: Surface,
    spoken: Surface,
    created: Timestamp,
    body: &Bytes,
    limits: &Limits,
) -> Result<Bytes, DecodeError> {
    // Our own scanner first: it is the one that knows the limits.
    Document::read(body, limits.json_depth_max, Duplicates::Keep)?;
    let body: Json = serde_json::from_slice(body)
        .map_err(|_| TranslateError::Shape { field: "body".to_owned(), expected: "JSON of moderate depth" })?;
    let mut body =
        if is_error(&body) { translate::error(spoken, asked, body) } else { translate::answer(spoken, asked, body)? };
    date(&mut body, created);
    Ok(Bytes::from(body.to_string()))
}

/// Dates an answer or an event that a translation left without a date, for Anthropic's have none.
pub(crate) fn date(body: &mut Json, created: Timestamp) {
    for holder in ["/created", "/created_at", "/response/created_at"] {
        if let Some(date) = body.pointer_mut(holder).filter(|date| date.as_u64() == Some(0)) {
            *date = created.seconds().into();
        }
    }
}

/// Whether a body is one of the vendors' error envelopes.
pub(crate) fn is_error(body: &Json) -> bool {
    body.get("error").is_some_and(|error| !error.is_null()) && body.get("output").is_none()
}

/// Whether a body that came with the status of an answer holds nothing but an error, as some upstreams do it. A
/// caller's library would take it for an answer, and a breaker for a success.
pub fn is_error_alone(body: &[u8], limits: &Limits) -> bool {
    /// No error is longer, and a long answer need not be read once more.
    const BYTES_MAX: usize = 64 << 10;
    if body.len() > BYTES_MAX || memchr::memmem::find(body, b"\"error\"").is_none() {
        return false;
    }
    let Ok(document) = Document::read(body, limits.json_depth_max, Duplicates::Keep) else { return false };
    let root = document.root();
    let is_told = root.get("error").is_some_and(|error| matches!(error.kind(), Kind::Object | Kind::String));
    is_told && Surface::ALL.into_iter().all(|surface| root.get(foreign::member(surface)).is_none())
}

/// Embeddings, moderations, token counts: numbers, and strings only where they are not expected.
fn numbers(root: Value<'_>, walk: &mut Walk) {
    let place = Place::of(Origin::Assistant, 0);
    for (key, value) in root.members() {
        match key.text().as_deref() {
            Some("data") => value.items().for_each(|item| embedding(item, walk)),
            Some("results" | "usage" | "input_tokens") => walk.structure(value, place),
            _ => walk.envelope(key, value, place),
        }
    }
}

fn embedding(item: Value<'_>, walk: &mut Walk) {
    let place = Place::of(Origin::Assistant, 0);
    for (key, value) in item.members() {
        match key.text().as_deref() {
            Some("embedding") => walk.sealed(value, "embedding", place),
            Some("object" | "index") => walk.structure(value, place),
            _ => walk.unknown(key, value, place),
        }
    }
}

impl Walk {
    /// A member of an answer that is about it rather than in it; an error is read like any other text.
    pub(crate) fn envelope(&mut self, key: Value<'_>, value: Value<'_>, place: Place) {
        match key.text().as_deref() {
            Some(
                "id" | "object" | "type" | "created" | "created_at" | "model" | "role" | "system_fingerprint"
                | "service_tier" | "provider" | "obfuscation" | "status" | "index" | "request_id",
            ) => self.structure(value, place),
            Some(
                "usage" | "prompt_filter_results" | "content_filter_results" | "timings" | "x_groq" | "moderation",
            ) => {
                self.says_more |= !value.is_null();
                self.structure(value, place);
            }
            Some("error") => {
                self.says_more |= !value.is_null();
                self.asides(value, place.whole(SegmentKind::Other));
            }
            _ => self.unknown(key, value, place),
        }
    }
}
