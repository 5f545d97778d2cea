//! Measuring one point: short runs of each subject in turn, round after round, so that what else happens on
//! the machine happens to all of them.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use super::load::Tally;
use super::plan::Point;
use super::role::this_program;
use super::subject::Subject;
use super::words::request_body;
use crate::Outcome;
use crate::client;

/// What one subject did at one point, over all rounds.
#[derive(Debug)]
pub(super) struct Cell {
    pub(super) subject: &'static str,
    pub(super) tally: Tally,
    /// Requests per second in each round.
    pub(super) rates: Vec<f64>,
    /// Processor time of the subject, in nanoseconds, its warm-up included.
    cpu_nanos: Option<u64>,
    /// Requests in which a guarded subject let personal data through.
    pub(super) exposed: u64,
    pub(super) memory_mib: Option<u64>,
}

impl Cell {
    /// Requests per second, the median of the rounds.
    pub(super) fn rate(&self) -> f64 {
        median(self.rates.clone())
    }

    /// The median of the rounds' ratios to another subject.
    pub(super) fn ratio(&self, other: &Self) -> f64 {
        let pairs = self.rates.iter().zip(&other.rates).filter(|(_, theirs)| **theirs > 0.0);
        median(pairs.map(|(ours, theirs)| ours / theirs).collect())
    }

    /// Microseconds of processor time for each request, in the subject alone. The requests of the warm-up count
    /// as many as the time it takes lets expect.
    #[expect(clippy::cast_precision_loss, reason = "a mean")]
    pub(super) fn cpu_micros(&self, point: &Point) -> Option<f64> {
        let share = point.measured_ms as f64 / (point.measured_ms + warm_ms(point)) as f64;
        let requests = self.tally.requests as f64 / share;
        (requests > 0.0).then(|| self.cpu_nanos.map(|nanos| nanos as f64 / 1_000.0 / requests)).flatten()
    }
}

/// A point with what each subject did there.
#[derive(Debug)]
pub(super) struct Measured {
    pub(super) point: Point,
    pub(super) cells: Vec<Cell>,
}

impl Measured {
    pub(super) fn cell(&self, subject: &str) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.subject == subject)
    }
}

/// Measures a point in `rounds` rounds.
pub(super) fn measure(
    point: &Point,
    subjects: &[&Subject],
    mock_address: &str,
    rounds: usize,
    folder: &Path,
) -> Outcome<Measured> {
    let mut cells: Vec<Cell> = subjects
        .iter()
        .map(|subject| Cell {
            subject: subject.name,
            tally: Tally::default(),
            rates: Vec::new(),
            cpu_nanos: subject.cpu_nanos().map(|_| 0),
            exposed: 0,
            memory_mib: None,
        })
        .collect();
    for round in 0..rounds {
        let mut turn: Vec<_> = subjects.iter().zip(&mut cells).collect();
        // Whoever always came first would always find the caches of the one before.
        turn.rotate_left(round % subjects.len().max(1));
        for (subject, cell) in turn {
            let (cpu, seen) = (subject.cpu_nanos(), exposed(mock_address)?);
            let tally = run(point, subject, folder)?;
            if let (Some(total), Some(before), Some(after)) = (&mut cell.cpu_nanos, cpu, subject.cpu_nanos()) {
                *total += after.saturating_sub(before);
            }
            if subject.is_guarded {
                cell.exposed += exposed(mock_address)?.saturating_sub(seen);
            }
            cell.rates.push(rate(&tally));
            cell.tally.merge(&tally);
            cell.memory_mib = subject.memory_mib();
        }
    }
    Ok(Measured { point: point.clone(), cells })
}

#[expect(clippy::cast_precision_loss, reason = "a rate")]
fn rate(tally: &Tally) -> f64 {
    tally.requests as f64 / tally.seconds
}

/// Milliseconds before the measure begins.
fn warm_ms(point: &Point) -> u64 {
    if point.is_stream() && point.connections > 64 { 1_200 } else { 150 }
}

fn run(point: &Point, subject: &Subject, folder: &Path) -> Outcome<Tally> {
    let file = folder.join("request");
    let model = format!("{}{}", subject.model_prefix, point.model);
    fs::write(&file, request(subject, &request_body(&model, &point.prompt(), point.is_stream())))
        .map_err(|error| format!("cannot write the request: {error}"))?;
    let arguments = [
        format!("address={}", subject.address),
        format!("request={}", file.display()),
        format!("connections={}", point.connections),
        format!("warm_ms={}", warm_ms(point)),
        format!("measured_ms={}", point.measured_ms),
        format!("stream={}", if point.is_stream() { "yes" } else { "no" }),
        format!("expected={}", point.expected()),
    ];
    let done = this_program("load", &arguments)?
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cannot start the load: {error}"))?;
    let told: Option<Value> = serde_json::from_slice(&done.stdout).ok();
    told.as_ref().and_then(Tally::from_json).ok_or_else(|| "the load told nothing".to_owned())
}

/// The bytes of a request.
fn request(subject: &Subject, body: &str) -> Vec<u8> {
    let mut head = format!(
        "POST {} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n",
        subject.path,
        subject.address,
        body.len()
    );
    for (name, value) in &subject.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    format!("{head}\r\n{body}").into_bytes()
}

/// How many requests have shown personal data to the mock.
fn exposed(mock_address: &str) -> Outcome<u64> {
    let answer = client::get(mock_address, "/seen").map_err(|error| format!("the mock does not answer: {error}"))?;
    let told: Option<Value> = serde_json::from_slice(&answer.body).ok();
    told.and_then(|told| told.get("exposed")?.as_u64()).ok_or_else(|| "the mock tells nothing".to_owned())
}

pub(super) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match (values.len() % 2, values.get(middle), middle.checked_sub(1).and_then(|before| values.get(before))) {
        (1, Some(value), _) => *value,
        (_, Some(after), Some(before)) => f64::midpoint(*before, *after),
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle() {
        assert!((median(vec![3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((median(vec![4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < f64::EPSILON);
        assert!(median(Vec::new()).abs() < f64::EPSILON);
    }
}
