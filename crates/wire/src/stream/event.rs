//! Events of Anthropic's messages.

use redoubt_domain::exchange::Closes;
use redoubt_domain::{Origin, SegmentKind, SegmentMode};

use super::Read;
use super::ledger::Ledger;
use crate::answer::usage;
use crate::json::Value;
use crate::place::Place;
use crate::walk::Walk;

pub(super) fn read(root: Value<'_>, walk: &mut Walk, ledger: &mut Ledger) -> Read {
    let kind = root.get_text("type").unwrap_or_default();
    let part = root.get("index").and_then(Value::ordinal).unwrap_or_default();
    let place = Place::of(Origin::Assistant, 0).part(part);
    for (key, value) in root.members() {
        match (kind.as_ref(), key.text().as_deref()) {
            ("message_start", Some("message")) => {
                ledger.introduce(value);
                walk.anthropic_message(value, place);
            }
            ("content_block_start", Some("content_block")) => {
                let is_text = matches!(value.get_text("type").as_deref(), Some("text" | "thinking"));
                walk.block(value, if is_text { place.mode(SegmentMode::Delta) } else { place });
            }
            ("content_block_delta", Some("delta")) => walk.block_delta(value, place.mode(SegmentMode::Delta)),
            ("message_delta", Some("delta")) => walk.anthropic_message(value, place),
            _ => walk.envelope(key, value, place),
        }
    }

    let mut read = Read::closing(match kind.as_ref() {
        "content_block_stop" => Closes::Lane(ledger.block(part)),
        "message_delta" => Closes::Turn(0),
        "message_stop" | "error" => Closes::All,
        _ => Closes::Nothing,
    });
    read.may_be_bare = kind == "content_block_delta";
    read.usage = match kind.as_ref() {
        "message_start" => root.get("message").and_then(|message| message.get("usage")).and_then(usage),
        _ => root.get("usage").and_then(usage),
    };
    read
}

impl Walk {
    /// The next piece of a block.
    fn block_delta(&mut self, delta: Value<'_>, place: Place) {
        let kind = delta.get_text("type").unwrap_or_default();
        for (key, value) in delta.members() {
            match (kind.as_ref(), key.text().as_deref()) {
                (_, Some("type")) => self.structure(value, place),
                ("text_delta", Some("text")) => self.text(value, place),
                ("thinking_delta", Some("thinking")) => self.text(value, place.kind(SegmentKind::Reasoning)),
                ("input_json_delta", Some("partial_json")) => {
                    self.json(value, place.kind(SegmentKind::ToolArguments));
                }
                ("signature_delta", Some("signature")) => {
                    self.says_more = true;
                    self.sealed(value, "signature of reasoning", place);
                }
                ("citations_delta", Some("citation")) => self.asides(value, place),
                _ => self.unknown_piece(key, value, place),
            }
        }
    }
}
