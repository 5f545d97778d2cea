//! Names of people, places and organisations in running text.

use std::collections::BTreeMap;

use redoubt_guard::Engine;

use super::data::Folder;
use super::personal;
use super::spans::{Meeting, Span, compare, found};
use super::statistics::Counts;
use super::table::{Cell, Table};
use crate::Outcome;

/// A set, the kind of text it has, and whether a shipped model may learn from it.
struct Names {
    name: &'static str,
    manner: &'static str,
    files: &'static [&'static str],
    learned: bool,
}

/// GUM is left out: it marks every noun, pronouns too, and so asks for something else.
#[rustfmt::skip]
static SETS: &[Names] = &[
    Names { name: "wikigold", manner: "encyclopaedia", files: &["ner/wikigold/wikigold.conll.txt"], learned: true },
    Names { name: "re3d", manner: "news and reports", files: &["ner/re3d/re3d-train.conll"], learned: false },
    Names { name: "sec filings", manner: "contracts", files: &["ner/sec_filings/FIN5.train.txt"], learned: true },
    Names { name: "wnut17 train", manner: "social", files: &["ner/wnut17/wnut17train.conll"], learned: true },
    Names { name: "wnut17 dev", manner: "social", files: &["ner/wnut17/emerging.dev.conll"], learned: true },
    Names { name: "broad twitter", manner: "social", files: &["ner/btc/*.conll"], learned: true },
];

/// The kinds as the sets call them.
const KINDS: &[(&str, &[&str])] = &[
    ("PERSON", &["PER", "person", "Person"]),
    ("LOCATION", &["LOC", "location", "Location"]),
    ("ORGANIZATION", &["ORG", "corporation", "group", "Organisation"]),
];

pub(super) fn tables(engine: &Engine, folder: &Folder, missing: &mut Vec<&'static str>) -> Outcome<Vec<Table>> {
    let mut rows = Vec::new();
    for set in SETS {
        let mut files = Vec::new();
        for pattern in set.files {
            files.extend(folder.files(pattern)?);
        }
        if files.is_empty() {
            missing.push(set.name);
            continue;
        }
        let (mut exact, mut overlap) = (BTreeMap::new(), BTreeMap::new());
        let mut sentences = 0;
        for file in files {
            for sentence in folder.sentences(&file)? {
                sentences += 1;
                let kind = |kind: &str| KINDS.iter().find(|(_, names)| names.contains(&kind)).map(|(kind, _)| *kind);
                let named = sentence.named.into_iter();
                let marked: Vec<Span> =
                    named.filter_map(|tagged| Some(Span { kind: kind(&tagged.kind)?, range: tagged.span })).collect();
                let mut found = found(engine, &sentence.text);
                found.retain(|span| KINDS.iter().any(|(kind, _)| *kind == span.kind));
                compare(&marked, &found, Meeting::Exact, &mut exact);
                compare(&marked, &found, Meeting::Overlap, &mut overlap);
            }
        }
        let all = |counts: &BTreeMap<&str, Counts>| counts.values().copied().fold(Counts::default(), Counts::and);
        let (all_exact, all_overlap) = (all(&exact), all(&overlap));
        let kinds = KINDS.iter().map(|(kind, _)| {
            let of = |counts: &BTreeMap<&str, Counts>| counts.get(kind).copied().unwrap_or_default();
            (*kind, of(&overlap), of(&exact))
        });
        for (kind, overlap, exact) in kinds.chain([("all three", all_overlap, all_exact)]) {
            let mut cells = personal::row(set.name, kind, overlap, exact);
            cells.insert(1, Cell::text(set.manner));
            cells.insert(2, Cell::text(if set.learned { "maybe" } else { "no" }));
            cells.insert(3, Cell::Count(sentences));
            rows.push(cells);
        }
    }
    let mut head = personal::HEAD.to_vec();
    head.splice(1..1, ["text", "learned", "sentences"]);
    Ok(vec![Table {
        key: "names",
        title: "Names of people, places and organisations",
        words: "Sentences put together from the words of the files, each looked at alone. What is published about \
                taggers is the last column."
            .to_owned(),
        head,
        rows,
    }])
}
