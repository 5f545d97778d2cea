//! What a version was made of, and by what: kept with it, in a form of its own.

use std::collections::BTreeMap;

use redoubt_domain::Timestamp;
use redoubt_domain::seams::Change;
use serde::{Deserialize, Serialize};

use crate::Registry;
use crate::attestation::Evidence;
use crate::content::ContentRow;
use crate::error::RegistryError;
use crate::manifest::Manifest;
use crate::model::{Model, Version};
use crate::rows::{self, CONTENT, LINEAGE};

/// The run of a pipeline that made a version: what of it the version depends on. This is the form that is written down,
/// version 1. Digests are SHA-256 in 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lineage {
    /// The version of this form, 1.
    #[serde(deserialize_with = "rows::first")]
    pub v: u32,
    /// The pipeline.
    pub pipeline: String,
    /// One digest for all that the steps made.
    pub run: String,
    /// When the run began, in microseconds since the Unix epoch.
    pub began: u64,
    /// The data sets.
    pub data: Vec<LineageData>,
    /// The steps, in order.
    pub steps: Vec<LineageStep>,
}

/// A data set at the beginning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineageData {
    /// Its name in the pipeline.
    pub name: String,
    /// Where it lay, as the pipeline says it.
    pub path: String,
    /// The digest of its file.
    pub sha256: String,
}

/// A step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineageStep {
    /// Its name.
    pub name: String,
    /// What it did.
    pub kind: String,
    /// What it is known by: whoever is given the same makes the same.
    pub key: String,
    /// What it was given.
    pub inputs: Vec<LineageProduct>,
    /// What it made.
    pub outputs: Vec<LineageProduct>,
    /// Its figures.
    pub figures: BTreeMap<String, f64>,
}

/// Something that a step was given or made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineageProduct {
    /// `STEP.PRODUCT`, or the name of a data set.
    pub name: String,
    /// Its digest.
    pub sha256: String,
}

/// All that is known of a version.
#[derive(Clone, Debug, PartialEq)]
pub struct Dossier {
    /// The model.
    pub model: Model,
    /// The version.
    pub version: Version,
    /// Its files, if they are kept here.
    pub manifest: Option<Manifest>,
    /// What is signed about its content, and verified, in the order of its time.
    pub evidence: Vec<Evidence>,
    /// What it was made of, if a pipeline made it.
    pub lineage: Option<Lineage>,
    /// The program that tells it.
    pub program: &'static str,
}

impl Registry {
    /// All that is known of a version.
    ///
    /// # Errors
    /// If there is no such version, or a record is damaged.
    pub async fn dossier(&self, name: &str, version: u64) -> Result<Dossier, RegistryError> {
        let model = self.model(name).await?;
        let found = self.version(name, version).await?;
        let attested = self.attestations(name, version).await?;
        let evidence = attested.into_iter().filter_map(|attested| attested.evidence.ok()).collect();
        let manifest = self.manifest(&found).await?;
        let lineage = self.lineage(&found).await?;
        Ok(Dossier { model, version: found, manifest, evidence, lineage, program: env!("CARGO_PKG_VERSION") })
    }

    /// What a version was made of, if a pipeline made it.
    ///
    /// # Errors
    /// If its record is damaged.
    pub async fn lineage(&self, version: &Version) -> Result<Option<Lineage>, RegistryError> {
        let id = self.version_id(&version.model, version.version);
        let Some(record) = self.records.get(LINEAGE, &id).await? else { return Ok(None) };
        Ok(Some(rows::read(LINEAGE, &id, &record.value)?))
    }

    /// The files of a version that is kept here, as its digest binds them.
    async fn manifest(&self, version: &Version) -> Result<Option<Manifest>, RegistryError> {
        let held = self.version_held(&version.model, &version.name, version.version).await?.row;
        let Some(place) = held.content else { return Ok(None) };
        let id = self.id(&place);
        let Some(record) = self.records.get(CONTENT, &id).await? else { return Ok(None) };
        let row: ContentRow = rows::read(CONTENT, &id, &record.value)?;
        let manifest = Manifest::from_text(&row.manifest, &self.limits).ok();
        Ok(manifest.filter(|manifest| version.digest == Some(manifest.digest())))
    }

    /// What keeps the lineage of a version that is about to appear.
    pub(crate) fn keep_lineage(&self, model: &str, version: u64, lineage: &Lineage) -> Result<Change, RegistryError> {
        let id = self.version_id(model, version);
        let bytes = rows::write(LINEAGE, &id, lineage)?;
        let most = self.limits.lineage_bytes_max;
        if bytes.len() > most {
            let reason = format!("it has {} bytes, and {most} are the most", bytes.len());
            return Err(RegistryError::invalid("lineage", reason));
        }
        Ok(Change::put(LINEAGE, id, None, bytes))
    }
}

impl Lineage {
    /// When the run began.
    pub fn began(&self) -> Timestamp {
        Timestamp::from_micros(self.began)
    }
}
