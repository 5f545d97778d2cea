//! Tables of numbers, some of them missing, checked once.

/// The most columns of a table: wider ones are text, which has learners of its own.
pub const COLUMNS_MAX: usize = 1 << 16;

/// The most rows of a table: sums of whole numbers over more of them would have too few digits.
pub const ROWS_MAX: usize = 1 << 24;

/// Why numbers are not a table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// The count of values is not rows times columns.
    #[error("{found} values are no table of {rows} rows and {columns} columns; give rows times columns values")]
    Shape {
        /// Values there are.
        found: usize,
        /// Rows announced.
        rows: usize,
        /// Columns announced.
        columns: usize,
    },
    /// More than the bounds allow.
    #[error("a table of {rows} rows and {columns} columns is too large; at most {ROWS_MAX} and {COLUMNS_MAX}")]
    TooLarge {
        /// Rows announced.
        rows: usize,
        /// Columns announced.
        columns: usize,
    },
    /// A value is infinite; a missing one is NaN.
    #[error("row {row}, column {column} is infinite; write a missing value as NaN and bound the others")]
    Infinite {
        /// Counted from zero.
        row: usize,
        /// Counted from zero.
        column: usize,
    },
}

/// A table of numbers, row after row. Each is finite, or NaN where it is missing.
#[derive(Debug, Clone, Copy)]
pub struct Table<'a> {
    values: &'a [f64],
    rows: usize,
    columns: usize,
}

impl<'a> Table<'a> {
    /// Takes `rows * columns` values, row after row.
    ///
    /// # Errors
    /// If the shape does not fit or is beyond [`ROWS_MAX`] and [`COLUMNS_MAX`], or a value is infinite.
    pub fn new(values: &'a [f64], rows: usize, columns: usize) -> Result<Self, TableError> {
        if rows > ROWS_MAX || columns > COLUMNS_MAX {
            return Err(TableError::TooLarge { rows, columns });
        }
        if columns == 0 || rows.checked_mul(columns) != Some(values.len()) {
            return Err(TableError::Shape { found: values.len(), rows, columns });
        }
        if let Some(at) = values.iter().position(|value| value.is_infinite()) {
            return Err(TableError::Infinite { row: at / columns, column: at % columns });
        }
        Ok(Self { values, rows, columns })
    }

    /// How many rows there are.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// How many columns there are, at least one.
    #[must_use]
    pub const fn columns(&self) -> usize {
        self.columns
    }

    /// All values, row after row.
    #[must_use]
    pub const fn values(&self) -> &'a [f64] {
        self.values
    }

    /// The rows in order, each of as many values as there are columns.
    pub fn iter(&self) -> std::slice::ChunksExact<'a, f64> {
        self.values.chunks_exact(self.columns)
    }

    /// One column from the first row to the last; empty if there is no such column.
    pub fn column(&self, column: usize) -> impl Iterator<Item = f64> + 'a {
        let from = if column < self.columns { column } else { self.values.len() };
        self.values.get(from..).unwrap_or_default().iter().step_by(self.columns).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::{Table, TableError};

    #[test]
    fn shapes_are_checked() {
        let values = [1.0, f64::NAN, 3.0, 4.0, 5.0, 6.0];
        let matrix = Table::new(&values, 2, 3).unwrap();
        assert_eq!(matrix.column(2).collect::<Vec<_>>(), [3.0, 6.0]);
        assert_eq!(matrix.column(3).count(), 0);
        assert_eq!(matrix.iter().count(), 2);
        for (rows, columns) in [(0, 0), (6, 0), (2, 2), (usize::MAX, 3), (3, usize::MAX)] {
            assert!(Table::new(&values, rows, columns).is_err(), "{rows} {columns}");
        }
        assert_eq!(Table::new(&[], 0, 3).unwrap().rows(), 0);
        let infinite = Table::new(&[0.0, 1.0, f64::INFINITY, 2.0], 2, 2).unwrap_err();
        assert_eq!(infinite, TableError::Infinite { row: 1, column: 0 });
    }
}
