//! Events of OpenAI's responses.

use redoubt_domain::exchange::Closes;
use redoubt_domain::{Origin, SegmentKind, SegmentMode};

use super::Read;
use super::ledger::Ledger;
use crate::answer::{response, usage};
use crate::items::REASONING_PART;
use crate::json::Value;
use crate::place::Place;
use crate::walk::Walk;

/// A text that is told in pieces by `<stem>.delta` and once more by `<stem>.done`.
struct Told {
    stem: &'static str,
    /// The member of the `done` event that holds the text.
    whole: &'static str,
    kind: SegmentKind,
    /// Whether the text is itself a JSON document.
    is_json: bool,
    /// The member that says which part of the item it is, and what is added to it.
    part: Option<(&'static str, u16)>,
}

const fn told(
    stem: &'static str,
    whole: &'static str,
    kind: SegmentKind,
    is_json: bool,
    part: Option<(&'static str, u16)>,
) -> Told {
    Told { stem, whole, kind, is_json, part }
}

#[rustfmt::skip]
const TOLD: [Told; 9] = [
    told("response.output_text",             "text",       SegmentKind::Content,       false, Some(("content_index", 0))),
    told("response.refusal",                 "refusal",    SegmentKind::Refusal,       false, Some(("content_index", 0))),
    told("response.reasoning_text",          "text",       SegmentKind::Reasoning,     false, Some(("content_index", REASONING_PART))),
    told("response.reasoning_summary_text",  "text",       SegmentKind::Reasoning,     false, Some(("summary_index", 0))),
    told("response.function_call_arguments", "arguments",  SegmentKind::ToolArguments, true,  None),
    told("response.mcp_call_arguments",      "arguments",  SegmentKind::ToolArguments, true,  None),
    told("response.custom_tool_call_input",  "input",      SegmentKind::ToolArguments, false, None),
    told("response.code_interpreter_call_code", "code",    SegmentKind::ToolArguments, false, None),
    told("response.audio.transcript",        "transcript", SegmentKind::Content,       false, None),
];

pub(super) fn read(root: Value<'_>, walk: &mut Walk, ledger: &mut Ledger) -> Read {
    let kind = root.get_text("type").unwrap_or_default();
    let turn = root.get("output_index").and_then(Value::ordinal).unwrap_or_default();
    let place = Place::of(Origin::Assistant, turn);
    let stem_of = |end: &str| TOLD.iter().find(|told| kind.strip_suffix(end) == Some(told.stem));
    if let Some(told) = stem_of(".delta") {
        return read_told(root, walk, told, place.mode(SegmentMode::Delta), "delta");
    }
    if let Some(told) = stem_of(".done") {
        return read_told(root, walk, told, place.mode(SegmentMode::Snapshot), told.whole);
    }
    let mode = if kind.ends_with(".added") { SegmentMode::Delta } else { SegmentMode::Snapshot };
    let mut part_lane = None;
    for (key, value) in root.members() {
        match key.text().as_deref() {
            Some("response") => {
                ledger.introduce(value);
                response(value, walk, SegmentMode::Snapshot);
            }
            Some("item") => walk.item(value, place.mode(mode)),
            Some("part") => {
                let part_place = part_place(root, value, place);
                part_lane = Some(part_place.lane());
                walk.content_part(value, part_place.mode(mode));
            }
            Some("annotation") => walk.asides(value, place),
            Some("partial_image_b64") => walk.sealed(value, "media", place),
            Some("delta") if is_media(&kind) => walk.sealed(value, "media", place),
            // A text that nobody knows yet, told in pieces like the others.
            Some("delta") => walk.text(value, place.kind(SegmentKind::Other).named(&kind).mode(SegmentMode::Delta)),
            Some(
                "sequence_number"
                | "output_index"
                | "content_index"
                | "summary_index"
                | "annotation_index"
                | "partial_image_index",
            ) => walk.structure(value, place),
            Some("item_id") => walk.structure(value, place),
            Some("code" | "param" | "message") if kind == "error" => walk.asides(value, place),
            _ => walk.envelope(key, value, place),
        }
    }

    let mut read = Read::closing(match (kind.as_ref(), part_lane) {
        (kind, _) if is_last(kind) => Closes::All,
        ("response.output_item.done", _) => Closes::Turn(turn),
        ("response.content_part.done" | "response.reasoning_summary_part.done", Some(lane)) => Closes::Lane(lane),
        _ => Closes::Nothing,
    });
    read.usage = root.get("response").and_then(|response| response.get("usage")).and_then(usage);
    read
}

/// Whether an event of this type is the last of its stream.
pub(super) fn is_last(kind: &str) -> bool {
    matches!(kind, "response.completed" | "response.incomplete" | "response.failed" | "response.cancelled" | "error")
}

/// Whether the pieces of an event are those of a recording.
fn is_media(kind: &str) -> bool {
    matches!(kind, "response.audio.delta" | "response.output_audio.delta")
}

fn read_told(root: Value<'_>, walk: &mut Walk, told: &Told, place: Place, field: &str) -> Read {
    let part = told
        .part
        .map_or(0, |(index, first)| root.get(index).and_then(Value::ordinal).unwrap_or_default().saturating_add(first));
    let place = place.part(part).kind(told.kind);
    let first = walk.segments.len();
    for (key, value) in root.members() {
        match key.text().as_deref() {
            Some(name) if name == field => {
                if told.is_json {
                    walk.json(value, place);
                } else {
                    walk.text(value, place);
                }
            }
            Some("name") => walk.text(value, place.whole(SegmentKind::Identifier)),
            Some("item_id") => walk.structure(value, place),
            Some("sequence_number" | "output_index" | "content_index" | "summary_index") => {
                walk.structure(value, place)
            }
            Some("logprobs") => {}
            _ => walk.envelope(key, value, place),
        }
    }
    if let Some(logprobs) = root.get("logprobs") {
        walk.token_logprobs(logprobs, first, place);
    }
    let is_delta = place.mode == SegmentMode::Delta;
    let mut read = Read::closing(if is_delta { Closes::Nothing } else { Closes::Lane(place.lane()) });
    read.may_be_bare = is_delta;
    read
}

/// Where a part of an item stands, which `content_part` and `reasoning_summary_part` events tell apart from
/// their item.
fn part_place(root: Value<'_>, part: Value<'_>, place: Place) -> Place {
    let index = |field| root.get(field).and_then(Value::ordinal);
    match part.get_text("type").as_deref() {
        Some("refusal") => place.part(index("content_index").unwrap_or_default()).kind(SegmentKind::Refusal),
        Some("summary_text") => place.part(index("summary_index").unwrap_or_default()).kind(SegmentKind::Reasoning),
        Some("reasoning_text") => {
            let content = index("content_index").unwrap_or_default();
            place.part(content.saturating_add(REASONING_PART)).kind(SegmentKind::Reasoning)
        }
        _ => place.part(index("content_index").unwrap_or_default()),
    }
}
