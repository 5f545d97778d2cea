//! What a run read and what it made: data sets and logged models.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sqlx::Row as _;

use super::logged_models::active_model;
use super::runs::{active_run, put_pairs};
use super::{Store, boxed};
use crate::problem::Problem;

/// A data set that a run read.
#[derive(Clone, Debug)]
pub(crate) struct DatasetInput {
    pub(crate) name: String,
    pub(crate) digest: String,
    pub(crate) source_type: String,
    pub(crate) source: String,
    pub(crate) schema: String,
    pub(crate) profile: String,
    pub(crate) tags: Vec<(String, String)>,
}

impl Store {
    /// Notes what an active run read. The same again changes nothing.
    pub(crate) async fn log_inputs(
        &self,
        tenant: String,
        run: String,
        datasets: Vec<DatasetInput>,
        models: Vec<String>,
    ) -> Result<(), Problem> {
        self.write(move |connection| {
            boxed(async move {
                let row = active_run(connection, &tenant, &run).await?;
                for DatasetInput { name, digest, source_type, source, schema, profile, tags } in datasets {
                    // The update of nothing makes SQLite return the row that was there.
                    let insert = "INSERT INTO datasets (experiment, name, digest, source_type, source, \"schema\", profile)
                         SELECT experiment, ?, ?, ?, ?, ?, ? FROM runs WHERE row = ?
                         ON CONFLICT DO UPDATE SET name = name RETURNING row";
                    let query = sqlx::query(insert).bind(name).bind(digest).bind(source_type).bind(source);
                    let query = query.bind(schema).bind(profile).bind(row);
                    let dataset: i64 = query.fetch_one(&mut *connection).await?.try_get(0)?;
                    let insert =
                        "INSERT INTO inputs (run, dataset) VALUES (?, ?) ON CONFLICT DO UPDATE SET run = run RETURNING row";
                    let query = sqlx::query(insert).bind(row).bind(dataset);
                    let input: i64 = query.fetch_one(&mut *connection).await?.try_get(0)?;
                    for (key, value) in tags {
                        let upsert = "INSERT INTO input_tags (input, key, value) VALUES (?, ?, ?)
                             ON CONFLICT DO UPDATE SET value = excluded.value";
                        sqlx::query(upsert).bind(input).bind(key).bind(value).execute(&mut *connection).await?;
                    }
                }
                for model in models {
                    link(connection, &tenant, row, false, &model, 0).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// Notes the logged models that an active run made, with their steps. The same again changes nothing, unlike in
    /// MLflow's own server, which fails.
    pub(crate) async fn log_outputs(
        &self,
        tenant: String,
        run: String,
        models: Vec<(String, i64)>,
    ) -> Result<(), Problem> {
        self.write(move |connection| {
            boxed(async move {
                let row = active_run(connection, &tenant, &run).await?;
                for (model, step) in models {
                    link(connection, &tenant, row, true, &model, step).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// The data sets of runs, as clients see them.
    pub(crate) async fn dataset_inputs(&self, runs: &[i64]) -> Result<BTreeMap<i64, Vec<Value>>, Problem> {
        let mut found = Vec::new();
        let select = "SELECT i.run, i.row, d.name, d.digest, d.source_type, d.source, d.\"schema\", d.profile
             FROM inputs i JOIN datasets d ON d.row = i.dataset WHERE i.run";
        for row in self.beside(select, runs).await? {
            let mut dataset = json!({
                "name": row.try_get::<String, _>(2)?, "digest": row.try_get::<String, _>(3)?,
                "source_type": row.try_get::<String, _>(4)?, "source": row.try_get::<String, _>(5)?,
            });
            for (name, at) in [("schema", 6), ("profile", 7)] {
                let text: String = row.try_get(at)?;
                if let (Some(dataset), false) = (dataset.as_object_mut(), text.is_empty()) {
                    dataset.insert(name.to_owned(), Value::from(text));
                }
            }
            found.push((row.try_get::<i64, _>(0)?, row.try_get::<i64, _>(1)?, dataset));
        }
        let inputs: Vec<i64> = found.iter().map(|(_, input, _)| *input).collect();
        let mut tags = self.pairs_of("input_tags", "input", &inputs).await?;
        let mut by_run: BTreeMap<i64, Vec<Value>> = BTreeMap::new();
        for (run, input, dataset) in found {
            let mut shown = json!({});
            put_pairs(&mut shown, "tags", &tags.remove(&input).unwrap_or_default());
            if let Some(shown) = shown.as_object_mut() {
                shown.insert("dataset".to_owned(), dataset);
            }
            by_run.entry(run).or_default().push(shown);
        }
        Ok(by_run)
    }

    /// The logged models that runs read and made, as clients see them.
    pub(crate) async fn run_models(&self, runs: &[i64]) -> Result<BTreeMap<i64, (Vec<Value>, Vec<Value>)>, Problem> {
        let mut models: BTreeMap<i64, (Vec<Value>, Vec<Value>)> = BTreeMap::new();
        let select = "SELECT x.run, x.is_output, x.model, x.step FROM run_models x WHERE x.run";
        for row in self.beside(select, runs).await? {
            let (read, made) = models.entry(row.try_get(0)?).or_default();
            let model: String = row.try_get(2)?;
            if row.try_get::<i64, _>(1)? == 0 {
                read.push(json!({ "model_id": model }));
            } else {
                made.push(json!({ "model_id": model, "step": row.try_get::<i64, _>(3)? }));
            }
        }
        Ok(models)
    }
}

async fn link(
    connection: &mut sqlx::SqliteConnection,
    tenant: &str,
    run: i64,
    is_output: bool,
    model: &str,
    step: i64,
) -> Result<(), Problem> {
    active_model(connection, tenant, model).await?;
    let upsert = "INSERT INTO run_models (run, is_output, model, step) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET step = excluded.step";
    let query = sqlx::query(upsert).bind(run).bind(i64::from(is_output)).bind(model).bind(step);
    query.execute(connection).await?;
    Ok(())
}
