//! Blobs of one machine: small ones together in one SQLite file, large ones each in a file of their own.
//!
//! Sealed payloads come by the thousand and are a few kilobytes each. One file and one sync for each would
//! make the directory, not the model, the limit.

use std::path::Path;

use async_trait::async_trait;
use aws_lc_rs::digest;
use bytes::Bytes;
use redoubt_domain::Digest;
use redoubt_domain::seams::{BlobError, Blobs, RecordError, Records};

use crate::OpenError;
use crate::blobs::DirectoryBlobs;
use crate::records::SqliteRecords;

/// The largest blob that is kept among the small ones. SQLite is the faster of the two up to about this
/// size ("35% Faster Than The Filesystem", sqlite.org).
const SMALL_BYTES_MAX: usize = 128 << 10;

const KIND: &str = "blob";

/// Small blobs in SQLite, large ones in a directory.
#[derive(Debug)]
pub(crate) struct PackedBlobs {
    small: SqliteRecords,
    large: DirectoryBlobs,
}

impl PackedBlobs {
    pub(crate) async fn open(small: &Path, large: DirectoryBlobs) -> Result<Self, OpenError> {
        Ok(Self { small: SqliteRecords::open(small).await?, large })
    }
}

fn failed(operation: &'static str) -> impl Fn(RecordError) -> BlobError {
    move |source| BlobError::Store { operation, source: source.into() }
}

#[async_trait]
impl Blobs for PackedBlobs {
    async fn put(&self, digest: Digest, content: Bytes) -> Result<(), BlobError> {
        self.put_all(vec![(digest, content)]).await
    }

    async fn put_all(&self, contents: Vec<(Digest, Bytes)>) -> Result<(), BlobError> {
        let (small, large): (Vec<_>, Vec<_>) =
            contents.into_iter().partition(|(_, content)| content.len() <= SMALL_BYTES_MAX);
        for (digest, content) in large {
            self.large.put(digest, content).await?;
        }
        if small.is_empty() {
            return Ok(());
        }
        let rows = small.into_iter().map(|(digest, content)| (digest.to_string(), content)).collect();
        self.small.insert_all(KIND, rows).await.map_err(failed("write"))
    }

    async fn get(&self, digest: Digest) -> Result<Option<Bytes>, BlobError> {
        let Some(found) = self.small.get(KIND, &digest.to_string()).await.map_err(failed("read"))? else {
            return self.large.get(digest).await;
        };
        let actual = self::digest::digest(&self::digest::SHA256, &found.value);
        if actual.as_ref() == digest.as_bytes() { Ok(Some(found.value)) } else { Err(BlobError::Damaged { digest }) }
    }

    async fn delete(&self, digest: Digest) -> Result<(), BlobError> {
        let id = digest.to_string();
        if let Some(found) = self.small.get(KIND, &id).await.map_err(failed("read"))? {
            match self.small.delete_if(KIND, &id, found.version).await {
                // Somebody else deleted it in between.
                Ok(()) | Err(RecordError::Conflict { .. }) => {}
                Err(error) => return Err(failed("delete")(error)),
            }
        }
        self.large.delete(digest).await
    }
}
