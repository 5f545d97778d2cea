//! Runs: what was tried once, with its params, tags and the latest of its metrics.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};

use super::experiments::{View, absent};
use super::metrics::Metric;
use super::{Store, boxed};
use crate::problem::Problem;
use crate::search::sql::{Attribute, Bind, Kind, Side, Statement, Subject, bind_all};
use crate::search::{Clause, OrderItem};

/// The tag that holds a run's name, kept equal to it.
pub(crate) const NAME_TAG: &str = "mlflow.runName";

/// The states of a run.
pub(crate) const STATUSES: [&str; 5] = ["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"];

/// How runs are searched.
const RUNS: Subject = Subject {
    name: "runs",
    row: "r.row",
    attributes: &[
        Attribute { names: &["run_id"], column: "r.id", kind: Kind::Text },
        Attribute { names: &["run_name", "run name"], column: "r.name", kind: Kind::Text },
        Attribute { names: &["user_id", "user"], column: "r.user", kind: Kind::Text },
        Attribute { names: &["status"], column: "r.status", kind: Kind::Text },
        Attribute { names: &["start_time", "created"], column: "r.start", kind: Kind::Number },
        Attribute { names: &["end_time"], column: "r.\"end\"", kind: Kind::Number },
        Attribute { names: &["experiment_id"], column: "CAST(e.id AS TEXT)", kind: Kind::Text },
        Attribute {
            names: &["artifact_uri"],
            column: "('mlflow-artifacts:/' || e.id || '/' || r.id || '/artifacts')",
            kind: Kind::Text,
        },
    ],
    params: Some(Side { table: "params", of: "run" }),
    metrics: Some(Side { table: "latest_metrics", of: "run" }),
    tags: Some(Side { table: "run_tags", of: "run" }),
    has_datasets: true,
    last_order: "r.start DESC, r.id",
};

/// A part of what was found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Page {
    pub(crate) offset: usize,
    pub(crate) size: usize,
}

impl Page {
    /// One more than the page holds, so that it is known whether another follows.
    pub(crate) fn add_to(self, statement: &mut Statement) {
        let whole = |n: usize| Bind::Whole(i64::try_from(n).unwrap_or(i64::MAX));
        statement.push(" LIMIT ? OFFSET ?").bind(whole(self.size + 1)).bind(whole(self.offset));
    }

    /// Cuts `found` to the page and returns the token of the next, if there is one.
    pub(crate) fn cut<T>(self, found: &mut Vec<T>) -> Option<String> {
        let is_more = found.len() > self.size;
        found.truncate(self.size);
        is_more.then(|| (self.offset + self.size).to_string())
    }
}

/// A run as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) row: i64,
    pub(crate) experiment: i64,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) user: String,
    pub(crate) status: String,
    pub(crate) start: i64,
    pub(crate) end: Option<i64>,
    pub(crate) lifecycle: String,
}

impl Run {
    const COLUMNS: &'static str = "r.row, e.id, r.id, r.name, r.user, r.status, r.start, r.\"end\", r.lifecycle";

    fn of(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            row: row.try_get(0)?,
            experiment: row.try_get(1)?,
            id: row.try_get(2)?,
            name: row.try_get(3)?,
            user: row.try_get(4)?,
            status: row.try_get(5)?,
            start: row.try_get(6)?,
            end: row.try_get(7)?,
            lifecycle: row.try_get(8)?,
        })
    }

    /// What clients call its info.
    pub(crate) fn info(&self) -> Value {
        let Self { row: _, experiment, id, name, user, status, start, end, lifecycle } = self;
        let mut info = json!({
            "run_uuid": id, "run_id": id, "experiment_id": experiment.to_string(), "run_name": name, "user_id": user,
            "status": status, "start_time": start, "lifecycle_stage": lifecycle,
            "artifact_uri": format!("mlflow-artifacts:/{experiment}/{id}/artifacts"),
        });
        if let (Some(end), Some(info)) = (end, info.as_object_mut()) {
            info.insert("end_time".to_owned(), json!(end));
        }
        info
    }
}

/// A run that is to be made.
#[derive(Clone, Debug)]
pub(crate) struct NewRun {
    pub(crate) experiment: i64,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) user: String,
    pub(crate) start: i64,
    pub(crate) tags: Vec<(String, String)>,
}

/// What is to change about a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunUpdate {
    pub(crate) status: Option<String>,
    pub(crate) end: Option<i64>,
    pub(crate) name: Option<String>,
}

pub(crate) fn no_run(id: &str) -> Problem {
    Problem::missing(format!("Run with id={} not found", crate::fields::shortened(id)))
}

/// The row of a run that must be there and active.
pub(crate) async fn active_run(connection: &mut SqliteConnection, tenant: &str, id: &str) -> Result<i64, Problem> {
    let (row, lifecycle) = stage_of_run(connection, tenant, id).await?;
    if lifecycle != "active" {
        let message = format!("The run {id} must be in the 'active' state. Current state is {lifecycle}.");
        return Err(Problem::invalid(message));
    }
    Ok(row)
}

async fn stage_of_run(connection: &mut SqliteConnection, tenant: &str, id: &str) -> Result<(i64, String), Problem> {
    let select = "SELECT r.row, r.lifecycle FROM runs r JOIN experiments e ON e.row = r.experiment \
                  WHERE r.id = ? AND e.tenant = ?";
    let row = sqlx::query(select).bind(id).bind(tenant).fetch_optional(connection).await?;
    let row = row.ok_or_else(|| no_run(id))?;
    Ok((row.try_get(0)?, row.try_get(1)?))
}

/// Sets a tag of an active run, and its name if that is what the tag holds.
pub(crate) async fn set_tag(
    connection: &mut SqliteConnection,
    run: i64,
    key: &str,
    value: &str,
) -> Result<(), sqlx::Error> {
    let upsert =
        "INSERT INTO run_tags (run, key, value) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value";
    sqlx::query(upsert).bind(run).bind(key).bind(value).execute(&mut *connection).await?;
    if key == NAME_TAG {
        sqlx::query("UPDATE runs SET name = ? WHERE row = ?").bind(value).bind(run).execute(connection).await?;
    }
    Ok(())
}

/// Writes a param once: the same value again is fine, another is not.
pub(crate) async fn set_param(
    connection: &mut SqliteConnection,
    run: i64,
    id: &str,
    (key, value): (&str, &str),
) -> Result<(), Problem> {
    let insert = "INSERT INTO params (run, key, value) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
    let done = sqlx::query(insert).bind(run).bind(key).bind(value).execute(&mut *connection).await?;
    if done.rows_affected() > 0 {
        return Ok(());
    }
    let select = "SELECT value FROM params WHERE run = ? AND key = ?";
    let old: String = sqlx::query(select).bind(run).bind(key).fetch_one(connection).await?.try_get(0)?;
    if old == value {
        return Ok(());
    }
    let old = crate::fields::shortened(&old);
    Err(Problem::invalid(format!(
        "Changing param values is not allowed. Param with key='{key}' was already logged with value='{old}' for run \
         ID='{id}'. Attempted logging new value '{}'.",
        crate::fields::shortened(value)
    )))
}

impl Store {
    pub(crate) async fn create_run(&self, tenant: String, new: NewRun) -> Result<(), Problem> {
        self.write(move |connection| {
            boxed(async move {
                let NewRun { experiment, id, name, user, start, tags } = new;
                let select = "SELECT row, lifecycle FROM experiments WHERE tenant = ? AND id = ?";
                let found = sqlx::query(select).bind(tenant).bind(experiment).fetch_optional(&mut *connection).await?;
                let found = found.ok_or_else(|| absent(experiment))?;
                let (row, lifecycle): (i64, String) = (found.try_get(0)?, found.try_get(1)?);
                if lifecycle != "active" {
                    return Err(Problem::invalid(format!(
                        "The experiment {experiment} must be in the 'active' state. Current state is {lifecycle}."
                    )));
                }
                let insert = "INSERT INTO runs (experiment, id, name, user, status, start) \
                              VALUES (?, ?, ?, ?, 'RUNNING', ?) RETURNING row";
                let inserted = sqlx::query(insert).bind(row).bind(id).bind(&name).bind(user).bind(start);
                let run: i64 = inserted.fetch_one(&mut *connection).await?.try_get(0)?;
                set_tag(connection, run, NAME_TAG, &name).await?;
                for (key, value) in tags {
                    set_tag(connection, run, &key, &value).await?;
                }
                Ok(())
            })
        })
        .await
    }

    pub(crate) async fn run(&self, tenant: &str, id: &str) -> Result<Run, Problem> {
        let select = format!(
            "SELECT {} FROM runs r JOIN experiments e ON e.row = r.experiment WHERE r.id = ? AND e.tenant = ?",
            Run::COLUMNS
        );
        let row = sqlx::query(AssertSqlSafe(select)).bind(id).bind(tenant).fetch_optional(self.readers()).await?;
        Ok(Run::of(&row.ok_or_else(|| no_run(id))?)?)
    }

    pub(crate) async fn update_run(&self, tenant: String, id: String, update: RunUpdate) -> Result<(), Problem> {
        self.write(move |connection| {
            boxed(async move {
                let run = active_run(connection, &tenant, &id).await?;
                let RunUpdate { status, end, name } = update;
                if let Some(status) = status {
                    let update = "UPDATE runs SET status = ? WHERE row = ?";
                    sqlx::query(update).bind(status).bind(run).execute(&mut *connection).await?;
                }
                if let Some(end) = end {
                    let update = "UPDATE runs SET \"end\" = ? WHERE row = ?";
                    sqlx::query(update).bind(end).bind(run).execute(&mut *connection).await?;
                }
                if let Some(name) = name {
                    set_tag(connection, run, NAME_TAG, &name).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// Deletes a run, or brings it back.
    pub(crate) async fn set_run_deleted(&self, tenant: String, id: String, deleted: bool) -> Result<(), Problem> {
        self.write(move |connection| {
            boxed(async move {
                let (run, _) = stage_of_run(connection, &tenant, &id).await?;
                let stage = if deleted { "deleted" } else { "active" };
                let update = "UPDATE runs SET lifecycle = ? WHERE row = ?";
                sqlx::query(update).bind(stage).bind(run).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }

    pub(crate) async fn delete_run_tag(&self, tenant: String, id: String, key: String) -> Result<(), Problem> {
        self.write(move |connection| {
            boxed(async move {
                let run = active_run(connection, &tenant, &id).await?;
                let delete = "DELETE FROM run_tags WHERE run = ? AND key = ?";
                let done = sqlx::query(delete).bind(run).bind(&key).execute(connection).await?;
                if done.rows_affected() == 0 {
                    return Err(Problem::missing(format!("No tag with name: {key} in run with id {id}")));
                }
                Ok(())
            })
        })
        .await
    }

    /// Adds a value to the list that a tag holds as JSON.
    pub(crate) async fn add_to_list(
        &self,
        tenant: String,
        id: String,
        key: &'static str,
        value: Value,
    ) -> Result<(), Problem> {
        /// The longest such list: it is read and written as a whole each time.
        const LIST_BYTES_MAX: usize = 4 << 20;
        self.write(move |connection| {
            boxed(async move {
                let run = active_run(connection, &tenant, &id).await?;
                let select = "SELECT value FROM run_tags WHERE run = ? AND key = ?";
                let row = sqlx::query(select).bind(run).bind(key).fetch_optional(&mut *connection).await?;
                let old: Option<String> = row.map(|row| row.try_get(0)).transpose()?;
                let mut list: Vec<Value> = old.and_then(|old| serde_json::from_str(&old).ok()).unwrap_or_default();
                list.push(value);
                let list = Value::Array(list).to_string();
                if list.len() > LIST_BYTES_MAX {
                    let message = format!("the run's tag '{key}' would have more than {LIST_BYTES_MAX} bytes");
                    return Err(Problem::invalid(message));
                }
                Ok(set_tag(connection, run, key, &list).await?)
            })
        })
        .await
    }

    pub(crate) async fn search_runs(
        &self,
        tenant: &str,
        experiments: &[i64],
        view: View,
        (clauses, order): (&[Clause], &[OrderItem]),
        page: Page,
    ) -> Result<Vec<Run>, Problem> {
        let mut statement = Statement::new("SELECT ");
        statement.push(Run::COLUMNS);
        statement.push(" FROM experiments e JOIN runs r ON r.experiment = e.row WHERE e.tenant = ? AND e.id IN (");
        statement.bind(Bind::Text(tenant.to_owned()));
        statement.list(experiments.iter().map(|id| Bind::Whole(*id))).push(")");
        view.restrict(&mut statement, "r.lifecycle");
        RUNS.restrict(&mut statement, clauses)?;
        RUNS.arrange(&mut statement, order)?;
        page.add_to(&mut statement);
        let Statement { text, binds } = statement;
        let rows = bind_all(sqlx::query(AssertSqlSafe(text)), binds).fetch_all(self.readers()).await?;
        Ok(rows.iter().map(Run::of).collect::<Result<_, _>>()?)
    }

    /// Runs with everything about them, as clients see them.
    pub(crate) async fn shown_runs(&self, runs: &[Run]) -> Result<Vec<Value>, Problem> {
        let rows: Vec<i64> = runs.iter().map(|run| run.row).collect();
        let mut params = self.pairs_of("params", "run", &rows).await?;
        let mut tags = self.pairs_of("run_tags", "run", &rows).await?;
        let mut metrics = self.latest_metrics(&rows).await?;
        let mut datasets = self.dataset_inputs(&rows).await?;
        let mut models = self.run_models(&rows).await?;
        let mut shown = Vec::with_capacity(runs.len());
        for run in runs {
            let mut data = json!({});
            let metrics: Vec<Value> = metrics.remove(&run.row).unwrap_or_default().iter().map(Metric::shown).collect();
            put(&mut data, "metrics", metrics);
            put_pairs(&mut data, "params", &params.remove(&run.row).unwrap_or_default());
            put_pairs(&mut data, "tags", &tags.remove(&run.row).unwrap_or_default());
            let (read, made) = models.remove(&run.row).unwrap_or_default();
            let (mut inputs, mut outputs) = (json!({}), json!({}));
            put(&mut inputs, "dataset_inputs", datasets.remove(&run.row).unwrap_or_default());
            put(&mut inputs, "model_inputs", read);
            put(&mut outputs, "model_outputs", made);
            shown.push(json!({ "info": run.info(), "data": data, "inputs": inputs, "outputs": outputs }));
        }
        Ok(shown)
    }

    /// Keys and values of a side table, by the row they belong to.
    pub(crate) async fn pairs_of(
        &self,
        table: &'static str,
        of: &'static str,
        rows: &[i64],
    ) -> Result<BTreeMap<i64, Vec<(String, String)>>, Problem> {
        let mut pairs: BTreeMap<i64, Vec<(String, String)>> = BTreeMap::new();
        for row in self.beside(&format!("SELECT x.{of}, x.key, x.value FROM {table} x WHERE x.{of}"), rows).await? {
            pairs.entry(row.try_get(0)?).or_default().push((row.try_get(1)?, row.try_get(2)?));
        }
        Ok(pairs)
    }

    /// What `select`, which ends with a column, finds where that is one of `rows`.
    pub(crate) async fn beside(&self, select: &str, rows: &[i64]) -> Result<Vec<SqliteRow>, Problem> {
        /// Fewer than SQLite takes as parameters.
        const TOGETHER: usize = 1_000;
        let mut found = Vec::new();
        for rows in rows.chunks(TOGETHER) {
            let mut statement = Statement::new(select);
            statement.push(" IN (").list(rows.iter().map(|row| Bind::Whole(*row))).push(")");
            let Statement { text, binds } = statement;
            found.extend(bind_all(sqlx::query(AssertSqlSafe(text)), binds).fetch_all(self.readers()).await?);
        }
        Ok(found)
    }
}

/// Puts a list into an object, unless it is empty: proto3 leaves empty lists out.
pub(crate) fn put(object: &mut Value, name: &str, list: Vec<Value>) {
    if let (Some(object), false) = (object.as_object_mut(), list.is_empty()) {
        object.insert(name.to_owned(), Value::Array(list));
    }
}

/// As [`put`], for keys and values.
pub(crate) fn put_pairs(object: &mut Value, name: &str, pairs: &[(String, String)]) {
    let pair = |(key, value): &(String, String)| {
        let mut pair = Map::with_capacity(2);
        pair.insert("key".to_owned(), Value::from(key.as_str()));
        pair.insert("value".to_owned(), Value::from(value.as_str()));
        Value::Object(pair)
    };
    put(object, name, pairs.iter().map(pair).collect());
}
