//! How scores of a class become likelihoods and decisions.

use std::collections::BTreeMap;

use redoubt_learn::calibration::{Isotonic, Platt};
use serde_json::{Value, json};

use super::rules::{Decision, Rule};
use super::slices::values;
use super::{StepError, of};
use crate::table::Table;

/// What a step after training says of a model of two classes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Finish {
    /// The class that counts as yes.
    pub(super) positive: usize,
    /// From which likelihood on the answer is yes.
    pub(super) threshold: Option<f64>,
    pub(super) calibration: Calibration,
    /// Thresholds of groups, in the place of `threshold`.
    pub(super) by_group: Option<ByGroup>,
    /// Likelihoods between these are for a person.
    pub(super) refer: Option<(f64, f64)>,
    pub(super) rules: Vec<Rule>,
}

/// A threshold for each group.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ByGroup {
    /// The columns whose values together are the group.
    pub(super) columns: Vec<String>,
    pub(super) thresholds: BTreeMap<String, f64>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Calibration {
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

    /// What each row gets: rules first, then the band for people, then the threshold of its group or the common one. A
    /// `threshold` that is given stands in the place of both.
    pub(super) fn decide(
        &self,
        rows: &Table,
        role: &str,
        chances: &[f64],
        threshold: Option<f64>,
    ) -> Result<Vec<Decision>, StepError> {
        let common = threshold.or(self.threshold).unwrap_or(0.5);
        let mut thresholds = vec![common; chances.len()];
        if let Some(by_group) = self.by_group.as_ref().filter(|_| threshold.is_none()) {
            for (own, group) in thresholds.iter_mut().zip(groups(rows, &by_group.columns, role)?) {
                // A group that nobody had seen has the threshold of all.
                *own = by_group.thresholds.get(&group).copied().unwrap_or(common);
            }
        }
        let ruled = Rule::decide(&self.rules, rows, role)?;
        let decide = |((chance, threshold), ruled): ((&f64, f64), Option<Decision>)| {
            ruled.unwrap_or_else(|| match self.refer {
                Some((low, high)) if (low..high).contains(chance) => Decision::Refer,
                _ if *chance >= threshold => Decision::Yes,
                _ => Decision::No,
            })
        };
        Ok(chances.iter().zip(thresholds).zip(ruled).map(decide).collect())
    }

    /// Whether decisions need more of a row than its likelihood.
    pub(super) fn is_plain(&self) -> bool {
        self.by_group.is_none() && self.refer.is_none() && self.rules.is_empty()
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
        let mut written = json!({ "positive": self.positive, "threshold": self.threshold, "calibration": calibration });
        if let Value::Object(written) = &mut written
            && !self.is_plain()
        {
            let by_group = self
                .by_group
                .as_ref()
                .map(|ByGroup { columns, thresholds }| json!({ "columns": columns, "thresholds": thresholds }));
            written.insert("by_group".to_owned(), json!(by_group));
            written.insert("refer_between".to_owned(), json!(self.refer.map(|(low, high)| [low, high])));
            written.insert("rules".to_owned(), self.rules.iter().map(Rule::to_json).collect());
        }
        written
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
        // What is there must be read, or a rule would be forgotten in silence.
        let there = |key: &str| value.get(key).filter(|value| !value.is_null());
        let by_group = match there("by_group") {
            None => None,
            Some(by_group) => Some(ByGroup {
                columns: texts(by_group.get("columns")?)?,
                thresholds: by_group
                    .get("thresholds")?
                    .as_object()?
                    .iter()
                    .map(|(group, threshold)| Some((group.clone(), threshold.as_f64()?)))
                    .collect::<Option<_>>()?,
            }),
        };
        let refer = match there("refer_between") {
            None => None,
            Some(band) => match numbers(band)?.as_slice() {
                [low, high] => Some((*low, *high)),
                _ => return None,
            },
        };
        let rules = match there("rules") {
            None => Vec::new(),
            Some(rules) => rules.as_array()?.iter().map(Rule::from_json).collect::<Option<_>>()?,
        };
        Some(Self {
            positive: usize::try_from(value.get("positive")?.as_u64()?).ok()?,
            threshold: value.get("threshold")?.as_f64(),
            calibration,
            by_group,
            refer,
            rules,
        })
    }
}

pub(super) fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect()
}

/// The group of each row by the values of columns together.
pub(super) fn groups(rows: &Table, columns: &[String], role: &str) -> Result<Vec<String>, StepError> {
    for name in columns {
        rows.column(name).map_err(of(role))?;
    }
    let cells: Vec<Vec<String>> = columns.iter().map(|name| values(rows, name)).collect::<Result<_, _>>()?;
    let joined = |row: usize| {
        let values: Vec<&str> = cells.iter().filter_map(|cells| cells.get(row)).map(String::as_str).collect();
        values.join(" & ")
    };
    Ok((0..rows.rows()).map(joined).collect())
}
