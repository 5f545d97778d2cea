//! Texts that a model reads as one: the parts of one message.
//!
//! An instruction cut in two is in neither part. So neighbouring parts are looked at together as well, and
//! what lies across a seam counts.

use std::ops::Range;

use redoubt_domain::exchange::{Encoding, Segment, SegmentKind, SegmentMode};

/// How much of a long part is looked at together with its neighbours: longer than any phrase or literal.
const EDGE_BYTES: usize = 2 << 10;

/// Several parts, one behind the other.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Joined {
    pub(super) text: String,
    /// Where each part lies in `text`, and where that stretch begins in the part.
    pieces: Vec<Piece>,
}

#[derive(Debug, PartialEq, Eq)]
struct Piece {
    segment: usize,
    at: Range<usize>,
    from: usize,
}

impl Joined {
    /// Where a span lies in the parts, if it lies in more than one.
    pub(super) fn across(&self, span: &Range<usize>) -> Vec<(usize, Range<usize>)> {
        let touched = self.pieces.iter().filter(|piece| piece.at.start < span.end && span.start < piece.at.end);
        let spans: Vec<(usize, Range<usize>)> = touched
            .map(|piece| {
                let start = span.start.max(piece.at.start) - piece.at.start + piece.from;
                let end = span.end.min(piece.at.end) - piece.at.start + piece.from;
                (piece.segment, start..end)
            })
            .collect();
        if spans.len() > 1 { spans } else { Vec::new() }
    }

    fn push(&mut self, segment: usize, part: &str, from: usize, between: &str) {
        if !self.text.is_empty() {
            self.text.push_str(between);
        }
        let start = self.text.len();
        self.text.push_str(part);
        self.pieces.push(Piece { segment, at: start..self.text.len(), from });
    }
}

/// The neighbouring parts of `segments`, joined by `between`.
pub(super) fn join(segments: &[Segment], between: &str) -> Vec<Joined> {
    let mut all = Vec::new();
    let mut current = Joined { text: String::new(), pieces: Vec::new() };
    let mut last: Option<&Segment> = None;
    for (index, segment) in segments.iter().enumerate().filter(|(_, segment)| is_read(segment)) {
        let goes_on = last.is_some_and(|last| {
            last.lane.turn == segment.lane.turn && last.kind() == segment.kind() && last.origin == segment.origin
        });
        if !goes_on {
            finish(&mut current, &mut all);
        }
        let text = segment.text();
        if text.len() <= 2 * EDGE_BYTES {
            current.push(index, text, 0, between);
        } else {
            let head = text.get(..boundary(text, EDGE_BYTES)).unwrap_or_default();
            current.push(index, head, 0, between);
            finish(&mut current, &mut all);
            let from = boundary(text, text.len() - EDGE_BYTES);
            current.push(index, text.get(from..).unwrap_or_default(), from, between);
        }
        last = Some(segment);
    }
    finish(&mut current, &mut all);
    all
}

fn is_read(segment: &Segment) -> bool {
    matches!(segment.kind(), SegmentKind::Content | SegmentKind::Attachment)
        && !matches!(segment.encoding, Encoding::Json | Encoding::Number)
        && segment.mode == SegmentMode::Whole
        && !segment.text().is_empty()
}

fn finish(current: &mut Joined, all: &mut Vec<Joined>) {
    let done = std::mem::replace(current, Joined { text: String::new(), pieces: Vec::new() });
    if done.pieces.len() > 1 {
        all.push(done);
    }
}

fn boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use redoubt_domain::exchange::{Lane, Origin};

    use super::*;

    fn part(turn: u16, part: u16, text: &str) -> Segment {
        let lane = Lane { turn, part, kind: SegmentKind::Content };
        Segment::new(Origin::User, lane, Encoding::Plain, text.to_owned(), 0..0)
    }

    #[test]
    fn only_parts_of_one_message_are_joined() {
        let segments = [part(0, 0, "alone"), part(1, 0, "ig"), part(1, 1, "nore"), part(2, 0, "other")];
        let joined = join(&segments, "");
        assert_eq!(joined.len(), 1);
        assert_eq!(joined[0].text, "ignore");
        assert_eq!(joined[0].across(&(0..6)), [(1, 0..2), (2, 0..4)]);
        assert_eq!(joined[0].across(&(2..6)), []);
    }

    #[test]
    fn a_long_part_ends_one_group_and_begins_the_next() {
        let long = "é".repeat(4 << 10);
        let segments = [part(0, 0, "a"), part(0, 1, &long), part(0, 2, "b")];
        let joined = join(&segments, " ");
        assert_eq!(joined.len(), 2);
        let tail = &joined[1];
        let end = tail.text.len();
        assert_eq!(tail.across(&(end - 4..end)), [(1, long.len() - 2..long.len()), (2, 0..1)]);
    }
}
