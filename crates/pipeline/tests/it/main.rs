//! Pipelines from outside: files, plans, runs and steps.

mod files;
mod runs;
mod support;
mod tables;
