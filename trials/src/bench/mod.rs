//! What the gateway costs: the same requests through it, past it, through nginx, through a proxy of bare hyper,
//! and, if asked, through other gateways.
//!
//! ```text
//! cargo xtask bench [--quick] [--rounds N] [--only a|b|c|peers] [--peers] [--install-peers] [--no-nginx]
//!                   [--profile] [--json FILE] [--markdown FILE]
//! ```

mod bare;
mod histogram;
mod load;
mod machine;
mod measure;
mod mock;
mod options;
mod peers;
mod plan;
mod profile;
mod promises;
mod report;
mod role;
mod stages;
mod stamp;
mod subject;
mod words;

use std::path::Path;

use histogram::Histogram;
use measure::{Measured, measure};
use options::Options;
use plan::{Part, Point, points};
use role::Process;
use subject::{Extent, Subject};

use crate::Outcome;

/// Everything that was measured.
pub(crate) struct Results {
    machine: String,
    subjects: Vec<(&'static str, String)>,
    measured: Vec<Measured>,
    sync: Histogram,
    stages: Vec<(&'static str, stages::Means)>,
    profiles: Vec<(&'static str, profile::Shares)>,
    /// Subjects that could not be had, and why.
    absent: Vec<String>,
}

/// The trial.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    if let Some((first, rest)) = arguments.split_first()
        && first == "--role"
    {
        return role::play(rest);
    }
    let options = Options::read(arguments)?;
    if options.install_peers {
        return peers::install();
    }
    let folder = tempfile::tempdir().map_err(|error| format!("cannot make a folder: {error}"))?;
    let (_mock, mock_address) = Process::serving("mock", &[])?;
    let mut absent = Vec::new();
    let subjects = subjects(&options, &mock_address, &mut absent)?;
    let mut results = Results {
        machine: machine::words(),
        subjects: subjects.iter().map(|subject| (subject.name, subject.words.clone())).collect(),
        measured: Vec::new(),
        sync: Histogram::default(),
        stages: Vec::new(),
        profiles: Vec::new(),
        absent,
    };
    for point in points(&options.parts, options.is_quick) {
        machine::sync_times(folder.path(), 40, &mut results.sync)?;
        let chosen: Vec<&Subject> = subjects.iter().filter(|subject| is_measured(subject, &point)).collect();
        eprintln!("{} {}, {} at once", title(point.part), point.words, point.connections);
        // What takes ten times as long as another needs no more than three rounds to show it.
        let rounds = if point.part == Part::Peers { options.rounds.min(3) } else { options.rounds };
        let measured = measure(&point, &chosen, &mock_address, rounds, folder.path())?;
        eprint!("{}", report::table(&measured));
        results.measured.push(measured);
    }
    for subject in subjects.iter().filter(|subject| subject.metrics().is_some()) {
        look_inside(subject, &options, &mock_address, folder.path(), &mut results)?;
    }
    report::write(&results, &options)?;
    promises::broken(&results).map_or(Ok(()), Err)
}

fn title(part: Part) -> &'static str {
    match part {
        Part::GuardOff => "guard off:",
        Part::Everything => "everything on:",
        Part::Streams => "streams:",
        Part::Peers => "other gateways:",
    }
}

fn subjects(options: &Options, mock_address: &str, absent: &mut Vec<String>) -> Outcome<Vec<Subject>> {
    let mut subjects = vec![subject::direct(mock_address), subject::bare(mock_address)?];
    if options.nginx {
        subjects.push(subject::nginx(mock_address)?);
    }
    for extent in [Extent::GuardOff, Extent::RecordBehind, Extent::Everything] {
        subjects.push(subject::redoubt(extent, mock_address)?);
    }
    if options.parts.contains(&Part::Peers) {
        for peer in peers::ALL {
            match peers::start(peer, mock_address) {
                Ok(subject) => subjects.push(subject),
                Err(reason) => absent.push(format!("{}: {reason}", peer.name)),
            }
        }
    }
    absent.iter().for_each(|reason| eprintln!("not measured: {reason}"));
    Ok(subjects)
}

fn is_measured(subject: &Subject, point: &Point) -> bool {
    let is_peer = peers::ALL.iter().any(|peer| peer.name == subject.name);
    match point.part {
        Part::GuardOff => !is_peer && !subject.is_guarded,
        Part::Everything => !is_peer && (subject.is_guarded || subject.metrics().is_none()),
        Part::Streams => !is_peer && subject.name != subject::BEHIND,
        Part::Peers => is_peer || subject.metrics().is_some() || subject.process().is_none(),
    }
}

/// Asks a gateway of ours where its time goes, under the load of its own part.
fn look_inside(
    subject: &Subject,
    options: &Options,
    mock_address: &str,
    folder: &Path,
    results: &mut Results,
) -> Outcome {
    let (part, model) =
        if subject.is_guarded { (Part::Everything, "instant-long") } else { (Part::GuardOff, "instant-short") };
    let point = Point { part, words: "no delay", model, connections: 16, measured_ms: 2_000 };
    let before = subject.metrics().unwrap_or_default();
    let sampling = subject.process().filter(|_| options.profile).and_then(|id| profile::start(id, 2, folder));
    measure(&point, &[subject], mock_address, 1, folder)?;
    let after = subject.metrics().unwrap_or_default();
    results.stages.push((subject.name, stages::between(&before, &after)));
    if let Some(mut sampling) = sampling {
        let _ = sampling.wait();
        results.profiles.push((subject.name, profile::top(folder, 30)));
    }
    Ok(())
}
