//! Measuring a model on rows that it has not seen, for everybody and for each group.

use std::collections::BTreeMap;

use redoubt_domain::settings::Table as Settings;
use redoubt_learn::error::Error as Unmeasured;
use redoubt_learn::fairness::{
    Against, Assessment, Criterion, Groups, MINIMUM_ROWS, calibration_by_group, calibration_gap,
};
use redoubt_learn::metrics;
use redoubt_learn::random::Random;
use serde_json::{Map, Value, json};

use super::certainty::Certainty;
use super::curves::curves;
use super::fit::Answers;
use super::judged::{Decisions, Judged};
use super::robustness::Robustness;
use super::rules::Decision;
use super::slices::{Slices, values};
use super::{Done, Kind, Need, Setting, StepError, Work, count, demand, of, positive, predict, table};
use crate::condition::Condition;
use crate::product::{Kind as ProductKind, Product};
use crate::table::{Column, Table};

pub(super) const KIND: Kind = Kind {
    id: "evaluate",
    about: "measures a model on rows that it has not seen, with intervals, and its fairness between groups",
    revision: 2,
    read: |table| Box::new(Evaluate::read(table)),
};

#[derive(Debug)]
struct Evaluate {
    input: String,
    model: String,
    positive: Option<String>,
    threshold: Option<f64>,
    groups: Vec<String>,
    group_rows_min: usize,
    certainty: Certainty,
    slices: Slices,
    robustness: Robustness,
    require: Vec<Condition>,
}

/// The most classes of a confusion matrix that is part of the report.
const DRAWN_MAX: usize = 32;

impl Evaluate {
    fn read(table: &mut Settings<'_>) -> Self {
        let input = table.require("input", "rows that were not learned from", String::new());
        let model = table.require("model", "the step that learned", String::new());
        let positive = table.get(
            "positive",
            "of two classes the one that counts as yes; the second in alphabetical order, if left out",
        );
        let words = "the likelihood from which on the answer is yes; that of the model, or 0.5, if left out";
        let threshold: Option<f64> = table.get("threshold", words);
        if threshold.is_some_and(|threshold| !(0.0..=1.0).contains(&threshold)) {
            table.refuse("threshold", "expected a likelihood from 0 to 1");
        }
        let groups = table.or(
            "groups",
            "columns of protected attributes; fairness is measured for each and for all together",
            Vec::new(),
        );
        let group_rows_min = table.or("group_rows_min", "the fewest rows of a group that is judged", MINIMUM_ROWS);
        let certainty = Certainty::read(table, "draws of the bootstrap");
        let slices = Slices::read(table);
        let robustness = Robustness::read(table);
        let words = "what figures must be, such as \"roc_auc_low >= 0.7\"; else the pipeline stops";
        let require = demand::read(table, words);
        Self { input, model, positive, threshold, groups, group_rows_min, certainty, slices, robustness, require }
    }
}

impl Work for Evaluate {
    fn needs(&self) -> Vec<Need> {
        vec![Need::table("input", &self.input), Need::model("model", &self.model)]
    }

    fn makes(&self) -> Vec<(String, ProductKind)> {
        vec![("report".to_owned(), ProductKind::Report), ("predictions".to_owned(), ProductKind::Table)]
    }

    fn is_random(&self) -> bool {
        true
    }

    fn run(&self, inputs: &[(String, Product)], setting: &Setting) -> Result<Done, StepError> {
        let rows = table(inputs, "input")?;
        let (card, scores) = predict(inputs, "model", rows, "input", setting)?;
        let answers = Answers::new(&card, rows, "input")?;
        let mut measured = Measured { random: Random::new(setting.seed), report: Map::new(), figures: BTreeMap::new() };
        measured.figure("rows", Ok(count(rows.rows())));
        let mut predictions = Vec::new();
        let judge =
            |card: &_, scores: &_| Judged::new(card, scores, rows, "input", self.positive.as_deref(), self.threshold);
        let judged = judge(&card, &scores)?;
        match &card.classes {
            Some(classes) if classes.len() == 2 => {
                if let Judged::Two { actual, likelihoods, decisions } = &judged {
                    measured.figure("threshold", Ok(decisions.threshold));
                    measured.report.insert("curves".to_owned(), curves(actual, likelihoods));
                    // As the confusion counts them: the one that is no, the one that is yes.
                    let positive = positive(self.positive.as_deref(), &card)?;
                    let names = [classes.get(1 - positive), classes.get(positive)];
                    measured.report.insert("confusion_classes".to_owned(), json!(names));
                    self.two_classes(actual, likelihoods, &decisions.said, &mut measured);
                    self.fairness(rows, actual, likelihoods, &decisions.said, &mut measured)?;
                    predictions.push(("likelihood".to_owned(), Column::Number(likelihoods.clone())));
                    if !decisions.is_plain {
                        measured.decisions(actual, decisions);
                        predictions.push(("decision".to_owned(), words(decisions)));
                    }
                }
            }
            Some(classes) => {
                if !self.groups.is_empty() {
                    return Err(StepError::Data(format!(
                        "fairness is measured of two classes, and there are {}",
                        classes.len()
                    )));
                }
                self.many_classes(answers.labels(), classes, &scores, &mut measured)?;
                let chosen = scores.classes().into_iter();
                let chosen = chosen.map(|class| classes.get(class).cloned().unwrap_or_default()).collect();
                predictions.push(("class".to_owned(), Column::Text(chosen)));
            }
            None => {
                if !self.groups.is_empty() {
                    return Err(StepError::Data(
                        "fairness is measured of two classes, and the target is a number".to_owned(),
                    ));
                }
                let said = scores.output(0);
                self.number(answers.numbers(), &said, &mut measured);
                predictions.push(("number".to_owned(), Column::Number(said)));
            }
        }
        self.slices.measure(rows, &judged, &mut measured)?;
        self.robustness.measure((inputs, rows), &card, judge, setting, &mut measured)?;
        predictions.push((card.target.clone(), rows.column(&card.target).map_err(of("input"))?.clone()));
        let Measured { report, figures, .. } = measured;
        demand::check(&self.require, &figures)?;
        let mut report = report;
        report.insert("version".to_owned(), json!(1));
        report.insert("learner".to_owned(), json!(card.learner));
        report.insert("figures".to_owned(), json!(figures));
        Ok(Done {
            products: vec![
                ("report".to_owned(), Product::Report(Value::Object(report))),
                ("predictions".to_owned(), Product::Table(Table::new(predictions).map_err(of("predictions"))?)),
            ],
            figures,
        })
    }
}

/// Figures as they come in.
pub(super) struct Measured {
    random: Random,
    pub(super) report: Map<String, Value>,
    figures: BTreeMap<String, f64>,
}

impl Measured {
    /// A figure, or in the report why there is none.
    pub(super) fn figure(&mut self, name: &str, value: Result<f64, Unmeasured>) {
        match value {
            Ok(value) => _ = self.figures.insert(name.to_owned(), value),
            Err(error) => {
                let undefined = self.report.entry("undefined").or_insert_with(|| json!({}));
                if let Value::Object(undefined) = undefined {
                    undefined.insert(name.to_owned(), json!(error.to_string()));
                }
            }
        }
    }

    /// What rules, groups' thresholds and the band for people come to.
    fn decisions(&mut self, actual: &[bool], decisions: &Decisions) {
        let rows = count(actual.len().max(1));
        let referred = decisions.referred.iter().filter(|referred| **referred).count();
        self.figure("referred_share", Ok(count(referred) / rows));
        let answered = actual.len() - referred;
        let each = actual.iter().zip(&decisions.said).zip(&decisions.referred);
        let right = each.filter(|((actual, said), referred)| !**referred && actual == said).count();
        let none =
            Unmeasured::Undefined { what: "the accuracy of what was answered", why: "every row is left to a person" };
        let accuracy = if answered == 0 { Err(none) } else { Ok(count(right) / count(answered)) };
        self.figure("answered_accuracy", accuracy);
    }

    /// A figure with the bounds of its interval.
    fn interval(&mut self, name: &str, interval: Result<metrics::Interval, Unmeasured>) {
        match interval {
            Ok(metrics::Interval { point, low, high }) => {
                self.figure(name, Ok(point));
                self.figure(&format!("{name}_low"), Ok(low));
                self.figure(&format!("{name}_high"), Ok(high));
            }
            Err(error) => self.figure(name, Err(error)),
        }
    }
}

impl Evaluate {
    fn two_classes(&self, actual: &[bool], likelihoods: &[f64], said: &[bool], measured: &mut Measured) {
        let right = actual.iter().zip(said).filter(|(actual, said)| actual == said).count();
        measured.interval("accuracy", metrics::wilson(right as u64, actual.len() as u64, self.certainty.level));
        measured.interval("roc_auc", metrics::delong(actual, likelihoods, self.certainty.level));
        let average_precision = |rows: &[usize]| {
            let (actual, likelihoods) = (drawn(actual, rows), drawn(likelihoods, rows));
            metrics::average_precision(&actual, &likelihoods)
        };
        let interval = metrics::bootstrap(
            actual.len(),
            self.certainty.rounds,
            self.certainty.level,
            &mut measured.random,
            average_precision,
        );
        measured.interval("average_precision", interval);
        measured.figure("brier", metrics::brier(actual, likelihoods));
        measured.figure("calibration_error", metrics::expected_calibration_error(actual, likelihoods, 10));
        let class = |yes: &bool| usize::from(*yes);
        let (labels, chosen): (Vec<usize>, Vec<usize>) =
            (actual.iter().map(class).collect(), said.iter().map(class).collect());
        match metrics::Confusion::new(&labels, &chosen, 2) {
            Ok(confusion) => {
                let yes = confusion.scores(1);
                measured.figure("precision", yes.precision());
                measured.figure("recall", yes.recall());
                measured.figure("f1", yes.f1());
                measured.figure("balanced_accuracy", Ok(confusion.balanced_accuracy()));
                let counts: Vec<Vec<u64>> =
                    (0..2).map(|actual| (0..2).map(|said| confusion.count(actual, said)).collect()).collect();
                measured.report.insert("confusion".to_owned(), json!(counts));
            }
            Err(error) => measured.figure("f1", Err(error)),
        }
    }

    fn many_classes(
        &self,
        labels: &[usize],
        classes: &[String],
        scores: &redoubt_learn::learners::Scores,
        measured: &mut Measured,
    ) -> Result<(), StepError> {
        let chosen = scores.classes();
        let unmeasured = |error: Unmeasured| StepError::Data(error.to_string());
        let confusion = metrics::Confusion::new(labels, &chosen, classes.len()).map_err(unmeasured)?;
        let right = labels.iter().zip(&chosen).filter(|(label, chosen)| label == chosen).count();
        measured.interval("accuracy", metrics::wilson(right as u64, labels.len() as u64, self.certainty.level));
        measured.figure("balanced_accuracy", Ok(confusion.balanced_accuracy()));
        for (name, average) in [
            ("f1_macro", metrics::Average::Macro),
            ("f1_micro", metrics::Average::Micro),
            ("f1_weighted", metrics::Average::Weighted),
        ] {
            measured.figure(name, confusion.f1(average));
        }
        let matrix = redoubt_learn::matrix::Matrix::new(scores.values().to_vec(), classes.len()).map_err(unmeasured)?;
        measured.figure("log_loss", metrics::log_loss(labels, &matrix));
        measured.figure("roc_auc", metrics::roc_auc_one_vs_rest(labels, &matrix));
        if classes.len() <= DRAWN_MAX {
            let all = 0..classes.len();
            let counts: Vec<Vec<u64>> =
                all.clone().map(|actual| all.clone().map(|said| confusion.count(actual, said)).collect()).collect();
            measured.report.insert("confusion".to_owned(), json!(counts));
            measured.report.insert("confusion_classes".to_owned(), json!(classes));
        }
        let by_class: BTreeMap<&str, Value> = classes
            .iter()
            .enumerate()
            .map(|(class, name)| {
                let scores = confusion.scores(class);
                let (precision, recall, f1) = (scores.precision().ok(), scores.recall().ok(), scores.f1().ok());
                (name.as_str(), json!({ "precision": precision, "recall": recall, "f1": f1 }))
            })
            .collect();
        measured.report.insert("classes".to_owned(), json!(by_class));
        Ok(())
    }

    fn number(&self, actual: &[f64], said: &[f64], measured: &mut Measured) {
        let statistic = |metric: fn(&[f64], &[f64]) -> Result<f64, Unmeasured>| {
            move |rows: &[usize]| metric(&drawn(actual, rows), &drawn(said, rows))
        };
        let interval = metrics::bootstrap(
            actual.len(),
            self.certainty.rounds,
            self.certainty.level,
            &mut measured.random,
            statistic(metrics::root_mean_square_error),
        );
        measured.interval("rmse", interval);
        measured.figure("mae", metrics::mean_absolute_error(actual, said));
        measured.figure("median_absolute_error", metrics::median_absolute_error(actual, said));
        measured.figure("r2", metrics::r2(actual, said));
    }

    fn fairness(
        &self,
        rows: &Table,
        actual: &[bool],
        likelihoods: &[f64],
        said: &[bool],
        measured: &mut Measured,
    ) -> Result<(), StepError> {
        let unmeasured = |error: Unmeasured| StepError::Data(error.to_string());
        let mut attributes: Vec<(String, Vec<String>)> = Vec::new();
        for name in &self.groups {
            attributes.push((name.clone(), values(rows, name)?));
        }
        let mut all: Vec<(String, Groups)> = Vec::new();
        for (name, cells) in &attributes {
            all.push((name.clone(), Groups::new(cells).map_err(unmeasured)?));
        }
        if attributes.len() > 1 {
            let cells: Vec<&[String]> = attributes.iter().map(|(_, cells)| cells.as_slice()).collect();
            all.push(("all".to_owned(), Groups::intersection(&cells).map_err(unmeasured)?));
        }
        let mut report = Map::new();
        for (name, groups) in &all {
            let assessment = Assessment::new(actual, said, groups, self.group_rows_min).map_err(unmeasured)?;
            for (figure, criterion) in [
                ("demographic_parity", Criterion::DemographicParity),
                ("equal_opportunity", Criterion::EqualOpportunity),
                ("equalized_odds", Criterion::EqualizedOdds),
                ("predictive_parity", Criterion::PredictiveParity),
            ] {
                let interval = assessment.difference_interval(
                    criterion,
                    Against::EachOther,
                    self.certainty.rounds,
                    self.certainty.level,
                    &mut measured.random,
                );
                measured.interval(&format!("{name}_{figure}_difference"), interval);
                measured.figure(&format!("{name}_{figure}_ratio"), assessment.ratio(criterion, Against::EachOther));
            }
            let calibration = calibration_by_group(actual, likelihoods, groups, 10, self.group_rows_min);
            measured
                .figure(&format!("{name}_calibration_gap"), calibration.and_then(|groups| calibration_gap(&groups)));
            let by_group: Vec<Value> = assessment
                .by_group()
                .into_iter()
                .map(|group| {
                    json!({
                        "group": group.name,
                        "rows": group.cells.rows(),
                        "is_sufficient": group.is_sufficient,
                        "selection_rate": group.selection,
                        "true_positive_rate": group.true_positive,
                        "false_positive_rate": group.false_positive,
                        "precision": group.precision,
                    })
                })
                .collect();
            report.insert(name.clone(), Value::Array(by_group));
        }
        if !report.is_empty() {
            measured.report.insert("groups".to_owned(), Value::Object(report));
        }
        Ok(())
    }
}

/// `yes`, `no` or `refer` for each row.
fn words(decisions: &Decisions) -> Column {
    let word = |(said, referred): (&bool, &bool)| match (referred, said) {
        (true, _) => Decision::Refer.word().to_owned(),
        (false, true) => Decision::Yes.word().to_owned(),
        (false, false) => Decision::No.word().to_owned(),
    };
    Column::Text(decisions.said.iter().zip(&decisions.referred).map(word).collect())
}

fn drawn<T: Copy>(values: &[T], rows: &[usize]) -> Vec<T> {
    rows.iter().filter_map(|row| values.get(*row).copied()).collect()
}
