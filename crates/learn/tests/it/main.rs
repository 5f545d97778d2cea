//! What is promised of measuring, checked through the doors that callers use.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout, reason = "a test")]

mod anonymity;
mod augment;
mod baseline;
mod calibration;
mod drift;
mod duplicates;
mod entities;
mod fairness;
mod labels;
mod learners;
mod linear;
mod metrics;
mod network;
mod poison;
mod support;
