//! Logged models: models that runs made, before anybody registers them.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};

use super::experiments::absent;
use super::metrics::{Metric, metric};
use super::runs::{Page, put, put_pairs};
use super::{Store, boxed};
use crate::problem::Problem;
use crate::search::sql::{Attribute, Bind, Kind, Side, Statement, Subject, bind_all};
use crate::search::{Clause, OrderItem};

/// The states of a logged model, with the numbers that its proto gives them.
pub(crate) const STATUSES: [&str; 3] = ["LOGGED_MODEL_PENDING", "LOGGED_MODEL_READY", "LOGGED_MODEL_UPLOAD_FAILED"];

/// How logged models are searched.
const LOGGED_MODELS: Subject = Subject {
    name: "logged models",
    row: "m.row",
    attributes: &[
        Attribute { names: &["name"], column: "m.name", kind: Kind::Text },
        Attribute { names: &["model_id"], column: "m.id", kind: Kind::Text },
        Attribute { names: &["model_type"], column: "m.kind", kind: Kind::Text },
        Attribute { names: &["status"], column: "m.status", kind: Kind::Text },
        Attribute { names: &["source_run_id"], column: "m.source_run", kind: Kind::Text },
        Attribute {
            names: &["creation_timestamp", "creation_time", "creation_timestamp_ms"],
            column: "m.created",
            kind: Kind::Number,
        },
        Attribute {
            names: &["last_updated_timestamp", "last_updated_timestamp_ms"],
            column: "m.updated",
            kind: Kind::Number,
        },
    ],
    params: Some(Side { table: "logged_model_params", of: "model" }),
    metrics: Some(Side { table: "logged_model_metrics", of: "model" }),
    tags: Some(Side { table: "logged_model_tags", of: "model" }),
    has_datasets: false,
    last_order: "m.created DESC, m.id",
};

/// A logged model as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct LoggedModel {
    row: i64,
    pub(crate) experiment: i64,
    pub(crate) id: String,
    name: String,
    kind: String,
    pub(crate) source_run: String,
    status: String,
    created: i64,
    updated: i64,
}

impl LoggedModel {
    const COLUMNS: &'static str = "m.row, e.id, m.id, m.name, m.kind, m.source_run, m.status, m.created, m.updated";

    fn of(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            row: row.try_get(0)?,
            experiment: row.try_get(1)?,
            id: row.try_get(2)?,
            name: row.try_get(3)?,
            kind: row.try_get(4)?,
            source_run: row.try_get(5)?,
            status: row.try_get(6)?,
            created: row.try_get(7)?,
            updated: row.try_get(8)?,
        })
    }

    /// The folder of its artifacts, below the tenant's.
    pub(crate) fn folder(&self) -> String {
        format!("{}/models/{}/artifacts", self.experiment, self.id)
    }
}

/// A logged model that is to be made.
#[derive(Clone, Debug)]
pub(crate) struct NewLoggedModel {
    pub(crate) experiment: i64,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) source_run: String,
    pub(crate) params: Vec<(String, String)>,
    pub(crate) tags: Vec<(String, String)>,
}

/// What is to change about a logged model.
#[derive(Clone, Debug)]
pub(crate) enum LoggedModelChange {
    Status(String),
    Tags(Vec<(String, String)>),
    Params(Vec<(String, String)>),
    NoTag(String),
    Deleted,
}

fn no_model(id: &str) -> Problem {
    Problem::missing(format!("Logged model with ID '{}' not found.", crate::fields::shortened(id)))
}

/// The row of a logged model that must be there.
pub(super) async fn active_model(connection: &mut SqliteConnection, tenant: &str, id: &str) -> Result<i64, Problem> {
    let select = "SELECT m.row FROM logged_models m JOIN experiments e ON e.row = m.experiment
         WHERE m.id = ? AND e.tenant = ? AND m.lifecycle = 'active'";
    let row = sqlx::query(select).bind(id).bind(tenant).fetch_optional(connection).await?;
    Ok(row.ok_or_else(|| no_model(id))?.try_get(0)?)
}

async fn insert_pairs(
    connection: &mut SqliteConnection,
    statement: &'static str,
    model: i64,
    pairs: Vec<(String, String)>,
) -> Result<(), sqlx::Error> {
    for (key, value) in pairs {
        sqlx::query(statement).bind(model).bind(key).bind(value).execute(&mut *connection).await?;
    }
    Ok(())
}

const UPSERT_TAG: &str = "INSERT INTO logged_model_tags (model, key, value) VALUES (?, ?, ?) \
                          ON CONFLICT DO UPDATE SET value = excluded.value";
const UPSERT_PARAM: &str = "INSERT INTO logged_model_params (model, key, value) VALUES (?, ?, ?) \
                            ON CONFLICT DO UPDATE SET value = excluded.value";

impl Store {
    pub(crate) async fn create_logged_model(
        &self,
        tenant: String,
        new: NewLoggedModel,
        now: i64,
    ) -> Result<(), Problem> {
        self.write(move |connection| {
            boxed(async move {
                let NewLoggedModel { experiment, id, name, kind, source_run, params, tags } = new;
                let select = "SELECT row FROM experiments WHERE tenant = ? AND id = ? AND lifecycle = 'active'";
                let row = sqlx::query(select).bind(&tenant).bind(experiment).fetch_optional(&mut *connection).await?;
                let row: i64 = row.ok_or_else(|| absent(experiment))?.try_get(0)?;
                if !source_run.is_empty() {
                    super::runs::active_run(connection, &tenant, &source_run).await?;
                }
                let insert = "INSERT INTO logged_models
                     (experiment, id, name, kind, source_run, status, created, updated)
                     VALUES (?1, ?2, ?3, ?4, ?5, 'LOGGED_MODEL_PENDING', ?6, ?6) RETURNING row";
                let query = sqlx::query(insert).bind(row).bind(id).bind(name).bind(kind).bind(source_run).bind(now);
                let model: i64 = query.fetch_one(&mut *connection).await?.try_get(0)?;
                insert_pairs(connection, UPSERT_PARAM, model, params).await?;
                insert_pairs(connection, UPSERT_TAG, model, tags).await?;
                Ok(())
            })
        })
        .await
    }

    pub(crate) async fn change_logged_model(
        &self,
        tenant: String,
        id: String,
        change: LoggedModelChange,
        now: i64,
    ) -> Result<(), Problem> {
        self.write(move |connection| {
            boxed(async move {
                let model = active_model(connection, &tenant, &id).await?;
                match change {
                    LoggedModelChange::Status(status) => {
                        let update = "UPDATE logged_models SET status = ? WHERE row = ?";
                        sqlx::query(update).bind(status).bind(model).execute(&mut *connection).await?;
                    }
                    LoggedModelChange::Tags(tags) => insert_pairs(connection, UPSERT_TAG, model, tags).await?,
                    LoggedModelChange::Params(params) => insert_pairs(connection, UPSERT_PARAM, model, params).await?,
                    LoggedModelChange::NoTag(key) => {
                        let delete = "DELETE FROM logged_model_tags WHERE model = ? AND key = ?";
                        let done = sqlx::query(delete).bind(model).bind(&key).execute(&mut *connection).await?;
                        if done.rows_affected() == 0 {
                            return Err(Problem::missing(format!("No tag with key '{key}' found for model '{id}'.")));
                        }
                    }
                    LoggedModelChange::Deleted => {
                        let update = "UPDATE logged_models SET lifecycle = 'deleted' WHERE row = ?";
                        sqlx::query(update).bind(model).execute(&mut *connection).await?;
                    }
                }
                let update = "UPDATE logged_models SET updated = ? WHERE row = ?";
                sqlx::query(update).bind(now).bind(model).execute(&mut *connection).await?;
                Ok(())
            })
        })
        .await
    }

    pub(crate) async fn logged_model(&self, tenant: &str, id: &str) -> Result<LoggedModel, Problem> {
        let select = format!(
            "SELECT {} FROM logged_models m JOIN experiments e ON e.row = m.experiment
             WHERE m.id = ? AND e.tenant = ? AND m.lifecycle = 'active'",
            LoggedModel::COLUMNS
        );
        let row = sqlx::query(AssertSqlSafe(select)).bind(id).bind(tenant).fetch_optional(self.readers()).await?;
        Ok(LoggedModel::of(&row.ok_or_else(|| no_model(id))?)?)
    }

    pub(crate) async fn search_logged_models(
        &self,
        tenant: &str,
        experiments: &[i64],
        clauses: &[Clause],
        order: &[OrderItem],
        page: Page,
    ) -> Result<Vec<LoggedModel>, Problem> {
        let mut statement = Statement::new("SELECT ");
        statement.push(LoggedModel::COLUMNS);
        statement
            .push(" FROM experiments e JOIN logged_models m ON m.experiment = e.row WHERE e.tenant = ? AND e.id IN (");
        statement.bind(Bind::Text(tenant.to_owned()));
        statement.list(experiments.iter().map(|id| Bind::Whole(*id))).push(") AND m.lifecycle = 'active'");
        LOGGED_MODELS.restrict(&mut statement, clauses)?;
        LOGGED_MODELS.arrange(&mut statement, order)?;
        page.add_to(&mut statement);
        let Statement { text, binds } = statement;
        let rows = bind_all(sqlx::query(AssertSqlSafe(text)), binds).fetch_all(self.readers()).await?;
        Ok(rows.iter().map(LoggedModel::of).collect::<Result<_, _>>()?)
    }

    /// Logged models with everything about them, as clients see them.
    pub(crate) async fn shown_models(&self, models: &[LoggedModel]) -> Result<Vec<Value>, Problem> {
        let rows: Vec<i64> = models.iter().map(|model| model.row).collect();
        let mut params = self.pairs_of("logged_model_params", "model", &rows).await?;
        let mut tags = self.pairs_of("logged_model_tags", "model", &rows).await?;
        let mut metrics: BTreeMap<i64, Vec<(String, String, String, Metric)>> = BTreeMap::new();
        let select = "SELECT x.model, x.run, x.dataset, x.digest, x.key, x.value, x.nan, x.time, x.step
             FROM logged_model_metrics x WHERE x.model";
        for row in self.beside(select, &rows).await? {
            let of = (row.try_get(1)?, row.try_get(2)?, row.try_get(3)?, metric(&row, 4)?);
            metrics.entry(row.try_get(0)?).or_default().push(of);
        }
        let mut shown = Vec::with_capacity(models.len());
        for model in models {
            let LoggedModel { row, experiment, id, name, kind, source_run, status, created, updated } = model;
            let mut info = json!({
                "model_id": id, "experiment_id": experiment.to_string(), "name": name, "creation_timestamp_ms": created,
                "last_updated_timestamp_ms": updated, "artifact_uri": format!("mlflow-artifacts:/{}", model.folder()),
                "status": status, "model_type": kind, "source_run_id": source_run,
            });
            put_pairs(&mut info, "tags", &tags.remove(row).unwrap_or_default());
            let mut data = json!({});
            put_pairs(&mut data, "params", &params.remove(row).unwrap_or_default());
            let metrics = metrics.remove(row).unwrap_or_default();
            put(&mut data, "metrics", metrics.into_iter().map(|metric| shown_metric(id, metric)).collect());
            shown.push(json!({ "info": info, "data": data }));
        }
        Ok(shown)
    }
}

fn shown_metric(model: &str, (run, dataset, digest, metric): (String, String, String, Metric)) -> Value {
    let mut shown = metric.shown();
    if let Some(shown) = shown.as_object_mut() {
        let named = [("model_id", model), ("run_id", &run), ("dataset_name", &dataset), ("dataset_digest", &digest)];
        for (name, value) in named.into_iter().filter(|(_, value)| !value.is_empty()) {
            shown.insert(name.to_owned(), Value::from(value));
        }
    }
    shown
}
