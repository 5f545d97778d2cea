//! OpenAI `POST /v1/completions`.

use redoubt_domain::{Origin, SegmentKind};

use crate::error::DecodeError;
use crate::json::{Kind, Value};
use crate::place::{Place, ordinal};
use crate::walk::Walk;

pub(super) fn read(root: Value<'_>, walk: &mut Walk) -> Result<(), DecodeError> {
    for (key, value) in root.members() {
        match key.text().as_deref() {
            Some("prompt") => walk.prompts(value),
            Some("suffix") => walk.text(value, Place::aside(Origin::User, SegmentKind::Content)),
            _ => walk.openai_option(key, value),
        }
    }
    Ok(())
}

impl Walk {
    /// A text, texts, tokens or lists of tokens.
    pub(super) fn prompts(&mut self, value: Value<'_>) {
        match value.kind() {
            Kind::Array => {
                for (position, prompt) in value.items().enumerate() {
                    let place = Place::of(Origin::User, ordinal(position));
                    match prompt.kind() {
                        Kind::Numbers => self.opaque("tokens"),
                        // Moderations and multimodal embeddings take parts.
                        Kind::Object => self.content_part(prompt, place),
                        _ => self.text(prompt, place),
                    }
                }
            }
            Kind::Numbers => self.opaque("tokens"),
            Kind::Object => self.content_part(value, Place::of(Origin::User, 0)),
            _ => self.text(value, Place::of(Origin::User, 0)),
        }
    }
}
