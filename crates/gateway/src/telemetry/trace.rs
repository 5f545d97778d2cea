//! A span for each request, in the words of the OpenTelemetry semantic conventions for generative AI.
//!
//! The span is made when the request is over, from its event.

use std::time::SystemTime;

use opentelemetry::trace::{Span, SpanKind, Status, Tracer, TracerProvider};
use opentelemetry::{KeyValue, global};
use redoubt_domain::{Action, Surface};

use super::{Ending, Event};

pub(super) fn record(event: &Event) {
    let Some(surface) = event.surface else { return };
    let tracer = global::tracer_provider().tracer("redoubt");
    let operation = operation(surface);
    let name = match &event.model {
        Some(model) => format!("{operation} {model}"),
        None => operation.to_owned(),
    };
    let ended = SystemTime::now();
    let started = ended.checked_sub(event.total).unwrap_or(ended);
    let mut span = tracer
        .span_builder(name)
        .with_kind(SpanKind::Server)
        .with_start_time(started)
        .with_attributes(attributes(event, operation))
        .start(&tracer);
    if matches!(event.ending, Ending::UpstreamFailed | Ending::Failed) {
        span.set_status(Status::error(event.ending.name()));
    }
    span.end_with_timestamp(ended);
}

/// `gen_ai.operation.name`.
const fn operation(surface: Surface) -> &'static str {
    match surface {
        Surface::ChatCompletions | Surface::Responses | Surface::Messages => "chat",
        Surface::Completions => "text_completion",
        Surface::Embeddings => "embeddings",
        Surface::Moderations => "moderation",
        Surface::CountTokens => "count_tokens",
    }
}

fn attributes(event: &Event, operation: &'static str) -> Vec<KeyValue> {
    let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let mut attributes = vec![
        KeyValue::new("gen_ai.operation.name", operation),
        KeyValue::new("gen_ai.usage.input_tokens", whole(event.usage.input_tokens)),
        KeyValue::new("gen_ai.usage.output_tokens", whole(event.usage.output_tokens)),
        KeyValue::new("http.response.status_code", i64::from(event.status)),
        KeyValue::new("redoubt.request_id", event.request.to_string()),
        KeyValue::new("redoubt.ending", event.ending.name()),
        KeyValue::new("redoubt.findings", whole(event.findings.len() as u64)),
    ];
    let words = [
        ("gen_ai.provider.name", event.provider.clone()),
        ("gen_ai.request.model", event.model.as_ref().map(ToString::to_string)),
        ("gen_ai.response.model", event.upstream_model.as_ref().map(ToString::to_string)),
        ("redoubt.route", event.route.clone()),
        ("redoubt.tenant", event.tenant.as_ref().map(ToString::to_string)),
        ("redoubt.decision.input", event.input.map(|action| Action::name(action).to_owned())),
        ("redoubt.decision.output", event.output.map(|action| Action::name(action).to_owned())),
    ];
    attributes.extend(words.into_iter().filter_map(|(key, value)| value.map(|value| KeyValue::new(key, value))));
    if let Some(overhead) = event.overhead {
        attributes.push(KeyValue::new("redoubt.overhead_us", whole(super::micros(overhead))));
    }
    attributes
}
