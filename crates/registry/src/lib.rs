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
//! happens is told to a [`Witness`], for the audit log. Names of fields and limits are MLflow's.

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
use redoubt_domain::seams::{Entropy, Records};

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
pub use witness::{By, Event, Happening, Witness, WitnessError};

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
    async fn note(&self, what: Happening, by: By<'_>, subject: String, detail: String) -> Result<(), RegistryError> {
        let event = Event { what, at: by.now, actor: by.actor.to_owned(), subject, detail };
        Ok(self.witness.note(&event).await?)
    }
}
