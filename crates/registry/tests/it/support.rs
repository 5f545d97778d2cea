//! A registry in memory, with a clock and chance that count up.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use redoubt_domain::seams::{Change, Entropy, Record, Records};
use redoubt_domain::{Digest, Secret, TenantId, Timestamp};
use redoubt_registry::{
    AttestationKey, By, Entry, Event, Happening, Limits, Manifest, NewVersion, Policy, Registry, RegistryError, Witness,
};

/// Counts up: never the same twice.
#[derive(Default)]
pub(crate) struct Counting(AtomicU64);

impl Entropy for Counting {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            let count = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
            chunk.copy_from_slice(&count[8 - chunk.len()..]);
        }
    }
}

/// Remembers what was to be told; what came of it is among the records, by the number of the event.
#[derive(Default)]
pub(crate) struct Diary(Mutex<Vec<Event>>);

/// The kind of its records.
pub(crate) const DIARY: &str = "diary";

impl Witness for Diary {
    fn record(&self, event: &Event) -> Change {
        let mut diary = self.0.lock().unwrap();
        diary.push(event.clone());
        Change::put(DIARY, format!("{:08}", diary.len() - 1), None, Bytes::new())
    }
}

/// A registry with its diary.
#[derive(Clone)]
pub(crate) struct Room {
    pub(crate) registry: Registry,
    pub(crate) diary: Arc<Diary>,
}

impl Room {
    pub(crate) fn new(policy: Policy) -> Self {
        Self::over(redoubt_store::backends::memory::stores().records, policy)
    }

    pub(crate) fn over(records: Arc<dyn Records>, policy: Policy) -> Self {
        let diary = Arc::new(Diary::default());
        let registry = Registry {
            records,
            entropy: Arc::new(Counting::default()),
            witness: Arc::clone(&diary) as Arc<dyn Witness>,
            key: Arc::new(AttestationKey::from_seed(&Secret::new([7; 32])).unwrap()),
            policy: Arc::new(policy),
            tenant: TenantId::parse("acme").unwrap(),
            limits: Limits::default(),
        };
        Self { registry, diary }
    }

    /// What happened, in words.
    pub(crate) fn told(&self) -> Vec<(Happening, String, String)> {
        // Those in memory never wait.
        let scan = pin!(self.registry.records.scan(DIARY, None, usize::MAX));
        let Poll::Ready(Ok(records)) = scan.poll(&mut Context::from_waker(Waker::noop())) else { panic!("no records") };
        let diary = self.diary.0.lock().unwrap();
        let event = |record: &Record| &diary[record.id.parse::<usize>().unwrap()];
        let told = |event: &Event| (event.what, event.subject.clone(), event.detail.clone());
        records.iter().map(event).map(told).collect()
    }

    /// A model with so many versions, each with a digest of its own, registered by `ann`.
    pub(crate) async fn model(&self, name: &str, versions: u64) {
        self.registry.create_model(name, "", BTreeMap::new(), by("ann")).await.unwrap();
        for number in 0..versions {
            let digest = manifest(&format!("{name} {number}")).digest();
            let new = NewVersion { digest: Some(digest), ..NewVersion::default() };
            self.registry.create_version(name, new, by("ann")).await.unwrap();
        }
    }
}

/// Somebody, at a time later than the last.
pub(crate) fn by(actor: &str) -> By<'_> {
    owned(actor, Some(actor))
}

/// A key of somebody, at a time later than the last.
pub(crate) fn owned<'a>(actor: &'a str, owner: Option<&'a str>) -> By<'a> {
    static NOW: AtomicU64 = AtomicU64::new(1_800_000_000_000_000);
    By { actor, owner, now: Timestamp::from_micros(NOW.fetch_add(1, Ordering::Relaxed)) }
}

/// A manifest of one file.
pub(crate) fn manifest(content: &str) -> Manifest {
    let digest = redoubt_models::sign::sha256(content.as_bytes());
    let entry = Entry { size: content.len() as u64, digest };
    Manifest::new([("model.safetensors".to_owned(), entry)], &Limits::default()).unwrap()
}

pub(crate) fn digest(n: u8) -> Digest {
    Digest::new([n; 32])
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// The error in words, with the first line alone.
#[track_caller]
pub(crate) fn words<T: std::fmt::Debug>(result: Result<T, RegistryError>) -> String {
    result.unwrap_err().to_string()
}
