//! Experiments, artifacts and registered models on the admin plane: what they need of this installation.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use redoubt_audit::{EventEntry, EventKind};
use redoubt_domain::TenantId;
use redoubt_domain::seams::Records;
use redoubt_gateway::outbox;
use redoubt_models::Report;
use redoubt_registry::{Limits, Policy, Registry};
use redoubt_store::Stores;
use redoubt_tracking::{Dependencies, Event, EventError, Events, ScanError, Scanner, TrackingSettings, What};

use crate::cli::scan_folder;
use crate::home::{Home, SystemClock, SystemEntropy};
use crate::registry::AuditWitness;
use crate::serve::ServeError;

/// The routes that the gateway puts behind its door; none if they are not wanted.
pub(crate) fn router(
    home: &Home,
    stores: &Stores,
    settings: TrackingSettings,
    gates: Policy,
) -> Result<Router, ServeError> {
    if !settings.enabled {
        return Ok(Router::new());
    }
    let registry = Registry {
        records: Arc::clone(&stores.records),
        entropy: Arc::new(SystemEntropy),
        witness: Arc::new(AuditWitness),
        key: Arc::new(home.attestation_key()?),
        policy: Arc::new(gates),
        // Each request puts its own in its place.
        tenant: TenantId::parse("default")?,
        limits: Limits::default(),
    };
    let dependencies = Dependencies {
        home: home.path().to_owned(),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        events: Arc::new(AuditEvents { records: Arc::clone(&stores.records) }),
        registry,
        scanner: Arc::new(FolderScanner),
    };
    Ok(redoubt_tracking::router(settings, dependencies))
}

/// Leaves an event for the audit log for whatever is deleted.
struct AuditEvents {
    records: Arc<dyn Records>,
}

#[async_trait]
impl Events for AuditEvents {
    async fn note(&self, event: Event) -> Result<(), EventError> {
        let Event { what, at, key, subject } = event;
        let kind = match what {
            What::Deleted => EventKind::TrackingDeleted,
            What::Restored => EventKind::TrackingRestored,
        };
        let event = EventEntry { kind, time: at, actor: key.to_string(), subject, detail: String::new() };
        outbox::post(self.records.as_ref(), event, &SystemEntropy).await.map_err(|error| EventError(error.into()))
    }
}

/// Looks at files as `redoubt model scan` does.
struct FolderScanner;

impl Scanner for FolderScanner {
    fn scan(&self, folder: &Path) -> Result<Report, ScanError> {
        scan_folder(folder).map_err(|failure| ScanError(failure.words().into()))
    }
}
