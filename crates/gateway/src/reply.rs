//! Letting answers leave, and the headers of all answers.

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use http::{Response, StatusCode};
use redoubt_domain::{Decision, Surface, Usage};
use redoubt_wire::{Problem, ProblemKind, Verdict};
use serde_json::Value;

use crate::flow::Reply;
use crate::journey::Journey;
use crate::rates::rate_headers;
use crate::record::{Closing, Written};
use crate::server::Outgoing;
use crate::settings::Durability;
use crate::state::Snapshot;
use crate::stop::{Blocked, Refusal, Stop, Trouble};
use crate::stream::AnswerStream;
use crate::telemetry::Ending;

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
            if durability != Durability::Answer {
                journey.end_afterwards(usage, decision, received, body);
                return response;
            }
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
                    let what = if journey.event.output.is_some() { "answer" } else { "request" };
                    let message = format!("the {what} was blocked by a policy: {}", reasons(decision));
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
    if matches!(surface, Surface::Embeddings | Surface::Moderations | Surface::CountTokens) {
        // An answer of numbers has no words to refuse in: a success that holds an error would be read as numbers.
        return problem(&Trouble::new(ProblemKind::Blocked, text.clone()), Some(decision), surface, journey);
    }
    if *stream {
        let body = redoubt_wire::refusal_stream(surface, model, text, &verdict, journey.at);
        headed(StatusCode::OK, EVENT_STREAM, body, journey)
    } else {
        let body = redoubt_wire::refusal_answer(surface, model, text, &verdict, journey.at);
        headed(StatusCode::OK, JSON, body, journey)
    }
}

/// Room for the headers of an answer, so that their table is made once.
const HEADERS: usize = 16;

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
    // What only an operator can mend is found by them under this id.
    let message = match trouble.kind {
        ProblemKind::Upstream | ProblemKind::UpstreamTimeout | ProblemKind::Internal => {
            format!("{} (request {})", trouble.message, journey.id)
        }
        _ => trouble.message.clone(),
    };
    let problem = Problem { kind: trouble.kind, message: &message, param: trouble.param.as_deref(), verdict };
    let mut body = redoubt_wire::encode_problem(surface, &problem);
    if let Some(code) = &trouble.code {
        body = with_code(&body, code).unwrap_or(body);
    }
    let status = StatusCode::from_u16(trouble.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = headed(status, JSON, body, journey);
    if let Some(method) = trouble.allow {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static(method));
    }
    if let Some(after) = trouble.retry_after {
        // Whole seconds, rounded up: a client that comes back a moment too early is refused again.
        let seconds = after.as_millis().div_ceil(1_000).max(1);
        insert(response.headers_mut(), RETRY_AFTER, &seconds.to_string());
    }
    response
}

/// What a block is for, by the labels of what was found; never the text.
fn reasons(decision: &Decision) -> String {
    let mut labels: Vec<&str> = Vec::new();
    for judged in decision.judged.iter().filter(|judged| !judged.action.passes()) {
        let label = judged.finding.label.as_str();
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    if labels.is_empty() { "it could not be inspected as a whole".to_owned() } else { labels.join(", ") }
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
    headers.reserve(HEADERS);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // The vendors' SDKs show their users these: OpenAI's the first, Anthropic's the second.
    if let Ok(id) = HeaderValue::from_maybe_shared(Bytes::from(journey.id.to_string())) {
        for name in ["x-request-id", "request-id", "x-redoubt-request-id"] {
            headers.insert(HeaderName::from_static(name), id.clone());
        }
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

/// Adds a header; a value that headers may not hold is left out.
pub(crate) fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
