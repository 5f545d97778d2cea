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
/// So many of them at most.
const LONG_TEXTS: usize = 64;

pub(super) fn table(engine: &Engine, sets: &[ScoredSet]) -> Outcome<Table> {
    let prompts: Vec<&str> = harmless(sets, Side::Asked)
        .map(|scored| scored.row.text.as_str())
        .filter(|text| WORDS.contains(&text.split_whitespace().count()))
        .collect();
    let mut micros: Vec<f64> = prompts.iter().map(|text| quickest(engine, text)).collect();
    micros.sort_by(f64::total_cmp);
    let texts = long(sets);
    let bytes: usize = texts.iter().map(String::len).sum();
    let mut rate = None;
    for _ in 0..if texts.is_empty() { 0 } else { ROUNDS } {
        let begun = cpu_time()?;
        texts.iter().for_each(|text| drop(black_box(engine.scan(text, Origin::Retrieved, Direction::Input))));
        let seconds = cpu_time()? - begun;
        let found = float(bytes) / seconds / 1e6;
        if found.is_finite() && rate.is_none_or(|rate| found > rate) {
            rate = Some(found);
        }
    }
    Ok(Table {
        key: "latency",
        title: "Cost",
        words: format!(
            "The whole default profile in process, one thread. Prompts are the harmless ones above of {} to {} words; \
             long texts are the harmless documents above, put together. Of {ROUNDS} rounds the quickest counts.",
            WORDS.start(),
            WORDS.end()
        ),
        head: vec!["", "texts", "bytes on average", "p50, µs", "p99, µs", "MB/s of one core"],
        rows: vec![
            vec![
                Cell::text("a prompt"),
                Cell::Count(prompts.len()),
                average(prompts.iter().map(|text| text.len()).sum(), prompts.len()),
                Cell::number(percentile(&micros, 0.5), 1),
                Cell::number(percentile(&micros, 0.99), 1),
                Cell::Nothing,
            ],
            vec![
                Cell::text("a long text"),
                Cell::Count(texts.len()),
                average(bytes, texts.len()),
                Cell::Nothing,
                Cell::Nothing,
                Cell::number(rate, 1),
            ],
        ],
    })
}

fn average(sum: usize, count: usize) -> Cell {
    if count == 0 { Cell::Nothing } else { Cell::Count(sum / count) }
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

/// Documents one behind the other, cut into long texts.
fn long(sets: &[ScoredSet]) -> Vec<String> {
    let mut texts = Vec::new();
    let mut text = String::new();
    for scored in harmless(sets, Side::Read) {
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
