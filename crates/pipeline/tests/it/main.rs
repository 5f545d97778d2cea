//! Pipelines from outside: files, plans, runs and steps.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on fails")]

mod commands;
mod drift;
mod files;
mod learning;
mod matrix;
mod poison;
mod reports;
mod runs;
mod support;
mod tables;
