//! The DEMONSTRATION upstream: no model at all, but a deterministic, obedient and leaky stand-in, in this
//! process.
//!
//! It does what a careless model does, every time: it repeats what it was told, personal data included; it
//! reveals its system prompt and a planted secret when asked; it obeys instructions inside documents and
//! inside base64; it calls tools; it streams in pieces so small that addresses and secrets are cut in two.
//! So whatever comes out of the gateway clean was cleaned by the gateway. Its models are called
//! `redoubt-demo…`, and what it says is labelled as a demonstration.

mod ask;
mod chat;
mod completions;
mod embeddings;
mod messages;
mod mind;
mod sample;
mod script;

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use redoubt_domain::Surface;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{BaseUrl, BuildProviderError, Call, Provider, Row, unserved};
use crate::settings::ProviderSettings;
use crate::upstream::{Answer, AnswerBody, Failure};

pub use mind::planted_secret;
pub(crate) use script::Script;

/// The usual name of its model.
pub const MODEL: &str = "redoubt-demo";

pub(super) static ROW: Row = Row {
    name: "demo",
    summary: "A demonstration in this process: deterministic, obedient and leaky. No model runs.",
    base_url: BaseUrl::InProcess,
    surfaces: &[
        Surface::ChatCompletions,
        Surface::Completions,
        Surface::Embeddings,
        Surface::Messages,
        Surface::CountTokens,
    ],
    build: |settings| Ok(Box::new(Demo::new(settings)?)),
};

/// It has no clock: every answer was "created" when the demonstration was written.
const CREATED: u64 = 1_795_305_600;

struct Demo {
    delay: Duration,
    pace: Duration,
    idle_timeout: Duration,
    total_timeout: Duration,
}

impl Demo {
    #[expect(clippy::unnecessary_wraps, reason = "the shape that every row of the table has")]
    fn new(settings: &ProviderSettings) -> Result<Self, BuildProviderError> {
        Ok(Self {
            delay: settings.delay,
            pace: settings.pace,
            idle_timeout: settings.idle_timeout,
            total_timeout: settings.total_timeout,
        })
    }
}

#[async_trait]
impl Provider for Demo {
    async fn send(&self, call: &Call) -> Result<Answer, Failure> {
        let deadline = Instant::now() + self.total_timeout;
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
        let body: Value = serde_json::from_slice(call.body()).map_err(|error| refused(&error.to_string()))?;
        let model = call.model().as_str();
        let said = match (call.spoken(), call.stream()) {
            (Surface::ChatCompletions, stream) => chat::answer(&ask::from_chat(&body), model, stream),
            (Surface::Completions, stream) => completions::answer(&body, model, stream),
            (Surface::Messages, stream) => messages::answer(&ask::from_messages(&body), model, stream),
            (Surface::CountTokens, _) => {
                Said::Whole(json!({ "input_tokens": ask::from_messages(&body).input_tokens() }))
            }
            (Surface::Embeddings, _) => Said::Whole(embeddings::answer(&body, model).map_err(refused)?),
            (surface @ (Surface::Responses | Surface::Moderations), _) => return Err(unserved(surface)),
        };
        let (kind, pieces) = match said {
            Said::Whole(answer) => ("application/json", vec![Bytes::from(answer.to_string())]),
            Said::Streamed(pieces) => ("text/event-stream", pieces),
        };
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        let body = AnswerBody::demo(Script::new(pieces, self.pace), self.idle_timeout, deadline);
        Ok(Answer { headers, body })
    }
}

/// What the demonstration says: all at once, or as server-sent events.
enum Said {
    Whole(Value),
    Streamed(Vec<Bytes>),
}

fn refused(reason: &str) -> Failure {
    let body = json!({ "error": { "message": reason, "type": "invalid_request_error", "param": null, "code": null } });
    Failure::Refused { status: StatusCode::BAD_REQUEST, retry_after: None, body: body.to_string().into() }
}

/// A nameless server-sent event.
fn event(data: &Value) -> Bytes {
    format!("data: {data}\n\n").into()
}

/// A server-sent event with the name that its data gives as `type`.
fn named_event(data: &Value) -> Bytes {
    let name = data.get("type").and_then(Value::as_str).unwrap_or_default();
    format!("event: {name}\ndata: {data}\n\n").into()
}

/// Its tokens: at most four characters, so that addresses and secrets fall apart.
fn tokens(text: &str) -> Vec<&str> {
    let mut rest = text;
    let mut tokens = Vec::with_capacity(text.len() / 4 + 1);
    while !rest.is_empty() {
        let end = rest.char_indices().nth(4).map_or(rest.len(), |(end, _)| end);
        let (token, after) = rest.split_at(end);
        tokens.push(token);
        rest = after;
    }
    tokens
}

/// The first `limit` tokens of `text`, and whether that is all of it.
fn cut(text: &str, limit: Option<usize>) -> (String, bool) {
    let tokens = tokens(text);
    match limit {
        Some(limit) if limit < tokens.len() => (tokens.into_iter().take(limit).collect(), false),
        _ => (text.to_owned(), true),
    }
}

/// An id that depends on what was asked alone.
fn id(prefix: &str, seed: &str) -> String {
    let hash = blake3::hash(seed.as_bytes()).to_hex();
    format!("{prefix}demo{}", hash.get(..16).unwrap_or_default())
}
