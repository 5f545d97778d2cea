//! OpenAI responses to and from chat completions.
//!
//! Responses keeps state on the vendor's side: earlier responses, conversations, stored prompts and files are
//! named by id. Whatever names such state is refused, because no other upstream has it. The vendor's own tools
//! (search, code, computers, remote tools) are refused for the same reason. Beyond the plain renaming:
//!
//! - `instructions` is the first system message.
//! - Calls, their reasoning and the assistant's words before them are items here and one message there.
//! - Reasoning travels in `reasoning_content`, and `encrypted_content` beside it as `reasoning_signature`.
//! - Names of fields that steer storage, caching and the vendor's own tools are dropped.

mod answer;
mod events_in;
mod events_out;
mod item;
mod request_from_chat;
mod request_to_chat;

pub(super) use answer::{read_answer, write_answer};
pub(super) use events_in::EventReader;
pub(super) use events_out::EventWriter;
pub(super) use request_from_chat::request_from_chat;
pub(super) use request_to_chat::request_to_chat;

#[cfg(test)]
mod tests;
