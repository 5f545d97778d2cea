//! Which rows and columns of a table a role sees.
//!
//! A policy is a table of its own: reading it reads the raw table, keeps the rows of the predicate, puts masks in the
//! place of values, and leaves out what is denied, in this order and out of sight of the query's own plan
//! ([`crate::exec`]). A query's conditions, sorts, joins, statistics and errors can therefore speak of nothing else.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, DataFusionError, Result, ScalarValue};
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlanBuilder, ScalarUDF, TableType, Volatility, cast, lit};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::DFParser;
use redoubt_domain::settings::nearest;

use crate::error::LakeError;
use crate::exec::{GuardedExec, hidden};
use crate::mask::{Mask, MaskFunction};

/// What a role may see of a data set. The default is everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Columns that do not exist for it.
    pub deny: Vec<String>,
    /// Columns that are masked.
    pub mask: Vec<(String, Mask)>,
    /// The rows that it sees: an SQL predicate over all columns of the raw table.
    pub rows: Option<String>,
}

/// Whether a text can be the predicate of [`Policy::rows`], as far as that shows without the table.
///
/// # Errors
/// If it is no SQL expression.
pub fn check_predicate(sql: &str) -> std::result::Result<(), LakeError> {
    DFParser::parse_sql_into_expr(sql).map(|_| ()).map_err(|error| LakeError::of(&error, &[], 0))
}

/// The name of the raw table in plans that no query sees.
const RAW: &str = "raw";

/// A table as a role sees it.
#[derive(Debug)]
pub(crate) struct Guarded {
    name: String,
    raw: Arc<dyn TableProvider>,
    predicate: Option<Expr>,
    /// What stands in each column of `schema`, over the raw columns.
    columns: Vec<Expr>,
    schema: SchemaRef,
}

impl Guarded {
    /// The table `raw` as `policy` shows it.
    ///
    /// # Errors
    /// If the policy names a column that is not there, masks one that it cannot, or leaves none, or if the predicate is
    /// none: what cannot be enforced is refused.
    pub(crate) fn new(
        name: &str,
        raw: Arc<dyn TableProvider>,
        policy: &Policy,
        key: [u8; 32],
        context: &SessionContext,
    ) -> std::result::Result<Self, LakeError> {
        let Policy { deny, mask, rows } = policy;
        let raw_schema = raw.schema();
        let names: Vec<&str> = raw_schema.fields().iter().map(|field| field.name().as_str()).collect();
        for column in deny.iter().chain(mask.iter().map(|(column, _)| column)) {
            if !names.contains(&column.as_str()) {
                let near = nearest(column, names.iter().copied()).map(|near| format!("; did you mean `{near}`?"));
                let reason = format!("its policy names the column `{column}`, which it does not have");
                return Err(LakeError::table(name, reason + &near.unwrap_or_default()));
            }
        }
        let mut columns = Vec::new();
        let mut fields = Vec::new();
        for field in raw_schema.fields().iter().filter(|field| !deny.contains(field.name())) {
            let raw_column = Expr::Column(Column::new(Some(RAW), field.name()));
            let masks: Vec<Mask> =
                mask.iter().filter(|(column, _)| column == field.name()).map(|(_, mask)| *mask).collect();
            let (column, data_type) = match (masks.as_slice(), field.data_type()) {
                // A dictionary holds values of rows that are gone.
                ([], DataType::Dictionary(_, value)) => {
                    (cast(raw_column, value.as_ref().clone()), value.as_ref().clone())
                }
                ([], other) => (raw_column, other.clone()),
                ([Mask::Null], other) => {
                    let nothing = ScalarValue::try_from(other);
                    let nothing = nothing.map_err(|error| LakeError::table(name, error.strip_backtrace()))?;
                    (lit(nothing), other.clone())
                }
                ([mask], other) if mask.fits(other) => {
                    (ScalarUDF::from(MaskFunction::new(*mask, key)).call(vec![raw_column]), DataType::Utf8)
                }
                ([_], other) => {
                    let of = crate::source::type_words(other);
                    let reason =
                        format!("its policy cannot mask `{}`, which is {of}; use `null` or deny it", field.name());
                    return Err(LakeError::table(name, reason));
                }
                (_, _) => {
                    return Err(LakeError::table(name, format!("its policy masks `{}` twice", field.name())));
                }
            };
            columns.push(column.alias(field.name()));
            fields.push(Field::new(field.name(), data_type, true));
        }
        if fields.is_empty() {
            return Err(LakeError::table(name, "its policy leaves no column"));
        }
        let predicate = rows.as_ref().map(|sql| predicate(sql, &raw_schema, context)).transpose();
        let predicate =
            predicate.map_err(|reason| LakeError::table(name, format!("the rows of its policy: {reason}")))?;
        Ok(Self { name: name.to_owned(), raw, predicate, columns, schema: Arc::new(Schema::new(fields)) })
    }

    async fn plan(&self, state: &dyn Session, columns: Vec<Expr>) -> Result<Arc<dyn ExecutionPlan>> {
        let mut plan = LogicalPlanBuilder::scan(RAW, provider_as_source(Arc::clone(&self.raw)), None)?;
        if let Some(predicate) = &self.predicate {
            plan = plan.filter(predicate.clone())?;
        }
        state.create_physical_plan(&plan.project(columns)?.build()?).await
    }
}

/// Parses the predicate of rows and makes sure that it is one for each row by itself.
fn predicate(sql: &str, raw: &SchemaRef, context: &SessionContext) -> std::result::Result<Expr, String> {
    let words = |error: DataFusionError| LakeError::of(&error, &[], 0).to_string();
    let schema = DFSchema::try_from_qualified_schema(RAW, raw).map_err(words)?;
    let expr = context.state().create_logical_expr(sql, &schema).map_err(words)?;
    let mut refused = None;
    let walked = expr.apply(|node| {
        refused = match node {
            Expr::ScalarFunction(call) if call.func.signature().volatility != Volatility::Immutable => {
                Some(format!("`{}` gives another value each time", call.name()))
            }
            Expr::Exists(_) | Expr::InSubquery(_) | Expr::ScalarSubquery(_) | Expr::SetComparison(_) => {
                Some("a query within it is not possible".to_owned())
            }
            Expr::AggregateFunction(_) | Expr::WindowFunction(_) => {
                Some("it is asked of each row by itself, without aggregates".to_owned())
            }
            Expr::ScalarVariable(..) | Expr::Placeholder(_) => Some("variables are not possible".to_owned()),
            _ => None,
        };
        Ok(if refused.is_some() { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    });
    walked.map_err(words)?;
    if let Some(refused) = refused {
        return Err(refused);
    }
    match expr.get_type(&schema).map_err(words)? {
        DataType::Boolean => Ok(expr),
        other => Err(format!("it gives {}, not true or false", crate::source::type_words(&other))),
    }
}

#[async_trait]
impl TableProvider for Guarded {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    // Filters and limits stay above: what is evaluated below could fail on a hidden row, and say so.
    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let wanted: Vec<usize> = projection.map_or_else(|| (0..self.columns.len()).collect(), Clone::clone);
        let unique: HashSet<usize> = wanted.iter().copied().collect();
        if unique.len() != wanted.len() {
            return Err(hidden(&self.name));
        }
        let schema = Arc::new(self.schema.project(&wanted)?);
        let mut columns: Vec<Expr> = wanted.iter().filter_map(|at| self.columns.get(*at).cloned()).collect();
        if columns.is_empty() {
            // Rows are counted; there must be something to count.
            columns.push(lit(true).alias("row"));
        }
        let inner = self.plan(state, columns).await.map_err(|_| hidden(&self.name))?;
        Ok(Arc::new(GuardedExec::new(self.name.clone(), inner, schema)))
    }
}
