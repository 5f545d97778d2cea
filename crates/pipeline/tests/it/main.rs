//! Pipelines from outside: files, plans, runs and steps.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on fails")]

mod drift;
mod files;
mod learning;
mod poison;
mod query;
mod runs;
mod support;
mod tables;
