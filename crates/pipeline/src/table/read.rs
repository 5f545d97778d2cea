//! Tables from files that others wrote: comma-separated values and lines of JSON.

use std::io::Cursor;

use csv::{ReaderBuilder, Trim};
use serde_json::Value;

use super::{COLUMNS_MAX, Column, Table, TableError, bound, reason};

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
        of_cells(names, cells, reading)
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
        of_cells(names, cells, reading)
    }
}

/// A table of what is written in its cells: text where the reader says so, or where not all of it is numbers.
fn of_cells(names: Vec<String>, cells: Vec<Vec<String>>, reading: &Reading) -> Result<Table, TableError> {
    if names.is_empty() {
        return Err(TableError::Empty);
    }
    let columns = names.into_iter().zip(cells).map(|(name, cells)| {
        let column = if reading.text.contains(&name) { Column::Text(cells) } else { infer(cells) };
        (name, column)
    });
    Table::new(columns.collect())
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
