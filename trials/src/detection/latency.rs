//! What looking costs, on the same texts.

use std::fs;
use std::hint::black_box;
use std::time::Instant;

use redoubt_domain::exchange::{Direction, Origin};
use redoubt_guard::Engine;

use super::scoring::{ScoredSet, Side, harmless};
use super::statistics::{float, percentile};
use super::table::{Cell, Table};
use crate::Outcome;

/// Prompts of about fifty words.
const WORDS: std::ops::RangeInclusive<usize> = 45..=55;
/// Each prompt is looked at so often, and its quickest time counts: the machine does other things too.
const ROUNDS: usize = 7;
/// The size of a long text, put together from documents.
const LONG_BYTES: usize = 16 << 10;
/// So many of them of a set at most.
const LONG_TEXTS: usize = 32;

pub(super) fn table(engine: &Engine, sets: &[ScoredSet]) -> Outcome<Table> {
    let prompts: Vec<&str> = harmless(sets, Side::Asked)
        .map(|scored| scored.row.text.as_str())
        .filter(|text| WORDS.contains(&text.split_whitespace().count()))
        .collect();
    let mut micros: Vec<f64> = prompts.iter().map(|text| quickest(engine, text)).collect();
    micros.sort_by(f64::total_cmp);
    let mut rows = vec![vec![
        Cell::text("prompts"),
        Cell::Count(prompts.len()),
        average(prompts.iter().map(|text| text.len()).sum(), prompts.len()),
        Cell::number(percentile(&micros, 0.5), 1),
        Cell::number(percentile(&micros, 0.99), 1),
        Cell::Nothing,
    ]];
    for scored in sets.iter().filter(|scored| Side::of(scored.set.origin) == Side::Read) {
        let texts = long(scored);
        if texts.is_empty() {
            continue;
        }
        let bytes = texts.iter().map(String::len).sum();
        rows.push(vec![
            Cell::text(scored.set.name),
            Cell::Count(texts.len()),
            average(bytes, texts.len()),
            Cell::Nothing,
            Cell::Nothing,
            Cell::Number(rate(engine, &texts)?, 1),
        ]);
    }
    Ok(Table {
        key: "latency",
        title: "Cost",
        words: format!(
            "The whole default profile in process, one thread. Prompts are the harmless ones above of {} to {} words; \
             long texts are the harmless documents of a set, put together. Of {ROUNDS} rounds the quickest counts.",
            WORDS.start(),
            WORDS.end()
        ),
        head: vec!["", "texts", "bytes on average", "p50, µs", "p99, µs", "MB/s of one core"],
        rows,
    })
}

fn average(sum: usize, count: usize) -> Cell {
    sum.checked_div(count).map_or(Cell::Nothing, Cell::Count)
}

/// Microseconds.
fn quickest(engine: &Engine, text: &str) -> f64 {
    let mut least = f64::INFINITY;
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        drop(black_box(engine.scan(text, Origin::User, Direction::Input)));
        least = least.min(begun.elapsed().as_secs_f64() * 1e6);
    }
    least
}

/// The time of a thread is counted in ticks of some milliseconds; a round has enough of them.
const ROUND_SECONDS: f64 = 0.05;

/// Megabytes in a second of one core.
fn rate(engine: &Engine, texts: &[String]) -> Outcome<f64> {
    let bytes: usize = texts.iter().map(String::len).sum();
    let mut best = 0.0_f64;
    for _ in 0..ROUNDS {
        let (begun, mut seconds, mut passes) = (cpu_time()?, 0.0, 0);
        while seconds < ROUND_SECONDS {
            texts.iter().for_each(|text| drop(black_box(engine.scan(text, Origin::Retrieved, Direction::Input))));
            seconds = cpu_time()? - begun;
            passes += 1;
        }
        best = best.max(float(bytes * passes) / seconds / 1e6);
    }
    Ok(best)
}

/// The harmless documents of a set one behind the other, cut into long texts.
fn long(scored: &ScoredSet) -> Vec<String> {
    let mut texts = Vec::new();
    let mut text = String::new();
    for scored in scored.with_label(false) {
        text.push_str(&scored.row.text);
        text.push_str("\n\n");
        if text.len() >= LONG_BYTES {
            texts.push(std::mem::take(&mut text));
        }
        if texts.len() == LONG_TEXTS {
            break;
        }
    }
    texts
}

/// Seconds for which this thread has had a processor, which other programs do not lengthen.
pub(super) fn cpu_time() -> Outcome<f64> {
    let failed = |reason: String| format!("cannot read the time of this thread: {reason}");
    let text = fs::read_to_string("/proc/thread-self/schedstat").map_err(|error| failed(error.to_string()))?;
    let first = text.split_whitespace().next().and_then(|word| word.parse::<f64>().ok());
    first.map(|nanoseconds| nanoseconds / 1e9).ok_or_else(|| failed("it is no number".to_owned()))
}
