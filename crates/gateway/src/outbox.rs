//! Events on their way into the audit log.
//!
//! One process writes the log, and whatever changes something may be another: a command that revokes a key, a request
//! that promotes a model. So an event is a record first, in the same commit as the change that it tells of
//! ([`change`]): neither is there without the other. Whoever has the log takes events up ([`Outbox::collect`]), within a
//! second or at the next start.
//!
//! Each gets into the log once. Before the first of them is appended, a record says how long the log is; it goes in the
//! commit that removes the events. If the process dies in between, the record is found, and what the log has behind
//! that length is not appended again.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use redoubt_audit::read::{self, Gathered, ReadError};
use redoubt_audit::{Entry, EventEntry, VerifierKey};
use redoubt_domain::seams::{Change, Entropy, FileError, Files, Log, LogError, Record, RecordError, Records};
use thiserror::Error;

/// The kind of events that wait.
const KIND: &str = "outbox";
/// The record that is there while events are appended.
const DELIVERY: (&str, &str) = ("outbox_delivery", "log");
/// Events taken up at once.
const PAGE: usize = 100;
/// Entries of the log that are looked through at once.
const BATCH: usize = 1_000;

/// Why an event could not be logged. It stays where it is.
#[derive(Debug, Error)]
pub enum OutboxError {
    /// The records cannot be used.
    #[error("cannot take up the events that wait for the log")]
    Records(#[from] RecordError),
    /// The log cannot be used.
    #[error("cannot log the events that wait")]
    Log(#[from] LogError),
    /// A file of the published log cannot be had.
    #[error("cannot see which of the events that wait are in the log")]
    File(#[from] FileError),
    /// The published log cannot be read.
    #[error("cannot see which of the events that wait are in the log")]
    Read(#[from] ReadError),
    /// The record of the delivery is of another form.
    #[error("the record `{}/{}` is damaged, or a later version wrote it", DELIVERY.0, DELIVERY.1)]
    Damaged,
}

/// The record that leaves `event` for the log, to be made with the change that it tells of.
pub fn change(event: EventEntry, entropy: &dyn Entropy) -> Change {
    let mut random = [0; 8];
    entropy.fill(&mut random);
    // In the order of their times, and never two of one name.
    let id = format!("{:020}-{:016x}", event.time.micros(), u64::from_be_bytes(random));
    Change::put(KIND, id, None, Entry::Event(event).to_bytes())
}

/// Leaves an event of something that is no change of records, or not yet one, for the log.
pub async fn post(records: &dyn Records, event: EventEntry, entropy: &dyn Entropy) -> Result<(), RecordError> {
    records.apply(vec![change(event, entropy)]).await
}

/// The events that wait, with the log that they are meant for.
#[derive(Clone)]
pub struct Outbox {
    /// Where they wait.
    pub records: Arc<dyn Records>,
    /// The log.
    pub log: Arc<dyn Log>,
    /// Its published part.
    pub files: Arc<dyn Files>,
    /// Verifies what is published.
    pub key: VerifierKey,
}

impl Outbox {
    /// Writes every event that waits into the log, and returns how many there were. Only whoever has the log may call
    /// it, and not twice at one time.
    ///
    /// # Errors
    /// What could not be written waits on.
    pub async fn collect(&self) -> Result<usize, OutboxError> {
        let Self { records, log, files: _, key: _ } = self;
        let (kind, id) = DELIVERY;
        let mut collected = 0;
        loop {
            let page = records.scan(KIND, None, PAGE).await?;
            if page.is_empty() {
                return Ok(collected);
            }
            let mut logged = BTreeMap::new();
            let delivery = match records.get(kind, id).await? {
                Some(Record { id: _, version, value }) => {
                    let from = std::str::from_utf8(&value).ok().and_then(|text| text.parse().ok());
                    logged = self.logged(&page, from.ok_or(OutboxError::Damaged)?).await?;
                    version
                }
                None => records.put_if(kind, id, None, Bytes::from(log.size().await?.to_string())).await?,
            };
            let mut done = vec![Change::delete(kind, id, delivery)];
            for Record { id, version, value } in page {
                let left = logged.get_mut(&value).filter(|left| **left > 0);
                if let Some(left) = left {
                    *left -= 1;
                    collected += 1;
                } else if Entry::from_bytes(&value).is_ok() {
                    log.append(value).await?;
                    collected += 1;
                } else {
                    // An event that is none cannot be logged, and would be in the way for ever.
                    tracing::error!(id, "an event that waits for the log cannot be read and is dropped");
                }
                done.push(Change::delete(KIND, id, version));
            }
            records.apply(done).await?;
        }
    }

    /// How often the log has each of these events from its entry `from` on. Two may have the same bytes, so they are
    /// counted.
    async fn logged(&self, page: &[Record], from: u64) -> Result<BTreeMap<Bytes, usize>, OutboxError> {
        let mut counts: BTreeMap<Bytes, usize> = page.iter().map(|record| (record.value.clone(), 0)).collect();
        let mut at = from;
        loop {
            let entries = match self.log.read(at, BATCH).await {
                Err(LogError::Released { .. }) => self.published(at).await?,
                entries => entries?,
            };
            if entries.is_empty() {
                return Ok(counts);
            }
            at += u64::try_from(entries.len()).unwrap_or(u64::MAX);
            for entry in &entries {
                if let Some(count) = counts.get_mut(entry) {
                    *count += 1;
                }
            }
        }
    }

    /// Published entries from `from` on.
    async fn published(&self, from: u64) -> Result<Vec<Bytes>, OutboxError> {
        let mut gathered = Gathered::default();
        loop {
            let fetch = &mut |path: &str| gathered.fetch(path);
            let result = read::checkpoint(fetch, &self.key).and_then(|checkpoint| {
                let size = checkpoint.map_or(0, |(checkpoint, _)| checkpoint.size);
                read::entries(fetch, size, from, BATCH)
            });
            match (result, gathered.wanted()) {
                (Ok(entries), _) => return Ok(entries),
                (Err(_), Some(path)) => {
                    let file = self.files.get(&path).await?;
                    gathered.give(path, file);
                }
                (Err(error), None) => return Err(error.into()),
            }
        }
    }
}
