//! One narrow trait for each place where the middle meets the world.
//!
//! A backend that cannot do something does not implement that trait. Each trait has a suite in
//! [`crate::conformance`] that every implementation runs.

mod blobs;
mod classifier;
mod clock;
mod counters;
mod detector;
mod entropy;
mod files;
mod log;
mod records;

pub use blobs::{BlobError, Blobs};
pub use classifier::{Asked, Classifier, Likelihood, Question, Unanswered};
pub use clock::Clock;
pub use counters::{CounterError, Counters, Quota, Reservation};
pub use detector::{Detector, DigitRun, Hit, Match, Spec, Trigger, Window};
pub use entropy::Entropy;
pub use files::{FileError, Files};
pub use log::{Haste, LOG_ENTRY_BYTES_MAX, Log, LogError, Told, appended};
pub use records::{Change, Record, RecordError, Records};
