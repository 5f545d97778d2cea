//! Tables as products keep them: the same table has the same bytes.

use csv::{ReaderBuilder, Terminator, WriterBuilder};

use super::{Column, Table, TableError, bound, reason};

impl Table {
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
