//! Blobs in a directory, by digest.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use aws_lc_rs::digest;
use bytes::Bytes;
use redoubt_domain::Digest;
use redoubt_domain::seams::{BlobError, Blobs};

use crate::atomic::{self, Staging, sync_directory};

/// Blobs under a directory: `ab/ab12…`, so that no directory grows with all of them.
#[derive(Clone, Debug)]
pub(crate) struct DirectoryBlobs(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    staging: Staging,
}

impl DirectoryBlobs {
    pub(crate) fn open(root: &Path) -> io::Result<Self> {
        let staging = Staging::open(root.join(".unfinished"))?;
        Ok(Self(Arc::new(Inner { root: root.to_owned(), staging })))
    }

    pub(crate) fn forget_unfinished(&self) -> io::Result<()> {
        self.0.staging.forget_unfinished()
    }

    async fn blocking<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&Inner) -> io::Result<T> + Send + 'static,
    ) -> Result<T, BlobError> {
        let inner = Arc::clone(&self.0);
        let done = tokio::task::spawn_blocking(move || work(&inner)).await;
        let result = done.map_err(io::Error::other).and_then(|result| result);
        result.map_err(|source| BlobError::Store { operation, source: source.into() })
    }
}

impl Inner {
    fn place(&self, digest: Digest) -> PathBuf {
        let name = digest.to_string();
        let prefix = name.get(..2).unwrap_or_default();
        self.root.join(prefix).join(&name)
    }

    fn put(&self, digest: Digest, content: &[u8]) -> io::Result<()> {
        let place = self.place(digest);
        let Some(directory) = place.parent() else { return Ok(()) };
        if !directory.exists() {
            fs::create_dir_all(directory)?;
            sync_directory(&self.root)?;
        }
        // A file of another length is one that a crash of the file system has damaged.
        let is_there = fs::metadata(&place).is_ok_and(|found| u64::try_from(content.len()) == Ok(found.len()));
        if !is_there {
            self.staging.write(&place, content, true)?;
        }
        sync_directory(directory)
    }
}

#[async_trait]
impl Blobs for DirectoryBlobs {
    async fn put(&self, digest: Digest, content: Bytes) -> Result<(), BlobError> {
        self.blocking("write", move |inner| inner.put(digest, &content)).await
    }

    async fn get(&self, digest: Digest) -> Result<Option<Bytes>, BlobError> {
        let read = move |inner: &Inner| {
            let content = atomic::read(&inner.place(digest))?;
            Ok(content.map(|content| (self::digest::digest(&self::digest::SHA256, &content), Bytes::from(content))))
        };
        match self.blocking("read", read).await? {
            Some((found, content)) if found.as_ref() == digest.as_bytes() => Ok(Some(content)),
            Some(_) => Err(BlobError::Damaged { digest }),
            None => Ok(None),
        }
    }

    async fn delete(&self, digest: Digest) -> Result<(), BlobError> {
        self.blocking("delete", move |inner| atomic::remove(&inner.place(digest))).await
    }
}
