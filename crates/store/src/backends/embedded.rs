//! Everything under one directory of this machine: SQLite for records, files for the rest.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use redoubt_domain::seams::{Blobs, Records};

use super::Backend;
use crate::blobs::DirectoryBlobs;
use crate::counters::PersistentCounters;
use crate::directory::Directory;
use crate::journal::{self, Journal};
use crate::packed::PackedBlobs;
use crate::records::SqliteRecords;
use crate::{OpenError, Stores};

const SMALL_BLOBS: &str = "blobs.sqlite";

/// The row of this backend.
pub const BACKEND: Backend = Backend {
    scheme: "file",
    summary: "a directory on this machine: SQLite for records, files for the rest",
    open: |path| Box::pin(open(Path::new(path))),
};

pub(crate) async fn open(home: &Path) -> Result<Stores, OpenError> {
    let place = home.to_owned();
    let tried = tokio::task::spawn_blocking(move || try_writing(&place)).await;
    tried
        .map_err(std::io::Error::other)
        .flatten()
        .map_err(|source| OpenError::Unwritable { home: home.to_owned(), source })?;
    let records = open_records(home).await?;
    let path = home.join(SMALL_BLOBS);
    let home = home.to_owned();
    let opening = tokio::task::spawn_blocking(move || {
        // The journal's lock comes first: it says that no other process writes here.
        let (log, recovery) = Journal::open(&journal_path(&home), journal::Options::default())?;
        let blobs = DirectoryBlobs::open(&home.join("blobs")).map_err(part("blobs"))?;
        blobs.forget_unfinished().map_err(part("blobs"))?;
        let files = Directory::open(&audit_path(&home)).map_err(part("published log"))?;
        files.forget_unfinished().map_err(part("published log"))?;
        let counters = PersistentCounters::open(&home.join("counters")).map_err(part("counters"))?;
        Ok::<_, OpenError>((log, recovery, blobs, files, counters))
    });
    let opened = opening.await.map_err(|source| OpenError::Part { part: "stores", source: source.into() })?;
    let (log, recovery, blobs, files, counters) = opened?;
    Ok(Stores {
        records,
        blobs: Arc::new(PackedBlobs::open(&path, blobs).await?),
        counters: Arc::new(counters),
        log: Arc::new(log),
        files: Arc::new(files),
        recovery,
    })
}

/// Whether a little can be written, before SQLite tries: its own words for a full or read-only disk are "disk I/O
/// error" and "unable to open database file".
fn try_writing(home: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(home)?;
    let place = home.join(format!(".writable-{}", std::process::id()));
    let written = std::fs::write(&place, [0; 8 << 10]);
    let removed = std::fs::remove_file(&place);
    written.and(removed)
}

pub(crate) async fn open_records(home: &Path) -> Result<Arc<dyn Records>, OpenError> {
    tokio::fs::create_dir_all(home).await.map_err(part("home"))?;
    Ok(Arc::new(SqliteRecords::open(&home.join("records.sqlite")).await?))
}

pub(crate) async fn open_blobs(home: &Path) -> Result<Arc<dyn Blobs>, OpenError> {
    let large = DirectoryBlobs::open(&home.join("blobs")).map_err(part("blobs"))?;
    Ok(Arc::new(PackedBlobs::open(&home.join(SMALL_BLOBS), large).await?))
}

pub(crate) fn audit_path(home: &Path) -> PathBuf {
    home.join("audit")
}

pub(crate) fn journal_path(home: &Path) -> PathBuf {
    audit_path(home).join(crate::directory::RESERVED)
}

fn part(part: &'static str) -> impl Fn(std::io::Error) -> OpenError {
    move |source| OpenError::Part { part, source: source.into() }
}
