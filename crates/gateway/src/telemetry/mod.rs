//! What operators see: one [`Event`] for each request, at its end.

mod metrics;
mod stage;
mod trace;

use std::time::Duration;

use redoubt_domain::settings::Table;
use redoubt_domain::{Action, KeyId, ModelName, Money, RequestId, Surface, TenantId, Usage};

pub use metrics::render;
pub(crate) use metrics::{payloads_lost, second_opinions};
pub(crate) use stage::Stage;
pub use stage::Stages;

/// How log lines are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for machines.
    Json,
}

/// Metrics, traces and logs. None of them ever holds text of a request or an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TelemetrySettings {
    /// How log lines are written.
    pub log_format: LogFormat,
    /// Which log lines are written, as in `info` or `redoubt_gateway=debug,info`.
    pub log_filter: String,
    /// Where spans are sent by OTLP over HTTP, as in `http://127.0.0.1:4318/v1/traces`; nowhere without.
    pub otlp_endpoint: Option<String>,
    /// The name of this service in traces.
    pub service_name: String,
}

impl TelemetrySettings {
    pub(crate) fn read(table: &mut Table<'_>) -> Self {
        Self {
            log_format: table.choose(
                "log_format",
                "how log lines are written",
                &[("text", LogFormat::Text), ("json", LogFormat::Json)],
                LogFormat::Text,
                "text",
            ),
            log_filter: table.or("log_filter", "which log lines are written, such as `info`", "info".to_owned()),
            otlp_endpoint: table.get("otlp_endpoint", "where spans are sent by OTLP over HTTP"),
            service_name: table.or("service_name", "the name of this service in traces", "redoubt".to_owned()),
        }
    }
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The answer was delivered.
    Answered,
    /// A rule refused the request or the answer.
    Blocked,
    /// Admission refused it, or it made no sense.
    Refused,
    /// The upstream failed.
    UpstreamFailed,
    /// The caller went away.
    Cancelled,
    /// Redoubt itself failed.
    Failed,
}

impl Ending {
    /// The name used in records and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Blocked => "blocked",
            Self::Refused => "refused",
            Self::UpstreamFailed => "upstream_failed",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }
}

/// One request, told when it is over. It holds no text of anybody.
#[derive(Clone, Debug)]
pub struct Event {
    /// Which request.
    pub request: RequestId,
    /// The endpoint, if the path named one.
    pub surface: Option<Surface>,
    /// Whose it was, once known.
    pub tenant: Option<TenantId>,
    /// The key, once known.
    pub key: Option<KeyId>,
    /// The model's alias, once known.
    pub model: Option<ModelName>,
    /// The upstream's name for the model that answered.
    pub upstream_model: Option<ModelName>,
    /// The provider that answered, by its name in the configuration.
    pub provider: Option<String>,
    /// The route, by its name in the configuration.
    pub route: Option<String>,
    /// Whether the answer was streamed.
    pub stream: bool,
    /// The HTTP status that left.
    pub status: u16,
    /// How it ended.
    pub ending: Ending,
    /// The decision on the request.
    pub input: Option<Action>,
    /// The decision on the answer.
    pub output: Option<Action>,
    /// The labels that were found, with the detector that found each.
    pub findings: Vec<(&'static str, String)>,
    /// Tokens.
    pub usage: Usage,
    /// What they cost.
    pub cost: Money,
    /// Calls to upstreams, retries included.
    pub attempts: u32,
    /// From the first byte of the request to the last of the answer.
    pub total: Duration,
    /// Time of that spent waiting for upstreams, before the answer began to leave.
    pub upstream: Duration,
    /// Until the first byte of the answer left.
    pub first_byte: Option<Duration>,
    /// Time inside Redoubt until the first byte of the answer left.
    pub overhead: Option<Duration>,
    /// Where the time went.
    pub stages: Stages,
}

/// Takes note of a request that is over: a log line, the metrics and, if spans are sent anywhere, a span.
pub fn observe(event: &Event, is_traced: bool) {
    tracing::info!(
        request = %event.request,
        surface = event.surface.map(Surface::name),
        tenant = event.tenant.as_ref().map(TenantId::as_str),
        key = event.key.as_ref().map(KeyId::as_str),
        provider = event.provider,
        route = event.route,
        stream = event.stream,
        status = event.status,
        ending = event.ending.name(),
        input = event.input.map(Action::name),
        output = event.output.map(Action::name),
        findings = event.findings.len(),
        input_tokens = event.usage.input_tokens,
        output_tokens = event.usage.output_tokens,
        attempts = event.attempts,
        overhead_us = event.overhead.map(micros),
        total_us = micros(event.total),
        "request"
    );
    metrics::record(event);
    if is_traced {
        trace::record(event);
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
