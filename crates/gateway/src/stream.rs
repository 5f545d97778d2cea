//! A streamed answer on its way out: pulled from the upstream only as fast as the caller takes it,
//! inspected piece by piece, and never kept back longer than the guard asks.

use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use redoubt_domain::{Frame, SegmentMode, Usage};
use redoubt_guard::{Cleared, Step, StreamInspection};
use redoubt_wire::{Problem, ProblemKind, StreamDecoder, Verdict};
use tokio::time::timeout;

use crate::journey::Journey;
use crate::record::{Closing, Unrecorded};
use crate::server::BodyCut;
use crate::settings::Durability;
use crate::telemetry::Ending;
use crate::upstream::{AnswerBody, Failure};

/// The body of a streamed answer. When the caller goes away it is dropped, and the upstream's body with it.
pub(crate) struct AnswerStream {
    state: State,
    decoder: Box<StreamDecoder>,
    inspection: Box<StreamInspection>,
    journey: Journey,
    durability: Durability,
    /// Cleared bytes that have not left.
    out: BytesMut,
    has_sent: bool,
    usage: Option<Usage>,
    /// Bytes of text so far, from which usage is estimated if the upstream does not tell.
    text_bytes: usize,
    /// What came and what left, for the record, and how much of each may be kept.
    received: BytesMut,
    sent: BytesMut,
    keep_max: usize,
}

enum State {
    /// The upstream speaks.
    Live(AnswerBody),
    /// The answer is over; what is left in `out` waits for its record.
    Sealing(Pin<Box<dyn Future<Output = Result<(), Unrecorded>> + Send>>),
    /// What is left in `out` may leave.
    Over,
}

impl AnswerStream {
    pub(crate) fn new(
        body: AnswerBody,
        decoder: Box<StreamDecoder>,
        inspection: Box<StreamInspection>,
        journey: Journey,
        durability: Durability,
        keep_max: usize,
    ) -> Self {
        Self {
            state: State::Live(body),
            decoder,
            inspection,
            journey,
            durability,
            out: BytesMut::new(),
            has_sent: false,
            usage: None,
            text_bytes: 0,
            received: BytesMut::new(),
            sent: BytesMut::new(),
            keep_max,
        }
    }

    /// The next bytes that may leave; none at the end.
    pub(crate) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyCut>>> {
        loop {
            match &mut self.state {
                State::Over if self.out.is_empty() => return Poll::Ready(None),
                State::Over => return self.let_out(),
                State::Sealing(written) => match ready!(written.as_mut().poll(context)) {
                    Ok(()) => self.state = State::Over,
                    Err(unrecorded) => {
                        self.out.clear();
                        self.state = State::Over;
                        return Poll::Ready(Some(Err(Box::new(unrecorded))));
                    }
                },
                State::Live(_) if self.out.len() >= TOGETHER_BYTES_MAX => return self.let_out(),
                State::Live(body) => match body.poll_next(context) {
                    Poll::Ready(Some(Ok(chunk))) => self.take(&chunk),
                    Poll::Ready(Some(Err(failure))) => self.fail(&failure),
                    Poll::Ready(None) => self.upstream_ended(),
                    // What has come together leaves together: each piece of its own costs a system call.
                    Poll::Pending if !self.out.is_empty() => return self.let_out(),
                    Poll::Pending => return Poll::Pending,
                },
            }
        }
    }

    fn let_out(&mut self) -> Poll<Option<Result<Bytes, BodyCut>>> {
        Poll::Ready(Some(Ok(self.out.split().freeze())))
    }

    fn take(&mut self, chunk: &[u8]) {
        if self.received.len() + chunk.len() <= self.keep_max {
            self.received.extend_from_slice(chunk);
        }
        match self.decoder.push(chunk) {
            Ok(frames) => self.pass(frames),
            Err(error) => return self.fail(&Failure::Nonsense { reason: error.to_string() }),
        }
        if self.is_live() && self.decoder.is_done() {
            self.complete();
        }
    }

    fn upstream_ended(&mut self) {
        match self.decoder.finish() {
            Ok(frames) => self.pass(frames),
            Err(error) => return self.fail(&Failure::Nonsense { reason: error.to_string() }),
        }
        if self.is_live() {
            self.complete();
        }
    }

    fn pass(&mut self, frames: Vec<Frame>) {
        for frame in frames {
            if let Some(usage) = frame.usage {
                let known = self.usage.get_or_insert_default();
                known.input_tokens = known.input_tokens.max(usage.input_tokens);
                known.output_tokens = known.output_tokens.max(usage.output_tokens);
            }
            let deltas = frame.segments.iter().filter(|segment| segment.mode == SegmentMode::Delta);
            self.text_bytes += deltas.map(|delta| delta.text().len()).sum::<usize>();
            let step = self.inspection.push(frame);
            if !self.release(&step) {
                return;
            }
        }
    }

    /// Puts out what was cleared; false if the answer ends here.
    fn release(&mut self, step: &Step) -> bool {
        let Step { frames, halt } = step;
        let before = self.out.len();
        frames.iter().map(Cleared::get).for_each(|frame| self.decoder.encode(frame, &mut self.out));
        self.keep(before);
        if *halt {
            self.refuse();
        }
        !halt
    }

    /// A rule refused what came: nothing more of it leaves.
    fn refuse(&mut self) {
        let decision = self.inspection.decision();
        let verdict = Verdict { request_id: self.journey.id, decision: &decision };
        let last = self.decoder.refuse(self.has_sent || !self.out.is_empty(), &verdict);
        self.end(Ending::Blocked, &last);
    }

    /// The upstream came to its normal end.
    fn complete(&mut self) {
        let step = self.inspection.finish();
        if self.release(&step) {
            let ending = if self.decoder.has_failed() { Ending::UpstreamFailed } else { Ending::Answered };
            self.end(ending, &[]);
        }
    }

    /// The upstream failed, or what it sent makes no sense. What the guard still holds back is not sent: it
    /// has not been seen whole.
    fn fail(&mut self, failure: &Failure) {
        tracing::warn!(error = failure as &dyn std::error::Error, "a streamed answer broke off");
        let (kind, message) = match failure {
            Failure::Timeout { .. } => (ProblemKind::UpstreamTimeout, "the model took too long to answer"),
            _ => (ProblemKind::Upstream, "the model's answer broke off"),
        };
        let last = self.decoder.fail(&Problem { kind, message, param: None, verdict: None });
        self.end(Ending::UpstreamFailed, &last);
    }

    fn end(&mut self, ending: Ending, last: &[u8]) {
        let before = self.out.len();
        self.out.extend_from_slice(last);
        self.keep(before);
        let decision = self.inspection.decision();
        self.journey.decided_output(&decision);
        let closing = Closing {
            decision: Some(&decision),
            received: std::mem::take(&mut self.received).freeze(),
            sent: Some(std::mem::take(&mut self.sent).freeze()),
        };
        let usage = self.usage.unwrap_or(Usage {
            input_tokens: self.journey.estimate.input_tokens,
            output_tokens: self.text_bytes.div_ceil(4) as u64,
        });
        let written = self.journey.end(ending, Some(usage), closing);
        let next = match (self.durability, written) {
            (Durability::Answer, Some(written)) => State::Sealing(Box::pin(written.durable())),
            _ => State::Over,
        };
        // An upstream that is done is heard out, so that its connection can serve again; any other is told
        // to stop by being dropped.
        if let State::Live(body) = std::mem::replace(&mut self.state, next)
            && ending == Ending::Answered
        {
            let mut rest = Box::pin(timeout(HEAR_OUT, body.collect(HEAR_OUT_BYTES_MAX)));
            // As a rule its end has come with its last piece.
            if rest.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
                tokio::spawn(rest);
            }
        }
    }

    const fn is_live(&self) -> bool {
        matches!(self.state, State::Live(_))
    }

    /// Notes what `out` has from `start` on, which is about to leave.
    fn keep(&mut self, start: usize) {
        let Some(new) = self.out.get(start..).filter(|new| !new.is_empty()) else { return };
        self.has_sent = true;
        if self.sent.len() + new.len() <= self.keep_max {
            self.sent.extend_from_slice(new);
        }
    }
}

/// As much as is written at once anyway. More does not wait for what comes with it.
const TOGETHER_BYTES_MAX: usize = 16 << 10;

const HEAR_OUT: Duration = Duration::from_secs(1);
const HEAR_OUT_BYTES_MAX: usize = 4 << 10;

impl Drop for AnswerStream {
    fn drop(&mut self) {
        // The caller went away: what it received until then is what is recorded.
        if self.is_live() {
            self.end(Ending::Cancelled, &[]);
        }
    }
}
