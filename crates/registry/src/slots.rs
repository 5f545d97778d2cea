//! What leads to versions: stages and aliases, and the way back.

use crate::error::RegistryError;
use crate::evidence::Admitted;
use crate::limits::Limits;
use crate::model::Version;
use crate::models::Held;
use crate::names::{self, Slot, Stage};
use crate::rows::{ModelRow, MoveRow};
use crate::versions::version_of;
use crate::witness::{By, Happening};
use crate::{Along, Registry};

impl Registry {
    /// Has an alias lead to a version, if its gate opens.
    ///
    /// # Errors
    /// [`RegistryError::Refused`] if evidence is missing.
    pub async fn set_alias(&self, name: &str, alias: &str, version: u64, by: By<'_>) -> Result<Version, RegistryError> {
        names::alias(alias, &self.limits)?;
        self.lead(name, version, Slot::Alias(alias.to_owned()), false, by).await
    }

    /// The version to which an alias leads, whatever the gates say of it: to use it, ask [`Registry::admit`].
    ///
    /// # Errors
    /// [`RegistryError::AliasMissing`] if there is no such alias.
    pub async fn version_by_alias(&self, name: &str, alias: &str) -> Result<Version, RegistryError> {
        let (model, held) = self.found(name).await?;
        let missing = || RegistryError::AliasMissing { name: name.to_owned(), alias: alias.to_owned() };
        let number = *held.row.aliases.get(alias).ok_or_else(missing)?;
        let row = self.version_held(&model, name, number).await?.row;
        Ok(version_of(&model, &held.row, number, &row))
    }

    /// Removes an alias. Removing what is not there is no error, as in MLflow.
    ///
    /// # Errors
    /// If there is no such model.
    pub async fn delete_alias(&self, name: &str, alias: &str, by: By<'_>) -> Result<(), RegistryError> {
        let (model, _) = self.found(name).await?;
        let slot = Slot::Alias(alias.to_owned());
        let limits = &self.limits;
        let remove = |row: &mut ModelRow, along: &mut Along| {
            if let Some(version) = row.aliases.remove(alias) {
                remember(row, &slot, version, limits);
                moved(row, &slot, version, "removed", by, limits);
                let (subject, detail) = (format!("{name}/{version}"), format!("{slot} removed"));
                along.events.push(by.tells(Happening::Promoted, subject, detail));
            }
            Ok(())
        };
        self.change(&model, name, remove).await
    }

    /// Puts a version into a stage, if its gate opens. With `archive_existing` those that hold the stage are archived.
    ///
    /// # Errors
    /// [`RegistryError::Refused`] if evidence is missing.
    pub async fn set_stage(
        &self,
        name: &str,
        version: u64,
        stage: Stage,
        archive_existing: bool,
        by: By<'_>,
    ) -> Result<Version, RegistryError> {
        self.lead(name, version, Slot::Stage(stage), archive_existing, by).await
    }

    /// Has a stage or alias lead to the version that held it before. The version that held it till now is archived,
    /// where it is a stage. Called again it goes one further back.
    ///
    /// # Errors
    /// [`RegistryError::NothingBefore`] if nothing held it, [`RegistryError::Refused`] if the evidence for what held it
    /// does not suffice any more.
    pub async fn roll_back(&self, name: &str, slot: &Slot, by: By<'_>) -> Result<Version, RegistryError> {
        let (model, held) = self.found(name).await?;
        let nothing = || RegistryError::NothingBefore { name: name.to_owned(), slot: slot.to_string() };
        let now = holder(&held.row, slot);
        let before = held.row.before.get(&slot.key()).cloned().unwrap_or_default();
        let mut back = None;
        for number in before.iter().rev().filter(|number| Some(**number) != now) {
            match self.version_held(&model, name, *number).await {
                Ok(_) => {
                    back = Some(*number);
                    break;
                }
                // Deleted since.
                Err(RegistryError::VersionMissing { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let number = back.ok_or_else(nothing)?;
        let pass = self.admit_noted(name, number, slot, by).await?;
        let limits = &self.limits;
        let from = now.map(|now| format!(", from version {now}")).unwrap_or_default();
        let row = self
            .change(&model, name, |row, along| {
                // Only if it is as it was when the evidence was looked at.
                if holder(row, slot) != now || row.before.get(&slot.key()) != Some(&before) {
                    return Err(RegistryError::Busy { what: name.to_owned() });
                }
                if let (Slot::Stage(stage), Some(_)) = (slot, now) {
                    archive_all(row, *stage);
                }
                if let Some(stack) = row.before.get_mut(&slot.key()) {
                    let at = stack.iter().rposition(|held| *held == number);
                    stack.truncate(at.unwrap_or_default());
                }
                put(row, &pass, slot);
                moved(row, slot, number, "rolled back", by, limits);
                let (subject, detail) = (format!("{name}/{number}"), format!("{slot}{from}"));
                along.events.push(by.tells(Happening::RolledBack, subject, detail));
                Ok(row.clone())
            })
            .await?;
        let version = self.version_held(&model, name, number).await?.row;
        Ok(version_of(&model, &row, number, &version))
    }

    /// The version that holds a stage or alias; of several in a stage the newest.
    ///
    /// # Errors
    /// [`RegistryError::StageMissing`] or [`RegistryError::AliasMissing`] if there is none.
    pub async fn holder(&self, name: &str, slot: &Slot) -> Result<Version, RegistryError> {
        match slot {
            Slot::Alias(alias) => self.version_by_alias(name, alias).await,
            Slot::Stage(stage) => {
                let latest = self.latest_versions(name, &[*stage]).await?;
                let missing = || RegistryError::StageMissing { name: name.to_owned(), stage: stage.name() };
                latest.into_iter().next().ok_or_else(missing)
            }
        }
    }

    async fn lead(
        &self,
        name: &str,
        version: u64,
        slot: Slot,
        archive_existing: bool,
        by: By<'_>,
    ) -> Result<Version, RegistryError> {
        names::text("actor", by.actor, self.limits.actor_chars_max)?;
        let (model, _) = self.found(name).await?;
        let Held { row: version_row, .. } = self.version_held(&model, name, version).await?;
        let pass = self.admit_noted(name, version, &slot, by).await?;
        let limits = &self.limits;
        let row = self
            .change(&model, name, |row, along| {
                let was = match &slot {
                    Slot::Alias(alias) => row.aliases.get(alias) == Some(&version),
                    Slot::Stage(stage) => stage_of(row, version) == *stage,
                };
                if was && !archive_existing {
                    return Ok(row.clone());
                }
                // What it leaves can be gone back to, too.
                let left = Slot::Stage(stage_of(row, version));
                if matches!(slot, Slot::Stage(_)) && !was && left != Slot::Stage(Stage::None) {
                    remember(row, &left, version, limits);
                }
                if let Some(holder) = holder(row, &slot).filter(|holder| *holder != version) {
                    remember(row, &slot, holder, limits);
                }
                if let (Slot::Stage(stage), true) = (&slot, archive_existing) {
                    row.stages.remove(&version);
                    archive_all(row, *stage);
                }
                put(row, &pass, &slot);
                if row.aliases.len() > limits.aliases_max {
                    return Err(RegistryError::invalid("aliases", format!("there are {} already", limits.aliases_max)));
                }
                moved(row, &slot, version, "set", by, limits);
                row.updated = row.updated.max(by.now.micros());
                along.events.push(by.tells(Happening::Promoted, format!("{name}/{version}"), slot.to_string()));
                Ok(row.clone())
            })
            .await?;
        Ok(version_of(&model, &row, version, &version_row))
    }
}

fn stage_of(row: &ModelRow, version: u64) -> Stage {
    row.stages.get(&version).and_then(|word| Stage::parse(word)).unwrap_or(Stage::None)
}

/// Who holds a slot: of several in a stage the newest.
fn holder(row: &ModelRow, slot: &Slot) -> Option<u64> {
    match slot {
        Slot::Alias(alias) => row.aliases.get(alias).copied(),
        Slot::Stage(stage) => {
            row.stages.iter().rev().find(|(_, word)| *word == stage.name()).map(|(number, _)| *number)
        }
    }
}

fn archive_all(row: &mut ModelRow, stage: Stage) {
    if matches!(stage, Stage::None | Stage::Archived) {
        return;
    }
    row.stages.values_mut().filter(|word| *word == stage.name()).for_each(|word| {
        Stage::Archived.name().clone_into(word);
    });
}

/// Has a slot lead to the version that was let through.
fn put(row: &mut ModelRow, pass: &Admitted, slot: &Slot) {
    let version = pass.version().version;
    match slot {
        Slot::Alias(alias) => _ = row.aliases.insert(alias.clone(), version),
        Slot::Stage(Stage::None) => _ = row.stages.remove(&version),
        Slot::Stage(stage) => _ = row.stages.insert(version, stage.name().to_owned()),
    }
}

/// Remembers who held a slot.
fn remember(row: &mut ModelRow, slot: &Slot, version: u64, limits: &Limits) {
    if matches!(slot, Slot::Stage(Stage::None | Stage::Archived)) {
        return;
    }
    let before = row.before.entry(slot.key()).or_default();
    if before.last() != Some(&version) {
        before.push(version);
    }
    let extra = before.len().saturating_sub(limits.before_max);
    before.drain(..extra);
}

fn moved(row: &mut ModelRow, slot: &Slot, version: u64, how: &str, by: By<'_>, limits: &Limits) {
    let at = by.now.micros();
    row.moves.push(MoveRow { at, actor: by.actor.to_owned(), slot: slot.key(), version, how: how.to_owned() });
    let extra = row.moves.len().saturating_sub(limits.moves_max);
    row.moves.drain(..extra);
}
