//! Tables: columns of numbers or of text, with what is missing.

use std::io::Cursor;

use csv::{ReaderBuilder, Terminator, Trim, WriterBuilder};
use serde_json::Value;

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

/// How the text of a file becomes a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// Names of the columns if the first line does not hold them.
    pub columns: Vec<String>,
    /// What stands between cells.
    pub separator: u8,
    /// Words for what is missing; an empty cell always is.
    pub missing: Vec<String>,
    /// Columns that stay text though all cells are numbers.
    pub text: Vec<String>,
}

impl Default for Reading {
    fn default() -> Self {
        Self { columns: Vec::new(), separator: b',', missing: Vec::new(), text: Vec::new() }
    }
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

    /// Reads comma-separated values (RFC 4180). A column whose cells are all numbers holds numbers.
    ///
    /// # Errors
    /// With the line that is wrong.
    pub fn from_csv(bytes: &[u8], reading: &Reading) -> Result<Self, TableError> {
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .delimiter(reading.separator)
            .trim(Trim::All)
            .from_reader(Cursor::new(bytes));
        let mut names = reading.columns.clone();
        let mut cells: Vec<Vec<String>> = vec![Vec::new(); names.len()];
        for (at, record) in reader.records().enumerate() {
            let record = record.map_err(|error| TableError::Line {
                line: error.position().map_or(at as u64 + 1, csv::Position::line),
                reason: reason(error.kind()),
            })?;
            if at == 0 && reading.columns.is_empty() {
                names = record.iter().map(|name| name.trim_start_matches('\u{feff}').to_owned()).collect();
                cells = vec![Vec::new(); names.len()];
                if names.len() > COLUMNS_MAX {
                    return Err(TableError::TooMany { what: "columns", most: COLUMNS_MAX });
                }
                continue;
            }
            if record.len() != names.len() {
                let line = record.position().map_or(at as u64 + 1, csv::Position::line);
                let reason = format!("{} cells for {} columns", record.len(), names.len());
                return Err(TableError::Line { line, reason });
            }
            bound(at, names.len())?;
            for (column, cell) in cells.iter_mut().zip(&record) {
                let is_missing = reading.missing.iter().any(|word| word == cell);
                column.push(if is_missing { String::new() } else { cell.to_owned() });
            }
        }
        if names.is_empty() {
            return Err(TableError::Empty);
        }
        let is_text = |name: &String| reading.text.contains(name);
        let columns = names.into_iter().zip(cells).map(|(name, cells)| {
            let column = if is_text(&name) { Column::Text(cells) } else { infer(cells) };
            (name, column)
        });
        Self::new(columns.collect())
    }

    /// Reads one JSON object of plain values a line; a key that a line lacks is missing there.
    ///
    /// # Errors
    /// With the line that is wrong.
    pub fn from_json_lines(bytes: &[u8], reading: &Reading) -> Result<Self, TableError> {
        let mut names: Vec<String> = reading.columns.clone();
        let mut cells: Vec<Vec<String>> = vec![Vec::new(); names.len()];
        let mut rows = 0;
        for (at, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            if line.trim_ascii().is_empty() {
                continue;
            }
            let wrong = |reason: String| TableError::Line { line: at as u64 + 1, reason };
            let object: serde_json::Map<String, Value> =
                serde_json::from_slice(line).map_err(|error| wrong(format!("no JSON object: {error}")))?;
            for (name, value) in object {
                let cell = match value {
                    Value::Null => String::new(),
                    Value::Bool(value) => value.to_string(),
                    Value::Number(value) => value.to_string(),
                    Value::String(value) => value,
                    Value::Array(_) | Value::Object(_) => {
                        return Err(wrong(format!("`{name}` is a list or an object; give plain values")));
                    }
                };
                let column = match names.iter().position(|known| *known == name) {
                    Some(column) => column,
                    None if names.len() >= COLUMNS_MAX => {
                        return Err(TableError::TooMany { what: "columns", most: COLUMNS_MAX });
                    }
                    None => {
                        names.push(name);
                        cells.push(vec![String::new(); rows]);
                        names.len() - 1
                    }
                };
                let is_missing = reading.missing.contains(&cell);
                if let Some(column) = cells.get_mut(column) {
                    column.push(if is_missing { String::new() } else { cell });
                }
            }
            rows += 1;
            bound(rows, names.len())?;
            for column in &mut cells {
                column.resize(rows, String::new());
            }
        }
        if names.is_empty() {
            return Err(TableError::Empty);
        }
        let is_text = |name: &String| reading.text.contains(name);
        let columns = names.into_iter().zip(cells).map(|(name, cells)| {
            let column = if is_text(&name) { Column::Text(cells) } else { infer(cells) };
            (name, column)
        });
        Self::new(columns.collect())
    }

    /// The table as bytes: the kinds of the columns on a first line that begins with `#`, then comma-separated values.
    /// The same table has the same bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let kinds: Vec<&str> = self.columns.iter().map(|column| word(column)).collect();
        let mut bytes = format!("{MARK} {}\n", kinds.join(" ")).into_bytes();
        let mut writer = WriterBuilder::new().terminator(Terminator::Any(b'\n')).from_writer(&mut bytes);
        // Writing to memory cannot fail, and every row has the cells of the first.
        _ = writer.write_record(&self.names);
        for row in 0..self.rows {
            _ = writer.write_record(self.columns.iter().map(|column| column.written(row)));
        }
        _ = writer.flush();
        drop(writer);
        bytes
    }

    /// Reads what [`Table::to_bytes`] gives.
    ///
    /// # Errors
    /// If it is something else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TableError> {
        let wrong = |reason: &str| TableError::Line { line: 1, reason: reason.to_owned() };
        let end = bytes.iter().position(|byte| *byte == b'\n').ok_or_else(|| wrong("there is no table"))?;
        let (first, rest) = bytes.split_at(end);
        let first = std::str::from_utf8(first).map_err(|_| wrong("not text"))?;
        let kinds = first.strip_prefix(MARK).ok_or_else(|| wrong("not a table of this product"))?.split_whitespace();
        let mut reader = ReaderBuilder::new().from_reader(rest.get(1..).unwrap_or_default());
        let names: Vec<String> = reader
            .headers()
            .map_err(|error| TableError::Line { line: 2, reason: reason(error.kind()) })?
            .iter()
            .map(str::to_owned)
            .collect();
        let mut columns: Vec<Column> = kinds
            .map(|kind| match kind {
                "number" => Ok(Column::Number(Vec::new())),
                "text" => Ok(Column::Text(Vec::new())),
                _ => Err(wrong("a kind of column that is not known")),
            })
            .collect::<Result<_, _>>()?;
        if columns.len() != names.len() {
            return Err(wrong("as many kinds as columns are needed"));
        }
        for (at, record) in reader.records().enumerate() {
            let line = at as u64 + 3;
            let record = record.map_err(|error| TableError::Line { line, reason: reason(error.kind()) })?;
            bound(at + 1, names.len())?;
            for (column, cell) in columns.iter_mut().zip(&record) {
                match column {
                    Column::Number(cells) if cell.is_empty() => cells.push(f64::NAN),
                    Column::Number(cells) => {
                        let number = cell.parse().ok().filter(|number: &f64| number.is_finite());
                        cells.push(
                            number
                                .ok_or_else(|| TableError::Line { line, reason: format!("{cell:?} is no number") })?,
                        );
                    }
                    Column::Text(cells) => cells.push(cell.to_owned()),
                }
            }
        }
        Self::new(names.into_iter().zip(columns).collect())
    }
}

/// Begins the bytes of a table.
const MARK: &str = "# redoubt table 1:";

const fn word(column: &Column) -> &'static str {
    match column {
        Column::Number(_) => "number",
        Column::Text(_) => "text",
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

/// Numbers, if every cell that is there is one. `007` is a name, not a number, and neither is `inf`.
fn infer(cells: Vec<String>) -> Column {
    let number = |cell: &String| {
        if cell.is_empty() {
            return Some(f64::NAN);
        }
        let digits = cell.trim_start_matches(['-', '+']);
        let is_name = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
        let is_plain = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
        (is_plain && !is_name).then(|| cell.parse().ok()).flatten().filter(|number: &f64| number.is_finite())
    };
    if cells.iter().all(String::is_empty) {
        return Column::Text(cells);
    }
    match cells.iter().map(number).collect() {
        Some(numbers) => Column::Number(numbers),
        None => Column::Text(cells),
    }
}

fn reason(error: &csv::ErrorKind) -> String {
    match error {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => format!("{len} cells for {expected_len} columns"),
        csv::ErrorKind::Utf8 { .. } => "not UTF-8; save the file as UTF-8".to_owned(),
        _ => "no comma-separated values".to_owned(),
    }
}
