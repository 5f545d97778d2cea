//! Every surface, plain and streamed, both ways, under every action, against every disguise: nothing that a
//! rule stops may arrive, and everything else must.
//!
//! The tables ([`surfaces`], [`subjects`], [`evasions`], [`requests`], [`answers`]) span the matrix; what of it has
//! no sense is listed with its reason in [`cells`]. A cell is judged by what upstream and caller received, and
//! whether that tells the value is for [`oracle`] to say, which shares nothing with the guard.

mod answers;
mod cells;
mod chunks;
mod evasions;
mod exchange;
mod impossible;
mod judge;
mod oracle;
mod page;
mod requests;
mod seen;
mod subjects;
mod surfaces;
mod target;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use serde_json::json;

use crate::Outcome;
use crate::upstream::Upstream;
use cells::{Cell, Group, Place};
use evasions::Cut;
use exchange::{Cutting, Exchange, Worker};
use judge::Fault;
use target::Target;

/// How many requests are under way at once: two cores, and the record of each waits for the disk.
const WORKERS: usize = 8;

/// Of the quick run: of the combinations of surface, way, action, place and disguise every so-manieth is tried, with
/// one subject in turn, and of the cuts every so-manieth.
const QUICK: usize = 4;
const QUICK_CUTS: usize = 16;

const USAGE: &str = "usage: conformance [--write] [--quick] [--json] [--only TEXT] [--target URL [--key KEY] \
                     [--upstream-listen ADDRESS]]";

struct Options {
    write: bool,
    quick: bool,
    json: bool,
    only: Option<String>,
    target: Option<String>,
    key: String,
    upstream_listen: String,
}

impl Options {
    fn read(arguments: &[String]) -> Outcome<Self> {
        let mut options = Self {
            write: false,
            quick: false,
            json: false,
            only: None,
            target: None,
            key: String::new(),
            upstream_listen: "127.0.0.1:0".to_owned(),
        };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().cloned().ok_or_else(|| format!("{argument} needs a value\n{USAGE}"));
            match argument.as_str() {
                "--write" => options.write = true,
                "--quick" => options.quick = true,
                "--json" => options.json = true,
                "--only" => options.only = Some(value()?),
                "--target" => options.target = Some(value()?),
                "--key" => options.key = value()?,
                "--upstream-listen" => options.upstream_listen = value()?,
                _ => return Err(format!("`{argument}` is no option\n{USAGE}")),
            }
        }
        Ok(options)
    }

    /// Whether the run says something of the whole matrix.
    const fn is_whole(&self) -> bool {
        self.only.is_none() && self.target.is_none() && !self.quick
    }
}

/// A cell that did not hold.
struct Failure {
    cell: Cell,
    fault: Fault,
    told: String,
}

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let options = Options::read(arguments)?;
    let began = Instant::now();
    let wanted = wanted(&options);
    if wanted.is_empty() {
        return Err("no cell has such a name".to_owned());
    }
    let (target, workers) = start(&options)?;
    let (tried, failures) = try_all(&target, workers, &wanted, &options);
    report(&options, &wanted, &tried, &failures);
    let protected = if target.is_own && options.only.is_none() { impossible::check(&target)? } else { Vec::new() };
    if !options.json {
        let seconds = began.elapsed().as_secs();
        say(&format!(
            "{} cells, {} exchanges, {} impossible configurations refused, {} failures, {seconds} s",
            wanted.len(),
            tried.exchanges,
            protected.len(),
            failures.len(),
        ));
    }
    if !target.is_own {
        return Ok(());
    }
    if !failures.is_empty() {
        return Err(format!("{} of {} cells do not hold", failures.len(), wanted.len()));
    }
    // The page speaks of the whole matrix, so nothing less can keep it.
    if !options.is_whole() {
        return Ok(());
    }
    page::keep(&protected, options.write)
}

/// The cells to run.
fn wanted(options: &Options) -> Vec<Cell> {
    let cells = cells::all().into_iter().filter_map(|(_, _, place)| match place {
        Place::Cell(cell) => Some(cell),
        Place::Without(_) => None,
    });
    let mut turn = 0;
    let mut last = String::new();
    let mut of_group: Vec<Cell> = Vec::new();
    let mut wanted: Vec<Cell> = Vec::new();
    // What another gateway makes of an upstream that speaks otherwise is its own affair.
    let is_asked = |cell: &Cell| options.target.is_none() || cell.surface.provider == "native";
    let named =
        |cell: &Cell| is_asked(cell) && options.only.as_ref().is_none_or(|only| cell.name().contains(only.as_str()));
    if !options.quick {
        return cells.filter(named).collect();
    }
    // Cells that differ in their subject alone: one of them, another each time.
    let mut cells: Vec<Cell> = cells.filter(named).collect();
    cells.sort_by_key(rest_of);
    for cell in cells {
        let rest = rest_of(&cell);
        if rest != last {
            wanted.extend(of_group.get(turn % of_group.len().max(1)));
            turn += 1;
            of_group.clear();
            last = rest;
        }
        of_group.push(cell);
    }
    wanted.extend(of_group.get(turn % of_group.len().max(1)));
    wanted.into_iter().step_by(QUICK).collect()
}

fn rest_of(cell: &Cell) -> String {
    let Cell { surface, stream, direction, action, subject: _, place, change: _, evasion } = cell;
    format!("{}|{stream}|{}|{}|{place}|{}", surface.name, direction.name(), action.name(), evasion.name)
}

fn start(options: &Options) -> Outcome<(Target, Vec<Worker>)> {
    let listen =
        |address: &str| Upstream::start_on(address).map_err(|error| format!("no upstream on {address}: {error}"));
    if let Some(url) = &options.target {
        let upstream = listen(&options.upstream_listen)?;
        eprintln!(
            "the upstream listens on http://{}/v1: let the models `block`, `refuse`, `mask` and `restore` lead there",
            upstream.address
        );
        return Ok((Target::other(url, &options.key)?, vec![Worker::new(0, upstream)]));
    }
    let upstreams = (0..WORKERS).map(|_| listen("127.0.0.1:0")).collect::<Outcome<Vec<Upstream>>>()?;
    let target = Target::product(&upstreams)?;
    Ok((target, upstreams.into_iter().enumerate().map(|(number, upstream)| Worker::new(number, upstream)).collect()))
}

/// How much was tried.
#[derive(Default)]
struct Tried {
    exchanges: usize,
}

fn try_all(target: &Target, workers: Vec<Worker>, cells: &[Cell], options: &Options) -> (Tried, Vec<Failure>) {
    let next = AtomicUsize::new(0);
    let exchanges = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for mut worker in workers {
            let (next, exchanges, failures) = (&next, &exchanges, &failures);
            scope.spawn(move || {
                while let Some(cell) = cells.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let mut count = 0;
                    if let Err((fault, told)) = try_cell(&mut worker, target, cell, options, &mut count) {
                        let failure = Failure { cell: *cell, fault, told };
                        failures.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(failure);
                    }
                    exchanges.fetch_add(count, Ordering::Relaxed);
                }
            });
        }
    });
    let mut failures = failures.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    failures.sort_by_key(|failure| failure.cell.name());
    (Tried { exchanges: exchanges.into_inner() }, failures)
}

fn try_cell(
    worker: &mut Worker,
    target: &Target,
    cell: &Cell,
    options: &Options,
    count: &mut usize,
) -> Result<(), (Fault, String)> {
    let is_streamed_text = cell.stream && cell.direction == cells::Direction::Output;
    let mut once = |cutting| {
        *count += 1;
        let exchange = worker
            .exchange(target, cell, cutting)
            .map_err(|error| (Fault::Broken(format!("no exchange: {error}")), format!("{cutting:?}")))?;
        judge::judge(cell, &exchange, target.is_own).map_err(|fault| (fault, told(&exchange, cutting)))?;
        Ok(exchange.length)
    };
    match cell.evasion.cut {
        Cut::Text => {
            once(Cutting::Whole)?;
            if is_streamed_text {
                once(Cutting::Characters)?;
            }
        }
        Cut::Bytes => drop(once(Cutting::Bytes)?),
        Cut::EveryByte => {
            let length = once(Cutting::Whole)?;
            let step = if options.quick { QUICK_CUTS } else { 1 };
            for at in (1..length).step_by(step) {
                once(Cutting::At(at))?;
            }
        }
    }
    Ok(())
}

/// What happened, in full.
fn told(exchange: &Exchange, cutting: Cutting) -> String {
    let mut out = format!("  cut       {cutting:?}\n  request   {}\n", exchange.request);
    for seen in &exchange.upstream {
        out.push_str(&format!("  upstream  {}\n", seen.raw));
    }
    if exchange.upstream.is_empty() {
        out.push_str("  upstream  nothing\n");
    }
    let answer = exchange.client.raw.replace('\n', "\n            ");
    out.push_str(&format!(
        "  caller    {} {}\n            {answer}",
        exchange.answer.status,
        exchange.answer.header("x-redoubt-decision").unwrap_or_default(),
    ));
    out
}

/// What is shown of failures before the rest is only counted.
const SHOWN: usize = 20;

fn report(options: &Options, wanted: &[Cell], tried: &Tried, failures: &[Failure]) {
    if options.json {
        let failed: Vec<_> = failures
            .iter()
            .map(|failure| {
                let (kind, reason) = words(&failure.fault);
                json!({ "cell": failure.cell.name(), "verdict": kind, "reason": reason, "exchange": failure.told })
            })
            .collect();
        say(&json!({ "cells": wanted.len(), "exchanges": tried.exchanges, "failures": failed }).to_string());
        return;
    }
    for failure in failures.iter().take(SHOWN) {
        let (kind, reason) = words(&failure.fault);
        eprintln!("{kind}: {}\n  reason    {reason}\n{}\n", failure.cell.name(), failure.told);
    }
    if options.target.is_some() || !failures.is_empty() {
        say(&table(wanted, failures));
    }
}

const fn words(fault: &Fault) -> (&'static str, &String) {
    match fault {
        Fault::Leak(reason) => ("leak", reason),
        Fault::Broken(reason) => ("broken", reason),
    }
}

/// One line for each group, one column for each evasion: `pass`, or how many cells leaked or broke.
fn table(wanted: &[Cell], failures: &[Failure]) -> String {
    let mut rows: BTreeMap<Group, BTreeMap<&str, (usize, usize, usize)>> = BTreeMap::new();
    let group = |cell: &Cell| Group {
        surface: cell.surface.name,
        stream: cell.stream,
        direction: cell.direction,
        action: cell.action,
    };
    for cell in wanted {
        rows.entry(group(cell)).or_default().entry(cell.evasion.name).or_default().0 += 1;
    }
    for Failure { cell, fault, told: _ } in failures {
        let counts = rows.entry(group(cell)).or_default().entry(cell.evasion.name).or_default();
        match fault {
            Fault::Leak(_) => counts.1 += 1,
            Fault::Broken(_) => counts.2 += 1,
        }
    }
    let mut out = format!("{:56}", "");
    for evasion in evasions::EVASIONS {
        out.push_str(&format!("{:>11}", evasion.name));
    }
    for (Group { surface, stream, direction, action }, columns) in rows {
        let how = if stream { "stream" } else { "plain" };
        out.push_str(&format!("\n{:56}", format!("{surface} {how} {} {}", direction.name(), action.name())));
        for evasion in evasions::EVASIONS {
            let word = match columns.get(evasion.name) {
                None => "-".to_owned(),
                Some((_, 0, 0)) => "pass".to_owned(),
                Some((all, 0, broken)) => format!("broke {broken}/{all}"),
                Some((all, leaks, _)) => format!("leak {leaks}/{all}"),
            };
            out.push_str(&format!("{word:>11}"));
        }
    }
    out
}

#[expect(clippy::print_stdout, reason = "what a trial found is its output")]
fn say(text: &str) {
    println!("{text}");
}
