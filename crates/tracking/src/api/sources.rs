//! Where the files of a version come from: some folder of this store, and nowhere else.

use std::sync::Arc;

use redoubt_domain::Digest;
use redoubt_models::{FileReport, Report, Verdict};
use redoubt_registry::{Entry, Manifest};
use serde_json::{Value, json};

use crate::artifacts::{ArtifactPath, Owner};
use crate::call::Call;
use crate::problem::Problem;
use crate::search::filter;
use crate::store::runs::Page;
use crate::store::seals::{Seal, SealedFile};

/// Files of a model that are sealed, and what a scan of them came to.
#[derive(Debug)]
pub(super) struct Sealed {
    /// Their folder, below the tenant's.
    pub(super) folder: String,
    /// SHA-256 of their manifest.
    pub(super) digest: Digest,
    /// Why they may not be loaded; empty if they may.
    pub(super) refusal: String,
    /// What the scan says, for the evidence.
    pub(super) details: Value,
    /// The run that made them, if a logged model says so.
    pub(super) run: Option<String>,
}

/// The folder that `source` names, and the run that made it. Only what lies here, under this tenant, is taken: a path
/// of the server's disk or an address elsewhere would have this server's keys read what the caller may not.
async fn resolve<M>(call: &Call<M>, source: &str) -> Result<(String, Option<String>), Problem> {
    let store = call.store().await?;
    let tenant = call.tenant();
    let none = |what: &str| Problem::missing(format!("the source `{source}` names no {what} of this server"));
    if let Some(id) = source.strip_prefix("models:/").filter(|id| id.starts_with("m-") && !id.contains('/')) {
        let model = store.logged_model(&tenant, id).await?;
        let run = Some(model.source_run.clone()).filter(|run| !run.is_empty());
        return Ok((model.folder(), run));
    }
    if let Some(version) = source.strip_prefix("models:/") {
        let (name, number) = version.rsplit_once('/').ok_or_else(|| none("model"))?;
        let number = number.parse().map_err(|_| none("version of a model"))?;
        let version = call.registry().version(name, number).await?;
        let folder = store.version_folder(&tenant, &version.model, number).await?;
        return Ok((folder.ok_or_else(|| none("version with files"))?, version.run_id));
    }
    if let Some(rest) = source.strip_prefix("runs:/") {
        let (run, path) = rest.split_once('/').ok_or_else(|| none("artifact of a run"))?;
        let run = store.run(&tenant, run).await?;
        let folder = ArtifactPath::parse(&format!("{}/{}/artifacts/{path}", run.experiment, run.id))?;
        if call.opened().await?.artifacts.place(&call.principal.tenant, &folder).await?.is_some() {
            return Ok((folder.as_str().to_owned(), Some(run.id)));
        }
        // Since 3.0 a run's model is a logged model of that name, and its folder another.
        let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
        let asked = format!("name = {} AND source_run_id = {}", quoted(path), quoted(&run.id));
        let clauses = filter(&asked).map_err(|error| error.into_problem("source", source))?;
        let page = Page { offset: 0, size: 1 };
        let found = store.search_logged_models(&tenant, &[run.experiment], &clauses, &[], page).await?;
        let model = found.first().ok_or_else(|| none("artifact of a run"))?;
        return Ok((model.folder(), Some(run.id)));
    }
    if let Some(path) = source.strip_prefix("mlflow-artifacts:/").filter(|path| !path.starts_with('/')) {
        let path = ArtifactPath::parse(path)?;
        let (experiment, run) = match path.owner() {
            Some(Owner::Run { experiment, run }) => {
                let run = store.run(&tenant, run).await?;
                (experiment == run.experiment, Some(run.id))
            }
            Some(Owner::Model { experiment, model }) => {
                let model = store.logged_model(&tenant, model).await?;
                (experiment == model.experiment, Some(model.source_run).filter(|run| !run.is_empty()))
            }
            None => (false, None),
        };
        return if experiment { Ok((path.as_str().to_owned(), run)) } else { Err(none("artifact")) };
    }
    Err(Problem::invalid(format!(
        "Invalid model version source: `{}`. A source is `models:/m-…`, `models:/NAME/VERSION`, `runs:/RUN/PATH` or \
         `mlflow-artifacts:/…` of this server: log the model here, and then register it",
        crate::fields::shortened(source)
    )))
}

/// Seals the folder that `source` names, and looks at every file in it. What is sealed is what was looked at: whatever
/// comes into the folder by another way is served to nobody.
pub(super) async fn seal<M>(call: &Call<M>, source: &str) -> Result<Sealed, Problem> {
    let (folder, run) = resolve(call, source).await?;
    let (tenant, opened) = (call.tenant(), call.opened().await?);
    let path = ArtifactPath::parse(&folder)?;
    let absent = || Problem::missing(format!("No such artifact: '{folder}'; log the model before it is registered"));
    let place = opened.artifacts.place(&call.principal.tenant, &path).await?.ok_or_else(absent)?;
    let over = opened.store.seals_over(&tenant, &folder).await?;
    let known = opened.store.sealed_files(&tenant, &folder).await?;
    if over.iter().all(|seal| seal.folder != folder) {
        let refusal = format!("`{folder}` is being looked at; try again in a moment");
        opened.store.seal(tenant.clone(), Seal { folder: folder.clone(), refusal }, Vec::new()).await?;
    }
    let scanner = Arc::clone(&call.tracking.dependencies.scanner);
    let scanned = tokio::task::spawn_blocking(move || scanner.scan(&place)).await;
    let failed =
        |error: Box<dyn std::error::Error + Send + Sync>| Problem::internal("the model cannot be scanned", error);
    let report = scanned.map_err(|error| failed(error.into()))?.map_err(|error| failed(error.into()))?;
    let files: Vec<SealedFile> = report.files.iter().filter_map(|file| sealed_file(&folder, file)).collect();
    if !known.is_empty()
        && (files.len() != known.len() || files.iter().any(|file| known.get(name_in(&folder, file)) != Some(file)))
    {
        let message = format!("the files of `{folder}` are not what they were when a version of them was registered");
        return Err(Problem::denied(message));
    }
    let entries =
        files.iter().map(|file| (name_in(&folder, file).to_owned(), Entry { size: file.size, digest: file.digest }));
    let manifest = Manifest::new(entries, &call.registry().limits);
    let manifest = manifest.map_err(|error| Problem::invalid(format!("`{folder}` is no model: {error}")))?;
    let refusal = refusal(&folder, &report);
    let seal = Seal { folder: folder.clone(), refusal: refusal.clone() };
    opened.store.seal(tenant, seal, files).await?;
    Ok(Sealed { digest: manifest.digest(), details: details(&report), folder, refusal, run })
}

fn sealed_file(folder: &str, file: &FileReport) -> Option<SealedFile> {
    let path = if file.path == "." { folder.to_owned() } else { format!("{folder}/{}", file.path) };
    Some(SealedFile { path, size: file.size, digest: file.digest? })
}

/// A file's name within its folder.
fn name_in<'f>(folder: &str, file: &'f SealedFile) -> &'f str {
    file.path.get(folder.len() + 1..).unwrap_or_default()
}

/// Why what was looked at may not be loaded; empty if it may.
pub(super) fn refusal(folder: &str, report: &Report) -> String {
    /// More are in the evidence.
    const NAMED_MAX: usize = 3;
    let verdict = report.verdict();
    if verdict == Verdict::Clean {
        return String::new();
    }
    let bad = report.files.iter().filter(|file| file.scanned.verdict != Verdict::Clean);
    let named = bad.take(NAMED_MAX).map(|file| {
        let finding = file.scanned.findings.first();
        let words = finding.map(|finding| format!(": {} {}", finding.code.name, finding.words)).unwrap_or_default();
        format!("{} is {}{words}", file.path, file.scanned.verdict.name())
    });
    let named = named.collect::<Vec<_>>().join("; ");
    format!("the files of `{folder}` did not pass the scan, so they may be neither registered nor loaded: {named}")
}

pub(super) fn details(report: &Report) -> Value {
    /// As many as a person reads; the scan can be made again.
    const FILES_MAX: usize = 100;
    let bad = report.files.iter().filter(|file| file.scanned.verdict != Verdict::Clean);
    let bad = bad.take(FILES_MAX).map(|file| {
        let codes: Vec<&str> = file.scanned.findings.iter().take(10).map(|finding| finding.code.name).collect();
        json!({ "path": file.path, "verdict": file.scanned.verdict.name(), "findings": codes })
    });
    json!({ "verdict": report.verdict().name(), "files": report.files.len(), "bad": bad.collect::<Vec<_>>() })
}
