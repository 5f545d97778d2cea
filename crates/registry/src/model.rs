//! Models and versions as callers see them.

use std::collections::BTreeMap;

use redoubt_domain::{Digest, Timestamp};

use crate::names::{Slot, Stage};

/// A registered model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// What stays the same if the name changes: 32 hexadecimal digits.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// When it was made.
    pub created: Timestamp,
    /// When it or one of its versions was last changed through it.
    pub updated: Timestamp,
    /// Who made it.
    pub creator: String,
    /// Its aliases and the versions they lead to.
    pub aliases: BTreeMap<String, u64>,
    /// The stage of each version that has one.
    pub stages: BTreeMap<u64, Stage>,
    /// The last moves of stages and aliases, oldest first.
    pub moves: Vec<Move>,
}

/// A stage or alias that led to another version from then on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub actor: String,
    /// Which.
    pub slot: Slot,
    /// The version.
    pub version: u64,
    /// `set`, `removed` or `rolled back`.
    pub how: String,
}

/// A version of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The model's id.
    pub model: String,
    /// The model's name.
    pub name: String,
    /// Its number, from 1.
    pub version: u64,
    /// Where its content comes from: `models:/m-…`, `mlflow-artifacts:/…` or nothing.
    pub source: Option<String>,
    /// The run that made it.
    pub run_id: Option<String>,
    /// What is new in it.
    pub description: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Whether it is ready.
    pub status: Status,
    /// Why it is not, in words.
    pub status_message: String,
    /// SHA-256 of the manifest of its content, once that is there; it never changes then.
    pub digest: Option<Digest>,
    /// Whether its files are kept here, and not only named by `source`.
    pub is_kept: bool,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last changed.
    pub updated: Timestamp,
    /// Who made it.
    pub creator: String,
    /// The person behind the creator, if that is known.
    pub owner: Option<String>,
    /// Its stage.
    pub stage: Stage,
    /// The aliases that lead to it.
    pub aliases: Vec<String>,
}

impl Version {
    /// Who made it: the person, or the key if nobody is known behind it.
    pub fn who(&self) -> &str {
        self.owner.as_ref().unwrap_or(&self.creator)
    }
}

/// Whether a version is ready, in MLflow's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Its content is on the way.
    Pending,
    /// It can be used.
    Ready,
    /// Its content did not come.
    Failed,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Ready, Self::Failed];

    /// MLflow's word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "PENDING_REGISTRATION",
            Self::Ready => "READY",
            Self::Failed => "FAILED_REGISTRATION",
        }
    }

    /// The status of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == word)
    }
}

/// What a version begins with.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct NewVersion {
    /// Where its content comes from.
    pub source: Option<String>,
    /// The run that made it.
    pub run_id: Option<String>,
    /// What is new in it.
    pub description: String,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Its digest, if its content is there already.
    pub digest: Option<Digest>,
    /// Whether its content is still on the way.
    pub is_pending: bool,
}

/// Some of a list, and where the rest begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The items, in order.
    pub items: Vec<T>,
    /// What to ask for next; none at the end.
    pub next: Option<String>,
}
