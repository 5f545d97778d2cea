//! Where a string stands: who speaks, in which lane.

use redoubt_domain::{Lane, Origin, SegmentKind, SegmentMode};

/// The turn of what belongs to no message: tools, schemas, metadata.
pub(crate) const NO_TURN: u16 = u16::MAX;

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
