//! What steps can do: a file and a line in [`KINDS`] each.

mod baseline;
mod evaluate;
mod fit;
mod postprocess;
mod preprocess;
mod query;
mod split;
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
use crate::product::{Kind as ProductKind, Product};
use crate::table::{Table, TableError};

/// Every kind of step.
pub const KINDS: &[Kind] = &[
    query::KIND,
    validate::KIND,
    split::KIND,
    preprocess::KIND,
    train::KIND,
    tune::KIND,
    postprocess::KIND,
    evaluate::KIND,
    baseline::KIND,
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

    /// Whether the seed matters.
    fn is_random(&self) -> bool {
        false
    }

    /// Does it.
    ///
    /// # Errors
    /// If the inputs are not what the settings speak of, or the step's own demands are not met.
    fn run(&self, inputs: &[(String, Product)], setting: &Setting) -> Result<Done, StepError>;
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
    /// A learner refuses.
    #[error("{0}")]
    Learner(String),
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
