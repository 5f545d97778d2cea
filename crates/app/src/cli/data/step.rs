//! A step of pipelines on a file.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use redoubt_domain::settings::{self, Entry, Node, Value};
use redoubt_pipeline::{
    Digest, Done, Ended, Guard, KINDS, Kind, Outside, Product, Setting, ShelfError, StepError, Table, Task, TaskError,
    Work,
};

use super::super::Failure;
use crate::config::{self, ConfigError};
use crate::rows_guard::RowsGuard;
use crate::shelf::{self, FileError};

/// What a step on a file may ask of the world: the guard, and nothing to run.
pub(super) struct Here;

impl Outside for Here {
    fn digest(&self, path: &str) -> Result<Digest, ShelfError> {
        let bytes = shelf::read_if(Path::new(path))?.ok_or_else(|| FileError::Missing(PathBuf::from(path)))?;
        Ok(Digest::of(&bytes))
    }

    fn execute(&self, _: &Task<'_>) -> Result<Ended, TaskError> {
        Err(TaskError::Refused("programs are run by pipelines alone".to_owned()))
    }

    fn wait(&self, time: Duration) {
        std::thread::sleep(time);
    }

    fn guard(&self, policy: Option<&str>) -> Result<Option<Box<dyn Guard>>, ShelfError> {
        Ok(Some(Box::new(RowsGuard::open(policy.map(Path::new))?)))
    }
}

/// Runs a kind of step with settings on rows.
pub(super) fn run(
    kind: &str,
    mut entries: Vec<Entry>,
    rows: Table,
    seed: u64,
    outside: Option<&dyn Outside>,
) -> Result<Done, Failure> {
    entries.push(entry(INPUT, word("rows")));
    let root = node(Value::Table(entries));
    let work = settings::read(&root, self::kind(kind)?.read).map_err(|mistakes| {
        let said = mistakes.iter().map(|mistake| match &mistake.suggestion {
            Some(suggestion) => format!("{} (did you mean `{suggestion}`?)", mistake.reason),
            None => mistake.reason.clone(),
        });
        Failure::usage(said.collect::<Vec<_>>().join("; "))
    })?;
    act(&*work, rows, seed, outside)
}

/// Runs a kind of step on rows, with the settings of a file and those of `more` that the file leaves out. Also whether the file
/// has the setting `asked`.
pub(super) fn run_file(
    kind: &str,
    path: &Path,
    more: Vec<Entry>,
    asked: &str,
    rows: Table,
) -> Result<(Done, bool), Failure> {
    let kind = self::kind(kind)?;
    let mut has_asked = false;
    let read = |root: &Node| {
        let mut root = root.clone();
        if let Value::Table(entries) = &mut root.value {
            let has = |key: &str| entries.iter().any(|entry| entry.key == key);
            has_asked = has(asked);
            let missing: Vec<Entry> = more.into_iter().filter(|entry| !has(&entry.key)).collect();
            entries.extend(missing);
            entries.push(entry(INPUT, word("rows")));
        }
        settings::read(&root, kind.read)
    };
    let work = config::load_document(path, read).map_err(|error| match error {
        ConfigError::Missing { path } => Failure::usage(FileError::Missing(path)),
        other => Failure::usage(other),
    })?;
    Ok((act(&*work, rows, 0, None)?, has_asked))
}

/// The input that every such step has.
const INPUT: &str = "input";

fn kind(id: &str) -> Result<&'static Kind, Failure> {
    KINDS.iter().find(|known| known.id == id).ok_or_else(|| Failure::usage("there is no such step"))
}

fn act(work: &dyn Work, rows: Table, seed: u64, outside: Option<&dyn Outside>) -> Result<Done, Failure> {
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let inputs = [(INPUT.to_owned(), Product::Table(rows))];
    work.act(&inputs, &Setting { seed, threads }, outside).map_err(|error| match error {
        StepError::Demand(_) => Failure::check(error),
        other => Failure::usage(other),
    })
}

pub(super) fn product<'d>(done: &'d Done, name: &str) -> Option<&'d Table> {
    done.products.iter().find_map(|(known, product)| match product {
        Product::Table(table) if known == name => Some(table),
        _ => None,
    })
}

pub(super) fn report(done: &Done) -> serde_json::Value {
    let found = done.products.iter().find_map(|(_, product)| match product {
        Product::Report(report) => Some(report.clone()),
        _ => None,
    });
    found.unwrap_or_default()
}

pub(super) fn node(value: Value) -> Node {
    Node { span: 0..0, value }
}

pub(super) fn entry(key: &str, value: Value) -> Entry {
    Entry { key: key.to_owned(), key_span: 0..0, node: node(value) }
}

pub(super) fn word(text: &str) -> Value {
    Value::String(text.to_owned())
}

pub(super) fn words(texts: &[String]) -> Value {
    Value::Array(texts.iter().map(|text| node(word(text))).collect())
}
