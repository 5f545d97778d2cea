//! A candidate against the champion, on the same rows.

use std::collections::BTreeMap;

use redoubt_domain::settings::{Table as Settings, nearest};
use redoubt_learn::metrics::{Disagreements, paired_bootstrap};
use redoubt_learn::random::Random;
use serde_json::{Map, json};

use super::certainty::Certainty;
use super::fit::Card;
use super::judged::{Judged, METRICS, Metric};
use super::{Done, Kind, Need, Setting, StepError, Work, count, demand, predict, table};
use crate::condition::Condition;
use crate::product::{Kind as ProductKind, Product};
use crate::table::{Column, Table};

pub(super) const KIND: Kind = Kind {
    id: "compare",
    about: "compares a model with the champion on the same rows, by paired tests, and counts what the champion had right and \
            the model has not",
    revision: 1,
    read: |table| Box::new(Compare::read(table)),
};

#[derive(Debug)]
struct Compare {
    input: String,
    model: String,
    champion: String,
    /// Whether a registered champion may be missing.
    passes_without: bool,
    regression: Option<String>,
    lost_max: Option<usize>,
    lost_share_max: Option<f64>,
    positive: Option<String>,
    threshold: Option<f64>,
    metrics: Vec<String>,
    certainty: Certainty,
    require: Vec<Condition>,
}

/// From so many disagreements on the corrected chi-square of McNemar's test is good.
const EXACT_MAX: u64 = 25;

impl Compare {
    fn read(table: &mut Settings<'_>) -> Self {
        let input = table.require("input", "rows that neither model was learned from", String::new());
        let model = table.require("model", "the candidate", String::new());
        let words =
            "the model that it would replace: of a step, or a registered one, such as `registry:lending@champion`";
        let champion: String = table.require("champion", words, String::new());
        let is_registered = champion.starts_with(REGISTRY);
        if is_registered && !is_reference(&champion) {
            let reason = "write `registry:NAME@ALIAS`, `registry:NAME/Production` or `registry:NAME/3`";
            table.refuse("champion", reason);
        }
        let words =
            "what happens as long as no registered champion is there: the pipeline stops, or goes on without comparing";
        let ways = [("refuse", false), ("pass", true)];
        let passes_without = table.choose("without_champion", words, &ways, false, "refuse");
        if table.has("without_champion") && !is_registered {
            table.refuse("without_champion", "the champion is that of a step, which is always there; leave it out");
        }
        let words =
            "rows that the candidate must not get wrong where the champion is right; those of `input`, if left out";
        let regression = table.get("regression", words);
        let lost_max = table.get("lost_max", "the most such rows that may be lost; more stop the pipeline");
        let lost_share_max: Option<f64> =
            table.get("lost_share_max", "the largest share of the rows that the champion had right");
        if lost_share_max.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
            table.refuse("lost_share_max", "expected a share from 0 to 1");
        }
        let words = "of two classes the one that counts as yes; the second in alphabetical order, if left out";
        let positive = table.get("positive", words);
        let words = "the likelihood from which on the answer is yes; each model's own, or 0.5, if left out";
        let threshold: Option<f64> = table.get("threshold", words);
        if threshold.is_some_and(|threshold| !(0.0..=1.0).contains(&threshold)) {
            table.refuse("threshold", "expected a likelihood from 0 to 1");
        }
        let metrics: Vec<String> =
            table.or("metrics", "what is compared; all that the target allows, if left out", Vec::new());
        for (item, name) in metrics.iter().enumerate() {
            if METRICS.iter().all(|metric| metric.id != name) {
                let known: Vec<&str> = METRICS.iter().map(|metric| metric.id).collect();
                let suggestion = nearest(name, known.iter().copied()).map(str::to_owned);
                table.refuse_item("metrics", item, format!("`{name}` is none of {}", known.join(", ")), suggestion);
            }
        }
        let certainty = Certainty::read(table, "draws of the bootstrap");
        let words = "what figures must be, such as \"difference_roc_auc_low >= 0\"; else the pipeline stops";
        let require = demand::read(table, words);
        Self {
            input,
            model,
            champion,
            passes_without,
            regression,
            lost_max,
            lost_share_max,
            positive,
            threshold,
            metrics,
            certainty,
            require,
        }
    }

    /// Candidate and champion on the rows of a role.
    fn both(&self, inputs: &[(String, Product)], role: &str, setting: &Setting) -> Result<(Judged, Judged), StepError> {
        let rows = table(inputs, role)?;
        let judge = |model: &str| -> Result<(Card, Judged), StepError> {
            let (card, scores) = predict(inputs, model, rows, role, setting)?;
            let judged = Judged::new(&card, &scores, rows, role, self.positive.as_deref(), self.threshold)?;
            Ok((card, judged))
        };
        let (card, candidate) = judge("model")?;
        let (champion_card, champion) = judge("champion")?;
        if card.target != champion_card.target || card.classes != champion_card.classes {
            let said = |card: &Card| match &card.classes {
                Some(classes) => format!("`{}` with the classes {}", card.target, classes.join(", ")),
                None => format!("the number `{}`", card.target),
            };
            let reason = format!(
                "the models cannot be compared: `model` says {}, and `champion` says {}",
                said(&card),
                said(&champion_card)
            );
            return Err(StepError::Data(reason));
        }
        Ok((candidate, champion))
    }

    /// The metrics to compare by.
    fn metrics(&self, judged: &Judged) -> Result<Vec<&'static Metric>, StepError> {
        let able: Vec<&'static Metric> = judged.metrics().collect();
        if self.metrics.is_empty() {
            return Ok(able);
        }
        let named = |name: &String| {
            able.iter().find(|metric| metric.id == name).copied().ok_or_else(|| {
                let known: Vec<&str> = able.iter().map(|metric| metric.id).collect();
                StepError::Data(format!("`{name}` is not defined for this target; there are {}", known.join(", ")))
            })
        };
        self.metrics.iter().map(named).collect()
    }

    /// The rows that the champion had right and the candidate has not, and how many the champion had right.
    fn lost(candidate: &Judged, champion: &Judged) -> Option<(Vec<usize>, usize)> {
        let (candidate, champion) = (candidate.right()?, champion.right()?);
        let had = champion.iter().filter(|right| **right).count();
        let lost = champion.iter().zip(&candidate).enumerate().filter(|(_, (had, has))| **had && !**has);
        Some((lost.map(|(row, _)| row).collect(), had))
    }
}

/// What references to the registry begin with.
const REGISTRY: &str = "registry:";

/// Whether a reference names a model and what leads to its version; the registry reads the rest.
fn is_reference(text: &str) -> bool {
    let rest = text.strip_prefix(REGISTRY).unwrap_or_default();
    rest.split_once(['@', '/']).is_some_and(|(name, slot)| !name.is_empty() && !slot.is_empty())
}

impl Work for Compare {
    fn needs(&self) -> Vec<Need> {
        let mut needs = vec![Need::table("input", &self.input), Need::model("model", &self.model)];
        if self.asks_registry().is_none() {
            needs.push(Need::model("champion", &self.champion));
        }
        let regression = self.regression.iter().map(|reference| Need::table("regression", reference));
        needs.into_iter().chain(regression).collect()
    }

    fn makes(&self) -> Vec<(String, ProductKind)> {
        vec![("report".to_owned(), ProductKind::Report), ("lost".to_owned(), ProductKind::Table)]
    }

    fn asks_registry(&self) -> Option<(&'static str, &str)> {
        self.champion.strip_prefix(REGISTRY).map(|reference| ("champion", reference))
    }

    fn is_random(&self) -> bool {
        true
    }

    fn run(&self, inputs: &[(String, Product)], setting: &Setting) -> Result<Done, StepError> {
        if self.asks_registry().is_some() && model(inputs, "champion").is_none() {
            return self.without(inputs);
        }
        let (candidate, champion) = self.both(inputs, "input", setting)?;
        let rows = table(inputs, "input")?;
        let mut figures = BTreeMap::from([("rows".to_owned(), count(rows.rows()))]);
        let mut undefined = Map::new();
        let mut random = Random::new(setting.seed);
        let all: Vec<usize> = (0..rows.rows()).collect();
        for metric in self.metrics(&candidate)? {
            let id = metric.id;
            // Losses the other way round, so that above 0 always speaks for the candidate.
            let sign = if metric.is_loss { -1.0 } else { 1.0 };
            let of = |judged, rows: &[usize]| metric.value(judged, rows).map(|value| sign * value);
            let difference = paired_bootstrap(
                rows.rows(),
                self.certainty.rounds,
                self.certainty.level,
                &mut random,
                |rows| of(&champion, rows),
                |rows| of(&candidate, rows),
            );
            match difference {
                Ok(difference) => {
                    let interval = difference.interval;
                    figures.insert(format!("difference_{id}"), interval.point);
                    figures.insert(format!("difference_{id}_low"), interval.low);
                    figures.insert(format!("difference_{id}_high"), interval.high);
                    figures.insert(format!("not_better_share_{id}"), difference.share_not_better);
                }
                Err(error) => _ = undefined.insert(id.to_owned(), json!(error.to_string())),
            }
            figures.extend(metric.value(&candidate, &all).ok().map(|value| (format!("candidate_{id}"), value)));
            figures.extend(metric.value(&champion, &all).ok().map(|value| (format!("champion_{id}"), value)));
        }
        if let (Some(has), Some(had)) = (candidate.right(), champion.right()) {
            let found = Disagreements::new(&had, &has).map_err(|error| StepError::Data(error.to_string()))?;
            let is_exact = found.champion + found.challenger < EXACT_MAX;
            let p = if is_exact { found.exact_p() } else { found.corrected_p() };
            figures.insert("mcnemar_p".to_owned(), p);
            figures.insert("only_champion_right".to_owned(), whole(found.champion));
            figures.insert("only_candidate_right".to_owned(), whole(found.challenger));
        }
        let role = if self.regression.is_some() { "regression" } else { "input" };
        let asked = table(inputs, role)?;
        let lost = match role {
            "regression" => {
                let (candidate, champion) = self.both(inputs, role, setting)?;
                Self::lost(&candidate, &champion)
            }
            _ => Self::lost(&candidate, &champion),
        };
        let lost_rows = match &lost {
            Some((lost, had)) => {
                figures.insert("regression_rows".to_owned(), count(*had));
                figures.insert("lost_rows".to_owned(), count(lost.len()));
                figures.insert("lost_share".to_owned(), count(lost.len()) / count((*had).max(1)));
                self.hold(lost, *had)?;
                numbered(asked, lost)?
            }
            None if self.lost_max.is_some() || self.lost_share_max.is_some() || self.regression.is_some() => {
                let reason = "a number is not right or wrong: leave out `regression`, `lost_max` and `lost_share_max`";
                return Err(StepError::Data(reason.to_owned()));
            }
            None => asked.take(&[]),
        };
        let mut report = json!({ "version": 1 });
        // Once it leads, a candidate meets itself, and is no better than that.
        let is_champion = self.asks_registry().is_some() && model(inputs, "champion") == model(inputs, "model");
        if self.asks_registry().is_some() {
            figures.insert("has_champion".to_owned(), 1.0);
            report = json!({ "version": 1, "champion": self.champion, "is_champion": is_champion });
        }
        if !is_champion {
            demand::check(&self.require, &figures)?;
        }
        if let Some(fields) = report.as_object_mut() {
            fields.insert("figures".to_owned(), json!(figures));
            fields.insert("undefined".to_owned(), json!(undefined));
        }
        Ok(Done {
            products: vec![
                ("report".to_owned(), Product::Report(report)),
                ("lost".to_owned(), Product::Table(lost_rows)),
            ],
            figures,
        })
    }
}

/// The model of a role, if there is one.
fn model<'p>(inputs: &'p [(String, Product)], role: &str) -> Option<&'p Product> {
    inputs.iter().find(|(known, _)| known == role).map(|(_, product)| product)
}

impl Compare {
    /// What comes of it as long as there is no champion.
    fn without(&self, inputs: &[(String, Product)]) -> Result<Done, StepError> {
        let rows = table(inputs, "input")?;
        if !self.passes_without {
            let reference = self.champion.strip_prefix(REGISTRY).unwrap_or_default();
            let reason = format!(
                "`{reference}` leads to no version, so there is nothing to compare with; if this is to be the first, say \
                 `without_champion = \"pass\"`"
            );
            return Err(StepError::Demand(reason));
        }
        let figures = BTreeMap::from([("rows".to_owned(), count(rows.rows())), ("has_champion".to_owned(), 0.0)]);
        let report = json!({ "version": 1, "champion": null, "figures": figures, "undefined": {} });
        let products = vec![
            ("report".to_owned(), Product::Report(report)),
            ("lost".to_owned(), Product::Table(numbered(rows, &[])?)),
        ];
        Ok(Done { products, figures })
    }

    /// The step's demands on the regression set.
    fn hold(&self, lost: &[usize], had: usize) -> Result<(), StepError> {
        let share = count(lost.len()) / count(had.max(1));
        let first = lost.first().map_or(0, |row| row + 1);
        let said = format!("of {had} rows that the champion has right the candidate loses {}", lost.len());
        if let Some(most) = self.lost_max.filter(|most| lost.len() > *most) {
            return Err(StepError::Demand(format!("{said}, and `lost_max` allows {most}; the first is row {first}")));
        }
        if let Some(most) = self.lost_share_max.filter(|most| share > *most) {
            let most = most * 100.0;
            let reason = format!("{said}, and `lost_share_max` allows {most} %; the first is row {first}");
            return Err(StepError::Demand(reason));
        }
        Ok(())
    }
}

/// Rows with their place in the table, counted from 1.
fn numbered(rows: &Table, of: &[usize]) -> Result<Table, StepError> {
    let mut table = rows.take(of);
    let name = "row";
    if !rows.names().iter().any(|known| known == name) {
        let places = of.iter().map(|row| count(row + 1)).collect();
        table.set(name, Column::Number(places)).map_err(super::of("lost"))?;
    }
    Ok(table)
}

#[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^53")]
const fn whole(count: u64) -> f64 {
    count as f64
}
