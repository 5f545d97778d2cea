//! What steps may ask of the world, as a seam: files that are named by settings, and programs.

use std::time::Duration;

use super::ShelfError;
use crate::digest::Digest;

/// The world outside of steps, for the few that need one. Everything else is a function of its inputs.
pub trait Outside {
    /// The digest of a file or program that a setting names, from the folder of the pipeline file.
    ///
    /// # Errors
    /// If it cannot be read.
    fn digest(&self, path: &str) -> Result<Digest, ShelfError>;

    /// Runs a program to its end, in a folder of its own, behind the walls that the task asks for.
    ///
    /// # Errors
    /// If it was not run, or did not end well.
    fn execute(&self, task: &Task<'_>) -> Result<Ended, TaskError>;

    /// Lets time pass.
    fn wait(&self, time: Duration);

    /// What takes personal data and secrets out of texts, with the policy of a file (from the folder of the pipeline file) or,
    /// without one, of its own; none where there is no guard.
    ///
    /// # Errors
    /// If there is no such policy, or it cannot be read.
    fn guard(&self, policy: Option<&str>) -> Result<Option<Box<dyn Guard>>, ShelfError> {
        _ = policy;
        Ok(None)
    }
}

/// The guard, as far as rows need it.
pub trait Guard {
    /// What its answers depend on besides the text: policy, detectors and their version.
    fn digest(&self) -> Digest;

    /// A text without what the policy takes out.
    fn clear(&self, text: &str) -> Clearing;
}

/// What the guard made of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clearing {
    /// It may stay like this. Each label counts what was taken out.
    Text {
        /// What is left, with placeholders.
        text: String,
        /// How often each label was found.
        found: Vec<(String, usize)>,
    },
    /// It may not pass, for this reason.
    Refused(String),
}

/// A program to run.
#[derive(Clone, Debug)]
pub struct Task<'a> {
    /// The program and its arguments. A program with `/` in its name lies in the folder of the pipeline file.
    pub command: Vec<String>,
    /// Files that it needs, from the folder of the pipeline file; they lie under the same names where it runs.
    pub files: &'a [String],
    /// What it is given: the name of each file, and its bytes.
    pub inputs: Vec<(&'a str, Vec<u8>)>,
    /// The names of the files that it must leave.
    pub outputs: Vec<&'a str>,
    /// All of its environment.
    pub environment: Vec<(&'a str, String)>,
    /// What it may use.
    pub limits: &'a TaskLimits,
    /// Whether it may do no more than compute: no network, no files but its own.
    pub is_sandboxed: bool,
}

/// What a program may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskLimits {
    /// How long it may take.
    pub time: Duration,
    /// How long it may compute, in seconds of one processor.
    pub processor_s: u64,
    /// Memory of each of its processes, in bytes.
    pub memory: u64,
    /// All that it writes, in bytes.
    pub disk: u64,
    /// Its processes and threads.
    pub processes: u64,
    /// What is kept of each of its streams of output, in bytes; the rest is thrown away.
    pub said: usize,
}

/// What a program left when it ended well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// The bytes of each output, in order.
    pub outputs: Vec<Vec<u8>>,
    /// What it wrote to its standard output.
    pub stdout: Said,
    /// What it wrote to its standard error.
    pub stderr: Said,
}

/// What a program wrote to a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// The first bytes.
    pub bytes: Vec<u8>,
    /// How many followed that were not kept.
    pub lost: u64,
}

/// Why a program did not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// It was not run.
    #[error("{0}")]
    Refused(String),
    /// It ran and failed; another try may end otherwise.
    #[error("{0}")]
    Failed(String),
    /// It ended, and what it left is not what it should be.
    #[error("{0}")]
    Output(String),
}
