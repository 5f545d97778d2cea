//! OpenAI `POST /v1/responses`.

use redoubt_domain::{Origin, SegmentKind};

use crate::error::DecodeError;
use crate::json::{Kind, Value};
use crate::place::{Place, ordinal};
use crate::walk::Walk;

/// Turn 0 is `instructions`, whether there are any or not; the items follow it.
pub(super) fn read(root: Value<'_>, walk: &mut Walk) -> Result<(), DecodeError> {
    for (key, value) in root.members() {
        match key.text().as_deref() {
            Some("input") => match value.kind() {
                Kind::Array => {
                    for (position, item) in value.items().enumerate() {
                        walk.item(item, Place::of(Origin::User, ordinal(position + 1)));
                    }
                }
                Kind::String | Kind::Null => walk.text(value, Place::of(Origin::User, 1)),
                _ => return Err(DecodeError::Shape { field: "input", expected: "a text or an array of items" }),
            },
            Some("instructions") => walk.text(value, Place::of(Origin::System, 0)),
            Some("previous_response_id" | "conversation") => {
                if !value.is_null() {
                    walk.opaque("earlier turns by id");
                }
                walk.structure(value, Place::aside(Origin::User, SegmentKind::Other));
            }
            Some("prompt") => walk.template(value),
            _ => walk.openai_option(key, value),
        }
    }
    Ok(())
}

impl Walk {
    /// `{"id", "version", "variables"}`: a prompt that the vendor keeps, and what is put into it.
    fn template(&mut self, value: Value<'_>) {
        let place = Place::aside(Origin::User, SegmentKind::Content);
        for (key, value) in value.members() {
            match key.text().as_deref() {
                Some("id" | "version") => {
                    self.opaque("prompt by id");
                    self.structure(value, place);
                }
                Some("variables") => {
                    for (name, variable) in value.members() {
                        self.key(name, place);
                        self.content_part(variable, place);
                    }
                }
                _ => self.unknown(key, value, place),
            }
        }
        if value.kind() != Kind::Object {
            self.strings(value, place);
        }
    }
}
