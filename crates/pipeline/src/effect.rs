//! What steps have done to the registry of models, as a seam.
//!
//! A step says what it wants done, as a function of its inputs; the engine has it done, and keeps the receipt as the
//! step's product. A receipt counts as long as the registry still has what it is for.

use serde_json::Value;

use crate::digest::Digest;
use crate::file::Pipeline;
use crate::run::{Made, ShelfError};

/// The registry of models.
pub trait Models {
    /// Registers a version, or finds the one that has the same files. The receipt says which: `model`, `version`,
    /// `sha256`.
    ///
    /// # Errors
    /// If it is refused, or cannot be done. Nothing is half registered then.
    fn register(&self, what: &Registration, origin: &Origin<'_>) -> Result<Value, EffectError>;

    /// Has a stage or an alias lead to a registered version, through its gates. The receipt says which.
    ///
    /// # Errors
    /// If a gate stays shut, or it cannot be done.
    fn deploy(&self, what: &Deployment) -> Result<Value, EffectError>;

    /// The digest of the version that a reference leads to, such as `lending@champion`; none if it leads nowhere yet.
    ///
    /// # Errors
    /// If the reference is none, or it cannot be told.
    fn version(&self, reference: &str) -> Result<Option<Digest>, EffectError>;

    /// The card and the weights of the version that a reference leads to, which must have this digest. Its gates are
    /// asked again.
    ///
    /// # Errors
    /// If a gate stays shut, if it leads elsewhere by now, or to no model of a pipeline, or it cannot be read.
    fn model(&self, reference: &str, digest: &Digest) -> Result<(Value, Vec<u8>), EffectError>;

    /// Whether what a receipt is for is still so.
    ///
    /// # Errors
    /// If it cannot be told.
    fn holds(&self, receipt: &Value) -> Result<bool, ShelfError>;
}

/// What a step wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Register a version.
    Register(Registration),
    /// Have something lead to a version.
    Deploy(Deployment),
}

/// A version to be registered.
#[derive(Clone, Debug, PartialEq)]
pub struct Registration {
    /// The model.
    pub model: String,
    /// What is new in it.
    pub description: String,
    /// Its files, by their paths.
    pub files: Vec<(String, Vec<u8>)>,
    /// What was found out about it.
    pub reports: Vec<(ReportKind, Value)>,
}

/// The kinds of report that speak for a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportKind {
    /// The data were validated.
    DataScan,
    /// The data were looked through for poison.
    PoisoningScan,
    /// The model was measured.
    Evaluation,
    /// It was measured group by group.
    Fairness,
}

/// A stage or an alias that is to lead to a version.
#[derive(Clone, Debug, PartialEq)]
pub struct Deployment {
    /// The receipt of the registration.
    pub version: Value,
    /// What is to lead to it.
    pub slot: Slot,
}

/// What leads to versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Slot {
    /// A stage, in MLflow's words.
    Stage(&'static str),
    /// An alias.
    Alias(String),
}

/// Where a version comes from: the pipeline, and what was made of it that the version depends on, in order.
#[derive(Clone, Debug)]
pub struct Origin<'a> {
    /// The pipeline.
    pub pipeline: &'a Pipeline,
    /// Data sets and steps.
    pub made: Vec<&'a Made>,
}

/// Why something was not done to the registry.
#[derive(Debug, thiserror::Error)]
pub enum EffectError {
    /// It must not be done: a gate, the scanner, a permission.
    #[error("{0}")]
    Refused(String),
    /// It cannot be done.
    #[error(transparent)]
    Failed(#[from] ShelfError),
}
