//! Logs to standard error and spans to an OpenTelemetry collector, as configured.

use std::error::Error;
use std::fmt::Debug;

use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::runtime::Tokio;
use opentelemetry_sdk::trace::SdkTracerProvider;
use opentelemetry_sdk::trace::span_processor_with_async_runtime::BatchSpanProcessor;
use redoubt_gateway::telemetry::{LogFormat, TelemetrySettings};
use thiserror::Error;
use tracing::field::Field;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::fmt::format::{Writer, debug_fn};

use crate::log_lines::LogLines;

/// Keeps telemetry running; sends what is left when dropped.
pub(crate) struct Telemetry {
    lines: LogLines,
    spans: Option<SdkTracerProvider>,
}

/// Text that says which log lines are written, and does not.
#[derive(Debug, Error)]
#[error(
    "`{text}` in `{from}` does not say which log lines are written; write, for example, `info`, or `redoubt_gateway=debug,info`"
)]
pub(crate) struct FilterError {
    text: String,
    from: &'static str,
    #[source]
    source: ParseError,
}

/// Which log lines are written: as `RUST_LOG` says, or else the configuration.
pub(crate) fn filter(settings: &TelemetrySettings) -> Result<EnvFilter, FilterError> {
    let (text, from) = match std::env::var("RUST_LOG") {
        Ok(text) => (text, "RUST_LOG"),
        Err(_) => (settings.log_filter.clone(), "telemetry.log_filter"),
    };
    EnvFilter::try_new(&text).map_err(|source| FilterError { text, from, source })
}

/// Sets up logs and spans. `RUST_LOG` wins over the configured filter. Must run inside the runtime.
pub(crate) fn start(settings: &TelemetrySettings) -> Result<Telemetry, Box<dyn Error + Send + Sync>> {
    let filter = filter(settings)?;
    let lines = LogLines::start()?;
    let is_coloured = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(lines.clone()).with_ansi(is_coloured);
    match settings.log_format {
        // Which part of the program speaks is for machines; people know it from the words.
        LogFormat::Text if is_coloured => logs.with_target(false).try_init()?,
        LogFormat::Text => logs.with_target(false).fmt_fields(debug_fn(plain).delimited(" ")).try_init()?,
        LogFormat::Json => logs.json().flatten_event(true).try_init()?,
    }
    let Some(endpoint) = &settings.otlp_endpoint else { return Ok(Telemetry { lines, spans: None }) };
    let exporter = SpanExporter::builder().with_http().with_endpoint(endpoint).build()?;
    let spans = SdkTracerProvider::builder()
        .with_span_processor(BatchSpanProcessor::builder(exporter, Tokio).build())
        .with_resource(Resource::builder().with_service_name(settings.service_name.clone()).build())
        .build();
    opentelemetry::global::set_tracer_provider(spans.clone());
    Ok(Telemetry { lines, spans: Some(spans) })
}

/// A field without colours: the usual form asks for each of its parts how it is coloured, which takes longer than
/// to write it.
fn plain(to: &mut Writer<'_>, field: &Field, value: &dyn Debug) -> std::fmt::Result {
    if field.name() == "message" { write!(to, "{value:?}") } else { write!(to, "{}={value:?}", field.name()) }
}

impl Telemetry {
    /// Writes the log lines that wait, so that what is told next to them stands behind them.
    pub(crate) fn flush(&self) {
        self.lines.flush();
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Some(spans) = &self.spans
            && let Err(error) = spans.shutdown()
        {
            tracing::warn!(error = %error, "the last spans could not be sent");
        }
        self.lines.flush();
    }
}
