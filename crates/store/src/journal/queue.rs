//! What waits to be written, and when the writer sets about it.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use redoubt_domain::seams::{Haste, Told};

/// As many entries wait at most: where nobody waits for them, a disk that hangs would otherwise fill the memory.
pub(super) const WAITING_MAX: usize = 1 << 16;

/// An entry that waits to be written.
pub(super) struct Append {
    pub(super) entry: Bytes,
    pub(super) haste: Haste,
    pub(super) told: Told,
}

/// Entries in the order in which they came.
///
/// Whoever adds one wakes the writer only if the writer has something to do by then: each waking costs as much as the
/// rest of an append, and a writer that is busy looks here again by itself.
#[derive(Default)]
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    news: Condvar,
}

#[derive(Default)]
struct Waiting {
    appends: Vec<Append>,
    /// How many of them somebody waits for.
    awaited: usize,
    /// When the first came that nobody waits for.
    since: Option<Instant>,
    is_closed: bool,
    sleep: Sleep,
}

/// What the writer sleeps for.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Sleep {
    /// It is awake, and will look before it sleeps.
    #[default]
    Awake,
    /// So many entries that somebody waits for, or its alarm clock.
    Awaited(usize),
    /// Anything.
    Deep,
}

/// When the writer sets about what waits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    /// How long an entry that nobody waits for waits for others.
    pub(super) soon: Duration,
    /// As many entries as these need no company.
    pub(super) crowd: usize,
}

/// Whom to expect besides those who wait already.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Expected {
    /// As many entries that somebody waits for as there may soon be.
    pub(super) awaited: usize,
    /// How long it is worth waiting for them.
    pub(super) patience: Duration,
}

impl Queue {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an entry, or gives it back if too many wait already; drops it if nobody will write it any more.
    pub(super) fn push(&self, append: Append, manner: Manner) -> Result<(), Append> {
        let mut waiting = self.waiting();
        if waiting.is_closed {
            return Ok(());
        }
        if waiting.appends.len() >= WAITING_MAX {
            return Err(append);
        }
        match append.haste {
            Haste::Now => waiting.awaited += 1,
            Haste::Soon if waiting.since.is_none() => waiting.since = Some(Instant::now()),
            Haste::Soon => {}
        }
        waiting.appends.push(append);
        let is_due = match waiting.sleep {
            Sleep::Awake => false,
            Sleep::Awaited(count) => waiting.awaited >= count || waiting.appends.len() == manner.crowd,
            Sleep::Deep => true,
        };
        if is_due {
            waiting.sleep = Sleep::Awake;
            drop(waiting);
            self.news.notify_one();
        }
        Ok(())
    }

    /// Nothing is added any more.
    pub(super) fn close(&self) {
        self.waiting().is_closed = true;
        self.news.notify_one();
    }

    /// How many wait that somebody waits for.
    pub(super) fn awaited(&self) -> usize {
        self.waiting().awaited
    }

    /// Waits until there is something to write and moves it all to `batch`, which is empty. False at the end. Before it
    /// waits for long, it calls `idle`.
    pub(super) fn next(
        &self,
        batch: &mut Vec<Append>,
        manner: Manner,
        expected: Expected,
        mut idle: impl FnMut(),
    ) -> bool {
        let Manner { soon, crowd } = manner;
        // After a commit, what nobody waits for comes as a rule: the writer sleeps lightly for as long as it would
        // leave that alone, so that the first such entry need not wake it.
        let mut light_until = Some(Instant::now() + soon);
        let mut waiting = self.waiting();
        while !waiting.is_closed && waiting.awaited == 0 && waiting.appends.len() < crowd {
            let now = Instant::now();
            let until = waiting.since.map(|since| since + soon).or(light_until);
            waiting = match until {
                Some(until) if until > now => self.sleep(waiting, Sleep::Awaited(1), until - now),
                Some(_) if waiting.since.is_some() => break,
                _ if light_until.take().is_some() => {
                    drop(waiting);
                    idle();
                    self.waiting()
                }
                _ => {
                    waiting.sleep = Sleep::Deep;
                    self.news.wait(waiting).unwrap_or_else(PoisonError::into_inner)
                }
            };
            waiting.sleep = Sleep::Awake;
        }
        let gather_until = Instant::now() + expected.patience;
        while !waiting.is_closed && (1..expected.awaited).contains(&waiting.awaited) {
            let left = gather_until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            waiting = self.sleep(waiting, Sleep::Awaited(expected.awaited), left);
            waiting.sleep = Sleep::Awake;
        }
        std::mem::swap(&mut waiting.appends, batch);
        (waiting.awaited, waiting.since) = (0, None);
        !batch.is_empty() || !waiting.is_closed
    }

    fn sleep<'a>(&self, mut waiting: MutexGuard<'a, Waiting>, sleep: Sleep, time: Duration) -> MutexGuard<'a, Waiting> {
        waiting.sleep = sleep;
        self.news.wait_timeout(waiting, time).unwrap_or_else(PoisonError::into_inner).0
    }

    /// How many entries wait, whoever waits for them.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.waiting().appends.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_wait_and_no_more() {
        let queue = Queue::default();
        let manner = Manner { soon: Duration::from_secs(1), crowd: usize::MAX };
        let append = || Append { entry: Bytes::from_static(b"a"), haste: Haste::Soon, told: Box::new(|_| {}) };
        for _ in 0..WAITING_MAX {
            assert!(queue.push(append(), manner).is_ok());
        }
        assert!(queue.push(append(), manner).is_err());
        assert_eq!(queue.len(), WAITING_MAX);
        queue.close();
        let mut batch = Vec::new();
        assert!(queue.next(&mut batch, manner, Expected::default(), || {}));
        assert_eq!(batch.len(), WAITING_MAX);
        assert!(queue.push(append(), manner).is_ok(), "dropped, for nobody will write it");
        assert_eq!(queue.len(), 0);
    }
}
