//! Metrics: their histories, and the latest of each.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use sqlx::{QueryBuilder, Row as _, Sqlite, SqliteConnection};

use super::runs::{NAME_TAG, Page, active_run, no_run, set_param, set_tag};
use super::{Store, boxed};
use crate::problem::Problem;

/// Each of these returns a row if it did anything. That is the run, which must be active and the tenant's.
const LOG_METRIC: &str = "BEGIN IMMEDIATE;
    SELECT r.row FROM runs r JOIN experiments e ON e.row = r.experiment
    WHERE r.id = ? AND e.tenant = ? AND r.lifecycle = 'active';
    INSERT INTO metrics (run, key, time, step, value, nan)
    SELECT r.row, ?, ?, ?, ?, ? FROM runs r JOIN experiments e ON e.row = r.experiment
    WHERE r.id = ? AND e.tenant = ? AND r.lifecycle = 'active'
    ON CONFLICT DO NOTHING;
    INSERT INTO latest_metrics (run, key, time, step, value, nan)
    SELECT r.row, ?, ?, ?, ?, ? FROM runs r JOIN experiments e ON e.row = r.experiment
    WHERE r.id = ? AND e.tenant = ? AND r.lifecycle = 'active'
    ON CONFLICT DO UPDATE SET time = excluded.time, step = excluded.step, value = excluded.value, nan = excluded.nan
    WHERE (excluded.step, excluded.time, excluded.value) > (step, time, value);
    COMMIT";
const LOG_PARAM: &str = "INSERT INTO params (run, key, value)
    SELECT r.row, ?, ? FROM runs r JOIN experiments e ON e.row = r.experiment
    WHERE r.id = ? AND e.tenant = ? AND r.lifecycle = 'active'
    ON CONFLICT DO NOTHING RETURNING run";
const SET_TAG: &str = "INSERT INTO run_tags (run, key, value)
    SELECT r.row, ?, ? FROM runs r JOIN experiments e ON e.row = r.experiment
    WHERE r.id = ? AND e.tenant = ? AND r.lifecycle = 'active'
    ON CONFLICT DO UPDATE SET value = excluded.value RETURNING run";

/// A number that was measured.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Metric {
    pub(crate) key: String,
    /// Not a number is 0 here, and `is_nan`; the infinities are the largest numbers, as MLflow's own store has them.
    value: f64,
    is_nan: bool,
    /// Milliseconds since the Unix epoch.
    pub(crate) time: i64,
    pub(crate) step: i64,
}

impl Metric {
    pub(crate) fn new(key: String, value: f64, time: i64, step: i64) -> Self {
        let is_nan = value.is_nan();
        // Also turns minus zero into zero: both are the same metric.
        let value = if is_nan { 0.0 } else { value.clamp(f64::MIN, f64::MAX) + 0.0 };
        Self { key, value, is_nan, time, step }
    }

    /// As clients see it.
    pub(crate) fn shown(&self) -> Value {
        let Self { key, value, is_nan, time, step } = self;
        let value = if *is_nan { json!("NaN") } else { json!(value) };
        let mut shown = Map::with_capacity(4);
        shown.insert("key".to_owned(), Value::from(key.as_str()));
        shown.insert("value".to_owned(), value);
        shown.insert("timestamp".to_owned(), Value::from(*time));
        shown.insert("step".to_owned(), Value::from(*step));
        Value::Object(shown)
    }

    /// Which of two metrics of one key counts as the later.
    fn is_later_than(&self, other: &Self) -> bool {
        let order = |metric: &Self| (metric.step, metric.time);
        (order(self), self.value) > (order(other), other.value)
    }
}

/// What is logged in one go.
#[derive(Clone, Debug, Default)]
pub(crate) struct Batch {
    pub(crate) metrics: Vec<Metric>,
    pub(crate) params: Vec<(String, String)>,
    pub(crate) tags: Vec<(String, String)>,
    /// Metrics that also belong to a logged model.
    pub(crate) of_models: Vec<ModelMetric>,
}

/// A metric of a logged model.
#[derive(Clone, Debug)]
pub(crate) struct ModelMetric {
    pub(crate) model: String,
    pub(crate) dataset: String,
    pub(crate) digest: String,
    pub(crate) metric: Metric,
}

impl Store {
    /// Logs a batch to an active run: all of it or nothing.
    pub(crate) async fn log(&self, tenant: String, run: String, batch: Batch) -> Result<(), Problem> {
        if self.log_at_once(&tenant, &run, &batch).await? {
            return Ok(());
        }
        self.write(move |connection| {
            boxed(async move {
                let Batch { metrics, params, tags, of_models } = batch;
                let row = active_run(connection, &tenant, &run).await?;
                match metrics.as_slice() {
                    [] => {}
                    [metric] => log_one(connection, row, metric).await?,
                    metrics => log_many(connection, row, metrics).await?,
                }
                for (key, value) in &params {
                    set_param(connection, row, &run, (key, value)).await?;
                }
                for (key, value) in &tags {
                    set_tag(connection, row, key, value).await?;
                }
                for metric in &of_models {
                    log_of_model(connection, &tenant, &run, metric).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// Logs what is one thing alone in one message to the database, if nobody else is writing, and says whether it did.
    /// If not, nothing is said about why.
    async fn log_at_once(&self, tenant: &str, run: &str, batch: &Batch) -> Result<bool, Problem> {
        let Batch { metrics, params, tags, of_models } = batch;
        let query = match (metrics.as_slice(), params.as_slice(), tags.as_slice(), of_models.as_slice()) {
            ([Metric { key, value, is_nan, time, step }], [], [], []) => {
                let mut query = sqlx::query(LOG_METRIC).bind(run).bind(tenant);
                for _ in 0..2 {
                    query = query.bind(key).bind(time).bind(step).bind(value).bind(i64::from(*is_nan));
                    query = query.bind(run).bind(tenant);
                }
                query
            }
            ([], [(key, value)], [], []) => sqlx::query(LOG_PARAM).bind(key).bind(value).bind(run).bind(tenant),
            ([], [], [(key, value)], []) if key != NAME_TAG => {
                sqlx::query(SET_TAG).bind(key).bind(value).bind(run).bind(tenant)
            }
            _ => return Ok(false),
        };
        match self.at_once(query).await {
            Some(rows) => Ok(!rows?.is_empty()),
            None => Ok(false),
        }
    }

    /// A part of a metric's history, from the earliest on.
    pub(crate) async fn history(&self, tenant: &str, run: &str, key: &str, page: Page) -> Result<Vec<Metric>, Problem> {
        let select =
            "SELECT r.row FROM runs r JOIN experiments e ON e.row = r.experiment WHERE r.id = ? AND e.tenant = ?";
        let row = sqlx::query(select).bind(run).bind(tenant).fetch_optional(self.readers()).await?;
        let row: i64 = row.ok_or_else(|| no_run(run))?.try_get(0)?;
        let select = "SELECT key, value, nan, time, step FROM metrics WHERE run = ? AND key = ? \
                      ORDER BY time, step, value, nan LIMIT ? OFFSET ?";
        let whole = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let query = sqlx::query(select).bind(row).bind(key).bind(whole(page.size + 1)).bind(whole(page.offset));
        query.fetch_all(self.readers()).await?.iter().map(|row| Ok(metric(row, 0)?)).collect()
    }

    /// The latest of each metric, by run.
    pub(crate) async fn latest_metrics(&self, runs: &[i64]) -> Result<BTreeMap<i64, Vec<Metric>>, Problem> {
        let mut metrics: BTreeMap<i64, Vec<Metric>> = BTreeMap::new();
        let select = "SELECT x.run, x.key, x.value, x.nan, x.time, x.step FROM latest_metrics x WHERE x.run";
        for row in self.beside(select, runs).await? {
            metrics.entry(row.try_get(0)?).or_default().push(metric(&row, 1)?);
        }
        Ok(metrics)
    }
}

/// A metric out of the columns `key, value, nan, time, step` from `at` on.
pub(crate) fn metric(row: &sqlx::sqlite::SqliteRow, at: usize) -> Result<Metric, sqlx::Error> {
    Ok(Metric {
        key: row.try_get(at)?,
        value: row.try_get(at + 1)?,
        is_nan: row.try_get::<i64, _>(at + 2)? != 0,
        time: row.try_get(at + 3)?,
        step: row.try_get(at + 4)?,
    })
}

/// Both tables in one statement: each is a message to SQLite's thread and back.
async fn log_one(connection: &mut SqliteConnection, run: i64, metric: &Metric) -> Result<(), sqlx::Error> {
    let Metric { key, value, is_nan, time, step } = metric;
    let both = "INSERT INTO metrics (run, key, time, step, value, nan) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING;
         INSERT INTO latest_metrics (run, key, time, step, value, nan) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET time = excluded.time, step = excluded.step, value = excluded.value, nan = excluded.nan
         WHERE (excluded.step, excluded.time, excluded.value) > (step, time, value)";
    let mut query = sqlx::query(both);
    for _ in 0..2 {
        query = query.bind(run).bind(key).bind(time).bind(step).bind(value).bind(i64::from(*is_nan));
    }
    query.execute(connection).await?;
    Ok(())
}

async fn log_many(connection: &mut SqliteConnection, run: i64, metrics: &[Metric]) -> Result<(), sqlx::Error> {
    /// Rows of one statement; what is left over goes in powers of two, so that few statements have to be prepared.
    const ROWS_MAX: usize = 256;
    let mut latest: BTreeMap<&str, &Metric> = BTreeMap::new();
    for metric in metrics {
        let known = latest.entry(&metric.key).or_insert(metric);
        if metric.is_later_than(known) {
            *known = metric;
        }
    }
    let latest: Vec<&Metric> = latest.into_values().collect();
    let all: Vec<&Metric> = metrics.iter().collect();
    for (table, metrics, conflict) in [
        ("metrics", all, " ON CONFLICT DO NOTHING"),
        (
            "latest_metrics",
            latest,
            " ON CONFLICT DO UPDATE SET time = excluded.time, step = excluded.step, value = excluded.value,
              nan = excluded.nan WHERE (excluded.step, excluded.time, excluded.value) > (step, time, value)",
        ),
    ] {
        let mut rest = metrics.as_slice();
        while !rest.is_empty() {
            let (rows, after) = rest.split_at(1 << rest.len().min(ROWS_MAX).ilog2());
            rest = after;
            let mut insert = QueryBuilder::<Sqlite>::new("INSERT INTO ");
            insert.push(table).push(" (run, key, time, step, value, nan) ");
            insert.push_values(rows, |mut row, metric| {
                let Metric { key, value, is_nan, time, step } = *metric;
                row.push_bind(run).push_bind(key.as_str()).push_bind(*time).push_bind(*step);
                row.push_bind(*value).push_bind(i64::from(*is_nan));
            });
            insert.push(conflict);
            insert.build().execute(&mut *connection).await?;
        }
    }
    Ok(())
}

async fn log_of_model(
    connection: &mut SqliteConnection,
    tenant: &str,
    run: &str,
    of_model: &ModelMetric,
) -> Result<(), Problem> {
    let ModelMetric { model, dataset, digest, metric } = of_model;
    let row = super::logged_models::active_model(connection, tenant, model).await?;
    let Metric { key, value, is_nan, time, step } = metric;
    let upsert = "INSERT INTO logged_model_metrics (model, key, run, dataset, digest, time, step, value, nan)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET time = excluded.time, step = excluded.step, value = excluded.value, nan = excluded.nan
         WHERE (excluded.step, excluded.time, excluded.value) > (step, time, value)";
    let query = sqlx::query(upsert).bind(row).bind(key).bind(run).bind(dataset).bind(digest);
    query.bind(time).bind(step).bind(value).bind(i64::from(*is_nan)).execute(connection).await?;
    Ok(())
}
