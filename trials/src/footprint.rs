//! What the product needs to be there: time to be ready, memory, and room on the disk.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::Outcome;
use crate::client::{self, Connection};
use crate::product::{Installation, Server, binary};

/// As `redoubt init` writes it, an upstream behind TLS included, and a demonstration model to ask.
const CONFIGURATION: &str = r#"
listen = "127.0.0.1:0"
admin_listen = "127.0.0.1:0"

[providers.openai]
kind = "openai"
api_key = "not-used"

[providers.demo]
kind = "demo"

[models."*"]
targets = [{ provider = "openai", model = "*" }]

[models.redoubt-demo]
targets = [{ provider = "demo" }]

[routes.default]
guard = { profile = "default" }

[audit]
payloads = true
"#;

const STARTS: usize = 20;
const FRESH_STARTS: usize = 5;
/// Requests after the first, each on a connection of its own as the first was, for the steady latency.
const STEADY: usize = 200;
/// Requests before memory is looked at again.
const LOAD: usize = 1_000;
/// How long the product is left alone before its memory is looked at.
const REST: Duration = Duration::from_secs(1);

/// One figure, and what it must be.
struct Figure {
    what: &'static str,
    value: f64,
    unit: &'static str,
    /// It must be under this, if anything is promised.
    limit: Option<f64>,
}

impl Figure {
    fn holds(&self) -> bool {
        self.limit.is_none_or(|limit| self.value < limit)
    }
}

/// Measures. With `--markdown` as a page's section; with `--check` a missed limit is a failure.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    if let Some(unknown) = arguments.iter().find(|argument| !["--markdown", "--check"].contains(&argument.as_str())) {
        return Err(format!("`{unknown}` is not known; there are `--markdown`, `--check`"));
    }
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    let figures = measure()?;
    let text = if has("--markdown") { markdown(&figures) } else { table(&figures) };
    io::stdout().write_all(text.as_bytes()).map_err(|error| format!("cannot print: {error}"))?;
    let missed: Vec<&str> = figures.iter().filter(|figure| !figure.holds()).map(|figure| figure.what).collect();
    if has("--check") && !missed.is_empty() {
        return Err(format!("over the limit: {}", missed.join(", ")));
    }
    Ok(())
}

fn measure() -> Outcome<Vec<Figure>> {
    let mut fresh = Vec::new();
    for _ in 0..FRESH_STARTS {
        let (server, start) = start(&Installation::new(CONFIGURATION)?)?;
        server.stop()?;
        fresh.push(start);
    }
    let installation = Installation::new(CONFIGURATION)?;
    let key = installation.new_key("footprint")?;
    let mut starts = Vec::new();
    let (mut firsts, mut steady) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let (server, start) = start(&installation)?;
        firsts.push(asked(&server, &key)?);
        server.stop()?;
        starts.push(start);
    }
    let server = installation.start()?;
    thread::sleep(REST);
    let idle = server.memory_kib()?.resident;
    for _ in 0..STEADY {
        steady.push(asked(&server, &key)?);
    }
    for _ in STEADY..LOAD {
        asked(&server, &key)?;
    }
    thread::sleep(REST);
    let memory = server.memory_kib()?;
    server.stop()?;

    let size = fs::metadata(binary()?).map_err(|error| format!("cannot look at the binary: {error}"))?.len();
    let milliseconds = |times: Vec<Duration>| median(times).as_secs_f64() * 1_000.0;
    let figure = |what, value, unit, limit| Figure { what, value, unit, limit };
    let mebibytes = |kib: u64| lossy(kib) / 1_024.0;
    Ok(vec![
        figure("start to ready", milliseconds(starts.iter().map(|start| start.ready).collect()), "ms", Some(100.0)),
        figure(
            "start to ready, of that processor time",
            milliseconds(starts.iter().map(|start| start.processor).collect()),
            "ms",
            None,
        ),
        figure(
            "start to ready in an empty home",
            milliseconds(fresh.iter().map(|start| start.ready).collect()),
            "ms",
            None,
        ),
        figure("first request after a start", milliseconds(firsts), "ms", Some(25.0)),
        figure("requests after it", milliseconds(steady), "ms", None),
        figure("memory, idle after the start", mebibytes(idle), "MiB", Some(50.0)),
        figure("memory, idle after 1,000 requests", mebibytes(memory.resident), "MiB", Some(50.0)),
        figure("memory, highest so far", mebibytes(memory.peak), "MiB", None),
        figure("binary", lossy(size) / 1_048_576.0, "MiB", Some(40.0)),
    ])
}

/// What a start took.
struct Start {
    ready: Duration,
    processor: Duration,
}

/// From the start of the process to the answer that it is ready.
fn start(installation: &Installation) -> Outcome<(Server, Start)> {
    let began = Instant::now();
    let server = installation.start()?;
    loop {
        let answer = client::get(&server.admin_address, "/readyz");
        if answer.is_ok_and(|answer| answer.status == 200) {
            break;
        }
        if began.elapsed() > Duration::from_secs(60) {
            return Err("the server does not become ready".to_owned());
        }
    }
    let ready = began.elapsed();
    let processor = processor_time(server.id())?;
    Ok((server, Start { ready, processor }))
}

/// A question with personal data, on a connection of its own.
fn asked(server: &Server, key: &str) -> Outcome<Duration> {
    let text =
        format!("Summarise this for ada@example.com. {}", "The meeting was moved to the second floor. ".repeat(45));
    let body = json!({ "model": "redoubt-demo", "messages": [{ "role": "user", "content": text }] }).to_string();
    let bearer = format!("Bearer {key}");
    let began = Instant::now();
    let answer = Connection::open(&server.data_address).and_then(|mut connection| {
        connection.send("POST", "/v1/chat/completions", &[("authorization", &bearer)], body.as_bytes())?;
        connection.answer()
    });
    let took = began.elapsed();
    match answer {
        Ok(answer) if answer.status == 200 => Ok(took),
        Ok(answer) => Err(format!("HTTP {}: {}", answer.status, answer.text())),
        Err(error) => Err(format!("a question was not answered: {error}")),
    }
}

/// What all threads of a process have used, from the scheduler's own books (nanoseconds, first column).
fn processor_time(process: u32) -> Outcome<Duration> {
    let tasks = Path::new("/proc").join(process.to_string()).join("task");
    let unreadable = |error| format!("cannot read the processor time: {error}");
    let mut nanoseconds = 0;
    for task in fs::read_dir(tasks).map_err(unreadable)? {
        let books = fs::read_to_string(task.map_err(unreadable)?.path().join("schedstat")).unwrap_or_default();
        nanoseconds += books.split(' ').next().and_then(|first| first.parse::<u64>().ok()).unwrap_or(0);
    }
    Ok(Duration::from_nanos(nanoseconds))
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// Exact for anything that memory or a file can be.
#[expect(clippy::cast_precision_loss, reason = "no size here comes near 2^53")]
fn lossy(number: u64) -> f64 {
    number as f64
}

fn table(figures: &[Figure]) -> String {
    let mut text = String::new();
    for figure in figures {
        let Figure { what, value, unit, limit } = figure;
        let limit = limit.map(|limit| format!("  {} {limit}", if figure.holds() { "under" } else { "NOT under" }));
        _ = writeln!(text, "{what:40} {value:8.2} {unit:4}{}", limit.unwrap_or_default());
    }
    text
}

fn markdown(figures: &[Figure]) -> String {
    let mut text = format!(
        "## Start, memory and size\n\n`cargo xtask footprint --markdown`. Release build, the configuration of `redoubt init`, all \
         default rules. Times are\nmedians: of {STARTS} starts, of the first request after each, and of {STEADY} later ones; each \
         request carries 2 KB of\ntext with personal data, on a connection of its own. Memory is the resident set after \
         {} s of rest.\n\n| what | measured | promised |\n|---|---:|---:|\n",
        REST.as_secs()
    );
    for figure in figures {
        let Figure { what, value, unit, limit } = figure;
        let mark = if figure.holds() { "" } else { " **(missed)**" };
        let limit = limit.map_or_else(String::new, |limit| format!("under {limit} {unit}"));
        _ = writeln!(text, "| {what} | {value:.2} {unit}{mark} | {limit} |");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(value: f64, limit: Option<f64>) -> Figure {
        Figure { what: "start", value, unit: "ms", limit }
    }

    #[test]
    fn a_missed_limit_shows() {
        let cases = [(figure(99.9, Some(100.0)), true), (figure(100.0, Some(100.0)), false), (figure(1e9, None), true)];
        for (figure, expected) in cases {
            assert_eq!(figure.holds(), expected);
            let figures = [figure];
            assert_eq!(table(&figures).contains("NOT"), !expected);
            assert_eq!(markdown(&figures).contains("missed"), !expected);
        }
    }

    #[test]
    fn a_median_is_the_middle_one() {
        let times = [5, 1, 9].map(Duration::from_millis).to_vec();
        assert_eq!(median(times), Duration::from_millis(5));
        assert_eq!(median(Vec::new()), Duration::ZERO);
    }
}
