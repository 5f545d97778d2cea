//! Pieces of an answer, played at a pace.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Sleep, sleep};

/// What the demonstration will say, piece by piece.
pub(crate) struct Script {
    pieces: VecDeque<Bytes>,
    pace: Duration,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Script {
    pub(super) fn new(pieces: Vec<Bytes>, pace: Duration) -> Self {
        Self { pieces: pieces.into(), pace, pause: None }
    }

    /// The next piece; none at the end.
    pub(crate) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(context));
            self.pause = None;
        }
        let piece = self.pieces.pop_front();
        if !self.pace.is_zero() && !self.pieces.is_empty() {
            self.pause = Some(Box::pin(sleep(self.pace)));
        }
        Poll::Ready(piece)
    }
}
