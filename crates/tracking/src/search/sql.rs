//! Searches as SQL. Names come from the tables here, values are always parameters.

use std::fmt::Write as _;

use sqlx::sqlite::SqliteArguments;
use sqlx::{Sqlite, query::Query};

use super::{Clause, Comparison, Entity, Field, Literal, OrderItem, Test};
use crate::problem::Problem;

/// A value that is handed over beside the text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Bind {
    Text(String),
    Whole(i64),
    Number(f64),
}

/// A statement that grows, with its values.
#[derive(Clone, Debug, Default)]
pub(crate) struct Statement {
    pub(crate) text: String,
    pub(crate) binds: Vec<Bind>,
}

impl Statement {
    pub(crate) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), binds: Vec::new() }
    }

    pub(crate) fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    pub(crate) fn bind(&mut self, bind: Bind) -> &mut Self {
        self.binds.push(bind);
        self
    }

    /// `?, ?, ?` for each of `binds`.
    pub(crate) fn list(&mut self, binds: impl IntoIterator<Item = Bind>) -> &mut Self {
        let before = self.binds.len();
        self.binds.extend(binds);
        let count = self.binds.len() - before;
        self.text.push_str(&vec!["?"; count].join(", "));
        self
    }
}

/// Hands the values of a statement over.
pub(crate) fn bind_all<'q>(
    mut query: Query<'q, Sqlite, SqliteArguments>,
    binds: Vec<Bind>,
) -> Query<'q, Sqlite, SqliteArguments> {
    for bind in binds {
        query = match bind {
            Bind::Text(text) => query.bind(text),
            Bind::Whole(whole) => query.bind(whole),
            Bind::Number(number) => query.bind(number),
        };
    }
    query
}

/// What kind of value a column has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Number,
}

/// An attribute: what it may be called, its expression in SQL, its kind.
pub(crate) struct Attribute {
    pub(crate) names: &'static [&'static str],
    pub(crate) column: &'static str,
    pub(crate) kind: Kind,
}

/// A table of keys and values beside the one that is searched.
pub(crate) struct Side {
    pub(crate) table: &'static str,
    /// Its column that holds the row of the table that is searched.
    pub(crate) of: &'static str,
}

/// What can be searched, and how it lies in tables.
pub(crate) struct Subject {
    /// Words for messages.
    pub(crate) name: &'static str,
    /// The row's number in SQL.
    pub(crate) row: &'static str,
    pub(crate) attributes: &'static [Attribute],
    pub(crate) params: Option<Side>,
    pub(crate) metrics: Option<Side>,
    pub(crate) tags: Option<Side>,
    pub(crate) has_datasets: bool,
    /// What follows in every order, so that pages do not overlap.
    pub(crate) last_order: &'static str,
}

impl Subject {
    /// Adds ` AND …` for each clause.
    pub(crate) fn restrict(&self, statement: &mut Statement, clauses: &[Clause]) -> Result<(), Problem> {
        for Clause { field, test } in clauses {
            statement.push(" AND ");
            match field.entity {
                Entity::Attribute => {
                    let attribute = self.attribute(field)?;
                    compare(statement, attribute.column, attribute.kind, field, test)?;
                }
                Entity::Param => self.beside(statement, self.params.as_ref(), Kind::Text, field, test)?,
                Entity::Metric => self.beside(statement, self.metrics.as_ref(), Kind::Number, field, test)?,
                Entity::Tag => self.beside(statement, self.tags.as_ref(), Kind::Text, field, test)?,
                Entity::Dataset => self.dataset(statement, field, test)?,
            }
        }
        Ok(())
    }

    /// Adds ` ORDER BY …`.
    pub(crate) fn arrange(&self, statement: &mut Statement, items: &[OrderItem]) -> Result<(), Problem> {
        statement.push(" ORDER BY ");
        for OrderItem { field, is_descending } in items {
            let direction = if *is_descending { "DESC" } else { "ASC" };
            match field.entity {
                Entity::Attribute => {
                    let column = self.attribute(field)?.column;
                    let _ = write!(statement.text, "{column} IS NULL, {column} {direction}, ");
                }
                Entity::Metric => {
                    let side = self.side(self.metrics.as_ref(), field)?;
                    let of = format!("FROM {} x WHERE x.{} = {} AND x.key = ?", side.table, side.of, self.row);
                    // What is no number comes after every number, and what is not there comes last.
                    let _ =
                        write!(statement.text, "coalesce((SELECT x.nan {of}), 2), (SELECT x.value {of}) {direction}, ");
                    statement.bind(Bind::Text(field.key.clone())).bind(Bind::Text(field.key.clone()));
                }
                Entity::Param | Entity::Tag => {
                    let side = if field.entity == Entity::Param { &self.params } else { &self.tags };
                    let side = self.side(side.as_ref(), field)?;
                    let value = format!(
                        "(SELECT x.value FROM {} x WHERE x.{} = {} AND x.key = ?)",
                        side.table, side.of, self.row
                    );
                    let _ = write!(statement.text, "{value} IS NULL, {value} {direction}, ");
                    statement.bind(Bind::Text(field.key.clone())).bind(Bind::Text(field.key.clone()));
                }
                Entity::Dataset => return Err(self.unknown(field)),
            }
        }
        statement.push(self.last_order);
        Ok(())
    }

    fn attribute(&self, field: &Field) -> Result<&Attribute, Problem> {
        let is_it = |attribute: &&Attribute| attribute.names.iter().any(|name| name.eq_ignore_ascii_case(&field.key));
        self.attributes.iter().find(is_it).ok_or_else(|| self.unknown(field))
    }

    fn side<'s>(&self, side: Option<&'s Side>, field: &Field) -> Result<&'s Side, Problem> {
        side.ok_or_else(|| self.unknown(field))
    }

    fn unknown(&self, field: &Field) -> Problem {
        let Field { entity, key, at } = field;
        let what = match entity {
            Entity::Attribute => "attribute",
            Entity::Param => "param",
            Entity::Metric => "metric",
            Entity::Tag => "tag",
            Entity::Dataset => "field of data sets",
        };
        let known: Vec<&str> =
            self.attributes.iter().filter_map(|attribute| attribute.names.first().copied()).collect();
        Problem::invalid(format!(
            "{} have no {what} `{}`, at character {at}; their attributes are {}",
            self.name,
            crate::fields::shortened(key),
            known.join(", ")
        ))
    }

    fn beside(
        &self,
        statement: &mut Statement,
        side: Option<&Side>,
        kind: Kind,
        field: &Field,
        test: &Test,
    ) -> Result<(), Problem> {
        let side = self.side(side, field)?;
        if *test == Test::IsNull {
            statement.push("NOT ");
        }
        let of = format!("EXISTS (SELECT 1 FROM {} x WHERE x.{} = {} AND x.key = ?", side.table, side.of, self.row);
        statement.push(&of).bind(Bind::Text(field.key.clone()));
        if !matches!(test, Test::IsNull | Test::IsNotNull) {
            statement.push(" AND ");
            if kind == Kind::Number && !matches!(test, Test::Compare(Comparison::Unequal, _)) {
                // What is no number lies beside one that is.
                statement.push("x.nan = 0 AND ");
            }
            compare(statement, "x.value", kind, field, test)?;
        }
        statement.push(")");
        Ok(())
    }

    fn dataset(&self, statement: &mut Statement, field: &Field, test: &Test) -> Result<(), Problem> {
        let column = match field.key.to_ascii_lowercase().as_str() {
            _ if !self.has_datasets => return Err(self.unknown(field)),
            "name" => "d.name",
            "digest" => "d.digest",
            "context" => "t.value",
            _ => return Err(self.unknown(field)),
        };
        statement.push(
            "EXISTS (SELECT 1 FROM inputs i JOIN datasets d ON d.row = i.dataset LEFT JOIN input_tags t \
             ON t.input = i.row AND t.key = 'mlflow.data.context' WHERE i.run = ",
        );
        statement.push(self.row).push(" AND ");
        compare(statement, column, Kind::Text, field, test)?;
        statement.push(")");
        Ok(())
    }
}

/// Adds what compares `column` as `test` asks.
fn compare(statement: &mut Statement, column: &str, kind: Kind, field: &Field, test: &Test) -> Result<(), Problem> {
    let wrong = |reason: &str| {
        let key = crate::fields::shortened(&field.key);
        Err(Problem::invalid(format!("`{key}`, at character {}, {reason}", field.at)))
    };
    let bind = |literal: &Literal| match (kind, literal) {
        (Kind::Text, Literal::Text(text)) => Ok(Bind::Text(text.clone())),
        (Kind::Number, Literal::Number(number)) => Ok(Bind::Number(*number)),
        (Kind::Text, Literal::Number(_)) => wrong("is a text: give its value in quotes").map(|()| Bind::Whole(0)),
        (Kind::Number, Literal::Text(_)) => {
            wrong("is a number: give its value without quotes").map(|()| Bind::Whole(0))
        }
    };
    match test {
        Test::Compare(comparison, literal) => {
            if kind == Kind::Text && !comparison.is_of_sameness() {
                return wrong("is a text: compare it by `=`, `!=`, `LIKE`, `ILIKE` or `IN`");
            }
            let bind = bind(literal)?;
            statement.push(&format!("{column} {} ?", comparison.symbol())).bind(bind);
        }
        Test::Like { .. } if kind == Kind::Number => return wrong("is a number, which fits no pattern"),
        // SQLite's `LIKE` takes ASCII's capitals for small letters, and its `GLOB` does not.
        Test::Like { pattern, fold: true } => {
            statement.push(&format!("{column} LIKE ?")).bind(Bind::Text(pattern.clone()));
        }
        Test::Like { pattern, fold: false } => {
            statement.push(&format!("{column} GLOB ?")).bind(Bind::Text(glob(pattern)));
        }
        Test::In(literals) | Test::NotIn(literals) => {
            let not = if matches!(test, Test::NotIn(_)) { "NOT " } else { "" };
            let binds = literals.iter().map(bind).collect::<Result<Vec<_>, _>>()?;
            statement.push(&format!("{column} {not}IN (")).list(binds).push(")");
        }
        Test::IsNull => drop(statement.push(&format!("{column} IS NULL"))),
        Test::IsNotNull => drop(statement.push(&format!("{column} IS NOT NULL"))),
    }
    Ok(())
}

/// A pattern of `LIKE` as one of SQLite's `GLOB`.
fn glob(pattern: &str) -> String {
    let mut glob = String::with_capacity(pattern.len());
    for c in pattern.chars() {
        match c {
            '%' => glob.push('*'),
            '_' => glob.push('?'),
            '*' | '?' | '[' => {
                glob.push('[');
                glob.push(c);
                glob.push(']');
            }
            c => glob.push(c),
        }
    }
    glob
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_of_one_language_are_not_those_of_the_other() {
        assert_eq!(glob("a%b_c*d?e[f]"), "a*b?c[*]d[?]e[[]f]");
    }
}
