//! Bytes under a path that somebody outside knows: tiles and checkpoints.

use async_trait::async_trait;
use bytes::Bytes;
use thiserror::Error;

/// Why a file could not be kept or had.
#[derive(Debug, Error)]
#[error("failed to {operation} `{path}`")]
pub struct FileError {
    /// What was tried.
    pub operation: &'static str,
    /// The path, relative to the store.
    pub path: String,
    /// What the medium said.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// Named objects: a directory or a bucket. Paths are relative, with `/` between their parts.
#[async_trait]
pub trait Files: Send + Sync {
    /// Writes `content` under `path` in one step: a reader sees the old content or the new, never a part.
    async fn put(&self, path: &str, content: Bytes) -> Result<(), FileError>;

    /// Makes everything put so far durable.
    async fn sync(&self) -> Result<(), FileError>;

    /// The content, or none.
    async fn get(&self, path: &str) -> Result<Option<Bytes>, FileError>;

    /// Removes the file. Removing what is not there is no error.
    async fn delete(&self, path: &str) -> Result<(), FileError>;

    /// Every path that begins with `prefix`, in order.
    async fn list(&self, prefix: &str) -> Result<Vec<String>, FileError>;
}
