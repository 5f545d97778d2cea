//! Looking for the parameters of a learner.

use std::num::NonZeroUsize;

use redoubt_domain::settings::{Table as Settings, nearest};
use redoubt_learn::learners::search::{self, Dimension, Found, Halving, Space, SpaceError, Tpe};
use redoubt_learn::learners::{Kind as ParameterKind, Parameter as Declared, Parameters, Value as Parameter};
use redoubt_learn::matrix::Matrix;
use redoubt_learn::metrics::{self, log_loss};
use redoubt_learn::random::Random;
use serde_json::{Value, json};

use super::fit::{Answers, Card, Prepared, Problem};
use super::train::{counts, importance};
use super::{Done, Kind, Need, Setting, StepError, Work, count, table};
use crate::product::{Kind as ProductKind, Product};
use crate::table::Table;

pub(super) const KIND: Kind = Kind {
    id: "tune",
    about: "looks for the parameters with which a learner does best on validation rows, and learns a model with them",
    revision: 2,
    read: |table| Box::new(Tune::read(table)),
};

#[derive(Debug)]
struct Tune {
    input: String,
    validation: String,
    problem: Problem,
    way: Way,
    trials: usize,
    space: Option<Space>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Tpe,
    Random,
    Halving,
}

/// The most trials of a step.
const TRIALS_MAX: usize = 10_000;
/// The whole of the rows, in the unit of budgets: hundredths.
const WHOLE: u64 = 100;
/// What halving begins with.
const FIRST: u64 = 12;

impl Tune {
    fn read(table: &mut Settings<'_>) -> Self {
        let input = table.require("input", "the rows to learn from", String::new());
        let validation = table.require("validation", "the rows by which parameters are chosen", String::new());
        let problem = Problem::read(table, true);
        let ways = [("tpe", Way::Tpe), ("random", Way::Random), ("halving", Way::Halving)];
        let way = table.choose("search", "how it looks for them", &ways, Way::Tpe, "tpe");
        let trials = table.or("trials", "how many settings are tried", 40_usize);
        if !(2..=TRIALS_MAX).contains(&trials) {
            table.refuse("trials", format!("expected 2 to {TRIALS_MAX}"));
        }
        let words = "for each parameter `{ least = …, most = …, log = true }` or `{ among = […] }`";
        let spec = problem.spec;
        let dimensions = table.table("space", words, |table| {
            spec.parameters.iter().filter_map(|declared| dimension(table, declared)).collect::<Vec<_>>()
        });
        let space = match Space::new(dimensions) {
            Ok(space) => Some(space),
            Err(error) => {
                if table.has("kind") {
                    table.refuse("space", error.to_string());
                }
                None
            }
        };
        Self { input, validation, problem, way, trials, space }
    }

    fn search(
        &self,
        space: &Space,
        setting: &Setting,
        loss: impl Fn(&Parameters, u64) -> f64 + Sync,
    ) -> Result<Found, SpaceError> {
        let Setting { seed, threads } = *setting;
        match self.way {
            Way::Random => search::random(space, self.trials, WHOLE, seed, threads, loss),
            Way::Tpe => {
                let tpe = Tpe { trials: self.trials, by_chance: self.trials.div_ceil(4), ..Tpe::default() };
                search::tpe(space, tpe, WHOLE, seed, threads, loss)
            }
            Way::Halving => {
                let halving = Halving { budget_min: FIRST, budget_max: WHOLE, factor: 2 };
                search::successive_halving(space.sample(self.trials, seed)?, halving, threads, loss)
            }
        }
    }
}

/// What one parameter may be, if the file says so.
fn dimension(table: &mut Settings<'_>, declared: &Declared) -> Option<(String, Dimension)> {
    let name = declared.name;
    let dimension = table.table_if(name, declared.about, |table| {
        let least: Option<f64> = table.get("least", "the least value");
        let most: Option<f64> = table.get("most", "the greatest value");
        let is_log = table.or("log", "whether factors count rather than differences", false);
        let words: Vec<String> = table.or("among", "the words to choose from", Vec::new());
        match (declared.kind, least, most) {
            (ParameterKind::Integer { .. }, Some(least), Some(most)) => match (whole(least), whole(most)) {
                (Some(least), Some(most)) => Some(Dimension::Integer { least, most, is_log }),
                _ => {
                    table.refuse("least", "expected whole numbers");
                    None
                }
            },
            (ParameterKind::Number { .. }, Some(least), Some(most)) => Some(Dimension::Number { least, most, is_log }),
            (ParameterKind::Choice { words: known, .. }, None, None) if !words.is_empty() => {
                for (item, word) in words.iter().enumerate().filter(|(_, word)| !known.contains(&word.as_str())) {
                    let suggestion = nearest(word, known.iter().copied()).map(str::to_owned);
                    table.refuse_item("among", item, format!("`{word}` is not one of its values"), suggestion);
                }
                Some(Dimension::Choice(words.into_iter().map(Parameter::Text).collect()))
            }
            (ParameterKind::Boolean { .. }, None, None) => {
                Some(Dimension::Choice(vec![Parameter::Boolean(false), Parameter::Boolean(true)]))
            }
            (ParameterKind::Integer { .. } | ParameterKind::Number { .. }, _, _) => {
                table.refuse("least", "`least` and `most` are both needed");
                None
            }
            _ => {
                table.refuse("among", "a list of words is needed");
                None
            }
        }
    })??;
    Some((name.to_owned(), dimension))
}

#[expect(clippy::cast_possible_truncation, reason = "whole and small enough, as is asked before")]
fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() < 1e15).then_some(number as i64)
}

impl Work for Tune {
    fn needs(&self) -> Vec<Need> {
        vec![Need::table("input", &self.input), Need::table("validation", &self.validation)]
    }

    fn makes(&self) -> Vec<(String, ProductKind)> {
        [("model", ProductKind::Model), ("importance", ProductKind::Report), ("trials", ProductKind::Report)]
            .map(|(name, kind)| (name.to_owned(), kind))
            .to_vec()
    }

    fn code(&self) -> Option<String> {
        Some(self.problem.code())
    }

    fn is_random(&self) -> bool {
        true
    }

    fn run(&self, inputs: &[(String, Product)], setting: &Setting) -> Result<Done, StepError> {
        let (rows, validation) = (table(inputs, "input")?, table(inputs, "validation")?);
        let card = self.problem.card(rows)?;
        let space = self.space.as_ref().ok_or_else(|| StepError::Input("space".to_owned()))?;
        // Rows in an order by chance, so that a part of them is a sample.
        let mut order: Vec<usize> = (0..rows.rows()).collect();
        Random::new(setting.seed).shuffle(&mut order);
        let trial = Trial { problem: &self.problem, card: &card, validation, seed: setting.seed };
        let loss = |parameters: &Parameters, budget: u64| {
            let part = order.len() * usize::try_from(budget).unwrap_or(usize::MAX).min(100) / 100;
            let part = if budget >= WHOLE { None } else { order.get(..part.max(1)) };
            let sample = part.map(|part| rows.take(part));
            trial.loss(parameters, sample.as_ref().unwrap_or(rows)).unwrap_or(f64::NAN)
        };
        let found = self.search(space, setting, loss).map_err(|error| StepError::Data(error.to_string()))?;
        let best = found.best().filter(|best| best.loss.is_finite()).ok_or_else(|| {
            let first = space.sample(1, setting.seed).ok().and_then(|settings| settings.into_iter().next());
            let reason = first.and_then(|parameters| trial.loss(&parameters, rows).err());
            let reason = reason.map_or_else(|| "every loss is infinite".to_owned(), |error| error.to_string());
            StepError::Learner(format!("no trial came to an end: {reason}"))
        })?;
        let learner = self.problem.learner(&best.parameters)?;
        let how = (setting.seed, setting.threads);
        let model = self.problem.fit(learner.as_ref(), &card, rows, Some(validation), how)?;
        let mut figures = counts(&card, rows);
        figures.insert("loss".to_owned(), best.loss);
        figures.insert("trials".to_owned(), count(found.trials.len()));
        let trials: Vec<Value> = found
            .trials
            .iter()
            .map(|trial| {
                let loss = trial.loss.is_finite().then_some(trial.loss);
                json!({ "parameters": said(&trial.parameters), "share": trial.budget, "loss": loss })
            })
            .collect();
        let report = json!({ "version": 1, "best": said(&best.parameters), "trials": trials });
        Ok(Done {
            products: vec![
                ("model".to_owned(), Product::Model { card: card.to_json(), weights: model.to_bytes() }),
                ("importance".to_owned(), Product::Report(importance(&card, model.as_ref()))),
                ("trials".to_owned(), Product::Report(report)),
            ],
            figures,
        })
    }
}

/// What is the same for all trials.
struct Trial<'a> {
    problem: &'a Problem,
    card: &'a Card,
    validation: &'a Table,
    seed: u64,
}

impl Trial<'_> {
    /// The loss on the validation rows: of classes the log loss, of numbers the root of the mean square error.
    fn loss(&self, parameters: &Parameters, rows: &Table) -> Result<f64, StepError> {
        let learner = self.problem.learner(parameters)?;
        let one = NonZeroUsize::MIN;
        let validation = Some(self.validation);
        let model = self.problem.fit(learner.as_ref(), self.card, rows, validation, (self.seed, one))?;
        let prepared = Prepared::new(self.card, self.validation, "validation")?;
        let answers = Answers::new(self.card, self.validation, "validation")?;
        let scores = model.predict(&prepared.inputs()?, one).map_err(super::fit::refused)?;
        let unmeasured = |error: redoubt_learn::error::Error| StepError::Data(error.to_string());
        if self.card.classes.is_none() {
            return metrics::root_mean_square_error(answers.numbers(), &scores.output(0)).map_err(unmeasured);
        }
        let matrix = Matrix::new(scores.values().to_vec(), scores.outputs()).map_err(unmeasured)?;
        log_loss(answers.labels(), &matrix).map_err(unmeasured)
    }
}

fn said(parameters: &Parameters) -> Value {
    let value = |value: &Parameter| match value {
        Parameter::Integer(value) => json!(value),
        Parameter::Number(value) => json!(value),
        Parameter::Boolean(value) => json!(value),
        Parameter::Text(value) => json!(value),
    };
    parameters.iter().map(|(name, parameter)| (name.clone(), value(parameter))).collect()
}
