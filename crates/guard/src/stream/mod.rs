//! Watching an answer while it arrives.
//!
//! Each lane has a window of text as it came: a little of what was released, for context, and what is still
//! held. A detector says from where on something might still begin or grow; what lies before that goes out
//! with this frame, and where nothing is pending that is everything. So the stream says, later by a few
//! bytes at most, what the whole answer would have said.

mod lane;
mod release;

use std::collections::BTreeMap;
use std::sync::Arc;

use redoubt_domain::decision::{Action, Decision, Judged, Unscanned};
use redoubt_domain::exchange::{Closes, Direction, Frame, Lane, SegmentMode};

use crate::cleared::Cleared;
use crate::conversation::Conversation;
use crate::engine::Engine;
use crate::opaque;
use lane::LaneState;

/// The state of one streamed answer.
pub struct StreamInspection {
    engine: Arc<Engine>,
    conversation: Conversation,
    lanes: BTreeMap<Lane, LaneState>,
    judged: Vec<Judged>,
    unscanned: Vec<Unscanned>,
    /// How many texts were told apart so far: lanes, and segments that belong to none.
    texts: usize,
    /// Bytes of text so far.
    bytes: usize,
    /// What stopped the stream.
    halted: Option<Action>,
    bounds: Bounds,
}

/// How far a stream may be held.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    /// Whether any rule may change or stop the text at all.
    holds: bool,
    /// Whether every lane is held until it is complete.
    buffers: bool,
    /// Whether anything is looked for that only a complete text shows.
    judges_whole: bool,
    /// More than this is never needed to see a match whole.
    window: usize,
    /// More than this is never held: the stream is stopped.
    held_max: usize,
}

/// What to do after a frame.
#[derive(Debug, Default)]
pub struct Step {
    /// What may be sent, in this order.
    pub frames: Vec<Cleared<Frame>>,
    /// Blocked: nothing more may be sent but the surface's own words for a refusal.
    pub halt: bool,
}

/// The stream must stop.
struct Halt(Action);

impl StreamInspection {
    pub(crate) fn new(engine: Arc<Engine>, conversation: Conversation) -> Self {
        let bounds = Bounds::of(&engine, &conversation);
        Self {
            engine,
            conversation,
            lanes: BTreeMap::new(),
            judged: Vec::new(),
            unscanned: Vec::new(),
            texts: 0,
            bytes: 0,
            halted: None,
            bounds,
        }
    }

    /// Takes the next frame; says what may go out now.
    pub fn push(&mut self, frame: Frame) -> Step {
        if self.halted.is_some() {
            return Step { frames: Vec::new(), halt: true };
        }
        let step = self.take(frame);
        self.step(step)
    }

    /// The upstream ended: what is held goes out or the stream is stopped.
    pub fn finish(&mut self) -> Step {
        if self.halted.is_some() {
            return Step { frames: Vec::new(), halt: true };
        }
        let mut frames = Vec::new();
        let step = self.flush(|_| true, &mut frames).map(|()| frames);
        self.step(step)
    }

    /// The decision so far.
    pub fn decision(&self) -> Decision {
        let action = self.halted.unwrap_or_default();
        self.engine.decision(action, vec![self.judged.clone()], self.unscanned.clone())
    }

    /// How many values were put back so far.
    pub fn restored(&self) -> usize {
        self.conversation.restored()
    }

    fn step(&mut self, result: Result<Vec<Frame>, Halt>) -> Step {
        match result {
            Ok(frames) => Step { frames: frames.into_iter().map(Cleared::new).collect(), halt: false },
            Err(Halt(action)) => {
                self.halted = Some(action);
                // Nothing of what is held may be seen again.
                self.lanes.clear();
                Step { frames: Vec::new(), halt: true }
            }
        }
    }

    fn take(&mut self, mut frame: Frame) -> Result<Vec<Frame>, Halt> {
        opaque::note(&frame.opaque, &mut self.unscanned);
        let received = frame.clone();
        let mut frames = Vec::new();
        let mut in_frame: Vec<Lane> = Vec::new();
        for (index, segment) in frame.segments.iter_mut().enumerate() {
            if segment.mode != SegmentMode::Delta {
                continue;
            }
            let is_last = received
                .segments
                .iter()
                .skip(index + 1)
                .all(|later| later.mode != SegmentMode::Delta || later.lane != segment.lane);
            let ends = is_last && closes(frame.closes, segment.lane);
            self.count_bytes(segment.text().len())?;
            let released = self.arrive(segment, ends)?;
            segment.edit(released);
            in_frame.push(segment.lane);
        }
        let ending = received.closes;
        let snapshots: Vec<Lane> =
            frame.segments.iter().filter(|segment| segment.mode == SegmentMode::Snapshot).map(|s| s.lane).collect();
        self.flush(
            |lane| !in_frame.contains(&lane) && (closes(ending, lane) || snapshots.contains(&lane)),
            &mut frames,
        )?;
        for segment in frame.segments.iter_mut().filter(|segment| segment.mode != SegmentMode::Delta) {
            let known = self.lanes.get(&segment.lane).filter(|_| segment.mode == SegmentMode::Snapshot);
            let text = match known.and_then(|lane| lane.cleared_of(segment.text())) {
                Some(cleared) => cleared.to_owned(),
                None => self.whole(segment)?,
            };
            segment.edit(text);
        }
        self.remember_carrier(&received);
        if !is_emptied(&received, &frame) {
            frames.push(frame);
        }
        Ok(frames)
    }

    /// The rest of every chosen lane, each in a copy of the last frame that carried its text.
    fn flush(&mut self, chosen: impl Fn(Lane) -> bool, frames: &mut Vec<Frame>) -> Result<(), Halt> {
        let lanes: Vec<Lane> = self.lanes.keys().copied().filter(|lane| chosen(*lane)).collect();
        for lane in lanes {
            let rest = self.end(lane)?;
            if rest.is_empty() {
                continue;
            }
            let carrier = self.lanes.get(&lane).and_then(LaneState::carrier);
            // Text came only through a frame, so there is one; without it the text cannot go out.
            let Some((mut frame, slot)) = carrier else { return Err(Halt(Action::Block)) };
            for (index, segment) in frame.segments.iter_mut().enumerate() {
                if index == slot {
                    segment.edit(rest.clone());
                } else if segment.mode == SegmentMode::Delta {
                    segment.edit(String::new());
                }
            }
            frame.usage = None;
            frame.closes = Closes::Nothing;
            frames.push(frame);
        }
        Ok(())
    }

    fn remember_carrier(&mut self, received: &Frame) {
        for (slot, segment) in received.segments.iter().enumerate() {
            if segment.mode == SegmentMode::Delta
                && let Some(lane) = self.lanes.get_mut(&segment.lane)
            {
                lane.carried_by(received, slot);
            }
        }
    }

    fn count_bytes(&mut self, bytes: usize) -> Result<(), Halt> {
        self.bytes += bytes;
        if self.bytes > self.engine.limits().answer_bytes_max {
            self.unscanned.push(Unscanned { segment: None, reason: "an answer longer than the bound on answers" });
            return Err(Halt(Action::Block));
        }
        Ok(())
    }
}

impl Bounds {
    fn of(engine: &Engine, conversation: &Conversation) -> Self {
        /// How much longer a text may be in the disguises that are decoded: hexadecimal doubles it, `\u`
        /// escapes and percent signs make three or six bytes of one.
        const EXPANSION: usize = 6;
        /// A placeholder in any spelling is shorter, and must never be let go half read.
        const PLACEHOLDER_BYTES: usize = 512;
        let limits = engine.limits();
        let longest = engine.window(&conversation.detectors);
        let buffers = engine.buffers(&conversation.detectors) || longest.is_none();
        let matched = longest.unwrap_or(0).saturating_mul(EXPANSION);
        let window = matched.max(PLACEHOLDER_BYTES).min(limits.hold_bytes_max);
        let held_max = if buffers { limits.answer_bytes_max } else { limits.hold_bytes_max };
        let judges_whole = engine.judges_whole(&conversation.detectors);
        Self { holds: longest != Some(0) || engine.holds_signals(), buffers, judges_whole, window, held_max }
    }
}

/// Whether a lane ends.
fn closes(closes: Closes, lane: Lane) -> bool {
    match closes {
        Closes::Nothing => false,
        Closes::Lane(ended) => ended == lane,
        Closes::Turn(turn) => turn == lane.turn,
        Closes::All => true,
    }
}

/// Whether a frame that said something now says nothing.
fn is_emptied(received: &Frame, frame: &Frame) -> bool {
    received.is_bare
        && received.closes == Closes::Nothing
        && received.segments.iter().any(|segment| !segment.text().is_empty())
        && frame.segments.iter().all(|segment| segment.text().is_empty())
}

/// The direction of every text here.
const DIRECTION: Direction = Direction::Output;

#[cfg(test)]
mod tests;
