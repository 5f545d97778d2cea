//! Events that wait for the log get into it once, whenever the process dies.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use redoubt_audit::{Entry, EventEntry, EventKind, Publication, Publisher};
use redoubt_domain::Timestamp;
use redoubt_domain::seams::{Change, Files as _, Haste, Log, LogError, Record, RecordError, Records, Told};
use redoubt_gateway::outbox::{Outbox, change, post};

use crate::memory::{CountingEntropy, MemoryFiles, MemoryLog, MemoryRecords};
use crate::world::signing_key;

/// Writes that are left before the process dies, of both stores.
#[derive(Clone)]
struct Life(Arc<AtomicUsize>);

impl Life {
    fn new(writes: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(writes)))
    }

    fn is_over(&self) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_err()
    }
}

struct Mortal<T>(T, Life);

#[async_trait]
impl Records for Mortal<Arc<MemoryRecords>> {
    async fn get(&self, kind: &str, id: &str) -> Result<Option<Record>, RecordError> {
        self.0.get(kind, id).await
    }

    async fn put_if(&self, kind: &str, id: &str, expected: Option<u64>, value: Bytes) -> Result<u64, RecordError> {
        if self.1.is_over() {
            return Err(RecordError::Store { operation: "write", source: "dead".into() });
        }
        self.0.put_if(kind, id, expected, value).await
    }

    async fn apply(&self, changes: Vec<Change>) -> Result<(), RecordError> {
        if self.1.is_over() {
            return Err(RecordError::Store { operation: "write", source: "dead".into() });
        }
        self.0.apply(changes).await
    }

    async fn delete_if(&self, kind: &str, id: &str, expected: u64) -> Result<(), RecordError> {
        self.0.delete_if(kind, id, expected).await
    }

    async fn scan(&self, kind: &str, after: Option<&str>, limit: usize) -> Result<Vec<Record>, RecordError> {
        self.0.scan(kind, after, limit).await
    }
}

#[async_trait]
impl Log for Mortal<MemoryLog> {
    fn enqueue(&self, entry: Bytes, haste: Haste, told: Told) {
        if self.1.is_over() {
            return told(Err(LogError::Closed));
        }
        self.0.enqueue(entry, haste, told);
    }

    async fn read(&self, from: u64, limit: usize) -> Result<Vec<Bytes>, LogError> {
        self.0.read(from, limit).await
    }

    async fn first(&self) -> Result<u64, LogError> {
        self.0.first().await
    }

    async fn size(&self) -> Result<u64, LogError> {
        self.0.size().await
    }

    async fn release(&self, before: u64) -> Result<(), LogError> {
        self.0.release(before).await
    }
}

fn event(subject: &str) -> EventEntry {
    let time = Timestamp::from_micros(1_795_342_530_123_456);
    let (actor, detail) = ("ann".to_owned(), String::new());
    EventEntry { kind: EventKind::ModelPromoted, time, actor, subject: subject.to_owned(), detail }
}

/// Two of the five are alike in everything.
const SUBJECTS: [&str; 5] = ["m/1", "m/2", "m/2", "m/3", "n/1"];

#[tokio::test]
async fn each_event_is_logged_once_whenever_the_process_dies() {
    let mut deaths = 0;
    for is_published in [false, true] {
        for first in 0..9 {
            for second in 0..9 {
                let records = Arc::new(MemoryRecords::default());
                let (log, files, entropy) =
                    (MemoryLog::default(), Arc::new(MemoryFiles::default()), CountingEntropy::default());
                let mut publisher = Publisher::default();
                log.append(Entry::Event(event("m/2")).to_bytes()).await.unwrap();
                for subject in SUBJECTS {
                    post(records.as_ref(), event(subject), &entropy).await.unwrap();
                }
                let mut logged: Vec<Bytes> = Vec::new();
                for writes in [first, second, usize::MAX] {
                    let life = Life::new(writes);
                    let outbox = Outbox {
                        records: Arc::new(Mortal(Arc::clone(&records), life.clone())),
                        log: Arc::new(Mortal(log.clone(), life)),
                        files: files.clone(),
                        key: signing_key().verifier().clone(),
                    };
                    deaths += usize::from(outbox.collect().await.is_err());
                    // What else goes on is in the log as well.
                    log.append(Entry::Event(event("other")).to_bytes()).await.unwrap();
                    if is_published {
                        let entries = log.let_go();
                        publisher.append(&entries).unwrap();
                        logged.extend(entries);
                        let Publication { tiles, checkpoint, size, .. } = publisher.publish(&signing_key()).unwrap();
                        for (path, content) in tiles {
                            files.put(&path, content).await.unwrap();
                        }
                        files.put("checkpoint", checkpoint).await.unwrap();
                        publisher.published(size);
                    }
                }
                logged.extend(log.entries());
                let subject = |bytes: &Bytes| match Entry::from_bytes(bytes).unwrap() {
                    Entry::Event(event) => event.subject,
                    other => panic!("{other:?}"),
                };
                let mut found: Vec<String> =
                    logged.iter().skip(1).map(subject).filter(|subject| subject != "other").collect();
                found.sort();
                assert_eq!(found, SUBJECTS, "{first} {second} {is_published}");
                for kind in ["outbox", "outbox_delivery"] {
                    assert!(records.scan(kind, None, 10).await.unwrap().is_empty(), "{first} {second}");
                }
            }
        }
    }
    assert!(deaths > 100, "{deaths}");
}

#[tokio::test]
async fn an_event_goes_with_its_change_or_not_at_all() {
    let (records, entropy) = (MemoryRecords::default(), CountingEntropy::default());
    let promote = |expected| vec![Change::put("model", "m", expected, Bytes::new()), change(event("m/1"), &entropy)];
    records.apply(promote(None)).await.unwrap();
    assert!(records.apply(promote(None)).await.is_err());
    records.apply(promote(Some(1))).await.unwrap();
    assert_eq!(records.scan("outbox", None, 10).await.unwrap().len(), 2);
}
