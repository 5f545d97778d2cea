//! Learning.

use std::collections::BTreeMap;

use redoubt_domain::settings::Table as Settings;
use redoubt_learn::learners::{Model, Parameters};
use serde_json::{Value, json};

use super::fit::{Card, Problem};
use super::{Done, Kind, Need, Setting, StepError, Work, count, table};
use crate::product::{Kind as ProductKind, Product};
use crate::table::Table;

pub(super) const KIND: Kind =
    Kind { id: "train", about: "learns a model from rows", revision: 2, read: |table| Box::new(Train::read(table)) };

#[derive(Debug)]
struct Train {
    input: String,
    validation: Option<String>,
    problem: Problem,
}

impl Train {
    fn read(table: &mut Settings<'_>) -> Self {
        let input = table.require("input", "the rows to learn from", String::new());
        let words = "rows by which gradient boosting stops, after 20 rounds without gain unless its parameters say otherwise; \
                     other learners do not look at them";
        let validation: Option<String> = table.get("validation", words);
        let problem = Problem::read(table, validation.is_some());
        Self { input, validation, problem }
    }
}

impl Work for Train {
    fn needs(&self) -> Vec<Need> {
        let validation = self.validation.iter().map(|reference| Need::table("validation", reference));
        std::iter::once(Need::table("input", &self.input)).chain(validation).collect()
    }

    fn makes(&self) -> Vec<(String, ProductKind)> {
        vec![("model".to_owned(), ProductKind::Model), ("importance".to_owned(), ProductKind::Report)]
    }

    fn code(&self) -> Option<String> {
        Some(self.problem.code())
    }

    fn is_random(&self) -> bool {
        true
    }

    fn run(&self, inputs: &[(String, Product)], setting: &Setting) -> Result<Done, StepError> {
        let rows = table(inputs, "input")?;
        let validation = self.validation.as_ref().map(|_| table(inputs, "validation")).transpose()?;
        let card = self.problem.card(rows)?;
        let learner = self.problem.learner(&Parameters::new())?;
        let model = self.problem.fit(learner.as_ref(), &card, rows, validation, (setting.seed, setting.threads))?;
        Ok(Done {
            products: vec![
                ("model".to_owned(), Product::Model { card: card.to_json(), weights: model.to_bytes() }),
                ("importance".to_owned(), Product::Report(importance(&card, model.as_ref()))),
            ],
            figures: counts(&card, rows),
        })
    }
}

/// How much each feature matters, as far as the model can tell.
pub(super) fn importance(card: &Card, model: &dyn Model) -> Value {
    let shares = model.importance().unwrap_or_default();
    let importance: BTreeMap<&str, f64> = card.features.iter().map(String::as_str).zip(shares).collect();
    json!({ "version": 1, "importance": importance })
}

pub(super) fn counts(card: &Card, rows: &Table) -> BTreeMap<String, f64> {
    let mut figures = BTreeMap::from([("rows".to_owned(), count(rows.rows()))]);
    figures.insert("features".to_owned(), count(card.features.len()));
    figures.extend(card.classes.as_ref().map(|classes| ("classes".to_owned(), count(classes.len()))));
    figures
}
