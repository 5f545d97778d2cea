//! Writing the audit log: what is recorded of a request, and when it is durable.

mod health;
mod opened;
mod payload;
mod publish;
mod recover;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use bytes::Bytes;
use redoubt_audit::{
    BodyEntry, CompletionEntry, DecisionEntry, Entry, EventEntry, EventKind, Outcome, Payload, PayloadKey,
    RequestEntry, Side, TenantKey, sha256,
};
use redoubt_domain::seams::{Clock, Entropy, Haste, Log, LogError};
use redoubt_domain::{Decision, Digest, RequestId, Timestamp};
use thiserror::Error;
use tokio::runtime::Handle;
use tokio::sync::{Notify, oneshot};

pub(crate) use health::Health;
use opened::Opened;
pub use payload::PAYLOAD_KEY_KIND;
pub(crate) use payload::Payloads;
pub(crate) use publish::PublishTask;
pub(crate) use recover::recover;

use crate::journey::Journey;
use crate::server::lanes;
use crate::settings::Durability;
use crate::telemetry::{Ending, Event};

/// The audit log cannot be written: nothing of an answer may leave.
#[derive(Debug, Error)]
#[error("the request cannot be recorded")]
pub(crate) struct Unrecorded;

/// Appends to the audit log.
#[derive(Clone)]
pub(crate) struct Recorder(Arc<Parts>);

/// Shared, so that a request takes hold of one thing that all threads count.
struct Parts {
    log: Arc<dyn Log>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    payloads: Arc<Payloads>,
    /// Whether it could be written the last time.
    health: Health,
    /// Rung whenever there is something new to publish.
    news: Notify,
    /// Appends that have not resolved yet.
    pending: Arc<AtomicUsize>,
    runtime: Handle,
}

/// What is recorded of a request that has been decided.
pub(crate) struct Opening<'a> {
    pub(crate) peer: IpAddr,
    /// The person behind the key, as the caller names it.
    pub(crate) user: Option<&'a str>,
    pub(crate) decision: &'a Decision,
    /// The body as it came.
    pub(crate) received: Bytes,
    /// Whether bodies are kept.
    pub(crate) keep: bool,
    /// What the answer waits for.
    pub(crate) durability: Durability,
    pub(crate) journey: &'a Journey,
}

/// What is recorded of an answer.
#[derive(Default)]
pub(crate) struct Closing<'a> {
    pub(crate) decision: Option<&'a Decision>,
    /// The answer as it came.
    pub(crate) received: Bytes,
    /// The answer as it left; none if nothing did.
    pub(crate) sent: Option<Bytes>,
}

impl Recorder {
    /// Must be called inside the runtime.
    pub(crate) fn new(
        log: Arc<dyn Log>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        payloads: Arc<Payloads>,
    ) -> Self {
        let health = Health::new(
            "the audit log cannot be written, so nothing is answered",
            "the audit log can be written again",
        );
        let runtime = Handle::current();
        let (news, pending) = (Notify::new(), Arc::default());
        Self(Arc::new(Parts { log, clock, entropy, payloads, health, news, pending, runtime }))
    }

    /// Gathers what is recorded of a request; [`Draft::write`] must follow.
    pub(crate) fn draft(&self, opening: Opening<'_>) -> Result<Draft, Unrecorded> {
        let Opening { peer, user, decision, received, keep, durability, journey } = opening;
        let event = &journey.event;
        let (Some(tenant), Some(key), Some(surface)) = (&event.tenant, &event.key, event.surface) else {
            return Err(Unrecorded);
        };
        let Some(model) = event.model.clone() else { return Err(Unrecorded) };
        let tenant_key = self.0.payloads.tenant_key(tenant).map_err(|_| Unrecorded)?;
        let body = BodyEntry { bytes: 0, received: Digest::new([0; 32]), sent: None, payload: None };
        let entry = RequestEntry {
            request: journey.id,
            time: journey.at,
            tenant: tenant.clone(),
            key: key.clone(),
            user: user.map(|user| tenant_key.pseudonym(user)),
            surface,
            model,
            route: event.route.clone(),
            address: Some(peer.to_string()),
            stream: event.stream,
            decision: DecisionEntry::from(decision),
            body,
            provider: None,
            upstream_model: None,
            estimate: Some(journey.estimate),
            estimate_cost: Some(journey.price.of(journey.estimate)),
        };
        Ok(Draft { recorder: self.clone(), entry, tenant_key, received, keep, durability })
    }

    /// Records that something happened to the installation, and waits until that is durable.
    pub(crate) async fn event(
        &self,
        kind: EventKind,
        actor: &str,
        subject: &str,
        detail: &str,
    ) -> Result<(), Unrecorded> {
        let (actor, subject, detail) = (actor.to_owned(), subject.to_owned(), detail.to_owned());
        let entry = Entry::Event(EventEntry { kind, time: self.0.clock.now(), actor, subject, detail });
        if self.append(&entry).await { Ok(()) } else { Err(Unrecorded) }
    }

    /// Whether the log could be written the last time that this was tried.
    pub(crate) fn is_writable(&self) -> bool {
        !self.0.health.is_failing()
    }

    /// Tries a log again that could not be written, by writing down that it could not: a gateway that is not ready
    /// is sent no requests, so none of them would find out that it can.
    pub(crate) async fn try_again(&self) {
        if !self.is_writable() {
            let detail = format!("{} entries could not be written before", self.0.health.failures());
            let _ = self.event(EventKind::LogResumed, "redoubt", "", &detail).await;
        }
    }

    /// There is something new to publish.
    pub(crate) fn ring(&self) {
        self.0.news.notify_one();
    }

    /// Waits until nothing is being written, or `patience` is over.
    pub(crate) async fn settle(&self, patience: Duration) {
        let deadline = Instant::now() + patience;
        while self.0.pending.load(Ordering::Acquire) > 0 && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Something that is still to be written.
    pub(crate) fn place(&self) -> Pending {
        Pending::new(&self.0.pending)
    }

    async fn append(&self, entry: &Entry) -> bool {
        let written = self.0.log.append(entry.to_bytes()).await;
        self.noted(&written)
    }

    /// Appends an entry and says in the end whether it is durable. No task waits for it: what is to be done then is
    /// little, and the log's own thread does it.
    fn enqueue(&self, entry: &Entry, haste: Haste, told: impl FnOnce(bool) + Send + 'static) {
        let recorder = self.clone();
        let told = move |written: Result<u64, LogError>| told(recorder.noted(&written));
        self.0.log.enqueue(entry.to_bytes(), haste, Box::new(told));
    }

    /// Notes how an append went, and returns whether it went well.
    fn noted(&self, written: &Result<u64, LogError>) -> bool {
        self.0.news.notify_one();
        self.0.health.note(written);
        written.is_ok()
    }

    /// The digests of a body; hands the body on to be kept if there is a key to seal it under.
    async fn body(&self, side: Side, key: Option<&PayloadKey>, received: Bytes, sent: Option<Bytes>) -> BodyEntry {
        let digest = sha256(&received);
        let bytes = received.len() as u64;
        let changed = sent.filter(|sent| *sent != received);
        let sent = changed.as_deref().map(sha256);
        let payload = Payload { received, sent: changed };
        let sealed = key.and_then(|key| key.seal(side, &payload, self.0.entropy.as_ref()).ok());
        let mut kept = None;
        if let Some(sealed) = sealed {
            let digest = sha256(&sealed);
            self.0.payloads.keep(digest, sealed).await;
            kept = Some(digest);
        }
        BodyEntry { bytes, received: digest, sent, payload: kept }
    }
}

/// What is going to be recorded of a request, but for its body.
pub(crate) struct Draft {
    recorder: Recorder,
    entry: RequestEntry,
    tenant_key: Arc<TenantKey>,
    received: Bytes,
    keep: bool,
    durability: Durability,
}

impl Draft {
    /// Begins to record the request: when this returns, the record is on its way to the disk. Nobody waits here: the
    /// first result is kept for the end, the second is awaited before anything leaves. `sent` is the body as it goes
    /// on, where a rule changed it.
    pub(crate) fn write(self, sent: Option<Bytes>) -> Result<(Record, Recording), Unrecorded> {
        let Self { recorder, mut entry, tenant_key, received, keep, durability } = self;
        let request = entry.request;
        let new_key = keep.then(|| recorder.0.payloads.new_key(request, &tenant_key));
        let new_key = new_key.transpose().map_err(|_| Unrecorded)?;
        let (payload_key, wrapped) = new_key.unzip();
        let haste = match durability {
            Durability::Behind => Haste::Soon,
            Durability::Request | Durability::Answer => Haste::Now,
        };
        let opened = Arc::new(Opened::default());
        let is_small = received.len() <= INLINE_BYTES_MAX;
        let (writing, key, told) = (recorder.clone(), payload_key.clone(), Arc::clone(&opened));
        let place = recorder.place();
        // Where the answer waits for it, whoever waits is on this thread.
        let post = lanes::post().filter(|_| haste == Haste::Now);
        at_once(&recorder.0.runtime, is_small, async move {
            // However this ends, whoever waits is told.
            let told = told.promise();
            if let Some(wrapped) = wrapped {
                writing.0.payloads.keep_key(request, &wrapped).await;
            }
            entry.body = writing.body(Side::Request, key.as_deref(), received, sent).await;
            writing.enqueue(&Entry::Request(entry), haste, move |is_written| {
                match post {
                    Some(post) => post.send(Box::new(move || told.keep(is_written))),
                    None => told.keep(is_written),
                }
                drop(place);
            });
        });
        let is_doubtful = recorder.0.health.is_failing();
        let record = Record { recorder, request, key: payload_key, durability, opened: Arc::clone(&opened) };
        Ok((record, Recording { opened, durability, is_doubtful }))
    }
}

/// A request that is being recorded, until its end.
pub(crate) struct Record {
    recorder: Recorder,
    request: RequestId,
    key: Option<Arc<PayloadKey>>,
    durability: Durability,
    opened: Arc<Opened>,
}

impl Record {
    /// Records how the request ended, after its beginning has been written; if that failed, nothing was
    /// answered and there is nothing to add. Returns what to wait for, where the answer has to.
    pub(crate) fn close(self, at: Timestamp, event: &Event, closing: Closing<'_>) -> Option<Written> {
        let Self { recorder, request, key, durability, opened } = self;
        let Closing { decision, received, sent } = closing;
        let overhead = event.overhead.unwrap_or_default();
        let mut entry = CompletionEntry {
            request,
            time: at,
            outcome: outcome(event.ending),
            decision: decision.map(DecisionEntry::from),
            status: (event.status != 0).then_some(event.status),
            body: None,
            provider: event.provider.clone(),
            upstream_model: event.upstream_model.clone(),
            usage: Some(event.usage),
            cost: event.cost,
            duration_us: micros(event.total),
            upstream_us: micros(event.upstream),
            overhead_us: micros(overhead),
        };
        let (haste, done, written) = match durability {
            Durability::Answer => {
                let (done, written) = oneshot::channel();
                (Haste::Now, Some(done), Some(Written(written)))
            }
            Durability::Request | Durability::Behind => (Haste::Soon, None, None),
        };
        let place = recorder.place();
        let is_small = received.len() <= INLINE_BYTES_MAX;
        let runtime = recorder.0.runtime.clone();
        at_once(&runtime, is_small, async move {
            if opened.is_lost() {
                return;
            }
            if !received.is_empty() {
                entry.body = Some(recorder.body(Side::Answer, key.as_deref(), received, sent).await);
            }
            // Its own beginning comes first, and if that cannot be written there is nothing to add.
            opened.then(move || {
                recorder.enqueue(&Entry::Completion(entry), haste, move |is_written| {
                    if let Some(done) = done {
                        let _ = done.send(is_written);
                    }
                    drop(place);
                });
            });
        });
        written
    }
}

/// Bodies larger than this are hashed and sealed away from the task of their request, which has better to do.
const INLINE_BYTES_MAX: usize = 128 << 10;

/// Does `work` here and now as far as it gets without waiting, which is all of it as a rule: a task of its own would
/// have to be woken first. The rest, or all of what is not small, gets a task, and is done even if nobody waits.
fn at_once(runtime: &Handle, is_small: bool, work: impl Future<Output = ()> + Send + 'static) {
    let mut work = Box::pin(work);
    let is_over = is_small && work.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready();
    if !is_over {
        runtime.spawn(work);
    }
}

/// The beginning of a record on its way to durability. It gets there even if this is dropped.
pub(crate) struct Recording {
    opened: Arc<Opened>,
    durability: Durability,
    /// The log could not be written the last time.
    is_doubtful: bool,
}

impl Recording {
    /// Waits until the record is durable, unless the operator lets answers go before that.
    pub(crate) async fn durable(&self) -> Result<(), Unrecorded> {
        match self.durability {
            Durability::Behind => return Ok(()),
            Durability::Request | Durability::Answer => {}
        }
        if self.opened.is_written().await { Ok(()) } else { Err(Unrecorded) }
    }

    /// Does `work` while the record becomes durable, and returns its result and the time it took. If the
    /// record cannot be written the work is dropped half done; and it is not begun if the log could not be
    /// written before, until it is known that it now can.
    pub(crate) async fn meanwhile<T>(self, work: impl Future<Output = T>) -> Result<(T, Duration), Unrecorded> {
        if self.is_doubtful {
            self.durable().await?;
        }
        let begun = Instant::now();
        let mut work = std::pin::pin!(async move {
            let result = work.await;
            (result, begun.elapsed())
        });
        let mut durable = std::pin::pin!(self.durable());
        tokio::select! {
            biased;
            durable = &mut durable => {
                durable?;
                Ok(work.await)
            }
            result = &mut work => {
                durable.await?;
                Ok(result)
            }
        }
    }
}

/// The end of a record on its way to durability.
pub(crate) struct Written(oneshot::Receiver<bool>);

impl Written {
    /// Waits until the record is durable.
    pub(crate) async fn durable(self) -> Result<(), Unrecorded> {
        match self.0.await {
            Ok(true) => Ok(()),
            _ => Err(Unrecorded),
        }
    }
}

/// One append that has not resolved yet.
pub(crate) struct Pending(Arc<AtomicUsize>);

impl Pending {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(count))
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

const fn outcome(ending: Ending) -> Outcome {
    match ending {
        Ending::Answered => Outcome::Answered,
        Ending::Blocked => Outcome::Blocked,
        Ending::Refused => Outcome::Refused,
        Ending::UpstreamFailed | Ending::Failed => Outcome::UpstreamError,
        Ending::Cancelled => Outcome::Cancelled,
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
