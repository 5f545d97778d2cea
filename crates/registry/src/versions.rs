//! Versions of a model: numbers from 1 that are never used again.

use std::collections::BTreeMap;

use redoubt_domain::seams::RecordError;
use redoubt_domain::{Digest, Timestamp};

use crate::Registry;
use crate::error::RegistryError;
use crate::model::{NewVersion, Page, Status, Version};
use crate::models::{Held, set_tag};
use crate::names::{self, Stage};
use crate::rows::{self, LINEAGE, ModelRow, V, VERSION, VersionRow};
use crate::witness::{By, Happening};

impl Registry {
    /// Makes the next version of a model.
    ///
    /// # Errors
    /// If there is no such model, or a value is not one.
    pub async fn create_version(&self, name: &str, new: NewVersion, by: By<'_>) -> Result<Version, RegistryError> {
        let NewVersion { source, run_id, description, tags, digest, is_pending } = new;
        names::text("actor", by.actor, self.limits.actor_chars_max)?;
        names::text("source", source.as_deref().unwrap_or_default(), self.limits.source_chars_max)?;
        names::text("run id", run_id.as_deref().unwrap_or_default(), self.limits.run_id_chars_max)?;
        names::text("description", &description, self.limits.description_chars_max)?;
        self.check_tags(&tags)?;
        let (model, _) = self.found(name).await?;
        // The number is taken first: whatever happens then, nobody else gets it.
        let most = self.limits.versions_max;
        let (number, row) = self
            .change(&model, name, |row| {
                let number = row.next_version;
                if number > most {
                    return Err(RegistryError::invalid("version", format!("{most} are the most of one model")));
                }
                row.next_version += 1;
                row.updated = row.updated.max(by.now.micros());
                Ok((number, row.clone()))
            })
            .await?;
        let now = by.now.micros();
        let version = VersionRow {
            v: V,
            source,
            run_id,
            description,
            tags,
            status: if is_pending { Status::Pending } else { Status::Ready }.name().to_owned(),
            status_message: String::new(),
            digest: digest.map(|digest| digest.to_string()),
            content: None,
            created: now,
            updated: now,
            creator: by.actor.to_owned(),
        };
        let id = self.version_id(&model, number);
        self.records.put_if(VERSION, &id, None, rows::write(VERSION, &id, &version)?).await?;
        // A model that was deleted meanwhile takes no version with it into the next of its name.
        if self.get(&model).await?.is_none() {
            _ = self.records.delete_if(VERSION, &id, 1).await;
            return Err(RegistryError::ModelMissing { name: name.to_owned() });
        }
        let detail = digest.map(|digest| format!("sha256 {digest}")).unwrap_or_default();
        self.note(Happening::Registered, by, format!("{name}/{number}"), detail).await?;
        Ok(version_of(&model, &row, number, &version))
    }

    /// A version.
    ///
    /// # Errors
    /// [`RegistryError::VersionMissing`] if there is none.
    pub async fn version(&self, name: &str, version: u64) -> Result<Version, RegistryError> {
        let (model, held) = self.found(name).await?;
        let row = self.version_held(&model, name, version).await?.row;
        Ok(version_of(&model, &held.row, version, &row))
    }

    /// The versions of a model by number, those after `after`, up to `limit`.
    ///
    /// # Errors
    /// If there is no such model.
    pub async fn versions(
        &self,
        name: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Version>, RegistryError> {
        let limit = limit.clamp(1, self.limits.page_max);
        let (model, held) = self.found(name).await?;
        let prefix = format!("{}/", self.id(&model));
        let from = format!("{prefix}{}", after.unwrap_or_default());
        let mut items = Vec::new();
        for record in self.records.scan(VERSION, Some(&from), limit + 1).await? {
            let Some(number) = record.id.strip_prefix(&prefix).and_then(|number| number.parse().ok()) else { break };
            if items.len() == limit {
                let next = items.last().map(|last: &Version| padded(last.version));
                return Ok(Page { items, next });
            }
            let row = rows::read(VERSION, &record.id, &record.value)?;
            items.push(version_of(&model, &held.row, number, &row));
        }
        Ok(Page { items, next: None })
    }

    /// Every version of every model, by model (in the order in which models were made up) and number, up to `limit`.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn all_versions(&self, after: Option<&str>, limit: usize) -> Result<Page<Version>, RegistryError> {
        let limit = limit.clamp(1, self.limits.page_max);
        let prefix = self.id("");
        let mut from = self.id(after.unwrap_or_default());
        let mut known: BTreeMap<String, Option<Held<ModelRow>>> = BTreeMap::new();
        let mut items: Vec<Version> = Vec::new();
        loop {
            let page = self.records.scan(VERSION, Some(&from), limit + 1).await?;
            let is_last = page.len() <= limit;
            for record in page {
                let Some(rest) = record.id.strip_prefix(&prefix) else { return Ok(Page { items, next: None }) };
                if items.len() == limit {
                    let next = items.last().map(|last| format!("{}/{}", last.model, padded(last.version)));
                    return Ok(Page { items, next });
                }
                let Some((model, number)) = rest.split_once('/') else { continue };
                if !known.contains_key(model) {
                    known.insert(model.to_owned(), self.visible(model).await?);
                }
                if let (Some(Some(held)), Ok(number)) = (known.get(model), number.parse()) {
                    let row = rows::read(VERSION, &record.id, &record.value)?;
                    items.push(version_of(model, &held.row, number, &row));
                }
                from = record.id;
            }
            if is_last {
                return Ok(Page { items, next: None });
            }
        }
    }

    /// The newest version in each of these stages, in their order; stages without one are left out.
    ///
    /// # Errors
    /// If there is no such model.
    pub async fn latest_versions(&self, name: &str, stages: &[Stage]) -> Result<Vec<Version>, RegistryError> {
        let (model, held) = self.found(name).await?;
        let mut latest = Vec::new();
        for stage in stages {
            let mut numbers: Vec<u64> = match stage {
                Stage::None => {
                    (1..held.row.next_version).rev().filter(|number| !held.row.stages.contains_key(number)).collect()
                }
                _ => {
                    let of_stage = held.row.stages.iter().rev().filter(|(_, word)| *word == stage.name());
                    of_stage.map(|(number, _)| *number).collect()
                }
            };
            numbers.dedup();
            for number in numbers {
                let id = self.version_id(&model, number);
                if let Some(record) = self.records.get(VERSION, &id).await? {
                    let row = rows::read(VERSION, &id, &record.value)?;
                    latest.push(version_of(&model, &held.row, number, &row));
                    break;
                }
            }
        }
        Ok(latest)
    }

    /// The version of a model that has this digest; of several the first.
    ///
    /// # Errors
    /// If there is no such model.
    pub async fn version_of_digest(&self, name: &str, digest: Digest) -> Result<Option<Version>, RegistryError> {
        let mut after = None;
        loop {
            let page = self.versions(name, after.as_deref(), self.limits.page_max).await?;
            if let Some(found) = page.items.into_iter().find(|version| version.digest == Some(digest)) {
                return Ok(Some(found));
            }
            match page.next {
                Some(next) => after = Some(next),
                None => return Ok(None),
            }
        }
    }

    /// Says what is new in a version.
    ///
    /// # Errors
    /// If there is none.
    pub async fn describe_version(
        &self,
        name: &str,
        version: u64,
        description: &str,
        by: By<'_>,
    ) -> Result<Version, RegistryError> {
        names::text("description", description, self.limits.description_chars_max)?;
        let change = |row: &mut VersionRow| {
            row.description = description.to_owned();
            Ok(())
        };
        self.change_version(name, version, by, "description", change).await
    }

    /// Sets a tag of a version, or with no value removes it.
    ///
    /// # Errors
    /// If there is no such version, or the tag is too long or one too many.
    pub async fn tag_version(
        &self,
        name: &str,
        version: u64,
        key: &str,
        value: Option<&str>,
        by: By<'_>,
    ) -> Result<Version, RegistryError> {
        names::tag(key, value.unwrap_or_default(), &self.limits)?;
        let most = self.limits.tags_max;
        let change = |row: &mut VersionRow| set_tag(&mut row.tags, key, value, most);
        self.change_version(name, version, by, &format!("tag {key}"), change).await
    }

    /// Says whether a version is ready, and why not.
    ///
    /// # Errors
    /// If there is none.
    pub async fn set_status(
        &self,
        name: &str,
        version: u64,
        status: Status,
        message: &str,
        by: By<'_>,
    ) -> Result<Version, RegistryError> {
        names::text("status message", message, self.limits.description_chars_max)?;
        let change = |row: &mut VersionRow| {
            row.status = status.name().to_owned();
            row.status_message = message.to_owned();
            Ok(())
        };
        self.change_version(name, version, by, status.name(), change).await
    }

    /// Says which content a version has, once and for ever, and that it is ready.
    ///
    /// # Errors
    /// [`RegistryError::Settled`] if it has other content.
    pub async fn settle(&self, name: &str, version: u64, digest: Digest, by: By<'_>) -> Result<Version, RegistryError> {
        let change = |row: &mut VersionRow| {
            let settled = row.digest.as_deref().and_then(Digest::parse);
            if let Some(settled) = settled.filter(|settled| *settled != digest) {
                return Err(RegistryError::Settled { name: name.to_owned(), version, settled });
            }
            row.digest = Some(digest.to_string());
            row.status = Status::Ready.name().to_owned();
            row.status_message = String::new();
            Ok(())
        };
        self.change_version(name, version, by, &format!("sha256 {digest}"), change).await
    }

    /// Deletes a version. What led to it leads nowhere then; its number is not used again.
    ///
    /// # Errors
    /// [`RegistryError::VersionMissing`] if there is none.
    pub async fn delete_version(&self, name: &str, version: u64, by: By<'_>) -> Result<(), RegistryError> {
        let (model, _) = self.found(name).await?;
        for _ in 0..self.limits.tries_max {
            let held = self.version_held(&model, name, version).await?;
            match self.records.delete_if(VERSION, &held.id, held.version).await {
                Ok(()) => {
                    if let Some(place) = &held.row.content {
                        self.forget(place).await?;
                    }
                    self.remove(LINEAGE, &held.id).await?;
                    self.change(&model, name, |row| {
                        row.aliases.retain(|_, number| *number != version);
                        row.stages.remove(&version);
                        row.before.values_mut().for_each(|before| before.retain(|number| *number != version));
                        Ok(())
                    })
                    .await?;
                    return self.note(Happening::Deleted, by, format!("{name}/{version}"), String::new()).await;
                }
                Err(RecordError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(RegistryError::Busy { what: format!("{name}/{version}") })
    }

    pub(crate) fn version_id(&self, model: &str, version: u64) -> String {
        format!("{}/{}", self.id(model), padded(version))
    }

    pub(crate) async fn version_held(
        &self,
        model: &str,
        name: &str,
        version: u64,
    ) -> Result<Held<VersionRow>, RegistryError> {
        let id = self.version_id(model, version);
        let record = self.records.get(VERSION, &id).await?;
        let record = record.ok_or_else(|| RegistryError::VersionMissing { name: name.to_owned(), version })?;
        let row = rows::read(VERSION, &id, &record.value)?;
        Ok(Held { id, version: record.version, row })
    }

    async fn change_version(
        &self,
        name: &str,
        version: u64,
        by: By<'_>,
        detail: &str,
        mut change: impl FnMut(&mut VersionRow) -> Result<(), RegistryError>,
    ) -> Result<Version, RegistryError> {
        let (model, held) = self.found(name).await?;
        for _ in 0..self.limits.tries_max {
            let Held { id, version: stored, mut row } = self.version_held(&model, name, version).await?;
            change(&mut row)?;
            row.updated = row.updated.max(by.now.micros());
            match self.records.put_if(VERSION, &id, Some(stored), rows::write(VERSION, &id, &row)?).await {
                Ok(_) => {
                    self.note(Happening::Changed, by, format!("{name}/{version}"), detail.to_owned()).await?;
                    return Ok(version_of(&model, &held.row, version, &row));
                }
                Err(RecordError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(RegistryError::Busy { what: format!("{name}/{version}") })
    }
}

/// A number in a record's id: in the order of the numbers.
fn padded(version: u64) -> String {
    format!("{version:020}")
}

/// A version as callers see it.
pub(crate) fn version_of(model: &str, of: &ModelRow, number: u64, row: &VersionRow) -> Version {
    let VersionRow {
        v: _,
        source,
        run_id,
        description,
        tags,
        status,
        status_message,
        digest,
        content,
        created,
        updated,
        creator,
    } = row;
    let aliases = of.aliases.iter().filter(|(_, version)| **version == number);
    Version {
        model: model.to_owned(),
        name: of.name.clone(),
        version: number,
        source: source.clone(),
        run_id: run_id.clone(),
        description: description.clone(),
        tags: tags.clone(),
        // A word that nobody writes here is not ready.
        status: Status::parse(status).unwrap_or(Status::Failed),
        status_message: status_message.clone(),
        digest: digest.as_deref().and_then(Digest::parse),
        is_kept: content.is_some(),
        created: Timestamp::from_micros(*created),
        updated: Timestamp::from_micros(*updated),
        creator: creator.clone(),
        stage: of.stages.get(&number).and_then(|stage| Stage::parse(stage)).unwrap_or(Stage::None),
        aliases: aliases.map(|(alias, _)| alias.clone()).collect(),
    }
}
