//! Content blocks of Anthropic's messages, in requests, answers and streams.

use redoubt_domain::{Origin, SegmentKind};

use crate::json::{Kind, Value};
use crate::place::{Place, ordinal};
use crate::walk::Walk;

impl Walk {
    /// A `content` or `system`: a string, or blocks.
    pub(crate) fn blocks(&mut self, value: Value<'_>, place: Place) {
        if value.kind() != Kind::Array {
            return self.text(value, place);
        }
        for (position, block) in value.items().enumerate() {
            self.block(block, place.part(ordinal(position)));
        }
    }

    /// One block.
    pub(crate) fn block(&mut self, block: Value<'_>, place: Place) {
        if block.kind() != Kind::Object {
            return self.text(block, place);
        }
        let kind = block.get_text("type").unwrap_or_default();
        for (key, value) in block.members() {
            let name = key.text().unwrap_or_default();
            match (kind.as_ref(), name.as_ref()) {
                (_, "type" | "id" | "cache_control" | "tool_use_id" | "caller" | "is_error") => {
                    self.structure(value, place);
                }
                ("text", "text") => self.text(value, place),
                ("text", "citations") => self.asides(value, place),
                ("thinking", "thinking") => self.text(value, place.kind(SegmentKind::Reasoning)),
                ("thinking", "signature") => self.sealed(value, "signature of reasoning", place),
                ("redacted_thinking", "data") => self.sealed(value, "encrypted reasoning", place),
                ("tool_use" | "server_tool_use" | "mcp_tool_use", "name") => {
                    self.text(value, place.whole(SegmentKind::Identifier));
                }
                ("tool_use" | "server_tool_use" | "mcp_tool_use", "input") => {
                    self.strings(value, place.kind(SegmentKind::ToolArguments));
                }
                ("image", "source") => self.source(value, place),
                ("document", "source") => self.source(value, place.origin(Origin::Retrieved)),
                ("document", "title" | "context") => {
                    self.text(value, place.origin(Origin::Retrieved));
                }
                ("document" | "search_result", "citations") => self.structure(value, place),
                ("search_result", "content") => self.nested(value, place.origin(Origin::Retrieved)),
                ("search_result", "title" | "source") => self.text(value, place.origin(Origin::Retrieved)),
                ("tool_result" | "mcp_tool_result", "content") => self.nested(value, place.origin(Origin::Tool)),
                (result, "content") if result.ends_with("_tool_result") => {
                    self.server_result(value, place.origin(Origin::Retrieved));
                }
                ("container_upload", "file_id") => {
                    self.opaque("file by id");
                    self.structure(value, place);
                }
                _ => self.unknown(key, value, place),
            }
        }
    }

    /// Blocks within a block: they share its part.
    fn nested(&mut self, value: Value<'_>, place: Place) {
        match value.kind() {
            Kind::Array => value.items().for_each(|block| self.block(block, place)),
            _ => self.text(value, place),
        }
    }

    /// What a tool of the vendor's own found: search results, fetched pages, output of code.
    fn server_result(&mut self, value: Value<'_>, place: Place) {
        match value.kind() {
            Kind::Array => value.items().for_each(|item| self.server_result(item, place)),
            Kind::Object => {
                for (key, member) in value.members() {
                    match key.text().as_deref() {
                        Some("encrypted_content" | "encrypted_stdout") => {
                            self.sealed(member, "encrypted tool result", place)
                        }
                        Some("type" | "file_id" | "error_code" | "retrieved_at") => self.structure(member, place),
                        Some("source") => self.source(member, place),
                        _ => self.server_result(member, place),
                    }
                }
            }
            Kind::String => self.text(value, place),
            Kind::Number | Kind::Numbers => self.numbers(value, place),
            Kind::Null | Kind::Bool => {}
        }
    }

    /// Where an image or a document comes from.
    fn source(&mut self, source: Value<'_>, place: Place) {
        if source.kind() != Kind::Object {
            return self.text(source, place);
        }
        let kind = source.get_text("type").unwrap_or_default();
        let media = source.get_text("media_type").unwrap_or_default();
        for (key, value) in source.members() {
            match (kind.as_ref(), key.text().as_deref()) {
                (_, Some("type" | "media_type")) => self.structure(value, place),
                ("base64", Some("data")) => self.attachment(value, Some(&media), place),
                (_, Some("data")) => self.text(value, place),
                (_, Some("url")) => self.media(value, "file by address", place),
                (_, Some("file_id")) => {
                    self.opaque("file by id");
                    self.structure(value, place);
                }
                ("content", Some("content")) => self.nested(value, place),
                _ => self.unknown(key, value, place),
            }
        }
    }
}
