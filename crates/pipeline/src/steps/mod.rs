//! What steps can do: a file and a line in [`KINDS`] each.

mod anonymize;
mod augment;
mod baseline;
mod certainty;
mod command;
mod compare;
mod copies;
mod curves;
mod deduplicate;
mod demand;
mod deploy;
mod evaluate;
mod finish;
mod fit;
mod generalize;
mod group_thresholds;
mod judged;
mod label_errors;
mod leakage;
mod poison;
mod postprocess;
mod preprocess;
mod query;
mod register;
mod reweigh;
mod robustness;
mod rules;
mod select;
mod similarity;
mod slices;
mod split;
mod tagger;
mod train;
mod tune;
mod validate;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::num::NonZeroUsize;

use redoubt_domain::settings::Table as Settings;
use redoubt_learn::learners::{self, Scores};

use self::fit::{Card, Prepared};
pub use self::query::{Sql, install_sql};
use crate::effect::Effect;
use crate::product::{Kind as ProductKind, Product};
use crate::run::Outside;
use crate::table::{Table, TableError};

/// Every kind of step.
pub const KINDS: &[Kind] = &[
    query::KIND,
    validate::KIND,
    anonymize::KIND,
    deduplicate::KIND,
    split::KIND,
    poison::KIND,
    label_errors::KIND,
    leakage::KIND,
    augment::KIND,
    preprocess::KIND,
    reweigh::KIND,
    train::KIND,
    tune::KIND,
    postprocess::KIND,
    evaluate::KIND,
    compare::KIND,
    tagger::TRAIN,
    tagger::EVALUATE,
    baseline::KIND,
    select::KIND,
    command::KIND,
    register::KIND,
    deploy::KIND,
];

/// A kind of step.
#[derive(Debug)]
pub struct Kind {
    /// Its word in a file.
    pub id: &'static str,
    /// What it does, for people.
    pub about: &'static str,
    /// Rises when the same settings and inputs give something else than before, so that nothing old is taken for it.
    pub revision: u32,
    /// Reads its settings.
    pub read: fn(&mut Settings<'_>) -> Box<dyn Work>,
}

/// Settings put to work: a function of inputs.
pub trait Work: Debug + Send + Sync {
    /// What it needs, in the order of [`Work::run`]'s inputs.
    fn needs(&self) -> Vec<Need>;

    /// The names and kinds of what it makes; the first is meant where only the step is named.
    fn makes(&self) -> Vec<(String, ProductKind)>;

    /// Code with a revision of its own that it works by, such as `random_forest/1`.
    fn code(&self) -> Option<String> {
        None
    }

    /// The need of whose rows it makes changed copies: they must come from the part to learn from of a split.
    fn makes_copies_of(&self) -> Option<&'static str> {
        None
    }

    /// The need whose rows a product has, changed or not: of most steps the first.
    fn rows_of(&self, output: &str) -> String {
        _ = output;
        self.needs().first().map(Need::role).unwrap_or_default()
    }

    /// Whether what its needs are called is part of what it makes; else their digests alone count.
    fn names_count(&self) -> bool {
        false
    }

    /// The registered version that it takes besides its needs: the role among its inputs, where it is missing if there is
    /// none yet, and the reference. The version's digest counts as that of an input.
    fn asks_registry(&self) -> Option<(&'static str, &str)> {
        None
    }

    /// Files that its settings name, whose bytes count as inputs do.
    fn files(&self) -> Vec<String> {
        Vec::new()
    }

    /// The file of the policy by which the guard looks at its rows, if it does at all.
    fn asks_guard(&self) -> Option<Option<String>> {
        None
    }

    /// Whether it runs a program that the file's author wrote, and if it does, whether behind walls.
    fn runs_program(&self) -> Option<bool> {
        None
    }

    /// Whether another try may end otherwise: not that of a function.
    fn can_fail_by_chance(&self) -> bool {
        false
    }

    /// Whether it has something done to the registry of models; what then counts is [`Work::effect`].
    fn has_effect(&self) -> bool {
        false
    }

    /// What it has done to the registry, as a function of its inputs; its product is the receipt, and [`Work::run`] is
    /// not called.
    ///
    /// # Errors
    /// As [`Work::run`].
    fn effect(&self, inputs: &[(String, Product)]) -> Result<Option<Effect>, StepError> {
        _ = inputs;
        Ok(None)
    }

    /// Whether the seed matters.
    fn is_random(&self) -> bool {
        false
    }

    /// Does it.
    ///
    /// # Errors
    /// If the inputs are not what the settings speak of, or the step's own demands are not met.
    fn run(&self, inputs: &[(String, Product)], setting: &Setting) -> Result<Done, StepError>;

    /// Does it, for those that are no function and need the world outside. The engine calls this.
    ///
    /// # Errors
    /// As [`Work::run`].
    fn act(
        &self,
        inputs: &[(String, Product)],
        setting: &Setting,
        outside: Option<&dyn Outside>,
    ) -> Result<Done, StepError> {
        _ = outside;
        self.run(inputs, setting)
    }
}

/// A product that a step needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The setting that names it.
    pub key: &'static str,
    /// Which of the list that the setting is, if it is one.
    pub item: Option<usize>,
    /// `STEP`, `STEP.PRODUCT` or the name of a data set.
    pub reference: String,
    /// What it must be.
    pub kind: ProductKind,
}

impl Need {
    pub(crate) fn table(key: &'static str, reference: &str) -> Self {
        Self { key, item: None, reference: reference.to_owned(), kind: ProductKind::Table }
    }

    pub(crate) fn model(key: &'static str, reference: &str) -> Self {
        Self { kind: ProductKind::Model, ..Self::table(key, reference) }
    }

    /// Its name among the inputs.
    #[must_use]
    pub fn role(&self) -> String {
        self.item.map_or_else(|| self.key.to_owned(), |item| format!("{}[{item}]", self.key))
    }
}

/// What does not change what a step makes, and its seed.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// All chance comes from it.
    pub seed: u64,
    /// The most threads to use.
    pub threads: NonZeroUsize,
}

/// What a step made.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Done {
    /// By name, as [`Work::makes`] says.
    pub products: Vec<(String, Product)>,
    /// Numbers by which people and conditions judge it.
    pub figures: BTreeMap<String, f64>,
}

/// Why a step failed.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// A column that is not there or holds something else.
    #[error("`{role}`: {reason}")]
    Table {
        /// Which input.
        role: String,
        /// Why.
        reason: TableError,
    },
    /// An input is not there; that is a fault of this program.
    #[error("the input `{0}` was not given")]
    Input(String),
    /// The data do not allow it.
    #[error("{0}")]
    Data(String),
    /// The step's own demands are not met.
    #[error("{0}")]
    Demand(String),
    /// What may end otherwise if it is tried again.
    #[error("{0}")]
    Chance(String),
    /// A learner refuses.
    #[error("{0}")]
    Learner(String),
}

/// What steps make that take rows out of a table: what stays, what went with the reasons, and how much of it.
fn rows_and_quarantine() -> Vec<(String, ProductKind)> {
    [("table", ProductKind::Table), ("quarantine", ProductKind::Table), ("report", ProductKind::Report)]
        .map(|(name, kind)| (name.to_owned(), kind))
        .to_vec()
}

/// The table of a role.
fn table<'p>(inputs: &'p [(String, Product)], role: &str) -> Result<&'p Table, StepError> {
    match inputs.iter().find(|(known, _)| known == role) {
        Some((_, Product::Table(table))) => Ok(table),
        _ => Err(StepError::Input(role.to_owned())),
    }
}

/// The card of the model of a role, and its scores of rows.
fn predict(
    inputs: &[(String, Product)],
    model: &str,
    rows: &Table,
    role: &str,
    setting: &Setting,
) -> Result<(Card, Scores), StepError> {
    let Some((_, Product::Model { card, weights })) = inputs.iter().find(|(known, _)| known == model) else {
        return Err(StepError::Input(model.to_owned()));
    };
    let damaged = |reason: String| StepError::Data(format!("the model cannot be read: {reason}"));
    if card.get("learner").and_then(serde_json::Value::as_str) == Some(tagger::LEARNER) {
        let reason = "a tagger says something of tokens, not of rows; measure it by `evaluate_tagger`";
        return Err(StepError::Data(reason.to_owned()));
    }
    let card = Card::from_json(card).ok_or_else(|| damaged("its card is of another version".to_owned()))?;
    let model = learners::load(weights).map_err(|error| damaged(error.to_string()))?;
    let prepared = Prepared::new(&card, rows, role)?;
    let scores = model.predict(&prepared.inputs()?, setting.threads);
    Ok((card, scores.map_err(|error| StepError::Learner(error.to_string()))?))
}

/// How likely the class `positive` of two is for each row, calibrated if a step after training said so.
fn likelihoods(card: &Card, scores: &Scores, positive: usize) -> Vec<f64> {
    let raw = scores.output(positive);
    match &card.finish {
        Some(finish) if finish.positive == positive => raw.into_iter().map(|score| finish.chance(score)).collect(),
        Some(finish) => scores.output(finish.positive).into_iter().map(|score| 1.0 - finish.chance(score)).collect(),
        None => raw,
    }
}

/// Which of two classes counts as yes: the one that is named, or the second.
fn positive(named: Option<&str>, card: &Card) -> Result<usize, StepError> {
    let classes = card.classes.as_deref().unwrap_or_default();
    if classes.len() != 2 {
        return Err(StepError::Data(format!("two classes are needed, and `{}` has {}", card.target, classes.len())));
    }
    let Some(named) = named else { return Ok(card.finish.as_ref().map_or(1, |finish| finish.positive)) };
    classes
        .iter()
        .position(|class| class == named)
        .ok_or_else(|| StepError::Data(format!("`positive` is `{named}`, and the classes are {}", classes.join(", "))))
}

/// Says which input an error of a table is about.
fn of(role: &str) -> impl Fn(TableError) -> StepError {
    let role = role.to_owned();
    move |reason| StepError::Table { role: role.clone(), reason }
}

/// A count as a figure.
#[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^53")]
const fn count(count: usize) -> f64 {
    count as f64
}
