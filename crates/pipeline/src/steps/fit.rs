//! What a model is learned from: columns and targets, as settings name them and as learners take them.

use std::num::NonZeroUsize;

use redoubt_domain::settings::{Table as Settings, nearest};
use redoubt_learn::learners::{
    self, Examples, InputKind, Inputs, LEARNERS, Learner, Model, Parameters, Spec, Table as Numbers, Targets,
    Value as Parameter,
};
use serde_json::json;

use super::finish::{Finish, texts};
use super::{StepError, of};
use crate::table::{Column, Table};

/// What learns if nothing is said.
#[expect(clippy::indexing_slicing, reason = "a constant: without learners it would not compile")]
const DEFAULT: &Spec = LEARNERS[0];

/// The parameter that says after how many rounds without gain a learner stops.
const EARLY_STOPPING: &str = "early_stopping_rounds";
/// What it is with validation rows, if nothing is said: without it they would do nothing.
const EARLY_STOPPING_ROUNDS: i64 = 20;

/// The settings of a step that learns.
#[derive(Debug)]
pub(super) struct Problem {
    target: String,
    features: Vec<String>,
    exclude: Vec<String>,
    weights: Option<String>,
    is_number: bool,
    pub(super) spec: &'static Spec,
    pub(super) parameters: Parameters,
}

impl Problem {
    /// Reads them; with rows to `stop` by, a learner that can stop early does.
    pub(super) fn read(table: &mut Settings<'_>, stops: bool) -> Self {
        let target = table.require("target", "the column to learn", String::new());
        let features: Vec<String> = table.or("features", "the columns to look at; all others, if left out", Vec::new());
        let exclude: Vec<String> =
            table.or("exclude", "columns not to look at, such as protected attributes", Vec::new());
        let weights = table.get("weights", "a column that says how much each row counts");
        let tasks = [("classes", false), ("number", true)];
        let is_number = table.choose("task", "what the target is", &tasks, false, "classes");
        // A row is no sentence.
        let known: Vec<(&'static str, &'static Spec)> =
            LEARNERS.iter().filter(|spec| spec.inputs != InputKind::Sentences).map(|spec| (spec.id, *spec)).collect();
        let spec = table.choose("learner", "how it is learned", &known, DEFAULT, DEFAULT.id);
        let mut parameters =
            table.table("parameters", "parameters of the learner", |table| read_parameters(table, spec));
        let can_stop = spec.parameters.iter().any(|parameter| parameter.name == EARLY_STOPPING);
        if stops && can_stop {
            parameters.entry(EARLY_STOPPING.to_owned()).or_insert(Parameter::Integer(EARLY_STOPPING_ROUNDS));
        }
        if let Err(error) = learners::learner(spec.id, &parameters) {
            table.refuse("parameters", error.to_string());
        }
        if spec.inputs == InputKind::Texts && features.len() != 1 && table.has("learner") {
            table.refuse("features", format!("`{}` looks at one column of text; name it", spec.id));
        }
        for name in exclude.iter().filter(|name| features.contains(name)) {
            table.refuse("exclude", format!("`{name}` is in `features` as well"));
        }
        Self { target, features, exclude, weights, is_number, spec, parameters }
    }

    /// The learner, with the revision of its code.
    pub(super) fn code(&self) -> String {
        format!("{}/{}", self.spec.id, self.spec.revision)
    }

    /// The learner with these parameters in the place of its own.
    pub(super) fn learner(&self, others: &Parameters) -> Result<Box<dyn Learner>, StepError> {
        let mut parameters = self.parameters.clone();
        parameters.extend(others.clone());
        learners::learner(self.spec.id, &parameters).map_err(refused)
    }

    /// What a model of these rows looks at.
    pub(super) fn card(&self, rows: &Table) -> Result<Card, StepError> {
        let target = rows.column(&self.target).map_err(of("input"))?;
        let is_text = self.spec.inputs == InputKind::Texts;
        let others = || {
            let is_other = |name: &&str| {
                *name != self.target
                    && self.exclude.iter().all(|gone| gone != name)
                    && self.weights.as_deref() != Some(*name)
            };
            rows.iter().map(|(name, _)| name).filter(is_other).map(str::to_owned).collect()
        };
        let features: Vec<String> = if self.features.is_empty() { others() } else { self.features.clone() };
        if features.contains(&self.target) {
            return Err(StepError::Data(format!("the target `{}` is among the features", self.target)));
        }
        for name in &self.exclude {
            rows.column(name).map_err(of("input"))?;
        }
        let mut classes: Vec<String> = (0..rows.rows()).map(|row| target.written(row)).collect();
        classes.sort_unstable();
        classes.dedup();
        if classes.first().is_some_and(String::is_empty) {
            return Err(StepError::Data(format!("the target `{}` is missing in some rows", self.target)));
        }
        let classes = (!self.is_number).then_some(classes);
        Ok(Card {
            learner: self.spec.id.to_owned(),
            revision: self.spec.revision,
            target: self.target.clone(),
            features,
            is_text,
            classes,
            finish: None,
        })
    }

    /// Learns a model of `rows`; gradient boosting stops by `validation`.
    pub(super) fn fit(
        &self,
        learner: &dyn Learner,
        card: &Card,
        rows: &Table,
        validation: Option<&Table>,
        (seed, threads): (u64, NonZeroUsize),
    ) -> Result<Box<dyn Model>, StepError> {
        let weights = match &self.weights {
            Some(name) => Some(rows.numbers(name).map_err(of("input"))?),
            None => None,
        };
        let prepared = Prepared::new(card, rows, "input")?;
        let answers = Answers::new(card, rows, "input")?;
        let examples = Examples::new(prepared.inputs()?, answers.targets(card), weights).map_err(refused)?;
        let validation = match validation {
            Some(rows) => Some((Prepared::new(card, rows, "validation")?, Answers::new(card, rows, "validation")?)),
            None => None,
        };
        let validation = match &validation {
            Some((prepared, answers)) => {
                Some(Examples::new(prepared.inputs()?, answers.targets(card), None).map_err(refused)?)
            }
            None => None,
        };
        learner.fit(&examples, &learners::Setting { seed, threads, validation }).map_err(refused)
    }
}

/// The parameters that are given; the learner checks their bounds.
pub(super) fn read_parameters(table: &mut Settings<'_>, spec: &Spec) -> Parameters {
    let mut parameters = Parameters::new();
    for parameter in spec.parameters {
        use redoubt_learn::learners::Kind::{Boolean, Choice, Columns, Integer, Number};
        let value = match parameter.kind {
            Integer { .. } => {
                let whole: Option<u64> = table.get(parameter.name, parameter.about);
                whole.map(|whole| Parameter::Integer(i64::try_from(whole).unwrap_or(i64::MAX)))
            }
            Number { .. } => table.get(parameter.name, parameter.about).map(Parameter::Number),
            Boolean { .. } => table.get(parameter.name, parameter.about).map(Parameter::Boolean),
            Choice { .. } | Columns => table.get(parameter.name, parameter.about).map(Parameter::Text),
        };
        parameters.extend(value.map(|value| (parameter.name.to_owned(), value)));
    }
    parameters
}

/// What a model looks at, and says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Card {
    pub(super) learner: String,
    /// Of the learner's code: what is made of the model later must be known as another's work too.
    pub(super) revision: u32,
    pub(super) target: String,
    /// Columns of numbers, or one of text.
    pub(super) features: Vec<String>,
    pub(super) is_text: bool,
    /// None of a number.
    pub(super) classes: Option<Vec<String>>,
    /// How scores become decisions, if a step after training said so.
    pub(super) finish: Option<Finish>,
}

impl Card {
    pub(super) fn to_json(&self) -> serde_json::Value {
        // A program that knows version 1 alone would decide without rules, groups and the band for people.
        let version = if self.finish.as_ref().is_none_or(Finish::is_plain) { 1 } else { 2 };
        json!({
            "version": version,
            "learner": self.learner,
            "revision": self.revision,
            "target": self.target,
            "features": self.features,
            "is_text": self.is_text,
            "classes": self.classes,
            "finish": self.finish.as_ref().map(Finish::to_json),
        })
    }

    /// Reads what a training step wrote.
    pub(super) fn from_json(value: &serde_json::Value) -> Option<Self> {
        if !(1..=2).contains(&value.get("version")?.as_u64()?) {
            return None;
        }
        let classes = value.get("classes")?;
        Some(Self {
            learner: value.get("learner")?.as_str()?.to_owned(),
            revision: u32::try_from(value.get("revision")?.as_u64()?).ok()?,
            target: value.get("target")?.as_str()?.to_owned(),
            features: texts(value.get("features")?)?,
            is_text: value.get("is_text")?.as_bool()?,
            classes: if classes.is_null() { None } else { Some(texts(classes)?) },
            finish: match value.get("finish") {
                None | Some(serde_json::Value::Null) => None,
                Some(finish) => Some(Finish::from_json(finish)?),
            },
        })
    }
}

/// Features and targets of rows, as a learner takes them.
pub(super) struct Prepared<'t> {
    numbers: Vec<f64>,
    rows: usize,
    columns: usize,
    texts: Vec<&'t str>,
    is_text: bool,
}

impl<'t> Prepared<'t> {
    pub(super) fn new(card: &Card, rows: &'t Table, role: &str) -> Result<Self, StepError> {
        let columns = card.features.len();
        let mut prepared =
            Self { numbers: Vec::new(), rows: rows.rows(), columns, texts: Vec::new(), is_text: card.is_text };
        if card.is_text {
            for name in &card.features {
                prepared.texts = rows.texts(name).map_err(of(role))?.iter().map(String::as_str).collect();
            }
            return Ok(prepared);
        }
        let features: Vec<&[f64]> =
            card.features.iter().map(|name| rows.numbers(name).map_err(of(role))).collect::<Result<_, _>>()?;
        prepared.numbers.reserve(rows.rows() * columns);
        for row in 0..rows.rows() {
            prepared.numbers.extend(features.iter().map(|cells| cells.get(row).copied().unwrap_or(f64::NAN)));
        }
        Ok(prepared)
    }

    pub(super) fn inputs(&self) -> Result<Inputs<'_>, StepError> {
        if self.is_text {
            return Ok(Inputs::Texts(&self.texts));
        }
        let numbers = Numbers::new(&self.numbers, self.rows, self.columns);
        Ok(Inputs::Table(numbers.map_err(|error| StepError::Data(error.to_string()))?))
    }
}

/// The places among `classes` of the cells of a target.
pub(super) fn labels(target: &Column, classes: &[String], role: &str) -> Result<Vec<usize>, StepError> {
    let label = |row| {
        let cell = target.written(row);
        classes.binary_search(&cell).map_err(|_| {
            let nearest = nearest(&cell, classes.iter().map(String::as_str));
            let meant = nearest.map(|class| format!(", did you mean `{class}`?")).unwrap_or_default();
            StepError::Data(format!("{role}: row {} has the class {cell:?}, which was not learned{meant}", row + 1))
        })
    };
    (0..target.len()).map(label).collect()
}

/// What is to be said about rows.
pub(super) struct Answers {
    labels: Vec<usize>,
    numbers: Vec<f64>,
}

impl Answers {
    pub(super) fn new(card: &Card, rows: &Table, role: &str) -> Result<Self, StepError> {
        let target = rows.column(&card.target).map_err(of(role))?;
        Ok(match &card.classes {
            Some(classes) => Self { labels: labels(target, classes, role)?, numbers: Vec::new() },
            None => Self { labels: Vec::new(), numbers: rows.numbers(&card.target).map_err(of(role))?.to_vec() },
        })
    }

    pub(super) fn labels(&self) -> &[usize] {
        &self.labels
    }

    pub(super) fn numbers(&self) -> &[f64] {
        &self.numbers
    }

    fn targets(&self, card: &Card) -> Targets<'_> {
        match &card.classes {
            Some(classes) => Targets::Classes { labels: &self.labels, classes: classes.len() },
            None => Targets::Numbers(&self.numbers),
        }
    }
}

pub(super) fn refused(error: impl std::fmt::Display) -> StepError {
    StepError::Learner(error.to_string())
}
