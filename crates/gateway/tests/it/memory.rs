//! Seams in memory, with switches for failures.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use bytes::Bytes;
use redoubt_domain::seams::{
    BlobError, Blobs, Change, Clock, CounterError, Counters, Entropy, FileError, Files, Haste, Log, LogError, Quota,
    Record, RecordError, Records, Reservation, Told,
};
use redoubt_domain::{Digest, Timestamp};

#[derive(Default)]
pub(crate) struct MemoryRecords(Mutex<BTreeMap<(String, String), (u64, Bytes)>>);

impl MemoryRecords {
    /// Removes every record of a kind.
    pub(crate) fn clear(&self, kind: &str) {
        self.0.lock().unwrap().retain(|(known, _), _| known != kind);
    }
}

#[async_trait]
impl Records for MemoryRecords {
    async fn get(&self, kind: &str, id: &str) -> Result<Option<Record>, RecordError> {
        let records = self.0.lock().unwrap();
        let found = records.get(&(kind.to_owned(), id.to_owned()));
        Ok(found.map(|(version, value)| Record { id: id.to_owned(), version: *version, value: value.clone() }))
    }

    async fn put_if(&self, kind: &str, id: &str, expected: Option<u64>, value: Bytes) -> Result<u64, RecordError> {
        let mut records = self.0.lock().unwrap();
        let place = (kind.to_owned(), id.to_owned());
        if records.get(&place).map(|(version, _)| *version) != expected {
            return Err(RecordError::Conflict { kind: place.0, id: place.1 });
        }
        let version = expected.unwrap_or(0) + 1;
        records.insert(place, (version, value));
        Ok(version)
    }

    async fn apply(&self, changes: Vec<Change>) -> Result<(), RecordError> {
        let mut held = self.0.lock().unwrap();
        let mut records = held.clone();
        for Change { kind, id, expected, value } in changes {
            let place = (kind.to_owned(), id);
            if records.get(&place).map(|(version, _)| *version) != expected {
                return Err(RecordError::Conflict { kind: place.0, id: place.1 });
            }
            match value {
                Some(value) => _ = records.insert(place, (expected.unwrap_or(0) + 1, value)),
                None => _ = records.remove(&place),
            }
        }
        *held = records;
        Ok(())
    }

    async fn delete_if(&self, kind: &str, id: &str, expected: u64) -> Result<(), RecordError> {
        let mut records = self.0.lock().unwrap();
        let place = (kind.to_owned(), id.to_owned());
        match records.get(&place) {
            Some((version, _)) if *version == expected => {
                records.remove(&place);
                Ok(())
            }
            _ => Err(RecordError::Conflict { kind: place.0, id: place.1 }),
        }
    }

    async fn scan(&self, kind: &str, after: Option<&str>, limit: usize) -> Result<Vec<Record>, RecordError> {
        let records = self.0.lock().unwrap();
        let matching = records.iter().filter(|((k, id), _)| k == kind && after.is_none_or(|after| id.as_str() > after));
        let record = |((_, id), (version, value)): (&(String, String), &(u64, Bytes))| Record {
            id: id.clone(),
            version: *version,
            value: value.clone(),
        };
        Ok(matching.take(limit).map(record).collect())
    }
}

#[derive(Default)]
pub(crate) struct MemoryBlobs(pub(crate) Mutex<BTreeMap<Digest, Bytes>>);

#[async_trait]
impl Blobs for MemoryBlobs {
    async fn put(&self, digest: Digest, content: Bytes) -> Result<(), BlobError> {
        self.0.lock().unwrap().insert(digest, content);
        Ok(())
    }

    async fn get(&self, digest: Digest) -> Result<Option<Bytes>, BlobError> {
        Ok(self.0.lock().unwrap().get(&digest).cloned())
    }

    async fn delete(&self, digest: Digest) -> Result<(), BlobError> {
        self.0.lock().unwrap().remove(&digest);
        Ok(())
    }
}

/// Allowances that do not refill: enough to see that a limit holds.
#[derive(Default)]
pub(crate) struct MemoryCounters(Mutex<BTreeMap<String, u64>>);

#[async_trait]
impl Counters for MemoryCounters {
    async fn reserve(&self, name: &str, quota: Quota, units: u64, _: Timestamp) -> Result<Reservation, CounterError> {
        let mut used = self.0.lock().unwrap();
        let used = used.entry(name.to_owned()).or_default();
        let granted = *used + units <= quota.amount;
        if granted {
            *used += units;
        }
        let retry_after = if granted { Duration::ZERO } else { Duration::from_secs(7) };
        Ok(Reservation {
            granted,
            remaining: quota.amount.saturating_sub(*used),
            retry_after,
            reset_after: quota.period,
        })
    }

    async fn settle(&self, name: &str, _: Quota, reserved: u64, used: u64, _: Timestamp) -> Result<(), CounterError> {
        let mut all = self.0.lock().unwrap();
        let count = all.entry(name.to_owned()).or_default();
        *count = (*count + used).saturating_sub(reserved);
        Ok(())
    }
}

#[derive(Clone, Default)]
pub(crate) struct MemoryLog(Arc<MemoryLogInner>);

impl std::ops::Deref for MemoryLog {
    type Target = MemoryLogInner;

    fn deref(&self) -> &MemoryLogInner {
        &self.0
    }
}

#[derive(Default)]
pub(crate) struct MemoryLogInner {
    entries: Mutex<(u64, Vec<Bytes>)>,
    pub(crate) delay_ms: AtomicU64,
    pub(crate) is_broken: AtomicBool,
}

impl MemoryLogInner {
    pub(crate) fn entries(&self) -> Vec<Bytes> {
        self.entries.lock().unwrap().1.clone()
    }

    /// Lets go of every entry, and returns them.
    pub(crate) fn let_go(&self) -> Vec<Bytes> {
        let mut entries = self.entries.lock().unwrap();
        entries.0 += entries.1.len() as u64;
        std::mem::take(&mut entries.1)
    }

    fn append(&self, entry: Bytes) -> Result<u64, LogError> {
        if self.is_broken.load(Ordering::Relaxed) {
            return Err(LogError::Medium { operation: "append", source: "no space left".into() });
        }
        let mut entries = self.entries.lock().unwrap();
        entries.1.push(entry);
        Ok(entries.0 + entries.1.len() as u64 - 1)
    }
}

#[async_trait]
impl Log for MemoryLog {
    fn enqueue(&self, entry: Bytes, _: Haste, told: Told) {
        let delay = self.delay_ms.load(Ordering::Relaxed);
        let log = Arc::clone(&self.0);
        if delay == 0 {
            return told(log.append(entry));
        }
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(delay)).await;
            told(log.append(entry));
        });
    }

    async fn read(&self, from: u64, limit: usize) -> Result<Vec<Bytes>, LogError> {
        let entries = self.entries.lock().unwrap();
        if from < entries.0 {
            return Err(LogError::Released { from, first: entries.0 });
        }
        Ok(entries.1.iter().skip(usize::try_from(from - entries.0).unwrap()).take(limit).cloned().collect())
    }

    async fn first(&self) -> Result<u64, LogError> {
        Ok(self.entries.lock().unwrap().0)
    }

    async fn size(&self) -> Result<u64, LogError> {
        let entries = self.entries.lock().unwrap();
        Ok(entries.0 + entries.1.len() as u64)
    }

    /// Keeps everything, as it may, so that tests can look at it.
    async fn release(&self, _: u64) -> Result<(), LogError> {
        Ok(())
    }
}

#[derive(Default)]
pub(crate) struct MemoryFiles(Mutex<BTreeMap<String, Bytes>>);

#[async_trait]
impl Files for MemoryFiles {
    async fn put(&self, path: &str, content: Bytes) -> Result<(), FileError> {
        self.0.lock().unwrap().insert(path.to_owned(), content);
        Ok(())
    }

    async fn sync(&self) -> Result<(), FileError> {
        Ok(())
    }

    async fn get(&self, path: &str) -> Result<Option<Bytes>, FileError> {
        Ok(self.0.lock().unwrap().get(path).cloned())
    }

    async fn delete(&self, path: &str) -> Result<(), FileError> {
        self.0.lock().unwrap().remove(path);
        Ok(())
    }

    async fn list(&self, prefix: &str) -> Result<Vec<String>, FileError> {
        Ok(self.0.lock().unwrap().keys().filter(|path| path.starts_with(prefix)).cloned().collect())
    }
}

pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Timestamp::from_micros(u64::try_from(since.as_micros()).unwrap())
    }
}

/// Different at each call, and good for nothing else.
#[derive(Default)]
pub(crate) struct CountingEntropy(AtomicU64);

impl Entropy for CountingEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        let seed = self.0.fetch_add(1, Ordering::Relaxed);
        blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof().fill(buffer);
    }
}
