//! What a query may be: one statement that reads tables which were named.

use datafusion::common::DataFusionError;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::{Expr, LogicalPlan, Volatility};
use datafusion::sql::parser::{DFParser, Statement};
use datafusion::sql::sqlparser::ast::Statement as Sql;

use crate::error::LakeError;

/// The longest query in bytes.
pub(crate) const SQL_BYTES_MAX: usize = 1 << 20;

/// A statement that reads.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) statement: Statement,
    /// Whether it asks for tables as such, so that all must be known.
    pub(crate) lists: bool,
}

/// The one statement of a text.
///
/// # Errors
/// If there is none or more than one, or it does anything but read.
pub(crate) fn parse(sql: &str) -> Result<Reading, LakeError> {
    if sql.len() > SQL_BYTES_MAX {
        let reason = format!("the query has {} bytes, and {SQL_BYTES_MAX} are the most", sql.len());
        return Err(LakeError::Sql { place: None, reason, suggestion: None });
    }
    let mut statements = DFParser::parse_sql(sql).map_err(|error| LakeError::of(&error, &[], 0))?;
    let one = |reason: &str| LakeError::Sql { place: None, reason: reason.to_owned(), suggestion: None };
    let statement = statements.pop_front().ok_or_else(|| one("there is no query; write one such as `SELECT 1`"))?;
    if !statements.is_empty() {
        return Err(one("there is more than one statement; run one at a time"));
    }
    let lists = reads(&statement)?;
    Ok(Reading { statement, lists })
}

/// Whether a statement that reads asks for tables as such.
fn reads(statement: &Statement) -> Result<bool, LakeError> {
    let refused = || {
        let text = statement.to_string();
        let word = text.split_whitespace().next().unwrap_or_default().to_ascii_uppercase();
        Err(LakeError::Refused(format!("`{word}`")))
    };
    match statement {
        Statement::Statement(sql) => match sql.as_ref() {
            Sql::Query(_) => Ok(false),
            Sql::Explain { statement, .. } if matches!(statement.as_ref(), Sql::Query(_)) => Ok(false),
            Sql::ExplainTable { .. }
            | Sql::ShowTables { .. }
            | Sql::ShowColumns { .. }
            | Sql::ShowFunctions { .. }
            | Sql::ShowVariable { .. } => Ok(true),
            _ => refused(),
        },
        Statement::Explain(explain) => reads(&explain.statement),
        Statement::CreateExternalTable(_) | Statement::CopyTo(_) | Statement::Reset(_) => refused(),
    }
}

/// Makes sure that a plan does nothing but read tables for which `is_known` holds. The kinds of nodes are listed: what a
/// later version of the engine adds is refused.
pub(crate) fn verify(plan: &LogicalPlan, is_known: &dyn Fn(&LogicalPlan) -> bool) -> Result<(), LakeError> {
    let mut refused = None;
    let walked = plan.apply_with_subqueries(|node| {
        let reads = match node {
            LogicalPlan::TableScan(_) => is_known(node),
            LogicalPlan::Projection(_)
            | LogicalPlan::Filter(_)
            | LogicalPlan::Window(_)
            | LogicalPlan::Aggregate(_)
            | LogicalPlan::Sort(_)
            | LogicalPlan::Join(_)
            | LogicalPlan::Union(_)
            | LogicalPlan::EmptyRelation(_)
            | LogicalPlan::Subquery(_)
            | LogicalPlan::SubqueryAlias(_)
            | LogicalPlan::Limit(_)
            | LogicalPlan::Values(_)
            | LogicalPlan::Explain(_)
            | LogicalPlan::Analyze(_)
            | LogicalPlan::Distinct(_)
            | LogicalPlan::DescribeTable(_)
            | LogicalPlan::Unnest(_)
            | LogicalPlan::RecursiveQuery(_) => true,
            LogicalPlan::Repartition(_)
            | LogicalPlan::Statement(_)
            | LogicalPlan::Extension(_)
            | LogicalPlan::Dml(_)
            | LogicalPlan::Ddl(_)
            | LogicalPlan::Copy(_) => false,
        };
        if reads {
            return Ok(TreeNodeRecursion::Continue);
        }
        let words = node.display().to_string();
        refused = Some(format!("`{}`", words.split([':', ' ']).next().unwrap_or_default()));
        Ok(TreeNodeRecursion::Stop)
    });
    walked.map_err(|error| LakeError::of(&error, &[], 0))?;
    refused.map_or(Ok(()), |refused| Err(LakeError::Refused(refused)))
}

/// A function of the plan that does not give the same each time, such as `now` or `random`.
pub(crate) fn changing(plan: &LogicalPlan) -> Result<Option<String>, DataFusionError> {
    let mut found = None;
    plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expr| {
            expr.apply(|expr| {
                let name = match expr {
                    Expr::ScalarFunction(call) if call.func.signature().volatility != Volatility::Immutable => {
                        Some(call.name().to_owned())
                    }
                    Expr::AggregateFunction(call) if call.func.signature().volatility != Volatility::Immutable => {
                        Some(call.func.name().to_owned())
                    }
                    Expr::ScalarVariable(..) => Some("a variable".to_owned()),
                    _ => None,
                };
                found = found.take().or(name);
                Ok(if found.is_some() { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
            })
        })
    })?;
    Ok(found)
}
