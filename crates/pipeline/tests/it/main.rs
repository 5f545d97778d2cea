//! Pipelines from outside: files, plans, runs and steps.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on fails")]

mod augment;
mod cleaning;
mod commands;
mod compare;
mod compile;
mod drift;
mod duplicates;
mod effects;
mod examples;
mod files;
mod learning;
mod matrix;
mod mitigation;
mod poison;
mod privacy;
mod query;
mod reports;
mod runs;
mod support;
mod tables;
mod tagger;
