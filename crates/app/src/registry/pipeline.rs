//! The registry as pipelines see it: what their steps `register` and `deploy` have done.

use std::future::Future;
use std::io::{BufReader, Cursor, Read};

use redoubt_domain::Timestamp;
use redoubt_domain::seams::Clock;
use redoubt_models::sign::sha256;
use redoubt_models::{FileReport, Limits, Report, Verdict, settle};
use redoubt_pipeline::{
    Deployment, DeploymentSlot, Digest, EffectError, Made, Models, Origin, Outside, Record, Registration, ReportKind,
    Shelf, ShelfError, Source,
};
use redoubt_registry::content::{Said, open};
use redoubt_registry::{
    AttestationKind, Entry, Lineage, LineageData, LineageProduct, LineageStep, Manifest, NewVersion, RegistryError,
    Slot, Stage, Version,
};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::{KeepError, Reference, Room, scan_said};
use crate::home::SystemClock;

/// A shelf with the registry beside it.
pub(crate) struct Registrar<'s> {
    shelf: &'s dyn Shelf,
    room: Room,
    runtime: Runtime,
    /// When the run began.
    began: Timestamp,
}

/// The largest file of a model that a step takes.
const MODEL_BYTES_MAX: u64 = 4 << 30;

impl<'s> Registrar<'s> {
    /// The registry that `room` is, for a run that begins now.
    pub(crate) fn new(shelf: &'s dyn Shelf, room: Room, runtime: Runtime) -> Self {
        Self { shelf, room, runtime, began: SystemClock.now() }
    }

    fn wait<T>(&self, future: impl Future<Output = Result<T, RegistryError>>) -> Result<T, EffectError> {
        self.runtime.block_on(future).map_err(refused)
    }

    /// The version that a receipt is for, if it is still that one.
    fn of_receipt(&self, receipt: &Value) -> Result<Option<Version>, RegistryError> {
        let text = |key: &str| receipt.get(key).and_then(Value::as_str).unwrap_or_default();
        let number = receipt.get("version").and_then(Value::as_u64).unwrap_or_default();
        match self.runtime.block_on(self.room.registry.version(text("model"), number)) {
            Ok(version) => {
                let digest = version.digest.map(|digest| digest.to_string());
                Ok(Some(version).filter(|_| digest.as_deref() == Some(text("sha256"))))
            }
            Err(RegistryError::ModelMissing { .. } | RegistryError::VersionMissing { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Says of a version that is there already what has not been said of it yet.
    async fn say_again(&self, version: &Version, said: &[Said]) -> Result<(), RegistryError> {
        let (registry, name, number) = (&self.room.registry, version.name.as_str(), version.version);
        let known: Vec<_> =
            registry.attestations(name, number).await?.into_iter().filter_map(|known| known.evidence.ok()).collect();
        for Said { kind, passed, details } in said {
            let same = known.iter().rev().find(|known| known.kind == *kind);
            if same.is_none_or(|known| known.passed != *passed || known.details != *details) {
                registry.attest(name, number, *kind, *passed, details.clone(), self.room.by()).await?;
            }
        }
        Ok(())
    }
}

impl Models for Registrar<'_> {
    fn register(&self, what: &Registration, origin: &Origin<'_>) -> Result<Value, EffectError> {
        let Registration { model, description, files, reports } = what;
        let report = scanned(model, files);
        if report.verdict() != Verdict::Clean {
            let found = report.files.iter().filter(|file| file.scanned.verdict != Verdict::Clean);
            let found: Vec<String> =
                found.map(|file| format!("`{}` is {}", file.path, file.scanned.verdict.name())).collect();
            return Err(EffectError::Refused(format!("the scanner refuses it: {}", found.join(", "))));
        }
        let entry = |(path, bytes): &(String, Vec<u8>)| {
            (path.clone(), Entry { size: bytes.len() as u64, digest: sha256(bytes) })
        };
        let manifest = Manifest::new(files.iter().map(entry), &self.room.registry.limits)
            .map_err(|error| EffectError::Refused(error.to_string()))?;
        let mut said = vec![scan_said(&report)];
        said.extend(reports.iter().map(|(kind, details)| Said {
            kind: kind_of(*kind),
            // A step that finds something bad stops; one that goes on may say so in its report.
            passed: details.get("passed").and_then(Value::as_bool).unwrap_or(true),
            details: details.clone(),
        }));
        let held = self.runtime.block_on(self.room.registry.version_of_digest(model, manifest.digest()));
        let version = match held {
            Ok(Some(version)) => {
                self.wait(self.say_again(&version, &said))?;
                version
            }
            Ok(None) | Err(RegistryError::ModelMissing { .. }) => {
                let open = |path: &str| -> std::io::Result<Box<dyn Read>> {
                    let found = files.iter().find(|(known, _)| known == path).ok_or(std::io::ErrorKind::NotFound)?;
                    Ok(Box::new(Cursor::new(found.1.clone())))
                };
                let lineage = lineage(origin, self.began);
                let new = NewVersion { description: description.clone(), ..NewVersion::default() };
                let kept = self.room.keep(model, &manifest, &open, new, &said, Some(&lineage));
                self.runtime.block_on(kept).map_err(|error| match error {
                    KeepError::Registry(error) => refused(error),
                    error => EffectError::Failed(error.into()),
                })?
            }
            Err(error) => return Err(refused(error)),
        };
        Ok(json!({ "model": model, "version": version.version, "sha256": manifest.digest().to_string() }))
    }

    fn deploy(&self, what: &Deployment) -> Result<Value, EffectError> {
        let Deployment { version, slot } = what;
        let found = self.of_receipt(version).map_err(refused)?;
        let found = found.ok_or_else(|| {
            EffectError::Refused("the registered version is gone; run again, which registers it anew".to_owned())
        })?;
        let (registry, name, number) = (&self.room.registry, found.name.as_str(), found.version);
        let (slot, key) = slot_of(slot)?;
        self.check_not_rolled_back(&found, &slot)?;
        match &slot {
            Slot::Stage(stage) => self.wait(registry.set_stage(name, number, *stage, true, self.room.by()))?,
            Slot::Alias(alias) => self.wait(registry.set_alias(name, alias, number, self.room.by()))?,
        };
        let sha256 = version.get("sha256").cloned().unwrap_or_default();
        Ok(json!({ "model": name, "version": number, "sha256": sha256, "slot": key }))
    }

    fn version(&self, reference: &str) -> Result<Option<Digest>, EffectError> {
        let reference = parsed(reference)?;
        let found = match self.runtime.block_on(self.room.version(&reference)) {
            Ok(found) => found,
            Err(
                RegistryError::ModelMissing { .. }
                | RegistryError::AliasMissing { .. }
                | RegistryError::StageMissing { .. },
            ) if matches!(reference, Reference::Slot { .. }) => return Ok(None),
            Err(error) => return Err(refused(error)),
        };
        let digest = found.digest.and_then(|digest| Digest::parse(&format!("sha256:{digest}")));
        digest.map(Some).ok_or_else(|| {
            let (name, number) = (found.name, found.version);
            EffectError::Refused(format!("`{name}/{number}` was registered by name, and has no files here"))
        })
    }

    fn model(&self, reference: &str, digest: &Digest) -> Result<(Value, Vec<u8>), EffectError> {
        let said = reference;
        let reference = parsed(reference)?;
        let registry = &self.room.registry;
        let pass = match &reference {
            Reference::Slot { name, slot } => self.wait(registry.admit_holder(name, slot, self.room.by()))?,
            other => {
                let found = self.wait(self.room.version(other))?;
                self.wait(registry.admit_version(&found.name, found.version, self.room.by()))?
            }
        };
        let (name, number) = (&pass.version().name, pass.version().version);
        if pass.version().digest.is_none_or(|found| found.to_string() != digest.hex()) {
            return Err(EffectError::Refused(format!("`{said}` leads elsewhere by now; run again")));
        }
        let content = self.runtime.block_on(registry.content(&pass, &self.room.keys));
        let content = content.map_err(|error| EffectError::Refused(error.to_string()))?;
        let read = |path: &str| -> Result<Vec<u8>, EffectError> {
            let found = content.files().find(|(_, known, _, _)| *known == path);
            let (place, _, entry, key) = found.ok_or_else(|| {
                let reason = format!("`{name}/{number}` was not registered by a pipeline: it has no `{path}`");
                EffectError::Refused(reason)
            })?;
            if entry.size > MODEL_BYTES_MAX {
                let reason = format!("`{path}` of `{name}/{number}` has more than {MODEL_BYTES_MAX} bytes");
                return Err(EffectError::Refused(reason));
            }
            let key = key.map_err(|error| EffectError::Failed(error.into()))?;
            let sealed =
                self.room.vault.open(content.place(), place).map_err(|error| EffectError::Failed(error.into()))?;
            let mut plain = Vec::new();
            open(&key, &mut BufReader::new(sealed), &mut plain).map_err(|error| {
                EffectError::Refused(format!("`{path}` of `{name}/{number}` is damaged in the registry: {error}"))
            })?;
            Ok(plain)
        };
        let damaged = |error| EffectError::Refused(format!("`card.json` of `{name}/{number}` is no card: {error}"));
        let card = serde_json::from_slice(&read("card.json")?).map_err(damaged)?;
        Ok((card, read("model.safetensors")?))
    }

    fn holds(&self, receipt: &Value) -> Result<bool, ShelfError> {
        let Some(version) = self.of_receipt(receipt)? else { return Ok(false) };
        Ok(match receipt.get("slot").and_then(Value::as_str).map(|slot| slot.split_once('/')) {
            None => true,
            Some(Some(("stage", stage))) => version.stage.name() == stage,
            Some(Some(("alias", alias))) => version.aliases.iter().any(|known| known == alias),
            Some(_) => false,
        })
    }
}

impl Registrar<'_> {
    /// A person who went back from a version is not overruled by the next run.
    fn check_not_rolled_back(&self, version: &Version, slot: &Slot) -> Result<(), EffectError> {
        let model = self.wait(self.room.registry.model(&version.name))?;
        let of_slot: Vec<_> = model.moves.iter().filter(|one| one.slot == *slot).collect();
        let was_set = of_slot.iter().any(|one| one.version == version.version && one.how == "set");
        let went_back = of_slot.last().filter(|one| one.how == "rolled back" && one.version != version.version);
        match went_back.filter(|_| was_set) {
            None => Ok(()),
            Some(back) => {
                let by = match slot {
                    Slot::Stage(stage) => {
                        format!("redoubt model promote {}/{} --stage {}", version.name, version.version, stage.name())
                    }
                    Slot::Alias(alias) => format!("redoubt model alias {}/{} {alias}", version.name, version.version),
                };
                Err(EffectError::Refused(format!(
                    "{} went back from version {} of `{}` to {}; if it is meant after all: {by}",
                    back.actor, version.version, version.name, back.version
                )))
            }
        }
    }
}

impl Shelf for Registrar<'_> {
    fn source(&self, source: &Source) -> Result<Vec<u8>, ShelfError> {
        self.shelf.source(source)
    }

    fn keep(&self, digest: &Digest, bytes: &[u8]) -> Result<(), ShelfError> {
        self.shelf.keep(digest, bytes)
    }

    fn fetch(&self, digest: &Digest) -> Result<Option<Vec<u8>>, ShelfError> {
        self.shelf.fetch(digest)
    }

    fn note(&self, key: &Digest, record: &Record) -> Result<(), ShelfError> {
        self.shelf.note(key, record)
    }

    fn noted(&self, key: &Digest) -> Result<Option<Record>, ShelfError> {
        self.shelf.noted(key)
    }

    fn last(&self, pipeline: &str, step: &str) -> Result<Option<Record>, ShelfError> {
        self.shelf.last(pipeline, step)
    }

    fn outside(&self) -> Option<&dyn Outside> {
        self.shelf.outside()
    }

    fn models(&self) -> Option<&dyn Models> {
        Some(self)
    }
}

/// What a reference means; a model alone has many versions.
fn parsed(reference: &str) -> Result<Reference, EffectError> {
    match reference.parse() {
        Ok(Reference::Model { name }) => Err(EffectError::Refused(format!(
            "`{name}` names a model; write {name}@champion, {name}/Production or {name}/3"
        ))),
        Ok(reference) => Ok(reference),
        Err(error) => Err(EffectError::Refused(error.to_string())),
    }
}

/// What the registry refuses is refused; what it cannot do failed.
fn refused(error: RegistryError) -> EffectError {
    match error {
        RegistryError::Records(_) | RegistryError::Row { .. } => EffectError::Failed(error.into()),
        error => EffectError::Refused(error.to_string()),
    }
}

fn scanned(model: &str, files: &[(String, Vec<u8>)]) -> Report {
    let limits = Limits::default();
    let file = |(path, bytes): &(String, Vec<u8>)| FileReport {
        path: path.clone(),
        size: bytes.len() as u64,
        digest: Some(sha256(bytes)),
        scanned: redoubt_models::scan(bytes, path, &limits),
    };
    let mut reports: Vec<FileReport> = files.iter().map(file).collect();
    settle(&mut reports);
    Report { name: model.to_owned(), files: reports, manifest: None }
}

const fn kind_of(kind: ReportKind) -> AttestationKind {
    match kind {
        ReportKind::DataScan => AttestationKind::DataScan,
        ReportKind::PoisoningScan => AttestationKind::PoisoningScan,
        ReportKind::Evaluation => AttestationKind::Evaluation,
        ReportKind::Fairness => AttestationKind::Fairness,
    }
}

/// The slot, and how receipts call it.
fn slot_of(slot: &DeploymentSlot) -> Result<(Slot, String), EffectError> {
    match slot {
        DeploymentSlot::Stage(word) => {
            let stage = Stage::parse(word);
            let stage = stage.ok_or_else(|| EffectError::Refused(format!("there is no stage `{word}`")))?;
            Ok((Slot::Stage(stage), format!("stage/{word}")))
        }
        DeploymentSlot::Alias(alias) => Ok((Slot::Alias(alias.clone()), format!("alias/{alias}"))),
    }
}

/// What the version was made of, in the registry's form.
fn lineage(origin: &Origin<'_>, began: Timestamp) -> Lineage {
    let Origin { pipeline, made } = origin;
    let hex = |digest: &Digest| digest.hex().to_owned();
    let outputs = |one: &Made| -> Vec<LineageProduct> {
        let name = |product: &str| {
            if one.kind == "data" { one.name.clone() } else { format!("{}.{product}", one.name) }
        };
        one.products.iter().map(|kept| LineageProduct { name: name(&kept.name), sha256: hex(&kept.digest) }).collect()
    };
    let (mut data, mut steps, mut lines) = (Vec::new(), Vec::new(), String::new());
    for one in made {
        let key = one.key.as_ref().map(hex).unwrap_or_default();
        lines.push_str(&format!("{} {key}\n", one.name));
        if let Some(source) = pipeline.data.iter().find(|source| source.name == one.name) {
            data.push(LineageData { name: source.name.clone(), path: source.path.clone(), sha256: key });
            continue;
        }
        let needs = pipeline.steps.iter().find(|step| step.name == one.name).map(|step| step.needs.as_slice());
        let inputs = needs.into_iter().flatten().filter_map(|need| {
            let from = made.iter().find(|before| before.name == need.of)?;
            let kept = from.products.iter().find(|kept| kept.name == need.output)?;
            let name = if from.kind == "data" { from.name.clone() } else { format!("{}.{}", from.name, need.output) };
            Some(LineageProduct { name, sha256: hex(&kept.digest) })
        });
        steps.push(LineageStep {
            name: one.name.clone(),
            kind: one.kind.to_owned(),
            key,
            inputs: inputs.collect(),
            outputs: outputs(one),
            figures: one.figures.clone(),
        });
    }
    let run = hex(&Digest::of(lines.as_bytes()));
    Lineage { v: 1, pipeline: pipeline.name.clone(), run, began: began.micros(), data, steps }
}
