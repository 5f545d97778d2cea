//! `docs/conformance.md`: what is tried, how many cells each part of the matrix has, and what is not tried and
//! why. It is made of the tables, so it changes when they do; it is written only after a run in which all held.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::cells::{self, Group, Place};
use super::evasions::EVASIONS;
use super::impossible::Protected;
use super::subjects::SUBJECTS;
use super::{answers, requests};
use crate::Outcome;

const PAGE: &str = "docs/conformance.md";

/// Writes the page, or says whether the written one is stale.
pub(crate) fn keep(protected: &[Protected], write: bool) -> Outcome {
    let fresh = page(protected);
    let file = Path::new(PAGE);
    if write {
        return fs::write(file, fresh).map_err(|error| format!("cannot write {PAGE}: {error}"));
    }
    let is_fresh = fs::read_to_string(file).is_ok_and(|written| written == fresh);
    if is_fresh { Ok(()) } else { Err(format!("{PAGE} is stale: run `cargo xtask conformance --write`")) }
}

/// What a row of the page has in each column.
type Row = BTreeMap<&'static str, usize>;

fn page(protected: &[Protected]) -> String {
    let mut out = String::from(HEAD);
    out.push_str("\n## What must not pass\n\n");
    for subject in SUBJECTS {
        let shown = if subject.name == "key" { "`gh`+`p_…`, a key of GitHub's" } else { subject.value };
        let shown = if subject.name == "key" { shown.to_owned() } else { format!("`{shown}`") };
        out.push_str(&format!("- **{}**: {shown}\n", subject.name));
    }
    out.push_str("\n## Disguises and cuts\n\n");
    for evasion in EVASIONS {
        out.push_str(&format!("- **{}**: {}\n", evasion.name, evasion.words));
    }
    out.push_str("\n## Places\n\n");
    out.push_str(&format!("In a request: {}.\n\n", requests::PLACES.join(", ")));
    let places: Vec<&str> = answers::PLACES.iter().map(|(place, _)| *place).collect();
    out.push_str(&format!("In an answer: {}.\n", places.join(", ")));

    let mut rows: BTreeMap<usize, (Group, Row)> = BTreeMap::new();
    let mut order: Vec<Group> = Vec::new();
    let mut reasons: BTreeMap<&'static str, usize> = BTreeMap::new();
    let (mut all, mut without) = (0_usize, 0_usize);
    for (group, evasion, place) in cells::all() {
        let at = order.iter().position(|known| *known == group).unwrap_or_else(|| {
            order.push(group);
            order.len() - 1
        });
        let row = &mut rows.entry(at).or_insert_with(|| (group, Row::new())).1;
        match place {
            Place::Cell(_) => {
                all += 1;
                *row.entry(evasion.name).or_default() += 1;
            }
            Place::Without(reason) => {
                without += 1;
                *reasons.entry(reason).or_default() += 1;
            }
        }
    }
    out.push_str(&format!("\n## The matrix\n\n{all} cells; all hold. A dash is explained below.\n\n| surface | | | |"));
    for evasion in EVASIONS {
        out.push_str(&format!(" {} |", evasion.name));
    }
    out.push_str("\n|---|---|---|---|");
    out.push_str(&"--:|".repeat(EVASIONS.len()));
    for (group, row) in rows.into_values() {
        if row.is_empty() {
            continue;
        }
        let how = if group.stream { "stream" } else { "plain" };
        out.push_str(&format!(
            "\n| {} | {how} | {} | {} |",
            group.surface,
            group.direction.name(),
            group.action.name()
        ));
        for evasion in EVASIONS {
            let count = row.get(evasion.name).map_or_else(|| "–".to_owned(), usize::to_string);
            out.push_str(&format!(" {count} |"));
        }
    }
    out.push_str(&format!(
        "\n\n## What is no cell\n\n{without} combinations have no sense:\n\n| combinations | reason |\n|--:|---|\n"
    ));
    let mut reasons: Vec<(&str, usize)> = reasons.into_iter().collect();
    reasons.sort_by_key(|(reason, count)| (std::cmp::Reverse(*count), *reason));
    for (reason, count) in reasons {
        out.push_str(&format!("| {count} | {reason} |\n"));
    }
    out.push_str("\n## What cannot be, and what says so\n\nEach is tried in every run, and must be refused.\n\n| what | why | what is said |\n|---|---|---|\n");
    for Protected { what, reason, said } in protected {
        out.push_str(&format!("| {what} | {reason} | {} |\n", said.replace('|', "\\|")));
    }
    out
}

const HEAD: &str = "\
# Conformance

Written by `cargo xtask conformance --write`, which writes it only when every cell holds.

The trial starts the binary with one route for each action, puts a scripted upstream behind it and a plain
client before it, and judges each cell by what those two received:

- **block**: nothing of the request reaches the upstream; no letter or digit of the value reaches the caller, and the answer is the
  error of its surface, or, in a stream, its end by a content filter.
- **refuse**: the same where the route answers a block with words.
- **mask**: the value is absent on the other side, in any spelling, and the text around it is as it was.
- **restore**: the upstream never sees the value, and the caller gets it back byte for byte.

Whether a text tells the value is decided by the trial's own decoder, which shares nothing with the guard: it
undoes invisible characters, compatibility forms, look-alikes, leet, percent and JSON escapes, base64 and hexadecimal
digits up to six layers deep, joins the pieces of a stream and the elements of a list, and looks for eight letters or
digits of a value in a row, or sixteen letters of a phrase.

`cargo xtask conformance --only TEXT` runs the cells whose names contain the text; `--json` prints the result as
JSON; `--quick` tries every fourth combination, with one subject in turn, as `cargo xtask test` does. `--target URL --key KEY --upstream-listen ADDRESS`
runs the cells of surfaces that are not translated against another gateway whose models `block`, `refuse`, `mask` and
`restore` lead to that address, and prints where it leaks.
";
