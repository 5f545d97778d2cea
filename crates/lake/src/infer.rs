//! The types of columns of comma-separated values, from all of their cells.
//!
//! DataFusion looks at the first thousand rows and takes `007` for seven. Here every cell counts, and a type is given
//! only where writing the value back gives the cell's meaning: what begins with a zero is a name, not a number.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use csv::{ByteRecord, ReaderBuilder};
use datafusion::arrow::datatypes::{DataType, Field, Schema, TimeUnit};

use crate::digest::Stamp;

/// The most columns of a table.
const COLUMNS_MAX: usize = 4_096;
/// The largest whole number up to which every one is a double too.
const EXACT_MAX: i64 = 1 << 53;

/// What all cells of a column so far are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Guess {
    Nothing,
    Boolean,
    /// Whether each is exact as a double.
    Whole(bool),
    Number,
    Date,
    Timestamp,
    Text,
}

/// The schema of files that begin with one and the same line of names.
pub(crate) fn csv(files: &[(PathBuf, Stamp)]) -> Result<Schema, String> {
    let mut names: Vec<String> = Vec::new();
    let mut guesses: Vec<Guess> = Vec::new();
    for (at, (path, _)) in files.iter().enumerate() {
        let found = file(path, (at > 0).then_some(&names), &mut guesses)?;
        names = found;
    }
    let fields = names.into_iter().zip(&guesses).map(|(name, guess)| Field::new(name, guess.data_type(), true));
    Ok(Schema::new(fields.collect::<Vec<_>>()))
}

fn file(path: &Path, expected: Option<&Vec<String>>, guesses: &mut Vec<Guess>) -> Result<Vec<String>, String> {
    let shown = path.display();
    let file = File::open(path).map_err(|error| format!("cannot read `{shown}`: {error}"))?;
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(BufReader::new(file));
    let mut record = ByteRecord::new();
    let mut names: Vec<String> = Vec::new();
    let mut read = |record: &mut ByteRecord| {
        let more = reader.read_byte_record(record).map_err(|_| format!("`{shown}` is no CSV"))?;
        let line = record.position().map_or(0, csv::Position::line);
        Ok::<_, String>(more.then_some(line))
    };
    let Some(_) = read(&mut record)? else {
        return Err(format!("`{shown}` is empty; its first line names the columns"));
    };
    for cell in &record {
        let name = std::str::from_utf8(cell).map_err(|_| format!("line 1 of `{shown}` is not UTF-8"))?;
        if name.is_empty() {
            return Err(format!("column {} of `{shown}` has no name; the first line must name each", names.len() + 1));
        }
        names.push(name.to_owned());
    }
    if names.len() > COLUMNS_MAX {
        return Err(format!("`{shown}` has more than {COLUMNS_MAX} columns"));
    }
    match expected {
        Some(expected) if *expected != names => {
            return Err(format!("`{shown}` begins with other columns than the files before it"));
        }
        Some(_) => {}
        None => guesses.resize(names.len(), Guess::Nothing),
    }
    while let Some(line) = read(&mut record)? {
        if record.len() != names.len() {
            return Err(format!("line {line} of `{shown}` has {} cells for {} columns", record.len(), names.len()));
        }
        for (guess, cell) in guesses.iter_mut().zip(&record) {
            let cell = std::str::from_utf8(cell).map_err(|_| format!("line {line} of `{shown}` is not UTF-8"))?;
            *guess = guess.and(cell);
        }
    }
    Ok(names)
}

impl Guess {
    fn and(self, cell: &str) -> Self {
        if cell.is_empty() || self == Self::Text {
            return self;
        }
        match (self, Self::of(cell)) {
            (Self::Nothing, new) => new,
            (Self::Whole(before), Self::Whole(exact)) => Self::Whole(before && exact),
            // As a double, a long whole number would become another one.
            (Self::Whole(true), Self::Number) | (Self::Number, Self::Whole(true)) => Self::Number,
            (old, new) if old == new => old,
            _ => Self::Text,
        }
    }

    fn of(cell: &str) -> Self {
        if cell.eq_ignore_ascii_case("true") || cell.eq_ignore_ascii_case("false") {
            return Self::Boolean;
        }
        let digits = cell.strip_prefix('-').unwrap_or(cell);
        let is_name = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
        if digits.starts_with(|letter: char| letter.is_ascii_digit()) && !is_name {
            if digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return match cell.parse::<i64>() {
                    Ok(number) => Self::Whole((-EXACT_MAX..=EXACT_MAX).contains(&number)),
                    Err(_) => Self::Text,
                };
            }
            if cell.parse::<f64>().is_ok_and(f64::is_finite) {
                return Self::Number;
            }
        }
        if is_date(cell) {
            return Self::Date;
        }
        let is_timestamp = cell.split_at_checked(10).is_some_and(|(date, time)| is_date(date) && is_time(time));
        if is_timestamp { Self::Timestamp } else { Self::Text }
    }

    const fn data_type(self) -> DataType {
        match self {
            Self::Nothing | Self::Text => DataType::Utf8,
            Self::Boolean => DataType::Boolean,
            Self::Whole(_) => DataType::Int64,
            Self::Number => DataType::Float64,
            Self::Date => DataType::Date32,
            Self::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
        }
    }
}

/// `YYYY-MM-DD` of a day that exists.
fn is_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let (Some(year), Some(month), Some(day), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let (Some(year), Some(month), Some(day)) = (digits(year, 4), digits(month, 2), digits(day, 2)) else {
        return false;
    };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// `Thh:mm:ss`, a space in the place of the `T`, with at most six decimals.
fn is_time(text: &str) -> bool {
    let Some(text) = text.strip_prefix('T').or_else(|| text.strip_prefix(' ')) else { return false };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let mut parts = whole.split(':');
    let (Some(hour), Some(minute), Some(second), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let below = |text: &str, bound: u32| digits(text, 2).is_some_and(|number| number < bound);
    let is_fraction = (1..=6).contains(&fraction.len()) && fraction.bytes().all(|byte| byte.is_ascii_digit());
    below(hour, 24) && below(minute, 60) && below(second, 60) && is_fraction
}

fn digits(text: &str, count: usize) -> Option<u32> {
    (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(cells: &[&str], expected: DataType) {
        let guess = cells.iter().fold(Guess::Nothing, |guess, cell| guess.and(cell));
        assert_eq!(guess.data_type(), expected, "{cells:?}");
    }

    #[test]
    fn a_type_is_given_where_no_cell_loses_by_it() {
        let timestamp = DataType::Timestamp(TimeUnit::Microsecond, None);
        check(&["1", "", "-5"], DataType::Int64);
        check(&["9223372036854775807"], DataType::Int64);
        check(&["9223372036854775808"], DataType::Utf8);
        check(&["007"], DataType::Utf8);
        check(&["0", "0.5"], DataType::Float64);
        check(&["1", "2.5e3"], DataType::Float64);
        check(&["9007199254740993", "0.5"], DataType::Utf8);
        check(&["+1"], DataType::Utf8);
        check(&["inf", "1.0"], DataType::Utf8);
        check(&["nan"], DataType::Utf8);
        check(&["true", "FALSE"], DataType::Boolean);
        check(&["true", "1"], DataType::Utf8);
        check(&["2024-02-29"], DataType::Date32);
        check(&["2023-02-29"], DataType::Utf8);
        check(&["2024-01-01", "2024-01-01T10:00:00"], DataType::Utf8);
        check(&["2024-01-01 10:00:00.123456"], timestamp);
        check(&["2024-01-01T10:00:00.1234567"], DataType::Utf8);
        check(&["2024-01-01T10:00:00Z"], DataType::Utf8);
        check(&["", ""], DataType::Utf8);
    }
}
