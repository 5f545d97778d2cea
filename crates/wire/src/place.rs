//! Where a string stands: who speaks, in which lane.

use redoubt_domain::{Lane, Origin, SegmentKind, SegmentMode};

/// The turn of what belongs to no message: tools, schemas, metadata.
pub(crate) const NO_TURN: u16 = u16::MAX;

/// Where the parts begin that have a name instead of a number.
const NAMED_PART: u16 = 0x8000;

/// What a walk knows of the strings it is about to meet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) origin: Origin,
    pub(crate) turn: u16,
    pub(crate) part: u16,
    pub(crate) kind: SegmentKind,
    pub(crate) mode: SegmentMode,
}

impl Place {
    /// The words of `origin` in the first part of a turn.
    pub(crate) fn of(origin: Origin, turn: u16) -> Self {
        Self { origin, turn, part: 0, kind: SegmentKind::Content, mode: SegmentMode::Whole }
    }

    /// A field of the body beside the messages.
    pub(crate) fn aside(origin: Origin, kind: SegmentKind) -> Self {
        Self { origin, turn: NO_TURN, part: 0, kind, mode: SegmentMode::Whole }
    }

    pub(crate) fn kind(self, kind: SegmentKind) -> Self {
        Self { kind, ..self }
    }

    pub(crate) fn origin(self, origin: Origin) -> Self {
        Self { origin, ..self }
    }

    pub(crate) fn part(self, part: u16) -> Self {
        Self { part, ..self }
    }

    /// A lane of its own for the text under `name`, beside the parts that are counted: two texts in one lane
    /// would be read as one, and neither would be seen whole.
    pub(crate) fn named(self, name: &str) -> Self {
        let hash = name.bytes().fold(0_u16, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
        self.part(NAMED_PART | hash >> 1)
    }

    pub(crate) fn mode(self, mode: SegmentMode) -> Self {
        Self { mode, ..self }
    }

    /// The same place for something that comes whole even within a stream.
    pub(crate) fn whole(self, kind: SegmentKind) -> Self {
        Self { kind, mode: SegmentMode::Whole, ..self }
    }

    pub(crate) fn lane(self) -> Lane {
        Lane { turn: self.turn, part: self.part, kind: self.kind }
    }
}

/// A position in a list as a lane knows it. Those beyond share the last: their texts are still inspected.
pub(crate) fn ordinal(position: usize) -> u16 {
    u16::try_from(position).unwrap_or(NO_TURN).min(NO_TURN - 1)
}
