//! Choosing the best of several, such as the models of a matrix.

use std::collections::BTreeMap;

use redoubt_domain::settings::Table as Settings;
use serde_json::{Value, json};

use super::{Done, Kind, Need, Setting, StepError, Work, count};
use crate::product::{Kind as ProductKind, Product};

pub(super) const KIND: Kind = Kind {
    id: "select",
    about: "chooses the best of several models or tables by a figure of their reports",
    revision: 1,
    read: |table| Box::new(Select::read(table)),
};

#[derive(Debug)]
struct Select {
    among: Vec<String>,
    reports: Vec<String>,
    chosen: ProductKind,
    figure: String,
    is_greatest: bool,
}

impl Select {
    fn read(table: &mut Settings<'_>) -> Self {
        let among: Vec<String> =
            table.require("among", "what is chosen from; a step with a matrix stands for all of its steps", Vec::new());
        let reports: Vec<String> =
            table.require("reports", "the reports with figures, in the order of `among`", Vec::new());
        if table.has("reports") && among.len() != reports.len() {
            let reason = format!("{} reports for {} in `among`: each needs one", reports.len(), among.len());
            table.refuse("reports", reason);
        }
        if table.has("among") && among.is_empty() {
            table.refuse("among", "there is nothing to choose from");
        }
        // Matrices put them there in their order, which is the same as long as they have the same axes.
        if let Some((one, other)) = among.iter().zip(&reports).find(|(one, other)| !agree(one, other)) {
            table.refuse("reports", format!("`{other}` stands where that of `{one}` should"));
        }
        let kinds = [("model", ProductKind::Model), ("table", ProductKind::Table)];
        let chosen = table.choose("of", "what they are", &kinds, ProductKind::Model, "model");
        let words = "`max` or `min` and the figure by which it is chosen, such as \"max roc_auc\"";
        let pick: String = table.require("pick", words, String::new());
        let (way, figure) = pick.trim().split_once(' ').unwrap_or((pick.trim(), ""));
        let figure = figure.trim();
        if !pick.is_empty() && (!["max", "min"].contains(&way) || figure.is_empty() || figure.contains(' ')) {
            table.refuse("pick", format!("expected {words}, found `{pick}`"));
        }
        Self { among, reports, chosen, figure: figure.to_owned(), is_greatest: way == "max" }
    }
}

/// Whether two steps of matrices have the same value wherever both have one.
fn agree(one: &str, other: &str) -> bool {
    let labels = |name: &str| -> BTreeMap<String, String> {
        let inside = name.split_once('[').and_then(|(_, rest)| rest.rsplit_once(']')).map(|(inside, _)| inside);
        let pairs = inside.unwrap_or_default().split(',').filter_map(|pair| pair.split_once('='));
        pairs.map(|(axis, value)| (axis.to_owned(), value.to_owned())).collect()
    };
    let (one, other) = (labels(one), labels(other));
    one.iter().all(|(axis, value)| other.get(axis).is_none_or(|known| known == value))
}

impl Work for Select {
    fn needs(&self) -> Vec<Need> {
        let of = |key, kind| {
            move |(item, reference): (usize, &String)| Need { item: Some(item), kind, ..Need::table(key, reference) }
        };
        let among = self.among.iter().enumerate().map(of("among", self.chosen));
        among.chain(self.reports.iter().enumerate().map(of("reports", ProductKind::Report))).collect()
    }

    fn makes(&self) -> Vec<(String, ProductKind)> {
        vec![(self.chosen.word().to_owned(), self.chosen), ("report".to_owned(), ProductKind::Report)]
    }

    fn names_count(&self) -> bool {
        true
    }

    fn run(&self, inputs: &[(String, Product)], _: &Setting) -> Result<Done, StepError> {
        let product = |role: String| {
            let found = inputs.iter().find(|(known, _)| *known == role).map(|(_, product)| product);
            found.ok_or(StepError::Input(role))
        };
        let mut figures = Vec::with_capacity(self.reports.len());
        for (item, name) in self.reports.iter().enumerate() {
            let Product::Report(report) = product(format!("reports[{item}]"))? else {
                return Err(StepError::Input(format!("reports[{item}]")));
            };
            let all = report.get("figures").and_then(Value::as_object);
            let figure = all.and_then(|all| all.get(&self.figure)).and_then(Value::as_f64);
            figures.push(figure.ok_or_else(|| {
                let known: Vec<&str> = all.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
                let known = if known.is_empty() { "no figures".to_owned() } else { known.join(", ") };
                StepError::Data(format!("`{name}` has no figure `{}`; it has {known}", self.figure))
            })?);
        }
        // The first of equals: which one it is must not hang on chance.
        let mut best: Option<(usize, f64)> = None;
        for (item, figure) in figures.iter().copied().enumerate() {
            let is_better = |best: f64| if self.is_greatest { figure > best } else { figure < best };
            if best.is_none_or(|(_, best)| is_better(best)) {
                best = Some((item, figure));
            }
        }
        let (item, figure) = best.ok_or_else(|| StepError::Data("there is nothing to choose from".to_owned()))?;
        let chosen = product(format!("among[{item}]"))?.clone();
        let candidates: Vec<Value> =
            self.among.iter().zip(&figures).map(|(name, figure)| json!({ "name": name, "figure": figure })).collect();
        let name = self.among.get(item);
        let report = json!({
            "version": 1,
            "chosen": name,
            "by": self.figure,
            "candidates": candidates,
            "figures": { self.figure.as_str(): figure },
        });
        Ok(Done {
            products: vec![(self.chosen.word().to_owned(), chosen), ("report".to_owned(), Product::Report(report))],
            figures: BTreeMap::from([
                (self.figure.clone(), figure),
                ("candidates".to_owned(), count(figures.len())),
                ("chosen".to_owned(), count(item + 1)),
            ]),
        })
    }
}
