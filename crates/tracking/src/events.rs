//! Who is told what was deleted, for the audit log.

use async_trait::async_trait;
use redoubt_domain::{KeyId, Timestamp};
use thiserror::Error;

/// Why an event could not be recorded.
#[derive(Debug, Error)]
#[error("cannot record what happens to experiments")]
pub struct EventError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Is told before it happens: what cannot be recorded does not happen. Must be durable when it returns.
#[async_trait]
pub trait Events: Send + Sync {
    /// Something is about to happen.
    async fn note(&self, event: Event) -> Result<(), EventError>;
}

/// Something that happens to experiments, runs or artifacts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What.
    pub what: What,
    /// When.
    pub at: Timestamp,
    /// Whose key does it.
    pub key: KeyId,
    /// To what, such as `run 1b79…` or `artifact 1/1b79…/artifacts/a.txt`.
    pub subject: String,
}

/// The kinds of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum What {
    /// It is deleted, for good or until it is restored.
    Deleted,
    /// It is there again.
    Restored,
}
