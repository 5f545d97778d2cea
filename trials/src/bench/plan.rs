//! The points of the bench: how many connections ask for what, through whom.

use super::words;

/// What a point belongs to, and so which of its figures were promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The gateway without its guard.
    GuardOff,
    /// The gateway with all it has.
    Everything,
    /// Streamed answers.
    Streams,
    /// Gateways of others.
    Peers,
}

/// One point: measured for each subject of its part in turn, round after round.
#[derive(Clone, Debug)]
pub(super) struct Point {
    pub(super) part: Part,
    pub(super) words: &'static str,
    pub(super) model: &'static str,
    pub(super) connections: u64,
    pub(super) measured_ms: u64,
}

impl Point {
    /// The delay of the upstream, in milliseconds.
    pub(super) fn delay_ms(&self) -> u64 {
        self.behaviour().map_or(0, |behaviour| behaviour.delay_ms)
    }

    pub(super) fn is_stream(&self) -> bool {
        self.behaviour().is_some_and(|behaviour| behaviour.chunks > 0)
    }

    fn behaviour(&self) -> Option<&'static words::Behaviour> {
        words::BEHAVIOURS.iter().find(|behaviour| behaviour.model == self.model)
    }

    pub(super) fn prompt(&self) -> String {
        match self.part {
            Part::Everything => words::personal_prompt(2_048),
            Part::GuardOff | Part::Streams | Part::Peers => words::prose(512),
        }
    }

    /// What each answer must have.
    pub(super) fn expected(&self) -> &'static str {
        match self.part {
            Part::Everything => words::ADDRESS,
            Part::Streams => "[DONE]",
            Part::GuardOff | Part::Peers => "quarterly",
        }
    }
}

type Row = (Part, &'static str, &'static str, &'static [u64], u64);

const ROWS: &[Row] = &[
    (Part::GuardOff, "no delay", "instant-short", &[1, 16, 64], 1_000),
    (Part::GuardOff, "20 ms upstream", "delayed-short", &[1, 16, 64], 1_000),
    (Part::Everything, "no delay", "instant-long", &[1, 64, 256], 1_000),
    (Part::Everything, "20 ms upstream", "delayed-long", &[1, 16, 64], 1_000),
    (Part::Streams, "24 chunks at once", "burst-stream", &[1, 16], 1_000),
    (Part::Streams, "24 chunks, one each 40 ms", "paced-stream", &[512], 2_600),
    (Part::Peers, "no delay", "instant-short", &[1, 16, 64], 1_500),
    (Part::Peers, "24 chunks at once", "burst-stream", &[16], 1_500),
];

/// The points of some parts. A quick bench has one number of connections for each row.
pub(super) fn points(parts: &[Part], is_quick: bool) -> Vec<Point> {
    let rows = ROWS.iter().filter(|(part, ..)| parts.contains(part));
    rows.flat_map(|&(part, words, model, all, measured_ms)| {
        let kept = all.iter().enumerate().filter(move |(at, _)| !is_quick || *at == all.len() / 2);
        kept.map(move |(_, &connections)| Point { part, words, model, connections, measured_ms })
    })
    .collect()
}
