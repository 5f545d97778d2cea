//! Metrics in Prometheus' text form.
//!
//! Labels hold only words of the configuration and the code, never what a caller sent: a caller must not
//! be able to make the number of series grow. Everything is counted under one lock that is held for about a
//! microsecond once in a request's life; histograms have fixed buckets, so nothing grows between two readings.

use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redoubt_domain::{Action, Surface};

use super::Event;
use super::stage::Stage;

/// Bounds of the histograms in microseconds: tens of them for our own time, minutes for answers.
const MICROS: &[u64] = &[
    50,
    100,
    200,
    400,
    800,
    2_000,
    5_000,
    20_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    30_000_000,
    60_000_000,
    120_000_000,
];

/// Bounds for the stages of a request, most of which are over in a few microseconds.
const STAGE_MICROS: &[u64] =
    &[1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 20_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

static TABLES: Mutex<Tables> = Mutex::new(Tables::new());

/// Everything measured so far.
pub fn render() -> String {
    tables().render()
}

/// Takes note of a request that is over.
pub(super) fn record(event: &Event) {
    tables().record(event);
}

/// Takes note of payloads that could not be kept.
pub(crate) fn payloads_lost() {
    tables().payloads_lost += 1;
}

/// Takes note of what a model said of the doubtful texts of one request, and how long it took together.
pub(crate) fn second_opinions(outcomes: impl Iterator<Item = &'static str>, time: Duration) {
    let mut tables = tables();
    for outcome in outcomes {
        add(tables.second_opinions.at(|known| *known == outcome, || outcome), 1);
    }
    tables.second_opinion.note(MICROS, time);
}

/// Numbers are right whatever a thread that panicked was doing to them.
fn tables() -> MutexGuard<'static, Tables> {
    TABLES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Values by their labels. There are few of each, so a search beats a hash.
struct Series<K, V>(Vec<(K, V)>);

impl<K, V: Default> Series<K, V> {
    const fn new() -> Self {
        Self(Vec::new())
    }

    /// The value under the labels that `is` finds, or that `key` makes.
    fn at(&mut self, is: impl Fn(&K) -> bool, key: impl FnOnce() -> K) -> Option<&mut V> {
        let found = self.0.iter().position(|(known, _)| is(known));
        let at = found.unwrap_or_else(|| {
            self.0.push((key(), V::default()));
            self.0.len() - 1
        });
        self.0.get_mut(at).map(|(_, value)| value)
    }
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct RequestLabels {
    surface: &'static str,
    route: String,
    status: u16,
    ending: &'static str,
}

#[derive(Default)]
struct OfProvider {
    input_tokens: u64,
    output_tokens: u64,
    cost_micros: u64,
    attempts: u64,
}

#[derive(Default)]
struct OfSurface {
    duration: Histogram,
    first_byte: Histogram,
    overhead: Histogram,
}

/// One of the histograms of a surface.
type Pick = fn(&OfSurface) -> &Histogram;

struct Tables {
    requests: Series<RequestLabels, u64>,
    decisions: Series<(&'static str, &'static str), u64>,
    findings: Series<(&'static str, String), u64>,
    providers: Series<String, OfProvider>,
    surfaces: Series<&'static str, OfSurface>,
    stages: Series<&'static str, Histogram>,
    payloads_lost: u64,
    second_opinions: Series<&'static str, u64>,
    /// For each request of which some text was doubtful.
    second_opinion: Histogram,
}

const NONE: &str = "none";

impl Tables {
    const fn new() -> Self {
        Self {
            requests: Series::new(),
            decisions: Series::new(),
            findings: Series::new(),
            providers: Series::new(),
            surfaces: Series::new(),
            stages: Series::new(),
            payloads_lost: 0,
            second_opinions: Series::new(),
            second_opinion: Histogram { buckets: Vec::new(), count: 0, sum: Duration::ZERO },
        }
    }

    fn record(&mut self, event: &Event) {
        let surface = event.surface.map_or(NONE, Surface::name);
        let route = event.route.as_deref().unwrap_or(NONE);
        let provider = event.provider.as_deref().unwrap_or(NONE);
        let (status, ending) = (event.status, event.ending.name());
        let is_same = |known: &RequestLabels| {
            known.status == status && known.ending == ending && known.surface == surface && known.route == route
        };
        let labels = || RequestLabels { surface, route: route.to_owned(), status, ending };
        add(self.requests.at(is_same, labels), 1);
        for (direction, action) in [("input", event.input), ("output", event.output)] {
            if let Some(action) = action.map(Action::name) {
                add(self.decisions.at(|known| *known == (direction, action), || (direction, action)), 1);
            }
        }
        for (detector, label) in &event.findings {
            let is_same = |known: &(&str, String)| known.0 == *detector && known.1 == *label;
            add(self.findings.at(is_same, || (*detector, label.clone())), 1);
        }
        if let Some(of) = self.providers.at(|known| known == provider, || provider.to_owned()) {
            of.input_tokens = of.input_tokens.saturating_add(event.usage.input_tokens);
            of.output_tokens = of.output_tokens.saturating_add(event.usage.output_tokens);
            of.cost_micros = of.cost_micros.saturating_add(event.cost.micros());
            of.attempts = of.attempts.saturating_add(u64::from(event.attempts));
        }
        if let Some(of) = self.surfaces.at(|known| *known == surface, || surface) {
            of.duration.note(MICROS, event.total);
            event.first_byte.iter().for_each(|time| of.first_byte.note(MICROS, *time));
            event.overhead.iter().for_each(|time| of.overhead.note(MICROS, *time));
        }
        for (stage, time) in event.stages.passed() {
            let name = Stage::name(stage);
            if let Some(histogram) = self.stages.at(|known| *known == name, || name) {
                histogram.note(STAGE_MICROS, time);
            }
        }
    }

    fn render(&self) -> String {
        let mut page = Page(String::with_capacity(16 << 10));
        page.counters("redoubt_requests_total", self.requests.0.iter(), |(labels, count)| {
            let RequestLabels { surface, route, status, ending } = labels;
            let status = status.to_string();
            (shown(&[("surface", surface), ("route", route), ("status", &status), ("ending", ending)]), *count)
        });
        page.counters("redoubt_decisions_total", self.decisions.0.iter(), |((direction, action), count)| {
            (shown(&[("direction", direction), ("action", action)]), *count)
        });
        page.counters("redoubt_findings_total", self.findings.0.iter(), |((detector, label), count)| {
            (shown(&[("detector", detector), ("label", label)]), *count)
        });
        let tokens = self.providers.0.iter().flat_map(|(provider, of)| {
            [("input", of.input_tokens), ("output", of.output_tokens)]
                .map(|(direction, count)| (direction, provider, count))
        });
        page.counters("redoubt_tokens_total", tokens, |(direction, provider, count)| {
            (shown(&[("direction", direction), ("provider", provider)]), count)
        });
        page.counters("redoubt_cost_micro_dollars_total", self.providers.0.iter(), |(provider, of)| {
            (shown(&[("provider", provider)]), of.cost_micros)
        });
        page.counters("redoubt_upstream_attempts_total", self.providers.0.iter(), |(provider, of)| {
            (shown(&[("provider", provider)]), of.attempts)
        });
        page.counters("redoubt_payloads_lost_total", [self.payloads_lost].into_iter(), |lost| (String::new(), lost));
        page.counters("redoubt_second_opinions_total", self.second_opinions.0.iter(), |(outcome, count)| {
            (shown(&[("outcome", outcome)]), *count)
        });
        let histograms: [(&str, Pick); 3] = [
            ("redoubt_request_duration_seconds", |of| &of.duration),
            ("redoubt_time_to_first_byte_seconds", |of| &of.first_byte),
            ("redoubt_overhead_seconds", |of| &of.overhead),
        ];
        for (name, of) in histograms {
            page.kind(name, "histogram");
            for (surface, all) in &self.surfaces.0 {
                page.histogram(name, &shown(&[("surface", surface)]), MICROS, of(all));
            }
        }
        page.kind("redoubt_stage_seconds", "histogram");
        for (stage, histogram) in &self.stages.0 {
            page.histogram("redoubt_stage_seconds", &shown(&[("stage", stage)]), STAGE_MICROS, histogram);
        }
        page.kind("redoubt_second_opinion_seconds", "histogram");
        if self.second_opinion.count > 0 {
            page.histogram(
                "redoubt_second_opinion_seconds",
                &shown(&[("of", "request")]),
                MICROS,
                &self.second_opinion,
            );
        }
        page.0
    }
}

fn add(count: Option<&mut u64>, more: u64) {
    if let Some(count) = count {
        *count = count.saturating_add(more);
    }
}

/// Times in buckets.
#[derive(Default)]
struct Histogram {
    /// How many fell into each bucket and no earlier one; those beyond the last are only in `count`.
    buckets: Vec<u64>,
    count: u64,
    sum: Duration,
}

impl Histogram {
    fn note(&mut self, bounds: &[u64], time: Duration) {
        self.buckets.resize(bounds.len(), 0);
        let bucket = bounds.partition_point(|bound| Duration::from_micros(*bound) < time);
        add(self.buckets.get_mut(bucket), 1);
        self.count += 1;
        self.sum = self.sum.saturating_add(time);
    }
}

/// Labels between braces; none without labels.
fn shown(labels: &[(&str, &str)]) -> String {
    let mut out = String::new();
    for (at, (name, value)) in labels.iter().enumerate() {
        let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let _infallible = write!(out, "{}{name}=\"{value}\"", if at == 0 { "" } else { "," });
    }
    out
}

/// What Prometheus reads.
struct Page(String);

impl Page {
    fn kind(&mut self, name: &str, kind: &str) {
        let _infallible = writeln!(self.0, "# TYPE {name} {kind}");
    }

    fn counters<T>(&mut self, name: &str, items: impl Iterator<Item = T>, line: impl Fn(T) -> (String, u64)) {
        self.kind(name, "counter");
        let mut lines: Vec<_> = items.map(line).collect();
        lines.sort();
        for (labels, value) in lines {
            let braced = if labels.is_empty() { String::new() } else { format!("{{{labels}}}") };
            let _infallible = writeln!(self.0, "{name}{braced} {value}");
        }
    }

    fn histogram(&mut self, name: &str, labels: &str, bounds: &[u64], histogram: &Histogram) {
        let Histogram { buckets, count, sum } = histogram;
        let mut so_far = 0;
        for (bound, own) in bounds.iter().zip(buckets) {
            so_far += own;
            let bound = Duration::from_micros(*bound).as_secs_f64();
            let _infallible = writeln!(self.0, "{name}_bucket{{{labels},le=\"{bound}\"}} {so_far}");
        }
        let _infallible = writeln!(self.0, "{name}_bucket{{{labels},le=\"+Inf\"}} {count}");
        let _infallible = writeln!(self.0, "{name}_sum{{{labels}}} {}", sum.as_secs_f64());
        let _infallible = writeln!(self.0, "{name}_count{{{labels}}} {count}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_counted_in_every_bucket_that_holds_it() {
        let mut histogram = Histogram::default();
        for micros in [10, 50, 51, 3_000, 1_000_000_000] {
            histogram.note(MICROS, Duration::from_micros(micros));
        }
        let mut page = Page(String::new());
        page.histogram("x_seconds", "a=\"b\"", MICROS, &histogram);
        for line in [
            "x_seconds_bucket{a=\"b\",le=\"0.00005\"} 2",
            "x_seconds_bucket{a=\"b\",le=\"0.0001\"} 3",
            "x_seconds_bucket{a=\"b\",le=\"0.005\"} 4",
            "x_seconds_bucket{a=\"b\",le=\"120\"} 4",
            "x_seconds_bucket{a=\"b\",le=\"+Inf\"} 5",
            "x_seconds_sum{a=\"b\"} 1000.003111",
            "x_seconds_count{a=\"b\"} 5",
        ] {
            assert!(page.0.lines().any(|found| found == line), "`{line}` is not in\n{}", page.0);
        }
    }

    #[test]
    fn equal_labels_are_one_series_and_are_written_safely() {
        let mut series: Series<String, u64> = Series::new();
        for name in ["a", "b", "a"] {
            add(series.at(|known| known == name, || name.to_owned()), 1);
        }
        let mut page = Page(String::new());
        page.counters("x_total", series.0.iter(), |(name, count)| (shown(&[("name", name)]), *count));
        assert_eq!(page.0, "# TYPE x_total counter\nx_total{name=\"a\"} 2\nx_total{name=\"b\"} 1\n");
        assert_eq!(shown(&[("a", "say \"x\"\n\\"), ("b", "")]), r#"a="say \"x\"\n\\",b="""#);
    }
}
