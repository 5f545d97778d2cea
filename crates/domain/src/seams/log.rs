//! An append-only sequence of entries that survives a crash.

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

/// Entries in order, from index zero.
///
/// An append that failed leaves nothing behind: its index goes to the next entry. An append whose future
/// was dropped before it resolved may or may not be in the log.
#[async_trait]
pub trait Log: Send + Sync {
    /// Appends `entry` and returns its index once it is durable. Calls that overlap share one commit, and
    /// get their indices in the order in which they were first polled.
    async fn append(&self, entry: Bytes) -> Result<u64, LogError>;

    /// The same for an entry that nobody waits for: it may wait some milliseconds for a commit that is made anyway.
    async fn append_soon(&self, entry: Bytes) -> Result<u64, LogError> {
        self.append(entry).await
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
