//! Tests of the wire crate from outside.

mod edits;
mod endings;
mod golden;
mod json_laws;
mod refused;
mod streams;
