//! Whether data is still what it was.
//!
//! [`Samples`] compares numbers, [`Counts`] categories and bins, [`Discrepancy`] vectors; [`benjamini_hochberg`]
//! keeps many tests from crying wolf. A [`Test`] has a p-value; a distance alone (Wasserstein, Jensen-Shannon, total
//! variation, Hellinger) says how far, not how surprising. A [`Baseline`] keeps what [`compare`] needs of a table.

mod baseline;
mod categories;
mod compare;
mod embeddings;
mod kolmogorov;
mod multiplicity;
mod performance;
mod samples;

pub use baseline::{
    Baseline, CategorySummary, Column, ColumnBaseline, NumberSummary, SKETCH_ROWS, Summary, TextSummary, Values,
};
pub use categories::{Counts, quantile_edges};
pub use compare::{ColumnReport, Decision, DriftSettings, Evidence, compare};
pub use embeddings::Discrepancy;
pub use multiplicity::benjamini_hochberg;
pub use performance::{Expected, expected_accuracy};
pub use samples::{Samples, Test};
