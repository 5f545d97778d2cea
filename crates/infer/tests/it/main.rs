//! Small models made by the tests, from the folder to the answer.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that fails says why")]

mod folder;
mod loading;
mod numbers;
mod serving;
