//! `mlflow-artifacts/artifacts/…`: the files of runs and models.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use redoubt_domain::{Principal, TenantId};
use serde_json::{Value, json};

use super::runs::run_of;
use crate::artifacts::{ArtifactPath, Listed, Owner, download, no_artifact};
use crate::call::{Answer, Call, Read, Track, principal};
use crate::events::{Event, What};
use crate::problem::Problem;
use crate::store::runs::put;
use crate::{Opened, Tracking};

pub(super) async fn list(call: Call<Read>) -> Result<Answer, Problem> {
    let text = call.fields().text("path")?.ok_or_else(|| call.fields().absent("path"))?;
    let path = ArtifactPath::parse(text)?;
    let opened = call.opened().await?;
    if check_owner(opened, &call.principal.tenant, &path).await.is_err() {
        // As for a folder that is not there: nobody learns which runs others have.
        return Ok(Answer::done());
    }
    let listed = opened.artifacts.list(&call.principal.tenant, &path).await?;
    Ok(Answer(files(listed, "")))
}

/// As MLflow's own pages ask: by run, with paths below the run's folder.
pub(super) async fn list_of_run(call: Call<Track>) -> Result<Answer, Problem> {
    let run = run_of(&call, call.fields().run_id()?).await?;
    let root = format!("{}/{}/artifacts", run.experiment, run.id);
    let below = call.fields().text("path")?.unwrap_or_default();
    let (path, prefix) = match below {
        "" => (root.clone(), String::new()),
        below => (format!("{root}/{below}"), format!("{}/", below.trim_end_matches('/'))),
    };
    let path = ArtifactPath::parse(&path)?;
    let listed = call.opened().await?.artifacts.list(&call.principal.tenant, &path).await?;
    let mut files = files(listed, &prefix);
    if let Some(files) = files.as_object_mut() {
        files.insert("root_uri".to_owned(), Value::from(format!("mlflow-artifacts:/{root}")));
    }
    Ok(Answer(files))
}

fn files(listed: Vec<Listed>, prefix: &str) -> Value {
    let file = |Listed { name, size }: Listed| {
        let mut file = json!({ "path": format!("{prefix}{name}"), "is_dir": size.is_none() });
        // Protobuf leaves a zero out, and clients are used to it.
        if let (Some(file), Some(size)) = (file.as_object_mut(), size.filter(|size| *size > 0)) {
            file.insert("file_size".to_owned(), Value::from(size));
        }
        file
    };
    let mut files = json!({});
    put(&mut files, "files", listed.into_iter().map(file).collect());
    files
}

/// An artifact's path belongs to a run or a logged model of the tenant's.
async fn check_owner(opened: &Opened, tenant: &TenantId, path: &ArtifactPath) -> Result<(), Problem> {
    let is_theirs = match path.owner() {
        Some(Owner::Run { experiment, run }) => {
            opened.store.run(tenant.as_str(), run).await.map(|run| run.experiment == experiment)
        }
        Some(Owner::Model { experiment, model }) => {
            opened.store.logged_model(tenant.as_str(), model).await.map(|model| model.experiment == experiment)
        }
        None => Ok(false),
    };
    match is_theirs {
        Ok(true) => Ok(()),
        Err(problem) if problem.code != crate::Code::Missing => Err(problem),
        _ => Err(no_artifact(path)),
    }
}

/// Refuses to change what a seal is on, or what has something sealed in it.
async fn check_unsealed(opened: &Opened, tenant: &TenantId, path: &ArtifactPath) -> Result<(), Problem> {
    let over = opened.store.seals_over(tenant.as_str(), path.as_str()).await?;
    let within = opened.store.seal_within(tenant.as_str(), path.as_str()).await?;
    let Some(folder) = over.into_iter().map(|seal| seal.folder).next().or(within) else { return Ok(()) };
    Err(Problem::denied(format!(
        "`{folder}` holds a version of a registered model, whose files never change; log a new model and register that"
    )))
}

pub(super) async fn download(
    State(tracking): State<Arc<Tracking>>,
    Path(path): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let Principal { tenant, .. } = principal::<Read>(&request)?;
    let path = ArtifactPath::parse(&path)?;
    let opened = tracking.opened(&tenant).await?;
    check_owner(opened, &tenant, &path).await?;
    let seals = opened.store.seals_over(tenant.as_str(), path.as_str()).await?;
    if let Some(seal) = seals.iter().find(|seal| !seal.refusal.is_empty()) {
        return Err(Problem::denied(seal.refusal.clone()));
    }
    let expected = if seals.is_empty() {
        None
    } else {
        // A file that came into a sealed folder by another way was never scanned.
        let sealed = opened.store.sealed_file(tenant.as_str(), path.as_str()).await?;
        Some(sealed.ok_or_else(|| no_artifact(&path))?.digest)
    };
    let (file, length) = opened.artifacts.open_file(&tenant, &path).await?.ok_or_else(|| no_artifact(&path))?;
    // Whatever a file claims to be, a browser only saves it: a page among artifacts would run with this origin.
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_DISPOSITION, "attachment"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
    ];
    Ok((StatusCode::OK, headers, download::body(file, length, expected)).into_response())
}

pub(super) async fn upload(
    State(tracking): State<Arc<Tracking>>,
    Path(path): Path<String>,
    request: Request,
) -> Result<StatusCode, Problem> {
    let Principal { tenant, .. } = principal::<Track>(&request)?;
    let path = ArtifactPath::parse(&path)?;
    let opened = tracking.opened(&tenant).await?;
    check_owner(opened, &tenant, &path).await?;
    if !path.is_inside() {
        return Err(Problem::invalid("Invalid path of an artifact: it names a folder that is there already"));
    }
    check_unsealed(opened, &tenant, &path).await?;
    opened.artifacts.upload(&tenant, &path, request.into_body()).await?;
    Ok(StatusCode::OK)
}

pub(super) async fn delete(
    State(tracking): State<Arc<Tracking>>,
    Path(path): Path<String>,
    request: Request,
) -> Result<Answer, Problem> {
    let Principal { tenant, key, .. } = principal::<Track>(&request)?;
    let path = ArtifactPath::parse(&path)?;
    let opened = tracking.opened(&tenant).await?;
    check_owner(opened, &tenant, &path).await?;
    check_unsealed(opened, &tenant, &path).await?;
    let (at, subject) = (tracking.dependencies.clock.now(), format!("artifact {}", path.as_str()));
    tracking.note(Event { what: What::Deleted, at, key, subject }).await?;
    opened.artifacts.delete(&tenant, &path).await?;
    Ok(Answer::done())
}
