//! Anthropic messages to and from chat completions.
//!
//! Beyond the plain renaming of fields:
//!
//! - System and developer messages, wherever they stand, become the one `system` of messages.
//! - The results of tools are blocks of one user message there and messages of their own here; words that
//!   follow them share that user message.
//! - Reasoning travels in `reasoning_content`, as many servers send it, and Anthropic's signature beside it in
//!   `reasoning_signature`, so that a caller who sends the message back keeps the thinking valid. Reasoning
//!   without a signature, or with one vendor's signature torn apart, is not sent to Anthropic, which refuses
//!   it. Redacted thinking is ciphertext for Anthropic alone and is dropped.
//! - `response_format` with a schema is `output_config.format`. JSON mode without a schema has no counterpart
//!   and is refused.
//! - A document's text becomes a text part, headed by its title and context.
//! - Arguments that are not a JSON object become `{"unparsed_arguments": ..}`, where an object must stand.
//! - `is_error` of a tool's result has no counterpart; an empty result that says nothing else becomes `error`.

mod answer;
mod events_in;
mod events_out;
mod request_from_chat;
mod request_to_chat;

pub(super) use answer::{read_answer, write_answer};
pub(crate) use events_in::EVENTS;
pub(super) use events_in::EventReader;
pub(super) use events_out::EventWriter;
pub(super) use request_from_chat::request_from_chat;
pub(super) use request_to_chat::request_to_chat;

#[cfg(test)]
mod tests;
