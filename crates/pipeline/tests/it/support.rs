//! Pipelines in memory.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::error::Error as _;
use std::num::NonZeroUsize;

use redoubt_domain::settings::{Entry, Mistake, Node, Value};
use redoubt_pipeline::{
    Digest, Kept, Made, Outside, Pipeline, Product, ProductKind, Record, RunError, Shelf, Source, Table, run,
    split_reference,
};

type Error = Box<dyn std::error::Error + Send + Sync>;

/// Files and notes in memory; it can die after so many writes.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) sources: BTreeMap<String, Vec<u8>>,
    pub(crate) objects: RefCell<BTreeMap<Digest, Vec<u8>>>,
    pub(crate) notes: RefCell<BTreeMap<Digest, Record>>,
    pub(crate) last: RefCell<BTreeMap<(String, String), Record>>,
    /// Writes until every further one fails; none fails if it is not set.
    pub(crate) dies_after: Cell<Option<usize>>,
    /// What programs do, where a test has any.
    pub(crate) world: Option<Box<dyn Outside>>,
}

impl Memory {
    pub(crate) fn with(path: &str, text: &str) -> Self {
        Self { sources: BTreeMap::from([(path.to_owned(), text.as_bytes().to_vec())]), ..Self::default() }
    }

    fn write(&self) -> Result<(), Error> {
        match self.dies_after.get() {
            Some(0) => Err("no space left on device".into()),
            Some(left) => {
                self.dies_after.set(Some(left - 1));
                Ok(())
            }
            None => Ok(()),
        }
    }
}

impl Shelf for Memory {
    fn source(&self, source: &Source) -> Result<Vec<u8>, Error> {
        self.sources.get(&source.path).cloned().ok_or_else(|| "there is no such file".into())
    }

    fn keep(&self, digest: &Digest, bytes: &[u8]) -> Result<(), Error> {
        self.write()?;
        self.objects.borrow_mut().insert(digest.clone(), bytes.to_vec());
        Ok(())
    }

    fn fetch(&self, digest: &Digest) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.objects.borrow().get(digest).filter(|bytes| Digest::of(bytes) == *digest).cloned())
    }

    fn note(&self, key: &Digest, record: &Record) -> Result<(), Error> {
        self.write()?;
        // What is written down reads back.
        let record = Record::from_json(&record.to_json()).ok_or("a record that does not read back")?;
        self.last.borrow_mut().insert((record.pipeline.clone(), record.step.clone()), record.clone());
        self.notes.borrow_mut().insert(key.clone(), record);
        Ok(())
    }

    fn noted(&self, key: &Digest) -> Result<Option<Record>, Error> {
        Ok(self.notes.borrow().get(key).cloned())
    }

    fn outside(&self) -> Option<&dyn Outside> {
        self.world.as_deref()
    }

    fn last(&self, pipeline: &str, step: &str) -> Result<Option<Record>, Error> {
        Ok(self.last.borrow().get(&(pipeline.to_owned(), step.to_owned())).cloned())
    }
}

/// A document whose places are those of the text, as far as the tests look at them.
pub(crate) fn document(text: &str) -> Node {
    fn node(value: &toml::Spanned<toml::de::DeValue<'_>>) -> Node {
        use toml::de::DeValue;
        let said = match value.get_ref() {
            DeValue::String(text) => Value::String(text.to_string()),
            DeValue::Integer(number) => Value::Integer(number.as_str().parse().unwrap()),
            DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap()),
            DeValue::Boolean(value) => Value::Boolean(*value),
            DeValue::Datetime(moment) => Value::String(moment.to_string()),
            DeValue::Array(items) => Value::Array(items.iter().map(node).collect()),
            DeValue::Table(table) => entries(table),
        };
        Node { span: value.span(), value: said }
    }
    fn entries(table: &toml::de::DeTable<'_>) -> Value {
        let mut entries: Vec<Entry> = table
            .iter()
            .map(|(key, value)| Entry { key: key.get_ref().to_string(), key_span: key.span(), node: node(value) })
            .collect();
        entries.sort_by_key(|entry| entry.key_span.start);
        Value::Table(entries)
    }
    let table = toml::de::DeTable::parse(text).unwrap();
    Node { span: table.span(), value: entries(table.get_ref()) }
}

pub(crate) fn load(text: &str) -> Result<Pipeline, Vec<Mistake>> {
    Pipeline::load(&document(text), &[])
}

pub(crate) fn all(pipeline: &Pipeline, shelf: &Memory) -> Result<Vec<Made>, RunError> {
    run(pipeline, shelf, NonZeroUsize::new(2), |_| ())
}

/// A figure of a step.
pub(crate) fn figure(made: &[Made], step: &str, name: &str) -> f64 {
    let made = made.iter().find(|made| made.name == step).unwrap();
    *made.figures.get(name).unwrap_or_else(|| panic!("{step} has {:?}", made.figures))
}

/// The report of a step.
pub(crate) fn report(shelf: &Memory, made: &[Made], step: &str) -> serde_json::Value {
    match product(shelf, made, step, |kept| kept.kind == ProductKind::Report) {
        Product::Report(report) => report,
        other => panic!("{other:?}"),
    }
}

/// The table that is `STEP.PRODUCT`.
pub(crate) fn rows_of(shelf: &Memory, made: &[Made], reference: &str) -> Table {
    let (step, name) = split_reference(reference);
    match product(shelf, made, step, |kept| Some(kept.name.as_str()) == name) {
        Product::Table(table) => table,
        other => panic!("{other:?}"),
    }
}

fn product(shelf: &Memory, made: &[Made], step: &str, is_meant: impl Fn(&Kept) -> bool) -> Product {
    let made = made.iter().find(|made| made.name == step).unwrap();
    let kept = made.products.iter().find(|kept| is_meant(kept)).unwrap();
    let bytes = shelf.objects.borrow().get(&kept.digest).unwrap().clone();
    Product::from_bytes(kept.kind, &bytes).unwrap()
}

/// Runs a pipeline over `rows.csv` with a part of its file put differently: it says what is expected, and nothing at all if
/// that is empty.
pub(crate) fn check_said(pipeline: &str, rows: &str, (from, to): (&str, &str), expected: &str) {
    assert!(pipeline.contains(from), "{from}");
    let said = match load(&pipeline.replacen(from, to, 1)) {
        Err(mistakes) => mistakes.into_iter().map(|mistake| mistake.reason).collect::<Vec<_>>().join("; "),
        Ok(pipeline) => match all(&pipeline, &Memory::with("rows.csv", rows)) {
            Ok(_) => String::new(),
            Err(error) => format!("{error}: {}", error.source().map(ToString::to_string).unwrap_or_default()),
        },
    };
    let is_expected = if expected.is_empty() { said.is_empty() } else { said.contains(expected) };
    assert!(is_expected, "{to}: {said}");
}
