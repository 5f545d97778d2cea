//! The suites that every implementation of a seam must pass. Each function panics with what went wrong.
//!
//! A suite needs an implementation that nobody has used yet, and no runtime of its own: the caller's is
//! enough.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a suite says what went wrong by panicking")]

mod blobs;
mod classifier;
mod counters;
mod files;
mod join;
mod log;
mod records;

pub use blobs::blobs;
pub use classifier::classifier;
pub use counters::counters;
pub use files::files;
pub use log::log;
pub use records::records;
