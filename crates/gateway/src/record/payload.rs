//! Keeping bodies, sealed, in the background.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use redoubt_audit::{MasterKey, PayloadError, PayloadKey, TenantKey, WrappedKey};
use redoubt_domain::seams::{Blobs, Entropy, Records};
use redoubt_domain::{Digest, RequestId, Secret, TenantId};
use thiserror::Error;
use tokio::sync::{Mutex as AsyncMutex, OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::Health;
use crate::telemetry;

/// The kind of record under which the wrapped key of a request's payloads lies, by the request's id. To
/// delete it is to erase the payloads.
pub const PAYLOAD_KEY_KIND: &str = "payload_key";

/// Kibibytes that may wait to be written. Beyond it, requests wait for the store.
const WAITING_KIB: usize = 32 << 10;
/// Writes in one commit.
const BATCH: usize = 2_048;
/// How long the first write of a commit waits for others. Each commit syncs the disk twice, and the log, for which
/// requests do wait, syncs the same disk.
const GATHER: Duration = Duration::from_millis(50);
/// How long a request waits for a store that does not keep up, before it goes on without its payload: the
/// log still holds the digest.
const PATIENCE: Duration = Duration::from_secs(5);

enum Job {
    Key(RequestId, Bytes),
    Body(Digest, Bytes),
}

/// A job and the room it takes until it is written.
type Waiting = (Job, OwnedSemaphorePermit);

/// Seals payloads and hands them to a writer in the background.
pub(crate) struct Payloads {
    master: MasterKey,
    entropy: Arc<dyn Entropy>,
    tenants: Mutex<HashMap<TenantId, Arc<TenantKey>>>,
    room: Arc<Semaphore>,
    queue: Mutex<Option<mpsc::UnboundedSender<Waiting>>>,
    health: Arc<Health>,
    writer: AsyncMutex<Option<JoinHandle<()>>>,
}

impl Payloads {
    pub(crate) fn start(
        master: Secret<[u8; 32]>,
        entropy: Arc<dyn Entropy>,
        blobs: &Arc<dyn Blobs>,
        records: &Arc<dyn Records>,
    ) -> Arc<Self> {
        // Not bounded by itself: what is in it holds room, and there is only so much of that.
        let (queue, jobs) = mpsc::unbounded_channel();
        let health =
            Arc::new(Health::new("payloads are not kept, the log has their digests alone", "payloads are kept again"));
        let writer = tokio::spawn(write_all(jobs, Arc::clone(blobs), Arc::clone(records), Arc::clone(&health)));
        Arc::new(Self {
            master: MasterKey::new(master),
            entropy,
            tenants: Mutex::default(),
            room: Arc::new(Semaphore::new(WAITING_KIB)),
            queue: Mutex::new(Some(queue)),
            health,
            writer: AsyncMutex::new(Some(writer)),
        })
    }

    /// The key of a tenant, derived once.
    pub(super) fn tenant_key(&self, tenant: &TenantId) -> Result<Arc<TenantKey>, PayloadError> {
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = tenants.get(tenant) {
            return Ok(Arc::clone(key));
        }
        let key = Arc::new(self.master.tenant(tenant)?);
        tenants.insert(tenant.clone(), Arc::clone(&key));
        Ok(key)
    }

    /// A new key for a request's payloads, and its wrapped form to be kept.
    pub(super) fn new_key(
        &self,
        request: RequestId,
        tenant: &TenantKey,
    ) -> Result<(Arc<PayloadKey>, WrappedKey), PayloadError> {
        let (key, wrapped) = tenant.payload_key(request, self.entropy.as_ref())?;
        Ok((Arc::new(key), wrapped))
    }

    /// Keeps the wrapped key of a request's payloads.
    pub(super) async fn keep_key(&self, request: RequestId, wrapped: &WrappedKey) {
        self.put(Job::Key(request, wrapped.as_bytes().clone())).await;
    }

    /// Keeps a sealed body.
    pub(super) async fn keep(&self, digest: Digest, sealed: Bytes) {
        self.put(Job::Body(digest, sealed)).await;
    }

    async fn put(&self, job: Job) {
        let bytes = match &job {
            Job::Key(_, bytes) | Job::Body(_, bytes) => bytes.len(),
        };
        let kib = u32::try_from((bytes >> 10) + 1).unwrap_or(u32::MAX).min(WAITING_KIB as u32);
        let room = match Arc::clone(&self.room).try_acquire_many_owned(kib) {
            Ok(room) => room,
            Err(_) => match timeout(PATIENCE, Arc::clone(&self.room).acquire_many_owned(kib)).await {
                Ok(Ok(room)) => room,
                _ => return lost(&self.health, &Slow),
            },
        };
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.as_ref().is_none_or(|queue| queue.send((job, room)).is_err()) {
            lost(&self.health, &Stopping);
        }
    }

    /// Writes what is waiting, within `patience`.
    pub(crate) async fn drain(&self, patience: Duration) {
        drop(self.queue.lock().unwrap_or_else(PoisonError::into_inner).take());
        if let Some(writer) = self.writer.lock().await.take()
            && timeout(patience, writer).await.is_err()
        {
            tracing::warn!("some payloads were not written in time");
        }
    }
}

/// Writes whatever is waiting in one commit, while the next gathers.
async fn write_all(
    mut jobs: mpsc::UnboundedReceiver<Waiting>,
    blobs: Arc<dyn Blobs>,
    records: Arc<dyn Records>,
    health: Arc<Health>,
) {
    let mut batch = Vec::with_capacity(BATCH);
    while jobs.recv_many(&mut batch, BATCH).await > 0 {
        // A channel that is closed has nothing to wait for.
        if batch.len() < BATCH && !jobs.is_closed() {
            sleep(GATHER).await;
            while batch.len() < BATCH
                && let Ok(job) = jobs.try_recv()
            {
                batch.push(job);
            }
        }
        let (mut keys, mut bodies, mut rooms) = (Vec::new(), Vec::new(), Vec::new());
        for (job, room) in batch.drain(..) {
            match job {
                Job::Key(request, wrapped) => keys.push((request.to_string(), wrapped)),
                Job::Body(digest, sealed) => bodies.push((digest, sealed)),
            }
            rooms.push(room);
        }
        if !keys.is_empty()
            && let Err(error) = records.insert_all(PAYLOAD_KEY_KIND, keys).await
        {
            lost(&health, &error);
            continue;
        }
        if bodies.is_empty() {
            continue;
        }
        match blobs.put_all(bodies).await {
            Ok(()) => health.works(),
            Err(error) => lost(&health, &error),
        }
    }
}

/// The store does not keep up.
#[derive(Debug, Error)]
#[error("the store is too slow")]
struct Slow;

/// Nothing is taken any more.
#[derive(Debug, Error)]
#[error("the gateway is stopping")]
struct Stopping;

fn lost(health: &Health, error: &(dyn std::error::Error + 'static)) {
    telemetry::payloads_lost();
    health.fails(error);
}
