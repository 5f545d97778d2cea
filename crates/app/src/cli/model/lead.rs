//! `redoubt model promote`, `rollback` and `alias`: what leads to which version.

use std::process::ExitCode;

use clap::Args;
use redoubt_domain::Capability;
use redoubt_registry::{RegistryError, Slot, Stage, Version};

use super::room::{as_json, failed, version, within};
use crate::cli::{Context, Failure};
use crate::output::{self, GOOD, paint};
use crate::registry::{Reference, Room};

/// Put a version into a stage, if its gate opens.
#[derive(Debug, Args)]
pub(super) struct Promote {
    /// The version, such as `lending/3`.
    #[arg(value_name = "VERSION")]
    reference: Reference,
    /// The stage: Staging, Production, Archived or None.
    #[arg(long, value_name = "STAGE", default_value = "Production", value_parser = stage)]
    stage: Stage,
    /// Leave those that hold the stage in it, instead of archiving them.
    #[arg(long)]
    keep_existing: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Put back the version that held a stage or an alias before.
#[derive(Debug, Args)]
pub(super) struct Rollback {
    /// The model, such as `lending`, for its Production; or the stage or alias: `lending/Staging`, `lending@champion`.
    #[arg(value_name = "NAME")]
    reference: Reference,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Have an alias lead to a version, if its gate opens, or remove the alias.
#[derive(Debug, Args)]
pub(super) struct Alias {
    /// The version, such as `lending/3`; with `--remove`, the model.
    #[arg(value_name = "VERSION")]
    reference: Reference,
    /// The alias: letters, digits, `_` and `-`.
    #[arg(value_name = "ALIAS")]
    alias: String,
    /// Remove it.
    #[arg(long)]
    remove: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

fn stage(text: &str) -> Result<Stage, String> {
    Stage::parse(text).ok_or_else(|| "there are Staging, Production, Archived and None".to_owned())
}

impl Promote {
    /// Runs the command.
    pub(super) fn run(self, context: &Context) -> Result<ExitCode, Failure> {
        let Self { reference, stage, keep_existing, json } = self;
        within(context, &[Capability::Register], false, async |room| {
            let found = version(&room, &reference).await?;
            let archive = !keep_existing;
            let done = room.registry.set_stage(&found.name, found.version, stage, archive, room.by()).await;
            tell(&room, done, &Slot::Stage(stage), "is in", json).await
        })
    }
}

impl Rollback {
    /// Runs the command.
    pub(super) fn run(self, context: &Context) -> Result<ExitCode, Failure> {
        let Self { reference, json } = self;
        let slot = match &reference {
            Reference::Model { .. } => Slot::Stage(Stage::Production),
            Reference::Slot { slot, .. } => slot.clone(),
            Reference::Version { name, .. } | Reference::Latest { name } => {
                let next = format!("`redoubt model rollback {name}`, or `{name}@champion` for an alias");
                return Err(Failure::usage("a rollback finds the version by itself; name the model").next(next));
            }
        };
        within(context, &[Capability::Register], false, async |room| {
            let done = room.registry.roll_back(reference.name(), &slot, room.by()).await;
            tell(&room, done, &slot, "is back in", json).await
        })
    }
}

impl Alias {
    /// Runs the command.
    pub(super) fn run(self, context: &Context) -> Result<ExitCode, Failure> {
        let Self { reference, alias, remove, json } = self;
        within(context, &[Capability::Register], false, async |room| {
            let slot = Slot::Alias(alias.clone());
            if remove {
                let name = reference.name();
                let removed = match room.registry.version_by_alias(name, &alias).await {
                    Ok(_) => room.registry.delete_alias(name, &alias, room.by()).await,
                    Err(error) => Err(error),
                };
                return match removed {
                    Ok(()) => {
                        let words = format!("{name}@{alias} leads nowhere any more");
                        if json {
                            output::json(&serde_json::json!({ "name": name, "alias": alias, "version": null }));
                        } else {
                            output::line(output::shown(&words));
                        }
                        Ok(ExitCode::SUCCESS)
                    }
                    Err(error) => Err(failed(&room.registry, error).await),
                };
            }
            let found = version(&room, &reference).await?;
            let done = room.registry.set_alias(&found.name, &alias, found.version, room.by()).await;
            tell(&room, done, &slot, "is behind", json).await
        })
    }
}

async fn tell(
    room: &Room,
    done: Result<Version, RegistryError>,
    slot: &Slot,
    words: &str,
    json: bool,
) -> Result<ExitCode, Failure> {
    match done {
        Ok(version) if json => output::json(&as_json(&version)),
        Ok(version) => {
            let reference = output::shown(&format!("{}/{}", version.name, version.version));
            output::line(format!("{} {words} {slot}", paint(GOOD, &reference)));
        }
        Err(error) => return Err(failed(&room.registry, error).await),
    }
    Ok(ExitCode::SUCCESS)
}
