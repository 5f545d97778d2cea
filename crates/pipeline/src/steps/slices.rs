//! Figures for parts of the rows.

use redoubt_domain::settings::Table as Settings;
use redoubt_learn::fairness::{Groups, MINIMUM_ROWS};
use serde_json::{Map, Value, json};

use super::evaluate::Measured;
use super::judged::Judged;
use super::{StepError, of};
use crate::table::Table;

/// Which parts are looked at.
#[derive(Debug)]
pub(super) struct Slices {
    columns: Vec<String>,
    rows_min: usize,
}

impl Slices {
    pub(super) fn read(table: &mut Settings<'_>) -> Self {
        let words = "columns by whose values the rows are measured in parts, each and all together, such as the region";
        let columns = table.or("slices", words, Vec::new());
        let rows_min = table.or("slice_rows_min", "the fewest rows of a part that is judged", MINIMUM_ROWS);
        Self { columns, rows_min }
    }

    /// The metrics of each part; as figures the worst part and how far it is from the best.
    pub(super) fn measure(&self, rows: &Table, judged: &Judged, measured: &mut Measured) -> Result<(), StepError> {
        let unmeasured = |error: redoubt_learn::error::Error| StepError::Data(error.to_string());
        let cells: Vec<Vec<String>> = self.columns.iter().map(|name| values(rows, name)).collect::<Result<_, _>>()?;
        let mut all: Vec<(&str, Groups)> = Vec::new();
        for (name, cells) in self.columns.iter().zip(&cells) {
            all.push((name, Groups::new(cells).map_err(unmeasured)?));
        }
        if all.len() > 1 {
            let cells: Vec<&[String]> = cells.iter().map(Vec::as_slice).collect();
            all.push(("all", Groups::intersection(&cells).map_err(unmeasured)?));
        }
        let mut report = Map::new();
        for (name, groups) in all {
            let mut places: Vec<Vec<usize>> = vec![Vec::new(); groups.names().len()];
            for (row, group) in groups.of().iter().enumerate() {
                places.get_mut(*group).map(|own| own.push(row)).unwrap_or_default();
            }
            let is_sufficient = |rows: &&Vec<usize>| rows.len() >= self.rows_min;
            for metric in judged.metrics() {
                let values: Vec<f64> =
                    places.iter().filter(is_sufficient).filter_map(|rows| metric.value(judged, rows).ok()).collect();
                let least = values.iter().copied().reduce(f64::min);
                let most = values.iter().copied().reduce(f64::max);
                if let (Some(least), Some(most)) = (least, most) {
                    let worst = if metric.is_loss { most } else { least };
                    measured.figure(&format!("slice_{name}_worst_{}", metric.id), Ok(worst));
                    measured.figure(&format!("slice_{name}_gap_{}", metric.id), Ok(most - least));
                }
            }
            let parts: Vec<Value> = groups
                .names()
                .iter()
                .zip(&places)
                .map(|(value, rows)| {
                    let metrics: Map<String, Value> = judged
                        .metrics()
                        .filter_map(|metric| Some((metric.id.to_owned(), json!(metric.value(judged, rows).ok()?))))
                        .collect();
                    let is_sufficient = rows.len() >= self.rows_min;
                    json!({ "value": value, "rows": rows.len(), "is_sufficient": is_sufficient, "figures": metrics })
                })
                .collect();
            report.insert(name.to_owned(), Value::Array(parts));
        }
        if !report.is_empty() {
            measured.report.insert("slices".to_owned(), Value::Object(report));
        }
        Ok(())
    }
}

/// The cells of a column as names of parts.
pub(super) fn values(rows: &Table, name: &str) -> Result<Vec<String>, StepError> {
    let column = rows.column(name).map_err(of("input"))?;
    let cells = (0..rows.rows()).map(|row| {
        let cell = column.written(row);
        if cell.is_empty() { "unknown".to_owned() } else { cell }
    });
    Ok(cells.collect())
}
