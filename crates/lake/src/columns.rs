//! Queries over tables in memory, with one answer for the same tables.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Float64Type, Int64Type, Schema, UInt64Type};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::{Column, DataFusionError};
use datafusion::datasource::MemTable;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion::prelude::SessionContext;
use tokio::time::{Instant, timeout_at};

use crate::answer::{self, Answer};
use crate::engine::{self, Limits};
use crate::error::LakeError;
use crate::source::{is_name, type_words};
use crate::statement::{self, Reading};

/// The cells of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Cells {
    /// Numbers; what is missing is not a number.
    Numbers(Vec<f64>),
    /// Texts; what is missing is empty.
    Texts(Vec<String>),
}

/// Named columns of one length.
type Columns = Vec<(String, Cells)>;

/// Whether a text is one statement that reads, as far as that shows without tables.
///
/// # Errors
/// With the place of what is wrong.
pub fn check_query(sql: &str) -> Result<(), LakeError> {
    statement::parse(sql).map(|_| ())
}

/// Runs a query over `tables`: the same tables give the same rows in the same order, on every machine.
///
/// Functions that change, such as `now` and `random`, are refused. Rows without ORDER BY are sorted by all columns, and
/// LIMIT without it is refused. One thread does the work: sums of numbers in another order are other sums. Whole
/// numbers come back as numbers and must be exact as doubles; truth, dates and times come back as text.
///
/// # Errors
/// As [`crate::Lake::run`], and if a column of the answer is neither numbers nor text.
pub async fn run_on_columns(sql: &str, tables: Vec<(String, Columns)>, limits: &Limits) -> Result<Columns, LakeError> {
    let folder = engine::folder(&limits.folder)?;
    let context = engine::context(limits, folder.path(), 1)?;
    let mut names = Vec::new();
    for (name, columns) in tables {
        register(&context, &name, columns)?;
        names.push(name);
    }
    let words = |error: DataFusionError| LakeError::of(&error, &names, limits.memory);
    let Reading { statement, lists } = statement::parse(sql)?;
    let state = context.state();
    let plan = state.statement_to_plan(statement).await.map_err(words)?;
    statement::verify(
        &plan,
        &|node| matches!(node, LogicalPlan::TableScan(scan) if scan.table_name.schema() != Some("information_schema")),
    )?;
    if lists || matches!(plan, LogicalPlan::Explain(_) | LogicalPlan::Analyze(_)) {
        return Err(LakeError::Refused("a statement about the engine".to_owned()));
    }
    if let Some(name) = statement::changing(&plan).map_err(words)? {
        let reason = format!("`{name}` gives another value each time, and this query must always give the same");
        return Err(LakeError::Sql { place: None, reason, suggestion: None });
    }
    let plan = ordered(plan, &words)?;
    let deadline = Instant::now() + limits.timeout;
    let begun = timeout_at(deadline, answer::begin(&state, plan)).await;
    let begun = begun.map_err(|_| LakeError::Timeout(limits.timeout))?.map_err(words)?;
    let schema = Arc::clone(&begun.schema);
    let answer = Answer::new(begun, String::new(), Vec::new(), Vec::new(), names.clone(), deadline, limits);
    let batches = answer.batches().await?;
    schema
        .fields()
        .iter()
        .enumerate()
        .map(|(at, field)| Ok((field.name().clone(), cells(field, at, &batches)?)))
        .collect()
}

impl Limits {
    /// Limits of one query over tables in memory: 4 GiB, an hour, 64 GiB on disk below `folder`.
    #[must_use]
    pub fn of_columns(folder: PathBuf) -> Self {
        Self { memory: 4 << 30, spill: 64 << 30, timeout: Duration::from_secs(3_600), threads: 1, folder }
    }
}

fn register(context: &SessionContext, name: &str, columns: Columns) -> Result<(), LakeError> {
    if !is_name(name) {
        return Err(LakeError::table(name, format!("a name has {}", crate::source::NAME_WORDS)));
    }
    let mut fields = Vec::new();
    let mut arrays: Vec<ArrayRef> = Vec::new();
    for (name, cells) in columns {
        let array: ArrayRef = match cells {
            Cells::Numbers(cells) => {
                Arc::new(cells.into_iter().map(|cell| (!cell.is_nan()).then_some(cell)).collect::<Float64Array>())
            }
            Cells::Texts(cells) => {
                Arc::new(cells.into_iter().map(|cell| (!cell.is_empty()).then_some(cell)).collect::<StringArray>())
            }
        };
        fields.push(Field::new(name, array.data_type().clone(), true));
        arrays.push(array);
    }
    let words = |error: String| LakeError::table(name, error);
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays).map_err(|error| words(error.to_string()))?;
    let table = MemTable::try_new(schema, vec![vec![batch]]).map_err(|error| words(error.strip_backtrace()))?;
    context.register_table(name, Arc::new(table)).map_err(|error| words(error.strip_backtrace()))?;
    Ok(())
}

/// The plan with its rows in an order that is said.
fn ordered(plan: LogicalPlan, words: &dyn Fn(DataFusionError) -> LakeError) -> Result<LogicalPlan, LakeError> {
    match below_projections(&plan) {
        LogicalPlan::Sort(_) => return Ok(plan),
        LogicalPlan::Limit(limit) => {
            if matches!(below_projections(&limit.input), LogicalPlan::Sort(_)) {
                return Ok(plan);
            }
            let reason = "LIMIT without ORDER BY takes any rows; say which with ORDER BY".to_owned();
            return Err(LakeError::Sql { place: None, reason, suggestion: None });
        }
        _ => {}
    }
    let by: Vec<_> =
        plan.schema().columns().into_iter().map(|column: Column| Expr::Column(column).sort(true, false)).collect();
    LogicalPlanBuilder::from(plan).sort(by).and_then(LogicalPlanBuilder::build).map_err(words)
}

/// What is ordered by and not asked for is left out above the order.
fn below_projections(plan: &LogicalPlan) -> &LogicalPlan {
    let mut plan = plan;
    while let LogicalPlan::Projection(projection) = plan {
        plan = projection.input.as_ref();
    }
    plan
}

/// The largest whole number up to which every one is a double too.
const EXACT_MAX: u64 = 1 << 53;

fn cells(field: &Field, at: usize, batches: &[RecordBatch]) -> Result<Cells, LakeError> {
    let arrays = batches.iter().filter_map(|batch| batch.columns().get(at));
    let of = field.data_type();
    let wrong = |reason: &str| LakeError::Output(format!("the column `{}` {reason}", field.name()));
    if of.is_numeric() {
        let mut numbers = Vec::new();
        for array in arrays {
            if !is_exact(array) {
                return Err(wrong("has whole numbers beyond 2^53, which a table cannot hold; cast it to text"));
            }
            let array = cast(array, &DataType::Float64).map_err(|error| wrong(&error.to_string()))?;
            for number in array.as_primitive::<Float64Type>() {
                match number {
                    Some(number) if number.is_finite() => numbers.push(number),
                    Some(_) => return Err(wrong("has a number that is not finite; leave such rows out")),
                    None => numbers.push(f64::NAN),
                }
            }
        }
        return Ok(Cells::Numbers(numbers));
    }
    if of.is_nested() || matches!(of, DataType::Binary | DataType::LargeBinary | DataType::BinaryView) {
        return Err(wrong(&format!("is {}, which a table cannot hold", type_words(of))));
    }
    let mut texts = Vec::new();
    for array in arrays {
        let options = FormatOptions::default();
        let formatter = ArrayFormatter::try_new(array.as_ref(), &options).map_err(|error| wrong(&error.to_string()))?;
        for row in 0..array.len() {
            let text = if array.is_null(row) { Ok(String::new()) } else { formatter.value(row).try_to_string() };
            texts.push(text.map_err(|error| wrong(&error.to_string()))?);
        }
    }
    Ok(Cells::Texts(texts))
}

/// Whether each whole number of a column is one double alone.
fn is_exact(array: &ArrayRef) -> bool {
    match array.data_type() {
        DataType::Int64 => {
            array.as_primitive::<Int64Type>().iter().flatten().all(|cell| cell.unsigned_abs() <= EXACT_MAX)
        }
        DataType::UInt64 => array.as_primitive::<UInt64Type>().iter().flatten().all(|cell| cell <= EXACT_MAX),
        _ => true,
    }
}
