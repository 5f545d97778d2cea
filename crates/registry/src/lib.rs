//! Models, their versions, and the evidence without which none of them is promoted or loaded.
//!
//! ```text
//! model ── versions 1, 2, …       each with the digest of its manifest, set once
//!   │ aliases, stages             one record: a move is one write
//!   └──────── gate ◄───────────── attestations about this digest: in-toto in DSSE, Ed25519
//!               └ shut: what is missing, and the command that supplies it
//! ```
//!
//! It works over [`redoubt_domain::seams::Records`]; the time and who acts are arguments ([`By`]), and everything that
//! happens goes to the audit log by a record of the [`Witness`] in the same commit. Names of fields and limits are MLflow's.

mod attestation;
pub mod content;
pub mod documents;
mod error;
mod evidence;
mod gate;
mod limits;
mod lineage;
mod manifest;
mod model;
mod models;
mod names;
mod policy;
mod rows;
mod slots;
mod versions;
mod witness;

use std::sync::Arc;

use redoubt_domain::TenantId;
use redoubt_domain::seams::{Change, Entropy, RecordError, Records};

pub use attestation::{AttestationError, AttestationKey, Evidence};
pub use error::RegistryError;
pub use evidence::{Admitted, Attested};
pub use gate::{Missing, Refusal};
pub use limits::Limits;
pub use lineage::{Dossier, Lineage, LineageData, LineageProduct, LineageStep};
pub use manifest::{Entry, Manifest, ManifestError};
pub use model::{Model, Move, NewVersion, Page, Status, Version};
pub use names::{Slot, Stage};
pub use policy::{AttestationKind, Gate, Policy};
pub use witness::{By, Event, Happening, Witness};

/// One tenant's models.
#[derive(Clone)]
pub struct Registry {
    /// Where everything is kept.
    pub records: Arc<dyn Records>,
    /// For the ids of models and the keys of content.
    pub entropy: Arc<dyn Entropy>,
    /// Who is told what happens.
    pub witness: Arc<dyn Witness>,
    /// Signs and verifies evidence.
    pub key: Arc<AttestationKey>,
    /// Which evidence is asked for.
    pub policy: Arc<Policy>,
    /// Whose models they are: nothing here reaches another tenant's.
    pub tenant: TenantId,
    /// Every bound.
    pub limits: Limits,
}

impl Registry {
    /// Makes changes and records what is told of them, all of it or nothing.
    async fn commit(&self, along: Along) -> Result<(), RecordError> {
        let Along { mut changes, events } = along;
        changes.extend(events.iter().map(|event| self.witness.record(event)));
        self.records.apply(changes).await
    }

    /// Records something that changes nothing.
    async fn note(&self, event: Event) -> Result<(), RegistryError> {
        Ok(self.commit(Along { changes: Vec::new(), events: vec![event] }).await?)
    }
}

/// What goes into one commit: changes, and what is told of them.
#[derive(Debug, Default)]
pub(crate) struct Along {
    pub(crate) changes: Vec<Change>,
    pub(crate) events: Vec<Event>,
}
