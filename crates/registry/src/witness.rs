//! Who is told of every change, for the audit log.

use redoubt_domain::Timestamp;
use redoubt_domain::seams::Change;

/// Says how an event is written down among the records. The registry makes that change in one commit with those that
/// the event tells of, so that neither is ever there without the other.
pub trait Witness: Send + Sync {
    /// The record of an event, of an id that no other has.
    fn record(&self, event: &Event) -> Change;
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
    /// The person behind it, if that is known. A person may have several keys, and counts once.
    pub owner: Option<&'a str>,
    /// The time.
    pub now: Timestamp,
}

impl By<'_> {
    /// What is to be told of what this one does to `subject`.
    pub(crate) fn tells(self, what: Happening, subject: impl Into<String>, detail: impl Into<String>) -> Event {
        let Self { actor, owner: _, now } = self;
        Event { what, at: now, actor: actor.to_owned(), subject: subject.into(), detail: detail.into() }
    }
}
