//! One lane of a streamed answer.

use redoubt_domain::exchange::{Closes, Encoding, Frame, Lane, Origin, Segment};

use crate::engine::Repeated;
use crate::transforms::Strings;

/// How much released text is kept for detectors that look at what stands before a match.
const CONTEXT_BYTES: usize = 512;

/// Text that arrived in a lane and what became of it.
pub(super) struct LaneState {
    /// Which text of the answer it is, in order of appearance.
    pub(super) ordinal: usize,
    pub(super) lane: Lane,
    pub(super) origin: Origin,
    pub(super) encoding: Encoding,
    /// Text as it came: the end of what was released, then what is held.
    pub(super) window: String,
    /// Where the window begins in the lane.
    pub(super) base: usize,
    /// Where in the window the held text begins.
    pub(super) released: usize,
    /// Up to where in the window everything was looked for, and not only what may change or stop the text.
    pub(super) audited: usize,
    /// What [`Self::audited`] becomes once that much is released.
    pub(super) audited_next: usize,
    /// Bytes that arrived since the window was last looked at.
    pub(super) unseen: usize,
    /// Stands before the held text of a lane that is a JSON document.
    pub(super) strings: Strings,
    /// Values that were changed and must not stand further on in clear.
    pub(super) repeated: Vec<Repeated>,
    /// Where in the lane the disguise begins that was longer than what may be held.
    pub(super) disguise: Option<usize>,
    /// All of it as it came, until it has been judged whole.
    pub(super) whole: Option<String>,
    raw: blake3::Hasher,
    cleared: String,
    carrier: Option<(Frame, usize)>,
}

impl LaneState {
    pub(super) fn new(ordinal: usize, segment: &Segment) -> Self {
        Self {
            ordinal,
            lane: segment.lane,
            origin: segment.origin,
            encoding: segment.encoding,
            window: String::new(),
            base: 0,
            released: 0,
            audited: 0,
            audited_next: 0,
            unseen: 0,
            strings: Strings::default(),
            repeated: Vec::new(),
            disguise: None,
            whole: Some(String::new()),
            raw: blake3::Hasher::new(),
            cleared: String::new(),
            carrier: None,
        }
    }

    pub(super) fn append(&mut self, text: &str) {
        self.raw.update(text.as_bytes());
        self.window.push_str(text);
        self.unseen += text.len();
    }

    /// The text that is held.
    pub(super) fn held(&self) -> &str {
        self.window.get(self.released..).unwrap_or_default()
    }

    /// Notes that the window up to `to` went out as `text`, and forgets what no detector looks back at.
    pub(super) fn release(&mut self, to: usize, text: &str) {
        let raw = self.window.get(self.released..to).unwrap_or_default();
        self.strings.read(raw);
        self.released = to;
        self.cleared.push_str(text);
        let mut cut = self.released.min(self.audited).saturating_sub(CONTEXT_BYTES);
        if let Some(began) = self.disguise.map(|began| began.saturating_sub(self.base)).filter(|began| *began < cut) {
            // Base64 goes by fours: cut elsewhere, the rest of a long run would decode to something else.
            cut -= (cut - began) % 4;
        }
        while !self.window.is_char_boundary(cut) {
            cut -= 1;
        }
        self.window.drain(..cut);
        self.base += cut;
        self.released -= cut;
        self.audited -= cut;
        self.audited_next = self.audited_next.saturating_sub(cut);
    }

    /// What went out instead of this text, if this text is what came in.
    pub(super) fn cleared_of(&self, text: &str) -> Option<&str> {
        let is_same = self.held().is_empty() && blake3::hash(text.as_bytes()) == self.raw.finalize();
        is_same.then_some(self.cleared.as_str())
    }

    /// Keeps a frame in which held text may go out later; one that says nothing else is best.
    pub(super) fn carried_by(&mut self, frame: &Frame, slot: usize) {
        let is_better = frame.is_bare || self.carrier.as_ref().is_none_or(|(known, _)| !known.is_bare);
        if is_better && !self.held().is_empty() && frame.closes == Closes::Nothing {
            self.carrier = Some((frame.clone(), slot));
        }
    }

    pub(super) fn carrier(&self) -> Option<(Frame, usize)> {
        self.carrier.clone()
    }
}
