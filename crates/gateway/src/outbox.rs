//! Events of other processes on their way into the audit log.
//!
//! One process writes the log. A command that changes something while a server runs (a key revoked, a
//! payload erased) posts its event among the records; the server takes it up within seconds, or the next
//! start does. An event may be logged twice after a crash, never lost.

use redoubt_audit::{Entry, EventEntry};
use redoubt_domain::seams::{Log, LogError, RecordError, Records};
use thiserror::Error;

const KIND: &str = "outbox";

/// Events taken up at once.
const PAGE: usize = 100;

/// Why an event could not be logged. It stays where it is.
#[derive(Debug, Error)]
pub enum OutboxError {
    /// The records cannot be read.
    #[error("cannot read the events of other processes")]
    Records(#[from] RecordError),
    /// The log cannot be written.
    #[error("cannot log the events of other processes")]
    Log(#[from] LogError),
}

/// Leaves `event` for whoever writes the log.
pub async fn post(records: &dyn Records, event: EventEntry) -> Result<(), RecordError> {
    let id = format!("{:020}-{}-{}", event.time.micros(), std::process::id(), event.subject);
    records.put_if(KIND, &id, None, Entry::Event(event).to_bytes()).await?;
    Ok(())
}

/// Writes every event that was left into `log`, and returns how many there were.
pub async fn collect(records: &dyn Records, log: &dyn Log) -> Result<usize, OutboxError> {
    let mut collected = 0;
    loop {
        let page = records.scan(KIND, None, PAGE).await?;
        if page.is_empty() {
            return Ok(collected);
        }
        for record in page {
            // A posted event that is none cannot be logged, and would be in the way for ever.
            if Entry::from_bytes(&record.value).is_ok() {
                log.append(record.value).await?;
                collected += 1;
            } else {
                tracing::error!(id = record.id, "an event of another process cannot be read and is dropped");
            }
            match records.delete_if(KIND, &record.id, record.version).await {
                Ok(()) | Err(RecordError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}
