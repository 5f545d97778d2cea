//! What happens to a request, from top to bottom.
//!
//! ```text
//! path -> key -> body -> Exchange -> route -> Admitted -> doubts, asked -> Decided -> record begun
//!      -> Cleared -> upstream, while the record becomes durable -> answer -> Cleared -> bytes out
//! ```

use std::future::poll_fn;
use std::net::IpAddr;
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use bytes::Bytes;
use http::Request;
use http::Response;
use http::request::Parts;
use hyper::body::Incoming;
use redoubt_domain::{Action, Decision, Exchange, ModelName, Surface, Timestamp, Usage};
use redoubt_guard::{Cleared, Conversation, Decided, Engine, Outcome, Scope, StreamInspection};
use redoubt_wire::{DecodeError, Outbound, ProblemKind, StreamDecoder};
use tokio::task::spawn_blocking;

use crate::admit::{Admitted, Terms};
use crate::dispatch::{Delivered, Delivery, Errand};
use crate::endpoint::{Endpoint, endpoint, no_such_path};
use crate::journey::Journey;
use crate::record::Opening;
use crate::reply;
use crate::server::{Outgoing, read_body};
use crate::settings::{OnBlock, Price};
use crate::state::{Route, Shared, Snapshot};
use crate::stop::{Blocked, Refusal, Stop, Trouble, upstream_trouble};
use crate::telemetry::Stage;
use crate::upstream::{AnswerBody, Failure};
use crate::{listing, moderation, second_opinion};

/// An answer that may leave.
pub(crate) enum Reply {
    /// Complete.
    Whole {
        body: Bytes,
        /// The answer before any rule changed it.
        received: Bytes,
        usage: Option<Usage>,
        decision: Option<Decision>,
    },
    /// Still to come, and to be inspected on its way.
    Stream { body: AnswerBody, decoder: Box<StreamDecoder>, inspection: Box<StreamInspection> },
}

impl Reply {
    /// An answer that Redoubt gives itself.
    pub(crate) fn own(body: Bytes) -> Self {
        Self::Whole { received: body.clone(), body, usage: Some(Usage::default()), decision: None }
    }
}

/// Answers one request.
pub(crate) async fn serve(shared: Arc<Shared>, peer: IpAddr, request: Request<Incoming>) -> Response<Outgoing> {
    let snapshot = shared.snapshot.load_full();
    let mut journey = Journey::begin(&shared);
    let (head, body) = request.into_parts();
    let (result, envelope) = match endpoint(&head.method, head.uri.path()) {
        Endpoint::Surface(surface) => (use_model(&snapshot, peer, surface, &head, body, &mut journey).await, surface),
        Endpoint::Models => (listing::all(&snapshot, peer, &head, &mut journey), listing::envelope(&head)),
        Endpoint::Model(name) => (listing::one(&snapshot, peer, &head, &name, &mut journey), listing::envelope(&head)),
        Endpoint::WrongMethod { right } => {
            let message = format!("`{}` is asked by {right}, not by {}", head.uri.path(), head.method);
            let trouble = Trouble { allow: Some(right), ..Trouble::new(ProblemKind::WrongMethod, message) };
            (Err(trouble.into()), listing::envelope(&head))
        }
        Endpoint::Unknown { nearest } => {
            let message = no_such_path(&head.method, head.uri.path(), nearest);
            (Err(Trouble::new(ProblemKind::UnknownPath, message).into()), listing::envelope(&head))
        }
    };
    match result {
        Ok(reply) => reply::answered(reply, envelope, &snapshot, journey).await,
        Err(stop) => reply::stopped(stop, envelope, &snapshot, journey).await,
    }
}

/// The one way from a request to a model and back.
async fn use_model(
    snapshot: &Arc<Snapshot>,
    peer: IpAddr,
    surface: Surface,
    head: &Parts,
    body: Incoming,
    journey: &mut Journey,
) -> Result<Reply, Stop> {
    let shared = Arc::clone(&journey.shared);
    let limits = &snapshot.settings.bounds;
    journey.event.surface = Some(surface);

    // Who asks? Before the body is read, so that strangers cost nothing.
    let caller = shared.admission.identify(&head.headers, peer)?;
    journey.is_of(&caller);

    // What do they ask?
    let body = read_body(body, limits).await?;
    journey.received();
    journey.passed(Stage::Receive);
    let exchange = decode(snapshot, surface, body.clone()).await?;
    let model = exchange.model.clone();
    let stream = exchange.demand.stream;
    journey.asks_for(&model, stream);
    journey.passed(Stage::Decode);
    let route = snapshot.route(surface, model.as_str(), &caller.tenant).ok_or_else(|| unknown(&model))?;
    journey.event.route = Some(route.name.clone());
    if stream && !route.settings.stream {
        return Err(Trouble::new(ProblemKind::Unsupported, "streamed answers are not served here").into());
    }

    // May they?
    let resolved = snapshot.resolve(model.as_str());
    let price = resolved.as_ref().map_or_else(Price::default, |resolved| resolved.model.price);
    let terms = terms(&exchange, price);
    (journey.price, journey.estimate) = (price, terms.estimate);
    let admitted = shared.admission.admit(caller, exchange, peer, &terms).await?;
    journey.passed(Stage::Admit);
    if surface == Surface::Moderations {
        return moderation::answer(snapshot, peer, route, admitted, body, journey).await;
    }
    let resolved = resolved.ok_or_else(|| unknown(&model))?;

    // Is it harmless, or can it be made so?
    let asks_usage = redoubt_wire::asks_usage(admitted.get());
    let user = admitted.get().demand.user.clone();
    let decided = inspect(snapshot, route, admitted, journey).await?;
    journey.decided_input(&decided.decision);
    journey.passed(Stage::Inspect);

    // Write it down: the record becomes durable while the upstream works, and before anything leaves.
    let Decided { decision, outcome } = decided;
    let draft = shared.recorder.draft(Opening {
        peer,
        user: user.as_deref(),
        decision: &decision,
        received: body,
        keep: snapshot.settings.audit.payloads,
        durability: snapshot.settings.audit.durability,
        journey,
    })?;
    let Outcome::Clear { cleared, conversation } = outcome else {
        let (record, recording) = draft.write(None)?;
        journey.record = Some(record);
        journey.passed(Stage::Record);
        recording.durable().await?;
        return Err(blocked(decision, None, Bytes::new(), route, &model, stream));
    };
    let sent = || changed(&decision, &cleared, &model);
    if surface == Surface::CountTokens && !resolved.serves(surface) {
        let (record, recording) = draft.write(sent())?;
        journey.record = Some(record);
        journey.passed(Stage::Record);
        recording.durable().await?;
        return Ok(estimated(cleared.get()));
    }

    // Ask the model. It has the request before the record is put together, which takes longer than to send it; but not
    // while the log cannot be written.
    let errand =
        Errand { request: journey.id, snapshot, resolved: &resolved, cleared: &cleared, headers: &head.headers };
    let mut asking = Box::pin(errand.run(&mut journey.dice, &mut journey.event.attempts));
    let begun = Instant::now();
    let early = if shared.recorder.is_writable() {
        poll_fn(|context| Poll::Ready(asking.as_mut().poll(context))).await
    } else {
        Poll::Pending
    };
    let sending = begun.elapsed();
    let (record, recording) = draft.write(sent())?;
    journey.record = Some(record);
    journey.event.upstream += sending;
    journey.event.stages.end_with_part(Stage::Record, Stage::Upstream, sending);
    let asking = async move {
        match early {
            Poll::Ready(delivered) => delivered,
            Poll::Pending => asking.await,
        }
    };
    let (delivered, waited) = recording.meanwhile(asking).await?;
    journey.waited(waited);
    let Delivered { answer, spoken, provider, model: upstream_model, price } =
        delivered.map_err(|failure| failed(&failure, &route.engine))?;
    journey.answered_by(provider, &upstream_model, price);

    // Is the answer harmless? A stream is asked piece by piece, on its way out.
    let body = match answer {
        Delivery::Whole(body) => body,
        Delivery::Stream(body) => {
            let decoder = StreamDecoder::new(surface, spoken, &model, journey.at, limits);
            let decoder = if asks_usage { decoder } else { decoder.hiding_usage() };
            let inspection = Box::new(route.engine.watch(conversation));
            return Ok(Reply::Stream { body, decoder: Box::new(decoder), inspection });
        }
    };
    let answer = Unread { surface, spoken, model: model.clone(), created: journey.at, body };
    let Inspected { decision, cleared, usage, received } =
        inspect_answer(route, answer, snapshot, conversation).await?;
    let usage =
        usage.unwrap_or_else(|| Usage { input_tokens: journey.estimate.input_tokens, ..estimated_usage(&cleared) });
    journey.decided_output(&decision);
    journey.passed(Stage::InspectAnswer);
    match cleared {
        None => Err(blocked(decision, Some(usage), received, route, &model, stream)),
        Some(cleared) => {
            let body = redoubt_wire::encode_answer(cleared.get());
            journey.passed(Stage::Encode);
            Ok(Reply::Whole { body, received, usage: Some(usage), decision: Some(decision) })
        }
    }
}

/// An answer as an upstream gave it.
struct Unread {
    surface: Surface,
    spoken: Surface,
    model: ModelName,
    created: Timestamp,
    body: Bytes,
}

/// An answer, read and judged.
struct Inspected {
    decision: Decision,
    cleared: Option<Cleared<Exchange>>,
    usage: Option<Usage>,
    received: Bytes,
}

async fn inspect_answer(
    route: &Route,
    answer: Unread,
    snapshot: &Arc<Snapshot>,
    mut conversation: Conversation,
) -> Result<Inspected, Stop> {
    let is_small = answer.body.len() <= INLINE_BYTES_MAX;
    let (engine, limits) = (Arc::clone(&route.engine), Arc::clone(snapshot));
    let work = move || {
        let Unread { surface, spoken, model, created, body } = answer;
        let answer = redoubt_wire::decode_answer(surface, spoken, &model, created, body, &limits.settings.bounds)?;
        let (usage, received) = (answer.usage, answer.body_as_received().clone());
        let (decision, cleared) = engine.inspect_answer(answer, &mut conversation);
        Ok::<_, DecodeError>(Inspected { decision, cleared, usage, received })
    };
    let inspected = if is_small { work() } else { aside(work).await? };
    inspected.map_err(|error| failed(&Failure::Nonsense { reason: error.to_string() }, &route.engine))
}

/// What an answer used, if its upstream does not tell.
fn estimated_usage(answer: &Option<Cleared<Exchange>>) -> Usage {
    let segments = answer.iter().flat_map(|answer| &answer.get().segments);
    let output_tokens = segments.map(|segment| redoubt_wire::estimate_tokens(segment.text())).sum();
    Usage { input_tokens: 0, output_tokens }
}

/// Requests and answers larger than this are read and inspected away from the threads that serve others.
const INLINE_BYTES_MAX: usize = 128 << 10;

async fn decode(snapshot: &Arc<Snapshot>, surface: Surface, body: Bytes) -> Result<Exchange, Stop> {
    let decoded = if body.len() <= INLINE_BYTES_MAX {
        redoubt_wire::decode_request(surface, body, &snapshot.settings.bounds)
    } else {
        let snapshot = Arc::clone(snapshot);
        aside(move || redoubt_wire::decode_request(surface, body, &snapshot.settings.bounds)).await?
    };
    decoded.map_err(|error| {
        let param = error.param().map(str::to_owned);
        Trouble { param, ..Trouble::new(error.kind(), error.to_string()) }.into()
    })
}

/// Takes an admitted request alone: what was not admitted is not inspected, so it is not sent either.
async fn inspect(
    snapshot: &Snapshot,
    route: &Route,
    admitted: Admitted<Exchange>,
    journey: &mut Journey,
) -> Result<Decided<Exchange>, Stop> {
    let (exchange, permit) = admitted.into_parts();
    let scope = Scope { tenant: permit.caller().tenant.clone(), request: journey.id, key: journey.key() };
    journey.permit = Some(permit);
    let is_small = exchange.body_as_received().len() <= INLINE_BYTES_MAX;
    let engine = Arc::clone(&route.engine);
    let opened = if is_small { engine.open(exchange) } else { aside(move || engine.open(exchange)).await? };
    let opinions = second_opinion::ask(&journey.shared, &snapshot.settings, &route.engine, &opened).await;
    if is_small {
        return Ok(route.engine.close(opened, opinions, &scope));
    }
    let engine = Arc::clone(&route.engine);
    aside(move || engine.close(opened, opinions, &scope)).await
}

async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Stop> {
    let internal = |_| Trouble::new(ProblemKind::Internal, "the request could not be processed").into();
    spawn_blocking(work).await.map_err(internal)
}

/// What the request is thought to use: its own tokens, and as many as its answers may have.
fn terms(exchange: &Exchange, price: Price) -> Terms {
    /// What an answer is thought to have when the caller sets no bound.
    const OUTPUT_TOKENS: u32 = 1_024;
    let input_tokens = exchange.segments.iter().map(|segment| redoubt_wire::estimate_tokens(segment.text())).sum();
    let output_tokens = match exchange.surface {
        Surface::ChatCompletions | Surface::Completions | Surface::Responses | Surface::Messages => {
            let each = exchange.demand.output_tokens_max.unwrap_or(OUTPUT_TOKENS);
            u64::from(each) * u64::from(exchange.demand.choices.max(1))
        }
        Surface::Embeddings | Surface::Moderations | Surface::CountTokens => 0,
    };
    Terms { model: exchange.model.clone(), estimate: Usage { input_tokens, output_tokens }, price }
}

/// A count of tokens for upstreams that count none themselves.
fn estimated(exchange: &Exchange) -> Reply {
    let tokens = exchange.segments.iter().map(|segment| redoubt_wire::estimate_tokens(segment.text())).sum();
    let body = redoubt_wire::encode_token_count(tokens);
    Reply::own(body)
}

fn unknown(model: &ModelName) -> Stop {
    let message = format!(
        "the model `{model}` does not exist or you do not have access to it; GET /v1/models lists those you may name"
    );
    Trouble { param: Some("model".to_owned()), ..Trouble::new(ProblemKind::NotFound, message) }.into()
}

fn failed(failure: &Failure, engine: &Engine) -> Stop {
    Stop::Upstream(upstream_trouble(failure, engine))
}

fn blocked(
    decision: Decision,
    usage: Option<Usage>,
    received: Bytes,
    route: &Route,
    model: &ModelName,
    stream: bool,
) -> Stop {
    let refusal = match route.settings.on_block {
        OnBlock::Error => None,
        OnBlock::Refusal => Some(Refusal { text: route.settings.refusal_text.clone(), model: model.clone(), stream }),
    };
    Stop::Blocked(Box::new(Blocked { decision, usage, received, refusal }))
}

/// The request as it goes on, if a rule changed it: for the record.
fn changed(decision: &Decision, cleared: &Cleared<Exchange>, model: &ModelName) -> Option<Bytes> {
    if decision.action != Action::Transform {
        return None;
    }
    let exchange = cleared.get();
    let outbound = Outbound { spoken: exchange.surface, model, ask_usage: false, output_tokens_default: 0 };
    redoubt_wire::encode_request(exchange, &outbound).ok()
}
