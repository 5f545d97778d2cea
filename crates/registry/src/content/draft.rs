//! A version on its way in.

use std::collections::BTreeMap;

use redoubt_domain::seams::RecordError;
use serde_json::Value;

use super::keys::{ContentKeys, FileKey, KeyError, VersionKey};
use super::tenant_tag;
use crate::Registry;
use crate::error::RegistryError;
use crate::lineage::Lineage;
use crate::manifest::Manifest;
use crate::model::{NewVersion, Status, Version};
use crate::names;
use crate::policy::AttestationKind;
use crate::rows::{self, MODEL, ModelRow, V, VERSION, VersionRow};
use crate::versions::version_of;
use crate::witness::{By, Happening};

/// A version that has a number and a key, and that nobody sees yet.
#[derive(Debug)]
pub struct Draft {
    name: String,
    model: String,
    version: u64,
    /// Whether the model itself appears with it.
    is_new: bool,
    place: String,
    key: VersionKey,
}

impl Draft {
    /// The number it will have.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// What the vault calls it.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// The keys that seal the files of `manifest`, in the order in which the vault numbers them.
    pub fn files<'d>(
        &'d self,
        manifest: &'d Manifest,
    ) -> impl Iterator<Item = (usize, &'d str, Result<FileKey, KeyError>)> {
        manifest.files().enumerate().map(|(at, (path, entry))| (at, path, self.key.file(at, entry.digest)))
    }
}

/// What is said of a version when it is registered.
#[derive(Clone, Debug)]
pub struct Said {
    /// The kind of evidence; no approval and no signature.
    pub kind: AttestationKind,
    /// Whether it speaks for the version.
    pub passed: bool,
    /// What was found.
    pub details: Value,
}

impl Registry {
    /// Takes the next number of a model for content that is about to be sealed; a model that is not there is made when
    /// the version is finished.
    ///
    /// # Errors
    /// If the name is none, or the store fails.
    pub async fn begin(&self, name: &str, keys: &ContentKeys, by: By<'_>) -> Result<Draft, RegistryError> {
        names::name(name, &self.limits)?;
        names::text("actor", by.actor, self.limits.actor_chars_max)?;
        let most = self.limits.versions_max;
        let (model, version, is_new) = match self.find(name).await? {
            Some((model, _)) => {
                let number = self.change(&model, name, |row| {
                    let number = row.next_version;
                    if number > most {
                        return Err(RegistryError::invalid("version", format!("{most} are the most of one model")));
                    }
                    row.next_version += 1;
                    Ok(number)
                });
                let number = number.await?;
                (model, number, false)
            }
            None => (self.new_id(), 1, true),
        };
        let key = keys.make(&model, version, self.entropy.as_ref());
        // The model's id holds the chance: a place is used once.
        let place = format!("{}.{model}.{version}", tenant_tag(self.tenant.as_str()));
        Ok(Draft { name: name.to_owned(), model, version, is_new, place, key })
    }

    /// Registers a draft whose files are sealed and durable, with what is said of them. Everything becomes visible at
    /// once, by the last write.
    ///
    /// # Errors
    /// [`RegistryError::ModelExists`] if somebody else made the model meanwhile: begin again.
    #[expect(clippy::too_many_arguments, reason = "all of it appears at once")]
    pub async fn finish(
        &self,
        draft: Draft,
        manifest: &Manifest,
        new: NewVersion,
        said: &[Said],
        lineage: Option<&Lineage>,
        keys: &ContentKeys,
        by: By<'_>,
    ) -> Result<Version, RegistryError> {
        let NewVersion { source, run_id, description, tags, digest: _, is_pending: _ } = new;
        names::text("source", source.as_deref().unwrap_or_default(), self.limits.source_chars_max)?;
        names::text("run id", run_id.as_deref().unwrap_or_default(), self.limits.run_id_chars_max)?;
        names::text("description", &description, self.limits.description_chars_max)?;
        self.check_tags(&tags)?;
        let Draft { name, model, version, is_new, place, key } = draft;
        let digest = manifest.digest();
        let wrapped = keys
            .wrap(&key, digest, self.entropy.as_ref())
            .map_err(|error| RegistryError::invalid("key of the content", error.to_string()))?;
        self.keep_content(&place, manifest, wrapped).await?;
        if let Some(lineage) = lineage {
            self.keep_lineage(&model, version, lineage).await?;
        }
        for Said { kind, passed, details } in said {
            let subject = format!("{name}/{version}");
            self.keep_about(digest, subject, &model, version, *kind, *passed, details.clone(), by).await?;
        }
        let now = by.now.micros();
        let row = VersionRow {
            v: V,
            source,
            run_id,
            description,
            tags,
            status: Status::Ready.name().to_owned(),
            status_message: String::new(),
            digest: Some(digest.to_string()),
            content: Some(place),
            created: now,
            updated: now,
            creator: by.actor.to_owned(),
        };
        let of = if is_new {
            self.appear(&name, &model, version, &row, by).await?
        } else {
            self.add(&name, &model, version, &row).await?
        };
        self.note(Happening::Registered, by, format!("{name}/{version}"), format!("sha256 {digest}")).await?;
        Ok(version_of(&model, &of, version, &row))
    }

    /// Adds the version to a model that is there.
    async fn add(&self, name: &str, model: &str, version: u64, row: &VersionRow) -> Result<ModelRow, RegistryError> {
        let id = self.version_id(model, version);
        self.held(model, name).await?;
        let stored = self.records.put_if(VERSION, &id, None, rows::write(VERSION, &id, row)?).await;
        match stored {
            Ok(_) => {}
            Err(RecordError::Conflict { .. }) => return Err(RegistryError::Busy { what: format!("{name}/{version}") }),
            Err(error) => return Err(error.into()),
        }
        match self.held(model, name).await {
            Ok(held) => Ok(held.row),
            Err(error) => {
                // Deleted or renamed meanwhile; a renamed model keeps the version.
                if self.get(model).await?.is_none() {
                    _ = self.records.delete_if(VERSION, &id, 1).await;
                }
                Err(error)
            }
        }
    }

    /// Makes the model with its first version; the claim of the name shows both.
    async fn appear(
        &self,
        name: &str,
        model: &str,
        version: u64,
        row: &VersionRow,
        by: By<'_>,
    ) -> Result<ModelRow, RegistryError> {
        let id = self.version_id(model, version);
        self.records.put_if(VERSION, &id, None, rows::write(VERSION, &id, row)?).await?;
        let of = ModelRow::new(name, "", BTreeMap::new(), version + 1, by);
        let model_id = self.id(model);
        self.records.put_if(MODEL, &model_id, None, rows::write(MODEL, &model_id, &of)?).await?;
        if let Err(error) = self.claim(name, model).await {
            _ = self.records.delete_if(MODEL, &model_id, 1).await;
            _ = self.records.delete_if(VERSION, &id, 1).await;
            return Err(error);
        }
        self.note(Happening::Registered, by, name.to_owned(), String::new()).await?;
        Ok(of)
    }
}
