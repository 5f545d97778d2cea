//! Rows whose label is likely wrong.

use std::collections::BTreeMap;

use redoubt_domain::settings::Table as Settings;
use redoubt_learn::labels::{Filter, Labelled, normalized_margin, self_confidence};
use redoubt_learn::learners::Parameters;
use redoubt_learn::matrix::Matrix;
use redoubt_learn::random::Random;
use serde_json::{Value, json};

use super::fit::{Answers, Card, Prepared, Problem, refused};
use super::{Done, Kind, Need, Setting, StepError, Work, count, of, rows_and_quarantine, table};
use crate::product::{Kind as ProductKind, Product};
use crate::table::{Column, Table};

pub(super) const KIND: Kind = Kind {
    id: "label_errors",
    about: "finds rows whose class is likely wrong, by what models say that have not seen them (confident learning, Northcutt et \
            al. 2021); they go to quarantine with the class that is likelier",
    revision: 1,
    read: |table| Box::new(LabelErrors::read(table)),
};

#[derive(Debug)]
struct LabelErrors {
    input: String,
    problem: Problem,
    folds: usize,
    filter: Filter,
    quarantine_max: f64,
}

/// The words of the filters.
const FILTERS: [(&str, Filter); 7] = [
    ("both", Filter::Both),
    ("prune_by_noise_rate", Filter::PruneByNoiseRate),
    ("prune_by_class", Filter::PruneByClass),
    ("confident_learning", Filter::ConfidentLearning),
    ("predicted_other", Filter::PredictedOther),
    ("low_normalized_margin", Filter::LowNormalizedMargin),
    ("low_self_confidence", Filter::LowSelfConfidence),
];

impl LabelErrors {
    fn read(table: &mut Settings<'_>) -> Self {
        let input = table.require("input", "the rows to learn from", String::new());
        let problem = Problem::read(table, false);
        let folds =
            table.or("folds", "into how many parts the rows are cut, each judged by a model of the others", 5_usize);
        if !(2..=20).contains(&folds) {
            table.refuse("folds", "expected 2 to 20");
        }
        let filter = table.choose("filter", "how rows are chosen", &FILTERS, Filter::Both, "both");
        let quarantine_max = table.or("quarantine_max", "the largest share of rows that may go to quarantine", 0.3);
        if !(0.0..=1.0).contains(&quarantine_max) {
            table.refuse("quarantine_max", "expected a share from 0 to 1");
        }
        Self { input, problem, folds, filter, quarantine_max }
    }

    /// What a model says of each row that has learned from the other parts, each part with the same shares of classes.
    fn out_of_fold(
        &self,
        card: &Card,
        rows: &Table,
        labels: &[usize],
        classes: usize,
        setting: &Setting,
    ) -> Result<Matrix, StepError> {
        let mut of_class: Vec<Vec<usize>> = vec![Vec::new(); classes];
        for (row, label) in labels.iter().enumerate() {
            of_class.get_mut(*label).map(|own| own.push(row)).unwrap_or_default();
        }
        let mut random = Random::new(setting.seed);
        let mut folds = vec![0; rows.rows()];
        let mut next = 0;
        for own in &mut of_class {
            random.shuffle(own);
            for row in own {
                if let Some(fold) = folds.get_mut(*row) {
                    *fold = next % self.folds;
                }
                next += 1;
            }
        }
        let mut chances = vec![0.0; rows.rows() * classes];
        for fold in 0..self.folds {
            let part = |wanted: bool| -> Vec<usize> {
                folds.iter().enumerate().filter(|(_, own)| (**own == fold) == wanted).map(|(row, _)| row).collect()
            };
            let (asked, others) = (part(true), part(false));
            if asked.is_empty() {
                continue;
            }
            let learner = self.problem.learner(&Parameters::new())?;
            let how = (setting.seed.wrapping_add(fold as u64), setting.threads);
            let model = self.problem.fit(learner.as_ref(), card, &rows.take(&others), None, how)?;
            let asked_rows = rows.take(&asked);
            let prepared = Prepared::new(card, &asked_rows, "input")?;
            let scores = model.predict(&prepared.inputs()?, setting.threads).map_err(refused)?;
            for (row, said) in asked.iter().zip(scores.iter()) {
                if let Some(own) = chances.get_mut(row * classes..(row + 1) * classes) {
                    // Sums of floats end a little above 1.
                    own.iter_mut().zip(said).for_each(|(own, said)| *own = said.clamp(0.0, 1.0));
                }
            }
        }
        Matrix::new(chances, classes).map_err(|error| StepError::Data(error.to_string()))
    }
}

impl Work for LabelErrors {
    fn needs(&self) -> Vec<Need> {
        vec![Need::table("input", &self.input)]
    }

    fn makes(&self) -> Vec<(String, ProductKind)> {
        rows_and_quarantine()
    }

    fn code(&self) -> Option<String> {
        Some(self.problem.code())
    }

    fn is_random(&self) -> bool {
        true
    }

    fn run(&self, inputs: &[(String, Product)], setting: &Setting) -> Result<Done, StepError> {
        let rows = table(inputs, "input")?;
        let card = self.problem.card(rows)?;
        let Some(names) = card.classes.clone() else {
            return Err(StepError::Data("wrong labels are looked for among classes; leave out `task`".to_owned()));
        };
        let unmeasured = |error: redoubt_learn::error::Error| StepError::Data(error.to_string());
        let answers = Answers::new(&card, rows, "input")?;
        let labels = answers.labels();
        let mut sizes = vec![0_usize; names.len()];
        labels.iter().for_each(|label| sizes.get_mut(*label).map(|size| *size += 1).unwrap_or_default());
        if let Some((class, size)) = sizes.iter().enumerate().find(|(_, size)| **size < self.folds) {
            let name = names.get(class).map_or("", String::as_str);
            let reason = format!(
                "the class `{name}` has {size} rows, too few for {} folds; leave it out or lower `folds`",
                self.folds
            );
            return Err(StepError::Data(reason));
        }
        let chances = self.out_of_fold(&card, rows, labels, names.len(), setting)?;
        let labelled = Labelled::new(labels, &chances).map_err(unmeasured)?;
        let issues = labelled.issues(self.filter);
        let (confidence, margins) = (self_confidence(&labelled), normalized_margin(&labelled));
        let share = count(issues.len()) / count(rows.rows().max(1));
        let (mut suggested, mut reasons) = (Vec::new(), Vec::new());
        for row in &issues {
            let said = chances.row(*row);
            let likeliest =
                said.iter().enumerate().max_by(|one, other| one.1.total_cmp(other.1).then(other.0.cmp(&one.0)));
            let (class, chance) = likeliest.map_or((0, 0.0), |(class, chance)| (class, *chance));
            let name = names.get(class).cloned().unwrap_or_default();
            let own = confidence.get(*row).copied().unwrap_or_default();
            reasons.push(format!("likely {name:?} ({chance:.2}) rather than its class ({own:.2})"));
            suggested.push(name);
        }
        if share > self.quarantine_max {
            let first =
                issues.first().zip(reasons.first()).map(|(row, why)| format!("; the first is row {}: {why}", row + 1));
            let reason = format!(
                "{} of {} labels are likely wrong, and `quarantine_max` allows {} %{}",
                issues.len(),
                rows.rows(),
                self.quarantine_max * 100.0,
                first.unwrap_or_default()
            );
            return Err(StepError::Demand(reason));
        }
        let kept: Vec<usize> = (0..rows.rows()).filter(|row| issues.binary_search(row).is_err()).collect();
        let each: Vec<Value> = issues
            .iter()
            .zip(&suggested)
            .map(|(row, suggested)| {
                json!({ "row": row + 1, "likely": suggested, "confidence": confidence.get(*row), "margin": margins.get(*row) })
            })
            .collect();
        let report = json!({
            "version": 1, "rows": rows.rows(), "classes": names, "thresholds": labelled.thresholds(),
            "joint": labelled.calibrated_joint(), "issues": each,
        });
        let mut quarantine = rows.take(&issues);
        for (name, cells) in [("likely", suggested), ("reasons", reasons)] {
            quarantine.set(name, Column::Text(cells)).map_err(of("input"))?;
        }
        Ok(Done {
            figures: BTreeMap::from([
                ("rows".to_owned(), count(kept.len())),
                ("label_errors".to_owned(), count(issues.len())),
                ("label_error_share".to_owned(), share),
            ]),
            products: vec![
                ("table".to_owned(), Product::Table(rows.take(&kept))),
                ("quarantine".to_owned(), Product::Table(quarantine)),
                ("report".to_owned(), Product::Report(report)),
            ],
        })
    }
}
