//! Running a pipeline, or saying what would run and why.

use std::collections::BTreeMap;
use std::error::Error;
use std::num::NonZeroUsize;

use serde_json::{Value, json};

use crate::digest::Digest;
use crate::file::{Format, Pipeline, Source, Step};
use crate::product::{Kind as ProductKind, Product};
use crate::steps::{Setting, StepError};
use crate::table::{Table, TableError};

/// What goes wrong on a shelf, in its words.
pub type ShelfError = Box<dyn Error + Send + Sync>;

/// Where bytes lie and what was run is noted.
pub trait Shelf {
    /// The bytes of a data set.
    ///
    /// # Errors
    /// If it cannot be read.
    fn source(&self, source: &Source) -> Result<Vec<u8>, ShelfError>;

    /// Keeps bytes, so that they are there after a crash once this returns.
    ///
    /// # Errors
    /// If they could not be written.
    fn keep(&self, digest: &Digest, bytes: &[u8]) -> Result<(), ShelfError>;

    /// The bytes of a digest; none if they are gone or were changed.
    ///
    /// # Errors
    /// If they cannot be read.
    fn fetch(&self, digest: &Digest) -> Result<Option<Vec<u8>>, ShelfError>;

    /// Notes under `key` what a step made. What it made is kept already.
    ///
    /// # Errors
    /// If it could not be written.
    fn note(&self, key: &Digest, record: &Record) -> Result<(), ShelfError>;

    /// What was noted under a key.
    ///
    /// # Errors
    /// If it cannot be read.
    fn noted(&self, key: &Digest) -> Result<Option<Record>, ShelfError>;

    /// What was noted last for a step of a pipeline, whatever its key.
    ///
    /// # Errors
    /// If it cannot be read.
    fn last(&self, pipeline: &str, step: &str) -> Result<Option<Record>, ShelfError>;
}

/// What a step was given and made.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The pipeline.
    pub pipeline: String,
    /// The step.
    pub step: String,
    /// What decided it.
    pub given: Given,
    /// Its products, in order.
    pub products: Vec<Kept>,
    /// Its figures.
    pub figures: BTreeMap<String, f64>,
}

/// All that what a step makes depends on.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// The kind of step, with the revision of its code.
    pub program: String,
    /// The digest of its settings.
    pub settings: Digest,
    /// Its seed.
    pub seed: u64,
    /// The digest of each of its inputs, by role.
    pub inputs: Vec<(String, Digest)>,
}

/// A product on the shelf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its name among the products of its step.
    pub name: String,
    /// What it is.
    pub kind: ProductKind,
    /// The digest of its bytes.
    pub digest: Digest,
}

impl Given {
    /// What a step is known by: whoever is given the same makes the same.
    #[must_use]
    pub fn key(&self) -> Digest {
        Digest::of(self.to_json().to_string().as_bytes())
    }

    fn to_json(&self) -> Value {
        let inputs: Vec<Value> = self.inputs.iter().map(|(role, digest)| json!([role, digest.as_str()])).collect();
        json!({
            "program": self.program,
            "settings": self.settings.as_str(),
            "seed": self.seed,
            "inputs": inputs,
        })
    }
}

impl Record {
    /// The record as JSON, version 1.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let products: Vec<Value> = self
            .products
            .iter()
            .map(|kept| json!({ "name": kept.name, "kind": kept.kind.word(), "digest": kept.digest.as_str() }))
            .collect();
        json!({
            "version": 1,
            "pipeline": self.pipeline,
            "step": self.step,
            "given": self.given.to_json(),
            "products": products,
            "figures": self.figures,
        })
    }

    /// Reads what [`Record::to_json`] gives; none if it is something else.
    #[must_use]
    pub fn from_json(value: &Value) -> Option<Self> {
        let text = |value: &Value, key: &str| value.get(key)?.as_str().map(str::to_owned);
        let digest = |value: &Value, key: &str| value.get(key)?.as_str().and_then(Digest::parse);
        if value.get("version")?.as_u64()? != 1 {
            return None;
        }
        let given = value.get("given")?;
        let input =
            |pair: &Value| Some((pair.get(0)?.as_str()?.to_owned(), pair.get(1)?.as_str().and_then(Digest::parse)?));
        let kept = |product: &Value| {
            Some(Kept {
                name: text(product, "name")?,
                kind: ProductKind::parse(product.get("kind")?.as_str()?)?,
                digest: digest(product, "digest")?,
            })
        };
        Some(Self {
            pipeline: text(value, "pipeline")?,
            step: text(value, "step")?,
            given: Given {
                program: text(given, "program")?,
                settings: digest(given, "settings")?,
                seed: given.get("seed")?.as_u64()?,
                inputs: given.get("inputs")?.as_array()?.iter().map(input).collect::<Option<_>>()?,
            },
            products: value.get("products")?.as_array()?.iter().map(kept).collect::<Option<_>>()?,
            figures: value
                .get("figures")?
                .as_object()?
                .iter()
                .map(|(name, figure)| Some((name.clone(), figure.as_f64()?)))
                .collect::<Option<_>>()?,
        })
    }
}

/// Why a step runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It never did.
    New,
    /// Its settings are others.
    Settings,
    /// The seed is another.
    Seed,
    /// Its code is another.
    Program,
    /// These inputs are others.
    Inputs(Vec<String>),
    /// What it made is gone or was changed.
    Gone(String),
    /// A step before it runs.
    After(String),
}

/// What becomes of a step.
#[derive(Clone, Debug, PartialEq)]
pub enum Fate {
    /// Its products are there.
    Kept,
    /// It runs, or would.
    Runs(Why),
    /// It does not run, since a condition is not met, or a step before it did not run.
    Skipped(String),
}

/// What is told while a pipeline runs.
#[derive(Clone, Copy, Debug)]
pub enum Change<'a> {
    /// A step begins.
    Begins(&'a Step, &'a Why),
    /// A data set was read, or a step is done, was found done, or is skipped.
    Ends(&'a Made),
}

/// A data set or a step, and what it made.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    /// Its name.
    pub name: String,
    /// `data`, or the kind of step.
    pub kind: &'static str,
    /// What became of it.
    pub fate: Fate,
    /// What it is known by; none if it was skipped or would run.
    pub key: Option<Digest>,
    /// Its products.
    pub products: Vec<Kept>,
    /// Its figures.
    pub figures: BTreeMap<String, f64>,
}

/// Why a pipeline stopped.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A data set cannot be read.
    #[error("data set `{name}` cannot be read from `{path}`")]
    Source {
        /// Its name.
        name: String,
        /// Where it should lie.
        path: String,
        /// Why.
        source: ShelfError,
    },
    /// A data set is not what its digest says.
    #[error(
        "data set `{name}` (`{path}`) has the digest {found}, and the file asks for {wanted}; if the new data is meant, change `digest`"
    )]
    Digest {
        /// Its name.
        name: String,
        /// Where it lies.
        path: String,
        /// What it has.
        found: Digest,
        /// What it should have.
        wanted: Digest,
    },
    /// A data set is no table.
    #[error("data set `{name}` in `{path}` is no table")]
    Table {
        /// Its name.
        name: String,
        /// Where it lies.
        path: String,
        /// Why.
        source: Box<TableError>,
    },
    /// A step failed.
    #[error("step `{name}` failed")]
    Step {
        /// Its name.
        name: String,
        /// Why.
        source: Box<StepError>,
    },
    /// What was made cannot be kept or found.
    #[error("what step `{name}` takes or makes cannot be read or kept")]
    Shelf {
        /// Its name.
        name: String,
        /// Why.
        source: ShelfError,
    },
    /// A condition names a figure that the step does not have.
    #[error("step `{name}`: `when` asks for the figure `{figure}` of `{step}`, which has {known}")]
    Figure {
        /// The step with the condition.
        name: String,
        /// The other.
        step: String,
        /// What is not there.
        figure: String,
        /// What is.
        known: String,
    },
}

/// Runs what is not on the shelf yet, in order. Without `threads` nothing runs: it only says what would.
///
/// # Errors
/// At the first step that fails. What the steps before it made stays on the shelf, so the next run goes on there.
pub fn run(
    pipeline: &Pipeline,
    shelf: &dyn Shelf,
    threads: Option<NonZeroUsize>,
    mut tell: impl FnMut(Change<'_>),
) -> Result<Vec<Made>, RunError> {
    let mut all: Vec<Made> = Vec::new();
    for source in &pipeline.data {
        let made = begin(source, shelf)?;
        tell(Change::Ends(&made));
        all.push(made);
    }
    for step in &pipeline.steps {
        let made = Turn { pipeline, shelf, step, before: &all }.take(threads, &mut tell)?;
        tell(Change::Ends(&made));
        all.push(made);
    }
    Ok(all)
}

fn begin(source: &Source, shelf: &dyn Shelf) -> Result<Made, RunError> {
    let (name, path) = (source.name.clone(), source.path.clone());
    let failed = |source| RunError::Source { name: name.clone(), path: path.clone(), source };
    let bytes = shelf.source(source).map_err(failed)?;
    let found = Digest::of(&bytes);
    if let Some(wanted) = source.digest.clone().filter(|wanted| *wanted != found) {
        return Err(RunError::Digest { name, path, found, wanted });
    }
    let table = match source.format {
        Format::Csv => Table::from_csv(&bytes, &source.reading),
        Format::JsonLines => Table::from_json_lines(&bytes, &source.reading),
    };
    let table =
        table.map_err(|source| RunError::Table { name: name.clone(), path: path.clone(), source: Box::new(source) })?;
    let bytes = Product::Table(table).to_bytes();
    let digest = Digest::of(&bytes);
    if shelf.fetch(&digest).map_err(failed)?.is_none() {
        shelf.keep(&digest, &bytes).map_err(failed)?;
    }
    let products = vec![Kept { name: "table".to_owned(), kind: ProductKind::Table, digest }];
    Ok(Made { name, kind: "data", fate: Fate::Kept, key: Some(found), products, figures: BTreeMap::new() })
}

/// One step's turn.
struct Turn<'a> {
    pipeline: &'a Pipeline,
    shelf: &'a dyn Shelf,
    step: &'a Step,
    before: &'a [Made],
}

impl Turn<'_> {
    fn take(&self, threads: Option<NonZeroUsize>, tell: &mut impl FnMut(Change<'_>)) -> Result<Made, RunError> {
        if let Some(reason) = self.skipped()? {
            return Ok(self.made(Fate::Skipped(reason), None, Vec::new(), BTreeMap::new()));
        }
        // In a plan what a step before this one will make is not known, and so neither is this one's key.
        if let Some(waits) = self.waits() {
            return Ok(self.made(Fate::Runs(Why::After(waits)), None, Vec::new(), BTreeMap::new()));
        }
        let given = self.given();
        let key = given.key();
        let noted = self.shelf.noted(&key).map_err(|source| self.failed(source))?;
        let gone = match &noted {
            Some(record) => self.first_gone(record)?,
            None => None,
        };
        let why = match (noted, gone) {
            (Some(record), None) => return Ok(self.made(Fate::Kept, Some(key), record.products, record.figures)),
            (Some(_), Some(product)) => Why::Gone(product),
            (None, _) => self.why(&given)?,
        };
        let Some(threads) = threads else {
            return Ok(self.made(Fate::Runs(why), None, Vec::new(), BTreeMap::new()));
        };
        tell(Change::Begins(self.step, &why));
        let record = self.work(given, &key, threads)?;
        Ok(self.made(Fate::Runs(why), Some(key), record.products, record.figures))
    }

    fn work(&self, given: Given, key: &Digest, threads: NonZeroUsize) -> Result<Record, RunError> {
        let mut inputs = Vec::with_capacity(self.step.needs.len());
        for (role, digest) in &given.inputs {
            let kind = self.kept(role).map_or(ProductKind::Table, |kept| kept.kind);
            let bytes = self.shelf.fetch(digest).map_err(|source| self.failed(source))?;
            let bytes = bytes.ok_or_else(|| self.failed(format!("the input `{role}` is gone; run again").into()))?;
            let product = Product::from_bytes(kind, &bytes).map_err(|error| self.failed(error.into()))?;
            inputs.push((role.clone(), product));
        }
        let setting = Setting { seed: given.seed, threads };
        let failed = |source| RunError::Step { name: self.step.name.clone(), source: Box::new(source) };
        let done = self.step.work.run(&inputs, &setting).map_err(failed)?;
        let mut products = Vec::with_capacity(done.products.len());
        for (name, product) in &done.products {
            let bytes = product.to_bytes();
            let digest = Digest::of(&bytes);
            self.shelf.keep(&digest, &bytes).map_err(|source| self.failed(source))?;
            products.push(Kept { name: name.clone(), kind: product.kind(), digest });
        }
        let (pipeline, step) = (self.pipeline.name.clone(), self.step.name.clone());
        let record = Record { pipeline, step, given, products, figures: done.figures };
        self.shelf.note(key, &record).map_err(|source| self.failed(source))?;
        Ok(record)
    }

    fn given(&self) -> Given {
        let needs = self.step.needs.iter();
        let inputs = needs.filter_map(|need| Some((need.role.clone(), self.kept(&need.role)?.digest.clone())));
        let seed = Digest::of(format!("{} {}", self.pipeline.seed, self.step.name).as_bytes()).seed();
        Given {
            program: format!("{}/{}", self.step.kind.id, self.step.kind.revision),
            settings: self.step.settings.clone(),
            // Steps that leave nothing to chance are the same whatever the seed and the step's name.
            seed: if self.step.work.is_random() { seed } else { 0 },
            inputs: inputs.collect(),
        }
    }

    fn kept(&self, role: &str) -> Option<&Kept> {
        let need = self.step.needs.iter().find(|need| need.role == role)?;
        self.of(&need.of)?.products.iter().find(|kept| kept.name == need.output)
    }

    fn of(&self, name: &str) -> Option<&Made> {
        self.before.iter().find(|made| made.name == name)
    }

    /// The names of what stands before this step.
    fn needed(&self) -> impl Iterator<Item = &str> {
        let when = self.step.when.iter().map(|when| when.step.as_str());
        self.step.needs.iter().map(|need| need.of.as_str()).chain(when)
    }

    fn waits(&self) -> Option<String> {
        self.needed().filter_map(|name| self.of(name)).find(|made| made.key.is_none()).map(|made| made.name.clone())
    }

    fn skipped(&self) -> Result<Option<String>, RunError> {
        let mut needed = self.needed().filter_map(|name| self.of(name));
        if let Some(made) = needed.find(|made| matches!(made.fate, Fate::Skipped(_))) {
            return Ok(Some(format!("`{}` was skipped", made.name)));
        }
        let Some(when) = &self.step.when else { return Ok(None) };
        let Some(other) = self.of(&when.step).filter(|made| made.key.is_some()) else { return Ok(None) };
        let Some(figure) = other.figures.get(&when.figure) else {
            let known: Vec<&str> = other.figures.keys().map(String::as_str).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            let (name, step, figure) = (self.step.name.clone(), when.step.clone(), when.figure.clone());
            return Err(RunError::Figure { name, step, figure, known });
        };
        Ok((!when.holds(*figure)).then(|| format!("`{when}` is not met: it is {figure}")))
    }

    /// The first product that is not there as it was.
    fn first_gone(&self, record: &Record) -> Result<Option<String>, RunError> {
        for kept in &record.products {
            if self.shelf.fetch(&kept.digest).map_err(|source| self.failed(source))?.is_none() {
                return Ok(Some(kept.name.clone()));
            }
        }
        Ok(None)
    }

    fn why(&self, given: &Given) -> Result<Why, RunError> {
        let last = self.shelf.last(&self.pipeline.name, &self.step.name).map_err(|source| self.failed(source))?;
        let Some(last) = last.map(|record| record.given) else { return Ok(Why::New) };
        if last.program != given.program {
            return Ok(Why::Program);
        }
        if last.settings != given.settings {
            return Ok(Why::Settings);
        }
        if last.seed != given.seed {
            return Ok(Why::Seed);
        }
        let changed = given.inputs.iter().filter(|input| !last.inputs.contains(input));
        Ok(Why::Inputs(changed.map(|(role, _)| role.clone()).collect()))
    }

    fn made(&self, fate: Fate, key: Option<Digest>, products: Vec<Kept>, figures: BTreeMap<String, f64>) -> Made {
        Made { name: self.step.name.clone(), kind: self.step.kind.id, fate, key, products, figures }
    }

    fn failed(&self, source: ShelfError) -> RunError {
        RunError::Shelf { name: self.step.name.clone(), source }
    }
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::New => f.write_str("never run"),
            Self::Settings => f.write_str("settings changed"),
            Self::Seed => f.write_str("seed changed"),
            Self::Program => f.write_str("this version works otherwise"),
            Self::Inputs(roles) if roles.is_empty() => f.write_str("fewer inputs"),
            Self::Inputs(roles) => write!(f, "changed: {}", roles.join(", ")),
            Self::Gone(product) => write!(f, "its `{product}` is gone or was changed"),
            Self::After(step) => write!(f, "`{step}` runs before it"),
        }
    }
}
