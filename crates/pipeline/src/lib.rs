//! Pipelines: from data to a model that was measured, in one file that a person can read.
//!
//! ```text
//! file -> Pipeline -> order of steps -> for each: key of (kind, settings, seed, digests of inputs)
//!                                         found on the shelf -> its products, as they were
//!                                         not found          -> run -> products on the shelf, under the key
//! ```
//!
//! A step is a function of its settings, its seed and its inputs. So the same file and the same data have the same
//! digests on every machine, a run that was killed goes on where it stopped, and what did not change is not run again.
//! This crate does no I/O: where bytes lie is the business of a [`Shelf`].

pub mod compile;
mod condition;
mod digest;
mod drift;
mod effect;
mod file;
pub mod poison;
pub mod privacy;
mod product;
pub mod report;
mod run;
mod steps;
mod table;
mod trigger;

pub use condition::{Comparison, Condition};
pub use digest::Digest;
pub use drift::{baseline, baseline_from_json, baseline_to_json, compare};
pub use effect::{Deployment, Effect, EffectError, Models, Origin, Registration, ReportKind, Slot as DeploymentSlot};
pub use file::{DATA_MAX, Format, INSTANCES_MAX, Pipeline, Retries, STEPS_MAX, Source, Step, split_reference};
pub use product::{Kind as ProductKind, Product, ProductError};
pub use run::{
    Change, Clearing, Ended, Fate, Given, Guard, Kept, Made, Outside, Record, RunError, Said, Shelf, ShelfError, Task,
    TaskError, TaskLimits, Why, run, run_one,
};
pub use steps::{Done, KINDS, Kind, Need, Setting, Sql, StepError, Work, install_sql};
pub use table::{CELLS_MAX, COLUMNS_MAX, Column, ROWS_MAX, Reading, Table, TableError};
pub use trigger::{Facts, Memory, On, Schedule, TRIGGERS_MAX, Trigger};
