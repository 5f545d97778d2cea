//! Immutable bytes under the digest of their content.

use async_trait::async_trait;
use bytes::Bytes;
use thiserror::Error;

use crate::ids::Digest;

/// Why a blob could not be kept or had.
#[derive(Debug, Error)]
pub enum BlobError {
    /// The store could not be reached or refused.
    #[error("the blob store failed to {operation}")]
    Store {
        /// What was tried.
        operation: &'static str,
        /// What it said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// What is stored no longer has the digest it is stored under.
    #[error("blob {digest} is damaged: its content has another digest")]
    Damaged {
        /// The digest it should have.
        digest: Digest,
    },
}

/// Content-addressed storage. `digest` is the SHA-256 of the content; the caller computes it.
#[async_trait]
pub trait Blobs: Send + Sync {
    /// Keeps `content` under `digest`. Keeping the same content twice is no error.
    async fn put(&self, digest: Digest, content: Bytes) -> Result<(), BlobError>;

    /// Keeps several contents. A backend that can does so in one commit.
    async fn put_all(&self, contents: Vec<(Digest, Bytes)>) -> Result<(), BlobError> {
        for (digest, content) in contents {
            self.put(digest, content).await?;
        }
        Ok(())
    }

    /// The content, checked against its digest, or none.
    async fn get(&self, digest: Digest) -> Result<Option<Bytes>, BlobError>;

    /// Forgets the content. Forgetting what is not there is no error.
    async fn delete(&self, digest: Digest) -> Result<(), BlobError>;
}
