//! Experiments, runs, artifacts and models, over the REST API that MLflow's clients speak (2.x and 3.x, unmodified).
//!
//! ```text
//! a request with a Principal ─call→ parameters, one by one ─api→ store (SQLite), artifacts (files), registry
//! ```
//!
//! The gateway has checked the key before anything here runs and says whose it is; each endpoint asks for a capability,
//! and everything is looked up under the key's tenant: what belongs to another is not there. [`problem`] says how
//! mistakes are told, which decides what clients do.

mod api;
mod artifacts;
mod call;
mod events;
mod fields;
mod limits;
pub mod problem;
mod scanner;
mod search;
mod settings;
mod store;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use redoubt_domain::TenantId;
use redoubt_domain::seams::{Clock, Entropy};
use redoubt_registry::Registry;
use tokio::sync::OnceCell;

use artifacts::Artifacts;
pub use events::{Event, EventError, Events, What};
pub use problem::{Code, Problem};
pub use scanner::{ScanError, Scanner};
pub use settings::{Durability, TrackingSettings};
pub use store::OpenError;
use store::Store;

/// What tracking needs of the world.
#[derive(Clone)]
pub struct Dependencies {
    /// The installation's directory: `tracking.sqlite` and `artifacts` are in it.
    pub home: PathBuf,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness for ids.
    pub entropy: Arc<dyn Entropy>,
    /// Who is told of deletions, for the audit log.
    pub events: Arc<dyn Events>,
    /// The registered models of any tenant: each request sees those of its own.
    pub registry: Registry,
    /// Looks at the files of models before they are registered.
    pub scanner: Arc<dyn Scanner>,
}

/// Experiments, runs and artifacts.
pub(crate) struct Tracking {
    settings: TrackingSettings,
    dependencies: Dependencies,
    /// Opened by the first request, so that who does not track has no file and no wait for it.
    opened: OnceCell<Opened>,
    /// The tenants whose default experiment is there.
    known: Mutex<HashSet<TenantId>>,
}

pub(crate) struct Opened {
    pub(crate) store: Store,
    pub(crate) artifacts: Artifacts,
}

impl Tracking {
    /// The store and the artifacts, with what every tenant has.
    pub(crate) async fn opened(&self, tenant: &TenantId) -> Result<&Opened, Problem> {
        let open = async || -> Result<Opened, OpenError> {
            let home = &self.dependencies.home;
            let TrackingSettings { enabled: _, artifact_bytes_max, durability } = self.settings;
            let artifacts = Artifacts::open(home.join("artifacts"), artifact_bytes_max, durability).await?;
            Ok(Opened { store: Store::open(&home.join("tracking.sqlite"), durability).await?, artifacts })
        };
        let failed = |error| Problem::internal("the store of experiments cannot be opened", error);
        let opened = self.opened.get_or_try_init(open).await.map_err(failed)?;
        let is_known = || self.known.lock().unwrap_or_else(PoisonError::into_inner).contains(tenant);
        if !is_known() {
            opened.store.make_default(tenant.to_string(), self.now()).await?;
            self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(tenant.clone());
        }
        Ok(opened)
    }

    /// Milliseconds since the Unix epoch.
    pub(crate) fn now(&self) -> i64 {
        i64::try_from(self.dependencies.clock.now().millis()).unwrap_or(i64::MAX)
    }

    /// 32 hexadecimal digits that nobody guesses.
    pub(crate) fn new_id(&self) -> String {
        let mut random = [0; 16];
        self.dependencies.entropy.fill(&mut random);
        random.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    pub(crate) async fn note(&self, event: Event) -> Result<(), Problem> {
        let failed = |error| Problem {
            code: Code::Unavailable,
            message: "the audit log cannot be written, so nothing was changed".to_owned(),
            source: Some(Box::new(error)),
        };
        self.dependencies.events.note(event).await.map_err(failed)
    }
}

/// The API, for the gateway's admin plane. Every request must carry a [`redoubt_domain::Principal`] among its
/// extensions; without one nothing is answered.
pub fn router(settings: TrackingSettings, dependencies: Dependencies) -> Router {
    api::router(Arc::new(Tracking { settings, dependencies, opened: OnceCell::new(), known: Mutex::default() }))
}
