//! What goes wrong in the registry.

use redoubt_domain::seams::RecordError;
use thiserror::Error;

use crate::attestation::AttestationError;
use crate::gate::Refusal;

/// Why the registry did not do what it was asked to.
#[derive(Debug, Error)]
pub enum RegistryError {
    /// There is one of that name.
    #[error("there is a model called `{name}` already")]
    ModelExists {
        /// The name.
        name: String,
    },
    /// There is none of that name.
    #[error("there is no model called `{name}`")]
    ModelMissing {
        /// The name.
        name: String,
    },
    /// The model has no such version.
    #[error("model `{name}` has no version {version}")]
    VersionMissing {
        /// The model.
        name: String,
        /// The number.
        version: u64,
    },
    /// The model has no such alias.
    #[error("model `{name}` has no alias `{alias}`")]
    AliasMissing {
        /// The model.
        name: String,
        /// The alias.
        alias: String,
    },
    /// No version holds the stage.
    #[error("model `{name}` has no version in stage `{stage}`")]
    StageMissing {
        /// The model.
        name: String,
        /// The stage.
        stage: &'static str,
    },
    /// Nothing held the stage or alias before.
    #[error("no earlier version of `{name}` held {slot}, so there is nothing to go back to")]
    NothingBefore {
        /// The model.
        name: String,
        /// The stage or alias, in words.
        slot: String,
    },
    /// A value is not one.
    #[error("{what}: {reason}")]
    Invalid {
        /// Which value.
        what: &'static str,
        /// What is wrong, and what is right.
        reason: String,
    },
    /// The version has content already, and it is other content.
    #[error("version {version} of `{name}` has the digest {settled} for ever; register another version")]
    Settled {
        /// The model.
        name: String,
        /// The number.
        version: u64,
        /// Its digest.
        settled: redoubt_domain::Digest,
    },
    /// The version has no content, so nothing can be attested of it.
    #[error("version {version} of `{name}` has no content yet, and evidence is about content")]
    NoContent {
        /// The model.
        name: String,
        /// The number.
        version: u64,
    },
    /// Evidence is missing.
    #[error(transparent)]
    Refused(#[from] Box<Refusal>),
    /// The evidence cannot be made or read.
    #[error(transparent)]
    Attestation(#[from] AttestationError),
    /// Others changed the same model all the time.
    #[error("`{what}` was changed by others each time; try again")]
    Busy {
        /// The record.
        what: String,
    },
    /// A record is of a later version, or damaged.
    #[error("the record `{kind}/{id}` cannot be read: it is damaged or of a later version of this program")]
    Row {
        /// Its kind.
        kind: &'static str,
        /// Its id.
        id: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// Nobody knows who agrees.
    #[error(
        "`{actor}` has no owner, so nobody knows who agrees; \
         `redoubt key create --can approve --owner NAME` makes a key that has one"
    )]
    Ownerless {
        /// The key.
        actor: String,
    },
    /// The store failed.
    #[error(transparent)]
    Records(#[from] RecordError),
}

impl RegistryError {
    pub(crate) fn invalid(what: &'static str, reason: impl Into<String>) -> Self {
        Self::Invalid { what, reason: reason.into() }
    }
}
