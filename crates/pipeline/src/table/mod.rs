//! Tables: columns of numbers or of text, with what is missing.

mod bytes;
mod read;

pub use self::read::Reading;

/// The most rows of a table.
pub const ROWS_MAX: usize = 10_000_000;
/// The most columns.
pub const COLUMNS_MAX: usize = 4_096;
/// The most cells: they are held in memory, eight bytes and more each.
pub const CELLS_MAX: usize = 200_000_000;

/// One column.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// Finite numbers; what is missing is not a number.
    Number(Vec<f64>),
    /// Text; what is missing is empty.
    Text(Vec<String>),
}

impl Column {
    /// How many cells it has.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Number(cells) => cells.len(),
            Self::Text(cells) => cells.len(),
        }
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a cell is missing; true beyond the end.
    #[must_use]
    pub fn is_missing(&self, row: usize) -> bool {
        match self {
            Self::Number(cells) => cells.get(row).is_none_or(|cell| cell.is_nan()),
            Self::Text(cells) => cells.get(row).is_none_or(String::is_empty),
        }
    }

    /// A cell as it is written; empty if it is missing. A number is the shortest that reads back as itself.
    #[must_use]
    pub fn written(&self, row: usize) -> String {
        match self {
            Self::Number(cells) => cells.get(row).filter(|cell| !cell.is_nan()).map(f64::to_string).unwrap_or_default(),
            Self::Text(cells) => cells.get(row).cloned().unwrap_or_default(),
        }
    }

    fn take(&self, rows: &[usize]) -> Self {
        match self {
            Self::Number(cells) => {
                Self::Number(rows.iter().map(|&row| cells.get(row).copied().unwrap_or(f64::NAN)).collect())
            }
            Self::Text(cells) => {
                Self::Text(rows.iter().map(|&row| cells.get(row).cloned().unwrap_or_default()).collect())
            }
        }
    }
}

/// Columns of one length under names that differ.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Table {
    names: Vec<String>,
    columns: Vec<Column>,
    rows: usize,
}

/// Why something is no table, or a column is not in one.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TableError {
    /// A row of another length, or broken quotes.
    #[error("line {line}: {reason}")]
    Line {
        /// Counted from 1.
        line: u64,
        /// In words.
        reason: String,
    },
    /// Two columns of one name.
    #[error("two columns are called `{0}`; give each a name of its own")]
    Twice(String),
    /// A column without a name.
    #[error("column {0} has no name; name every column")]
    Nameless(usize),
    /// No columns.
    #[error("there are no columns; the first line must name them, unless `columns` does")]
    Empty,
    /// More than may be held.
    #[error("{what} are more than {most}; use a part of the data")]
    TooMany {
        /// `rows`, `columns` or `cells`.
        what: &'static str,
        /// The bound.
        most: usize,
    },
    /// A column of another length.
    #[error("the column `{name}` has {found} cells in a table of {rows} rows")]
    Length {
        /// Its name.
        name: String,
        /// Its cells.
        found: usize,
        /// Those of the others.
        rows: usize,
    },
    /// No column of this name.
    #[error("there is no column `{name}`{}", nearest.as_deref().map(|name| format!(", did you mean `{name}`?")).unwrap_or_default())]
    Column {
        /// What was asked for.
        name: String,
        /// What was probably meant.
        nearest: Option<String>,
    },
    /// A column of the other kind.
    #[error("the column `{name}` holds {found}, not {wanted}{}", example.as_deref().map(|cell| format!("; it has {cell:?}")).unwrap_or_default())]
    Type {
        /// Its name.
        name: String,
        /// `numbers` or `text`.
        found: &'static str,
        /// The other.
        wanted: &'static str,
        /// A cell that shows it.
        example: Option<String>,
    },
}

impl Table {
    /// A table of these columns.
    ///
    /// # Errors
    /// If two have one name, or their lengths differ.
    pub fn new(columns: Vec<(String, Column)>) -> Result<Self, TableError> {
        let mut table = Self::default();
        for (at, (name, column)) in columns.into_iter().enumerate() {
            if at == 0 {
                table.rows = column.len();
            }
            table.put(name, column)?;
        }
        Ok(table)
    }

    /// Adds a column, or puts it in the place of the one of its name.
    ///
    /// # Errors
    /// If it has another length than the others, or there would be too many.
    pub fn set(&mut self, name: &str, column: Column) -> Result<(), TableError> {
        if let Some(at) = self.names.iter().position(|known| known == name) {
            if column.len() != self.rows {
                return Err(TableError::Length { name: name.to_owned(), found: column.len(), rows: self.rows });
            }
            if let Some(old) = self.columns.get_mut(at) {
                *old = column;
            }
            return Ok(());
        }
        self.put(name.to_owned(), column)
    }

    fn put(&mut self, name: String, column: Column) -> Result<(), TableError> {
        if name.is_empty() {
            return Err(TableError::Nameless(self.names.len() + 1));
        }
        if self.names.contains(&name) {
            return Err(TableError::Twice(name));
        }
        if column.len() != self.rows {
            return Err(TableError::Length { name, found: column.len(), rows: self.rows });
        }
        if self.names.len() >= COLUMNS_MAX {
            return Err(TableError::TooMany { what: "columns", most: COLUMNS_MAX });
        }
        self.names.push(name);
        self.columns.push(column);
        Ok(())
    }

    /// How many rows there are.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Names of the columns, in order.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Names and columns, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Column)> {
        self.names.iter().map(String::as_str).zip(&self.columns)
    }

    /// The column of a name.
    ///
    /// # Errors
    /// If there is none, with the nearest name.
    pub fn column(&self, name: &str) -> Result<&Column, TableError> {
        self.names.iter().position(|known| known == name).and_then(|at| self.columns.get(at)).ok_or_else(|| {
            let nearest = redoubt_domain::settings::nearest(name, self.names.iter().map(String::as_str));
            TableError::Column { name: name.to_owned(), nearest: nearest.map(str::to_owned) }
        })
    }

    /// The numbers of a column.
    ///
    /// # Errors
    /// If there is none, or it holds text.
    pub fn numbers(&self, name: &str) -> Result<&[f64], TableError> {
        match self.column(name)? {
            Column::Number(cells) => Ok(cells),
            Column::Text(cells) => Err(TableError::Type {
                name: name.to_owned(),
                found: "text",
                wanted: "numbers",
                example: cells.iter().find(|cell| cell.parse::<f64>().is_err() && !cell.is_empty()).cloned(),
            }),
        }
    }

    /// The texts of a column.
    ///
    /// # Errors
    /// If there is none, or it holds numbers.
    pub fn texts(&self, name: &str) -> Result<&[String], TableError> {
        match self.column(name)? {
            Column::Text(cells) => Ok(cells),
            Column::Number(_) => {
                Err(TableError::Type { name: name.to_owned(), found: "numbers", wanted: "text", example: None })
            }
        }
    }

    /// The rows at these places, in this order; a place beyond the end is a row of nothing.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> Self {
        let columns = self.columns.iter().map(|column| column.take(rows)).collect();
        Self { names: self.names.clone(), columns, rows: rows.len() }
    }

    /// These rows, and below them those of a table of the same columns.
    ///
    /// # Errors
    /// If the other lacks a column, or has one of another kind, or the rows are too many.
    pub fn joined(&self, other: &Self) -> Result<Self, TableError> {
        bound(self.rows + other.rows, self.names.len())?;
        let mut columns = Vec::with_capacity(self.columns.len());
        for (name, column) in self.iter() {
            let column = match column {
                Column::Number(cells) => Column::Number([cells.as_slice(), other.numbers(name)?].concat()),
                Column::Text(cells) => Column::Text([cells.as_slice(), other.texts(name)?].concat()),
            };
            columns.push((name.to_owned(), column));
        }
        Self::new(columns)
    }

    /// The table without these columns.
    #[must_use]
    pub fn without(&self, names: &[String]) -> Self {
        let kept = self.names.iter().zip(&self.columns).filter(|(name, _)| !names.contains(name));
        let (names, columns) = kept.map(|(name, column)| (name.clone(), column.clone())).unzip();
        Self { names, columns, rows: self.rows }
    }
}

fn bound(rows: usize, columns: usize) -> Result<(), TableError> {
    if rows > ROWS_MAX {
        return Err(TableError::TooMany { what: "rows", most: ROWS_MAX });
    }
    if rows.saturating_mul(columns) > CELLS_MAX {
        return Err(TableError::TooMany { what: "cells", most: CELLS_MAX });
    }
    Ok(())
}

fn reason(error: &csv::ErrorKind) -> String {
    match error {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => format!("{len} cells for {expected_len} columns"),
        csv::ErrorKind::Utf8 { .. } => "not UTF-8; save the file as UTF-8".to_owned(),
        _ => "no comma-separated values".to_owned(),
    }
}
