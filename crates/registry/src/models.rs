//! Models by name: make, find, list, rename, describe, delete.
//!
//! A name's record leads to a model's id, and the model's record says its name. Both change in one commit; the first
//! counts only where the second agrees, so that a name of a model that is gone can be taken.

use std::collections::BTreeMap;

use redoubt_domain::Timestamp;
use redoubt_domain::seams::{Change, RecordError};

use crate::error::RegistryError;
use crate::model::{Model, Move, Page};
use crate::names::{self, Slot, Stage};
use crate::rows::{self, CONTENT, LINEAGE, MODEL, ModelRow, NAME, NameRow, V, VERSION, VersionRow};
use crate::witness::{By, Happening};
use crate::{Along, Registry};

/// Versions of one model that are deleted in the same commit as the model; those beyond follow.
const DELETED_TOGETHER_MAX: usize = 2_000;

/// A record with its place and version.
#[derive(Clone, Debug)]
pub(crate) struct Held<T> {
    pub(crate) id: String,
    pub(crate) version: u64,
    pub(crate) row: T,
}

impl Registry {
    /// Makes a model without versions.
    ///
    /// # Errors
    /// [`RegistryError::ModelExists`] if there is one of that name.
    pub async fn create_model(
        &self,
        name: &str,
        description: &str,
        tags: BTreeMap<String, String>,
        by: By<'_>,
    ) -> Result<Model, RegistryError> {
        names::name(name, &self.limits)?;
        names::text("actor", by.actor, self.limits.actor_chars_max)?;
        names::text("description", description, self.limits.description_chars_max)?;
        self.check_tags(&tags)?;
        if self.find(name).await?.is_some() {
            return Err(RegistryError::ModelExists { name: name.to_owned() });
        }
        let model = self.new_id();
        let row = ModelRow::new(name, description, tags, 1, by);
        let id = self.id(&model);
        let bytes = rows::write(MODEL, &id, &row)?;
        for _ in 0..self.limits.tries_max {
            let changes = vec![Change::put(MODEL, &*id, None, bytes.clone()), self.claim(name, &model).await?];
            let events = vec![by.tells(Happening::Registered, name, "")];
            match self.commit(Along { changes, events }).await {
                Ok(()) => return Ok(model_of(&model, &row)),
                Err(RecordError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(RegistryError::Busy { what: name.to_owned() })
    }

    /// The model of a name.
    ///
    /// # Errors
    /// [`RegistryError::ModelMissing`] if there is none.
    pub async fn model(&self, name: &str) -> Result<Model, RegistryError> {
        let (model, held) = self.found(name).await?;
        Ok(model_of(&model, &held.row))
    }

    /// Models in the order of their names (bytewise), those after `after`, up to `limit`.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn models(&self, after: Option<&str>, limit: usize) -> Result<Page<Model>, RegistryError> {
        let limit = limit.clamp(1, self.limits.page_max);
        let prefix = self.id("");
        let mut from = self.id(after.unwrap_or_default());
        let mut items: Vec<Model> = Vec::new();
        loop {
            let page = self.records.scan(NAME, Some(&from), limit + 1).await?;
            let is_last = page.len() <= limit;
            for record in page {
                let Some(name) = record.id.strip_prefix(&prefix) else { return Ok(Page { items, next: None }) };
                if items.len() == limit {
                    let next = items.last().map(|model| model.name.clone());
                    return Ok(Page { items, next });
                }
                if let Some((model, held)) = self.find(name).await? {
                    items.push(model_of(&model, &held.row));
                }
                from = record.id;
            }
            if is_last {
                return Ok(Page { items, next: None });
            }
        }
    }

    /// Gives a model another name; its versions, aliases and stages stay.
    ///
    /// # Errors
    /// [`RegistryError::ModelExists`] if the new name is taken.
    pub async fn rename_model(&self, name: &str, new: &str, by: By<'_>) -> Result<Model, RegistryError> {
        names::name(new, &self.limits)?;
        if name == new {
            return self.model(name).await;
        }
        for _ in 0..self.limits.tries_max {
            let (model, Held { id, version, mut row }) = self.found(name).await?;
            let claim = self.claim(new, &model).await?;
            new.clone_into(&mut row.name);
            row.renaming_to = None;
            row.updated = row.updated.max(by.now.micros());
            let mut changes = vec![claim, Change::put(MODEL, &*id, Some(version), rows::write(MODEL, &id, &row)?)];
            changes.extend(self.freed(name, &model).await?);
            let events = vec![by.tells(Happening::Changed, new, format!("renamed from {name}"))];
            match self.commit(Along { changes, events }).await {
                Ok(()) => return Ok(model_of(&model, &row)),
                Err(RecordError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(RegistryError::Busy { what: name.to_owned() })
    }

    /// Says what a model is for.
    ///
    /// # Errors
    /// If there is none, or the text is too long.
    pub async fn describe_model(&self, name: &str, description: &str, by: By<'_>) -> Result<Model, RegistryError> {
        names::text("description", description, self.limits.description_chars_max)?;
        let change = |row: &mut ModelRow| {
            row.description = description.to_owned();
            Ok(())
        };
        self.change_told(name, by, "description", change).await
    }

    /// Sets a tag of a model, or with no value removes it; removing what is not there is no error.
    ///
    /// # Errors
    /// If there is no such model, or the tag is too long or one too many.
    pub async fn tag_model(
        &self,
        name: &str,
        key: &str,
        value: Option<&str>,
        by: By<'_>,
    ) -> Result<Model, RegistryError> {
        names::tag(key, value.unwrap_or_default(), &self.limits)?;
        let most = self.limits.tags_max;
        self.change_told(name, by, &format!("tag {key}"), |row| set_tag(&mut row.tags, key, value, most)).await
    }

    /// Deletes a model with its versions. Evidence stays, since it is about content.
    ///
    /// # Errors
    /// [`RegistryError::ModelMissing`] if there is none.
    pub async fn delete_model(&self, name: &str, by: By<'_>) -> Result<(), RegistryError> {
        for _ in 0..self.limits.tries_max {
            let (model, held) = self.found(name).await?;
            let mut changes = vec![Change::delete(MODEL, held.id, held.version)];
            changes.extend(self.freed(name, &model).await?);
            let prefix = format!("{}/", self.id(&model));
            let is_all = self.deleted_versions(&prefix, &mut changes).await?;
            let events = vec![by.tells(Happening::Deleted, name, "")];
            match self.commit(Along { changes, events }).await {
                Ok(()) if is_all => return Ok(()),
                // Nobody sees them any more.
                Ok(()) => return self.delete_versions(&prefix).await,
                Err(RecordError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(RegistryError::Busy { what: name.to_owned() })
    }

    /// An id for a model, 32 hexadecimal digits of chance.
    pub(crate) fn new_id(&self) -> String {
        let mut random = [0; 16];
        self.entropy.fill(&mut random);
        random.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The id of a record of this tenant.
    pub(crate) fn id(&self, rest: &str) -> String {
        format!("{}/{rest}", self.tenant)
    }

    /// The id and the record of the model of a name.
    pub(crate) async fn find(&self, name: &str) -> Result<Option<(String, Held<ModelRow>)>, RegistryError> {
        let id = self.id(name);
        let Some(record) = self.records.get(NAME, &id).await? else { return Ok(None) };
        let NameRow { v: _, model } = rows::read(NAME, &id, &record.value)?;
        let held = self.get(&model).await?.filter(|held| held.row.name == name);
        Ok(held.map(|held| (model, held)))
    }

    pub(crate) async fn found(&self, name: &str) -> Result<(String, Held<ModelRow>), RegistryError> {
        self.find(name).await?.ok_or_else(|| RegistryError::ModelMissing { name: name.to_owned() })
    }

    pub(crate) async fn get(&self, model: &str) -> Result<Option<Held<ModelRow>>, RegistryError> {
        let id = self.id(model);
        let Some(record) = self.records.get(MODEL, &id).await? else { return Ok(None) };
        let row = rows::read(MODEL, &id, &record.value)?;
        Ok(Some(Held { id, version: record.version, row }))
    }

    /// The record of a model whose name leads to it.
    pub(crate) async fn visible(&self, model: &str) -> Result<Option<Held<ModelRow>>, RegistryError> {
        let Some(held) = self.get(model).await? else { return Ok(None) };
        Ok(self.find(&held.row.name).await?.filter(|(found, _)| found == model).map(|(_, held)| held))
    }

    /// The record of a model that must still have its name.
    pub(crate) async fn held(&self, model: &str, name: &str) -> Result<Held<ModelRow>, RegistryError> {
        let held = self.get(model).await?.filter(|held| held.row.name == name);
        held.ok_or_else(|| RegistryError::ModelMissing { name: name.to_owned() })
    }

    /// Changes a model's record together with what the change puts into its [`Along`], again if somebody else came
    /// between. Where nothing changes nothing is told.
    pub(crate) async fn change<T>(
        &self,
        model: &str,
        name: &str,
        mut change: impl FnMut(&mut ModelRow, &mut Along) -> Result<T, RegistryError>,
    ) -> Result<T, RegistryError> {
        for _ in 0..self.limits.tries_max {
            let Held { id, version, mut row } = self.held(model, name).await?;
            let (before, mut along) = (row.clone(), Along::default());
            let result = change(&mut row, &mut along)?;
            if row == before && along.changes.is_empty() {
                return Ok(result);
            }
            along.changes.push(Change::put(MODEL, &*id, Some(version), rows::write(MODEL, &id, &row)?));
            match self.commit(along).await {
                Ok(()) => return Ok(result),
                Err(RecordError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(RegistryError::Busy { what: name.to_owned() })
    }

    async fn change_told(
        &self,
        name: &str,
        by: By<'_>,
        detail: &str,
        mut change: impl FnMut(&mut ModelRow) -> Result<(), RegistryError>,
    ) -> Result<Model, RegistryError> {
        let (model, _) = self.found(name).await?;
        let change = |row: &mut ModelRow, along: &mut Along| {
            let before = row.clone();
            change(row)?;
            if *row != before {
                row.updated = row.updated.max(by.now.micros());
                along.events.push(by.tells(Happening::Changed, name, detail));
            }
            Ok(row.clone())
        };
        let row = self.change(&model, name, change).await?;
        Ok(model_of(&model, &row))
    }

    /// What has a name lead to a model, unless it leads to another one that has it or was about to.
    pub(crate) async fn claim(&self, name: &str, model: &str) -> Result<Change, RegistryError> {
        let id = self.id(name);
        let record = self.records.get(NAME, &id).await?;
        if let Some(record) = &record {
            let NameRow { v: _, model: other } = rows::read(NAME, &id, &record.value)?;
            let holder = self
                .get(&other)
                .await?
                .filter(|held| held.row.name == name || held.row.renaming_to.as_deref() == Some(name));
            if other != model && holder.is_some() {
                return Err(RegistryError::ModelExists { name: name.to_owned() });
            }
        }
        let value = rows::write(NAME, &id, &NameRow { v: V, model: model.to_owned() })?;
        Ok(Change::put(NAME, id, record.map(|record| record.version), value))
    }

    /// What frees a name that leads to this model.
    async fn freed(&self, name: &str, model: &str) -> Result<Option<Change>, RegistryError> {
        let id = self.id(name);
        let Some(record) = self.records.get(NAME, &id).await? else { return Ok(None) };
        let NameRow { v: _, model: other } = rows::read(NAME, &id, &record.value)?;
        Ok((other == model).then(|| Change::delete(NAME, id, record.version)))
    }

    /// What deletes the versions whose ids begin so, with the keys of their content; whether these are all.
    async fn deleted_versions(&self, prefix: &str, changes: &mut Vec<Change>) -> Result<bool, RegistryError> {
        let page = self.records.scan(VERSION, Some(prefix), DELETED_TOGETHER_MAX + 1).await?;
        let mut of_model = page.into_iter().take_while(|record| record.id.starts_with(prefix));
        for record in of_model.by_ref().take(DELETED_TOGETHER_MAX) {
            let row: VersionRow = rows::read(VERSION, &record.id, &record.value)?;
            changes.extend(self.removed(LINEAGE, record.id.clone()).await?);
            if let Some(place) = row.content {
                changes.extend(self.removed(CONTENT, self.id(&place)).await?);
            }
            changes.push(Change::delete(VERSION, record.id, record.version));
        }
        Ok(of_model.next().is_none())
    }

    /// Deletes every version whose id begins so.
    async fn delete_versions(&self, prefix: &str) -> Result<(), RegistryError> {
        loop {
            let mut changes = Vec::new();
            let is_all = self.deleted_versions(prefix, &mut changes).await?;
            self.records.apply(changes).await?;
            if is_all {
                return Ok(());
            }
        }
    }

    /// What removes a record that nobody changes, if it is there.
    pub(crate) async fn removed(&self, kind: &'static str, id: String) -> Result<Option<Change>, RegistryError> {
        let record = self.records.get(kind, &id).await?;
        Ok(record.map(|record| Change::delete(kind, id, record.version)))
    }

    pub(crate) fn check_tags(&self, tags: &BTreeMap<String, String>) -> Result<(), RegistryError> {
        if tags.len() > self.limits.tags_max {
            return Err(RegistryError::invalid("tags", format!("there are more than {}", self.limits.tags_max)));
        }
        tags.iter().try_for_each(|(key, value)| names::tag(key, value, &self.limits))
    }
}

/// Sets or removes a tag.
pub(crate) fn set_tag(
    tags: &mut BTreeMap<String, String>,
    key: &str,
    value: Option<&str>,
    most: usize,
) -> Result<(), RegistryError> {
    match value {
        Some(value) => _ = tags.insert(key.to_owned(), value.to_owned()),
        None => _ = tags.remove(key),
    }
    if tags.len() > most {
        return Err(RegistryError::invalid("tags", format!("there are more than {most}")));
    }
    Ok(())
}

/// A model as callers see it.
pub(crate) fn model_of(id: &str, row: &ModelRow) -> Model {
    let ModelRow {
        v: _,
        name,
        renaming_to: _,
        description,
        tags,
        created,
        updated,
        creator,
        next_version: _,
        aliases,
        stages,
        before: _,
        moves,
    } = row;
    let one = |row: &rows::MoveRow| {
        let rows::MoveRow { at, actor, slot, version, how } = row;
        let slot = Slot::of_key(slot)?;
        let at = Timestamp::from_micros(*at);
        Some(Move { at, actor: actor.clone(), slot, version: *version, how: how.clone() })
    };
    Model {
        id: id.to_owned(),
        name: name.clone(),
        description: description.clone(),
        tags: tags.clone(),
        created: Timestamp::from_micros(*created),
        updated: Timestamp::from_micros(*updated),
        creator: creator.clone(),
        aliases: aliases.clone(),
        stages: stages.iter().filter_map(|(version, stage)| Some((*version, Stage::parse(stage)?))).collect(),
        moves: moves.iter().filter_map(one).collect(),
    }
}
