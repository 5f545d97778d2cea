//! What is promised of measuring, checked through the doors that callers use.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

mod drift;
mod learners;
mod linear;
mod metrics;
mod support;
