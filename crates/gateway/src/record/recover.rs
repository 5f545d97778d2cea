//! Taking up the log where the last run left it.

use std::sync::Arc;

use redoubt_audit::read::Gathered;
use redoubt_audit::{Entry, InterruptedEntry, OpenRequests, Publisher, PublisherError, SigningKey};
use redoubt_domain::RequestId;
use redoubt_domain::seams::{Clock, FileError, Files, Log, LogError};
use thiserror::Error;

use super::publish::Publishing;

const BATCH: usize = 2_048;

/// Why the log cannot be taken up.
#[derive(Debug, Error)]
pub(crate) enum RecoverError {
    /// The journal cannot be read or written.
    #[error(transparent)]
    Log(#[from] LogError),
    /// What is published cannot be read.
    #[error(transparent)]
    Files(#[from] FileError),
    /// What is published is damaged.
    #[error(transparent)]
    Publisher(#[from] PublisherError),
    /// The journal and what is published are not of one log.
    #[error(
        "the journal holds entries {first} to {size}, but {published} are published; \
         one of them was replaced or restored without the other"
    )]
    Apart {
        /// The first entry of the journal.
        first: u64,
        /// The number of entries the journal counts.
        size: u64,
        /// The number of entries published.
        published: u64,
    },
}

/// Takes up the log: reads what is published, and writes an [`Entry::Interrupted`] for each request that
/// the last run began and did not end.
pub(crate) async fn recover(
    log: Arc<dyn Log>,
    files: Arc<dyn Files>,
    key: SigningKey,
    clock: &dyn Clock,
) -> Result<Publishing, RecoverError> {
    let publisher = resume(files.as_ref(), &key).await?;
    let (first, size, published) = (log.first().await?, log.size().await?, publisher.size());
    if first > published || published > size {
        return Err(RecoverError::Apart { first, size, published });
    }
    let mut publishing = Publishing { log, files, key, publisher, open: OpenRequests::default() };
    let interrupted = scan(&mut publishing, first, size).await?;
    for request in &interrupted {
        let entry = Entry::Interrupted(InterruptedEntry { request: *request, time: clock.now() });
        publishing.log.append(entry.to_bytes()).await?;
    }
    if !interrupted.is_empty() {
        tracing::warn!(requests = interrupted.len(), "requests were cut off when the last run ended");
    }
    Ok(publishing)
}

/// Notes the published part of the journal in `publishing`, which will see the rest when it publishes it,
/// and returns the requests that are open at the end of the journal.
async fn scan(publishing: &mut Publishing, first: u64, size: u64) -> Result<Vec<RequestId>, RecoverError> {
    let published = publishing.publisher.size();
    let mut open = OpenRequests::default();
    let mut at = first;
    while at < size {
        let entries = publishing.log.read(at, BATCH).await?;
        if entries.is_empty() {
            break;
        }
        for bytes in &entries {
            if let Ok(entry) = Entry::from_bytes(bytes) {
                let _ = open.observe(at, &entry);
            }
            if at < published {
                publishing.observe(at, bytes);
            }
            at += 1;
        }
    }
    Ok(open.requests().collect())
}

async fn resume(files: &dyn Files, key: &SigningKey) -> Result<Publisher, RecoverError> {
    let mut gathered = Gathered::default();
    loop {
        let result = Publisher::resume(key.verifier(), &mut |path| gathered.fetch(path));
        match (result, gathered.wanted()) {
            (Ok(publisher), _) => return Ok(publisher),
            (Err(_), Some(path)) => {
                let file = files.get(&path).await?;
                gathered.give(path, file);
            }
            (Err(error), None) => return Err(error.into()),
        }
    }
}
