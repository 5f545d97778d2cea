//! `redoubt model list`: what is registered.

use std::process::ExitCode;

use clap::Args;
use redoubt_registry::{Model, Stage};
use serde_json::{Value, json};

use super::room::{READ, day, failed, within};
use crate::cli::{Context, Failure};
use crate::output;
use crate::table::TextTable;

/// List the models and where their stages and aliases lead.
#[derive(Debug, Args)]
pub(super) struct List {
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl List {
    /// Runs the command.
    pub(super) fn run(self, context: &Context) -> Result<ExitCode, Failure> {
        within(context, READ, false, async |room| {
            let (mut models, mut after) = (Vec::new(), None::<String>);
            loop {
                match room.registry.models(after.as_deref(), room.registry.limits.page_max).await {
                    Ok(page) => {
                        models.extend(page.items);
                        after = page.next;
                    }
                    Err(error) => return Err(failed(&room.registry, error).await),
                }
                if after.is_none() {
                    break;
                }
            }
            show(&models, self.json);
            Ok(ExitCode::SUCCESS)
        })
    }
}

fn show(models: &[Model], as_json: bool) {
    if as_json {
        output::json(&Value::Array(models.iter().map(row).collect()));
        return;
    }
    if models.is_empty() {
        output::note("no models yet; `redoubt model import PATH --name NAME` registers one");
        return;
    }
    let mut table = TextTable::new(&[
        ("model", 40),
        ("Production", 12),
        ("Staging", 12),
        ("aliases", 40),
        ("changed", 10),
        ("description", 48),
    ]);
    for model in models {
        let of = |stage: Stage| {
            let numbers = model.stages.iter().filter(|(_, held)| **held == stage).map(|(number, _)| number.to_string());
            numbers.collect::<Vec<_>>().join(" ")
        };
        let aliases: Vec<String> = model.aliases.iter().map(|(alias, version)| format!("{alias} {version}")).collect();
        table.row(vec![
            model.name.clone(),
            of(Stage::Production),
            of(Stage::Staging),
            aliases.join(", "),
            day(model.updated),
            model.description.clone(),
        ]);
    }
    output::line(table.render(output::width()).trim_end());
}

/// A model as JSON.
pub(super) fn row(model: &Model) -> Value {
    let Model { id: _, name, description, tags, created, updated, creator, aliases, stages, moves } = model;
    let stages: serde_json::Map<String, Value> =
        stages.iter().map(|(version, stage)| (version.to_string(), stage.name().into())).collect();
    let moves: Vec<Value> = moves
        .iter()
        .map(|one| {
            json!({
                "time": one.at.to_string(), "actor": one.actor, "what": one.slot.to_string(), "version": one.version,
                "how": one.how,
            })
        })
        .collect();
    json!({
        "name": name, "description": description, "tags": tags, "created": created.to_string(),
        "updated": updated.to_string(), "creator": creator, "aliases": aliases, "stages": stages, "moves": moves,
    })
}
