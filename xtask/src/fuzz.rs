//! Whatever strangers can send: every fuzz target, so many cases each, and the page that says so.
//!
//! The corpus that grows while fuzzing lies beside the targets and is kept between runs; what is checked in are
//! a few small seeds.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::Outcome;
use crate::metadata::root;

/// Where the results are written.
const PAGE: &str = "docs/hostile-input.md";

/// Cases of each target, if nobody says otherwise.
const CASES: u64 = 1_000_000;

struct Target {
    name: &'static str,
    /// What must hold for every input.
    law: &'static str,
    /// Longer inputs only take time.
    bytes_max: u32,
    /// Whether the input is made of JSON, and the tokens of the surfaces help.
    is_json: bool,
    /// Whether it is run once for each detector.
    each_detector: bool,
}

const fn target(name: &'static str, bytes_max: u32, law: &'static str) -> Target {
    Target { name, law, bytes_max, is_json: false, each_detector: false }
}

const fn json(name: &'static str, bytes_max: u32, law: &'static str) -> Target {
    Target { is_json: true, ..target(name, bytes_max, law) }
}

const TARGETS: &[Target] = &[
    json(
        "wire_request",
        1_200,
        "a request of any surface that is read leaves as it came, and reads as edited once edited",
    ),
    json("wire_answer", 1_200, "an answer of any surface likewise; an edit takes what repeats the edited text with it"),
    json(
        "wire_stream",
        1_200,
        "a stream has the same frames and the same end wherever it is cut, and reads back once encoded",
    ),
    json("wire_translation", 1_200, "a body turned into another surface's is read there, and no words of it are lost"),
    target("guard_views", 32, "every view leads home to the text, says what was undone, and stays within its bounds"),
    Target {
        each_detector: true,
        ..target(
            "guard_detector",
            48,
            "findings lie in the text, bear the detector's labels and are always the same; what may be let go at any cut is in none",
        )
    },
    target(
        "guard_stream",
        32,
        "a stream under a profile or a rule lets out what the whole answer does, and no byte of what it is stopped for; what was changed is not found again",
    ),
    target(
        "guard_transform",
        32,
        "what was made anonymous comes back, whole, streamed and within JSON, and is not seen before",
    ),
    target(
        "policy",
        200,
        "a policy is read or every mistake told, and its decision is a function that no finding makes milder",
    ),
    target("configuration", 600, "a configuration is read or every mistake told with its place, always the same"),
    json("audit_entry", 900, "an entry that is read is written as it was; canonical JSON has one form"),
    target(
        "audit_proof",
        400,
        "only what was signed opens; proofs, keys and tiles read back; a tree proves its leaves and nothing else",
    ),
    target("audit_payload", 200, "only what was sealed opens, for its request and its side"),
    target(
        "model_scan",
        2_000,
        "a scan of a model file ends and is a function; a call of `os.system` put before, behind or into a file is found",
    ),
];

/// Runs every target, or the one after `--target` for the detector after `--detector`, for `--runs` cases.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let (mut only, mut detector, mut cases) = (None, None, CASES);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match (argument.as_str(), rest.next()) {
            ("--target", Some(name)) => only = Some(name.clone()),
            ("--runs", Some(count)) => {
                cases = count.parse().map_err(|_| format!("`--runs` takes a whole number, not `{count}`"))?;
            }
            ("--detector", Some(id)) => detector = Some(id.clone()),
            _ => return Err("usage: cargo xtask fuzz [--target NAME [--detector ID]] [--runs N]".to_owned()),
        }
    }
    if let Some(only) = &only
        && TARGETS.iter().all(|target| target.name != only)
    {
        let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        return Err(format!("no target `{only}`; there are {}", names.join(", ")));
    }
    check_tools()?;
    let wanted = TARGETS.iter().filter(|target| only.as_deref().is_none_or(|only| only == target.name));
    let wanted = wanted.filter(|target| detector.is_none() || target.each_detector);
    let mut crashed = Vec::new();
    eprintln!("{:34} {:>10} {:>8} {:>9}  crashes", "target", "cases", "cases/s", "features");
    for target in wanted {
        build(target)?;
        for id in detectors(target, detector.as_deref())? {
            let name = match &id {
                Some(id) => format!("{} ({id})", target.name),
                None => target.name.to_owned(),
            };
            let seen = fuzz(target, id.as_deref(), cases)?;
            let crashes = usize::from(seen.crash.is_some());
            eprintln!("{name:34} {:>10} {:>8} {:>9}  {crashes}", seen.cases, seen.cases_per_s, seen.features);
            // After each, since all of them take hours, and read again, since another run may have written meanwhile.
            let mut counts = read_page();
            match seen.crash {
                Some(crash) => {
                    counts.remove(&name);
                    crashed.push(format!("{name}: {crash}"));
                }
                None => _ = counts.insert(name, seen.cases),
            }
            fs::write(root().join(PAGE), page(&counts)).map_err(|error| format!("cannot write {PAGE}: {error}"))?;
        }
    }
    if crashed.is_empty() { Ok(()) } else { Err(format!("a law is broken\n  {}", crashed.join("\n  "))) }
}

/// What a run came to.
struct Seen {
    cases: u64,
    cases_per_s: u64,
    features: String,
    /// Where the input lies that broke a law.
    crash: Option<String>,
}

fn fuzz(target: &Target, detector: Option<&str>, cases: u64) -> Result<Seen, String> {
    let folder = |kind: &str| {
        let folder = root().join("fuzz").join(kind).join(detector.unwrap_or(target.name));
        fs::create_dir_all(&folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
        Ok::<PathBuf, String>(folder)
    };
    let (corpus, artifacts) = (folder("corpus")?, folder("artifacts")?);
    let mut command = Command::new(binary(target));
    command.current_dir(root().join("fuzz")).stdout(Stdio::null());
    command.arg(format!("-runs={cases}")).arg(format!("-max_len={}", target.bytes_max));
    command.args(["-timeout=10", "-rss_limit_mb=1024", "-print_final_stats=1"]);
    command.arg(format!("-artifact_prefix={}/", artifacts.display()));
    if target.is_json {
        command.arg("-dict=json.dict");
    }
    if let Some(detector) = detector {
        command.env("REDOUBT_FUZZ_DETECTOR", detector);
    }
    command.arg(corpus).arg(root().join("fuzz/seeds").join(target.name));
    let started = std::time::Instant::now();
    let output = command.output().map_err(|error| format!("cannot run {}: {error}", target.name))?;
    let report = String::from_utf8_lossy(&output.stderr);
    let after = |mark: &str| report.lines().rev().find_map(|line| Some(line.split_once(mark)?.1.trim().to_owned()));
    let run = after("stat::number_of_executed_units:").and_then(|count| count.parse().ok()).unwrap_or(0);
    let crash = match (output.status.success(), after("Test unit written to ")) {
        (true, _) => None,
        (false, Some(path)) => Some(path),
        (false, None) => return Err(format!("{} ended in error:\n{report}", target.name)),
    };
    let features = after(" ft: ").and_then(|rest| Some(rest.split(' ').next()?.to_owned())).unwrap_or_default();
    Ok(Seen { cases: run, cases_per_s: run / started.elapsed().as_secs().max(1), features, crash })
}

/// The detectors for which a target runs, from the target itself; nobody for most targets. All, or the one of that id.
fn detectors(target: &Target, only: Option<&str>) -> Result<Vec<Option<String>>, String> {
    if !target.each_detector {
        return Ok(vec![None]);
    }
    let mut command = Command::new(binary(target));
    let listed = command.env("REDOUBT_FUZZ_DETECTOR", "?").output();
    let listed = listed.map_err(|error| format!("cannot run {}: {error}", target.name))?;
    let listed = String::from_utf8_lossy(&listed.stdout);
    let names = listed.lines().filter(|id| only.is_none_or(|only| only == *id));
    let names: Vec<_> = names.map(|id| Some(id.to_owned())).collect();
    if names.is_empty() { Err(format!("{} has no such detector", target.name)) } else { Ok(names) }
}

fn check_tools() -> Outcome {
    let has =
        |arguments: &[&str]| Command::new("cargo").args(arguments).output().is_ok_and(|output| output.status.success());
    if !has(&["+nightly", "--version"]) {
        return Err(
            "the fuzzer needs a nightly compiler: rustup toolchain install nightly --profile minimal".to_owned()
        );
    }
    if !has(&["+nightly", "fuzz", "--version"]) {
        return Err("the fuzzer is not installed: cargo install cargo-fuzz --locked".to_owned());
    }
    Ok(())
}

/// Builds one target. No sanitizer: our code forbids `unsafe`, so an address sanitizer would find nothing in it and
/// halve the cases. No tracing of comparisons either: seeds and words of our own lead to the same places, and it
/// costs as much again.
fn build(target: &Target) -> Outcome {
    let mut command = Command::new("cargo");
    command.args(["+nightly", "fuzz", "build", "--sanitizer", "none", "--no-trace-compares", "--target", TRIPLE]);
    // Cargo sets these for its children, and they would name another compiler.
    command.arg(target.name).current_dir(root()).env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO");
    let status = command.status().map_err(|error| format!("cannot run cargo fuzz: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{} does not build", target.name)) }
}

/// The only system on which the targets have been run.
const TRIPLE: &str = "x86_64-unknown-linux-gnu";

fn binary(target: &Target) -> PathBuf {
    root().join("fuzz/target").join(TRIPLE).join("release").join(target.name)
}

/// The cases of earlier runs, by target, as the page tells them.
fn read_page() -> BTreeMap<String, u64> {
    let page = fs::read_to_string(root().join(PAGE)).unwrap_or_default();
    let row = |line: &str| {
        let mut cells = line.strip_prefix("| `")?.split(" | ");
        let name = cells.next()?.replace('`', "");
        Some((name, cells.last()?.trim_end_matches(" |").replace(',', "").parse().ok()?))
    };
    page.lines().filter_map(row).collect()
}

fn page(counts: &BTreeMap<String, u64>) -> String {
    let mut page = String::from(
        "# Hostile input\n\n\
         Written by `cargo xtask fuzz`, which runs every target of `fuzz/` with a coverage-guided fuzzer and stops at\n\
         the first input that panics, takes longer than ten seconds or breaks the target's law. The laws are ordinary\n\
         functions beside the tests of each crate (`tests/it/laws.rs`); property tests hold them on random inputs with\n\
         every test run. A row is here only if its last run broke nothing.\n\n\
         | target | law | cases |\n|---|---|---:|\n",
    );
    for target in TARGETS {
        let own = counts.iter().filter(|(name, _)| name.split(' ').next() == Some(target.name));
        for (name, cases) in own {
            let (name, detector) =
                name.split_once(' ').map_or((name.as_str(), ""), |(name, detector)| (name, detector));
            let detector = if detector.is_empty() { String::new() } else { format!(" {detector}") };
            let _infallible = writeln!(page, "| `{name}`{detector} | {} | {} |", target.law, thousands(*cases));
        }
    }
    page
}

/// `1,000,000`
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_read_as_it_was_written() {
        let counts = BTreeMap::from([
            ("guard_detector (email)".to_owned(), 1_234_567),
            ("guard_detector (us_ssn)".to_owned(), 999),
            ("policy".to_owned(), 1_000_000),
        ]);
        let page = page(&counts);
        let rows = page.lines().filter_map(|line| Some(line.strip_prefix("| `")?.to_owned()));
        assert!(rows.clone().any(|row| row.ends_with("| 1,234,567 |")), "{page}");
        assert_eq!(rows.count(), 3);
    }

    #[test]
    fn every_target_has_a_file_and_seeds_or_needs_none() {
        for target in TARGETS {
            assert!(root().join("fuzz/fuzz_targets").join(format!("{}.rs", target.name)).exists(), "{}", target.name);
            assert!(root().join("fuzz/seeds").join(target.name).is_dir(), "{} has no seeds", target.name);
        }
    }
}
