//! Why a pipeline stops.

use super::{ShelfError, Why};
use crate::digest::Digest;
use crate::steps::StepError;
use crate::table::TableError;

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
    /// There is no step of this name.
    #[error("there is no step `{name}`{}", nearest.as_deref().map(|name| format!(", did you mean `{name}`?")).unwrap_or_default())]
    NoStep {
        /// What was asked for.
        name: String,
        /// What was probably meant.
        nearest: Option<String>,
    },
    /// A step that is run alone hangs on one that has not run.
    #[error("step `{name}` cannot run alone: `{step}` must run before it ({why})")]
    Before {
        /// The step.
        name: String,
        /// The one that it hangs on.
        step: String,
        /// Why that one must run.
        why: Why,
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
