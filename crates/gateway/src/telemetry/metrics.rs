//! Metrics in Prometheus' text form.
//!
//! Labels hold only words of the configuration and the code, never what a caller sent: a caller must not
//! be able to make the number of series grow.

use std::sync::OnceLock;

use metrics::{counter, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use redoubt_domain::{Action, Surface};

use super::Event;

/// Bounds of the histograms in seconds: tens of microseconds for our own time, minutes for answers.
const SECONDS: &[f64] = &[
    0.000_05, 0.000_1, 0.000_2, 0.000_4, 0.000_8, 0.002, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
    60.0, 120.0,
];

/// Everything measured so far.
pub fn render() -> String {
    recorder().map_or_else(String::new, PrometheusHandle::render)
}

/// The process has one recorder, made at the first use.
fn recorder() -> Option<&'static PrometheusHandle> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    RECORDER
        .get_or_init(|| match install() {
            Ok(handle) => Some(handle),
            Err(error) => {
                tracing::error!(error = %error, "metrics are not available");
                None
            }
        })
        .as_ref()
}

fn install() -> Result<PrometheusHandle, BuildError> {
    PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)?.install_recorder()
}

pub(super) fn record(event: &Event) {
    if recorder().is_none() {
        return;
    }
    let surface = event.surface.map_or("none", Surface::name);
    let route = event.route.clone().unwrap_or_else(|| "none".to_owned());
    let provider = event.provider.clone().unwrap_or_else(|| "none".to_owned());
    let ending = event.ending.name();
    let status = event.status.to_string();
    counter!("redoubt_requests_total", "surface" => surface, "route" => route.clone(), "status" => status, "ending" => ending)
        .increment(1);
    for (direction, action) in [("input", event.input), ("output", event.output)] {
        if let Some(action) = action {
            counter!("redoubt_decisions_total", "direction" => direction, "action" => Action::name(action))
                .increment(1);
        }
    }
    for (detector, label) in &event.findings {
        counter!("redoubt_findings_total", "detector" => *detector, "label" => label.clone()).increment(1);
    }
    for (direction, tokens) in [("input", event.usage.input_tokens), ("output", event.usage.output_tokens)] {
        counter!("redoubt_tokens_total", "direction" => direction, "provider" => provider.clone()).increment(tokens);
    }
    counter!("redoubt_cost_micro_dollars_total", "provider" => provider.clone()).increment(event.cost.micros());
    counter!("redoubt_upstream_attempts_total", "provider" => provider).increment(u64::from(event.attempts));
    histogram!("redoubt_request_duration_seconds", "surface" => surface).record(event.total.as_secs_f64());
    if let Some(first_byte) = event.first_byte {
        histogram!("redoubt_time_to_first_byte_seconds", "surface" => surface).record(first_byte.as_secs_f64());
    }
    if let Some(overhead) = event.overhead {
        histogram!("redoubt_overhead_seconds", "surface" => surface).record(overhead.as_secs_f64());
    }
}
