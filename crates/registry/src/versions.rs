//! Versions of a model: numbers from 1 that are never used again.

use std::collections::BTreeMap;

use redoubt_domain::seams::{Change, RecordError};
use redoubt_domain::{Digest, Timestamp};

use crate::error::RegistryError;
use crate::model::{NewVersion, Page, Status, Version};
use crate::models::{Held, set_tag};
use crate::names::{self, Stage};
use crate::rows::{self, CONTENT, LINEAGE, MODEL, ModelRow, V, VERSION, VersionRow};
use crate::witness::{By, Happening};
use crate::{Along, Registry};

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
            owner: by.owner.map(str::to_owned),
        };
        let detail = digest.map(|digest| format!("sha256 {digest}")).unwrap_or_default();
        let (number, row) = self
            .change(&model, name, |row, along| {
                let number = self.take_number(row)?;
                row.updated = row.updated.max(now);
                let id = self.version_id(&model, number);
                let bytes = rows::write(VERSION, &id, &version)?;
                along.changes.push(Change::put(VERSION, id, None, bytes));
                along.events.push(by.tells(Happening::Registered, format!("{name}/{number}"), detail.as_str()));
                Ok((number, row.clone()))
            })
            .await?;
        Ok(version_of(&model, &row, number, &version))
    }

    /// The next number of a model, which nobody else gets then.
    pub(crate) fn take_number(&self, row: &mut ModelRow) -> Result<u64, RegistryError> {
        let (number, most) = (row.next_version, self.limits.versions_max);
        if number > most {
            return Err(RegistryError::invalid("version", format!("{most} are the most of one model")));
        }
        row.next_version += 1;
        Ok(number)
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
            let found = match stage {
                Stage::None => self.newest_without_stage(&model, &held.row).await?,
                _ => self.newest_in(&model, &held.row, *stage).await?,
            };
            latest.extend(found.map(|(number, row)| version_of(&model, &held.row, number, &row)));
        }
        Ok(latest)
    }

    /// The newest version that is in a stage.
    async fn newest_in(
        &self,
        model: &str,
        of: &ModelRow,
        stage: Stage,
    ) -> Result<Option<(u64, VersionRow)>, RegistryError> {
        for (number, _) in of.stages.iter().rev().filter(|(_, word)| *word == stage.name()) {
            let id = self.version_id(model, *number);
            // It may have been deleted since the model's record was read.
            if let Some(record) = self.records.get(VERSION, &id).await? {
                return Ok(Some((*number, rows::read(VERSION, &id, &record.value)?)));
            }
        }
        Ok(None)
    }

    /// The newest version that is in no stage, looked for from the last number down.
    async fn newest_without_stage(
        &self,
        model: &str,
        of: &ModelRow,
    ) -> Result<Option<(u64, VersionRow)>, RegistryError> {
        /// Numbers that are looked at together.
        const TOGETHER: u64 = 64;
        let prefix = format!("{}/", self.id(model));
        let mut end = of.next_version;
        while end > 1 {
            let start = end.saturating_sub(TOGETHER).max(1);
            let from = format!("{prefix}{}", padded(start - 1));
            let count = usize::try_from(end - start).unwrap_or(usize::MAX);
            for record in self.records.scan(VERSION, Some(&from), count).await?.into_iter().rev() {
                let Some(number) = record.id.strip_prefix(&prefix).and_then(|number| number.parse().ok()) else {
                    continue;
                };
                if number < end && !of.stages.contains_key(&number) {
                    return Ok(Some((number, rows::read(VERSION, &record.id, &record.value)?)));
                }
            }
            end = start;
        }
        Ok(None)
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
        for _ in 0..self.limits.tries_max {
            let (model, Held { id: of_model, version: stored, mut row }) = self.found(name).await?;
            let held = self.version_held(&model, name, version).await?;
            row.aliases.retain(|_, number| *number != version);
            row.stages.remove(&version);
            row.before.values_mut().for_each(|before| before.retain(|number| *number != version));
            let bytes = rows::write(MODEL, &of_model, &row)?;
            let mut changes = vec![Change::put(MODEL, of_model, Some(stored), bytes)];
            if let Some(place) = &held.row.content {
                changes.extend(self.removed(CONTENT, self.id(place)).await?);
            }
            changes.extend(self.removed(LINEAGE, held.id.clone()).await?);
            changes.push(Change::delete(VERSION, held.id, held.version));
            let events = vec![by.tells(Happening::Deleted, format!("{name}/{version}"), "")];
            match self.commit(Along { changes, events }).await {
                Ok(()) => return Ok(()),
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
            let before = row.clone();
            change(&mut row)?;
            if row == before {
                return Ok(version_of(&model, &held.row, version, &row));
            }
            row.updated = row.updated.max(by.now.micros());
            let changes = vec![Change::put(VERSION, &*id, Some(stored), rows::write(VERSION, &id, &row)?)];
            let events = vec![by.tells(Happening::Changed, format!("{name}/{version}"), detail)];
            match self.commit(Along { changes, events }).await {
                Ok(()) => return Ok(version_of(&model, &held.row, version, &row)),
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
        owner,
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
        owner: owner.clone(),
        stage: of.stages.get(&number).and_then(|stage| Stage::parse(stage)).unwrap_or(Stage::None),
        aliases: aliases.map(|(alias, _)| alias.clone()).collect(),
    }
}
