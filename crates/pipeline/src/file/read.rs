//! The tables of a pipeline file, one by one.

use std::time::Duration;

use redoubt_domain::settings::{Table as Settings, nearest};

use super::{DATA_MAX, Format, Pipeline, Retries, STEPS_MAX, Source, Step};
use crate::condition::Condition;
use crate::digest::Digest;
use crate::steps::{KINDS, Kind};
use crate::table::Reading;
use crate::trigger::{On, TRIGGERS_MAX, Trigger};

pub(super) fn read_pipeline(table: &mut Settings<'_>) -> Pipeline {
    let name = table.require("name", "the name of the pipeline in records", String::new());
    if !name.is_empty() && !is_name(&name) {
        table.refuse("name", NAME_WORDS);
    }
    let seed = table.or("seed", "where all chance comes from", 0_u64);
    let data = table.named("data", "the data sets that it begins with", read_source);
    let steps = table.named("steps", "what is done", read_step);
    let sets: Vec<&str> = data.iter().map(|(name, _)| name.as_str()).collect();
    let triggers = table.named("triggers", "when it runs by itself", |name, table| {
        let trigger = Trigger::read(name, table)?;
        if let Some(set) = trigger.data().filter(|set| !set.is_empty() && !sets.contains(set)) {
            let key = ["new_data", "drift", "feedback"].into_iter().find(|key| table.has(key)).unwrap_or("new_data");
            let suggestion = nearest(set, sets.iter().copied()).map(str::to_owned);
            table.refuse_with(key, format!("there is no data set `{set}`"), suggestion);
        }
        if let On::Drift { baseline, .. } = &trigger.on
            && steps.iter().all(|(step, _)| step != baseline)
            && !baseline.is_empty()
        {
            let suggestion = nearest(baseline, steps.iter().map(|(step, _)| step.as_str())).map(str::to_owned);
            table.refuse_with("drift", format!("there is no step `{baseline}`"), suggestion);
        }
        Some(trigger)
    });
    if triggers.len() > TRIGGERS_MAX {
        table.refuse("triggers", format!("more than {TRIGGERS_MAX} triggers"));
    }
    if data.len() > DATA_MAX {
        table.refuse("data", format!("more than {DATA_MAX} data sets"));
    }
    if steps.is_empty() {
        table.refuse("steps", "there is nothing to do: write at least one `[steps.NAME]`");
    }
    if steps.len() > STEPS_MAX {
        table.refuse("steps", format!("more than {STEPS_MAX} steps, with those that matrices make"));
    }
    let mut names: Vec<&str> = steps.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    if let Some([name, _]) = names.array_windows::<2>().find(|[one, other]| one == other) {
        table.refuse("steps", format!("two steps are called `{name}`"));
    }
    for name in data.iter().map(|(name, _)| name).chain(steps.iter().map(|(name, _)| name)) {
        if !is_name(base(name)) {
            table.refuse("steps", format!("`{name}` is no name: {NAME_WORDS}"));
        }
    }
    for (name, _) in steps.iter().filter(|(name, _)| data.iter().any(|(known, _)| known == name)) {
        table.refuse("steps", format!("`{name}` is the name of a data set already; call the step something else"));
    }
    Pipeline {
        name,
        seed,
        triggers: triggers.into_iter().filter_map(|(_, trigger)| trigger).collect(),
        parameters: Vec::new(),
        data: data.into_iter().map(|(_, source)| source).collect(),
        steps: steps.into_iter().filter_map(|(_, step)| step).collect(),
    }
}

const NAME_WORDS: &str = "letters, digits, `_` and `-`, at most 64 of them";

/// The most tries of a step, and the longest time between them.
const ATTEMPTS_MAX: u32 = 20;
const WAIT_MAX: Duration = Duration::from_secs(3_600);

/// The name of a step without what tells it from the others of its matrix.
fn base(name: &str) -> &str {
    let labels = |labels: &str| labels.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.+=,".contains(&byte));
    match name.split_once('[') {
        Some((base, rest)) if rest.strip_suffix(']').is_some_and(labels) => base,
        _ => name,
    }
}

fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

fn read_source(name: &str, table: &mut Settings<'_>) -> Source {
    let path = table.require("path", "the file, from the folder of the pipeline file", String::new());
    let by_name = if path.ends_with(".jsonl") || path.ends_with(".ndjson") { Format::JsonLines } else { Format::Csv };
    let formats = [("csv", Format::Csv), ("json_lines", Format::JsonLines)];
    let format = table.choose("format", "how it is written; by its ending, if left out", &formats, by_name, "csv");
    let separator: String = table.or("separator", "what stands between cells", ",".to_owned());
    let separator = match separator.as_bytes() {
        [byte] if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !b"\"\r\n".contains(byte) => *byte,
        _ => {
            table.refuse("separator", "expected one sign such as \",\", \";\" or \"\\t\"");
            b','
        }
    };
    let reading = Reading {
        separator,
        columns: table.or("columns", "names of the columns, if the first line does not hold them", Vec::new()),
        missing: table.or("missing", "words for what is missing, beside an empty cell", Vec::new()),
        text: table.or("text", "columns that stay text though all cells are numbers", Vec::new()),
    };
    let digest = table.get::<String>("digest", "`sha256:…`, and any other file is refused").and_then(|text| {
        let digest = Digest::parse(&text);
        if digest.is_none() {
            table.refuse("digest", "expected `sha256:` and 64 hexadecimal digits");
        }
        digest
    });
    Source { name: name.to_owned(), path, format, reading, digest }
}

pub(super) fn read_step(name: &str, table: &mut Settings<'_>) -> Option<Step> {
    let kinds: Vec<(&'static str, Option<&'static Kind>)> = KINDS.iter().map(|kind| (kind.id, Some(kind))).collect();
    if !table.has("kind") {
        table.require("kind", "what the step does", String::new());
    }
    let Some(kind) = table.choose("kind", "what the step does", &kinds, None, "") else {
        // Which settings it may have depends on what it does.
        table.leave_rest();
        return None;
    };
    let when = table.get::<String>("when", "run only if a figure of an earlier step meets this").and_then(|text| {
        match Condition::parse(&text) {
            Ok(condition) if condition.step.is_empty() => {
                table.refuse("when", format!("`{text}` names no step: write `STEP.{}`", condition.figure));
                None
            }
            Ok(condition) => Some(condition),
            Err(reason) => {
                table.refuse("when", reason);
                None
            }
        }
    });
    let retries = table.table_if("retries", "how often a step is tried that can fail by chance", |table| Retries {
        attempts: table.or("attempts", "all tries, with the first", 3),
        wait: table.or("wait", "how long it waits before each further one", Duration::from_secs(1)),
    });
    if retries.is_some_and(|retries| !(2..=ATTEMPTS_MAX).contains(&retries.attempts)) {
        table.refuse("retries", format!("expected 2 to {ATTEMPTS_MAX} `attempts`"));
    }
    if retries.is_some_and(|retries| retries.wait > WAIT_MAX) {
        table.refuse("retries", "expected a `wait` of at most an hour");
    }
    let seed = table.or("seed", "another draw of the step's chance", 0_u64);
    let work = (kind.read)(table);
    if retries.is_some() && !work.can_fail_by_chance() {
        let reason =
            format!("`{}` is a function of its inputs: what fails once fails each time; leave it out", kind.id);
        table.refuse("retries", reason);
    }
    if seed != 0 && !work.is_random() {
        table.refuse("seed", format!("`{}` with these settings leaves nothing to chance; leave it out", kind.id));
    }
    Some(Step { name: name.to_owned(), kind, when, retries, seed, work, settings: Digest::of(b""), needs: Vec::new() })
}
