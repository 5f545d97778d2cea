//! Everything in the memory of this process, gone when it ends: for tests and demonstrations.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use redoubt_domain::Digest;
use redoubt_domain::seams::{
    BlobError, Blobs, Change, FileError, Files, Haste, LOG_ENTRY_BYTES_MAX, Log, LogError, Record, RecordError,
    Records, Told,
};

use super::Backend;
use crate::counters::MemoryCounters;
use crate::directory::check_path;
use crate::journal::Recovery;
use crate::{OpenError, Stores};

/// The row of this backend.
pub const BACKEND: Backend = Backend {
    scheme: "memory",
    summary: "the memory of this process, gone when it ends",
    open: |_| Box::pin(async { Ok::<_, OpenError>(stores()) }),
};

/// New, empty stores.
pub fn stores() -> Stores {
    Stores {
        records: Arc::new(MemoryRecords::default()),
        blobs: Arc::new(MemoryBlobs::default()),
        counters: Arc::new(MemoryCounters::default()),
        log: Arc::new(MemoryLog::default()),
        files: Arc::new(MemoryFiles::default()),
        recovery: Recovery::default(),
    }
}

/// Every value here changes in one step, so a thread that panicked left it whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Default)]
struct MemoryRecords(Mutex<BTreeMap<(String, String), (u64, Bytes)>>);

fn key(kind: &str, id: &str) -> (String, String) {
    (kind.to_owned(), id.to_owned())
}

fn conflict(kind: &str, id: &str) -> RecordError {
    RecordError::Conflict { kind: kind.to_owned(), id: id.to_owned() }
}

#[async_trait]
impl Records for MemoryRecords {
    async fn get(&self, kind: &str, id: &str) -> Result<Option<Record>, RecordError> {
        let found = lock(&self.0).get(&key(kind, id)).cloned();
        Ok(found.map(|(version, value)| Record { id: id.to_owned(), version, value }))
    }

    async fn put_if(&self, kind: &str, id: &str, expected: Option<u64>, value: Bytes) -> Result<u64, RecordError> {
        let mut records = lock(&self.0);
        let key = key(kind, id);
        let stored = records.get(&key).map(|(version, _)| *version);
        if stored != expected {
            return Err(conflict(kind, id));
        }
        let version = stored.unwrap_or(0) + 1;
        records.insert(key, (version, value));
        Ok(version)
    }

    async fn apply(&self, changes: Vec<Change>) -> Result<(), RecordError> {
        let mut records = lock(&self.0);
        // What was there before each change, to be put back.
        let mut before = Vec::with_capacity(changes.len());
        let mut outcome = Ok(());
        for Change { kind, id, expected, value } in changes {
            let key = key(kind, &id);
            let held = records.get(&key).cloned();
            if held.as_ref().map(|(version, _)| *version) != expected {
                outcome = Err(conflict(kind, &id));
                break;
            }
            match value {
                Some(value) => _ = records.insert(key.clone(), (expected.unwrap_or(0) + 1, value)),
                None => _ = records.remove(&key),
            }
            before.push((key, held));
        }
        if outcome.is_err() {
            for (key, held) in before.into_iter().rev() {
                match held {
                    Some(held) => _ = records.insert(key, held),
                    None => _ = records.remove(&key),
                }
            }
        }
        outcome
    }

    async fn delete_if(&self, kind: &str, id: &str, expected: u64) -> Result<(), RecordError> {
        let mut records = lock(&self.0);
        let key = key(kind, id);
        if records.get(&key).is_none_or(|(version, _)| *version != expected) {
            return Err(conflict(kind, id));
        }
        records.remove(&key);
        Ok(())
    }

    async fn scan(&self, kind: &str, after: Option<&str>, limit: usize) -> Result<Vec<Record>, RecordError> {
        let from = match after {
            Some(after) => Bound::Excluded(key(kind, after)),
            None => Bound::Included(key(kind, "")),
        };
        let records = lock(&self.0);
        let of_kind = records.range((from, Bound::Unbounded)).take_while(|((found, _), _)| found == kind);
        let record = |((_, id), (version, value)): (&(String, String), &(u64, Bytes))| Record {
            id: id.clone(),
            version: *version,
            value: value.clone(),
        };
        Ok(of_kind.take(limit).map(record).collect())
    }
}

#[derive(Default)]
struct MemoryBlobs(Mutex<BTreeMap<Digest, Bytes>>);

#[async_trait]
impl Blobs for MemoryBlobs {
    async fn put(&self, digest: Digest, content: Bytes) -> Result<(), BlobError> {
        lock(&self.0).insert(digest, content);
        Ok(())
    }

    async fn get(&self, digest: Digest) -> Result<Option<Bytes>, BlobError> {
        Ok(lock(&self.0).get(&digest).cloned())
    }

    async fn delete(&self, digest: Digest) -> Result<(), BlobError> {
        lock(&self.0).remove(&digest);
        Ok(())
    }
}

#[derive(Default)]
struct MemoryFiles(Mutex<BTreeMap<String, Bytes>>);

#[async_trait]
impl Files for MemoryFiles {
    async fn put(&self, path: &str, content: Bytes) -> Result<(), FileError> {
        check_path("write", path)?;
        lock(&self.0).insert(path.to_owned(), content);
        Ok(())
    }

    async fn sync(&self) -> Result<(), FileError> {
        Ok(())
    }

    async fn get(&self, path: &str) -> Result<Option<Bytes>, FileError> {
        check_path("read", path)?;
        Ok(lock(&self.0).get(path).cloned())
    }

    async fn delete(&self, path: &str) -> Result<(), FileError> {
        check_path("delete", path)?;
        lock(&self.0).remove(path);
        Ok(())
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, FileError> {
        let files = lock(&self.0);
        let from = files.range(prefix.to_owned()..).map(|(path, _)| path);
        Ok(from.take_while(|path| path.starts_with(prefix)).cloned().collect())
    }
}

/// The first index that is still there, and the entries from it on.
#[derive(Default)]
struct MemoryLog(Mutex<(u64, Vec<Bytes>)>);

fn count(entries: &[Bytes]) -> u64 {
    u64::try_from(entries.len()).unwrap_or(u64::MAX)
}

#[async_trait]
impl Log for MemoryLog {
    fn enqueue(&self, entry: Bytes, _: Haste, told: Told) {
        if entry.len() > LOG_ENTRY_BYTES_MAX {
            return told(Err(LogError::TooLarge { actual: entry.len(), max: LOG_ENTRY_BYTES_MAX }));
        }
        let mut log = lock(&self.0);
        log.1.push(entry);
        let index = log.0 + count(&log.1) - 1;
        drop(log);
        told(Ok(index));
    }

    async fn read(&self, from: u64, limit: usize) -> Result<Vec<Bytes>, LogError> {
        let log = lock(&self.0);
        let Some(skip) = from.checked_sub(log.0) else {
            return Err(LogError::Released { from, first: log.0 });
        };
        Ok(log.1.iter().skip(usize::try_from(skip).unwrap_or(usize::MAX)).take(limit).cloned().collect())
    }

    async fn first(&self) -> Result<u64, LogError> {
        Ok(lock(&self.0).0)
    }

    async fn size(&self) -> Result<u64, LogError> {
        let log = lock(&self.0);
        Ok(log.0 + count(&log.1))
    }

    async fn release(&self, before: u64) -> Result<(), LogError> {
        let mut log = lock(&self.0);
        let gone = before.saturating_sub(log.0).min(count(&log.1));
        log.1.drain(..usize::try_from(gone).unwrap_or(0));
        log.0 += gone;
        Ok(())
    }
}
