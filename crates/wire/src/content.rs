//! Content of OpenAI's messages: a string, or parts.

use redoubt_domain::{Origin, SegmentKind};

use crate::json::{Kind, Value};
use crate::place::{Place, ordinal};
use crate::walk::Walk;

impl Walk {
    /// The `content` of a message, on chat completions and on responses.
    pub(crate) fn content(&mut self, value: Value<'_>, place: Place) {
        if value.kind() != Kind::Array {
            return self.text(value, place);
        }
        for (position, part) in value.items().enumerate() {
            self.content_part(part, place.part(ordinal(position)));
        }
    }

    /// One part of a content.
    pub(crate) fn content_part(&mut self, part: Value<'_>, place: Place) {
        if part.kind() != Kind::Object {
            return self.text(part, place);
        }
        let kind = part.get_text("type").unwrap_or_default();
        let first = self.segments.len();
        for (key, value) in part.members() {
            let name = key.text().unwrap_or_default();
            match (kind.as_ref(), name.as_ref()) {
                (_, "type" | "detail" | "id" | "cache_control" | "prompt_cache_breakpoint") => {
                    self.structure(value, place);
                }
                ("summary_text" | "reasoning_text" | "thinking", "text" | "thinking") => {
                    self.text(value, place.kind(SegmentKind::Reasoning));
                }
                (_, "text") => self.text(value, place),
                (_, "refusal") => self.text(value, place.kind(SegmentKind::Refusal)),
                (_, "image_url") => self.image(value, place),
                (_, "video_url" | "input_video") => self.image(value, place),
                (_, "input_audio") => self.recording(value, place),
                ("file", "file") => self.file(value, place.origin(Origin::Retrieved)),
                ("input_file", "filename" | "file_data" | "file_url" | "file_id") => {
                    self.file_member(part, key, value, place.origin(Origin::Retrieved));
                }
                (_, "file_id") => self.file_reference(value, place),
                (_, "annotations") => self.asides(value, place),
                (_, "logprobs") => {}
                _ => self.unknown(key, value, place),
            }
        }
        if let Some(logprobs) = part.get("logprobs") {
            self.token_logprobs(logprobs, first, place);
        }
    }

    /// Citations and the like: their words are inspected, their own keys need not be.
    pub(crate) fn asides(&mut self, value: Value<'_>, place: Place) {
        let place = place.whole(SegmentKind::Other);
        match value.kind() {
            Kind::Array => {
                value.items().for_each(|item| self.asides(item, place));
            }
            Kind::Object => {
                self.says_more = true;
                for (key, member) in value.members() {
                    match key.text().as_deref() {
                        Some("type" | "file_id" | "container_id") => self.structure(member, place),
                        Some("encrypted_index" | "encrypted_content") => {
                            self.sealed(member, "encrypted citation", place)
                        }
                        _ => self.asides(member, place),
                    }
                }
            }
            Kind::String => self.text(value, place),
            Kind::Number | Kind::Numbers => self.numbers(value, place),
            Kind::Null | Kind::Bool => {}
        }
    }

    /// `"url"` or `{"url", "detail"}`.
    fn image(&mut self, value: Value<'_>, place: Place) {
        if value.kind() != Kind::Object {
            return self.media(value, "image", place);
        }
        for (key, member) in value.members() {
            match key.text().as_deref() {
                Some("url") => self.media(member, "image", place),
                Some("detail") => self.structure(member, place),
                _ => self.unknown(key, member, place),
            }
        }
    }

    /// `{"data", "format"}`.
    fn recording(&mut self, value: Value<'_>, place: Place) {
        let format = value.get_text("format").unwrap_or_default();
        let media = format!("audio/{format}");
        for (key, member) in value.members() {
            match key.text().as_deref() {
                Some("data") => self.attachment(member, Some(&media), place),
                Some("format") => self.structure(member, place),
                _ => self.unknown(key, member, place),
            }
        }
        if value.kind() != Kind::Object {
            self.strings(value, place);
        }
    }

    /// `{"filename", "file_data", "file_id"}`.
    fn file(&mut self, value: Value<'_>, place: Place) {
        if value.kind() != Kind::Object {
            return self.text(value, place);
        }
        value.members().for_each(|(key, member)| self.file_member(value, key, member, place));
    }

    fn file_member(&mut self, file: Value<'_>, key: Value<'_>, value: Value<'_>, place: Place) {
        match key.text().as_deref() {
            Some("filename") => self.text(value, place.whole(SegmentKind::Other)),
            Some("file_data") => {
                let filename = file.get_text("filename").unwrap_or_default().to_ascii_lowercase();
                let media = filename.ends_with(".pdf").then_some("application/pdf");
                self.attachment(value, media, place);
            }
            Some("file_url") => self.media(value, "file by address", place),
            Some("file_id") => self.file_reference(value, place),
            _ => self.unknown(key, value, place),
        }
    }

    fn file_reference(&mut self, value: Value<'_>, place: Place) {
        if !value.is_null() {
            self.opaque("file by id");
        }
        self.structure(value, place);
    }
}
