//! What is promised of measuring, checked through the doors that callers use.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

mod calibration;
mod drift;
mod fairness;
mod labels;
mod learners;
mod linear;
mod metrics;
mod support;
