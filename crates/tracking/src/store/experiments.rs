//! Experiments: groups of runs.

use serde_json::{Value, json};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};

use super::{Store, boxed};
use crate::problem::{Code, Problem};
use crate::search::sql::{Attribute, Bind, Kind, Side, Statement, Subject, bind_all};
use crate::search::{Clause, OrderItem};

/// What MLflow calls the experiment that is always there.
const DEFAULT: (i64, &str) = (0, "Default");

/// How experiments are searched.
pub(crate) const EXPERIMENTS: Subject = Subject {
    name: "experiments",
    row: "e.row",
    attributes: &[
        Attribute { names: &["name", "Name"], column: "e.name", kind: Kind::Text },
        Attribute { names: &["experiment_id", "id"], column: "e.id", kind: Kind::Number },
        Attribute { names: &["creation_time", "created"], column: "e.created", kind: Kind::Number },
        Attribute { names: &["last_update_time"], column: "e.updated", kind: Kind::Number },
    ],
    params: None,
    metrics: None,
    tags: Some(Side { table: "experiment_tags", of: "experiment" }),
    has_datasets: false,
    last_order: "e.created DESC, e.id DESC",
};

/// An experiment as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct Experiment {
    pub(crate) row: i64,
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) lifecycle: String,
    created: i64,
    updated: i64,
    tags: Vec<(String, String)>,
}

impl Experiment {
    pub(crate) const COLUMNS: &'static str = "e.row, e.id, e.name, e.lifecycle, e.created, e.updated";

    fn of(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            row: row.try_get(0)?,
            id: row.try_get(1)?,
            name: row.try_get(2)?,
            lifecycle: row.try_get(3)?,
            created: row.try_get(4)?,
            updated: row.try_get(5)?,
            tags: Vec::new(),
        })
    }

    /// As clients see it.
    pub(crate) fn shown(&self) -> Value {
        let Self { row: _, id, name, lifecycle, created, updated, tags } = self;
        let mut shown = json!({
            "experiment_id": id.to_string(), "name": name, "artifact_location": format!("mlflow-artifacts:/{id}"),
            "lifecycle_stage": lifecycle, "last_update_time": updated, "creation_time": created,
        });
        super::runs::put_pairs(&mut shown, "tags", tags);
        shown
    }
}

/// Which of the active and the deleted are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    Active,
    Deleted,
    All,
}

impl View {
    pub(crate) fn restrict(self, statement: &mut Statement, column: &str) {
        let stage = match self {
            Self::Active => "active",
            Self::Deleted => "deleted",
            Self::All => return,
        };
        statement.push(&format!(" AND {column} = ?")).bind(Bind::Text(stage.to_owned()));
    }
}

pub(crate) fn absent(id: i64) -> Problem {
    Problem::missing(format!("No Experiment with id={id} exists"))
}

impl Store {
    /// Makes the experiment that every tenant has.
    pub(crate) async fn make_default(&self, tenant: String, now: i64) -> Result<(), Problem> {
        self.write(move |connection| {
            boxed(async move {
                let (id, name) = DEFAULT;
                let insert = "INSERT INTO experiments (tenant, id, name, created, updated) VALUES (?, ?, ?, ?, ?) \
                              ON CONFLICT DO NOTHING";
                sqlx::query(insert).bind(tenant).bind(id).bind(name).bind(now).bind(now).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }

    pub(crate) async fn create_experiment(
        &self,
        tenant: String,
        name: String,
        tags: Vec<(String, String)>,
        now: i64,
    ) -> Result<i64, Problem> {
        self.write(move |connection| {
            boxed(async move {
                let taken = "SELECT lifecycle FROM experiments WHERE tenant = ? AND name = ?";
                let taken = sqlx::query(taken).bind(&tenant).bind(&name).fetch_optional(&mut *connection).await?;
                if let Some(row) = taken {
                    let hint = if row.try_get::<String, _>(0)? == "active" { "" } else { " in deleted state; restore it" };
                    return Err(Problem::new(Code::Exists, format!("Experiment(name={name}) already exists{hint}")));
                }
                // Never a number that was given before, since artifacts lie under it: nothing is ever removed here.
                let insert = "INSERT INTO experiments (tenant, id, name, created, updated)
                     SELECT ?1, coalesce(max(id), 0) + 1, ?2, ?3, ?3 FROM experiments WHERE tenant = ?1 RETURNING row, id";
                let row = sqlx::query(insert).bind(&tenant).bind(&name).bind(now).fetch_one(&mut *connection).await?;
                let (experiment, id): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
                for (key, value) in tags {
                    set_tag(connection, experiment, &key, &value).await?;
                }
                Ok(id)
            })
        })
        .await
    }

    pub(crate) async fn experiment(&self, tenant: &str, id: i64) -> Result<Experiment, Problem> {
        let select = format!("SELECT {} FROM experiments e WHERE e.tenant = ? AND e.id = ?", Experiment::COLUMNS);
        let row = sqlx::query(AssertSqlSafe(select)).bind(tenant).bind(id).fetch_optional(self.readers()).await?;
        self.with_tags(row).await?.ok_or_else(|| absent(id))
    }

    pub(crate) async fn experiment_named(&self, tenant: &str, name: &str) -> Result<Experiment, Problem> {
        let select = format!("SELECT {} FROM experiments e WHERE e.tenant = ? AND e.name = ?", Experiment::COLUMNS);
        let row = sqlx::query(AssertSqlSafe(select)).bind(tenant).bind(name).fetch_optional(self.readers()).await?;
        let absent = || Problem::missing(format!("Could not find experiment with name '{name}'"));
        self.with_tags(row).await?.ok_or_else(absent)
    }

    async fn with_tags(&self, row: Option<SqliteRow>) -> Result<Option<Experiment>, Problem> {
        let Some(row) = row else { return Ok(None) };
        let mut found = vec![Experiment::of(&row)?];
        self.add_tags(&mut found).await?;
        Ok(found.pop())
    }

    async fn add_tags(&self, experiments: &mut [Experiment]) -> Result<(), Problem> {
        let rows: Vec<i64> = experiments.iter().map(|experiment| experiment.row).collect();
        let mut tags = self.pairs_of("experiment_tags", "experiment", &rows).await?;
        for experiment in experiments {
            experiment.tags = tags.remove(&experiment.row).unwrap_or_default();
        }
        Ok(())
    }

    pub(crate) async fn search_experiments(
        &self,
        tenant: &str,
        view: View,
        clauses: &[Clause],
        order: &[OrderItem],
        page: super::runs::Page,
    ) -> Result<Vec<Experiment>, Problem> {
        let mut statement = Statement::new("SELECT ");
        statement.push(Experiment::COLUMNS).push(" FROM experiments e WHERE e.tenant = ?");
        statement.bind(Bind::Text(tenant.to_owned()));
        view.restrict(&mut statement, "e.lifecycle");
        EXPERIMENTS.restrict(&mut statement, clauses)?;
        EXPERIMENTS.arrange(&mut statement, order)?;
        page.add_to(&mut statement);
        let Statement { text, binds } = statement;
        let rows = bind_all(sqlx::query(AssertSqlSafe(text)), binds).fetch_all(self.readers()).await?;
        let mut found = rows.iter().map(Experiment::of).collect::<Result<Vec<_>, _>>()?;
        self.add_tags(&mut found).await?;
        Ok(found)
    }

    /// Changes an experiment that must be there and active.
    pub(crate) async fn change_experiment(
        &self,
        tenant: String,
        id: i64,
        change: ExperimentChange,
        now: i64,
    ) -> Result<(), Problem> {
        self.write(move |connection| {
            boxed(async move {
                let select = "SELECT row, lifecycle FROM experiments WHERE tenant = ? AND id = ?";
                let row = sqlx::query(select).bind(&tenant).bind(id).fetch_optional(&mut *connection).await?;
                let row = row.ok_or_else(|| absent(id))?;
                let (experiment, lifecycle): (i64, String) = (row.try_get(0)?, row.try_get(1)?);
                let is_active = lifecycle == "active";
                let must_be = |stage: &str| {
                    let state =
                        format!("The experiment {id} must be in the '{stage}' state. Current state is {lifecycle}.");
                    if lifecycle == stage { Ok(()) } else { Err(Problem::invalid(state)) }
                };
                match change {
                    ExperimentChange::Tag(key, value) => {
                        must_be("active")?;
                        set_tag(connection, experiment, &key, &value).await?;
                    }
                    ExperimentChange::NoTag(key) => {
                        must_be("active")?;
                        let delete = "DELETE FROM experiment_tags WHERE experiment = ? AND key = ?";
                        let done = sqlx::query(delete).bind(experiment).bind(&key).execute(&mut *connection).await?;
                        if done.rows_affected() == 0 {
                            return Err(Problem::missing(format!(
                                "No tag with name: {key} in experiment with id {id}"
                            )));
                        }
                    }
                    ExperimentChange::Name(name) => {
                        must_be("active")?;
                        let taken = "SELECT 1 FROM experiments WHERE tenant = ? AND name = ? AND id <> ?";
                        let taken = sqlx::query(taken).bind(&tenant).bind(&name).bind(id);
                        if taken.fetch_optional(&mut *connection).await?.is_some() {
                            return Err(Problem::new(Code::Exists, format!("Experiment(name={name}) already exists")));
                        }
                        let update = "UPDATE experiments SET name = ? WHERE row = ?";
                        sqlx::query(update).bind(name).bind(experiment).execute(&mut *connection).await?;
                    }
                    ExperimentChange::Lifecycle { deleted } => {
                        if is_active == deleted {
                            let stage = if deleted { "deleted" } else { "active" };
                            for update in [
                                "UPDATE experiments SET lifecycle = ? WHERE row = ?",
                                "UPDATE runs SET lifecycle = ? WHERE experiment = ?",
                            ] {
                                sqlx::query(update).bind(stage).bind(experiment).execute(&mut *connection).await?;
                            }
                        } else {
                            must_be(if deleted { "active" } else { "deleted" })?;
                        }
                    }
                }
                let update = "UPDATE experiments SET updated = ? WHERE row = ?";
                sqlx::query(update).bind(now).bind(experiment).execute(&mut *connection).await?;
                Ok(())
            })
        })
        .await
    }
}

/// What is to change about an experiment.
#[derive(Clone, Debug)]
pub(crate) enum ExperimentChange {
    Tag(String, String),
    NoTag(String),
    Name(String),
    Lifecycle { deleted: bool },
}

async fn set_tag(
    connection: &mut SqliteConnection,
    experiment: i64,
    key: &str,
    value: &str,
) -> Result<(), sqlx::Error> {
    let upsert = "INSERT INTO experiment_tags (experiment, key, value) VALUES (?, ?, ?) \
                  ON CONFLICT DO UPDATE SET value = excluded.value";
    sqlx::query(upsert).bind(experiment).bind(key).bind(value).execute(connection).await?;
    Ok(())
}
