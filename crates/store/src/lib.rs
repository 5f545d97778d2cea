//! Where state lives: records, blobs, counters, the journal and the published files of the audit log.
//!
//! A backend is a file in [`backends`] and a line in its table. The embedded one, the default, keeps all of
//! it under one home directory:
//!
//! ```text
//! HOME/records.sqlite      keys, policies, wrapped payload keys
//! HOME/blobs.sqlite        sealed payloads, by digest
//! HOME/blobs/ab/ab12…      the large ones among them
//! HOME/counters            long allowances, as of a few seconds ago
//! HOME/audit/checkpoint    the published log, which anybody may copy
//! HOME/audit/tile/…
//! HOME/audit/journal/…     entries on their way there
//! ```

mod atomic;
pub mod backends;
mod blobs;
mod counters;
mod directory;
pub mod journal;
mod packed;
mod records;

use std::path::Path;
use std::sync::Arc;

use redoubt_domain::seams::{Blobs, Counters, Files, Log, Records};
use thiserror::Error;

pub use backends::{Backend, open_location};
pub use counters::MemoryCounters;
pub use directory::Directory;
pub use journal::{Journal, JournalError, Recovery};

/// Everything that keeps state.
#[derive(Clone)]
pub struct Stores {
    /// Small named values.
    pub records: Arc<dyn Records>,
    /// Content by digest.
    pub blobs: Arc<dyn Blobs>,
    /// Allowances.
    pub counters: Arc<dyn Counters>,
    /// The journal of the audit log.
    pub log: Arc<dyn Log>,
    /// The published files of the audit log.
    pub files: Arc<dyn Files>,
    /// What the journal had to mend when it was opened.
    pub recovery: Recovery,
}

/// Why stores cannot be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// No backend answers to the location.
    #[error("no storage backend is called `{scheme}`; there are {}", backends::names())]
    Backend {
        /// What stands before the colon.
        scheme: String,
    },
    /// The journal cannot be opened.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The records were written by a later version.
    #[error("the records are of version {found}, this program knows version {known}; run the newer program")]
    Version {
        /// The version of the file.
        found: i64,
        /// The newest version known.
        known: i64,
    },
    /// Nothing can be written where everything is kept.
    #[error("cannot write to `{}`", home.display())]
    Unwritable {
        /// Where.
        home: std::path::PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A part of the store cannot be opened.
    #[error("cannot open the {part}")]
    Part {
        /// Which part.
        part: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Opens the embedded stores under `home` for writing, which one process at a time can do.
pub async fn open(home: &Path) -> Result<Stores, OpenError> {
    backends::embedded::open(home).await
}

/// Opens the records under `home` alone, beside a process that has the rest open.
pub async fn open_records(home: &Path) -> Result<Arc<dyn Records>, OpenError> {
    backends::embedded::open_records(home).await
}

/// Opens the blobs under `home` alone, beside a process that has the rest open.
pub async fn open_blobs(home: &Path) -> Result<Arc<dyn Blobs>, OpenError> {
    backends::embedded::open_blobs(home).await
}

/// Where the embedded backend keeps the published log under `home`.
pub fn audit_path(home: &Path) -> std::path::PathBuf {
    backends::embedded::audit_path(home)
}

/// Where the embedded backend keeps the journal under `home`: for [`Journal::entries`].
pub fn journal_path(home: &Path) -> std::path::PathBuf {
    backends::embedded::journal_path(home)
}

/// The guide's example, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guide/adding-a-backend.md")]
struct AddingABackend;
