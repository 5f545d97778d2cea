//! What the commands of the registry share: opening it, and the words for what goes wrong.

use std::future::Future;

use redoubt_domain::settings::nearest;
use redoubt_domain::{Capability, Timestamp};
use redoubt_registry::content::ContentError;
use redoubt_registry::{Evidence, Registry, RegistryError, Version};
use serde_json::{Value, json};

use crate::cli::{Context, Failure, deliver, runtime};
use crate::config;
use crate::output;
use crate::registry::{Reference, Room};

/// Who may look: whoever registers or approves.
pub(super) const READ: &[Capability] = &[Capability::Register, Capability::Approve];

/// Opens the registry for who may do one of these, does `work` in it, and has the audit log take up what happened, whatever came of it.
pub(super) fn within<T, F>(
    context: &Context,
    any_of: &[Capability],
    makes_home: bool,
    work: impl FnOnce(Room) -> F,
) -> Result<T, Failure>
where
    F: Future<Output = Result<T, Failure>>,
{
    let home = if makes_home { context.open_home()? } else { context.existing_home()? };
    let gates = config::load_gates(&context.config)?;
    runtime()?.block_on(async {
        let room = Room::open(&home, &context.config, gates).await?;
        room.may(any_of)?;
        let outcome = work(room).await;
        deliver(&home).await?;
        outcome
    })
}

/// What went wrong, with what to try next.
pub(super) async fn failed(registry: &Registry, error: RegistryError) -> Failure {
    match &error {
        RegistryError::ModelMissing { name } => {
            let names = names(registry).await;
            let next = match nearest(name, names.iter().map(String::as_str)) {
                Some(known) => format!("there is a model called `{}`", output::shown(known)),
                None if names.is_empty() => "`redoubt model import PATH --name NAME` registers one".to_owned(),
                None => "`redoubt model list` shows the models".to_owned(),
            };
            Failure::check(error).next(next)
        }
        RegistryError::VersionMissing { name, .. }
        | RegistryError::AliasMissing { name, .. }
        | RegistryError::StageMissing { name, .. } => {
            let next = format!("`redoubt model show {name}` shows its versions and what leads to them");
            Failure::check(error).next(next)
        }
        RegistryError::NoContent { name, version } => {
            let next = format!("import the files as a version of their own; `{name}/{version}` was registered by name");
            Failure::check(error).next(next)
        }
        RegistryError::Invalid { .. } => Failure::usage(error),
        _ => Failure::check(error),
    }
}

/// As [`failed`], for content.
pub(super) async fn content_failed(registry: &Registry, error: ContentError) -> Failure {
    match error {
        ContentError::Registry(error) => failed(registry, error).await,
        error => Failure::check(error),
    }
}

async fn names(registry: &Registry) -> Vec<String> {
    let page = registry.models(None, registry.limits.page_max).await;
    page.map(|page| page.items.into_iter().map(|model| model.name).collect()).unwrap_or_default()
}

/// The version that a reference means; the model alone is none.
pub(super) async fn version(room: &Room, reference: &Reference) -> Result<Version, Failure> {
    if let Reference::Model { name } = reference {
        let words = format!("`{name}` names a model; say which version");
        return Err(Failure::usage(words).next(format!("{name}/latest, {name}/3 or {name}@champion")));
    }
    match room.version(reference).await {
        Ok(version) => Ok(version),
        Err(error) => Err(failed(&room.registry, error).await),
    }
}

/// A day, for tables.
pub(super) fn day(at: Timestamp) -> String {
    at.to_string().chars().take(10).collect()
}

/// A version as JSON.
pub(super) fn as_json(version: &Version) -> Value {
    json!({
        "name": version.name, "version": version.version, "status": version.status.name(),
        "status_message": version.status_message, "sha256": version.digest.map(|digest| digest.to_string()),
        "stage": version.stage.name(), "aliases": version.aliases, "description": version.description,
        "tags": version.tags, "source": version.source, "run_id": version.run_id, "kept": version.is_kept,
        "created": version.created.to_string(), "updated": version.updated.to_string(), "creator": version.creator,
        "owner": version.owner,
    })
}

/// Evidence as JSON.
pub(super) fn evidence_json(evidence: &Evidence) -> Value {
    json!({
        "kind": evidence.kind.name(), "passed": evidence.passed, "actor": evidence.actor, "owner": evidence.owner,
        "time": evidence.at.to_string(), "subject": evidence.subject, "sha256": evidence.digest.to_string(),
        "details": evidence.details,
    })
}
