//! What the audit log keeps.

use redoubt_domain::settings::Table;

/// What an answer waits for before its first byte leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Nothing. The records follow within milliseconds; a crash of the machine may lose the last of them, and a
    /// log that cannot be written stops no answer.
    Behind,
    /// The record of the request.
    Request,
    /// The record of the request and the record of the answer; a stream sends its end only after both.
    Answer,
}

/// What the audit log keeps, and when an answer waits for it.
#[derive(Clone, Debug)]
pub struct AuditSettings {
    /// Whether requests and answers are kept, encrypted, beside the log.
    pub payloads: bool,
    /// What an answer waits for.
    pub durability: Durability,
}

impl AuditSettings {
    pub(crate) fn read(table: &mut Table<'_>) -> Self {
        Self {
            payloads: table.or(
                "payloads",
                "keep requests and answers, encrypted under keys that can be destroyed",
                true,
            ),
            durability: table.choose(
                "durability",
                "whether an answer waits for the record of its request, for its own as well, or for none, which a crash may lose",
                &[("request", Durability::Request), ("answer", Durability::Answer), ("unsafe_behind", Durability::Behind)],
                Durability::Request,
                "request",
            ),
        }
    }
}
