//! What rows looked like, so that a change can be told later.

use redoubt_domain::settings::Table as Settings;

use super::{Done, Kind, Need, Setting, StepError, Work, count, of, table};
use crate::drift::{baseline, baseline_to_json};
use crate::product::{Kind as ProductKind, Product};

pub(super) const KIND: Kind = Kind {
    id: "baseline",
    about: "keeps what columns look like, with which `redoubt data drift` compares later rows",
    revision: 1,
    read: |table| Box::new(Baseline::read(table)),
};

#[derive(Debug)]
struct Baseline {
    input: String,
    drop: Vec<String>,
}

impl Baseline {
    fn read(table: &mut Settings<'_>) -> Self {
        let words = "the rows, such as those learned from or the predictions of `evaluate`";
        let input = table.require("input", words, String::new());
        Self { input, drop: table.or("drop", "columns that always change, such as an identifier", Vec::new()) }
    }
}

impl Work for Baseline {
    fn needs(&self) -> Vec<Need> {
        vec![Need::table("input", &self.input)]
    }

    fn makes(&self) -> Vec<(String, ProductKind)> {
        vec![("baseline".to_owned(), ProductKind::Report)]
    }

    fn is_random(&self) -> bool {
        true
    }

    fn run(&self, inputs: &[(String, Product)], setting: &Setting) -> Result<Done, StepError> {
        let rows = table(inputs, "input")?;
        for name in &self.drop {
            rows.column(name).map_err(of("input"))?;
        }
        let kept = baseline(&rows.without(&self.drop), setting.seed);
        let kept = kept.map_err(|error| StepError::Data(error.to_string()))?;
        let figures = [("rows".to_owned(), count(rows.rows())), ("columns".to_owned(), count(kept.columns.len()))];
        Ok(Done {
            products: vec![("baseline".to_owned(), Product::Report(baseline_to_json(&kept)))],
            figures: figures.into(),
        })
    }
}
