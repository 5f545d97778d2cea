//! More rows to learn from.

use std::collections::BTreeMap;

use redoubt_domain::settings::Table as Settings;
use redoubt_learn::matrix::square_distance;
use redoubt_learn::random::Random;
use serde_json::json;

use super::copies::Way;
use super::{Done, Kind, Need, Setting, StepError, Work, count, of, predict, rows_and_quarantine, table};
use crate::poison::classes;
use crate::product::{Kind as ProductKind, Product};
use crate::table::{Column, Table};

pub(super) const KIND: Kind = Kind {
    id: "augment",
    about: "adds changed copies of rows to learn from, after a split, of which a model or the nearest rows must say that they \
            kept their class; the others go to quarantine",
    revision: 1,
    read: |table| Box::new(Augment::read(table)),
};

#[derive(Debug)]
struct Augment {
    input: String,
    target: String,
    way: Option<Way>,
    gate: Gate,
    model: Option<String>,
    quarantine_max: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gate {
    Model,
    Neighbours,
    No,
}

/// Rows that each copy of a table is compared with.
const NEIGHBOURS: usize = 5;
/// The most rows that come out.
const ROWS_MAX: usize = 2_000_000;

impl Augment {
    fn read(table: &mut Settings<'_>) -> Self {
        let input = table.require("input", "the part to learn from of a split, such as `parts.train`", String::new());
        let target = table.require("target", "the column of the class, which a copy keeps", String::new());
        let way = Way::read(table);
        let model: Option<String> = table.get("model", "a model, learned from rows without copies, that judges them");
        let gates = [("model", Gate::Model), ("neighbours", Gate::Neighbours), ("no", Gate::No)];
        let words = "who must say that a copy kept its class: `model`, most of the five nearest rows, or nobody; `model` if it is \
                     given";
        let default = if model.is_some() { Gate::Model } else { Gate::Neighbours };
        let gate = table.choose("gate", words, &gates, default, "neighbours");
        if gate == Gate::Model && model.is_none() {
            table.refuse("gate", "name the `model`");
        }
        if gate != Gate::Model && model.is_some() {
            table.refuse("model", "only `gate = \"model\"` asks it");
        }
        if gate == Gate::Neighbours && matches!(way, Some(Way::Text(_))) {
            let reason = "texts have no nearest rows: name a `model` that judges the copies, or say `gate = \"no\"`";
            table.refuse("text", reason);
        }
        let quarantine_max = table.or("quarantine_max", "the largest share of copies that may fail", 0.5);
        if !(0.0..=1.0).contains(&quarantine_max) {
            table.refuse("quarantine_max", "expected a share from 0 to 1");
        }
        Self { input, target, way, gate, model, quarantine_max }
    }

    /// For each copy why it may not stay.
    fn reasons(
        &self,
        inputs: &[(String, Product)],
        (rows, labels): (&Table, &[usize]),
        (copies, from): (&Table, &[usize]),
        names: &[String],
        setting: &Setting,
    ) -> Result<Vec<Option<String>>, StepError> {
        let own = |copy: usize| from.get(copy).and_then(|row| labels.get(*row)).copied().unwrap_or_default();
        match self.gate {
            Gate::No => Ok(vec![None; copies.rows()]),
            Gate::Model => {
                let (card, scores) = predict(inputs, "model", copies, "input", setting)?;
                let Some(known) = card.classes.filter(|_| card.target == self.target) else {
                    let reason = format!("the model says `{}`, not the class `{}`", card.target, self.target);
                    return Err(StepError::Data(reason));
                };
                let said = scores.classes().into_iter().map(|class| known.get(class));
                let reason = |(copy, said): (usize, Option<&String>)| {
                    let said = said?;
                    let is_same = names.get(own(copy)).is_some_and(|name| name == said);
                    (!is_same).then(|| format!("the model says {said:?}"))
                };
                Ok(said.enumerate().map(reason).collect())
            }
            Gate::Neighbours => {
                let (known, asked) = (numbers(rows, &self.target), numbers(copies, &self.target));
                let scale: Vec<f64> = (0..known.first().map_or(0, Vec::len)).map(|at| deviation(&known, at)).collect();
                let scaled =
                    |row: &Vec<f64>| -> Vec<f64> { row.iter().zip(&scale).map(|(cell, one)| cell / one).collect() };
                let known: Vec<Vec<f64>> = known.iter().map(scaled).collect();
                let reason = |(copy, row): (usize, &Vec<f64>)| {
                    let row = scaled(row);
                    let mut near: Vec<(f64, usize)> =
                        known.iter().enumerate().map(|(at, other)| (square_distance(&row, other), at)).collect();
                    let nth = NEIGHBOURS.min(near.len()).saturating_sub(1);
                    near.select_nth_unstable_by(nth, |one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
                    let same = near.iter().take(nth + 1).filter(|(_, at)| labels.get(*at) == Some(&own(copy))).count();
                    (same * 2 <= nth + 1).then(|| format!("{same} of its {} nearest rows are of its class", nth + 1))
                };
                if known.len().saturating_mul(asked.len()) > PAIRS_MAX {
                    let reason = format!(
                        "{} copies of {} rows are too many to compare; let a `model` judge them",
                        asked.len(),
                        known.len()
                    );
                    return Err(StepError::Data(reason));
                }
                Ok(asked.iter().enumerate().map(reason).collect())
            }
        }
    }
}

/// Pairs of rows whose distance is taken.
const PAIRS_MAX: usize = 2_000_000_000;

/// The numbers of each row, but for the target.
fn numbers(rows: &Table, target: &str) -> Vec<Vec<f64>> {
    let columns: Vec<&Vec<f64>> = rows
        .iter()
        .filter(|(name, _)| *name != target)
        .filter_map(|(_, column)| match column {
            Column::Number(cells) => Some(cells),
            Column::Text(_) => None,
        })
        .collect();
    let cell = |cells: &&Vec<f64>, row: usize| cells.get(row).copied().unwrap_or_default();
    (0..rows.rows()).map(|row| columns.iter().map(|cells| cell(cells, row)).collect()).collect()
}

fn deviation(rows: &[Vec<f64>], at: usize) -> f64 {
    let all = count(rows.len().max(1));
    let cells = || rows.iter().filter_map(|row| row.get(at).copied());
    let mean = cells().sum::<f64>() / all;
    let variance = cells().map(|cell| (cell - mean).powi(2)).sum::<f64>() / all;
    if variance > 0.0 { variance.sqrt() } else { 1.0 }
}

impl Work for Augment {
    fn needs(&self) -> Vec<Need> {
        let model = self.model.iter().map(|reference| Need::model("model", reference));
        std::iter::once(Need::table("input", &self.input)).chain(model).collect()
    }

    fn makes(&self) -> Vec<(String, ProductKind)> {
        rows_and_quarantine()
    }

    fn makes_copies_of(&self) -> Option<&'static str> {
        Some("input")
    }

    fn is_random(&self) -> bool {
        true
    }

    fn run(&self, inputs: &[(String, Product)], setting: &Setting) -> Result<Done, StepError> {
        let rows = table(inputs, "input")?;
        let way = self.way.as_ref().ok_or_else(|| StepError::Input("text".to_owned()))?;
        let (names, labels) = classes(rows, &self.target).map_err(|error| StepError::Data(error.to_string()))?;
        let mut random = Random::new(setting.seed);
        let (copies, from) = way.copies(rows, &self.target, &labels, names.len(), &mut random)?;
        if rows.rows() + copies.rows() > ROWS_MAX {
            let reason = format!(
                "{} rows would become {}, and {ROWS_MAX} are the most",
                rows.rows(),
                rows.rows() + copies.rows()
            );
            return Err(StepError::Data(reason));
        }
        let reasons = self.reasons(inputs, (rows, &labels), (&copies, &from), &names, setting)?;
        let (mut good, mut bad, mut why) = (Vec::new(), Vec::new(), Vec::new());
        for (copy, reason) in reasons.into_iter().enumerate() {
            match reason {
                None => good.push(copy),
                Some(reason) => {
                    bad.push(copy);
                    let row = from.get(copy).map_or(0, |row| row + 1);
                    why.push(format!("a copy of row {row}: {reason}"));
                }
            }
        }
        let share = count(bad.len()) / count(copies.rows().max(1));
        if share > self.quarantine_max {
            let reason = format!(
                "{} of {} copies did not keep their class, and `quarantine_max` allows {} %; the first is {}; make weaker changes",
                bad.len(),
                copies.rows(),
                self.quarantine_max * 100.0,
                why.first().map_or("", String::as_str)
            );
            return Err(StepError::Demand(reason));
        }
        let mut quarantine = copies.take(&bad);
        quarantine.set("reasons", Column::Text(why)).map_err(of("input"))?;
        let added = copies.take(&good);
        let mut by_class: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
        for label in &labels {
            by_class.entry(names.get(*label).map_or("", String::as_str)).or_default()[0] += 1;
        }
        for copy in &good {
            let label = from.get(*copy).and_then(|row| labels.get(*row)).copied().unwrap_or_default();
            by_class.entry(names.get(label).map_or("", String::as_str)).or_default()[1] += 1;
        }
        let report = json!({ "version": 1, "rows_and_copies": by_class });
        Ok(Done {
            figures: BTreeMap::from([
                ("rows".to_owned(), count(rows.rows() + good.len())),
                ("added".to_owned(), count(good.len())),
                ("quarantined".to_owned(), count(bad.len())),
            ]),
            products: vec![
                ("table".to_owned(), Product::Table(rows.joined(&added).map_err(of("input"))?)),
                ("quarantine".to_owned(), Product::Table(quarantine)),
                ("report".to_owned(), Product::Report(report)),
            ],
        })
    }
}
