//! Weights by which groups and answers are independent.

use std::collections::BTreeMap;

use redoubt_domain::settings::Table as Settings;
use redoubt_learn::fairness::{Groups, reweigh};
use serde_json::{Value, json};

use super::finish::groups;
use super::{Done, Kind, Need, Setting, StepError, Work, count, of, table};
use crate::product::{Kind as ProductKind, Product};
use crate::table::Column;

pub(super) const KIND: Kind = Kind {
    id: "reweigh",
    about: "adds a column of weights with which groups and classes are independent (Kamiran and Calders 2012), for `weights` of \
            `train` and `tune`",
    revision: 1,
    read: |table| Box::new(Reweigh::read(table)),
};

#[derive(Debug)]
struct Reweigh {
    input: String,
    target: String,
    positive: Option<String>,
    groups: Vec<String>,
    column: String,
}

impl Reweigh {
    fn read(table: &mut Settings<'_>) -> Self {
        let input = table.require("input", "the rows to learn from", String::new());
        let target = table.require("target", "the column to learn, of two classes", String::new());
        let words = "the class that counts as yes; the second in alphabetical order, if left out";
        let positive = table.get("positive", words);
        let words = "columns of protected attributes, whose values together are the group";
        let groups: Vec<String> = table.require("groups", words, Vec::new());
        if groups.is_empty() && table.has("groups") {
            table.refuse("groups", "name at least one column");
        }
        let column = table.or("column", "the name of the column of weights", "weight".to_owned());
        Self { input, target, positive, groups, column }
    }
}

impl Work for Reweigh {
    fn needs(&self) -> Vec<Need> {
        vec![Need::table("input", &self.input)]
    }

    fn makes(&self) -> Vec<(String, ProductKind)> {
        vec![("table".to_owned(), ProductKind::Table), ("report".to_owned(), ProductKind::Report)]
    }

    fn run(&self, inputs: &[(String, Product)], _: &Setting) -> Result<Done, StepError> {
        let rows = table(inputs, "input")?;
        if rows.names().contains(&self.column) {
            let reason = format!("there is a column `{}` already; name another by `column`", self.column);
            return Err(StepError::Data(reason));
        }
        let target = rows.column(&self.target).map_err(of("input"))?;
        let cells: Vec<String> = (0..rows.rows()).map(|row| target.written(row)).collect();
        let mut classes = cells.clone();
        classes.sort_unstable();
        classes.dedup();
        let positive = match (classes.as_slice(), &self.positive) {
            ([_, _], Some(named)) if classes.contains(named) => named.clone(),
            ([_, second], None) => second.clone(),
            ([_, _], Some(named)) => {
                let known = classes.join(", ");
                return Err(StepError::Data(format!("`positive` is `{named}`, and the classes are {known}")));
            }
            _ => {
                let reason = format!("two classes are needed, and `{}` has {}", self.target, classes.len());
                return Err(StepError::Data(reason));
            }
        };
        let actual: Vec<bool> = cells.iter().map(|cell| *cell == positive).collect();
        let names = groups(rows, &self.groups, "input")?;
        let of_rows = Groups::new(&names).map_err(|error| StepError::Data(error.to_string()))?;
        let weights = reweigh(&actual, &of_rows).map_err(|error| StepError::Data(error.to_string()))?;
        let mut by_group: BTreeMap<&str, [f64; 4]> = BTreeMap::new();
        for ((group, yes), weight) in names.iter().zip(&actual).zip(&weights) {
            let [rows, positives, all, yes_weight] = by_group.entry(group).or_default();
            *rows += 1.0;
            *all += weight;
            if *yes {
                *positives += 1.0;
                *yes_weight += weight;
            }
        }
        let spread = |of: fn(&[f64; 4]) -> f64| {
            let most = by_group.values().map(of).fold(f64::MIN, f64::max);
            most - by_group.values().map(of).fold(f64::MAX, f64::min)
        };
        let before = |[rows, positives, _, _]: &[f64; 4]| positives / rows;
        let after = |[_, _, all, yes]: &[f64; 4]| yes / all;
        let figures = BTreeMap::from([
            ("rows".to_owned(), count(rows.rows())),
            ("yes_share_difference_before".to_owned(), spread(before)),
            ("yes_share_difference".to_owned(), spread(after)),
            ("weight_min".to_owned(), weights.iter().copied().fold(f64::MAX, f64::min)),
            ("weight_max".to_owned(), weights.iter().copied().fold(f64::MIN, f64::max)),
        ]);
        let parts: Vec<Value> = by_group
            .iter()
            .map(|(group, cells)| {
                let [rows, positives, _, _] = cells;
                let (before, after) = (before(cells), after(cells));
                json!({ "group": group, "rows": rows, "yes": positives, "yes_share_before": before, "yes_share": after })
            })
            .collect();
        let mut weighted = rows.clone();
        weighted.set(&self.column, Column::Number(weights)).map_err(of("input"))?;
        let report = json!({ "version": 1, "groups": parts });
        Ok(Done {
            products: vec![
                ("table".to_owned(), Product::Table(weighted)),
                ("report".to_owned(), Product::Report(report)),
            ],
            figures,
        })
    }
}
