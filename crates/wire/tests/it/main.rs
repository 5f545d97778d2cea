//! Tests of the wire crate from outside.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, reason = "tests")]

mod edits;
mod endings;
mod golden;
mod json_laws;
mod refused;
mod streams;
