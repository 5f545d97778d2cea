//! Letting go of a connection on which nothing is asked.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use redoubt_domain::Limits;
use tokio::time::{Instant, sleep};

use super::{BodyCut, Outgoing};

/// How long nothing has been asked on one connection.
///
/// The first head must come within one time of the connection itself: a client that connects and says nothing
/// holds a place as much as one that says it slowly. Every later one must come within another, longer one, so that
/// a pooled connection is still there when its owner comes back. It is the same for every version of HTTP.
#[derive(Debug)]
pub(super) struct Quiet {
    began: Instant,
    first: Duration,
    later: Duration,
    /// Requests that are being answered.
    busy: AtomicUsize,
    /// When the last of them was over, in milliseconds after the beginning; zero before the first.
    since: AtomicU64,
}

impl Quiet {
    pub(super) fn new(limits: &Limits) -> Arc<Self> {
        Arc::new(Self {
            began: Instant::now(),
            first: limits.header_read_timeout,
            later: limits.keep_alive_timeout,
            busy: AtomicUsize::new(0),
            since: AtomicU64::new(0),
        })
    }

    /// A request came.
    pub(super) fn busy(self: &Arc<Self>) -> Busy {
        self.busy.fetch_add(1, Ordering::AcqRel);
        Busy(Arc::clone(self))
    }

    /// Waits until nothing has been asked for too long.
    pub(super) async fn too_long(&self) {
        loop {
            let wait = self.left();
            if wait.is_zero() {
                return;
            }
            sleep(wait).await;
        }
    }

    /// The time after which it is worth looking again; zero if it has been too long.
    fn left(&self) -> Duration {
        if self.busy.load(Ordering::Acquire) > 0 {
            // Whatever ends now is quiet no longer than this when it is looked at again.
            return self.later.max(Duration::from_millis(1));
        }
        let (since, patience) = match self.since.load(Ordering::Acquire) {
            0 => (Duration::ZERO, self.first),
            since => (Duration::from_millis(since), self.later),
        };
        (since + patience).saturating_sub(self.began.elapsed())
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub(super) struct Busy(Arc<Quiet>);

impl Drop for Busy {
    fn drop(&mut self) {
        let Self(quiet) = self;
        let since = u64::try_from(quiet.began.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
        quiet.since.store(since, Ordering::Release);
        quiet.busy.fetch_sub(1, Ordering::AcqRel);
    }
}

/// The body of an answer, which keeps its connection from being quiet until it has left.
pub(super) struct Occupied {
    body: Outgoing,
    _busy: Busy,
}

impl Occupied {
    pub(super) const fn new(body: Outgoing, busy: Busy) -> Self {
        Self { body, _busy: busy }
    }
}

impl Body for Occupied {
    type Data = Bytes;
    type Error = BodyCut;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyCut>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quiet() -> Arc<Quiet> {
        let (header_read_timeout, keep_alive_timeout) = (Duration::from_millis(60), Duration::from_millis(200));
        Quiet::new(&Limits { header_read_timeout, keep_alive_timeout, ..Limits::default() })
    }

    async fn ends_within(quiet: &Quiet, time: Duration) -> bool {
        tokio::time::timeout(time, quiet.too_long()).await.is_ok()
    }

    #[tokio::test]
    async fn the_first_request_must_come_soon_and_later_ones_need_not() {
        let silent = quiet();
        assert!(!ends_within(&silent, Duration::from_millis(20)).await);
        assert!(ends_within(&silent, Duration::from_secs(5)).await);

        let pooled = quiet();
        drop(pooled.busy());
        assert!(!ends_within(&pooled, Duration::from_millis(120)).await, "it may be used again");
        assert!(ends_within(&pooled, Duration::from_secs(5)).await);
    }

    #[tokio::test]
    async fn a_long_answer_is_not_quiet() {
        let quiet = quiet();
        let (first, second) = (quiet.busy(), quiet.busy());
        drop(first);
        assert!(!ends_within(&quiet, Duration::from_millis(500)).await);
        drop(second);
        assert!(ends_within(&quiet, Duration::from_secs(5)).await);
    }
}
