//! Answers of OpenAI `POST /v1/responses`.

use redoubt_domain::{Origin, SegmentKind, SegmentMode};

use crate::json::{Kind, Value};
use crate::place::{Place, ordinal};
use crate::walk::Walk;

pub(super) fn read(root: Value<'_>, walk: &mut Walk) {
    response(root, walk, SegmentMode::Whole);
}

/// A response object, of an answer or of an event. The turns are the places of its items.
pub(crate) fn response(root: Value<'_>, walk: &mut Walk, mode: SegmentMode) {
    let place = Place::of(Origin::Assistant, 0);
    for (key, value) in root.members() {
        match key.text().as_deref() {
            Some("output") => {
                for (position, item) in value.items().enumerate() {
                    walk.item(item, Place::of(Origin::Assistant, ordinal(position)).mode(mode));
                }
                if value.kind() != Kind::Array {
                    walk.strings(value, place);
                }
            }
            Some("incomplete_details" | "completed_at" | "background" | "store") => walk.structure(value, place),
            // What follows is the request, told back.
            Some("instructions") => match value.kind() {
                Kind::Array => value.items().for_each(|item| {
                    walk.item(item, Place::aside(Origin::System, SegmentKind::Other));
                }),
                _ => walk.text(value, Place::aside(Origin::System, SegmentKind::Other)),
            },
            Some(
                "tools"
                | "text"
                | "metadata"
                | "user"
                | "safety_identifier"
                | "prompt_cache_key"
                | "reasoning"
                | "truncation"
                | "tool_choice"
                | "previous_response_id"
                | "conversation"
                | "parallel_tool_calls"
                | "prompt_cache_retention"
                | "temperature"
                | "top_p"
                | "top_logprobs"
                | "max_output_tokens"
                | "max_tool_calls"
                | "frequency_penalty"
                | "presence_penalty",
            ) => walk.openai_option(key, value),
            _ => walk.envelope(key, value, place),
        }
    }
}
