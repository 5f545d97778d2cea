//! Secrets: snippets that do and do not hold one, and files line by line.

use std::collections::BTreeMap;

use redoubt_guard::Engine;
use serde_json::Value;

use super::data::{Folder, Format};
use super::spans::secrets;
use super::statistics::Counts;
use super::table::{Cell, Table};
use crate::Outcome;

const SAMPLES: &str = "secrets/gitleaks/rule_samples.public.jsonl";

/// Where detect-secrets says which lines of its own files it expects to find.
const BASELINE: &str = "secrets/detect-secrets/baseline.file";

/// A text and whether a secret is in it.
pub(super) struct Snippet {
    pub(super) rule: String,
    pub(super) text: String,
    pub(super) is_secret: bool,
}

/// Every snippet that the folder has.
pub(super) fn snippets(folder: &Folder, missing: &mut Vec<&'static str>) -> Outcome<Vec<Snippet>> {
    let mut snippets = Vec::new();
    if folder.files(SAMPLES)?.is_empty() {
        missing.push("gitleaks samples");
    } else {
        for record in folder.records(SAMPLES, Format::JsonLines)? {
            let is_secret = match record.text("label")? {
                "secret" => true,
                "not_secret" => false,
                other => return Err(record.wrong(&format!("`label` is `{other}`, neither `secret` nor `not_secret`"))),
            };
            let (rule, text) = (record.word("rule_id")?, record.text("text")?.to_owned());
            snippets.push(Snippet { rule, text, is_secret });
        }
    }
    Ok(snippets)
}

pub(super) fn tables(engine: &Engine, folder: &Folder, missing: &mut Vec<&'static str>) -> Outcome<Vec<Table>> {
    let snippets = snippets(folder, missing)?;
    let mut rows = Vec::new();
    let mut by_rule: BTreeMap<&str, Counts> = BTreeMap::new();
    for snippet in &snippets {
        let counts = by_rule.entry(&snippet.rule).or_default();
        let is_found = !secrets(engine, &snippet.text).is_empty();
        note(counts, snippet.is_secret, is_found);
    }
    if !snippets.is_empty() {
        let all = by_rule.values().copied().fold(Counts::default(), Counts::and);
        rows.push(row("gitleaks samples", snippets.len(), all));
    }
    if let Some((lines, counts)) = files(engine, folder, missing)? {
        rows.push(row("detect-secrets files, by line", lines, counts));
    }
    let worst = by_rule.iter().filter(|(_, counts)| counts.wrong + counts.missed > 0);
    let worst: Vec<Vec<Cell>> = worst
        .map(|(rule, counts)| {
            vec![
                Cell::text(*rule),
                Cell::Count(counts.right + counts.missed),
                Cell::Count(counts.missed),
                Cell::Count(counts.wrong),
            ]
        })
        .collect();
    Ok(vec![
        Table {
            key: "secrets",
            title: "Secrets",
            words:
                "The samples are those with which gitleaks tests its rules: each holds a secret, or looks as if. The \
                    lines are those of the files with which detect-secrets tests itself, and its own list says which \
                    hold one; high entropy alone makes most of them. Both sets are open to whoever writes rules, so \
                    they measure coverage, not generalisation."
                    .to_owned(),
            head: vec!["set", "rows", "secrets", "precision", "recall", "F1", "F2"],
            rows,
        },
        Table {
            key: "secrets by rule",
            title: "Families of secrets with a mistake",
            words: "By the names of gitleaks' rules; families without a mistake are left out.".to_owned(),
            head: vec!["family", "secrets", "missed", "found wrongly"],
            rows: worst,
        },
    ])
}

fn row(set: &str, rows: usize, counts: Counts) -> Vec<Cell> {
    vec![
        Cell::text(set),
        Cell::Count(rows),
        Cell::Count(counts.right + counts.missed),
        Cell::share(Some(counts.precision())),
        Cell::share(Some(counts.recall())),
        Cell::number(counts.f(1.0), 3),
        Cell::number(counts.f(2.0), 3),
    ]
}

fn note(counts: &mut Counts, is_secret: bool, is_found: bool) {
    match (is_secret, is_found) {
        (true, true) => counts.right += 1,
        (true, false) => counts.missed += 1,
        (false, true) => counts.wrong += 1,
        (false, false) => {}
    }
}

/// The lines of detect-secrets' own files. What its list does not name holds no secret.
fn files(engine: &Engine, folder: &Folder, missing: &mut Vec<&'static str>) -> Outcome<Option<(usize, Counts)>> {
    if folder.files(BASELINE)?.is_empty() {
        missing.push("detect-secrets files");
        return Ok(None);
    }
    let wrong = |what: &str| format!("`{BASELINE}`: {what}");
    let baseline: Value =
        serde_json::from_str(&folder.read(BASELINE)?).map_err(|error| wrong(&format!("not JSON: {error}")))?;
    let results = baseline.get("results").and_then(Value::as_object).ok_or_else(|| wrong("there are no `results`"))?;
    let mut counts = Counts::default();
    let mut lines = 0;
    for (name, expected) in results {
        let file = format!("secrets/detect-secrets/{name}");
        if folder.files(&file)?.is_empty() {
            continue;
        }
        let number = |one: &Value| one.get("line_number").and_then(Value::as_u64);
        let expected: Option<Vec<u64>> = expected.as_array().map(|all| all.iter().filter_map(number).collect());
        let expected = expected.ok_or_else(|| wrong(&format!("`{name}` is not an array")))?;
        let text = folder.read(&file)?;
        let found = secrets(engine, &text);
        let mut start = 0;
        for (at, line) in (1..).zip(text.split_inclusive('\n')) {
            let end = start + line.len();
            if !line.trim().is_empty() {
                lines += 1;
                let is_found = found.iter().any(|span| span.start < end && start < span.end);
                note(&mut counts, expected.contains(&at), is_found);
            }
            start = end;
        }
    }
    Ok((lines > 0).then_some((lines, counts)))
}
