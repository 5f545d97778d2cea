//! Showing the log to the world: tiles and checkpoints, shortly after something new was written.

use std::sync::Arc;
use std::time::Duration;

use redoubt_audit::{CHECKPOINT_PATH, Entry, OpenRequests, Publication, Publisher, PublisherError, SigningKey};
use redoubt_domain::seams::{FileError, Files, Log, LogError};
use thiserror::Error;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::{Health, Recorder};

/// How long news may wait for more before it is published.
const INTERVAL: Duration = Duration::from_secs(1);
/// After a failure: long enough not to hammer a store that is down.
const PAUSE: Duration = Duration::from_secs(2);
const BATCH: usize = 2_048;

/// Why the log cannot be published.
#[derive(Debug, Error)]
pub(crate) enum PublishError {
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Files(#[from] FileError),
    #[error(transparent)]
    Publisher(#[from] PublisherError),
}

/// What is published, and what is on its way there.
pub(crate) struct Publishing {
    pub(super) log: Arc<dyn Log>,
    pub(super) files: Arc<dyn Files>,
    pub(super) key: SigningKey,
    pub(super) publisher: Publisher,
    /// Requests without an end: what the journal must keep for recovery.
    pub(super) open: OpenRequests,
}

/// The background task that publishes.
pub(crate) struct PublishTask {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Publishing {
    /// Publishes in the background whenever `recorder` has written.
    pub(crate) fn start(mut self, recorder: &Recorder) -> PublishTask {
        let (stop, mut stopped) = oneshot::channel();
        let recorder = recorder.clone();
        let health = Health::new("the audit log cannot be published", "the audit log can be published again");
        let task = tokio::spawn(async move {
            loop {
                let is_last = tokio::select! {
                    () = recorder.news_to_publish() => false,
                    _ = &mut stopped => true,
                };
                let published = self.publish().await;
                health.note(&published);
                if published.is_err() {
                    // What failed is tried again even if nothing new comes.
                    recorder.ring();
                    if !is_last {
                        sleep(PAUSE).await;
                    }
                }
                if is_last {
                    return;
                }
            }
        });
        PublishTask { stop, task }
    }

    /// Publishes everything that is durable.
    pub(crate) async fn publish(&mut self) -> Result<(), PublishError> {
        loop {
            let from = self.publisher.size();
            let entries = self.log.read(from, BATCH).await?;
            for (index, bytes) in (from..).zip(&entries) {
                self.observe(index, bytes);
            }
            let is_all = entries.len() < BATCH;
            self.publisher.append(&entries)?;
            if let Some(publication) = self.publisher.publish(&self.key) {
                self.write(publication).await?;
            }
            if is_all {
                return Ok(());
            }
        }
    }

    pub(super) fn observe(&mut self, index: u64, bytes: &[u8]) {
        // An entry that does not fit (the request was published and released before) changes nothing here.
        if let Some(turn) = Entry::peek(bytes) {
            let _ = self.open.note(index, turn);
        }
    }

    async fn write(&mut self, publication: Publication) -> Result<(), PublishError> {
        let Publication { tiles, checkpoint, size, superseded } = publication;
        for (path, content) in tiles {
            self.files.put(&path, content).await?;
        }
        self.files.sync().await?;
        self.files.put(CHECKPOINT_PATH, checkpoint).await?;
        self.files.sync().await?;
        self.publisher.published(size);
        for prefix in superseded {
            for path in self.files.list(&prefix).await? {
                self.files.delete(&path).await?;
            }
        }
        self.log.release(self.open.oldest().unwrap_or(size).min(size)).await?;
        Ok(())
    }
}

impl Recorder {
    /// Waits for news, and then a little longer for what comes with it.
    async fn news_to_publish(&self) {
        self.0.news.notified().await;
        sleep(INTERVAL).await;
    }
}

impl PublishTask {
    /// Publishes the rest and ends, within `patience`.
    pub(crate) async fn drain(self, patience: Duration) {
        let _ = self.stop.send(());
        if timeout(patience, self.task).await.is_err() {
            tracing::warn!("the end of the audit log was not published in time; the next start will publish it");
        }
    }
}
