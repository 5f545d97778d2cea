//! Checking that rows are what they should be.

use std::collections::BTreeMap;

use redoubt_domain::settings::Table as Settings;
use serde_json::{Value, json};

use super::{Done, Kind, Need, Setting, StepError, Work, count, of, rows_and_quarantine, table};
use crate::product::{Kind as ProductKind, Product};
use crate::table::{Column, Table};

pub(super) const KIND: Kind = Kind {
    id: "validate",
    about: "checks columns and cells; bad rows stop the pipeline or go to quarantine with their reasons",
    revision: 2,
    read: |table| Box::new(Validate::read(table)),
};

#[derive(Debug)]
struct Validate {
    input: String,
    rows_min: usize,
    unique: Vec<String>,
    columns: Vec<(String, Expected)>,
    stops: bool,
    quarantine_max: f64,
}

/// What is expected of a column.
#[derive(Debug)]
struct Expected {
    kind: Option<&'static str>,
    min: Option<f64>,
    max: Option<f64>,
    among: Vec<String>,
    missing_max: f64,
}

/// Bad rows that the report names; the quarantine has all.
const BAD_NAMED: usize = 100;

impl Validate {
    fn read(table: &mut Settings<'_>) -> Self {
        let input = table.require("input", "the rows", String::new());
        let rows_min = table.or("rows_min", "the fewest rows", 1_usize);
        let unique = table.or("unique", "columns whose cells together are never the same twice", Vec::new());
        let columns = table.named("columns", "what is expected of columns, which must be there", |_, table| {
            let kinds = [("any", None), ("number", Some("number")), ("text", Some("text"))];
            let kind = table.choose("type", "what it holds", &kinds, None, "any");
            let expected = Expected {
                kind,
                min: table.get("min", "the least number"),
                max: table.get("max", "the greatest number"),
                among: table.or("among", "the only values", Vec::new()),
                missing_max: table.or("missing_max", "the largest share of cells that may be missing", 0.0),
            };
            if !(0.0..=1.0).contains(&expected.missing_max) {
                table.refuse("missing_max", "expected a share from 0 to 1");
            }
            if let (Some(min), Some(max)) = (expected.min, expected.max)
                && min > max
            {
                table.refuse("min", format!("{min} is above `max`, which is {max}"));
            }
            expected
        });
        let ways = [("stop", true), ("quarantine", false)];
        let stops = table.choose("on_bad_rows", "what happens to rows that are not as expected", &ways, true, "stop");
        let quarantine_max = table.or("quarantine_max", "the largest share of rows that may go to quarantine", 0.1);
        if !(0.0..=1.0).contains(&quarantine_max) {
            table.refuse("quarantine_max", "expected a share from 0 to 1");
        }
        Self { input, rows_min, unique, columns, stops, quarantine_max }
    }

    /// The reasons against each row that has any.
    fn reasons(&self, rows: &Table) -> Result<BTreeMap<usize, Vec<String>>, StepError> {
        let mut against: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for (name, expected) in &self.columns {
            let column = rows.column(name).map_err(of("input"))?;
            match expected.kind {
                Some("number") => _ = rows.numbers(name).map_err(of("input"))?,
                Some(_) => _ = rows.texts(name).map_err(of("input"))?,
                None => {}
            }
            if expected.min.is_some() || expected.max.is_some() {
                rows.numbers(name).map_err(of("input"))?;
            }
            for row in 0..rows.rows() {
                if let Some(reason) = expected.reason(name, column, row) {
                    against.entry(row).or_default().push(reason);
                }
            }
        }
        if !self.unique.is_empty() {
            let columns: Vec<&Column> =
                self.unique.iter().map(|name| rows.column(name).map_err(of("input"))).collect::<Result<_, _>>()?;
            let mut first: BTreeMap<Vec<String>, usize> = BTreeMap::new();
            for row in 0..rows.rows() {
                let cells: Vec<String> = columns.iter().map(|column| column.written(row)).collect();
                if let Some(earlier) = first.get(&cells) {
                    let reason = format!("{} as in row {}", self.unique.join(", "), earlier + 1);
                    against.entry(row).or_default().push(reason);
                } else {
                    first.insert(cells, row);
                }
            }
        }
        Ok(against)
    }
}

impl Expected {
    fn reason(&self, name: &str, column: &Column, row: usize) -> Option<String> {
        if column.is_missing(row) {
            return (self.missing_max <= 0.0).then(|| format!("{name} is missing"));
        }
        if let Column::Number(cells) = column
            && let Some(&cell) = cells.get(row)
        {
            if let Some(min) = self.min.filter(|min| cell < *min) {
                return Some(format!("{name} is {cell}, below {min}"));
            }
            if let Some(max) = self.max.filter(|max| cell > *max) {
                return Some(format!("{name} is {cell}, above {max}"));
            }
        }
        let cell = column.written(row);
        let is_other = !self.among.is_empty() && !self.among.contains(&cell);
        is_other
            .then(|| format!("{name} is {:?}, which is none of its values", cell.chars().take(40).collect::<String>()))
    }
}

impl Work for Validate {
    fn needs(&self) -> Vec<Need> {
        vec![Need::table("input", &self.input)]
    }

    fn makes(&self) -> Vec<(String, ProductKind)> {
        rows_and_quarantine()
    }

    fn run(&self, inputs: &[(String, Product)], _: &Setting) -> Result<Done, StepError> {
        let rows = table(inputs, "input")?;
        if rows.rows() < self.rows_min {
            return Err(StepError::Demand(format!("{} rows, and `rows_min` is {}", rows.rows(), self.rows_min)));
        }
        for (name, expected) in &self.columns {
            let column = rows.column(name).map_err(of("input"))?;
            let missing = (0..rows.rows()).filter(|row| column.is_missing(*row)).count();
            let share = count(missing) / count(rows.rows().max(1));
            if expected.missing_max > 0.0 && share > expected.missing_max {
                let reason = format!(
                    "{:.1} % of `{name}` is missing, and `missing_max` allows {:.1} %",
                    share * 100.0,
                    expected.missing_max * 100.0
                );
                return Err(StepError::Demand(reason));
            }
        }
        let against = self.reasons(rows)?;
        if let Some((row, reasons)) = against.first_key_value()
            && self.stops
        {
            let more = match against.len() {
                1 => String::new(),
                all => format!(" ({} rows are bad)", all),
            };
            let reason = format!(
                "row {} is bad: {}{more}; mend it, or say `on_bad_rows = \"quarantine\"`",
                row + 1,
                reasons.join("; ")
            );
            return Err(StepError::Demand(reason));
        }
        let share = count(against.len()) / count(rows.rows().max(1));
        if share > self.quarantine_max {
            let reason = format!(
                "{} of {} rows are bad, and `quarantine_max` allows {:.1} %; the first is row {}: {}",
                against.len(),
                rows.rows(),
                self.quarantine_max * 100.0,
                against.keys().next().map_or(0, |row| row + 1),
                against.values().next().map(|reasons| reasons.join("; ")).unwrap_or_default(),
            );
            return Err(StepError::Demand(reason));
        }
        let good: Vec<usize> = (0..rows.rows()).filter(|row| !against.contains_key(row)).collect();
        let bad: Vec<usize> = against.keys().copied().collect();
        let mut quarantine = rows.take(&bad);
        let reasons = against.values().map(|reasons| reasons.join("; ")).collect();
        quarantine.set("reasons", Column::Text(reasons)).map_err(of("input"))?;
        let columns: Vec<Value> = rows.iter().map(|(name, column)| described(name, column)).collect();
        let named = against.iter().take(BAD_NAMED);
        let named: Vec<Value> =
            named.map(|(row, reasons)| json!({ "row": row + 1, "reasons": reasons.join("; ") })).collect();
        let report = json!({
            "rows": rows.rows(),
            "good": good.len(),
            "quarantined": bad.len(),
            "bad": named,
            "columns": columns,
        });
        Ok(Done {
            products: vec![
                ("table".to_owned(), Product::Table(rows.take(&good))),
                ("quarantine".to_owned(), Product::Table(quarantine)),
                ("report".to_owned(), Product::Report(report)),
            ],
            figures: BTreeMap::from([
                ("rows".to_owned(), count(good.len())),
                ("quarantined".to_owned(), count(bad.len())),
            ]),
        })
    }
}

/// What a column holds, in a few figures.
fn described(name: &str, column: &Column) -> Value {
    let missing = (0..column.len()).filter(|row| column.is_missing(*row)).count();
    match column {
        Column::Number(cells) => {
            let there: Vec<f64> = cells.iter().copied().filter(|cell| !cell.is_nan()).collect();
            let mean = there.iter().sum::<f64>() / count(there.len().max(1));
            let min = there.iter().copied().reduce(f64::min);
            let max = there.iter().copied().reduce(f64::max);
            json!({ "name": name, "type": "number", "missing": missing, "min": min, "max": max, "mean": mean })
        }
        Column::Text(cells) => {
            let mut values: BTreeMap<&str, usize> = BTreeMap::new();
            for cell in cells.iter().filter(|cell| !cell.is_empty()) {
                *values.entry(cell).or_default() += 1;
            }
            let distinct = values.len();
            let mut most: Vec<(&str, usize)> = values.into_iter().collect();
            most.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
            let most: Vec<Value> = most.iter().take(10).map(|(value, count)| json!([value, count])).collect();
            json!({ "name": name, "type": "text", "missing": missing, "distinct": distinct, "most": most })
        }
    }
}
