//! Learners: what makes a model of examples. Each is a row in [`LEARNERS`] with its words, parameters and bounds.
//!
//! ```text
//! name, parameters -> learner -> fit(Examples, Setting) -> Model -> predict(Inputs) -> Scores
//!                                                          Model <-> bytes
//! ```
//!
//! Results are the same bits for any number of threads: sums are of whole numbers, or in a fixed order.

mod examples;
mod exponential;
mod file;
mod gradient_boosting;
mod hash;
mod hashed_text;
mod linear;
mod neighbours;
mod parallel;
mod parameters;
mod random_forest;
pub mod search;
mod table;
mod tagger;
mod trees;

use std::num::NonZeroUsize;

pub use examples::{CLASSES_MAX, Examples, ExamplesError, InputKind, Inputs, Targets, Task};
pub use file::{FILE_BYTES_MAX, FileError};
pub use parameters::{Kind, Parameter, ParameterError, Parameters, Value};

pub use table::{COLUMNS_MAX, ROWS_MAX, Table, TableError};

use parameters::Checked;

/// Something that learns. Made by [`learner`].
pub trait Learner: Send + Sync {
    /// Its id in [`LEARNERS`].
    fn id(&self) -> &'static str;

    /// Learns from examples. The same examples, parameters and seed give the same model, whatever the threads.
    ///
    /// # Errors
    /// If the learner has no use for such inputs or targets, or the problem has no finite answer.
    fn fit(&self, training: &Examples<'_>, setting: &Setting<'_>) -> Result<Box<dyn Model>, ExamplesError>;
}

/// How to learn, besides the parameters.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// All chance comes from it.
    pub seed: u64,
    /// The most threads to use.
    pub threads: NonZeroUsize,
    /// What early stopping looks at; only gradient boosting does.
    pub validation: Option<Examples<'a>>,
}

impl Default for Setting<'_> {
    fn default() -> Self {
        Self { seed: 0, threads: NonZeroUsize::MIN, validation: None }
    }
}

/// Something that has learned.
pub trait Model: Send + Sync + std::fmt::Debug {
    /// The id of its learner.
    fn learner(&self) -> &'static str;

    /// How many scores it gives for each example: one for each class, or one number.
    fn outputs(&self) -> usize;

    /// Scores each example: probabilities of the classes, or a number. [`Scores`] says where a learner differs.
    ///
    /// # Errors
    /// If the inputs are of another kind or width than those learned from.
    fn predict(&self, inputs: &Inputs<'_>, threads: NonZeroUsize) -> Result<Scores, ExamplesError>;

    /// How much each column of a table matters, summing to 1, if the model can tell: the gain of splits in trees,
    /// and in linear models the absolute coefficient times the column's standard deviation.
    fn importance(&self) -> Option<Vec<f64>>;

    /// The model as a safetensors file, which [`load`] reads and so do other tools. It holds numbers and nothing
    /// that runs. `__metadata__` has `format` = `redoubt-learn`, `version` = `1`, `learner` and its counts.
    fn to_bytes(&self) -> Vec<u8>;
}

/// One row of scores for each example. In each row the probabilities of the classes sum to 1; of `sequence_tagger`
/// they are the scores of the best way through the sentence by that class, of which the highest is chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    values: Vec<f64>,
    outputs: usize,
}

impl Scores {
    pub(super) const fn new(values: Vec<f64>, outputs: usize) -> Self {
        Self { values, outputs }
    }

    /// All scores, row after row.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// How many there are for each example.
    #[must_use]
    pub const fn outputs(&self) -> usize {
        self.outputs
    }

    /// The rows.
    pub fn iter(&self) -> std::slice::ChunksExact<'_, f64> {
        self.values.chunks_exact(self.outputs.max(1))
    }

    /// One score of each example, such as the probability of a class; empty if there is no such output.
    #[must_use]
    pub fn output(&self, output: usize) -> Vec<f64> {
        self.iter().filter_map(|row| row.get(output).copied()).collect()
    }

    /// The class with the highest score of each example, the first of equals.
    #[must_use]
    pub fn classes(&self) -> Vec<usize> {
        let first_best = |row: &[f64]| {
            let mut best = 0;
            let mut score = f64::NEG_INFINITY;
            for (class, &value) in row.iter().enumerate() {
                if value > score {
                    (best, score) = (class, value);
                }
            }
            best
        };
        self.iter().map(first_best).collect()
    }
}

/// A kind of learner: a row of [`LEARNERS`].
#[derive(Debug)]
pub struct Spec {
    /// Its name in a file.
    pub id: &'static str,
    /// What it is, for people.
    pub about: &'static str,
    /// Rises when the same examples, parameters and seed give another model or other scores than before. A test
    /// knows what each revision gives.
    pub revision: u32,
    /// What it learns from.
    pub inputs: InputKind,
    /// What it can learn.
    pub tasks: &'static [Task],
    /// Its parameters.
    pub parameters: &'static [Parameter],
    make: fn(&Checked) -> Box<dyn Learner>,
    load: fn(&file::Reader<'_>) -> Result<Box<dyn Model>, FileError>,
}

/// Every kind of learner.
pub const LEARNERS: &[&Spec] = &[
    &gradient_boosting::SPEC,
    &random_forest::SPEC,
    &linear::logistic::SPEC,
    &linear::least_squares::SPEC,
    &neighbours::SPEC,
    &hashed_text::SPEC,
    &tagger::SPEC,
];

/// The learner of this name with these parameters; what is not given has its default.
///
/// # Errors
/// If there is no such learner or parameter, with the nearest name, or a value is out of bounds.
pub fn learner(name: &str, parameters: &Parameters) -> Result<Box<dyn Learner>, ParameterError> {
    let Some(spec) = LEARNERS.iter().find(|spec| spec.id == name) else {
        let nearest = parameters::nearest(name, LEARNERS.iter().map(|spec| spec.id));
        return Err(ParameterError::Learner { name: name.chars().take(64).collect(), nearest });
    };
    Ok((spec.make)(&Checked::new(spec.id, spec.parameters, parameters)?))
}

/// Reads what [`Model::to_bytes`] wrote. Bytes of strangers are safe to read: lengths, places and references are
/// checked, and nothing larger than they are is made of them.
///
/// # Errors
/// If they are no such file, of a version not known, longer than [`FILE_BYTES_MAX`], or do not hold together.
pub fn load(bytes: &[u8]) -> Result<Box<dyn Model>, FileError> {
    let file = file::Reader::new(bytes)?;
    let name = file.word("learner")?;
    let spec = LEARNERS.iter().find(|spec| spec.id == name);
    (spec.ok_or_else(|| FileError::Learner(name.chars().take(64).collect()))?.load)(&file)
}
