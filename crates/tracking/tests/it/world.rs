//! The API over a store in a temporary folder, asked without a socket.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use redoubt_domain::seams::{Change, Clock, Entropy};
use redoubt_domain::{Capabilities, Capability, KeyId, Principal, Secret, TenantId, Timestamp, UserId};
use redoubt_models::sign::{Manifest, sha256};
use redoubt_models::{FileReport, Limits as ModelLimits, Report};
use redoubt_registry::{AttestationKey, Limits, Policy, Registry, Witness};
use redoubt_tracking::{Dependencies, Event, EventError, Events, ScanError, Scanner, TrackingSettings, router};
use serde_json::{Value, json};

pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    router: Router,
    pub(crate) noted: Arc<Noted>,
}

/// A clock that goes on by a millisecond each time it is asked.
struct StepClock(AtomicU64);

impl Clock for StepClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(1_795_376_371_732_000 + self.0.fetch_add(1_000, Ordering::Relaxed))
    }
}

struct CountingEntropy(AtomicU64);

impl Entropy for CountingEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        let n = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        buffer.fill(0xab);
        let length = buffer.len().min(8);
        buffer[..length].copy_from_slice(&n[8 - length..]);
    }
}

/// What the audit log would hold.
#[derive(Default)]
pub(crate) struct Noted(Mutex<Vec<String>>);

impl Noted {
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[async_trait::async_trait]
impl Events for Noted {
    async fn note(&self, event: Event) -> Result<(), EventError> {
        self.0.lock().unwrap().push(format!("{:?} {} by {}", event.what, event.subject, event.key));
        Ok(())
    }
}

impl Witness for Noted {
    fn record(&self, event: &redoubt_registry::Event) -> Change {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        self.0.lock().unwrap().push(format!("{:?} {} by {}", event.what, event.subject, event.actor));
        Change::put("noted", COUNT.fetch_add(1, Ordering::Relaxed).to_string(), None, Bytes::new())
    }
}

/// Looks at each file as `redoubt model scan` does.
struct FolderScanner;

impl Scanner for FolderScanner {
    fn scan(&self, folder: &Path) -> Result<Report, ScanError> {
        let mut files = Vec::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(next) = folders.pop() {
            for entry in std::fs::read_dir(next).map_err(|error| ScanError(error.into()))? {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let (bytes, name) =
                    (std::fs::read(&path).unwrap(), path.strip_prefix(folder).unwrap().to_str().unwrap());
                let scanned = redoubt_models::scan(&bytes, name, &ModelLimits::default());
                let digest = Some(sha256(&bytes));
                files.push(FileReport { path: name.to_owned(), size: bytes.len() as u64, digest, scanned });
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let digests: Vec<_> = files.iter().map(|file| (file.path.clone(), file.digest.unwrap())).collect();
        let name = "model".to_owned();
        Ok(Report { manifest: Some(Manifest::new(name.clone(), digests)), name, files })
    }
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) bytes: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("not JSON: {:?}", self.bytes))
    }

    /// The answer, which must be one of success.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{:?}", self.bytes);
        self.json()
    }

    /// Its code and its words, which must be a mistake's.
    #[track_caller]
    pub(crate) fn problem(self) -> (u16, String, String) {
        let json = self.json();
        let text = |name: &str| json[name].as_str().unwrap_or_else(|| panic!("{json}")).to_owned();
        (self.status.as_u16(), text("error_code"), text("message"))
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(TrackingSettings::default()).await
    }

    pub(crate) async fn with(settings: TrackingSettings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let noted = Arc::new(Noted::default());
        let clock: Arc<dyn Clock> = Arc::new(StepClock(AtomicU64::new(0)));
        let entropy: Arc<dyn Entropy> = Arc::new(CountingEntropy(AtomicU64::new(1)));
        let registry = Registry {
            records: redoubt_store::open_records(folder.path()).await.unwrap(),
            entropy: Arc::clone(&entropy),
            witness: noted.clone(),
            key: Arc::new(AttestationKey::from_seed(&Secret::new([7; 32])).unwrap()),
            policy: Arc::new(Policy::default()),
            tenant: TenantId::parse("nobody").unwrap(),
            limits: Limits::default(),
        };
        let home = folder.path().to_owned();
        let scanner = Arc::new(FolderScanner);
        let router = router(settings, Dependencies { home, clock, entropy, events: noted.clone(), registry, scanner });
        Self { folder, router, noted }
    }

    /// Asks as a key of tenant `acme` that may do everything.
    pub(crate) async fn ask(&self, method: &str, path: &str, body: Value) -> Answer {
        self.ask_as(Some(everybody("acme", "key_a")), method, path, body).await
    }

    pub(crate) async fn ask_as(&self, who: Option<Principal>, method: &str, path: &str, body: Value) -> Answer {
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        self.send(who, method, path, body).await
    }

    pub(crate) async fn send(&self, who: Option<Principal>, method: &str, path: &str, body: Body) -> Answer {
        let mut request = Request::builder().method(Method::from_bytes(method.as_bytes()).unwrap()).uri(path);
        if let Some(who) = who {
            request = request.extension(who);
        }
        let answer = TowerToHyperService::new(self.router.clone()).call(request.body(body).unwrap()).await.unwrap();
        let status = answer.status();
        // A body that is cut off is empty here, which no test takes for an answer.
        let bytes = answer.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
        Answer { status, bytes }
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.ask("POST", &format!("/api/2.0/mlflow/{path}"), body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", &format!("/api/2.0/mlflow/{path}"), Value::Null).await
    }

    pub(crate) async fn put(&self, path: &str, bytes: impl Into<Bytes>) -> Answer {
        let who = Some(everybody("acme", "key_a"));
        self.send(who, "PUT", &artifact(path), Body::from(bytes.into())).await
    }

    pub(crate) async fn run(&self) -> String {
        let run = self.post("runs/create", json!({ "experiment_id": "0", "start_time": 5 })).await.ok();
        run["run"]["info"]["run_id"].as_str().unwrap().to_owned()
    }
}

pub(crate) fn artifact(path: &str) -> String {
    format!("/api/2.0/mlflow-artifacts/artifacts/{path}")
}

pub(crate) fn principal(tenant: &str, key: &str, can: &[Capability]) -> Principal {
    let capabilities: Capabilities = can.iter().copied().collect();
    // Each key is somebody else's.
    let owner = Some(UserId::parse(&format!("owner of {key}")).unwrap());
    Principal { tenant: TenantId::parse(tenant).unwrap(), key: KeyId::parse(key).unwrap(), capabilities, owner }
}

pub(crate) fn everybody(tenant: &str, key: &str) -> Principal {
    principal(tenant, key, &[Capability::Track, Capability::Register, Capability::Approve])
}
