//! Answers of Redoubt's own, and the headers of all answers.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use http::{Response, StatusCode};
use redoubt_domain::{Decision, Direction, ModelName, Origin, Surface, Timestamp, Usage};
use redoubt_guard::Engine;
use redoubt_wire::{Problem, ProblemKind, Verdict};
use serde_json::Value;

use crate::admit::{Rate, Refused, Unit};
use crate::flow::Reply;
use crate::journey::Journey;
use crate::record::{Closing, Unrecorded, Written};
use crate::server::{BodyError, Outgoing};
use crate::settings::Durability;
use crate::state::Snapshot;
use crate::stream::AnswerStream;
use crate::telemetry::Ending;
use crate::upstream::Failure;

/// Why a request gets no answer of a model.
pub(crate) enum Stop {
    /// Admission refused it.
    Refused(Refused),
    /// It makes no sense, or Redoubt cannot serve it.
    Problem(Trouble),
    /// A rule refused it or its answer.
    Blocked(Box<Blocked>),
    /// The upstream failed.
    Upstream(Trouble),
}

/// What a rule refused.
pub(crate) struct Blocked {
    pub(crate) decision: Decision,
    /// Tokens, if an answer was refused.
    pub(crate) usage: Option<Usage>,
    /// The answer that was refused; empty if the request was.
    pub(crate) received: Bytes,
    pub(crate) refusal: Option<Refusal>,
}

/// A route's setting that a block is answered with a fixed text.
pub(crate) struct Refusal {
    pub(crate) text: String,
    pub(crate) model: ModelName,
    pub(crate) stream: bool,
}

/// What is wrong, for the caller.
pub(crate) struct Trouble {
    pub(crate) kind: ProblemKind,
    pub(crate) message: String,
    pub(crate) param: Option<String>,
    /// The vendor's code, where an upstream gave one that clients act upon.
    pub(crate) code: Option<String>,
    pub(crate) retry_after: Option<Duration>,
}

impl Trouble {
    pub(crate) fn new(kind: ProblemKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), param: None, code: None, retry_after: None }
    }
}

impl From<Trouble> for Stop {
    fn from(trouble: Trouble) -> Self {
        Self::Problem(trouble)
    }
}

impl From<Refused> for Stop {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<BodyError> for Stop {
    fn from(error: BodyError) -> Self {
        let kind = match error {
            BodyError::TooLarge { .. } => ProblemKind::TooLarge,
            BodyError::Slow | BodyError::Broken => ProblemKind::InvalidRequest,
        };
        Self::Problem(Trouble::new(kind, error.to_string()))
    }
}

impl From<Unrecorded> for Trouble {
    fn from(_: Unrecorded) -> Self {
        let message = "the request cannot be recorded, so it is not answered; try again later";
        Self::new(ProblemKind::Unavailable, message)
    }
}

impl From<Unrecorded> for Stop {
    fn from(unrecorded: Unrecorded) -> Self {
        Self::Problem(unrecorded.into())
    }
}

/// What to tell a caller about a failed upstream. An upstream's words are relayed only when they are about
/// the request, and only if the guard lets them through; they never name the provider or its credentials.
pub(crate) fn upstream_trouble(failure: &Failure, engine: &Engine) -> Trouble {
    use ProblemKind as Kind;
    let own = |kind, message: &str| Trouble { retry_after: failure.retry_after(), ..Trouble::new(kind, message) };
    match failure {
        Failure::Timeout { .. } => own(Kind::UpstreamTimeout, "the model took too long to answer"),
        Failure::Connect(_) | Failure::Broken(_) => own(Kind::Upstream, "the model cannot be reached"),
        Failure::TooLarge { .. } | Failure::Nonsense { .. } => own(Kind::Upstream, "the model's answer makes no sense"),
        Failure::Resting => own(Kind::Upstream, "the model is not available after repeated failures"),
        Failure::Unfit { reason } => Trouble::new(Kind::Unsupported, reason.clone()),
        Failure::Refused { status, body, .. } => match status.as_u16() {
            400 | 422 => relayed(Kind::InvalidRequest, "the model refused the request", body, engine),
            404 => own(Kind::NotFound, "the model is not known upstream"),
            413 => relayed(Kind::TooLarge, "the request is too large for the model", body, engine),
            429 => own(Kind::RateLimited, "the model is busy; try again later"),
            503 | 529 => own(Kind::Overloaded, "the model is overloaded; try again later"),
            _ => own(Kind::Upstream, "the model failed"),
        },
    }
}

fn relayed(kind: ProblemKind, otherwise: &str, body: &[u8], engine: &Engine) -> Trouble {
    let said: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |pointer: &str| said.pointer(pointer).and_then(Value::as_str);
    let word = |pointer: &str| text(pointer).filter(|word| is_word(word)).map(str::to_owned);
    let message = text("/error/message").filter(|message| message.len() <= 4_096).and_then(|message| {
        let scan = engine.scan(message, Origin::Assistant, Direction::Output);
        scan.action.passes().then_some(scan.text)
    });
    Trouble {
        param: word("/error/param"),
        code: word("/error/code"),
        ..Trouble::new(kind, message.unwrap_or_else(|| otherwise.to_owned()))
    }
}

/// An identifier such as `context_length_exceeded` or `messages.0.content`: too plain to carry anything.
fn is_word(text: &str) -> bool {
    text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'[' | b']'))
}

/// Lets an answer leave.
pub(crate) async fn answered(
    reply: Reply,
    surface: Surface,
    snapshot: &Snapshot,
    mut journey: Journey,
) -> Response<Outgoing> {
    let durability = snapshot.settings.audit.durability;
    match reply {
        Reply::Whole { body, received, usage, decision } => {
            let response = headed(StatusCode::OK, JSON, body.clone(), &mut journey);
            let closing = Closing { decision: decision.as_ref(), received, sent: Some(body) };
            let written = journey.end(Ending::Answered, usage, closing);
            sealed(response, written, durability, surface, &mut journey).await
        }
        Reply::Stream { body, decoder, inspection } => {
            let mut response = headed(StatusCode::OK, EVENT_STREAM, Bytes::new(), &mut journey);
            let keep = if snapshot.settings.audit.payloads { snapshot.settings.bounds.answer_bytes_max } else { 0 };
            let stream = AnswerStream::new(body, decoder, inspection, journey, durability, keep);
            *response.body_mut() = Outgoing::Stream(Box::new(stream));
            response
        }
    }
}

/// Tells the caller of a request that gets no answer of a model, in its surface's own envelope.
pub(crate) async fn stopped(
    stop: Stop,
    surface: Surface,
    snapshot: &Snapshot,
    mut journey: Journey,
) -> Response<Outgoing> {
    let (ending, usage, response) = match &stop {
        Stop::Refused(refused) => {
            let trouble =
                Trouble { retry_after: refused.retry_after, ..Trouble::new(refused.kind, refused.message.clone()) };
            let mut response = problem(&trouble, None, surface, &mut journey);
            rate_headers(response.headers_mut(), &refused.rates, surface, journey.at);
            (Ending::Refused, None, response)
        }
        Stop::Problem(trouble) => {
            let is_ours = matches!(trouble.kind, ProblemKind::Internal | ProblemKind::Unavailable);
            let ending = if is_ours { Ending::Failed } else { Ending::Refused };
            (ending, Some(Usage::default()), problem(trouble, None, surface, &mut journey))
        }
        Stop::Upstream(trouble) => (Ending::UpstreamFailed, None, problem(trouble, None, surface, &mut journey)),
        Stop::Blocked(blocked) => {
            let Blocked { decision, usage, received: _, refusal } = blocked.as_ref();
            let response = match refusal {
                None => {
                    let message = "the request or its answer was refused by a policy";
                    problem(&Trouble::new(ProblemKind::Blocked, message), Some(decision), surface, &mut journey)
                }
                Some(refusal) => refused(refusal, decision, surface, &mut journey),
            };
            (Ending::Blocked, *usage, response)
        }
    };
    let closing = match &stop {
        Stop::Blocked(blocked) if journey.event.output.is_some() => {
            Closing { decision: Some(&blocked.decision), received: blocked.received.clone(), sent: None }
        }
        _ => Closing::default(),
    };
    let written = journey.end(ending, usage, closing);
    sealed(response, written, snapshot.settings.audit.durability, surface, &mut journey).await
}

/// Lets `response` go once its record is written, if the operator asked for that.
async fn sealed(
    response: Response<Outgoing>,
    written: Option<Written>,
    durability: Durability,
    surface: Surface,
    journey: &mut Journey,
) -> Response<Outgoing> {
    let (Durability::Answer, Some(written)) = (durability, written) else { return response };
    match written.durable().await {
        Ok(()) => response,
        Err(unrecorded) => problem(&unrecorded.into(), None, surface, journey),
    }
}

/// A block answered with a fixed text.
fn refused(refusal: &Refusal, decision: &Decision, surface: Surface, journey: &mut Journey) -> Response<Outgoing> {
    let verdict = Verdict { request_id: journey.id, decision };
    let Refusal { text, model, stream } = refusal;
    if *stream {
        let body = redoubt_wire::refusal_stream(surface, model, text, &verdict, journey.at);
        headed(StatusCode::OK, EVENT_STREAM, body, journey)
    } else {
        let body = redoubt_wire::refusal_answer(surface, model, text, &verdict, journey.at);
        headed(StatusCode::OK, JSON, body, journey)
    }
}

const EVENT_STREAM: &str = "text/event-stream";

/// The type of every answer that is not a stream.
const JSON: &str = "application/json";

fn problem(
    trouble: &Trouble,
    decision: Option<&Decision>,
    surface: Surface,
    journey: &mut Journey,
) -> Response<Outgoing> {
    let verdict = decision.map(|decision| Verdict { request_id: journey.id, decision });
    let problem = Problem { kind: trouble.kind, message: &trouble.message, param: trouble.param.as_deref(), verdict };
    let mut body = redoubt_wire::encode_problem(surface, &problem);
    if let Some(code) = &trouble.code {
        body = with_code(&body, code).unwrap_or(body);
    }
    let status = StatusCode::from_u16(trouble.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = headed(status, JSON, body, journey);
    if let Some(after) = trouble.retry_after {
        // Whole seconds, rounded up: a client that comes back a moment too early is refused again.
        let seconds = after.as_millis().div_ceil(1_000).max(1);
        insert(response.headers_mut(), RETRY_AFTER, &seconds.to_string());
    }
    response
}

fn with_code(body: &[u8], code: &str) -> Option<Bytes> {
    let mut envelope: Value = serde_json::from_slice(body).ok()?;
    *envelope.pointer_mut("/error/code")? = Value::from(code);
    Some(envelope.to_string().into())
}

/// An answer with the headers that every answer has. No header of an upstream is among them, so none can
/// tell who it is.
fn headed(status: StatusCode, kind: &'static str, body: Bytes, journey: &mut Journey) -> Response<Outgoing> {
    journey.first_byte(status.as_u16());
    let mut response = Response::new(Outgoing::whole(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let id = journey.id.to_string();
    // The vendors' SDKs show their users these: OpenAI's the first, Anthropic's the second.
    for name in ["x-request-id", "request-id", "x-redoubt-request-id"] {
        insert(headers, HeaderName::from_static(name), &id);
    }
    if let Some(action) = journey.decision() {
        headers.insert("x-redoubt-decision", HeaderValue::from_static(action.name()));
    }
    if let (Some(permit), Some(surface)) = (&journey.permit, journey.event.surface) {
        rate_headers(headers, permit.rates(), surface, journey.at);
    }
    insert(headers, HeaderName::from_static("x-redoubt-overhead-us"), &journey.overhead().as_micros().to_string());
    response
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// A vendor's headers about one allowance: its whole, what is left of it, when it is whole again.
struct RateHeaders {
    limit: &'static str,
    remaining: &'static str,
    reset: &'static str,
}

/// No vendor tells how much money is left.
const fn names(surface: Surface, unit: Unit) -> Option<RateHeaders> {
    Some(match (surface, unit) {
        (_, Unit::Money) => return None,
        (Surface::Messages | Surface::CountTokens, Unit::Requests) => RateHeaders {
            limit: "anthropic-ratelimit-requests-limit",
            remaining: "anthropic-ratelimit-requests-remaining",
            reset: "anthropic-ratelimit-requests-reset",
        },
        (Surface::Messages | Surface::CountTokens, Unit::Tokens) => RateHeaders {
            limit: "anthropic-ratelimit-tokens-limit",
            remaining: "anthropic-ratelimit-tokens-remaining",
            reset: "anthropic-ratelimit-tokens-reset",
        },
        (_, Unit::Requests) => RateHeaders {
            limit: "x-ratelimit-limit-requests",
            remaining: "x-ratelimit-remaining-requests",
            reset: "x-ratelimit-reset-requests",
        },
        (_, Unit::Tokens) => RateHeaders {
            limit: "x-ratelimit-limit-tokens",
            remaining: "x-ratelimit-remaining-tokens",
            reset: "x-ratelimit-reset-tokens",
        },
    })
}

/// Tells the allowances in the vendor's headers: OpenAI gives the time left (`1.5s`), Anthropic the moment
/// (RFC 3339).
fn rate_headers(headers: &mut HeaderMap, rates: &[Rate], surface: Surface, now: Timestamp) {
    for rate in rates {
        let Some(RateHeaders { limit, remaining, reset }) = names(surface, rate.unit) else { continue };
        let when = match surface {
            Surface::Messages | Surface::CountTokens => now.plus(rate.reset_after).to_string(),
            Surface::ChatCompletions
            | Surface::Completions
            | Surface::Responses
            | Surface::Embeddings
            | Surface::Moderations => format!("{:.3}s", rate.reset_after.as_secs_f64()),
        };
        insert(headers, HeaderName::from_static(limit), &rate.limit.to_string());
        insert(headers, HeaderName::from_static(remaining), &rate.remaining.to_string());
        insert(headers, HeaderName::from_static(reset), &when);
    }
}
