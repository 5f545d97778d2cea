//! Counting instructions: the measure that a busy machine does not blur.
//!
//! Each workload runs in a process of its own under valgrind, once and then more often; the difference is what the
//! work takes, without the start of the process and the making of the engine.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::corpus::{CHAT, CHINESE, CODE, GERMAN, JSON, PROMPT, PROSE, REPORTS};
use super::hostile::{FAMILIES, as_float};
use super::{engine, row, speed};
use crate::Outcome;

/// A workload may take so much more than its baseline.
const GROWTH_MAX: f64 = 1.03;
/// How often the work is done in the longer of the two runs, beyond the one time of the shorter.
const MORE: usize = 3;

/// How a child of this process is told what to do.
const WORKLOAD: &str = "--workload";

const KINDS: [(&str, &super::corpus::Kind); 7] = [
    ("prose", &PROSE),
    ("reports", &REPORTS),
    ("chat", &CHAT),
    ("code", &CODE),
    ("json", &JSON),
    ("german", &GERMAN),
    ("chinese", &CHINESE),
];
const PROMPT_WORKLOAD: &str = "prompt";
const STREAM_WORKLOAD: &str = "stream";
/// Hostile families by their place, each a workload.
const HOSTILE_BYTES: usize = 4 << 10;
const TEXTS: u64 = 16;
const PROMPTS: usize = 20;
const ANSWER_BYTES: usize = 4 << 10;

/// The workload and the number of repetitions that a child is asked for.
pub(super) fn asked(arguments: &[String]) -> Outcome<Option<(&str, usize)>> {
    let [flag, workload, repeats] = arguments else { return Ok(None) };
    if flag != WORKLOAD {
        return Ok(None);
    }
    let repeats = repeats.parse().map_err(|_| format!("`{repeats}` is no number"))?;
    Ok(Some((workload, repeats)))
}

/// Does the work, in the child.
pub(super) fn execute(workload: &str, repeats: usize) -> Outcome {
    let engine = engine()?;
    let (texts, is_stream) = texts(workload)?;
    for _ in 0..repeats {
        for text in &texts {
            if is_stream {
                speed::stream(&engine, &speed::tokens(text))?;
            } else {
                speed::inspect(&engine, text);
            }
        }
    }
    Ok(())
}

/// The texts of a workload, and whether they are streamed.
fn texts(workload: &str) -> Outcome<(Vec<String>, bool)> {
    if let Some((_, kind)) = KINDS.iter().find(|(name, _)| *name == workload) {
        return Ok(((0..TEXTS).map(|seed| kind.text(speed::TEXT_BYTES, seed)).collect(), false));
    }
    if let Some(family) = FAMILIES.iter().find(|family| slug(family.name) == workload) {
        return Ok((vec![(family.text)(HOSTILE_BYTES)], false));
    }
    match workload {
        PROMPT_WORKLOAD => Ok((vec![PROMPT.to_owned(); PROMPTS], false)),
        STREAM_WORKLOAD => Ok((vec![PROSE.text(ANSWER_BYTES, 1)], true)),
        unknown => Err(format!("there is no workload `{unknown}`")),
    }
}

fn slug(name: &str) -> String {
    name.to_ascii_lowercase().replace([' ', '-'], "_")
}

/// Every workload in the order of the table.
fn workloads() -> Vec<String> {
    let kinds = KINDS.iter().map(|(name, _)| (*name).to_owned());
    let single = [PROMPT_WORKLOAD, STREAM_WORKLOAD].map(str::to_owned);
    kinds.chain(single).chain(FAMILIES.iter().map(|family| slug(family.name))).collect()
}

/// Counts every workload; the table, and what has grown.
pub(super) fn count(is_markdown: bool, is_written: bool) -> Outcome<(String, Vec<String>)> {
    if cfg!(debug_assertions) {
        return Err("a build without optimisation says nothing: `cargo xtask guard` builds it right".to_owned());
    }
    let path = baseline_path();
    let baseline = if path.exists() { read_baseline(&path)? } else { BTreeMap::new() };
    let mut counted = Vec::new();
    for workload in workloads() {
        let (texts, _) = texts(&workload)?;
        let bytes: usize = texts.iter().map(String::len).sum();
        let once = instructions(&workload, 1)?;
        let often = instructions(&workload, 1 + MORE)?;
        counted.push((workload, as_float(often.saturating_sub(once)) / as_float(MORE) / as_float(bytes)));
    }
    if is_written {
        write_baseline(&path, &counted)?;
    }
    let mut text = String::new();
    let mut missed = Vec::new();
    if is_markdown {
        text.push_str("### Instructions\n\n`cargo xtask guard --instructions --markdown`, under callgrind.\n\n");
    }
    row(&mut text, is_markdown, &["workload", "per byte", "baseline"], true);
    for (workload, value) in &counted {
        let known = baseline.get(workload);
        let shown = known.map_or_else(|| "none".to_owned(), |known| format!("{known:.1}"));
        row(&mut text, is_markdown, &[workload, &format!("{value:.1}"), &shown], false);
        if known.is_none_or(|known| *value > known * GROWTH_MAX) {
            missed.push(workload.clone());
        }
    }
    Ok((text, missed))
}

/// How many instructions a child executes.
fn instructions(workload: &str, repeats: usize) -> Outcome<usize> {
    let program = std::env::current_exe().map_err(|error| format!("cannot find this program: {error}"))?;
    // A file of its own: who runs as root and names `/dev/null` here has it replaced by a file.
    let folder = tempfile::tempdir().map_err(|error| format!("cannot make a folder for valgrind: {error}"))?;
    let output = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", folder.path().join("callgrind.out").display()))
        .arg(program)
        .args(["guard", WORKLOAD, workload, &repeats.to_string()])
        .output()
        .map_err(|error| format!("cannot run `valgrind` ({error}): install it, as with `apt-get install valgrind`"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("`{workload}` failed under valgrind: {}", said.lines().last().unwrap_or_default()));
    }
    let collected =
        said.lines().find_map(|line| line.split_once("Collected : ").map(|(_, count)| count.trim().to_owned()));
    let collected = collected.ok_or("valgrind printed no count")?;
    collected.parse().map_err(|_| format!("valgrind printed `{collected}`, which is no count"))
}

/// The counts that are kept with the source.
fn baseline_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("baselines").join("guard-instructions.toml")
}

const HEADER: &str = "# Instructions for each byte of each workload. Written by `cargo xtask guard --write-baseline`.\n\n\
    [instructions_per_byte]\n";

fn write_baseline(path: &Path, counted: &[(String, f64)]) -> Outcome {
    let mut text = HEADER.to_owned();
    for (workload, value) in counted {
        let _ = writeln!(text, "{workload} = {value:.2}");
    }
    fs::write(path, text).map_err(|error| format!("cannot write `{}`: {error}", path.display()))
}

fn read_baseline(path: &Path) -> Outcome<BTreeMap<String, f64>> {
    let text = fs::read_to_string(path).map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
    let rows = text.lines().filter(|line| !line.is_empty() && !line.starts_with(['#', '[']));
    rows.map(|line| {
        let (name, value) = line.split_once(" = ").ok_or_else(|| format!("no count in `{line}`"))?;
        Ok((name.to_owned(), value.parse().map_err(|_| format!("no count in `{line}`"))?))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_baseline_knows_every_workload() {
        let baseline = read_baseline(&baseline_path()).unwrap();
        let known: Vec<&String> = baseline.keys().collect();
        let mut workloads = workloads();
        workloads.sort_unstable();
        assert_eq!(known, workloads.iter().collect::<Vec<_>>());
    }

    #[test]
    fn every_workload_has_texts() {
        for workload in workloads() {
            assert!(texts(&workload).unwrap().0.iter().all(|text| !text.is_empty()), "{workload}");
        }
        assert!(texts("nothing").is_err());
    }
}
