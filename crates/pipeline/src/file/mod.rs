//! A pipeline file as a pipeline, or everything that is wrong with it.

mod ancestry;
mod fingerprint;
mod matrix;
mod order;
mod parameters;
mod place;
mod read;
mod resolve;

use std::collections::BTreeSet;
use std::time::Duration;

use redoubt_domain::settings::{self, Mistake, Node};

use crate::condition::Condition;
use crate::digest::Digest;
use crate::steps::{Kind, Work};
use crate::table::Reading;
use crate::trigger::Trigger;

pub use matrix::INSTANCES_MAX;

/// The most steps of a pipeline.
pub const STEPS_MAX: usize = 512;
/// The most data sets of a pipeline.
pub const DATA_MAX: usize = 128;

/// A pipeline that holds together: every name leads somewhere, and no step waits for itself.
#[derive(Debug)]
pub struct Pipeline {
    /// Its name in records.
    pub name: String,
    /// All chance of its steps comes from it.
    pub seed: u64,
    /// When it runs by itself.
    pub triggers: Vec<Trigger>,
    /// Its parameters as they are for this run, written as JSON.
    pub parameters: Vec<(String, String)>,
    /// Where it begins.
    pub data: Vec<Source>,
    /// In an order in which each stands behind what it needs.
    pub steps: Vec<Step>,
}

/// A data set that a pipeline begins with.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Its name in the file.
    pub name: String,
    /// Where it lies, as the file says it.
    pub path: String,
    /// How it is written.
    pub format: Format,
    /// How it is read.
    pub reading: Reading,
    /// What its bytes must have, if that is said.
    pub digest: Option<Digest>,
}

/// How a data set is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values.
    Csv,
    /// A JSON object on each line.
    JsonLines,
}

/// A step of a pipeline.
#[derive(Debug)]
pub struct Step {
    /// Its name in the file.
    pub name: String,
    /// What it does.
    pub kind: &'static Kind,
    /// The figure of an earlier step on which it depends whether this one runs.
    pub when: Option<Condition>,
    /// How often it is tried.
    pub retries: Option<Retries>,
    /// Another draw of the step's chance, if it is not 0.
    pub seed: u64,
    /// Its settings, put to work.
    pub work: Box<dyn Work>,
    /// The digest of its settings, without the names of what it needs.
    pub settings: Digest,
    /// Which product each of its needs is.
    pub needs: Vec<Resolved>,
}

/// How often a step is tried that can fail by chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    /// All tries, with the first.
    pub attempts: u32,
    /// How long it waits before each further one.
    pub wait: Duration,
}

/// The step or data set of a reference, and which of its products it names: `model[seed=1].importance`.
#[must_use]
pub fn split_reference(reference: &str) -> (&str, Option<&str>) {
    // Values of a matrix may have points in them.
    let end = reference.rfind(']').map_or(0, |at| at + 1);
    let (name, rest) = reference.split_at(end);
    match rest.split_once('.') {
        Some((before, output)) => (reference.get(..name.len() + before.len()).unwrap_or(reference), Some(output)),
        None => (reference, None),
    }
}

impl Step {
    /// Whether it changes the registry of models, or takes something from it.
    #[must_use]
    pub fn asks_registry(&self) -> bool {
        self.work.has_effect() || self.work.asks_registry().is_some()
    }

    /// The names of what must be there before it: whose products it needs, and whose figure its condition asks for.
    pub fn stands_behind(&self) -> impl Iterator<Item = &str> {
        self.needs.iter().map(|need| need.of.as_str()).chain(self.when.iter().map(|when| when.step.as_str()))
    }

    /// The code that it runs: `train/1 random_forest/1`.
    #[must_use]
    pub fn program(&self) -> String {
        let code = self.work.code().map(|code| format!(" {code}")).unwrap_or_default();
        format!("{}/{}{code}", self.kind.id, self.kind.revision)
    }
}

/// A need, and whose product it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The setting that names it, with a number if it is one of several.
    pub role: String,
    /// The step or data set.
    pub of: String,
    /// Which of its products.
    pub output: String,
}

/// In their order, and those that all steps of a matrix have but once.
fn once(mut mistakes: Vec<Mistake>) -> Vec<Mistake> {
    mistakes.sort_by(|one, other| one.span.start.cmp(&other.span.start).then_with(|| one.reason.cmp(&other.reason)));
    mistakes.dedup_by(|one, other| one.span == other.span && one.reason == other.reason);
    mistakes
}

impl Pipeline {
    /// Reads a document, with `overrides` in the place of the defaults of its `[parameters]`.
    ///
    /// # Errors
    /// Everything that is wrong, each with its place in the document.
    pub fn load(root: &Node, overrides: &[(String, String)]) -> Result<Self, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let (root, parameters) = parameters::with_parameters(root, overrides, &mut mistakes);
        let root = matrix::expand(root, &mut mistakes);
        let read = settings::read(&root, read::read_pipeline);
        let mut pipeline = match read {
            Ok(pipeline) if mistakes.is_empty() => pipeline,
            Ok(_) => return Err(mistakes),
            Err(more) => {
                mistakes.extend(more);
                return Err(once(mistakes));
            }
        };
        pipeline.parameters = parameters;
        for step in &mut pipeline.steps {
            let needs = if step.work.names_count() { Vec::new() } else { step.work.needs() };
            step.settings = fingerprint::fingerprint(&root, &step.name, &needs);
        }
        resolve::resolve(&mut pipeline, &root, &mut mistakes);
        if mistakes.is_empty() {
            order::order(&mut pipeline, &root, &mut mistakes);
            ancestry::check(&pipeline, &root, &mut mistakes);
        }
        if mistakes.is_empty() { Ok(pipeline) } else { Err(once(mistakes)) }
    }

    /// The step of a name.
    #[must_use]
    pub fn step(&self, name: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.name == name)
    }

    /// The names of all data sets and steps that a step hangs on, over however many steps: by what it needs and by its
    /// condition.
    #[must_use]
    pub fn hangs_on<'p>(&'p self, step: &'p Step) -> BTreeSet<&'p str> {
        let mut found = BTreeSet::new();
        let mut open: Vec<&str> = step.stands_behind().collect();
        while let Some(name) = open.pop() {
            if found.insert(name) {
                open.extend(self.step(name).into_iter().flat_map(Step::stands_behind));
            }
        }
        found
    }
}
