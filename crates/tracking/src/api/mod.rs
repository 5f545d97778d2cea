//! The endpoints. Each is a function of a [`Call`]; this table says which path leads to which.

mod artifacts;
mod experiments;
mod logged_models;
mod model_versions;
mod prompts;
mod registered_models;
mod runs;
mod searched;
mod sources;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::routing::{delete, get, patch, post};
use serde_json::json;

use crate::Tracking;
use crate::call::{Answer, Call, Read};
use crate::fields::Fields;
use crate::limits::KEY_MAX;
use crate::problem::{Code, Problem};
use crate::search::{Clause, OrderItem, filter, order};

/// The version that `/version` tells: the client's own behaviour hangs on it.
const MLFLOW_VERSION: &str = "3.17.2";

pub(crate) fn router(tracking: Arc<Tracking>) -> Router {
    let mlflow = Router::new()
        .route("/experiments/create", post(experiments::create))
        .route("/experiments/get", get(experiments::by_id))
        .route("/experiments/get-by-name", get(experiments::by_name))
        .route("/experiments/search", post(experiments::search).get(experiments::search))
        .route("/experiments/set-experiment-tag", post(experiments::set_tag))
        .route("/experiments/delete-experiment-tag", post(experiments::delete_tag))
        .route("/experiments/update", post(experiments::update))
        .route("/experiments/delete", post(experiments::delete))
        .route("/experiments/restore", post(experiments::restore))
        .route("/runs/create", post(runs::create))
        .route("/runs/get", get(runs::by_id))
        .route("/runs/update", post(runs::update))
        .route("/runs/delete", post(runs::delete))
        .route("/runs/restore", post(runs::restore))
        .route("/runs/search", post(runs::search))
        .route("/runs/log-parameter", post(runs::log_param))
        .route("/runs/log-metric", post(runs::log_metric))
        .route("/runs/log-batch", post(runs::log_batch))
        .route("/runs/set-tag", post(runs::set_tag))
        .route("/runs/delete-tag", post(runs::delete_tag))
        .route("/runs/log-inputs", post(runs::log_inputs))
        .route("/runs/outputs", post(runs::log_outputs))
        .route("/runs/log-model", post(runs::log_model))
        .route("/metrics/get-history", get(runs::history))
        .route("/artifacts/list", get(artifacts::list_of_run))
        .route("/logged-models", post(logged_models::create))
        .route("/logged-models/search", post(logged_models::search))
        .route(
            "/logged-models/{model_id}",
            get(logged_models::by_id).patch(logged_models::finalize).delete(logged_models::delete),
        )
        .route("/logged-models/{model_id}/tags", patch(logged_models::set_tags))
        .route("/logged-models/{model_id}/tags/{tag_key}", delete(logged_models::delete_tag))
        .route("/logged-models/{model_id}/params", post(logged_models::log_params))
        .route("/registered-models/create", post(registered_models::create))
        .route("/registered-models/get", get(registered_models::by_name))
        .route("/registered-models/search", get(registered_models::search))
        .route("/registered-models/update", patch(registered_models::update))
        .route("/registered-models/rename", post(registered_models::rename))
        .route("/registered-models/delete", delete(registered_models::delete))
        .route(
            "/registered-models/get-latest-versions",
            post(registered_models::latest_versions).get(registered_models::latest_versions),
        )
        .route("/registered-models/set-tag", post(registered_models::set_tag))
        .route("/registered-models/delete-tag", delete(registered_models::delete_tag))
        .route(
            "/registered-models/alias",
            post(registered_models::set_alias).get(registered_models::by_alias).delete(registered_models::delete_alias),
        )
        .route("/model-versions/create", post(model_versions::create))
        .route("/model-versions/get", get(model_versions::by_number))
        .route("/model-versions/get-download-uri", get(model_versions::download_uri))
        .route("/model-versions/search", get(model_versions::search))
        .route("/model-versions/update", patch(model_versions::update))
        .route("/model-versions/delete", delete(model_versions::delete))
        .route("/model-versions/set-tag", post(model_versions::set_tag))
        .route("/model-versions/delete-tag", delete(model_versions::delete_tag))
        .route("/model-versions/transition-stage", post(model_versions::transition_stage));
    let artifacts = Router::new()
        .route("/artifacts", get(artifacts::list))
        .route("/artifacts/{*path}", get(artifacts::download).put(artifacts::upload).delete(artifacts::delete));
    Router::new()
        .route("/health", get(async |_: Call<Read>| "OK"))
        .route("/version", get(async |_: Call<Read>| MLFLOW_VERSION))
        .route("/api/3.0/mlflow/server-info", get(server_info))
        // Ours, since MLflow has no word for it.
        .route("/api/redoubt/v1/model-versions/approve", post(model_versions::approve))
        .nest("/api/2.0/mlflow", mlflow)
        .nest("/api/2.0/mlflow-artifacts", artifacts)
        .method_not_allowed_fallback(async |request: Request| {
            let message = format!("`{}` is not asked by {}", request.uri().path(), request.method());
            Problem::new(Code::WrongMethod, message)
        })
        .fallback(async |request: Request| {
            let path = crate::fields::shortened(request.uri().path()).to_owned();
            let message = format!("there is no endpoint `{path}` here; the guide on tracking lists those there are");
            Problem::new(Code::NoEndpoint, message)
        })
        .with_state(tracking)
}

async fn server_info(_: Call<Read>) -> Answer {
    Answer(json!({
        "store_type": "SqlStore", "workspaces_enabled": false, "trace_archival_enabled": false,
        "multipart_uploads_enabled": false, "multipart_downloads_enabled": false,
        "presigned_upload_run_id_supported": false, "presigned_upload_model_id_supported": false,
    }))
}

/// An experiment's id.
fn experiment_id(fields: Fields<'_>) -> Result<i64, Problem> {
    let id = fields.required("experiment_id", 32)?;
    id_of_experiment(id)
}

fn id_of_experiment(id: &str) -> Result<i64, Problem> {
    // What is no number is no experiment, and clients ask for both.
    id.parse().map_err(|_| Problem::missing(format!("No Experiment with id={} exists", crate::fields::shortened(id))))
}

/// The key of a param, metric or tag, by the rules of MLflow's clients.
fn key<'v>(fields: Fields<'v>, name: &str) -> Result<&'v str, Problem> {
    let key = fields.required(name, KEY_MAX)?;
    let is_allowed = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ' | '/' | ':');
    // A key may be a path, and clients make files of it.
    let is_path_within = key.split('/').all(|part| !matches!(part, "" | "." | ".."));
    if key.chars().all(is_allowed) && is_path_within {
        return Ok(key);
    }
    Err(Problem::invalid(format!(
        "Invalid value for parameter '{}': `{}` may hold letters, digits, `_`, `-`, `.`, ` `, `:` and `/` alone, and as a \
         path must stay within its folder",
        fields.place(name),
        crate::fields::shortened(key)
    )))
}

/// Tags, params: a list of keys and values.
fn pairs(
    fields: Fields<'_>,
    name: &'static str,
    most: usize,
    value_max: usize,
) -> Result<Vec<(String, String)>, Problem> {
    let pair = |item: Fields<'_>| Ok((key(item, "key")?.to_owned(), item.text_within("value", value_max)?.to_owned()));
    fields.items(name, most)?.into_iter().map(pair).collect()
}

/// A search's filter and order.
fn search_of(fields: Fields<'_>, filter_name: &'static str) -> Result<(Vec<Clause>, Vec<OrderItem>), Problem> {
    let text = fields.text(filter_name)?.unwrap_or_default();
    let clauses = filter(text).map_err(|error| error.into_problem("filter", text))?;
    let items = fields.texts("order_by", crate::limits::CLAUSES_MAX)?;
    let item = |text: &str| order(text).map_err(|error| error.into_problem("order_by", text));
    Ok((clauses, items.into_iter().map(item).collect::<Result<_, _>>()?))
}
