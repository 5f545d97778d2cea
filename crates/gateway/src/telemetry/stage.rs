//! Where the time of a request goes, stage by stage.

use std::time::{Duration, Instant};

/// A part of a request's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The key, and the wait for the body.
    Receive,
    /// Reading the request's JSON.
    Decode,
    /// Limits and budgets.
    Admit,
    /// The guard over the request.
    Inspect,
    /// Putting the record of the request together and on its way to the disk.
    Record,
    /// The upstream.
    Upstream,
    /// What is left of the wait for the disk once the upstream has answered.
    Durable,
    /// Reading the answer, and the guard over it.
    InspectAnswer,
    /// Putting the answer into bytes.
    Encode,
    /// Its record, the log line and the metrics.
    End,
}

impl Stage {
    /// In the order in which a request passes them.
    pub(super) const ALL: [Self; 10] = [
        Self::Receive,
        Self::Decode,
        Self::Admit,
        Self::Inspect,
        Self::Record,
        Self::Upstream,
        Self::Durable,
        Self::InspectAnswer,
        Self::Encode,
        Self::End,
    ];

    /// The name used in metrics.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Receive => "receive",
            Self::Decode => "decode",
            Self::Admit => "admit",
            Self::Inspect => "inspect",
            Self::Record => "record",
            Self::Upstream => "upstream",
            Self::Durable => "durable",
            Self::InspectAnswer => "inspect_answer",
            Self::Encode => "encode",
            Self::End => "end",
        }
    }
}

/// How long the stages of one request took.
#[derive(Clone, Debug)]
pub struct Stages {
    last: Instant,
    times: [Option<Duration>; Stage::ALL.len()],
}

impl Stages {
    pub(crate) fn begin(now: Instant) -> Self {
        Self { last: now, times: [None; Stage::ALL.len()] }
    }

    /// The next stage begins now: the time since the last was spent on something else.
    pub(crate) fn resume(&mut self) {
        self.last = Instant::now();
    }

    /// `stage` ends now; it began when the one before it ended.
    pub(crate) fn end(&mut self, stage: Stage) {
        let now = Instant::now();
        let time = now.saturating_duration_since(self.last);
        self.last = now;
        self.note(stage, time);
    }

    /// `whole` ends now, and `part` of that time belongs to another stage.
    pub(crate) fn end_with_part(&mut self, whole: Stage, part: Stage, time: Duration) {
        let now = Instant::now();
        let both = now.saturating_duration_since(self.last);
        self.last = now;
        self.note(part, time);
        self.note(whole, both.saturating_sub(time));
    }

    fn note(&mut self, stage: Stage, time: Duration) {
        if let Some(known) = self.times.get_mut(stage as usize) {
            *known = Some(known.unwrap_or_default() + time);
        }
    }

    /// The stages that the request passed, in order.
    pub(super) fn passed(&self) -> impl Iterator<Item = (Stage, Duration)> {
        Stage::ALL.into_iter().zip(self.times).filter_map(|(stage, time)| Some((stage, time?)))
    }
}
