//! Keeping bodies, sealed, in the background.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use redoubt_audit::{MasterKey, PayloadError, PayloadKey, TenantKey};
use redoubt_domain::seams::{Blobs, Entropy, RecordError, Records};
use redoubt_domain::{Digest, RequestId, Secret, TenantId};
use tokio::sync::{Mutex as AsyncMutex, mpsc};
use tokio::task::JoinHandle;

/// The kind of record under which the wrapped key of a request's payloads lies, by the request's id. To
/// delete it is to erase the payloads.
pub const PAYLOAD_KEY_KIND: &str = "payload_key";

/// Writes that may wait. Beyond it the store is slower than the callers, and payloads are given up rather
/// than answers: the log still holds their digests.
const QUEUE: usize = 4_096;
/// Bytes of them that may wait: bodies reach 32 MiB.
const QUEUE_BYTES: usize = 256 << 20;
const WRITERS: usize = 4;

enum Job {
    Key(RequestId, Bytes),
    Body(Digest, Bytes),
}

impl Job {
    fn len(&self) -> usize {
        match self {
            Self::Key(_, bytes) | Self::Body(_, bytes) => bytes.len(),
        }
    }
}

/// Seals payloads and hands them to writers in the background.
pub(crate) struct Payloads {
    master: MasterKey,
    entropy: Arc<dyn Entropy>,
    tenants: Mutex<HashMap<TenantId, Arc<TenantKey>>>,
    queue: Mutex<Option<mpsc::Sender<Job>>>,
    waiting_bytes: Arc<AtomicUsize>,
    writers: AsyncMutex<Vec<JoinHandle<()>>>,
}

impl Payloads {
    pub(crate) fn start(
        master: Secret<[u8; 32]>,
        entropy: Arc<dyn Entropy>,
        blobs: &Arc<dyn Blobs>,
        records: &Arc<dyn Records>,
    ) -> Arc<Self> {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let jobs = Arc::new(AsyncMutex::new(jobs));
        let waiting_bytes: Arc<AtomicUsize> = Arc::default();
        let writer = |_| {
            let writer = Writer {
                jobs: Arc::clone(&jobs),
                blobs: Arc::clone(blobs),
                records: Arc::clone(records),
                waiting_bytes: Arc::clone(&waiting_bytes),
            };
            tokio::spawn(writer.run())
        };
        let writers = (0..WRITERS).map(writer).collect();
        Arc::new(Self {
            master: MasterKey::new(master),
            entropy,
            tenants: Mutex::default(),
            queue: Mutex::new(Some(queue)),
            waiting_bytes,
            writers: AsyncMutex::new(writers),
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

    /// A new key for a request's payloads; its wrapped form is kept.
    pub(super) fn new_key(&self, request: RequestId, tenant: &TenantKey) -> Result<Arc<PayloadKey>, PayloadError> {
        let (key, wrapped) = tenant.payload_key(request, self.entropy.as_ref())?;
        self.put(Job::Key(request, wrapped.as_bytes().clone()));
        Ok(Arc::new(key))
    }

    /// Keeps a sealed body.
    pub(super) fn keep(&self, digest: Digest, sealed: Bytes) {
        self.put(Job::Body(digest, sealed));
    }

    fn put(&self, job: Job) {
        let len = job.len();
        let has_room = self.waiting_bytes.fetch_add(len, Ordering::AcqRel) + len <= QUEUE_BYTES;
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let is_kept = has_room && queue.as_ref().is_some_and(|queue| queue.try_send(job).is_ok());
        if !is_kept {
            self.waiting_bytes.fetch_sub(len, Ordering::AcqRel);
            metrics::counter!("redoubt_payloads_lost_total").increment(1);
            tracing::warn!("a payload is not kept: the store is too slow");
        }
    }

    /// Writes what is waiting, within `patience`.
    pub(crate) async fn drain(&self, patience: Duration) {
        drop(self.queue.lock().unwrap_or_else(PoisonError::into_inner).take());
        let mut writers = self.writers.lock().await;
        let finish = async {
            for writer in writers.drain(..) {
                let _ = writer.await;
            }
        };
        if tokio::time::timeout(patience, finish).await.is_err() {
            tracing::warn!("some payloads were not written in time");
        }
    }
}

struct Writer {
    jobs: Arc<AsyncMutex<mpsc::Receiver<Job>>>,
    blobs: Arc<dyn Blobs>,
    records: Arc<dyn Records>,
    waiting_bytes: Arc<AtomicUsize>,
}

impl Writer {
    async fn run(self) {
        loop {
            let Some(job) = self.jobs.lock().await.recv().await else { return };
            let len = job.len();
            match job {
                Job::Body(digest, sealed) => {
                    if let Err(error) = self.blobs.put(digest, sealed).await {
                        lost(&error);
                    }
                }
                Job::Key(request, wrapped) => {
                    match self.records.put_if(PAYLOAD_KEY_KIND, &request.to_string(), None, wrapped).await {
                        Ok(_) | Err(RecordError::Conflict { .. }) => {}
                        Err(error) => lost(&error),
                    }
                }
            }
            self.waiting_bytes.fetch_sub(len, Ordering::AcqRel);
        }
    }
}

fn lost(error: &(dyn std::error::Error + 'static)) {
    metrics::counter!("redoubt_payloads_lost_total").increment(1);
    tracing::warn!(error, "a payload cannot be kept");
}
