//! Starting, changing and ending a gateway.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use arc_swap::{ArcSwap, ArcSwapOption};
use axum::Router;
use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::service::TowerToHyperService;
use redoubt_audit::{EventKind, SigningKey};
use redoubt_domain::Secret;
use redoubt_domain::seams::{Blobs, Classifier, Clock, Counters, Entropy, Files, Log, RecordError, Records};
use rustls::ServerConfig;
use thiserror::Error;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use crate::admit::{Admission, AdmissionParts};
use crate::outbox::Outbox;
use crate::record::{Payloads, PublishTask, Recorder, recover};
use crate::request_key::RequestKeys;
use crate::server::{Lanes, Outgoing, Plane, Wiring, build_tls, listen};
use crate::settings::{Settings, TlsSettings};
use crate::state::{BuildError, Shared, Snapshot};
use crate::{admin, flow, housekeeping};

/// What the gateway needs of the world.
pub struct Dependencies {
    /// Keys and tenants.
    pub records: Arc<dyn Records>,
    /// Encrypted payloads.
    pub blobs: Arc<dyn Blobs>,
    /// Limits and budgets.
    pub counters: Arc<dyn Counters>,
    /// The audit journal.
    pub log: Arc<dyn Log>,
    /// The audit log's tiles and checkpoint.
    pub files: Arc<dyn Files>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness fit for keys.
    pub entropy: Arc<dyn Entropy>,
    /// Signs the audit log's checkpoints.
    pub signing_key: SigningKey,
    /// The installation's secret: virtual keys are hashed and payload keys wrapped under keys derived
    /// from it.
    pub master: Secret<[u8; 32]>,
    /// Gives second opinions, where `transformer` is set.
    pub classifier: Option<Arc<dyn Classifier>>,
    /// More of the admin plane. Each request to it has shown a key that may do more than ask models, whose
    /// [`redoubt_domain::Principal`] is among its extensions.
    pub admin: Router,
}

/// Why the gateway does not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// An address is taken or not ours.
    #[error("cannot listen on `{address}`, which is `{setting}`")]
    Listen {
        /// The setting that names the address.
        setting: &'static str,
        /// The address.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The threads that serve cannot be started.
    #[error("cannot start the threads that serve")]
    Threads(#[source] std::io::Error),
    /// The settings cannot be put to work.
    #[error(transparent)]
    Settings(#[from] BuildError),
    /// The settings name a model, and there is none.
    #[error("`transformer` is set, and no model was loaded")]
    NoClassifier,
    /// The keys could not be read.
    #[error("cannot read the keys")]
    Keys(#[source] RecordError),
    /// The audit log could not be taken up again.
    #[error("cannot take up the audit log")]
    Audit(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Why new settings are not taken over. The gateway goes on with those it has.
#[derive(Debug, Error)]
pub enum ReloadError {
    /// The settings cannot be put to work.
    #[error(transparent)]
    Settings(#[from] BuildError),
    /// A setting changed that only a new start can change.
    #[error("`{key}` cannot change while the gateway runs, it was `{was}`; start the gateway again")]
    NeedsRestart {
        /// The setting.
        key: &'static str,
        /// What it was.
        was: String,
    },
}

/// A gateway that is not running yet.
pub struct Gateway;

impl Gateway {
    /// Builds what the settings ask for: providers, policies, TLS. Nothing is bound and no state is touched.
    /// It is work for a processor, tens of milliseconds, that can be done while the stores are being opened.
    pub fn prepare(settings: Settings) -> Result<Prepared, BuildError> {
        let (tls, admin_tls) = (tls(settings.tls.as_ref())?, tls(settings.admin_tls.as_ref())?);
        Ok(Prepared { snapshot: Snapshot::build(settings, None)?, tls, admin_tls })
    }

    /// Builds everything, takes up the audit log, binds both planes and serves.
    pub async fn start(settings: Settings, dependencies: Dependencies) -> Result<Running, StartError> {
        Self::prepare(settings)?.start(dependencies).await
    }
}

/// Settings at work, but for what they need of the world.
pub struct Prepared {
    snapshot: Snapshot,
    tls: Option<Arc<ServerConfig>>,
    admin_tls: Option<Arc<ServerConfig>>,
}

impl Prepared {
    /// Takes up the audit log, binds both planes and serves.
    pub async fn start(self, dependencies: Dependencies) -> Result<Running, StartError> {
        let Self { snapshot, tls, admin_tls } = self;
        let settings = &snapshot.settings;
        let Dependencies {
            records,
            blobs,
            counters,
            log,
            files,
            clock,
            entropy,
            signing_key,
            master,
            classifier,
            admin: admin_routes,
        } = dependencies;
        if settings.transformer.is_some() && classifier.is_none() {
            return Err(StartError::NoClassifier);
        }
        let (listen_on, admin_on, bounds) = (settings.listen, settings.admin_listen, settings.bounds.clone());
        let (tls, admin_tls) = (Arc::new(ArcSwapOption::new(tls)), Arc::new(ArcSwapOption::new(admin_tls)));

        let parts = AdmissionParts {
            records: Arc::clone(&records),
            counters,
            clock: Arc::clone(&clock),
            master: master.clone(),
        };
        let admission = Admission::open(parts, &settings.admit).await.map_err(StartError::Keys)?;

        // Bound before the log is taken up: of two gateways on one home, the second must not touch the log.
        let data = bind("listen", listen_on)?;
        let admin = bind("admin_listen", admin_on)?;
        let audit = |error| StartError::Audit(Box::new(error));
        let outbox = Outbox {
            records: Arc::clone(&records),
            log: Arc::clone(&log),
            files: Arc::clone(&files),
            key: signing_key.verifier().clone(),
        };
        let publishing = recover(Arc::clone(&log), files, signing_key, clock.as_ref()).await.map_err(audit)?;
        let keys = RequestKeys::new(&master);
        let payloads = Payloads::start(master, Arc::clone(&entropy), &blobs, &records);
        let recorder = Recorder::new(log, Arc::clone(&clock), Arc::clone(&entropy), Arc::clone(&payloads));
        let publishing = publishing.start(&recorder);
        recorder
            .event(EventKind::Started, ACTOR, "", concat!("version ", env!("CARGO_PKG_VERSION")))
            .await
            .map_err(|unrecorded| StartError::Audit(Box::new(unrecorded)))?;

        let shared = Arc::new(Shared {
            snapshot: ArcSwap::from_pointee(snapshot),
            admission,
            recorder,
            clock,
            entropy,
            keys,
            classifier,
            ready: AtomicBool::new(true),
        });
        let housekeeping = housekeeping::start(Arc::clone(&shared), outbox);
        let data_address = address(&data, listen_on);
        let admin_address = address(&admin, admin_on);
        let serving = Arc::clone(&shared);
        let lanes = Arc::new(Lanes::start().map_err(StartError::Threads)?);
        let data_wiring = Wiring { limits: bounds.clone(), tls: Arc::clone(&tls), lanes: Some(Arc::clone(&lanes)) };
        let data = listen(data, data_wiring, move |peer| {
            let shared = Arc::clone(&serving);
            service_fn(move |request: Request<Incoming>| {
                // In a box: it is large, and the server moves it about.
                let answer = Box::pin(flow::serve(Arc::clone(&shared), peer.ip(), request));
                async move { Ok::<_, Infallible>(answer.await) }
            })
        });
        let router = admin::router(&shared, admin_routes, admin_address);
        let admin = listen(admin, Wiring { limits: bounds, tls: Arc::clone(&admin_tls), lanes: None }, move |_| {
            let router = TowerToHyperService::new(router.clone());
            service_fn(move |request: Request<Incoming>| {
                use hyper::service::Service as _;
                let answer = router.call(request);
                async move { answer.await.map(|response| response.map(Outgoing::Admin)) }
            })
        });
        Ok(Running {
            shared,
            data,
            admin,
            data_address,
            admin_address,
            tls,
            admin_tls,
            housekeeping,
            publishing,
            payloads,
            lanes,
            reloading: Mutex::new(()),
        })
    }
}

/// Who is named in the log for what the gateway does itself.
const ACTOR: &str = "redoubt";

/// Listens with a queue as long as systems allow: with the usual one of 128, a crowd that comes at once waits for
/// seconds until its kernels ask again.
fn bind(setting: &'static str, address: SocketAddr) -> Result<TcpListener, StartError> {
    const WAITING_MAX: u32 = 4_096;
    let listen = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(WAITING_MAX)
    };
    listen().map_err(|source| StartError::Listen { setting, address, source })
}

fn address(listener: &TcpListener, asked: SocketAddr) -> SocketAddr {
    listener.local_addr().unwrap_or(asked)
}

fn tls(settings: Option<&TlsSettings>) -> Result<Option<Arc<ServerConfig>>, BuildError> {
    Ok(settings.map(build_tls).transpose()?)
}

/// A gateway that serves.
pub struct Running {
    shared: Arc<Shared>,
    data: Plane,
    admin: Plane,
    data_address: SocketAddr,
    admin_address: SocketAddr,
    tls: Arc<ArcSwapOption<ServerConfig>>,
    admin_tls: Arc<ArcSwapOption<ServerConfig>>,
    housekeeping: JoinHandle<()>,
    publishing: PublishTask,
    payloads: Arc<Payloads>,
    /// Dropped last: what was answered is still being recorded there.
    #[expect(dead_code, reason = "the threads end when it is dropped")]
    lanes: Arc<Lanes>,
    /// One reload at a time.
    reloading: Mutex<()>,
}

impl Running {
    /// Where callers reach the models.
    pub fn data_address(&self) -> SocketAddr {
        self.data_address
    }

    /// Where operators reach health, metrics and administration.
    pub fn admin_address(&self) -> SocketAddr {
        self.admin_address
    }

    /// The gate, for whoever makes keys in this process and must not wait until they are noticed.
    pub fn admission(&self) -> &Admission {
        &self.shared.admission
    }

    /// Puts other settings to work, all or none of them. Requests in flight end under the old ones.
    pub async fn reload(&self, settings: Settings) -> Result<(), ReloadError> {
        let _one_at_a_time = self.reloading.lock().await;
        let result = self.exchange(settings);
        let (kind, detail) = match &result {
            Ok(()) => (EventKind::ConfigurationLoaded, String::new()),
            Err(error) => (EventKind::ConfigurationRefused, error.to_string()),
        };
        // The log tells, but a log that cannot be written does not undo a change that happened.
        let _ = self.shared.recorder.event(kind, ACTOR, "", &detail).await;
        result
    }

    fn exchange(&self, settings: Settings) -> Result<(), ReloadError> {
        let old = self.shared.snapshot.load();
        for (key, was, is) in [
            ("listen", old.settings.listen, settings.listen),
            ("admin_listen", old.settings.admin_listen, settings.admin_listen),
        ] {
            if was != is {
                return Err(ReloadError::NeedsRestart { key, was: was.to_string() });
            }
        }
        for (key, was, is) in [
            ("tls", old.settings.tls.is_some(), settings.tls.is_some()),
            ("admin_tls", old.settings.admin_tls.is_some(), settings.admin_tls.is_some()),
        ] {
            // A plane that turned from TLS to plain text while it runs would surprise everybody.
            if was != is {
                return Err(ReloadError::NeedsRestart { key, was: if was { "set" } else { "not set" }.to_owned() });
            }
        }
        if old.settings.transformer != settings.transformer {
            let was = old.settings.transformer.as_ref().map(|was| was.folder.display().to_string());
            return Err(ReloadError::NeedsRestart { key: "transformer", was: was.unwrap_or("not set".to_owned()) });
        }
        // Everything that can fail comes before anything that changes.
        let tls = tls(settings.tls.as_ref())?;
        let admin_tls = self::tls(settings.admin_tls.as_ref())?;
        let snapshot = Snapshot::build(settings, Some(&old))?;
        self.shared.admission.configure(&snapshot.settings.admit);
        self.tls.store(tls);
        self.admin_tls.store(admin_tls);
        self.shared.snapshot.store(Arc::new(snapshot));
        Ok(())
    }

    /// Stops accepting, lets requests in flight finish within `patience`, cuts the rest, and publishes
    /// what the audit log holds.
    pub async fn drain(self, patience: Duration) {
        /// What the end takes at least, however impatient the caller: the log must be closed in order.
        const CLOSING: Duration = Duration::from_secs(5);
        let deadline = Instant::now() + patience;
        let left = || deadline.saturating_duration_since(Instant::now());
        self.shared.ready.store(false, Ordering::Relaxed);
        self.data.drain(left()).await;
        self.admin.drain(left().min(Duration::from_secs(1))).await;
        self.housekeeping.abort();
        let recorder = &self.shared.recorder;
        recorder.settle(CLOSING).await;
        let _ = recorder.event(EventKind::Stopped, ACTOR, "", "").await;
        self.payloads.drain(CLOSING).await;
        self.publishing.drain(CLOSING).await;
    }
}
