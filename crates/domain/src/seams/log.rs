//! An append-only sequence of entries that survives a crash.

use async_trait::async_trait;
use bytes::Bytes;
use thiserror::Error;

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
    /// The log has been closed.
    #[error("the log is closed")]
    Closed,
}

/// Entries in order, from index zero.
#[async_trait]
pub trait Log: Send + Sync {
    /// Appends `entry` and returns its index once it is durable. Calls that overlap share one commit.
    async fn append(&self, entry: Bytes) -> Result<u64, LogError>;

    /// Up to `limit` entries from index `from`; entries that have been released are gone.
    async fn read(&self, from: u64, limit: usize) -> Result<Vec<Bytes>, LogError>;

    /// How many entries are durable: the index that the next one will have.
    async fn size(&self) -> Result<u64, LogError>;

    /// Lets go of entries before index `before`, which are kept durably elsewhere by now.
    async fn release(&self, before: u64) -> Result<(), LogError>;
}
