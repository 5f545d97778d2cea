//! What becomes of steps, and why.

use std::collections::BTreeMap;

use super::Kept;
use crate::digest::Digest;
use crate::file::Step;
use crate::steps::StepError;

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
    /// A step failed for the so-many-th time, and is tried again.
    Fails(&'a Step, u32, &'a StepError),
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
