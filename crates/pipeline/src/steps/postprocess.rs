//! From scores to decisions: calibration, and a threshold.

use std::collections::BTreeMap;

use redoubt_domain::settings::Table as Settings;
use redoubt_learn::calibration::{Isotonic, Platt, abstention, improvement};
use redoubt_learn::error::Error as Unmeasured;
use redoubt_learn::metrics::Confusion;
use serde_json::{Value, json};

use super::fit::Answers;
use super::{Done, Kind, Need, Setting, StepError, Work, likelihoods, positive, predict, table};
use crate::product::{Kind as ProductKind, Product};

pub(super) const KIND: Kind = Kind {
    id: "postprocess",
    about: "calibrates the likelihoods of a model of two classes and chooses its threshold, on rows that it has not seen",
    revision: 1,
    read: |table| Box::new(Postprocess::read(table)),
};

/// How scores of a class become likelihoods and decisions.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Finish {
    /// The class that counts as yes.
    pub(super) positive: usize,
    /// From which likelihood on the answer is yes.
    pub(super) threshold: Option<f64>,
    calibration: Calibration,
}

#[derive(Clone, Debug, PartialEq)]
enum Calibration {
    No,
    Platt(Platt),
    Isotonic(Isotonic),
}

impl Finish {
    /// The likelihood that a score means.
    pub(super) fn chance(&self, score: f64) -> f64 {
        match &self.calibration {
            Calibration::No => score,
            Calibration::Platt(platt) => platt.chance(score),
            Calibration::Isotonic(isotonic) => isotonic.chance(score),
        }
    }

    pub(super) fn to_json(&self) -> Value {
        let calibration = match &self.calibration {
            Calibration::No => Value::Null,
            Calibration::Platt(Platt { slope, intercept }) => {
                json!({ "platt": { "slope": slope, "intercept": intercept } })
            }
            Calibration::Isotonic(Isotonic { scores, chances }) => {
                json!({ "isotonic": { "scores": scores, "chances": chances } })
            }
        };
        json!({ "positive": self.positive, "threshold": self.threshold, "calibration": calibration })
    }

    pub(super) fn from_json(value: &Value) -> Option<Self> {
        let numbers = |value: &Value| value.as_array()?.iter().map(Value::as_f64).collect::<Option<Vec<f64>>>();
        let calibration = value.get("calibration")?;
        let calibration = if let Some(platt) = calibration.get("platt") {
            Calibration::Platt(Platt {
                slope: platt.get("slope")?.as_f64()?,
                intercept: platt.get("intercept")?.as_f64()?,
            })
        } else if let Some(isotonic) = calibration.get("isotonic") {
            let (scores, chances) = (numbers(isotonic.get("scores")?)?, numbers(isotonic.get("chances")?)?);
            if scores.len() != chances.len() || scores.is_empty() {
                return None;
            }
            Calibration::Isotonic(Isotonic { scores, chances })
        } else {
            calibration.is_null().then_some(Calibration::No)?
        };
        Some(Self {
            positive: usize::try_from(value.get("positive")?.as_u64()?).ok()?,
            threshold: value.get("threshold")?.as_f64(),
            calibration,
        })
    }
}

#[derive(Debug)]
struct Postprocess {
    input: String,
    model: String,
    positive: Option<String>,
    calibrate: Way,
    choose: Choice,
    answered_accuracy: Option<f64>,
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
        Self { input, model, positive, calibrate, choose, answered_accuracy }
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
        let mut finish = Finish { positive, threshold: None, calibration };
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
        let report = json!({ "version": 1, "finish": finish.to_json(), "unanswered": unanswered });
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
