//! What was promised, beside what was measured.

use super::Results;
use super::measure::{Cell, Measured};
use super::plan::Part;
use super::subject::{BEHIND, EVERYTHING as ALL, OFF};

/// A figure that was promised.
pub(super) struct Promise {
    pub(super) words: String,
    pub(super) asked: String,
    pub(super) measured: String,
    pub(super) is_kept: bool,
}

const BARE: &str = "bare hyper";
const DIRECT: &str = "direct";

/// Every promise for which something was measured.
pub(super) fn promises(results: &Results) -> Vec<Promise> {
    let mut promises = Vec::new();
    for measured in &results.measured {
        let point = &measured.point;
        let at = |what: &str| format!("{what}, {}, {} at once", point.words, point.connections);
        let is_instant = point.delay_ms() == 0;
        match point.part {
            Part::GuardOff => {
                for subject in [OFF, BEHIND] {
                    if is_instant && point.connections > 1 {
                        promises.extend(share(measured, subject, &at(subject), 0.75));
                    }
                    if !is_instant || point.connections == 1 {
                        promises.extend(added(measured, subject, &at(subject), 0.5, 100.0));
                        promises.extend(added(measured, subject, &at(subject), 0.99, 1_000.0));
                    }
                }
            }
            Part::Everything if is_instant => {
                if point.connections == 256 {
                    promises.extend(share(measured, ALL, &at(ALL), 0.3));
                }
            }
            Part::Everything => {
                promises.extend(added(measured, ALL, &at(ALL), 0.5, 400.0));
                promises.extend(added(measured, ALL, &at(ALL), 0.99, 2_000.0));
            }
            Part::Streams => {
                for subject in [OFF, ALL] {
                    promises.extend(first_byte(measured, subject, &at(subject)));
                    promises.extend(stall(measured, subject, &at(subject)));
                }
            }
            Part::Peers => {
                if point.is_stream() {
                    continue;
                }
                promises.extend(times(measured, OFF, "LiteLLM", &at(OFF), 100.0));
                promises.extend(times(measured, OFF, "TensorZero", &at(OFF), 3.0));
                promises.extend(times(measured, ALL, "TensorZero", &at(ALL), 1.0));
            }
        }
    }
    promises
}

/// What makes every figure worthless: answers that failed or lacked what they must have, and personal data that
/// passed a guard.
pub(super) fn broken(results: &Results) -> Option<String> {
    let ours = |cell: &&Cell| cell.subject.starts_with("redoubt");
    for measured in &results.measured {
        for cell in measured.cells.iter().filter(ours) {
            let Cell { subject, tally, exposed, .. } = cell;
            if tally.errors > 0 {
                let complaint = tally.complaint.as_deref().unwrap_or_default();
                return Some(format!("{subject}: {} requests failed, first with: {complaint}", tally.errors));
            }
            if *exposed > 0 {
                return Some(format!("{subject}: {exposed} requests showed personal data to the upstream"));
            }
            if tally.requests == 0 {
                return Some(format!("{subject}: no request was answered within the measure"));
            }
        }
    }
    None
}

fn pair<'a>(measured: &'a Measured, one: &str, other: &str) -> Option<(&'a Cell, &'a Cell)> {
    Some((measured.cell(one)?, measured.cell(other)?))
}

fn share(measured: &Measured, subject: &str, at: &str, least: f64) -> Option<Promise> {
    let (ours, bare) = pair(measured, subject, BARE)?;
    let ratio = ours.ratio(bare);
    Some(Promise {
        words: format!("{at}: requests per second"),
        asked: format!("≥ {least} of bare hyper"),
        measured: format!("{ratio:.2}"),
        is_kept: ratio >= least,
    })
}

fn times(measured: &Measured, subject: &str, peer: &str, at: &str, least: f64) -> Option<Promise> {
    let (ours, theirs) = pair(measured, subject, peer)?;
    let ratio = ours.ratio(theirs);
    Some(Promise {
        words: format!("{at}: requests per second"),
        asked: format!("≥ {least} × {peer}"),
        measured: format!("{ratio:.1} ×"),
        is_kept: ratio >= least,
    })
}

fn added(measured: &Measured, subject: &str, at: &str, share: f64, most: f64) -> Option<Promise> {
    /// Of fewer, one in a hundred is a matter of luck.
    const FOR_A_TAIL: u64 = 1_000;
    let (ours, direct) = pair(measured, subject, DIRECT)?;
    if share > 0.9 && ours.tally.requests < FOR_A_TAIL {
        return None;
    }
    let added = ours.tally.whole.micros(share) - direct.tally.whole.micros(share);
    Some(Promise {
        words: format!("{at}: added at p{:.0}", share * 100.0),
        asked: format!("< {most:.0} µs"),
        measured: format!("{added:.0} µs"),
        is_kept: added < most,
    })
}

fn first_byte(measured: &Measured, subject: &str, at: &str) -> Option<Promise> {
    let (ours, direct) = pair(measured, subject, DIRECT)?;
    let added = ours.tally.first_byte.micros(0.5) - direct.tally.first_byte.micros(0.5);
    Some(Promise {
        words: format!("{at}: first byte, added at p50"),
        asked: "< 300 µs".to_owned(),
        measured: format!("{added:.0} µs"),
        is_kept: added < 300.0,
    })
}

/// Nagle's algorithm would show as pieces that are 40 ms old.
fn stall(measured: &Measured, subject: &str, at: &str) -> Option<Promise> {
    let oldest = measured.cell(subject)?.tally.pieces.micros(0.999);
    Some(Promise {
        words: format!("{at}: age of a chunk at p99.9"),
        asked: "< 20 ms".to_owned(),
        measured: format!("{:.1} ms", oldest / 1_000.0),
        is_kept: oldest < 20_000.0,
    })
}
