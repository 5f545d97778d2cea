//! OpenAI `POST /v1/chat/completions`.

use redoubt_domain::{Origin, SegmentKind};

use super::{list, object};
use crate::error::DecodeError;
use crate::items::role_origin;
use crate::json::{Kind, Value};
use crate::place::{Place, ordinal};
use crate::walk::Walk;

pub(super) fn read(root: Value<'_>, walk: &mut Walk) -> Result<(), DecodeError> {
    list(root, "messages")?;
    for (key, value) in root.members() {
        match key.text().as_deref() {
            Some("messages") => {
                for (position, message) in value.items().enumerate() {
                    object(message, "messages")?;
                    walk.message(message, Place::of(Origin::User, ordinal(position)));
                }
            }
            // The beginning of the answer, written by the caller.
            Some("prediction") => walk.prediction(value),
            Some(_) => walk.openai_option(key, value),
            None => {}
        }
    }
    Ok(())
}

impl Walk {
    /// One message, of a request or of a choice.
    pub(crate) fn message(&mut self, message: Value<'_>, place: Place) {
        let place = match message.get_text("role") {
            Some(role) => place.origin(role_origin(&role)),
            None => place,
        };
        for (key, value) in message.members() {
            match key.text().as_deref() {
                Some("role" | "tool_call_id" | "id" | "cache_control") => self.structure(value, place),
                Some("content") => self.content(value, place),
                Some("name") => self.text(value, place.whole(SegmentKind::Identifier)),
                Some("refusal") => self.text(value, place.kind(SegmentKind::Refusal)),
                Some("reasoning_content") => self.reasoning(value, place.kind(SegmentKind::Reasoning)),
                // Some vendors tell the same reasoning under two of these names.
                Some(name @ ("reasoning" | "reasoning_details" | "thinking")) => {
                    self.reasoning(value, place.kind(SegmentKind::Reasoning).named(name));
                }
                Some("tool_calls") => self.tool_calls(value, place),
                Some(name @ "function_call") => self.function(value, place.named(name)),
                Some(name @ "audio") => self.audio(value, place.named(name)),
                Some("annotations") => self.asides(value, place),
                _ => self.unknown_piece(key, value, place),
            }
        }
    }

    /// Calls to tools, whole or in pieces.
    fn tool_calls(&mut self, value: Value<'_>, place: Place) {
        if value.kind() != Kind::Array {
            return self.strings(value, place.whole(SegmentKind::Other));
        }
        for (position, call) in value.items().enumerate() {
            let part = call.get("index").and_then(Value::ordinal).unwrap_or_else(|| ordinal(position));
            let place = place.part(part);
            for (key, value) in call.members() {
                match key.text().as_deref() {
                    Some("id" | "type") => {
                        self.says_more |= value.text().is_some_and(|text| !text.is_empty());
                        self.structure(value, place);
                    }
                    Some("index") => {}
                    Some("function" | "custom") => self.function(value, place),
                    _ => self.unknown(key, value, place),
                }
            }
            if call.kind() != Kind::Object {
                self.strings(call, place.whole(SegmentKind::Other));
            }
        }
    }

    /// `{"name", "arguments"}`, or a custom tool's `{"name", "input"}`.
    fn function(&mut self, value: Value<'_>, place: Place) {
        for (key, value) in value.members() {
            match key.text().as_deref() {
                Some("name") => {
                    self.says_more |= !value.is_null();
                    self.text(value, place.whole(SegmentKind::Identifier));
                }
                Some("arguments") => self.json(value, place.kind(SegmentKind::ToolArguments)),
                Some("input") => self.text(value, place.kind(SegmentKind::ToolArguments)),
                _ => self.unknown(key, value, place),
            }
        }
        if value.kind() != Kind::Object {
            self.strings(value, place.whole(SegmentKind::Other));
        }
    }

    /// Reasoning comes as a string or, from some vendors, as a list of details.
    fn reasoning(&mut self, value: Value<'_>, place: Place) {
        match value.kind() {
            Kind::Array => {
                for (position, item) in value.items().enumerate() {
                    let index = item.get("index").and_then(Value::ordinal).unwrap_or_else(|| ordinal(position));
                    self.reasoning(item, place.part(place.part.saturating_add(index)));
                }
            }
            Kind::Object => {
                self.says_more = true;
                for (key, member) in value.members() {
                    match key.text().as_deref() {
                        Some("type" | "format" | "id" | "index") => self.structure(member, place),
                        Some("data" | "signature") => self.sealed(member, "encrypted reasoning", place),
                        Some("text" | "summary" | "thinking") => self.text(member, place),
                        _ => self.unknown(key, member, place),
                    }
                }
            }
            _ => self.text(value, place),
        }
    }

    /// `{"id", "data", "transcript"}`: the transcript is what the recording says.
    fn audio(&mut self, value: Value<'_>, place: Place) {
        for (key, value) in value.members() {
            match key.text().as_deref() {
                Some("id") => self.structure(value, place),
                Some("data") => {
                    self.says_more = true;
                    self.sealed(value, "audio", place);
                }
                Some("transcript") => self.text(value, place),
                Some("expires_at") => {}
                _ => self.unknown(key, value, place),
            }
        }
        if value.kind() != Kind::Object {
            self.strings(value, place.whole(SegmentKind::Other));
        }
    }

    fn prediction(&mut self, value: Value<'_>) {
        let place = Place::aside(Origin::User, SegmentKind::Content);
        for (key, value) in value.members() {
            match key.text().as_deref() {
                Some("type") => self.structure(value, place),
                Some("content") => self.content(value, place),
                _ => self.unknown(key, value, place),
            }
        }
    }

    /// A member beside the conversation that OpenAI's surfaces share.
    pub(crate) fn openai_option(&mut self, key: Value<'_>, value: Value<'_>) {
        let place = Place::aside(Origin::User, SegmentKind::Other);
        match key.text().as_deref() {
            Some(
                "model"
                | "service_tier"
                | "reasoning_effort"
                | "verbosity"
                | "modalities"
                | "audio"
                | "encoding_format"
                | "parallel_tool_calls"
                | "prompt_cache_retention"
                | "prompt_cache_options"
                | "reasoning"
                | "truncation"
                | "include"
                | "stream_options"
                | "tool_choice"
                | "function_call"
                | "previous_response_id"
                | "context_management"
                | "background"
                | "best_of"
                | "dimensions"
                | "echo"
                | "frequency_penalty"
                | "logprobs"
                | "max_completion_tokens"
                | "max_output_tokens"
                | "max_tokens"
                | "max_tool_calls"
                | "n"
                | "presence_penalty"
                | "random_seed"
                | "seed"
                | "store"
                | "stream"
                | "temperature"
                | "top_k"
                | "top_logprobs"
                | "top_p",
            ) => self.structure(value, place),
            Some("tools" | "functions") => self.tools(value, Origin::Developer),
            Some("response_format" | "text") => {
                self.schema(value, Place::aside(Origin::Developer, SegmentKind::ToolSchema));
            }
            Some("metadata") => self.strings(value, place),
            Some("web_search_options" | "user" | "safety_identifier" | "prompt_cache_key" | "stop" | "suffix") => {
                self.options(value, place);
            }
            // Token ids for keys.
            Some("logit_bias") => self.structure(value, place),
            _ => self.unknown(key, value, place),
        }
    }

    /// Strings under keys that the surface knows.
    fn options(&mut self, value: Value<'_>, place: Place) {
        match value.kind() {
            Kind::Array => value.items().for_each(|item| self.options(item, place)),
            Kind::Object => {
                for (key, member) in value.members() {
                    self.structure(key, place.kind(SegmentKind::Key));
                    match key.text().as_deref() {
                        Some("type" | "search_context_size") => self.structure(member, place),
                        _ => self.options(member, place),
                    }
                }
            }
            _ => self.text(value, place),
        }
    }
}
