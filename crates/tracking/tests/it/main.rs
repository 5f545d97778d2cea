//! The API as clients see it: its shapes, its mistakes, and what one tenant sees of another.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that fails says why")]

mod artifacts;
mod experiments;
mod models;
mod prompts;
mod runs;
mod world;
