//! What every detector of the table promises, checked through the doors that callers use.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

mod hostile;
mod laws;
mod recognizers;
mod robust;
mod second_opinion;
mod stories;
mod streams;
mod support;
mod surrogates;
mod table;
mod texts;
mod values;
