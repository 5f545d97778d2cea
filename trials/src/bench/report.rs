//! What was measured, for people and for programs.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;

use serde_json::json;

use super::measure::{Cell, Measured};
use super::options::Options;
use super::promises::promises;
use super::{Results, title};
use crate::Outcome;

/// Prints the promises, and writes the files that were asked for.
pub(super) fn write(results: &Results, options: &Options) -> Outcome {
    let failed = |error: std::io::Error| format!("cannot write the results: {error}");
    std::io::stdout().write_all(summary(results).as_bytes()).map_err(failed)?;
    if let Some(file) = &options.json {
        fs::write(file, json(results).to_string()).map_err(failed)?;
    }
    if let Some(file) = &options.markdown {
        fs::write(file, markdown(results)).map_err(failed)?;
    }
    Ok(())
}

/// One point as columns.
pub(super) fn table(measured: &Measured) -> String {
    let mut out = String::new();
    for row in rows(measured) {
        let _ = write!(out, "  {:34}", row.first().map_or("", String::as_str));
        row.iter().skip(1).for_each(|word| {
            let _ = write!(out, "{word:>11}");
        });
        out.push('\n');
    }
    for cell in measured.cells.iter().filter(|cell| cell.tally.errors > 0) {
        let complaint = cell.tally.complaint.as_deref().unwrap_or_default();
        let _ = writeln!(out, "  {}: {} errors, first: {complaint}", cell.subject, cell.tally.errors);
    }
    out
}

/// A head and a row for each subject.
fn rows(measured: &Measured) -> Vec<Vec<String>> {
    let is_stream = measured.point.is_stream();
    let mut head = vec!["", "of bare", "of direct", "+p50 µs", "+p99 µs", "per s", "CPU µs", "MiB"];
    if is_stream {
        head.splice(3..5, ["+first p50", "+first p99", "age p50 µs", "age p99.9"]);
    }
    let mut rows = vec![head.into_iter().map(str::to_owned).collect()];
    rows.extend(measured.cells.iter().map(|cell| row(measured, cell)));
    rows
}

fn row(measured: &Measured, cell: &Cell) -> Vec<String> {
    let (direct, bare) = (measured.cell("direct"), measured.cell("bare hyper"));
    let ratio = |other: Option<&Cell>| other.map_or("–".to_owned(), |other| shown_ratio(cell.ratio(other)));
    let mut row = vec![cell.subject.to_owned(), ratio(bare), ratio(direct)];
    for share in [0.5, 0.99] {
        let time = |cell: &Cell| {
            if measured.point.is_stream() {
                cell.tally.first_byte.micros(share)
            } else {
                cell.tally.whole.micros(share)
            }
        };
        // The first row shows the time itself, which the others add to.
        row.push(match direct.filter(|direct| direct.subject != cell.subject) {
            Some(direct) => format!("+{:.0}", time(cell) - time(direct)),
            None => format!("{:.0}", time(cell)),
        });
    }
    if measured.point.is_stream() {
        row.push(format!("{:.0}", cell.tally.pieces.micros(0.5)));
        row.push(format!("{:.0}", cell.tally.pieces.micros(0.999)));
    }
    row.push(format!("{:.0}", cell.rate()));
    row.push(cell.cpu_micros(&measured.point).map_or("–".to_owned(), |micros| format!("{micros:.0}")));
    row.push(cell.memory_mib.map_or("–".to_owned(), |mib| mib.to_string()));
    row
}

fn shown_ratio(ratio: f64) -> String {
    if ratio < 0.1 && ratio > 0.0 { format!("1/{:.0}", 1.0 / ratio) } else { format!("{ratio:.2}") }
}

fn summary(results: &Results) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "\n{}\n{}\n", results.machine, sync_words(results));
    for promise in promises(results) {
        let mark = if promise.is_kept { "kept  " } else { "MISSED" };
        let _ = writeln!(out, "{mark} {}: {} (asked: {})", promise.words, promise.measured, promise.asked);
    }
    for (subject, stages) in &results.stages {
        let _ = writeln!(out, "\n{subject}: where the time goes, 16 at once");
        for (stage, micros, count) in stages {
            let _ = writeln!(out, "  {stage:24}{micros:10.1} µs   × {count}");
        }
    }
    for (subject, functions) in &results.profiles {
        let _ = writeln!(out, "\n{subject}: where the processor time goes, by function");
        for (share, symbol) in functions {
            let _ = writeln!(out, "  {share:6.2} %  {symbol}");
        }
    }
    out
}

fn sync_words(results: &Results) -> String {
    let micros = |share| results.sync.micros(share);
    format!("fdatasync of 600 bytes: p50 {:.0} µs, p99 {:.0} µs", micros(0.5), micros(0.99))
}

fn markdown(results: &Results) -> String {
    let mut out =
        String::from("## Speed\n\n`cargo xtask bench` measures this: release build, kept connections, one load ");
    out.push_str("that asks again as soon as it is answered, a mock upstream that answers at once or after 20 ms. ");
    out.push_str("The runs of each point are short and interleaved, so a busy machine slows all of them; ");
    out.push_str("ratios are medians of the rounds' ratios, percentiles are over all rounds. ");
    out.push_str(
        "`+p50` and `+p99` are what a way adds to the same percentile of the direct calls; with no delay and ",
    );
    out.push_str("many at once the processors are full and they say only how long the queue is.\n\n");
    let _ = writeln!(out, "{}. {}.\n", results.machine, sync_words(results));
    for (name, words) in &results.subjects {
        let _ = writeln!(out, "- **{name}**: {words}");
    }
    for reason in &results.absent {
        let _ = writeln!(out, "- not measured: {reason}");
    }
    out.push_str("\n### Asked and measured\n\n| | asked | measured | |\n|---|---|---|---|\n");
    for promise in promises(results) {
        let mark = if promise.is_kept { "kept" } else { "**missed**" };
        let _ = writeln!(out, "| {} | {} | {} | {mark} |", promise.words, promise.asked, promise.measured);
    }
    for measured in &results.measured {
        let point = &measured.point;
        let _ = writeln!(out, "\n### {} {}, {} at once\n", capital(title(point.part)), point.words, point.connections);
        for (at, row) in rows(measured).iter().enumerate() {
            let _ = writeln!(out, "| {} |", row.join(" | "));
            if at == 0 {
                let _ = writeln!(out, "|---|{}", "---:|".repeat(row.len().saturating_sub(1)));
            }
        }
    }
    for (subject, stages) in &results.stages {
        let _ = writeln!(
            out,
            "\n### Where the time goes: {subject}, no delay, 16 at once\n\n| stage | mean µs |\n|---|---:|"
        );
        for (stage, micros, _) in stages {
            let _ = writeln!(out, "| {stage} | {micros:.1} |");
        }
    }
    for (subject, functions) in &results.profiles {
        let _ = writeln!(out, "\n### Where the processor time goes: {subject}\n\n| % | function |\n|---:|---|");
        for (share, symbol) in functions {
            let _ = writeln!(out, "| {share:.1} | `{}` |", symbol.replace('|', "\\|"));
        }
    }
    out
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn json(results: &Results) -> serde_json::Value {
    let points = results.measured.iter().map(|measured| {
        let point = &measured.point;
        let cells = measured.cells.iter().map(|cell| {
            let times = |histogram: &super::Histogram| {
                json!({"p50": histogram.micros(0.5), "p99": histogram.micros(0.99), "p999": histogram.micros(0.999)})
            };
            json!({
                "subject": cell.subject,
                "requests": cell.tally.requests,
                "errors": cell.tally.errors,
                "rates": cell.rates,
                "whole_us": times(&cell.tally.whole),
                "first_byte_us": times(&cell.tally.first_byte),
                "piece_age_us": times(&cell.tally.pieces),
                "cpu_us": cell.cpu_micros(point),
                "memory_mib": cell.memory_mib,
            })
        });
        json!({
            "part": title(point.part).trim_end_matches(':'),
            "what": point.words,
            "connections": point.connections,
            "subjects": cells.collect::<Vec<_>>(),
        })
    });
    let promises = promises(results);
    let promises = promises.iter().map(|promise| {
        json!({"what": promise.words, "asked": promise.asked, "measured": promise.measured, "kept": promise.is_kept})
    });
    let stages = results.stages.iter().map(|(subject, stages)| json!({"subject": subject, "stages": stages}));
    json!({
        "machine": results.machine,
        "fdatasync_us": {"p50": results.sync.micros(0.5), "p99": results.sync.micros(0.99)},
        "points": points.collect::<Vec<_>>(),
        "promises": promises.collect::<Vec<_>>(),
        "stages": stages.collect::<Vec<_>>(),
    })
}
