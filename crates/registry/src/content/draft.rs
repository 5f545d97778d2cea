//! A version on its way in.

use std::collections::BTreeMap;

use redoubt_domain::seams::{Change, RecordError};
use serde_json::Value;

use super::keys::{ContentKeys, FileKey, KeyError, VersionKey};
use super::tenant_tag;
use crate::error::RegistryError;
use crate::lineage::Lineage;
use crate::manifest::Manifest;
use crate::model::{NewVersion, Status, Version};
use crate::names;
use crate::policy::AttestationKind;
use crate::rows::{self, MODEL, ModelRow, V, VERSION, VersionRow};
use crate::versions::version_of;
use crate::witness::{By, Happening};
use crate::{Along, Registry};

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
        let (model, version, is_new) = match self.find(name).await? {
            Some((model, _)) => {
                let number = self.change(&model, name, |row, _| self.take_number(row)).await?;
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
    /// once, by one commit.
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
        let mut along = Along::default();
        along.changes.push(self.keep_content(&place, manifest, wrapped)?);
        if let Some(lineage) = lineage {
            along.changes.push(self.keep_lineage(&model, version, lineage)?);
        }
        for said in said {
            let subject = format!("{name}/{version}");
            self.keep_about(digest, subject, &model, version, said.clone(), by, &mut along).await?;
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
            owner: by.owner.map(str::to_owned),
        };
        let id = self.version_id(&model, version);
        let bytes = rows::write(VERSION, &id, &row)?;
        along.changes.push(Change::put(VERSION, id, None, bytes));
        let registered = |subject: String, detail: String| by.tells(Happening::Registered, subject, detail);
        let told = registered(format!("{name}/{version}"), format!("sha256 {digest}"));
        let of = if is_new {
            let of = ModelRow::new(&name, "", BTreeMap::new(), version + 1, by);
            let id = self.id(&model);
            let bytes = rows::write(MODEL, &id, &of)?;
            along.changes.extend([Change::put(MODEL, id, None, bytes), self.claim(&name, &model).await?]);
            along.events.extend([registered(name.clone(), String::new()), told]);
            match self.commit(along).await {
                Ok(()) => of,
                // Somebody else made the model meanwhile, or nothing here has come about.
                Err(RecordError::Conflict { .. }) if self.find(&name).await?.is_some() => {
                    return Err(RegistryError::ModelExists { name });
                }
                Err(RecordError::Conflict { .. }) => return Err(RegistryError::Busy { what: name }),
                Err(error) => return Err(error.into()),
            }
        } else {
            let Along { changes, mut events } = along;
            events.push(told);
            self.change(&model, &name, |of, along| {
                of.updated = of.updated.max(now);
                along.changes.clone_from(&changes);
                along.events.clone_from(&events);
                Ok(of.clone())
            })
            .await?
        };
        Ok(version_of(&model, &of, version, &row))
    }
}
