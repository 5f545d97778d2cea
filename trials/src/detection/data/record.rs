//! One labelled row: its fields by name, and where it stands.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::csv;
use crate::Outcome;

/// The most rows of one file that are of use here.
const ROWS_MAX: usize = 200_000;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// A JSON object in each line.
    JsonLines,
    /// A JSON array of objects, or of texts, which are then the field `text`; or an object of arrays of texts, whose
    /// names are then the field `group`.
    Json,
    /// Fields between commas, quoted where needed, names in the first line (RFC 4180).
    Csv,
    /// The same between tabulators.
    Tsv,
    /// A text in each line, which is the field `text`.
    Lines,
}

/// A row of a file.
#[derive(Debug)]
pub(crate) struct Record {
    file: Arc<str>,
    number: usize,
    fields: Map<String, Value>,
}

impl Record {
    /// A text.
    pub(crate) fn text(&self, name: &str) -> Outcome<&str> {
        self.value(name)?.as_str().ok_or_else(|| self.wrong(&format!("`{name}` is not a text")))
    }

    /// A text, number or truth value, in letters.
    pub(crate) fn word(&self, name: &str) -> Outcome<String> {
        match self.value(name)? {
            Value::String(text) => Ok(text.clone()),
            Value::Number(number) => Ok(number.to_string()),
            Value::Bool(is) => Ok(is.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => {
                Err(self.wrong(&format!("`{name}` is neither a text nor a number")))
            }
        }
    }

    pub(crate) fn array(&self, name: &str) -> Outcome<&[Value]> {
        let array = self.value(name)?.as_array();
        array.map(Vec::as_slice).ok_or_else(|| self.wrong(&format!("`{name}` is not an array")))
    }

    /// A complaint about this row.
    pub(crate) fn wrong(&self, what: &str) -> String {
        format!("`{}`, row {}: {what}", self.file, self.number)
    }

    fn value(&self, name: &str) -> Outcome<&Value> {
        self.fields.get(name).ok_or_else(|| {
            let known: Vec<&str> = self.fields.keys().map(String::as_str).collect();
            self.wrong(&format!("there is no field `{name}`; there are `{}`", known.join("`, `")))
        })
    }
}

pub(super) fn parse(file: &Arc<str>, text: &str, format: Format) -> Outcome<Vec<Record>> {
    let rows: Vec<(usize, Map<String, Value>)> = match format {
        Format::JsonLines => {
            let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
            lines.map(|(at, line)| object(file, at + 1, line)).collect::<Outcome<_>>()?
        }
        Format::Json => json(file, text)?,
        Format::Csv => csv::parse(file, text, b',')?,
        Format::Tsv => csv::parse(file, text, b'\t')?,
        Format::Lines => {
            let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
            lines.map(|(at, line)| (at + 1, only(line.to_owned()))).collect()
        }
    };
    if rows.len() > ROWS_MAX {
        return Err(format!("`{file}` has {} rows; at most {ROWS_MAX} are read", rows.len()));
    }
    Ok(rows.into_iter().map(|(number, fields)| Record { file: file.clone(), number, fields }).collect())
}

fn object(file: &str, number: usize, line: &str) -> Outcome<(usize, Map<String, Value>)> {
    serde_json::from_str(line)
        .map(|fields| (number, fields))
        .map_err(|error| format!("`{file}`, line {number}, column {}: not a JSON object: {error}", error.column()))
}

fn json(file: &str, text: &str) -> Outcome<Vec<(usize, Map<String, Value>)>> {
    let value: Value = serde_json::from_str(text).map_err(|error| format!("`{file}`: not JSON: {error}"))?;
    let shape = |number: usize| format!("`{file}`, row {number}: neither an object nor a text");
    match value {
        Value::Array(rows) => {
            let one = |(at, row): (usize, Value)| match row {
                Value::Object(fields) => Ok((at + 1, fields)),
                Value::String(text) => Ok((at + 1, only(text))),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => Err(shape(at + 1)),
            };
            rows.into_iter().enumerate().map(one).collect()
        }
        Value::Object(groups) => {
            let mut rows = Vec::new();
            for (group, texts) in groups {
                let Value::Array(texts) = texts else {
                    return Err(format!("`{file}`: `{group}` is not an array of texts"));
                };
                for text in texts {
                    let Value::String(text) = text else { return Err(shape(rows.len() + 1)) };
                    let mut fields = only(text);
                    fields.insert("group".to_owned(), Value::String(group.clone()));
                    rows.push((rows.len() + 1, fields));
                }
            }
            Ok(rows)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            Err(format!("`{file}`: neither an array nor an object"))
        }
    }
}

fn only(text: String) -> Map<String, Value> {
    Map::from_iter([("text".to_owned(), Value::String(text))])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str, format: Format) -> Outcome<Vec<Record>> {
        parse(&Arc::from("a/file"), text, format)
    }

    #[test]
    fn every_format_gives_rows_with_fields() {
        let check = |text: &str, format: Format, field: &str, expected: &[&str]| {
            let rows = rows(text, format).expect("rows");
            let found: Vec<String> = rows.iter().map(|row| row.word(field).expect("a field")).collect();
            assert_eq!(found, expected, "{text}");
        };
        check(
            "{\"text\":\"a\",\"label\":1}\n\n{\"text\":\"b\",\"label\":0}\n",
            Format::JsonLines,
            "label",
            &["1", "0"],
        );
        check("[{\"q\":\"a\"},{\"q\":\"b\"}]", Format::Json, "q", &["a", "b"]);
        check("[\"a\",\"b\"]", Format::Json, "text", &["a", "b"]);
        check("{\"x\":[\"a\"],\"y\":[\"b\",\"c\"]}", Format::Json, "group", &["x", "y", "y"]);
        check("q,label\n\"a, b\",1\n", Format::Csv, "q", &["a, b"]);
        check("q\tlabel\na, b\t1\n", Format::Tsv, "q", &["a, b"]);
        check("a\n\nb\n", Format::Lines, "text", &["a", "b"]);
        check("", Format::JsonLines, "text", &[]);
    }

    #[test]
    fn a_complaint_names_file_and_row() {
        let check = |text: &str, format: Format, expected: &str| {
            let found = rows(text, format).and_then(|rows| {
                rows.iter().map(|row| row.text("text").map(str::to_owned)).collect::<Outcome<Vec<_>>>()
            });
            let reason = found.expect_err("a complaint");
            assert!(reason.contains("`a/file`") && reason.contains(expected), "{reason}");
        };
        check("{\"text\":\"a\"}\n{\"text\"}", Format::JsonLines, "line 2, column 8");
        check("{\"text\":\"a\"}\n[]", Format::JsonLines, "line 2");
        check("{\"text\":1}", Format::JsonLines, "row 1: `text` is not a text");
        check("{\"other\":1}", Format::JsonLines, "row 1: there is no field `text`; there are `other`");
        check("[1]", Format::Json, "row 1: neither an object nor a text");
        check("{\"a\":1}", Format::Json, "`a` is not an array of texts");
        check("7", Format::Json, "neither an array nor an object");
    }
}
