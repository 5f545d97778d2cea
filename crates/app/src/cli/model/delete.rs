//! `redoubt model delete`: gone, with the key of its files.

use std::process::ExitCode;

use clap::Args;
use redoubt_domain::Capability;
use redoubt_registry::Stage;
use serde_json::json;

use super::room::{failed, version, within};
use crate::cli::{Context, Failure};
use crate::output;
use crate::registry::Reference;

/// Delete a model or a version, and the key without which its files are noise.
#[derive(Debug, Args)]
pub(super) struct Delete {
    /// The version, such as `lending/3`, or with `--all` the model.
    #[arg(value_name = "NAME")]
    reference: Reference,
    /// Delete the model with every version.
    #[arg(long)]
    all: bool,
    /// Delete what a stage or an alias leads to, too.
    #[arg(long)]
    in_use: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Delete {
    /// Runs the command.
    pub(super) fn run(self, context: &Context) -> Result<ExitCode, Failure> {
        let Self { reference, all, in_use, json } = self;
        within(context, &[Capability::Register], false, async |room| {
            let registry = &room.registry;
            let (used, subject, done) = match (&reference, all) {
                (Reference::Model { name }, true) => {
                    let model = match registry.model(name).await {
                        Ok(model) => model,
                        Err(error) => return Err(failed(registry, error).await),
                    };
                    let used = !model.aliases.is_empty()
                        || model.stages.values().any(|stage| matches!(stage, Stage::Staging | Stage::Production));
                    let done = if used && !in_use { Ok(()) } else { registry.delete_model(name, room.by()).await };
                    (used, name.clone(), done)
                }
                (Reference::Model { name }, false) => {
                    let words = format!("`{name}` is a model with all its versions");
                    return Err(Failure::usage(words).next(format!("say `--all`, or name a version: {name}/3")));
                }
                (_, true) => return Err(Failure::usage("`--all` goes with the name of a model alone")),
                (_, false) => {
                    let found = version(&room, &reference).await?;
                    let used = !found.aliases.is_empty() || matches!(found.stage, Stage::Staging | Stage::Production);
                    let subject = format!("{}/{}", found.name, found.version);
                    let done = if used && !in_use {
                        Ok(())
                    } else {
                        registry.delete_version(&found.name, found.version, room.by()).await
                    };
                    (used, subject, done)
                }
            };
            if used && !in_use {
                let words = format!("a stage or an alias leads to {subject}");
                return Err(Failure::check(words).next("take it out of use first, or say `--in-use`"));
            }
            if let Err(error) = done {
                return Err(failed(registry, error).await);
            }
            room.vault.sweep(registry).await?;
            if json {
                output::json(&json!({ "deleted": subject }));
            } else {
                output::line(format!("{} is deleted; its number is not used again", output::shown(&subject)));
            }
            Ok(ExitCode::SUCCESS)
        })
    }
}
