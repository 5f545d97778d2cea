//! Small named values with optimistic concurrency: keys, policies, runs.

use async_trait::async_trait;
use bytes::Bytes;
use thiserror::Error;

/// Why a record could not be kept or had.
#[derive(Debug, Error)]
pub enum RecordError {
    /// The store could not be reached or refused.
    #[error("the record store failed to {operation}")]
    Store {
        /// What was tried.
        operation: &'static str,
        /// What it said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Somebody else changed the record first.
    #[error("`{kind}/{id}` has been changed since it was read")]
    Conflict {
        /// The kind of record.
        kind: String,
        /// Its id.
        id: String,
    },
}

/// A stored value with its version. Versions begin at 1 and grow by one with each change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The id within its kind.
    pub id: String,
    /// How often it has been written.
    pub version: u64,
    /// The value, in the versioned form of the crate that wrote it.
    pub value: Bytes,
}

/// One of several changes that are made together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The kind of record.
    pub kind: &'static str,
    /// Its id.
    pub id: String,
    /// The version that must be stored; none if there must be no such record.
    pub expected: Option<u64>,
    /// What it holds from then on; none if it is removed.
    pub value: Option<Bytes>,
}

impl Change {
    /// As [`Records::put_if`].
    pub fn put(kind: &'static str, id: impl Into<String>, expected: Option<u64>, value: Bytes) -> Self {
        Self { kind, id: id.into(), expected, value: Some(value) }
    }

    /// As [`Records::delete_if`].
    pub fn delete(kind: &'static str, id: impl Into<String>, expected: u64) -> Self {
        Self { kind, id: id.into(), expected: Some(expected), value: None }
    }
}

/// Values by kind and id.
#[async_trait]
pub trait Records: Send + Sync {
    /// The record, or none.
    async fn get(&self, kind: &str, id: &str) -> Result<Option<Record>, RecordError>;

    /// Writes `value` if the stored version is `expected` (none: if there is no such record), and returns
    /// the new version. Durable when it returns.
    async fn put_if(&self, kind: &str, id: &str, expected: Option<u64>, value: Bytes) -> Result<u64, RecordError>;

    /// Writes those of `rows` (id, value) whose id is not there yet. A backend that can does so in one
    /// commit, so that many small records cost little more than one.
    async fn insert_all(&self, kind: &str, rows: Vec<(String, Bytes)>) -> Result<(), RecordError> {
        for (id, value) in rows {
            match self.put_if(kind, &id, None, value).await {
                Ok(_) | Err(RecordError::Conflict { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Makes all of these changes, one after the other, or none: nobody ever sees some of them, whenever the process
    /// dies. Durable when it returns.
    ///
    /// # Errors
    /// [`RecordError::Conflict`] names the first record that is not as it was expected.
    async fn apply(&self, changes: Vec<Change>) -> Result<(), RecordError>;

    /// Removes the record if the stored version is `expected`.
    async fn delete_if(&self, kind: &str, id: &str, expected: u64) -> Result<(), RecordError>;

    /// Up to `limit` records of the kind whose id is greater than `after`, in order of id (bytewise).
    async fn scan(&self, kind: &str, after: Option<&str>, limit: usize) -> Result<Vec<Record>, RecordError>;
}
