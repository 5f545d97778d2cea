//! Who is told of every change, for the audit log.

use async_trait::async_trait;
use redoubt_domain::Timestamp;
use thiserror::Error;

/// Why a change could not be recorded.
#[derive(Debug, Error)]
#[error("the witness of the registry failed")]
pub struct WitnessError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Is told of each change after it was made, and of each refusal. Must be durable when it returns.
#[async_trait]
pub trait Witness: Send + Sync {
    /// Something happened.
    async fn note(&self, event: &Event) -> Result<(), WitnessError>;
}

/// Something that happened in the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// What.
    pub what: Happening,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub actor: String,
    /// To which model or version: `NAME` or `NAME/VERSION`.
    pub subject: String,
    /// More in words: the stage, the alias, the digest, what was missing. Never content.
    pub detail: String,
}

/// The kinds of happening.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Happening {
    /// A model or version was made.
    Registered,
    /// A description, a tag, a name or a status is another.
    Changed,
    /// A model or version is gone.
    Deleted,
    /// A stage or an alias leads to another version.
    Promoted,
    /// A stage or alias leads to an earlier version again.
    RolledBack,
    /// Evidence was added.
    Attested,
    /// A gate stayed shut.
    Refused,
    /// Content left the registry.
    Exported,
}

/// Who does something, and when.
#[derive(Clone, Copy, Debug)]
pub struct By<'a> {
    /// A person, a key or a program, as the audit log calls it.
    pub actor: &'a str,
    /// The time.
    pub now: Timestamp,
}
