//! Anthropic `POST /v1/messages` and `POST /v1/messages/count_tokens`.

use redoubt_domain::{Origin, SegmentKind};

use super::{list, object};
use crate::error::DecodeError;
use crate::items::role_origin;
use crate::json::Value;
use crate::place::{Place, ordinal};
use crate::walk::Walk;

/// Turn 0 is the system prompt, whether there is one or not; the messages follow it.
pub(super) fn read(root: Value<'_>, walk: &mut Walk) -> Result<(), DecodeError> {
    list(root, "messages")?;
    let aside = Place::aside(Origin::User, SegmentKind::Other);
    for (key, value) in root.members() {
        match key.text().as_deref() {
            Some("messages") => {
                for (position, message) in value.items().enumerate() {
                    object(message, "messages")?;
                    read_message(message, ordinal(position + 1), walk);
                }
            }
            Some("system") => walk.blocks(value, Place::of(Origin::System, 0)),
            Some("tools") => walk.tools(value, Origin::Developer),
            Some("output_format" | "output_config") => {
                walk.schema(value, Place::aside(Origin::Developer, SegmentKind::ToolSchema));
            }
            Some("metadata") => walk.strings(value, aside),
            Some("stop_sequences") => walk.strings(value, aside),
            Some(
                "model" | "service_tier" | "thinking" | "tool_choice" | "container" | "context_management" | "speed"
                | "inference_geo" | "cache_control" | "betas" | "max_tokens" | "stream" | "temperature" | "top_k"
                | "top_p",
            ) => walk.structure(value, aside),
            _ => walk.unknown(key, value, aside),
        }
    }
    Ok(())
}

fn read_message(message: Value<'_>, turn: u16, walk: &mut Walk) {
    let role = message.get_text("role").unwrap_or_default();
    let place = Place::of(role_origin(&role), turn);
    for (key, value) in message.members() {
        match key.text().as_deref() {
            Some("role") => walk.structure(value, place),
            Some("content") => walk.blocks(value, place),
            _ => walk.unknown(key, value, place),
        }
    }
}
