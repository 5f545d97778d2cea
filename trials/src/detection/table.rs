//! Figures in rows and columns, for people and for programs: one table, written as Markdown or as JSON.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::statistics::Share;

/// A table with what one must know to read it.
pub(super) struct Table {
    /// The name in the JSON.
    pub(super) key: &'static str,
    pub(super) title: &'static str,
    pub(super) words: String,
    pub(super) head: Vec<&'static str>,
    pub(super) rows: Vec<Vec<Cell>>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Text(String),
    Count(usize),
    /// A share with its interval, in percent.
    Share(Share),
    /// A share without room for its interval.
    Rate(Share),
    /// A number with so many decimals.
    Number(f64, usize),
    /// A difference in points of percent.
    Points(f64),
    Nothing,
}

impl Cell {
    pub(super) fn number(value: Option<f64>, decimals: usize) -> Self {
        value.map_or(Self::Nothing, |value| Self::Number(value, decimals))
    }

    pub(super) fn share(share: Option<Share>) -> Self {
        share.filter(|share| share.of > 0).map_or(Self::Nothing, Self::Share)
    }

    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    fn words(&self) -> String {
        match self {
            Self::Text(text) => text.replace('|', "\\|"),
            Self::Count(count) => count.to_string(),
            Self::Share(share) => match (share.rate(), share.interval()) {
                (Some(rate), Some((low, high))) => {
                    format!("{:.1} ({:.1} to {:.1})", rate * 100.0, low * 100.0, high * 100.0)
                }
                _ => String::new(),
            },
            Self::Rate(share) => share.rate().map_or_else(String::new, |rate| format!("{:.1}", rate * 100.0)),
            Self::Number(value, decimals) => format!("{value:.decimals$}"),
            Self::Points(points) => format!("{points:+.1}"),
            Self::Nothing => String::new(),
        }
    }

    fn json(&self) -> Value {
        match self {
            Self::Text(text) => json!(text),
            Self::Count(count) => json!(count),
            Self::Share(share) | Self::Rate(share) => {
                let (low, high) = share.interval().unzip();
                json!({ "hits": share.hits, "of": share.of, "rate": share.rate(), "low": low, "high": high })
            }
            Self::Number(value, _) | Self::Points(value) => json!(value),
            Self::Nothing => Value::Null,
        }
    }
}

impl Table {
    pub(super) fn markdown(&self, out: &mut String) {
        let _ = writeln!(out, "## {}\n", self.title);
        if !self.words.is_empty() {
            let _ = writeln!(out, "{}\n", self.words);
        }
        let _ = writeln!(out, "| {} |\n|{}", self.head.join(" | "), "---|".repeat(self.head.len()));
        for row in &self.rows {
            let cells: Vec<String> = row.iter().map(Cell::words).collect();
            let _ = writeln!(out, "| {} |", cells.join(" | "));
        }
        out.push('\n');
    }

    pub(super) fn json(&self) -> Value {
        let one = |row: &Vec<Cell>| {
            let cells = self.head.iter().zip(row).map(|(name, cell)| ((*name).to_owned(), cell.json()));
            Value::Object(Map::from_iter(cells))
        };
        Value::Array(self.rows.iter().map(one).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_written_for_people_and_for_programs() {
        let table = Table {
            key: "sets",
            title: "Sets",
            words: "Read it well.".to_owned(),
            head: vec!["set", "recall", "area", "change"],
            rows: vec![
                vec![
                    Cell::text("a|b"),
                    Cell::Share(Share { hits: 5, of: 10 }),
                    Cell::Number(0.987_6, 3),
                    Cell::Points(-1.25),
                ],
                vec![Cell::Count(3), Cell::share(Some(Share::default())), Cell::number(None, 3), Cell::Nothing],
            ],
        };
        let mut text = String::new();
        table.markdown(&mut text);
        assert_eq!(
            text,
            "## Sets\n\nRead it well.\n\n| set | recall | area | change |\n|---|---|---|---|\n\
             | a\\|b | 50.0 (23.7 to 76.3) | 0.988 | -1.2 |\n| 3 |  |  |  |\n\n"
        );
        let json = table.json();
        assert_eq!(json[0]["recall"]["hits"], 5);
        assert_eq!(json[1]["recall"], Value::Null);
        assert_eq!(json[0]["set"], "a|b");
    }
}
