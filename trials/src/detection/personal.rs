//! Personal data: token by token as Presidio measures, and kind by kind.

use std::collections::BTreeMap;

use redoubt_guard::Engine;
use serde_json::Value;

use super::data::{Folder, Format, Record};
use super::spans::{Meeting, OTHER, Span, by_token, compare, found, kind_of};
use super::statistics::{Counts, Share};
use super::table::{Cell, Table};
use crate::Outcome;

/// Sentences with their personal data marked.
pub(super) struct Marked {
    pub(super) name: &'static str,
    pub(super) sentences: Vec<(String, Vec<Span>)>,
}

const FILES: &[(&str, &str)] = &[
    ("synth_dataset_v2", "pii/presidio_research/synth_dataset_v2.public.json"),
    ("generated_large", "pii/presidio_research/generated_large.public.json"),
];

const KOREAN: &str = "pii/gretel_finance_ko/pii_finance_ko.public.jsonl";

/// Kinds with a checksum, which leave no room for doubt.
const CHECKED: &[&str] = &["CREDIT_CARD", "IBAN_CODE"];

/// Every set of sentences that the folder has.
pub(super) fn sets(folder: &Folder, missing: &mut Vec<&'static str>) -> Outcome<Vec<Marked>> {
    let mut sets = Vec::new();
    for (name, file) in FILES {
        if folder.files(file)?.is_empty() {
            missing.push(name);
            continue;
        }
        let records = folder.records(file, Format::Json)?;
        sets.push(Marked { name, sentences: records.iter().map(sentence).collect::<Outcome<_>>()? });
    }
    Ok(sets)
}

fn sentence(record: &Record) -> Outcome<(String, Vec<Span>)> {
    let text = record.text("full_text")?;
    // The file counts characters, we count bytes.
    let mut places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    places.push(text.len());
    let mut spans = Vec::new();
    for span in record.array("spans")? {
        let number = |name: &str| {
            let number = span.get(name).and_then(Value::as_u64).and_then(|number| usize::try_from(number).ok());
            let place = number.and_then(|number| places.get(number)).copied();
            place.ok_or_else(|| record.wrong(&format!("a span's `{name}` is no place in the text")))
        };
        let (start, end) = (number("start_position")?, number("end_position")?);
        let label = span.get("entity_type").and_then(Value::as_str);
        let label = label.ok_or_else(|| record.wrong("a span has no `entity_type`"))?;
        if start >= end {
            return Err(record.wrong("a span ends before it begins"));
        }
        spans.push(Span { kind: kind_of(label).unwrap_or(OTHER), range: start..end });
    }
    Ok((text.to_owned(), spans))
}

pub(super) fn tables(engine: &Engine, folder: &Folder, missing: &mut Vec<&'static str>) -> Outcome<Vec<Table>> {
    let sets = sets(folder, missing)?;
    let mut by_set = Vec::new();
    let mut by_kind = Vec::new();
    for set in &sets {
        let mut tokens = Counts::default();
        let (mut exact, mut overlap) = (BTreeMap::new(), BTreeMap::new());
        for (text, marked) in &set.sentences {
            let found = found(engine, text);
            tokens = tokens.and(by_token(text, marked, &found));
            compare(marked, &found, Meeting::Exact, &mut exact);
            compare(marked, &found, Meeting::Overlap, &mut overlap);
        }
        let checked = CHECKED.iter().filter_map(|kind| overlap.get(kind)).copied().fold(Counts::default(), Counts::and);
        by_set.push(vec![
            Cell::text(set.name),
            Cell::Count(set.sentences.len()),
            Cell::Count(tokens.right + tokens.missed),
            Cell::share(Some(tokens.precision())),
            Cell::share(Some(tokens.recall())),
            Cell::number(tokens.f(1.0), 3),
            Cell::number(tokens.f(2.0), 3),
            Cell::number(checked.f(2.0), 3),
        ]);
        for (kind, counts) in &overlap {
            let exact = exact.get(kind).copied().unwrap_or_default();
            by_kind.push(row(set.name, kind, *counts, exact));
        }
    }
    let mut tables = vec![
        Table {
            key: "personal data",
            title: "Personal data by token",
            words: "Presidio's measure on its own synthetic sentences: each token is personal or not, of whatever kind. \
                    Everything the set marks counts, titles and nationalities too. Tokens are words and the signs \
                    around them, which differs a little from the spaCy model used there. Presidio's own notebook, on \
                    the whole of synth_dataset_v2: F2 0.661 out of the box, 0.903 customised. The last column is the F2 \
                    of the kinds with a checksum. The tagger of names has learned from the same project's list of firms, \
                    which fills these sentences too, and from its public templates, but not from the sentences. Years, \
                    ages and days that a template has of its own are not marked, and count as wrong where they are found."
                .to_owned(),
            head: vec!["set", "sentences", "personal tokens", "precision", "recall", "F1", "F2", "F2 of cards and IBANs"],
            rows: by_set,
        },
        Table {
            key: "personal data by kind",
            title: "Personal data by kind",
            words: "Whole spans of the same kind. They meet if they share at least half of what they cover together; \
                    the last column asks for the same bytes."
                .to_owned(),
            head: HEAD.to_vec(),
            rows: by_kind,
        },
    ];
    tables.extend(korean(engine, folder, missing)?);
    Ok(tables)
}

pub(super) const HEAD: &[&str] =
    &["set", "kind", "marked", "found", "precision", "recall", "F1", "F2", "F1 of exact spans"];

pub(super) fn row(set: &str, kind: &str, overlap: Counts, exact: Counts) -> Vec<Cell> {
    vec![
        Cell::text(set),
        Cell::text(kind),
        Cell::Count(overlap.right + overlap.missed),
        Cell::Count(overlap.right + overlap.wrong),
        Cell::share(Some(overlap.precision())),
        Cell::share(Some(overlap.recall())),
        Cell::number(overlap.f(1.0), 3),
        Cell::number(overlap.f(2.0), 3),
        Cell::number(exact.f(1.0), 3),
    ]
}

/// Korean documents, of which some values are named, though neither where they stand nor all of them: recall alone.
fn korean(engine: &Engine, folder: &Folder, missing: &mut Vec<&'static str>) -> Outcome<Option<Table>> {
    if folder.files(KOREAN)?.is_empty() {
        missing.push("gretel finance ko");
        return Ok(None);
    }
    let mut by_label: BTreeMap<String, Share> = BTreeMap::new();
    for record in folder.records(KOREAN, Format::JsonLines)? {
        let text = record.text("query")?;
        let found = found(engine, text);
        for value in record.array("answer")? {
            let part = |name: &str| {
                let part = value.get(name).and_then(Value::as_str);
                part.ok_or_else(|| record.wrong(&format!("an answer has no `{name}`")))
            };
            let (form, label) = (part("form")?, part("label")?);
            for (start, _) in text.match_indices(form) {
                let end = start + form.len();
                let is_found = found.iter().any(|span| {
                    let shared = span.range.end.min(end).saturating_sub(span.range.start.max(start));
                    shared * 2 >= form.len()
                });
                let share = by_label.entry(label.to_owned()).or_default();
                *share = share.and(Share { hits: usize::from(is_found), of: 1 });
            }
        }
    }
    let all = by_label.values().copied().fold(Share::default(), Share::and);
    let rows = by_label.into_iter().chain([("all".to_owned(), all)]);
    Ok(Some(Table {
        key: "personal data in Korean",
        title: "Personal data in Korean documents",
        words: "Financial documents in machine-translated Korean. Not everything personal is marked, so there is no \
                precision; a value is found if at least half of it is covered, as whatever kind."
            .to_owned(),
        head: vec!["label of the set", "values", "recall"],
        rows: rows
            .map(|(label, share)| vec![Cell::text(label), Cell::Count(share.of), Cell::share(Some(share))])
            .collect(),
    }))
}
