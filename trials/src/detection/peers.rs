//! Detectors of others on the very same rows, installed from their packages into `target/peers`: what they find, and
//! how much processor time it takes them and us.
//!
//! They run in one process each, one after the other, after a warm-up that is not counted; so do we.

use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use redoubt_domain::exchange::{Direction, Origin};
use redoubt_guard::Engine;
use serde_json::{Value, json};

use super::data::Folder;
use super::latency::cpu_time;
use super::personal;
use super::scoring::{ScoredSet, Side, harmless};
use super::secrets;
use super::sets::spread;
use super::spans::{self, Span, by_token};
use super::statistics::{Counts, Share, float};
use super::table::{Cell, Table};
use crate::Outcome;

struct Peer {
    name: &'static str,
    words: &'static str,
    /// What pip installs, in the order of the runs: what stands apart must not bring its dependencies.
    packages: &'static [&'static [&'static str]],
    /// What it looks for.
    finds: Finds,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Finds {
    Personal,
    Secrets,
    Both,
}

/// LLM Guard's scanner of secrets needs none of the model libraries that its package asks for (5.9 GB).
static PEERS: &[Peer] = &[
    Peer {
        name: "presidio",
        words: "Presidio 2.2.366, pattern recognisers",
        packages: &[&["presidio-analyzer==2.2.366"]],
        finds: Finds::Personal,
    },
    Peer {
        name: "detect-secrets",
        words: "detect-secrets 1.5.0, each row a file",
        packages: &[&["detect-secrets==1.5.0"]],
        finds: Finds::Secrets,
    },
    Peer {
        name: "llm-guard",
        words: "LLM Guard 0.3.16, scanner `Secrets`",
        packages: &[
            &["bc-detect-secrets==1.5.43", "presidio-anonymizer==2.2.358", "structlog==25.5.0"],
            &["--no-deps", "llm-guard==0.3.16"],
        ],
        finds: Finds::Secrets,
    },
];

/// The script that runs a peer.
const SCRIPT: &str = "tests/peers/detect.py";
const INSTALLED: &str = "target/peers/detection";

/// Kinds that a pattern can find, without a model of the language.
const PATTERNED: &[&str] =
    &["CREDIT_CARD", "IBAN_CODE", "US_SSN", "US_DRIVER_LICENSE", "PHONE_NUMBER", "EMAIL_ADDRESS", "IP_ADDRESS", "URL"];

/// So many ordinary prompts and documents come in addition, in which nothing should be found.
const ORDINARY: usize = 500;
/// As the script does it.
const WARM_UP: usize = 50;
/// Our passes over the rows; theirs is one, which takes long enough to be measured.
const PASSES: usize = 5;

/// A row that everybody looks at.
struct Asked {
    text: String,
    what: What,
}

enum What {
    Personal(Vec<Span>),
    Snippet { is_secret: bool },
    Ordinary,
}

/// What somebody found in a row: labels with places.
type Found = Vec<(String, std::ops::Range<usize>)>;

pub(super) fn table(engine: &Engine, folder: &Folder, sets: &[ScoredSet]) -> Outcome<Table> {
    let rows = rows(folder, sets)?;
    if rows.is_empty() {
        return Err("there are no rows for the peers".to_owned());
    }
    let scratch = tempfile::tempdir().map_err(|error| format!("cannot make a folder: {error}"))?;
    let file = scratch.path().join("rows.jsonl");
    let lines: Vec<String> =
        rows.iter().enumerate().map(|(id, row)| json!({ "id": id, "text": row.text }).to_string()).collect();
    fs::write(&file, lines.join("\n")).map_err(|error| format!("cannot write the rows: {error}"))?;

    let (ours, found) = run_ours(engine, &rows)?;
    let mut answers = vec![("Redoubt, the whole default profile".to_owned(), Finds::Both, ours, found)];
    for peer in PEERS {
        let python = install(peer)?;
        let (seconds, found) = run_theirs(peer, &python, &file, rows.len())?;
        answers.push((peer.words.to_owned(), peer.finds, seconds, found));
    }
    let line = |(name, finds, seconds, found): &(String, Finds, f64, Vec<Found>)| {
        let mut cells = vec![
            Cell::text(name.as_str()),
            Cell::Number(seconds * 1e6 / float(rows.len()), 1),
            Cell::Number(seconds / ours, 0),
        ];
        let personal = *finds != Finds::Secrets;
        let (all, patterned) = if personal { tokens(&rows, found) } else { Default::default() };
        cells.extend([
            if personal { Cell::number(all.f(2.0), 3) } else { Cell::Nothing },
            if personal { Cell::number(patterned.f(2.0), 3) } else { Cell::Nothing },
            if personal { Cell::share(Some(patterned.precision())) } else { Cell::Nothing },
        ]);
        if *finds == Finds::Personal {
            cells.extend([Cell::Nothing, Cell::Nothing, Cell::Nothing]);
        } else {
            let (snippets, alarms) = snippets(&rows, found);
            cells.extend([
                Cell::share(Some(snippets.precision())),
                Cell::share(Some(snippets.recall())),
                Cell::share(Some(alarms)),
            ]);
        }
        cells
    };
    Ok(Table {
        key: "peers",
        title: "Beside others",
        words: format!(
            "Everybody looks at the same {} rows: the personal data, the samples of secrets and {} ordinary texts of \
             the tables above. Processor time of one thread in one run on one machine, loading and warm-up not counted. \
             Personal data is by token, as above: all kinds, which needs a model for names, and those that a pattern \
             can find. A sample holds a secret or not; false alarms are among the personal and ordinary rows.",
            rows.len(),
            rows.iter().filter(|row| matches!(row.what, What::Ordinary)).count(),
        ),
        head: vec![
            "",
            "µs for a row",
            "times ours",
            "F2, all kinds",
            "F2, patterns",
            "precision, patterns",
            "secrets, precision",
            "secrets, recall",
            "secrets, false alarms",
        ],
        rows: answers.iter().map(line).collect(),
    })
}

fn rows(folder: &Folder, sets: &[ScoredSet]) -> Outcome<Vec<Asked>> {
    let mut missing = Vec::new();
    let mut rows = Vec::new();
    for set in personal::sets(folder, &mut missing)? {
        let one = |(text, marked)| Asked { text, what: What::Personal(marked) };
        rows.extend(set.sentences.into_iter().map(one));
    }
    for snippet in secrets::snippets(folder, &mut missing)? {
        rows.push(Asked { text: snippet.text, what: What::Snippet { is_secret: snippet.is_secret } });
    }
    for side in Side::ALL {
        let texts = harmless(sets, side).map(|scored| Asked { text: scored.row.text.clone(), what: What::Ordinary });
        rows.extend(spread(texts.collect(), ORDINARY / 2));
    }
    Ok(rows)
}

/// Our processor time for all rows, and what we found in each.
fn run_ours(engine: &Engine, rows: &[Asked]) -> Outcome<(f64, Vec<Found>)> {
    let scan = |row: &Asked| engine.scan(&row.text, Origin::User, Direction::Input);
    rows.iter().take(WARM_UP).for_each(|row| drop(black_box(scan(row))));
    let begun = cpu_time()?;
    for _ in 0..PASSES {
        rows.iter().for_each(|row| drop(black_box(scan(row))));
    }
    let seconds = (cpu_time()? - begun) / float(PASSES);
    let found = |row: &Asked| {
        let personal = spans::found(engine, &row.text).into_iter().map(|span| (span.kind.to_owned(), span.range));
        let secrets = spans::secrets(engine, &row.text).into_iter().map(|range| ("SECRET".to_owned(), range));
        personal.chain(secrets).collect()
    };
    Ok((seconds, rows.iter().map(found).collect()))
}

fn run_theirs(peer: &Peer, python: &Path, file: &Path, rows: usize) -> Outcome<(f64, Vec<Found>)> {
    let wrong = |what: &str| format!("{}: {what}", peer.name);
    let mut command = Command::new(python);
    command.arg(SCRIPT).arg(peer.name).arg(file).stdin(Stdio::null()).stderr(Stdio::inherit());
    // One thread, so that its processor time can be compared.
    command.envs([("OMP_NUM_THREADS", "1"), ("OPENBLAS_NUM_THREADS", "1")]);
    let output = command.output().map_err(|error| wrong(&format!("cannot be started: {error}")))?;
    if !output.status.success() {
        return Err(wrong(&format!("ended with {}", output.status)));
    }
    let answer: Value =
        serde_json::from_slice(&output.stdout).map_err(|error| wrong(&format!("its answer is not JSON: {error}")))?;
    let seconds = answer.get("cpu_seconds").and_then(Value::as_f64).ok_or_else(|| wrong("it gives no time"))?;
    let mut found: Vec<Found> = (0..rows).map(|_| Vec::new()).collect();
    for one in answer.get("found").and_then(Value::as_array).ok_or_else(|| wrong("it gives no findings"))? {
        let number = |at: usize| one.get(at).and_then(Value::as_u64).and_then(|number| usize::try_from(number).ok());
        let place = (number(0), number(1), number(2), one.get(3).and_then(Value::as_str));
        let (Some(id), Some(start), Some(end), Some(label)) = place else {
            return Err(wrong(&format!("`{one}` is no finding")));
        };
        let row = found.get_mut(id).ok_or_else(|| wrong(&format!("there is no row {id}")))?;
        let kind = if peer.finds == Finds::Secrets { Some("SECRET") } else { spans::kind_of(label) };
        row.extend(kind.map(|kind| (kind.to_owned(), start..end)));
    }
    Ok((seconds, found))
}

/// The interpreter of a peer, installed if it is not yet.
fn install(peer: &Peer) -> Outcome<PathBuf> {
    let folder = Path::new(INSTALLED).join(peer.name);
    let (python, mark) = (folder.join("bin/python"), folder.join("installed"));
    let wanted = peer.packages.concat().join(" ");
    if fs::read_to_string(&mark).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    let run = |command: &mut Command| {
        let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status();
        match status {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("cannot install {}: {status}", peer.name)),
            Err(error) => Err(format!("cannot install {}: {error}", peer.name)),
        }
    };
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    for packages in peer.packages {
        run(Command::new(&python).args(["-m", "pip", "install", "-q"]).args(*packages))?;
    }
    fs::write(&mark, wanted).map_err(|error| format!("cannot write `{}`: {error}", mark.display()))?;
    Ok(python)
}

/// Token by token: every kind, and those that a pattern can find.
fn tokens(rows: &[Asked], found: &[Found]) -> (Counts, Counts) {
    let (mut all, mut patterned) = (Counts::default(), Counts::default());
    for (row, found) in rows.iter().zip(found) {
        let What::Personal(marked) = &row.what else { continue };
        let found: Vec<Span> = found
            .iter()
            .filter_map(|(label, range)| Some(Span { kind: spans::kind_of(label)?, range: range.clone() }))
            .collect();
        let only = |spans: &[Span]| -> Vec<Span> {
            spans.iter().filter(|span| PATTERNED.contains(&span.kind)).cloned().collect()
        };
        all = all.and(by_token(&row.text, marked, &found));
        patterned = patterned.and(by_token(&row.text, &only(marked), &only(&found)));
    }
    (all, patterned)
}

/// What was found in samples of secrets, and how many of the other rows are said to hold one.
fn snippets(rows: &[Asked], found: &[Found]) -> (Counts, Share) {
    let (mut counts, mut alarms) = (Counts::default(), Share::default());
    for (row, found) in rows.iter().zip(found) {
        let is_found = found.iter().any(|(label, _)| label == "SECRET");
        match row.what {
            What::Snippet { is_secret: true } if is_found => counts.right += 1,
            What::Snippet { is_secret: true } => counts.missed += 1,
            What::Snippet { is_secret: false } => counts.wrong += usize::from(is_found),
            What::Personal(_) | What::Ordinary => alarms = alarms.and(Share { hits: usize::from(is_found), of: 1 }),
        }
    }
    (counts, alarms)
}
