//! `redoubt model show`: a model, or a version with its evidence.

use std::process::ExitCode;

use clap::Args;
use redoubt_registry::{Attested, Model, RegistryError, Slot, Stage, Version, documents};
use serde_json::{Value, json};

use super::list::row;
use super::room::{READ, as_json, day, evidence_json, failed, version, within};
use crate::cli::{Context, Failure};
use crate::output::{self, BAD, CHANGED, FAINT, GOOD, TITLE, TYPED, paint};
use crate::registry::{Reference, Room};
use crate::table::TextTable;

/// Show a model or a version, with its evidence and what is missing before it is promoted.
#[derive(Debug, Args)]
pub(super) struct Show {
    /// The model or version, such as `lending`, `lending/3` or `lending@champion`.
    #[arg(value_name = "NAME")]
    reference: Reference,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Print the version's bill of materials: CycloneDX 1.6, with a model card.
    #[arg(long, conflicts_with_all = ["json", "card", "lineage"])]
    bom: bool,
    /// Print the version's card in Markdown.
    #[arg(long, conflicts_with_all = ["json", "lineage"])]
    card: bool,
    /// Print the events of the version's making: OpenLineage, one on each line.
    #[arg(long, conflicts_with = "json")]
    lineage: bool,
}

/// What catalogues of lineage call this installation.
const NAMESPACE: &str = "redoubt";

impl Show {
    /// Runs the command.
    pub(super) fn run(self, context: &Context) -> Result<ExitCode, Failure> {
        let Self { reference, json, bom, card, lineage } = self;
        within(context, READ, false, async |room| {
            if bom || card || lineage {
                let found = version(&room, &reference).await?;
                let dossier = match room.registry.dossier(&found.name, found.version).await {
                    Ok(dossier) => dossier,
                    Err(error) => return Err(failed(&room.registry, error).await),
                };
                if bom {
                    output::json(&documents::bom(&dossier));
                } else if card {
                    output::line(documents::card(&dossier).trim_end());
                } else {
                    documents::events(&dossier, NAMESPACE).iter().for_each(|event| output::line(event.to_string()));
                    if dossier.lineage.is_none() {
                        output::note("no pipeline made this version, so nothing is known of its making");
                    }
                }
                return Ok(ExitCode::SUCCESS);
            }
            let shown = match &reference {
                Reference::Model { name } => show_model(&room, name, json).await,
                _ => {
                    let found = version(&room, &reference).await?;
                    show_version(&room, &found, json).await
                }
            };
            match shown {
                Ok(()) => Ok(ExitCode::SUCCESS),
                Err(error) => Err(failed(&room.registry, error).await),
            }
        })
    }
}

async fn show_model(room: &Room, name: &str, json: bool) -> Result<(), RegistryError> {
    let model = room.registry.model(name).await?;
    let (mut versions, mut after) = (Vec::new(), None::<String>);
    loop {
        let page = room.registry.versions(name, after.as_deref(), room.registry.limits.page_max).await?;
        versions.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    if json {
        let mut value = row(&model);
        if let Some(members) = value.as_object_mut() {
            members.insert("versions".to_owned(), Value::Array(versions.iter().map(as_json).collect()));
        }
        output::json(&value);
    } else {
        model_text(&model, &versions);
    }
    Ok(())
}

fn model_text(model: &Model, versions: &[Version]) {
    output::line(paint(TITLE, &output::shown(&model.name)));
    if !model.description.is_empty() {
        output::line(output::shown(&model.description));
    }
    tags(&model.tags);
    if versions.is_empty() {
        output::line("no versions");
    } else {
        let mut table = TextTable::new(&[
            ("version", 8),
            ("stage", 12),
            ("aliases", 32),
            ("sha256", 12),
            ("registered", 10),
            ("by", 24),
            ("description", 40),
        ]);
        for version in versions {
            let stage = if version.stage == Stage::None { String::new() } else { version.stage.name().to_owned() };
            let digest = version.digest.map(|digest| digest.to_string().chars().take(12).collect()).unwrap_or_default();
            table.row(vec![
                version.version.to_string(),
                stage,
                version.aliases.join(", "),
                digest,
                day(version.created),
                version.who().to_owned(),
                version.description.clone(),
            ]);
        }
        output::line(table.render(output::width()).trim_end());
    }
    for one in model.moves.iter().rev().take(5) {
        let line = format!("{}  {} {} by {}: version {}", one.at, one.slot, one.how, one.actor, one.version);
        output::line(paint(FAINT, &output::shown(&line)));
    }
}

fn tags(tags: &std::collections::BTreeMap<String, String>) {
    for (key, value) in tags {
        output::line(output::shown(&format!("{key}: {value}")));
    }
}

async fn show_version(room: &Room, version: &Version, json: bool) -> Result<(), RegistryError> {
    let (name, number) = (&version.name, version.version);
    let attested = room.registry.attestations(name, number).await?;
    let production = Slot::Stage(Stage::Production);
    let gate = match room.registry.admit(name, number, &production).await {
        Ok(_) => Vec::new(),
        Err(RegistryError::Refused(refusal)) => refusal.missing,
        Err(error) => return Err(error),
    };
    if json {
        let evidence: Vec<Value> = attested
            .iter()
            .map(|attested| match &attested.evidence {
                Ok(evidence) => evidence_json(evidence),
                Err(error) => json!({ "id": attested.id, "error": error.to_string() }),
            })
            .collect();
        let missing: Vec<Value> = gate
            .iter()
            .map(|missing| json!({ "kind": missing.kind.name(), "reason": missing.reason, "command": missing.command }))
            .collect();
        let mut value = as_json(version);
        if let Some(members) = value.as_object_mut() {
            members.insert("evidence".to_owned(), Value::Array(evidence));
            members.insert("missing_for_production".to_owned(), Value::Array(missing));
        }
        output::json(&value);
        return Ok(());
    }
    let stage = if version.stage == Stage::None { "no stage".to_owned() } else { version.stage.name().to_owned() };
    let aliases: Vec<String> = version.aliases.iter().map(|alias| format!("@{alias}")).collect();
    let leads = std::iter::once(stage).chain(aliases).collect::<Vec<_>>().join(", ");
    output::line(format!("{}  {}", paint(TITLE, &output::shown(&format!("{name}/{number}"))), output::shown(&leads)));
    if !version.description.is_empty() {
        output::line(output::shown(&version.description));
    }
    tags(&version.tags);
    output::line(output::shown(&format!("registered {} by {}", version.created, version.who())));
    for (word, value) in [("source", &version.source), ("run", &version.run_id)] {
        if let Some(value) = value {
            output::line(format!("{word} {}", output::shown(value)));
        }
    }
    match version.digest {
        Some(digest) => output::line(format!("sha256 {digest}")),
        None => output::line("no content yet"),
    }
    evidence(&attested);
    if gate.is_empty() {
        output::line(format!("{} for Production", paint(GOOD, "ready")));
    } else {
        output::line(format!("{} before Production:", paint(CHANGED, "missing")));
        for missing in gate {
            output::line(format!("  {}: {}", missing.kind.name(), output::shown(&missing.reason)));
            output::line(format!("    {}", paint(TYPED, &output::shown(&missing.command))));
        }
    }
    Ok(())
}

fn evidence(attested: &[Attested]) {
    if attested.is_empty() {
        return;
    }
    let mut table = TextTable::new(&[("evidence", 14), ("", 8), ("signed", 28), ("by", 24)]);
    let mut broken = Vec::new();
    for Attested { id: _, evidence } in attested {
        match evidence {
            Ok(evidence) => table.row(vec![
                evidence.kind.name().to_owned(),
                if evidence.passed { "passed" } else { "failed" }.to_owned(),
                evidence.at.to_string(),
                evidence.who().to_owned(),
            ]),
            Err(error) => broken.push(error.to_string()),
        }
    }
    output::line(table.render(output::width()).trim_end());
    for reason in broken {
        output::line(format!("{}: {reason}", paint(BAD, "evidence that cannot be trusted")));
    }
}
