//! Items of OpenAI's responses: what goes in and what comes out have the same types.

use redoubt_domain::{Origin, SegmentKind};

use crate::json::{Kind, Value};
use crate::place::{Place, ordinal};
use crate::walk::Walk;

/// The parts of a reasoning item's content come after those of its summary, however many these are.
pub(crate) const REASONING_PART: u16 = 0x4000;

impl Walk {
    /// One item. Its turn is the item's position.
    pub(crate) fn item(&mut self, item: Value<'_>, place: Place) {
        if item.kind() != Kind::Object {
            return self.text(item, place);
        }
        let kind = item.get_text("type").unwrap_or_default();
        let place = place.origin(origin(&kind, item.get_text("role").as_deref(), place.origin));
        let arguments = place.kind(SegmentKind::ToolArguments);
        for (key, value) in item.members() {
            let name = key.text().unwrap_or_default();
            match (kind.as_ref(), name.as_ref()) {
                (_, "type" | "id" | "status" | "role" | "call_id" | "phase" | "created_by" | "approval_request_id") => {
                    self.structure(value, place);
                }
                ("message" | "", "content") => self.content(value, place),
                ("reasoning", "summary") => self.content(value, place.kind(SegmentKind::Reasoning)),
                ("reasoning", "content") => {
                    for (position, part) in value.items().enumerate() {
                        let part_number = REASONING_PART.saturating_add(ordinal(position));
                        self.content_part(part, place.kind(SegmentKind::Reasoning).part(part_number));
                    }
                    if value.kind() != Kind::Array {
                        self.text(value, place.kind(SegmentKind::Reasoning));
                    }
                }
                (_, "encrypted_content") => self.sealed(value, "encrypted reasoning", place),
                (_, "name" | "namespace" | "server_label") => self.text(value, place.whole(SegmentKind::Identifier)),
                ("function_call" | "mcp_call" | "mcp_approval_request", "arguments") => self.json(value, arguments),
                ("custom_tool_call", "input") | ("code_interpreter_call", "code") => self.text(value, arguments),
                ("computer_call" | "local_shell_call" | "shell_call" | "web_search_call", "action" | "actions") => {
                    self.call(value, arguments);
                }
                ("file_search_call", "queries") => self.strings(value, arguments),
                ("apply_patch_call", "operation") => self.call(value, arguments),
                ("file_search_call", "results") => self.found(value, place.origin(Origin::Retrieved)),
                ("code_interpreter_call", "outputs") => self.found(value, place.origin(Origin::Tool)),
                ("code_interpreter_call", "container_id") => self.structure(value, place),
                ("image_generation_call", "result" | "partial_image_b64") => {
                    self.attachment(value, Some("image/png"), place);
                }
                (_, "error") => self.found(value, place.origin(Origin::Tool)),
                ("mcp_list_tools", "tools") => self.tools(value, Origin::Tool),
                (_, "output") => match value.kind() {
                    Kind::Object => self.found(value, place.origin(Origin::Tool)),
                    _ => self.content(value, place.origin(Origin::Tool)),
                },
                _ => self.unknown(key, value, place),
            }
        }
        if kind == "item_reference" {
            self.opaque("item by id");
        }
    }

    /// What a built-in tool is told to do.
    fn call(&mut self, value: Value<'_>, place: Place) {
        match value.kind() {
            Kind::Array => value.items().for_each(|item| self.call(item, place)),
            Kind::Object => {
                for (key, member) in value.members() {
                    match key.text().as_deref() {
                        Some("type") => self.structure(member, place),
                        _ => {
                            self.structure(key, place.whole(SegmentKind::Key));
                            self.call(member, place);
                        }
                    }
                }
            }
            Kind::String => self.text(value, place),
            Kind::Number | Kind::Numbers => self.numbers(value, place),
            Kind::Null | Kind::Bool => {}
        }
    }

    /// What a built-in tool found.
    fn found(&mut self, value: Value<'_>, place: Place) {
        match value.kind() {
            Kind::Array => value.items().for_each(|item| self.found(item, place)),
            Kind::Object => {
                for (key, member) in value.members() {
                    match key.text().as_deref() {
                        Some("type" | "file_id" | "vector_store_id" | "container_id") => self.structure(member, place),
                        Some("image_url") => self.media(member, "image", place),
                        _ => {
                            self.structure(key, place.whole(SegmentKind::Key));
                            self.found(member, place);
                        }
                    }
                }
            }
            Kind::String => self.text(value, place),
            Kind::Number | Kind::Numbers => self.numbers(value, place),
            Kind::Null | Kind::Bool => {}
        }
    }
}

/// Who speaks in an item: its role says, else its type.
fn origin(kind: &str, role: Option<&str>, or_else: Origin) -> Origin {
    match (kind, role) {
        (_, Some(role)) => role_origin(role),
        ("message" | "", None) => or_else,
        (kind, None) if kind.ends_with("_output") => Origin::Tool,
        ("mcp_approval_response", None) => Origin::User,
        ("reasoning" | "compaction" | "mcp_approval_request", None) => Origin::Assistant,
        (kind, None) if kind.ends_with("_call") => Origin::Assistant,
        // A type that nobody knows is believed no more than whoever sends it.
        (_, None) => or_else,
    }
}

/// Who speaks under a role. A role that nobody knows is believed no more than a user.
pub(crate) fn role_origin(role: &str) -> Origin {
    match role {
        "system" => Origin::System,
        "developer" => Origin::Developer,
        "assistant" => Origin::Assistant,
        "tool" | "function" => Origin::Tool,
        _ => Origin::User,
    }
}
