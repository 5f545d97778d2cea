//! The registry of this installation: its records, its vault, its key, and the audit log as its witness.

mod gates;
mod keep;
mod pipeline;
mod reference;
mod vault;

use std::path::Path;
use std::sync::Arc;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use redoubt_audit::{EventEntry, EventKind};
use redoubt_domain::seams::{Change, Clock, RecordError, Records};
use redoubt_domain::{Capabilities, Capability, Principal, TenantId, UserId};
use redoubt_gateway::admit::{Admission, AdmissionParts, AdmitSettings};
use redoubt_gateway::outbox;
use redoubt_registry::content::ContentKeys;
use redoubt_registry::{By, Event, Happening, Limits, Policy, Registry, RegistryError, Witness};
use redoubt_store::MemoryCounters;
use thiserror::Error;

use crate::home::{Home, HomeError, SystemClock, SystemEntropy};

pub(crate) use gates::{GatesError, settle};
pub(crate) use keep::{KeepError, scan_said};
pub(crate) use pipeline::Registrar;
pub(crate) use reference::Reference;
pub(crate) use vault::Vault;

/// The variable that holds the key of whoever acts, if it is not the installation's owner.
pub(crate) const KEY_VARIABLE: &str = "REDOUBT_KEY";
/// Who acts without a key: whoever may read the installation's secrets.
const OWNER: &str = "command line";

/// Why there is no registry to work with.
#[derive(Debug, Error)]
pub(crate) enum OpenError {
    /// The home cannot be used.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The records cannot be used.
    #[error(transparent)]
    Store(#[from] redoubt_store::OpenError),
    /// They cannot be read.
    #[error(transparent)]
    Records(#[from] RecordError),
    /// Its gates are not known.
    #[error(transparent)]
    Gates(#[from] GatesError),
    /// The keys of content cannot be derived.
    #[error("cannot derive the keys of models")]
    Keys(#[from] redoubt_registry::content::KeyError),
    /// The key in the environment is none of this installation.
    #[error("the key in `{KEY_VARIABLE}` opens nothing here: {}", .0.as_deref().unwrap_or("it is not even text"))]
    Key(Option<String>),
    /// A name that is given here is none.
    #[error("the tenant or the owner of models has no name")]
    Name(#[from] redoubt_domain::ids::NameError),
    /// The key may not do it.
    #[error("the key in `{KEY_VARIABLE}` may not {0}; `redoubt key create --can {0} --owner NAME` makes one that may")]
    Capability(&'static str),
}

/// The registry of a tenant, and who acts on it.
pub(crate) struct Room {
    pub(crate) registry: Registry,
    pub(crate) vault: Vault,
    pub(crate) keys: ContentKeys,
    /// As whom the audit log knows who acts.
    pub(crate) actor: String,
    /// The person behind that, if it is known.
    owner: Option<UserId>,
    /// What the key may do, if one was shown.
    capabilities: Option<Capabilities>,
}

impl Room {
    /// Opens the registry of the installation at `home`. Who acts is the owner of the virtual key in the environment,
    /// or, without one, of the installation. Its gates are those of the configuration at `config`.
    pub(crate) async fn open(home: &Home, config: &Path, gates: Option<Policy>) -> Result<Self, OpenError> {
        let records = redoubt_store::open_records(home.path()).await?;
        let (actor, owner, tenant, capabilities) = match std::env::var(KEY_VARIABLE) {
            Ok(text) if !text.is_empty() => {
                let Principal { tenant, key, capabilities, owner } = identify(home, &records, &text).await?;
                (key.as_str().to_owned(), owner, tenant, Some(capabilities))
            }
            _ => (OWNER.to_owned(), Some(UserId::parse(OWNER)?), TenantId::parse("default")?, None),
        };
        let policy = settle(records.as_ref(), config, gates, &actor).await?;
        let keys = ContentKeys::new(&home.master()?, &tenant)?;
        let registry = Registry {
            witness: Arc::new(AuditWitness),
            records,
            entropy: Arc::new(SystemEntropy),
            key: Arc::new(home.attestation_key()?),
            policy: Arc::new(policy),
            tenant,
            limits: Limits::default(),
        };
        Ok(Self { registry, vault: Vault::new(home.path()), keys, actor, owner, capabilities })
    }

    /// Whether who acts may do one of these; the installation's owner may do everything.
    pub(crate) fn may(&self, any_of: &[Capability]) -> Result<(), OpenError> {
        let Some(capabilities) = self.capabilities else { return Ok(()) };
        if any_of.iter().any(|capability| capabilities.allow(*capability)) {
            return Ok(());
        }
        Err(OpenError::Capability(any_of.first().map_or("act", |capability| capability.name())))
    }

    /// Whether who acts is this person.
    pub(crate) fn is(&self, person: &str) -> bool {
        self.owner.as_ref().is_some_and(|owner| owner.as_str().to_lowercase() == person.to_lowercase())
    }

    /// Who acts, now.
    pub(crate) fn by(&self) -> By<'_> {
        By { actor: &self.actor, owner: self.owner.as_ref().map(UserId::as_str), now: SystemClock.now() }
    }

    /// The version that a reference means.
    pub(crate) async fn version(&self, reference: &Reference) -> Result<redoubt_registry::Version, RegistryError> {
        match reference {
            Reference::Version { name, version } => self.registry.version(name, *version).await,
            Reference::Slot { name, slot } => self.registry.holder(name, slot).await,
            Reference::Latest { name } | Reference::Model { name } => {
                let mut latest = self.registry.latest_versions(name, &redoubt_registry::Stage::ALL).await?;
                latest.sort_by_key(|version| version.version);
                let missing = || RegistryError::VersionMissing { name: name.clone(), version: 1 };
                latest.pop().ok_or_else(missing)
            }
        }
    }
}

/// Who shows a virtual key, by the same check as the admin plane's.
async fn identify(home: &Home, records: &Arc<dyn Records>, text: &str) -> Result<Principal, OpenError> {
    let parts = AdmissionParts {
        records: Arc::clone(records),
        counters: Arc::new(MemoryCounters::default()),
        clock: Arc::new(SystemClock),
        master: home.master()?,
    };
    let admission = Admission::open(parts, &AdmitSettings::default()).await?;
    let mut headers = HeaderMap::new();
    let bearer = HeaderValue::from_str(&format!("Bearer {text}")).map_err(|_| OpenError::Key(None))?;
    headers.insert(AUTHORIZATION, bearer);
    admission.identify_admin(&headers).map_err(|refused| OpenError::Key(Some(refused.message.clone())))
}

/// Writes down for the audit log whatever happens in the registry.
pub(crate) struct AuditWitness;

impl Witness for AuditWitness {
    fn record(&self, event: &Event) -> Change {
        let Event { what, at, actor, subject, detail } = event;
        let event = EventEntry {
            kind: kind(*what),
            time: *at,
            actor: actor.clone(),
            subject: subject.clone(),
            detail: detail.clone(),
        };
        outbox::change(event, &SystemEntropy)
    }
}

const fn kind(what: Happening) -> EventKind {
    match what {
        Happening::Registered => EventKind::ModelRegistered,
        Happening::Changed => EventKind::ModelChanged,
        Happening::Deleted => EventKind::ModelDeleted,
        Happening::Promoted => EventKind::ModelPromoted,
        Happening::RolledBack => EventKind::ModelRolledBack,
        Happening::Attested => EventKind::ModelAttested,
        Happening::Refused => EventKind::ModelRefused,
        Happening::Exported => EventKind::ModelExported,
    }
}
