//! How much of a lane may go out now, and as what.

use redoubt_domain::decision::{Action, Judged, Unscanned};
use redoubt_domain::exchange::{Encoding, Lane, Segment};

use super::lane::LaneState;
use super::{DIRECTION, Halt, StreamInspection};
use crate::decide::{Manner, Place};
use crate::engine::{Edit, Extent, Mended, Repeated, Subject, edits, pardon, repeated, rewrite_range, with_repeats};
use crate::transforms::json;
use crate::vault::Around;

/// A window longer than this is not looked at again for every few bytes of one run.
const PATIENCE_BYTES: usize = 2 << 10;

/// The longest text that is kept to be judged whole when it is complete, though nobody waits for the verdict: longer
/// than any answer of a model.
const WHOLE_BYTES_MAX: usize = 1 << 20;

/// So much text may arrive between two looks for what is only recorded.
const AUDIT_BYTES: usize = 256;

/// Values remembered in one lane. A text with more changed values has long been changed beyond use.
const REPEATED_MAX: usize = 64;

impl StreamInspection {
    /// Takes the next piece of a lane; returns what goes out in its place.
    pub(super) fn arrive(&mut self, segment: &Segment, ends: bool) -> Result<String, Halt> {
        let mut state = self.lane(segment)?;
        state.append(segment.text());
        self.keep_whole(&mut state, segment.text());
        let result = self.advance(&mut state, segment.text(), ends);
        self.lanes.insert(segment.lane, state);
        result
    }

    /// The rest of a lane.
    pub(super) fn end(&mut self, lane: Lane) -> Result<String, Halt> {
        let Some(mut state) = self.lanes.remove(&lane) else { return Ok(String::new()) };
        let result = self.advance(&mut state, "", true);
        self.lanes.insert(lane, state);
        result
    }

    /// A text that belongs to no lane, or repeats one that it should not.
    pub(super) fn whole(&mut self, segment: &Segment) -> Result<String, Halt> {
        if segment.text().is_empty() {
            return Ok(String::new());
        }
        self.count_bytes(segment.text().len())?;
        let mut state = LaneState::new(self.next_text(), segment);
        state.append(segment.text());
        self.keep_whole(&mut state, segment.text());
        self.advance(&mut state, segment.text(), true)
    }

    /// Keeps what goes out in parts for those who judge only complete texts.
    fn keep_whole(&self, state: &mut LaneState, piece: &str) {
        if !self.bounds.buffers
            && self.bounds.judges_whole
            && let Some(whole) = state.whole.as_mut().filter(|whole| whole.len() <= WHOLE_BYTES_MAX)
        {
            whole.push_str(piece);
        }
    }

    fn lane(&mut self, segment: &Segment) -> Result<LaneState, Halt> {
        if let Some(state) = self.lanes.remove(&segment.lane) {
            return Ok(state);
        }
        if self.lanes.len() >= self.engine.limits().lanes_max {
            self.unscanned.push(Unscanned { segment: None, reason: "more texts in one answer than the bound on them" });
            return Err(Halt(Action::Block));
        }
        Ok(LaneState::new(self.next_text(), segment))
    }

    fn next_text(&mut self) -> usize {
        self.texts += 1;
        self.texts - 1
    }

    fn advance(&mut self, state: &mut LaneState, delta: &str, ends: bool) -> Result<String, Halt> {
        if ends {
            self.look_again(state);
        }
        let held = state.held().len();
        let is_audited = state.audited >= state.window.len();
        if held == 0 && (!ends || is_audited) {
            return Ok(String::new());
        }
        if held > self.bounds.held_max {
            return self.refuse(state, "more text would have to be held than may be");
        }
        if !ends && (self.bounds.buffers || can_wait(state, delta)) {
            return Ok(String::new());
        }
        self.measure(state)?;
        state.unseen = 0;
        let (mut judged, live) = self.look(state, ends)?;
        if ends && let Some(mended) = self.mend(state, &mut judged) {
            self.record(state, &judged, state.window.len());
            let worst = judged.iter().map(|judged| judged.action).max().unwrap_or_default();
            if !worst.passes() {
                return Err(Halt(worst));
            }
            state.window = mended.text;
            let (release, edits) = self.settle(state, &mended.judged, live, ends)?;
            return self.let_out(state, &mended.judged, release, &edits);
        }
        let (release, edits) = self.settle(state, &judged, live, ends)?;
        self.record(state, &judged, release);
        self.let_out(state, &judged, release, &edits)
    }

    /// Lets the window out as far as `release`, unless something in it must not pass.
    fn let_out(
        &mut self,
        state: &mut LaneState,
        judged: &[Judged],
        release: usize,
        edits: &[Edit],
    ) -> Result<String, Halt> {
        // What may still grow is looked for again.
        state.audited = state.audited.max(state.audited_next.min(release));
        let is_decided =
            |judged: &&Judged| judged.finding.span.start < release && judged.finding.span.end > state.released;
        let worst = judged.iter().filter(is_decided).map(|judged| judged.action).max().unwrap_or_default();
        if !worst.passes() {
            return Err(Halt(worst));
        }
        let window = std::mem::take(&mut state.window);
        let rewritten = rewrite_range(
            &window,
            state.released..release,
            edits,
            state.encoding,
            state.strings,
            &mut self.conversation.vault,
        );
        state.window = window;
        let Ok(rewritten) = rewritten else {
            return self.refuse(state, "a value that cannot be changed without breaking the document it is in");
        };
        let around = Around {
            before: state.window.get(..state.released).and_then(|before| before.chars().next_back()),
            behind: state.window.get(release..).and_then(|behind| behind.chars().next()),
        };
        let vault = &self.conversation.vault;
        let restored = vault.restore(&rewritten, state.lane.kind, state.encoding, state.strings, around);
        self.conversation.count_restored(restored.count);
        state.release(release, &restored.text);
        Ok(restored.text)
    }

    /// Judges the length of the whole lane, of which the window shows only the end. Tokens are counted by
    /// the upstream while it streams, and bounded by what the request asks of it.
    fn measure(&mut self, state: &LaneState) -> Result<(), Halt> {
        let Some(most) = self.engine.text_bytes_max() else { return Ok(()) };
        let length = state.base + state.window.len();
        // Within the window the detector itself sees it.
        if length <= most || state.window.len() > most {
            return Ok(());
        }
        let place = Place { origin: state.origin, kind: state.lane.kind };
        let judged = self.engine.judge_length(state.ordinal, most..length, DIRECTION, place);
        let action = judged.action;
        if self.judged.iter().all(|known| known.finding.detector != judged.finding.detector) {
            self.judged.push(judged);
        }
        if action.passes() { Ok(()) } else { Err(Halt(action)) }
    }

    /// A complete text put right, if a rule asks for it.
    fn mend(&self, state: &LaneState, judged: &mut Vec<Judged>) -> Option<Mended> {
        let subject = Subject {
            text: &state.window,
            segment: state.ordinal,
            direction: DIRECTION,
            origin: state.origin,
            kind: state.lane.kind,
            is_open: false,
            extent: Extent::Whole,
            is_hasty: false,
        };
        let Self { engine, conversation, .. } = self;
        engine.mend(subject, Manner::Streamed, judged, &conversation.detectors, &conversation.vault)
    }

    /// What is in the window, and from where on it may change.
    fn look(&mut self, state: &mut LaneState, ends: bool) -> Result<(Vec<Judged>, usize), Halt> {
        let place = Place { origin: state.origin, kind: state.lane.kind };
        let is_open = !ends && self.bounds.holds;
        // What is only recorded can be looked for once in a while; every few bytes would be dear.
        let is_hasty = !ends && state.window.len() - state.audited < AUDIT_BYTES;
        let subject = Subject {
            text: &state.window,
            segment: state.ordinal,
            direction: DIRECTION,
            origin: place.origin,
            kind: place.kind,
            is_open,
            // Where everything is held until the end, the window is the text.
            extent: if ends && self.bounds.buffers { Extent::Whole } else { Extent::Part },
            is_hasty,
        };
        let Self { engine, conversation, .. } = self;
        let mut seeing = engine.look(subject, &conversation.detectors, Some(&conversation.vault));
        if seeing.is_overlong {
            return self.refuse(state, "a text longer than the bound on texts").map(|_| (Vec::new(), 0));
        }
        let mut judged = engine.judged(&mut seeing, DIRECTION, place, Manner::Streamed);
        pardon(&state.window, &mut judged, &conversation.vault);
        let is_new = |gap: &Unscanned| self.unscanned.iter().all(|known| known != gap);
        let gaps: Vec<Unscanned> = seeing.unscanned.into_iter().filter(is_new).collect();
        self.unscanned.extend(gaps);
        if seeing.disguise >= state.window.len() {
            state.disguise = None;
        } else if state.disguise.is_none() || seeing.disguise > 0 {
            state.disguise = Some(state.base + seeing.disguise);
        }
        if !is_hasty {
            state.audited_next = state.window.len();
        }
        Ok((judged, seeing.live))
    }

    /// Shows a text that went out in parts to those who judge only complete texts. It comes too late to change
    /// anything: a rule that would is refused at the start, or has everything held.
    fn look_again(&mut self, state: &mut LaneState) {
        let Some(text) = state.whole.take().filter(|text| !text.is_empty()) else { return };
        if text.len() > WHOLE_BYTES_MAX {
            let reason = "too long to be judged whole while it streams";
            self.unscanned.push(Unscanned { segment: Some(state.ordinal), reason });
            return;
        }
        let place = Place { origin: state.origin, kind: state.lane.kind };
        let subject = Subject {
            text: &text,
            segment: state.ordinal,
            direction: DIRECTION,
            origin: place.origin,
            kind: place.kind,
            is_open: false,
            extent: Extent::Again,
            is_hasty: false,
        };
        let Self { engine, conversation, .. } = self;
        let mut seeing = engine.look(subject, &conversation.detectors, Some(&conversation.vault));
        self.judged.extend(engine.judged(&mut seeing, DIRECTION, place, Manner::Streamed));
    }

    /// How far the window may go out, and with which changes.
    fn settle(
        &self,
        state: &mut LaneState,
        judged: &[Judged],
        live: usize,
        ends: bool,
    ) -> Result<(usize, Vec<Edit>), Halt> {
        let length = state.window.len();
        if ends {
            let mut edits = edits(judged);
            self.add_repeats(state, &mut edits);
            return Ok((length, edits));
        }
        let placeholder = state.released + self.conversation.vault.live_from(state.held(), state.encoding);
        let mut release = live.min(placeholder).max(state.released);
        if length - release > self.bounds.window {
            // No match is longer than the window, so none begins before it. By fours, for the sake of base64.
            let more = (length - release - self.bounds.window) / 4 * 4;
            release = floor(&state.window, release + more).max(release);
        }
        let placeholders = self.conversation.vault.placeholders(&state.window, state.encoding);
        let known = state.repeated.len();
        loop {
            // What was learned of a longer release may not be true of a shorter one.
            state.repeated.truncate(known);
            let decided = judged.iter().filter(|judged| judged.finding.span.end <= release);
            let mut edits = edits(decided);
            self.add_repeats(state, &mut edits);
            // What asks for an action goes out in one piece or not yet.
            let acting =
                judged.iter().filter(|judged| judged.action != Action::Allow).map(|judged| &judged.finding.span);
            let spans = acting.chain(edits.iter().map(|edit| &edit.span)).chain(&placeholders);
            let cut = spans.filter(|span| span.start < release && release < span.end).map(|span| span.start).min();
            let growing = Some(growing(&state.window, &state.repeated)).filter(|growing| *growing < release);
            let cut = cut.into_iter().chain(number_cut(state, release)).chain(growing).min();
            match cut {
                Some(start) if start.max(state.released) < release => release = start.max(state.released),
                _ => return Ok((release, edits)),
            }
        }
    }

    fn add_repeats(&self, state: &mut LaneState, edits: &mut Vec<Edit>) {
        for value in repeated(&state.window, edits) {
            let is_known = state.repeated.iter().any(|known| known.value == value.value);
            if !is_known && state.repeated.len() < REPEATED_MAX {
                state.repeated.push(value);
            }
        }
        if !state.repeated.is_empty() {
            *edits = with_repeats(&state.window, std::mem::take(edits), &state.repeated);
        }
    }

    /// Keeps what lies before `release` for the record, each finding once.
    fn record(&mut self, state: &LaneState, judged: &[Judged], release: usize) {
        for judged in judged {
            let span = &judged.finding.span;
            let is_new = span.end > state.released.min(state.audited)
                && (span.start < release || judged.action == Action::Block && span.end <= release);
            if !is_new {
                continue;
            }
            let mut judged = judged.clone();
            judged.finding.span = span.start + state.base..span.end + state.base;
            let finding = &judged.finding;
            let known = self.judged.iter_mut().rev().take(64).find(|known| {
                let known = &known.finding;
                known.segment == finding.segment
                    && known.label == finding.label
                    && known.span.start < finding.span.end
                    && finding.span.start < known.span.end
            });
            match known {
                Some(known) if known.action <= judged.action => *known = judged,
                Some(_) => {}
                None => self.judged.push(judged),
            }
        }
    }

    fn refuse(&mut self, state: &LaneState, reason: &'static str) -> Result<String, Halt> {
        self.unscanned.push(Unscanned { segment: Some(state.ordinal), reason });
        Err(Halt(Action::Block))
    }
}

/// Where the number begins that a JSON document would be cut in at `release`: if any of it must become a
/// string, all of it must, and what is at the end of the window may go on.
fn number_cut(state: &LaneState, release: usize) -> Option<usize> {
    if state.encoding != Encoding::Json {
        return None;
    }
    let mut strings = state.strings;
    strings.read(state.window.get(state.released..release).unwrap_or_default());
    let start = json::number_start(&state.window, state.released, release);
    let may_go_on =
        release == state.window.len() || json::number_end(&state.window, state.window.len(), release) > release;
    (!strings.is_inside() && start < release && may_go_on).then_some(start)
}

/// Whether looking may wait for more of a long run: looking again at all of it for every few bytes would
/// cost the square of its length.
fn can_wait(state: &LaneState, delta: &str) -> bool {
    let held = state.held().len();
    held > PATIENCE_BYTES
        && state.unseen < held / 8
        && delta.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_' | b'%' | b'\\'))
}

/// From where on a value that must not be repeated might be growing.
fn growing(window: &str, repeated: &[Repeated]) -> usize {
    let text = window.as_bytes();
    let longest = repeated.iter().map(|known| known.value.len()).max().unwrap_or(0);
    let first = text.len().saturating_sub(longest);
    let grows = |start: &usize| {
        let end = text.get(*start..).unwrap_or_default();
        repeated.iter().any(|known| known.value.len() > end.len() && known.value.as_bytes().starts_with(end))
    };
    (first..text.len()).find(grows).unwrap_or(text.len())
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
