//! Tests of the wire crate from outside.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::panic, reason = "tests")]

mod edits;
mod endings;
mod golden;
mod hiding;
mod hostile;
mod json_laws;
mod laws;
mod numbers;
mod refused;
mod streams;
