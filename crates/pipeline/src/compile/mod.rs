//! A pipeline as the definition that another system runs: each step is a task, in a container, over a shelf that all
//! tasks share.
//!
//! A task runs `redoubt pipeline run FILE --only STEP`, so what a step is, when it is skipped and what its products are
//! known by stays the business of this program: the other system only says when, where and how often. What a target
//! cannot express is an error or is told, and never left out in silence.

mod argo;
mod image;
mod kubeflow;
mod name;
mod sagemaker;
mod tasks;
mod yaml;

use serde_json::Value;

use self::tasks::Tasks;
use crate::digest::Digest;
use crate::file::Pipeline;

pub use image::{Image, ImageError};

/// Every system that pipelines are compiled for.
pub const TARGETS: &[Target] = &[argo::TARGET, kubeflow::TARGET, sagemaker::TARGET];

/// A system that runs tasks in containers.
#[derive(Debug)]
pub struct Target {
    /// Its word on the command line.
    pub id: &'static str,
    /// What the definition is, for people.
    pub about: &'static str,
    /// Where it has the shared folders.
    folders: Folders,
    /// Whether it tries a task again that failed; else the task does by itself.
    tries_again: bool,
    /// Whether it asks conditions before it begins a task; the task asks again in any case.
    asks_conditions: bool,
    /// What it calls parameters that are its own.
    reserved: &'static [&'static str],
    /// How its documents are written.
    syntax: Syntax,
    emit: fn(&Tasks<'_>) -> Result<Vec<Value>, CompileError>,
}

/// Where a container sees what tasks share.
#[derive(Debug)]
struct Folders {
    /// What steps made.
    store: &'static str,
    /// The installation: its keys, its registry and its audit log.
    home: &'static str,
}

#[derive(Debug)]
enum Syntax {
    Yaml,
    Json,
}

/// How and where the tasks of a compiled pipeline run.
#[derive(Clone, Debug)]
pub struct Container {
    /// What they run in. It has this program as `redoubt`, and the folder of the pipeline file.
    pub image: Image,
    /// Where the pipeline file lies in it.
    pub file: String,
    /// The digest of that file's bytes: a task refuses any other.
    pub digest: Digest,
    /// Where tasks keep what they made: the claim of a volume of Kubernetes, or the folder of a file system.
    pub store_volume: String,
    /// Where the installation lies, if there is one: steps that change the registry, and the end of
    /// the run, which the audit log is told, need it.
    pub home_volume: Option<String>,
    /// Programs may be run without walls, where the file says so too.
    pub may_be_unsandboxed: bool,
}

/// A definition for another system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiled {
    /// As it is written to a file.
    pub text: String,
    /// What whoever runs it should know.
    pub notes: Vec<String>,
}

/// Why a pipeline cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// A step asks the registry, and there is no installation.
    #[error("step `{step}` ({kind}) asks the registry of models, which needs an installation; give `--home-volume`")]
    NoHome {
        /// The step.
        step: String,
        /// Its kind.
        kind: &'static str,
    },
    /// A program is to run without walls, and whoever compiles has not agreed.
    #[error(
        "step `{0}` says `sandbox = \"none\"`: its program can do whatever its container can; give `--allow-unsandboxed` \
         if that may be"
    )]
    Unsandboxed(String),
    /// A parameter has a name that the target does not take.
    #[error("{target} cannot have a parameter `{name}`: {reason}; call it something else")]
    Parameter {
        /// Its name in the file.
        name: String,
        /// The system.
        target: &'static str,
        /// Why not.
        reason: &'static str,
    },
    /// Something is longer than the target takes.
    #[error("{target} takes {what} of at most {most} letters, and {long} is longer")]
    TooLong {
        /// The system.
        target: &'static str,
        /// What it is.
        what: &'static str,
        /// Its bound.
        most: usize,
        /// What is longer.
        long: String,
    },
}

impl Target {
    /// The target of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<&'static Self> {
        TARGETS.iter().find(|target| target.id == word)
    }

    /// The definition of a pipeline: the same pipeline and container give the same text.
    ///
    /// # Errors
    /// If the pipeline asks for something that the target does not have, or that was not allowed.
    pub fn compile(&'static self, pipeline: &Pipeline, container: &Container) -> Result<Compiled, CompileError> {
        let tasks = Tasks::new(self, pipeline, container)?;
        let documents = (self.emit)(&tasks)?;
        let text = match self.syntax {
            Syntax::Yaml => documents.iter().map(yaml::written).collect::<Vec<_>>().join("---\n"),
            Syntax::Json => documents.iter().map(|document| format!("{document:#}\n")).collect(),
        };
        Ok(Compiled { text, notes: tasks.notes() })
    }
}

/// Puts a field into an object.
fn put(object: &mut Value, key: &str, field: Value) {
    if let Value::Object(fields) = object {
        fields.insert(key.to_owned(), field);
    }
}
