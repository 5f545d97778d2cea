//! What the guard costs, measured in this process: no server, no socket, one core.
//!
//! Time on a shared machine says little, so ratios are taken within one run, and `--instructions` counts what the
//! processor executes, which is the same on a busy machine and on a quiet one.

mod corpus;
mod hostile;
mod instructions;
mod speed;

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::sync::Arc;

use redoubt_domain::limits::Limits;
use redoubt_guard::{Engine, Policy, Profile};

use crate::Outcome;

const USAGE: &str = "there are `--markdown`, `--check`, `--instructions`, `--write-baseline`";

/// Measures. With `--instructions` counts instructions instead, under valgrind; with `--check` what misses its figure
/// or has grown since the baseline is a failure.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    if let Some((workload, rest)) = instructions::asked(arguments)? {
        return instructions::execute(workload, rest);
    }
    let known = ["--markdown", "--check", "--instructions", "--write-baseline"];
    if let Some(unknown) = arguments.iter().find(|argument| !known.contains(&argument.as_str())) {
        return Err(format!("`{unknown}` is not known; {USAGE}"));
    }
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    let is_checked = has("--check");
    let (text, missed) = if has("--instructions") || has("--write-baseline") {
        instructions::count(has("--markdown"), has("--write-baseline"))?
    } else {
        measure(has("--markdown"))?
    };
    io::stdout().write_all(text.as_bytes()).map_err(|error| format!("cannot print: {error}"))?;
    if is_checked && !missed.is_empty() { Err(format!("missed: {}", missed.join(", "))) } else { Ok(()) }
}

/// The engine as the product starts it, unless configuration says otherwise.
fn engine() -> Outcome<Arc<Engine>> {
    let engine = Engine::new(Policy::profile(Profile::Default), Limits::default());
    engine.map(Arc::new).map_err(|error| format!("the default policy does not compile: {error}"))
}

fn measure(is_markdown: bool) -> Outcome<(String, Vec<String>)> {
    if cfg!(debug_assertions) {
        return Err("a build without optimisation says nothing: `cargo xtask guard` builds it right".to_owned());
    }
    let engine = engine()?;
    let throughputs = speed::throughput(&engine);
    let prompt = speed::prompt(&engine);
    let delta = speed::delta(&engine)?;
    let growths = hostile::growths(&engine);

    let mut missed = Vec::new();
    let mut text = String::new();
    let heading = if is_markdown {
        "## Guard engine\n\n`cargo xtask guard --markdown`. Release build, one core, the default \
         profile with every detector, in process.\n\n"
    } else {
        ""
    };
    text.push_str(heading);
    row(&mut text, is_markdown, &["text", "MB/s", "at least"], true);
    for speed::Throughput { what, megabytes_per_second, least } in &throughputs {
        row(
            &mut text,
            is_markdown,
            &[what, &format!("{megabytes_per_second:.0}"), &least.map_or_else(String::new, |least| least.to_string())],
            false,
        );
        if least.is_some_and(|least| *megabytes_per_second < f64::from(least)) {
            missed.push((*what).to_owned());
        }
    }
    text.push('\n');
    row(&mut text, is_markdown, &["one at a time", "µs", "under"], true);
    for (what, value, limit) in
        [("a prompt of 50 words", prompt, PROMPT_MICROS), ("a token of a streamed answer", delta, DELTA_MICROS)]
    {
        row(&mut text, is_markdown, &[what, &format!("{value:.1}"), &format!("{limit:.0}")], false);
        if value >= limit {
            missed.push(what.to_owned());
        }
    }
    text.push('\n');
    let sizes: Vec<String> = hostile::SIZES.iter().map(|size| format!("{size}x")).collect();
    let mut head = vec!["hostile text, ns per byte at"];
    head.extend(sizes.iter().map(String::as_str));
    head.push("growth per doubling");
    row(&mut text, is_markdown, &head, true);
    for hostile::Growth { family, nanoseconds_per_byte, per_doubling } in &growths {
        let mut cells: Vec<String> = vec![(*family).to_owned()];
        cells.extend(nanoseconds_per_byte.iter().map(|nanoseconds| format!("{nanoseconds:.0}")));
        cells.push(format!("{per_doubling:.2}"));
        row(&mut text, is_markdown, &cells.iter().map(String::as_str).collect::<Vec<_>>(), false);
        if *per_doubling > hostile::LINEAR {
            missed.push((*family).to_owned());
        }
    }
    if is_markdown {
        let _ = writeln!(
            text,
            "\nThe base size is {} KiB. A text twice as long takes twice as long if its growth is 2; up to {} passes, \
             since time is noisy.",
            hostile::BASE_BYTES >> 10,
            hostile::LINEAR
        );
    }
    Ok((text, missed))
}

/// What a prompt of fifty words may take, in microseconds.
const PROMPT_MICROS: f64 = 15.0;
/// What one token of a streamed answer may take, in microseconds.
const DELTA_MICROS: f64 = 5.0;

/// One row of a table, for a page or for a terminal.
fn row(text: &mut String, is_markdown: bool, cells: &[&str], is_head: bool) {
    if is_markdown {
        let _ = writeln!(text, "| {} |", cells.join(" | "));
        if is_head {
            let _ = writeln!(text, "|{}", "---|".repeat(cells.len()));
        }
        return;
    }
    for (at, cell) in cells.iter().enumerate() {
        let _ = if at == 0 { write!(text, "{cell:30}") } else { write!(text, " {cell:>9}") };
    }
    text.push('\n');
}
