//! Named files in a directory: the published log.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use redoubt_domain::seams::{FileError, Files};

use crate::atomic::{self, Staging};

/// The journal lives among the published files, under this name, and is none of them.
pub(crate) const RESERVED: &str = "journal";

/// Files under a directory.
#[derive(Clone, Debug)]
pub struct Directory(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    staging: Staging,
    /// Files and directories that a crash might still take back.
    unsynced: Mutex<BTreeSet<PathBuf>>,
}

impl Directory {
    /// Opens the directory, making it if it is not there.
    pub fn open(root: &Path) -> io::Result<Self> {
        let staging = Staging::open(root.join(".unfinished"))?;
        Ok(Self(Arc::new(Inner { root: root.to_owned(), staging, unsynced: Mutex::default() })))
    }

    pub(crate) fn forget_unfinished(&self) -> io::Result<()> {
        self.0.staging.forget_unfinished()
    }

    /// Runs `work` where it may block.
    async fn blocking<T: Send + 'static>(
        &self,
        operation: &'static str,
        path: &str,
        work: impl FnOnce(&Inner) -> io::Result<T> + Send + 'static,
    ) -> Result<T, FileError> {
        let inner = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || work(&inner)).await;
        let result = done.map_err(io::Error::other).and_then(|result| result);
        result.map_err(|source| FileError { operation, path: path.to_owned(), source: source.into() })
    }
}

impl Inner {
    fn put(&self, path: &str, content: &[u8]) -> io::Result<()> {
        let place = self.root.join(path);
        // A new file means nothing until `sync`; one that replaces another must never be found empty
        // after a crash, so its content goes to the disk before its name.
        self.staging.write(&place, content, place.exists())?;
        let mut unsynced = self.unsynced.lock().unwrap_or_else(PoisonError::into_inner);
        let mut at = place.as_path();
        while at != self.root {
            unsynced.insert(at.to_owned());
            let Some(parent) = at.parent() else { break };
            at = parent;
        }
        unsynced.insert(self.root.clone());
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let pending = std::mem::take(&mut *self.unsynced.lock().unwrap_or_else(PoisonError::into_inner));
        // Content before names: the deepest paths first.
        let synced = pending.iter().rev().try_for_each(|path| match File::open(path) {
            Ok(file) => file.sync_all(),
            // Deleted since.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        });
        if synced.is_err() {
            self.unsynced.lock().unwrap_or_else(PoisonError::into_inner).extend(pending);
        }
        synced
    }

    fn delete(&self, path: &str) -> io::Result<()> {
        let place = self.root.join(path);
        atomic::remove(&place)?;
        // The directory of a tile's partial forms goes with the last of them; it stays if it is not empty.
        if let Some(parent) = place.parent().filter(|parent| parent.extension().is_some_and(|end| end == "p")) {
            let _ = fs::remove_dir(parent);
        }
        Ok(())
    }

    fn list(&self, prefix: &str) -> io::Result<Vec<String>> {
        let below = prefix.rsplit_once('/').map_or("", |(directory, _)| directory);
        let mut found = Vec::new();
        let mut directories = vec![below.to_owned()];
        while let Some(directory) = directories.pop() {
            let entries = match fs::read_dir(self.root.join(&directory)) {
                Ok(entries) => entries,
                Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                    continue;
                }
                Err(error) => return Err(error),
            };
            for entry in entries {
                let entry = entry?;
                let name = entry.file_name();
                let Some(name) = name.to_str() else { continue };
                let path = if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") };
                if check_path("list", &path).is_err() {
                    continue;
                }
                if entry.file_type()?.is_dir() {
                    directories.push(path);
                } else if path.starts_with(prefix) {
                    found.push(path);
                }
            }
        }
        found.sort_unstable();
        Ok(found)
    }
}

#[async_trait]
impl Files for Directory {
    async fn put(&self, path: &str, content: Bytes) -> Result<(), FileError> {
        check_path("write", path)?;
        let at = path.to_owned();
        self.blocking("write", path, move |inner| inner.put(&at, &content)).await
    }

    async fn sync(&self) -> Result<(), FileError> {
        self.blocking("sync", "", Inner::sync).await
    }

    async fn get(&self, path: &str) -> Result<Option<Bytes>, FileError> {
        check_path("read", path)?;
        let at = path.to_owned();
        self.blocking("read", path, move |inner| Ok(atomic::read(&inner.root.join(at))?.map(Bytes::from))).await
    }

    async fn delete(&self, path: &str) -> Result<(), FileError> {
        check_path("delete", path)?;
        let at = path.to_owned();
        self.blocking("delete", path, move |inner| inner.delete(&at)).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, FileError> {
        if prefix.starts_with('/') || prefix.split('/').any(|part| matches!(part, "." | "..")) {
            return Err(refused("list", prefix));
        }
        let at = prefix.to_owned();
        self.blocking("list", prefix, move |inner| inner.list(&at)).await
    }
}

/// Insists on a path that stays within the store: relative, without empty, dotted or reserved parts.
pub(crate) fn check_path(operation: &'static str, path: &str) -> Result<(), FileError> {
    let is_part =
        |part: &str| !part.is_empty() && !part.starts_with('.') && !part.chars().any(|c| c.is_control() || c == '\\');
    if path.split('/').all(is_part) && path.split('/').next() != Some(RESERVED) {
        return Ok(());
    }
    Err(refused(operation, path))
}

fn refused(operation: &'static str, path: &str) -> FileError {
    FileError { operation, path: path.to_owned(), source: "the path leads out of the store".into() }
}
