//! The registry from outside: what it keeps, and what it does not let through.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on fails")]

mod content;
mod documents;
mod evidence;
mod gates;
mod models;
mod properties;
mod slots;
mod support;
mod told;
mod versions;
