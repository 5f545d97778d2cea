//! Why a query is not answered, in words for whoever wrote it.

use std::path::PathBuf;
use std::time::Duration;

use datafusion::common::{Column, DataFusionError, SchemaError};
use redoubt_domain::settings::nearest;

/// Where in the SQL, both counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: u64,
    /// The column in characters.
    pub column: u64,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum LakeError {
    /// The SQL is wrong, or it fails on the rows.
    #[error("{}{reason}{}", place_words(*place), suggestion.as_deref().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default())]
    Sql {
        /// Where, if that is known.
        place: Option<Place>,
        /// What is wrong.
        reason: String,
        /// What was probably meant.
        suggestion: Option<String>,
    },
    /// The statement is none that reads.
    #[error("{0} is refused: a query only reads (SELECT, EXPLAIN, SHOW, DESCRIBE) what was named as a table")]
    Refused(String),
    /// The memory does not suffice, even with what can be put on disk.
    #[error("the query needs more than its {limit} bytes of memory; give it more with `--memory`, or read fewer rows")]
    Memory {
        /// The bound.
        limit: usize,
    },
    /// It took too long.
    #[error("the query was stopped after {} s; give it more with `--timeout`", .0.as_secs())]
    Timeout(Duration),
    /// A table cannot be opened.
    #[error("the table `{name}`: {reason}")]
    Table {
        /// Its name.
        name: String,
        /// Why not.
        reason: String,
    },
    /// A table has policies and none for this role.
    #[error("the data set `{name}` is for {}, not for {}", roles_words(roles), role.as_deref().map_or_else(|| "a query without `--role`".to_owned(), |role| format!("`{role}`")))]
    Role {
        /// The data set.
        name: String,
        /// Who asks.
        role: Option<String>,
        /// Who may.
        roles: Vec<String>,
    },
    /// A file that a policy protects is named as another table.
    #[error("`{file}` belongs to the data set `{name}`, which has policies; query that")]
    Protected {
        /// The file or object.
        file: String,
        /// The data set.
        name: String,
    },
    /// A file is not what it was when the query began.
    #[error("`{}` changed while it was read; run the query again", .0.display())]
    Changed(PathBuf),
    /// The answer cannot be written.
    #[error("cannot write the answer")]
    Write(#[source] std::io::Error),
    /// The answer has a column that its form cannot hold.
    #[error("{0}")]
    Output(String),
    /// The engine cannot be set up.
    #[error("cannot set up the engine: {0}")]
    Setup(String),
}

fn place_words(place: Option<Place>) -> String {
    place.map(|Place { line, column }| format!("line {line}, column {column}: ")).unwrap_or_default()
}

fn roles_words(roles: &[String]) -> String {
    let quoted: Vec<String> = roles.iter().map(|role| format!("`{role}`")).collect();
    quoted.join(", ")
}

impl LakeError {
    pub(crate) fn table(name: &str, reason: impl Into<String>) -> Self {
        Self::Table { name: name.to_owned(), reason: reason.into() }
    }

    /// What DataFusion says, in our words. `tables` are the names that exist.
    pub(crate) fn of(error: &DataFusionError, tables: &[String], memory: usize) -> Self {
        let mut place = None;
        let mut at = error;
        loop {
            at = match at {
                DataFusionError::Diagnostic(diagnostic, inner) => {
                    let start = diagnostic.span.map(|span| span.start);
                    place = place.or(start.map(|start| Place { line: start.line, column: start.column }));
                    inner
                }
                DataFusionError::Context(_, inner) => inner,
                DataFusionError::Shared(inner) => inner,
                DataFusionError::Collection(all) => match all.first() {
                    Some(first) => first,
                    None => break,
                },
                DataFusionError::External(inner) => match inner.downcast_ref::<DataFusionError>() {
                    Some(inner) => inner,
                    None => break,
                },
                DataFusionError::ArrowError(inner, _) => match external(inner) {
                    Some(inner) => inner,
                    None => break,
                },
                _ => break,
            };
        }
        match at {
            DataFusionError::ResourcesExhausted(_) => Self::Memory { limit: memory },
            DataFusionError::SQL(error, _) => {
                let (reason, found) = without_place(&error.to_string());
                Self::Sql { place: place.or(found), reason, suggestion: None }
            }
            DataFusionError::SchemaError(error, _) => {
                let (reason, suggestion) = schema_words(error);
                Self::Sql { place, reason, suggestion }
            }
            other => {
                let text = other.strip_backtrace();
                let text = plain(&text);
                match unknown_table(text) {
                    Some(name) => {
                        let near = nearest(name, tables.iter().map(String::as_str)).map(str::to_owned);
                        Self::Sql {
                            place,
                            reason: format!("there is no table `{name}`{}", among(tables)),
                            suggestion: near,
                        }
                    }
                    None => Self::Sql { place, reason: text.to_owned(), suggestion: None },
                }
            }
        }
    }
}

/// Arrow wraps what its callers threw.
fn external(error: &datafusion::arrow::error::ArrowError) -> Option<&DataFusionError> {
    match error {
        datafusion::arrow::error::ArrowError::ExternalError(inner) => inner.downcast_ref(),
        _ => None,
    }
}

/// Without the kind of error that DataFusion begins with.
fn plain(text: &str) -> &str {
    let kinds = ["Error during planning: ", "Execution error: ", "Arrow error: ", "This feature is not implemented: "];
    let mut text = text.trim();
    while let Some(rest) = kinds.iter().find_map(|kind| text.strip_prefix(kind)) {
        text = rest;
    }
    text.trim_end_matches('.')
}

/// The parser says where it stopped at the end of its words.
fn without_place(text: &str) -> (String, Option<Place>) {
    let text = text.strip_prefix("sql parser error: ").unwrap_or(text);
    let Some((reason, rest)) = text.rsplit_once(" at Line: ") else { return (text.to_owned(), None) };
    let mut numbers = rest.split(", Column: ").map(|number| number.trim().parse().ok());
    match (numbers.next().flatten(), numbers.next().flatten()) {
        (Some(line), Some(column)) => (reason.to_owned(), Some(Place { line, column })),
        _ => (text.to_owned(), None),
    }
}

fn schema_words(error: &SchemaError) -> (String, Option<String>) {
    match error {
        SchemaError::FieldNotFound { field, valid_fields } => {
            let near = nearest(&field.name, valid_fields.iter().map(|column| column.name.as_str()));
            (format!("there is no column `{}`", column_words(field)), near.map(quoted))
        }
        SchemaError::AmbiguousReference { field } => {
            (format!("more than one table has a column `{0}`; write `TABLE.{0}`", field.name), None)
        }
        SchemaError::DuplicateQualifiedField { name, .. } | SchemaError::DuplicateUnqualifiedField { name } => {
            (format!("two columns are called `{name}`; name one of them with AS"), None)
        }
    }
}

fn column_words(column: &Column) -> String {
    column.relation.as_ref().map_or_else(|| column.name.clone(), |table| format!("{}.{}", table.table(), column.name))
}

/// A name as SQL must say it: what is not in small letters needs quotes.
fn quoted(name: &str) -> String {
    let is_plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if is_plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

fn unknown_table(text: &str) -> Option<&str> {
    let name = text.strip_prefix("table '")?.strip_suffix("' not found")?;
    Some(name.strip_prefix("datafusion.public.").or_else(|| name.strip_prefix("datafusion.")).unwrap_or(name))
}

fn among(tables: &[String]) -> String {
    match tables {
        [] => "; name one with `--data NAME=PATH`".to_owned(),
        _ if tables.len() <= 12 => {
            format!(", there are {}", tables.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))
        }
        _ => String::new(),
    }
}
