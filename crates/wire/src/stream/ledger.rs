//! An account of a stream: what is open and must be closed when it is cut short.

use std::collections::BTreeSet;

use redoubt_domain::exchange::Closes;
use redoubt_domain::{Frame, Lane, SegmentKind, Surface};

use crate::json::{Document, Duplicates, Value};

/// Blocks and choices of which an account is kept. A stream of more is refused by the guard's own bound on
/// lanes.
const OPEN_MAX: usize = 4_096;

/// What began and what ended.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger {
    /// The answer's id and time, as the upstream gave them.
    pub(super) head: Head,
    /// `message_start` or `response.created` was there.
    pub(super) is_begun: bool,
    /// Choices that spoke.
    pub(super) choices: BTreeSet<u16>,
    /// Choices that have their finish reason.
    pub(super) finished: BTreeSet<u16>,
    /// Choices that have told their role.
    roles: BTreeSet<u16>,
    /// Lanes of blocks that began and did not end.
    pub(super) blocks: BTreeSet<Lane>,
    /// The number of the next event of `/v1/responses`.
    pub(super) number: u64,
}

/// Who is answering.
#[derive(Clone, Debug, Default)]
pub(super) struct Head {
    pub(super) id: Option<String>,
    pub(super) created: Option<u64>,
}

impl Ledger {
    /// The same account under the name of another.
    pub(super) fn with_head(self, other: &Self) -> Self {
        Self { head: other.head.clone(), ..self }
    }

    /// Notes the id and time that the answer goes by.
    pub(super) fn introduce(&mut self, root: Value<'_>) {
        if self.head.id.is_none() {
            self.head.id = root.get_text("id").map(|id| id.into_owned());
            self.head.created = root.get("created").or_else(|| root.get("created_at")).and_then(Value::whole);
        }
    }

    /// Whether a choice tells its role for the first time.
    pub(super) fn is_new_role(&mut self, turn: u16) -> bool {
        self.roles.len() < OPEN_MAX && self.roles.insert(turn)
    }

    /// Notes what a frame begins and ends.
    pub(super) fn note(&mut self, surface: Surface, frame: &Frame) {
        match surface {
            Surface::Messages => self.note_event(frame),
            Surface::Responses => {
                self.is_begun = true;
                self.number = self.number.saturating_add(1);
            }
            _ => self.note_chunk(frame),
        }
    }

    /// The number of the frame that was noted last.
    pub(super) fn next_number(&self) -> u64 {
        self.number.saturating_sub(1)
    }

    fn note_chunk(&mut self, frame: &Frame) {
        for segment in &frame.segments {
            if segment.lane.turn != crate::place::NO_TURN && self.choices.len() < OPEN_MAX {
                self.choices.insert(segment.lane.turn);
            }
        }
        match frame.closes {
            Closes::Turn(turn) => {
                if self.finished.len() < OPEN_MAX {
                    self.finished.insert(turn);
                }
            }
            Closes::All => self.finished.extend(self.choices.iter().copied()),
            Closes::Nothing | Closes::Lane(_) => {}
        }
    }

    fn note_event(&mut self, frame: &Frame) {
        match frame.event.as_deref() {
            Some("message_start") => self.is_begun = true,
            Some("content_block_start") => {
                if let Some(lane) = begun_lane(frame.body_as_received())
                    && self.blocks.len() < OPEN_MAX
                {
                    self.blocks.insert(lane);
                }
            }
            Some("content_block_stop") => {
                if let Closes::Lane(lane) = frame.closes {
                    self.blocks.retain(|open| open.part != lane.part);
                }
            }
            _ => {}
        }
    }

    /// The lane of the open block with this index.
    pub(super) fn block(&self, part: u16) -> Lane {
        let known = self.blocks.iter().find(|lane| lane.part == part);
        known.copied().unwrap_or(Lane { turn: 0, part, kind: SegmentKind::Content })
    }
}

/// The lane that a `content_block_start` opens.
fn begun_lane(body: &[u8]) -> Option<Lane> {
    let document = Document::read(body, usize::MAX, Duplicates::Keep).ok()?;
    let root = document.root();
    let part = root.get("index").and_then(Value::ordinal).unwrap_or_default();
    let kind = match root.get("content_block")?.get_text("type")?.as_ref() {
        "thinking" | "redacted_thinking" => SegmentKind::Reasoning,
        "tool_use" | "server_tool_use" | "mcp_tool_use" => SegmentKind::ToolArguments,
        _ => SegmentKind::Content,
    };
    Some(Lane { turn: 0, part, kind })
}
