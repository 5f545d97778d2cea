//! From scores to decisions: calibration, thresholds, rules, and what is left to people.

use std::collections::BTreeMap;

use redoubt_domain::settings::Table as Settings;
use redoubt_learn::calibration::{Isotonic, Platt, abstention, improvement};
use redoubt_learn::error::Error as Unmeasured;
use redoubt_learn::metrics::Confusion;
use serde_json::json;

use super::finish::{Calibration, Finish};
use super::fit::Answers;
use super::group_thresholds::Mitigation;
use super::rules::{Decision, Rule};
use super::{Done, Kind, Need, Setting, StepError, Work, count, likelihoods, positive, predict, table};
use crate::product::{Kind as ProductKind, Product};

pub(super) const KIND: Kind = Kind {
    id: "postprocess",
    about: "calibrates the likelihoods of a model of two classes, chooses its threshold or those of groups on rows that it has \
            not seen, and adds rules and a band for people",
    revision: 1,
    read: |table| Box::new(Postprocess::read(table)),
};

#[derive(Debug)]
struct Postprocess {
    input: String,
    model: String,
    positive: Option<String>,
    calibrate: Way,
    choose: Choice,
    answered_accuracy: Option<f64>,
    refer: Option<(f64, f64)>,
    mitigation: Option<Mitigation>,
    rules: Vec<Rule>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    No,
    Platt,
    Isotonic,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    No,
    F1,
    Accuracy,
    BalancedAccuracy,
}

impl Postprocess {
    fn read(table: &mut Settings<'_>) -> Self {
        let input = table.require("input", "rows that were not learned from, and are not judged by", String::new());
        let model = table.require("model", "the step that learned", String::new());
        let words = "of two classes the one that counts as yes; the second in alphabetical order, if left out";
        let positive = table.get("positive", words);
        let ways = [("platt", Way::Platt), ("isotonic", Way::Isotonic), ("no", Way::No)];
        let calibrate = table.choose("calibrate", "how scores become likelihoods", &ways, Way::Platt, "platt");
        let choices = [
            ("f1", Choice::F1),
            ("accuracy", Choice::Accuracy),
            ("balanced_accuracy", Choice::BalancedAccuracy),
            ("no", Choice::No),
        ];
        let choose = table.choose("threshold_for", "what the threshold makes best", &choices, Choice::No, "no");
        let words = "report how many rows could be answered, were only those answered of which so many are right";
        let answered_accuracy: Option<f64> = table.get("answered_accuracy", words);
        if answered_accuracy.is_some_and(|share| !(0.5..=1.0).contains(&share)) {
            table.refuse("answered_accuracy", "expected a share from 0.5 to 1");
        }
        let words = "two likelihoods; rows between them, the second not included, are left to a person";
        let band: Vec<f64> = table.or("refer_between", words, Vec::new());
        let refer = match band.as_slice() {
            [] => None,
            [low, high] if 0.0 <= *low && low < high && *high <= 1.0 => Some((*low, *high)),
            _ => {
                table.refuse("refer_between", "expected two likelihoods, the lower first, such as [0.4, 0.6]");
                None
            }
        };
        let mitigation = Mitigation::read(table);
        let rules = Rule::read(table);
        Self { input, model, positive, calibrate, choose, answered_accuracy, refer, mitigation, rules }
    }

    fn calibration(&self, actual: &[bool], scores: &[f64]) -> Result<Calibration, Unmeasured> {
        Ok(match self.calibrate {
            Way::No => Calibration::No,
            Way::Platt => Calibration::Platt(Platt::fit(actual, scores)?),
            Way::Isotonic => Calibration::Isotonic(Isotonic::fit(actual, scores)?),
        })
    }

    /// The best of the likelihoods that occur; the lowest of equals.
    fn threshold(&self, actual: &[bool], chances: &[f64]) -> Option<f64> {
        let class = |yes: bool| usize::from(yes);
        let labels: Vec<usize> = actual.iter().map(|actual| class(*actual)).collect();
        let quality = |threshold: f64| -> Option<f64> {
            let said: Vec<usize> = chances.iter().map(|chance| class(*chance >= threshold)).collect();
            let confusion = Confusion::new(&labels, &said, 2).ok()?;
            match self.choose {
                Choice::No => None,
                Choice::F1 => confusion.scores(1).f1().ok(),
                Choice::Accuracy => Some(confusion.accuracy()),
                Choice::BalancedAccuracy => Some(confusion.balanced_accuracy()),
            }
        };
        let mut candidates = chances.to_vec();
        candidates.sort_by(f64::total_cmp);
        candidates.dedup();
        // More would not be told apart by these rows.
        let step = candidates.len() / THRESHOLDS_MAX + 1;
        let mut best: Option<(f64, f64)> = None;
        for threshold in candidates.into_iter().step_by(step) {
            if let Some(quality) = quality(threshold)
                && best.is_none_or(|(known, _)| quality > known)
            {
                best = Some((quality, threshold));
            }
        }
        best.map(|(_, threshold)| threshold)
    }
}

/// The most thresholds that are tried.
const THRESHOLDS_MAX: usize = 1_000;

impl Work for Postprocess {
    fn needs(&self) -> Vec<Need> {
        vec![Need::table("input", &self.input), Need::model("model", &self.model)]
    }

    fn makes(&self) -> Vec<(String, ProductKind)> {
        vec![("model".to_owned(), ProductKind::Model), ("report".to_owned(), ProductKind::Report)]
    }

    fn run(&self, inputs: &[(String, Product)], setting: &Setting) -> Result<Done, StepError> {
        let rows = table(inputs, "input")?;
        let (mut card, scores) = predict(inputs, "model", rows, "input", setting)?;
        let unmeasured = |error: Unmeasured| StepError::Data(error.to_string());
        card.finish = None;
        let positive = positive(self.positive.as_deref(), &card)?;
        let answers = Answers::new(&card, rows, "input")?;
        let actual: Vec<bool> = answers.labels().iter().map(|label| *label == positive).collect();
        let raw = likelihoods(&card, &scores, positive);
        let calibration = self.calibration(&actual, &raw).map_err(unmeasured)?;
        let refer = self.refer;
        let mut finish =
            Finish { positive, threshold: None, calibration, by_group: None, refer, rules: self.rules.clone() };
        let chances: Vec<f64> = raw.iter().map(|score| finish.chance(*score)).collect();
        finish.threshold = self.threshold(&actual, &chances);
        let (before, after) = improvement(&actual, &raw, &chances, 10).map_err(unmeasured)?;
        let mut figures =
            BTreeMap::from([("calibration_error_before".to_owned(), before), ("calibration_error".to_owned(), after)]);
        figures.extend(finish.threshold.map(|threshold| ("threshold".to_owned(), threshold)));
        let mut unanswered = None;
        if let Some(wanted) = self.answered_accuracy {
            let threshold = finish.threshold.unwrap_or(0.5);
            let right: Vec<bool> =
                actual.iter().zip(&chances).map(|(yes, chance)| *yes == (*chance >= threshold)).collect();
            let sure: Vec<f64> = chances.iter().map(|chance| chance.max(1.0 - chance)).collect();
            match abstention(&right, &sure, wanted, 0.95) {
                Ok(found) => {
                    figures.insert("answered_share".to_owned(), found.coverage);
                    figures.insert("answered_from".to_owned(), found.threshold);
                    figures.insert("answered_accuracy".to_owned(), found.accuracy);
                }
                Err(error) => unanswered = Some(error.to_string()),
            }
        }
        let weights = match inputs.iter().find(|(role, _)| role == "model") {
            Some((_, Product::Model { weights, .. })) => weights.clone(),
            _ => return Err(StepError::Input("model".to_owned())),
        };
        let mut fairness = None;
        if let Some(mitigation) = &self.mitigation {
            let threshold = finish.threshold.unwrap_or(0.5);
            let (by_group, report) = mitigation.find(rows, &actual, &chances, threshold, &mut figures)?;
            finish.by_group = Some(by_group);
            fairness = Some(report);
        }
        if !self.rules.is_empty() || self.refer.is_some() {
            let decisions = finish.decide(rows, "input", &chances, None)?;
            for (name, wanted) in [("yes_share", Decision::Yes), ("referred_share", Decision::Refer)] {
                let rows_of = decisions.iter().filter(|decision| **decision == wanted).count();
                figures.insert(name.to_owned(), count(rows_of) / count(rows.rows().max(1)));
            }
        }
        let mut report = json!({ "version": 1, "finish": finish.to_json(), "unanswered": unanswered });
        if let (Some(report), Some(fairness)) = (report.as_object_mut(), fairness) {
            report.insert("fairness".to_owned(), fairness);
        }
        card.finish = Some(finish);
        Ok(Done {
            products: vec![
                ("model".to_owned(), Product::Model { card: card.to_json(), weights }),
                ("report".to_owned(), Product::Report(report)),
            ],
            figures,
        })
    }
}
