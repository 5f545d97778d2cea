//! Rows as they come out of a query.

use std::io::Write;
use std::time::Duration;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, SessionState};
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::DataFrame;
use futures::StreamExt;
use tokio::time::{Instant, timeout_at};

use crate::engine::{ColumnInfo, Limits, columns};
use crate::error::LakeError;
use crate::source::Opened;
use crate::write::{Output, Writer};

/// The rows of a query, which are made as they are asked for.
pub struct Answer {
    begun: Begun,
    /// Of the SQL, as `sha256:…`.
    pub sql: String,
    /// The tables that the query names, with the digest of each.
    pub tables: Vec<(String, String)>,
    files: Vec<Opened>,
    names: Vec<String>,
    deadline: Instant,
    timeout: Duration,
    memory: usize,
}

/// The first rows of an answer as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows {
    /// The columns.
    pub columns: Vec<ColumnInfo>,
    /// A cell for each column; none where the value is missing.
    pub cells: Vec<Vec<Option<String>>>,
    /// How many rows the answer has, shown or not.
    pub count: u64,
}

/// A query of which the first rows are there.
pub(crate) struct Begun {
    pub(crate) schema: SchemaRef,
    pub(crate) first: Option<RecordBatch>,
    pub(crate) rest: SendableRecordBatchStream,
}

/// Runs a plan until its first rows. If the memory does not suffice until then, it is tried once more with joins that
/// sort: they take more time, and can put their rows on disk.
pub(crate) async fn begin(state: &SessionState, plan: LogicalPlan) -> Result<Begun, DataFusionError> {
    match first(state.clone(), plan.clone()).await {
        Err(error) if matches!(error.find_root(), DataFusionError::ResourcesExhausted(_)) => {
            let mut state = state.clone();
            state.config_mut().options_mut().optimizer.prefer_hash_join = false;
            first(state, plan).await
        }
        other => other,
    }
}

async fn first(state: SessionState, plan: LogicalPlan) -> Result<Begun, DataFusionError> {
    let mut rest = DataFrame::new(state, plan).execute_stream().await?;
    let schema = rest.schema();
    let first = rest.next().await.transpose()?;
    Ok(Begun { schema, first, rest })
}

impl Answer {
    pub(crate) fn new(
        begun: Begun,
        sql: String,
        tables: Vec<(String, String)>,
        files: Vec<Opened>,
        names: Vec<String>,
        deadline: Instant,
        limits: &Limits,
    ) -> Self {
        Self { begun, sql, tables, files, names, deadline, timeout: limits.timeout, memory: limits.memory }
    }

    /// The columns.
    #[must_use]
    pub fn columns(&self) -> Vec<ColumnInfo> {
        columns(&self.begun.schema)
    }

    async fn next(&mut self) -> Result<Option<RecordBatch>, LakeError> {
        if let Some(first) = self.begun.first.take() {
            return Ok(Some(first));
        }
        let next = timeout_at(self.deadline, self.begun.rest.next()).await;
        let next = next.map_err(|_| LakeError::Timeout(self.timeout))?.transpose();
        let next = next.map_err(|error| LakeError::of(&error, &self.names, self.memory))?;
        if next.is_none() {
            // Rows of two versions of a file would be the answer to no question.
            self.files.iter().try_for_each(Opened::unchanged)?;
        }
        Ok(next)
    }

    /// Writes all rows, and says how many.
    ///
    /// # Errors
    /// If the query fails on the way, a limit is met, or the form cannot hold a column.
    pub async fn write(mut self, output: Output, to: &mut (dyn Write + Send)) -> Result<u64, LakeError> {
        let mut writer = Writer::new(output, &self.begun.schema, to)?;
        let mut count = 0;
        while let Some(batch) = self.next().await? {
            count += batch.num_rows() as u64;
            writer.write(&batch)?;
        }
        writer.finish()?;
        Ok(count)
    }

    /// The first rows as text, at most `most`; the rest is counted.
    ///
    /// # Errors
    /// If the query fails on the way or a limit is met.
    pub async fn rows(mut self, most: usize) -> Result<Rows, LakeError> {
        let mut rows = Rows { columns: self.columns(), cells: Vec::new(), count: 0 };
        let words = |error: datafusion::arrow::error::ArrowError| LakeError::Output(error.to_string());
        while let Some(batch) = self.next().await? {
            rows.count += batch.num_rows() as u64;
            let wanted = most.saturating_sub(rows.cells.len()).min(batch.num_rows());
            let options = FormatOptions::default();
            let formatters: Result<Vec<_>, _> =
                batch.columns().iter().map(|column| ArrayFormatter::try_new(column.as_ref(), &options)).collect();
            let formatters = formatters.map_err(words)?;
            for row in 0..wanted {
                let cells = batch.columns().iter().zip(&formatters).map(|(column, formatter)| {
                    if column.is_null(row) {
                        return Ok(None);
                    }
                    formatter.value(row).try_to_string().map(Some).map_err(words)
                });
                rows.cells.push(cells.collect::<Result<_, _>>()?);
            }
        }
        Ok(rows)
    }

    /// All batches, for callers that turn them into something else.
    pub(crate) async fn batches(mut self) -> Result<Vec<RecordBatch>, LakeError> {
        let mut batches = Vec::new();
        while let Some(batch) = self.next().await? {
            batches.push(batch);
        }
        Ok(batches)
    }
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer").field("sql", &self.sql).field("tables", &self.tables).finish_non_exhaustive()
    }
}
