//! An append-only sequence of entries that survives a crash.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use bytes::Bytes;
use thiserror::Error;

/// The largest entry in bytes: what the two length bytes of a tlog-tiles entry bundle can say.
pub const LOG_ENTRY_BYTES_MAX: usize = 65_535;

/// Why the log could not be written or read. A request whose record cannot be written is not answered.
#[derive(Debug, Error)]
pub enum LogError {
    /// The medium failed or is full.
    #[error("the log failed to {operation}")]
    Medium {
        /// What was tried.
        operation: &'static str,
        /// What it said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The entry is larger than the format holds.
    #[error("an entry of {actual} bytes does not fit into the log, {max} is the most")]
    TooLarge {
        /// The size in bytes.
        actual: usize,
        /// The bound in bytes.
        max: usize,
    },
    /// The entries asked for have been released.
    #[error("entry {from} has been released, the log begins with {first}")]
    Released {
        /// The index asked for.
        from: u64,
        /// The first index that is still there.
        first: u64,
    },
    /// The log has been closed.
    #[error("the log is closed")]
    Closed,
}

/// Whether somebody waits for an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Haste {
    /// Somebody does: it is made durable at once.
    Now,
    /// Nobody does: it may wait some milliseconds for a commit that is made anyway.
    Soon,
}

/// What is told of an entry in the end: its index once it is durable, or why it is not in the log. It is called
/// once, or dropped uncalled by a log that is closed, on a thread that others wait for: it must be short, must not
/// block, and must not wait for the log.
pub type Told = Box<dyn FnOnce(Result<u64, LogError>) + Send>;

/// Entries in order, from index zero.
///
/// An append that failed leaves nothing behind: its index goes to the next entry. An append whose future
/// was dropped before it resolved is made all the same.
#[async_trait]
pub trait Log: Send + Sync {
    /// Takes `entry` at once and says in the end what became of it, perhaps before this returns. Entries that wait
    /// at one time share a commit, and entries get their indices in the order of the calls.
    ///
    /// This is the form for whoever has nothing to wait for, or many: it needs no task of its own for each entry.
    fn enqueue(&self, entry: Bytes, haste: Haste, told: Told);

    /// Appends `entry` and returns its index once it is durable.
    async fn append(&self, entry: Bytes) -> Result<u64, LogError> {
        appended(self, entry, Haste::Now).await
    }

    /// Up to `limit` durable entries from index `from`; fewer, or none, at the end of the log.
    async fn read(&self, from: u64, limit: usize) -> Result<Vec<Bytes>, LogError>;

    /// The index of the oldest entry that is still there; the size if there is none.
    async fn first(&self) -> Result<u64, LogError>;

    /// How many entries are durable: the index that the next one will have.
    async fn size(&self) -> Result<u64, LogError>;

    /// Lets go of entries before index `before`, which are kept durably elsewhere by now. The log may keep
    /// some of them; it never lets go of more.
    async fn release(&self, before: u64) -> Result<(), LogError>;
}

/// [`Log::enqueue`] for whoever waits: resolves to the index of `entry` once it is durable.
pub fn appended<L: Log + ?Sized>(
    log: &L,
    entry: Bytes,
    haste: Haste,
) -> impl Future<Output = Result<u64, LogError>> + Send + use<L> {
    let state = Arc::new(Mutex::new(State::Waiting(None)));
    let promise = Promise(Arc::clone(&state));
    log.enqueue(entry, haste, Box::new(move |result| promise.keep(result)));
    Outcome(state)
}

/// What became of one entry. This crate has no runtime whose channels it could use.
enum State {
    Waiting(Option<Waker>),
    Over(Result<u64, LogError>),
    Taken,
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The end of [`Outcome`] that the log has. Dropped unkept, it says that the log is closed.
struct Promise(Arc<Mutex<State>>);

impl Promise {
    fn keep(self, result: Result<u64, LogError>) {
        self.settle(result);
    }

    fn settle(&self, result: Result<u64, LogError>) {
        let mut state = lock(&self.0);
        let State::Waiting(waker) = &mut *state else { return };
        let waker = waker.take();
        *state = State::Over(result);
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Drop for Promise {
    fn drop(&mut self) {
        self.settle(Err(LogError::Closed));
    }
}

struct Outcome(Arc<Mutex<State>>);

impl Future for Outcome {
    type Output = Result<u64, LogError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = lock(&self.0);
        match &mut *state {
            State::Waiting(waker) => {
                match waker {
                    Some(waker) => waker.clone_from(context.waker()),
                    None => *waker = Some(context.waker().clone()),
                }
                Poll::Pending
            }
            State::Over(_) => match std::mem::replace(&mut *state, State::Taken) {
                State::Over(result) => Poll::Ready(result),
                State::Waiting(_) | State::Taken => Poll::Ready(Err(LogError::Closed)),
            },
            State::Taken => Poll::Ready(Err(LogError::Closed)),
        }
    }
}
