//! What is written down, version 1 of each.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::RegistryError;
use crate::witness::By;

/// The kind of record that leads from `TENANT/NAME` to a model's id.
pub(crate) const NAME: &str = "registry_name";
/// The kind of a model's record, by `TENANT/ID`.
pub(crate) const MODEL: &str = "registry_model";
/// The kind of a version's record, by `TENANT/ID/NUMBER`.
pub(crate) const VERSION: &str = "registry_version";
/// The kind of an attestation, by `TENANT/DIGEST/DIGEST OF THE ENVELOPE`.
pub(crate) const ATTESTATION: &str = "registry_attestation";

/// The kind of the content of a version, by `TENANT/PLACE`.
pub(crate) const CONTENT: &str = "registry_content";

/// The kind of the lineage of a version, by the version's id.
pub(crate) const LINEAGE: &str = "registry_lineage";

/// The only version of each row.
pub(crate) const V: u32 = 1;

/// Which model has a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NameRow {
    #[serde(deserialize_with = "first")]
    pub(crate) v: u32,
    pub(crate) model: String,
}

/// A model. What leads to its versions is all here, so that one write moves it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModelRow {
    #[serde(deserialize_with = "first")]
    pub(crate) v: u32,
    pub(crate) name: String,
    /// A name that it was about to have when names and models were not changed in one commit. Nobody else may take it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) renaming_to: Option<String>,
    pub(crate) description: String,
    pub(crate) tags: BTreeMap<String, String>,
    /// Microseconds since the Unix epoch, as all times here.
    pub(crate) created: u64,
    pub(crate) updated: u64,
    pub(crate) creator: String,
    /// The number of the next version; only grows.
    pub(crate) next_version: u64,
    pub(crate) aliases: BTreeMap<String, u64>,
    /// The stage of each version that has one.
    pub(crate) stages: BTreeMap<u64, String>,
    /// Earlier holders of each slot, the last one last.
    pub(crate) before: BTreeMap<String, Vec<u64>>,
    pub(crate) moves: Vec<MoveRow>,
}

impl ModelRow {
    /// A model that nothing leads to yet.
    pub(crate) fn new(
        name: &str,
        description: &str,
        tags: BTreeMap<String, String>,
        next_version: u64,
        by: By<'_>,
    ) -> Self {
        let now = by.now.micros();
        Self {
            v: V,
            name: name.to_owned(),
            renaming_to: None,
            description: description.to_owned(),
            tags,
            created: now,
            updated: now,
            creator: by.actor.to_owned(),
            next_version,
            aliases: BTreeMap::new(),
            stages: BTreeMap::new(),
            before: BTreeMap::new(),
            moves: Vec::new(),
        }
    }
}

/// A slot that led to another version from then on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MoveRow {
    pub(crate) at: u64,
    pub(crate) actor: String,
    pub(crate) slot: String,
    pub(crate) version: u64,
    /// `set`, `removed` or `rolled back`.
    pub(crate) how: String,
}

/// A version of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VersionRow {
    #[serde(deserialize_with = "first")]
    pub(crate) v: u32,
    pub(crate) source: Option<String>,
    pub(crate) run_id: Option<String>,
    pub(crate) description: String,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) status: String,
    pub(crate) status_message: String,
    /// SHA-256 of the manifest; set once.
    pub(crate) digest: Option<String>,
    /// Where its files lie in the vault, if they are kept here.
    pub(crate) content: Option<String>,
    pub(crate) created: u64,
    pub(crate) updated: u64,
    pub(crate) creator: String,
    /// The person behind the creator, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) owner: Option<String>,
}

/// A signed statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AttestationRow {
    #[serde(deserialize_with = "first")]
    pub(crate) v: u32,
    pub(crate) envelope: redoubt_models::sign::dsse::Envelope,
}

pub(crate) fn first<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let v = u32::deserialize(deserializer)?;
    if v == V { Ok(v) } else { Err(serde::de::Error::custom(format!("version {v} is not known here"))) }
}

pub(crate) fn read<T: DeserializeOwned>(kind: &'static str, id: &str, bytes: &[u8]) -> Result<T, RegistryError> {
    serde_json::from_slice(bytes).map_err(|source| RegistryError::Row { kind, id: id.to_owned(), source })
}

pub(crate) fn write<T: Serialize>(kind: &'static str, id: &str, row: &T) -> Result<bytes::Bytes, RegistryError> {
    let bytes = serde_json::to_vec(row);
    bytes.map(bytes::Bytes::from).map_err(|source| RegistryError::Row { kind, id: id.to_owned(), source })
}
