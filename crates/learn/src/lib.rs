//! Learning and measuring, as functions of their arguments: no files, no clock, and chance only from a
//! [`random::Random`] that the caller seeds. The same input and seed give the same bytes on every machine.

pub mod anonymity;
pub mod augment;
pub mod calibration;
pub mod drift;
pub mod duplicates;
pub mod error;
pub mod fairness;
pub mod labels;
pub mod learners;
pub mod matrix;
pub mod metrics;
pub mod poison;
pub mod random;
pub mod words;

mod check;
mod special;
