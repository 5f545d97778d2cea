//! Answers of Anthropic `POST /v1/messages`.

use redoubt_domain::{Origin, SegmentKind};

use crate::json::Value;
use crate::place::Place;
use crate::walk::Walk;

pub(super) fn read(root: Value<'_>, walk: &mut Walk) {
    walk.anthropic_message(root, Place::of(Origin::Assistant, 0));
}

impl Walk {
    /// A message, whole or as a stream begins it.
    pub(crate) fn anthropic_message(&mut self, message: Value<'_>, place: Place) {
        for (key, value) in message.members() {
            match key.text().as_deref() {
                Some("content") => self.blocks(value, place),
                Some("stop_reason" | "container" | "context_management") => self.structure(value, place),
                // The caller's own words.
                Some("stop_sequence") => self.text(value, place.whole(SegmentKind::Other)),
                Some("stop_details") => self.asides(value, place),
                _ => self.envelope(key, value, place),
            }
        }
    }
}
