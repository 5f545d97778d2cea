//! Answers of OpenAI `POST /v1/completions`, whole and in chunks.

use redoubt_domain::{Origin, SegmentMode};

use crate::json::{Kind, Value};
use crate::place::{Place, ordinal};
use crate::walk::Walk;

pub(super) fn read(root: Value<'_>, walk: &mut Walk) {
    let place = Place::of(Origin::Assistant, 0);
    for (key, value) in root.members() {
        match key.text().as_deref() {
            Some("choices") => {
                for (position, choice) in value.items().enumerate() {
                    walk.text_choice(choice, ordinal(position), SegmentMode::Whole);
                }
                if value.kind() != Kind::Array {
                    walk.strings(value, place);
                }
            }
            _ => walk.envelope(key, value, place),
        }
    }
}

impl Walk {
    /// One choice of an answer or a chunk.
    pub(crate) fn text_choice(&mut self, choice: Value<'_>, position: u16, mode: SegmentMode) {
        let turn = choice.get("index").and_then(Value::ordinal).unwrap_or(position);
        let place = Place::of(Origin::Assistant, turn).mode(mode);
        let first = self.segments.len();
        for (key, value) in choice.members() {
            match key.text().as_deref() {
                Some("index" | "finish_reason" | "stop_reason" | "content_filter_results" | "seed") => {
                    self.structure(value, place);
                }
                Some("text") => self.text(value, place),
                Some("logprobs") => {}
                _ => self.unknown_piece(key, value, place),
            }
        }
        if let Some(logprobs) = choice.get("logprobs") {
            self.token_logprobs(logprobs, first, place);
        }
        if choice.kind() != Kind::Object {
            self.strings(choice, place);
        }
    }
}
