//! Faults: what may break around the gateway is broken on purpose, and what it promised is looked for.
//!
//! Each fault is one row of [`FAULTS`]: what is done, what must hold, and how much memory the gateway may have
//! taken at its highest. All of it is seen from outside: by the client, by the upstream, in the audit log as its
//! own command line reads it, and in what the kernel tells of the process.

mod abandoned;
mod answers;
mod chance;
mod client_rows;
mod clock;
mod crash;
mod crowd;
mod disk;
mod journal;
mod models;
mod namespace;
mod report;
mod storm;
mod tracking;
mod upstream_rows;
mod world;

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::Outcome;
use report::Row;

/// One thing that breaks.
pub(crate) struct Fault {
    /// Its name on the command line.
    name: &'static str,
    /// What is done.
    done: &'static str,
    /// What must hold all the same.
    promise: &'static str,
    /// The highest mark of resident memory that is allowed, in MiB.
    peak_mib: u64,
    /// Whether it belongs to the short form, which must run everywhere.
    is_quick: bool,
    run: fn(&Plan) -> Outcome<Seen>,
}

/// How thoroughly to try.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// Fewer rounds and smaller crowds, and no limits of time that a busy machine could miss.
    is_quick: bool,
}

impl Plan {
    /// `full`, or `quick` in the short form.
    const fn choose(self, full: usize, quick: usize) -> usize {
        if self.is_quick { quick } else { full }
    }

    /// What a promised time is allowed to become: in the short form the machine may be busy with other tests.
    fn within(self, promised: Duration) -> Duration {
        promised + Duration::from_millis(if self.is_quick { 5_000 } else { 1_500 })
    }
}

/// What was seen of the gateway where everything held.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Resident memory before the fault, in KiB.
    idle_kib: u64,
    /// The highest mark of resident memory, in KiB.
    peak_kib: u64,
    /// Figures worth telling.
    notes: Vec<String>,
}

/// Every fault, a group after the other.
fn faults() -> impl Iterator<Item = &'static Fault> {
    let groups: [&'static [Fault]; 10] = [
        crash::FAULTS,
        models::FAULTS,
        tracking::FAULTS,
        disk::FAULTS,
        clock::FAULTS,
        upstream_rows::FAULTS,
        storm::FAULTS,
        client_rows::FAULTS,
        abandoned::FAULTS,
        crowd::FAULTS,
    ];
    groups.into_iter().flatten()
}

/// The command `faults`.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let wish = Wish::read(arguments)?;
    if wish.is_page {
        return report::page(wish.is_written);
    }
    let plan = Plan { is_quick: wish.is_quick };
    let wanted = Mutex::new(faults().filter(|fault| wish.wants(fault)).collect::<VecDeque<_>>());
    let rows = Mutex::new(Vec::new());
    // Most of the short form is waiting, which several can do at once; where times are held to, each has the machine
    // to itself.
    let at_once = plan.choose(1, 4);
    thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                while let Some(fault) = take(&wanted) {
                    let row = try_one(fault, &plan);
                    if !wish.is_json {
                        // A reader that has gone is noticed at the end.
                        let _ = report::say(&row);
                    }
                    rows.lock().unwrap_or_else(PoisonError::into_inner).push(row);
                }
            });
        }
    });
    let rows = rows.into_inner().unwrap_or_else(PoisonError::into_inner);
    if wish.is_json {
        report::json(&rows)?;
    }
    let failed: Vec<&str> = rows.iter().filter(|row| row.seen.is_err()).map(|row| row.fault.name).collect();
    match failed.as_slice() {
        [] if rows.is_empty() => Err("no fault is called that; `--list` names them".to_owned()),
        [] => Ok(()),
        failed => Err(format!("{} of {} did not hold: {}", failed.len(), rows.len(), failed.join(", "))),
    }
}

fn take(wanted: &Mutex<VecDeque<&'static Fault>>) -> Option<&'static Fault> {
    wanted.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
}

fn try_one(fault: &'static Fault, plan: &Plan) -> Row {
    let begun = Instant::now();
    let seen = (fault.run)(plan).and_then(|seen| bounded(fault, seen));
    Row { fault, seen, took: begun.elapsed() }
}

fn bounded(fault: &Fault, seen: Seen) -> Outcome<Seen> {
    if seen.peak_kib > fault.peak_mib << 10 {
        return Err(format!("memory reached {} MiB, the bound is {} MiB", seen.peak_kib >> 10, fault.peak_mib));
    }
    Ok(seen)
}

/// What the command line asks for.
#[derive(Debug, Default)]
struct Wish {
    is_quick: bool,
    is_json: bool,
    /// Print the page of `docs/` instead of trying anything.
    is_page: bool,
    is_written: bool,
    only: Vec<String>,
}

impl Wish {
    fn read(arguments: &[String]) -> Outcome<Self> {
        const USAGE: &str = "usage: faults [--quick] [--json] [--only NAME]… | --list | --markdown | --write";
        let mut wish = Self::default();
        let mut words = arguments.iter().map(String::as_str);
        while let Some(word) = words.next() {
            match word {
                "--quick" => wish.is_quick = true,
                "--json" => wish.is_json = true,
                "--markdown" => wish.is_page = true,
                "--write" => (wish.is_page, wish.is_written) = (true, true),
                "--list" => return Err(report::list()),
                "--only" => wish.only.push(words.next().ok_or(USAGE)?.to_owned()),
                _ => return Err(USAGE.to_owned()),
            }
        }
        Ok(wish)
    }

    fn wants(&self, fault: &Fault) -> bool {
        if self.only.is_empty() {
            return fault.is_quick || !self.is_quick;
        }
        self.only.iter().any(|name| name == fault.name)
    }
}
