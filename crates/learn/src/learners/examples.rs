//! What learners learn from, checked once.

use super::table::{Table, TableError};

/// The most classes of one problem.
pub const CLASSES_MAX: usize = 1000;

/// What a model looks at.
#[derive(Debug, Clone, Copy)]
pub enum Inputs<'a> {
    /// One row of numbers for each example.
    Table(Table<'a>),
    /// One text for each example.
    Texts(&'a [&'a str]),
    /// Sentences of tokens; each token is an example of its own, in reading order.
    Sentences(&'a [Vec<&'a str>]),
}

/// The three kinds of [`Inputs`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputKind {
    /// Rows of numbers.
    Table,
    /// Texts.
    Texts,
    /// Sentences of tokens.
    Sentences,
}

impl std::fmt::Display for InputKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Table => "a table of numbers",
            Self::Texts => "texts",
            Self::Sentences => "sentences of tokens",
        })
    }
}

impl Inputs<'_> {
    /// Which kind they are.
    #[must_use]
    pub const fn kind(&self) -> InputKind {
        match self {
            Self::Table(_) => InputKind::Table,
            Self::Texts(_) => InputKind::Texts,
            Self::Sentences(_) => InputKind::Sentences,
        }
    }

    /// How many examples there are: rows, texts, or tokens of all sentences.
    #[must_use]
    pub fn examples(&self) -> usize {
        match self {
            Self::Table(table) => table.rows(),
            Self::Texts(texts) => texts.len(),
            Self::Sentences(sentences) => sentences.iter().map(Vec::len).sum(),
        }
    }
}

/// What a model shall say.
#[derive(Debug, Clone, Copy)]
pub enum Targets<'a> {
    /// One class for each example, each below `classes`.
    Classes {
        /// The class of each example.
        labels: &'a [usize],
        /// How many classes there are, from 2 to [`CLASSES_MAX`]. One without an example is allowed.
        classes: usize,
    },
    /// One number for each example.
    Numbers(&'a [f64]),
}

/// The two kinds of [`Targets`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// One of several classes.
    Classification,
    /// A number.
    Regression,
}

impl std::fmt::Display for Task {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Classification => "classes",
            Self::Regression => "numbers",
        })
    }
}

/// Inputs with their targets and weights. Whoever has one knows that they fit together.
#[derive(Debug, Clone, Copy)]
pub struct Examples<'a> {
    inputs: Inputs<'a>,
    targets: Targets<'a>,
    weights: Option<&'a [f64]>,
}

/// Why inputs, targets and weights do not fit together, or a learner cannot use them.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ExamplesError {
    /// There is nothing to learn from.
    #[error("there are no examples; give at least one")]
    Empty,
    /// The counts differ.
    #[error("there are {found} {what} for {examples} examples; give one for each")]
    Lengths {
        /// `labels`, `numbers` or `weights`.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many examples there are.
        examples: usize,
    },
    /// The count of classes is out of bounds.
    #[error("{0} classes cannot be told apart; give from 2 to {CLASSES_MAX}")]
    Classes(usize),
    /// A class that is not there.
    #[error("example {example} has class {label} of {classes}; classes are counted from 0")]
    Label {
        /// Counted from zero.
        example: usize,
        /// Its class.
        label: usize,
        /// How many there are.
        classes: usize,
    },
    /// A target is not a finite number.
    #[error("the target of example {0} is not a finite number; leave the example out")]
    Target(usize),
    /// A weight is negative or not a finite number.
    #[error("the weight of example {0} is not a finite number from 0; leave the example out by weight 0")]
    Weight(usize),
    /// Nothing weighs anything.
    #[error("all weights are 0; give at least one example a weight above 0")]
    Weightless,
    /// The learner wants another kind of input.
    #[error("`{learner}` learns from {expected}, not from {found}")]
    Kind {
        /// The learner's id.
        learner: &'static str,
        /// What it wants.
        expected: InputKind,
        /// What it was given.
        found: InputKind,
    },
    /// The learner, with these parameters, has no use for such targets.
    #[error("`{learner}` cannot learn {found}; choose another learner or loss")]
    Task {
        /// The learner's id.
        learner: &'static str,
        /// What it was given.
        found: Task,
    },
    /// Inputs of another width than those learned from.
    #[error("the model has learned from {expected} columns and is asked about {found}; give the same columns")]
    Columns {
        /// Those of the model.
        expected: usize,
        /// Those it was given.
        found: usize,
    },
    /// A value that must be there is missing.
    #[error("row {row}, column {column} is missing, which `{learner}` cannot use; fill it in before")]
    Missing {
        /// The learner's id.
        learner: &'static str,
        /// Counted from zero.
        row: usize,
        /// Counted from zero.
        column: usize,
    },
    /// The problem is beyond what the learner is made for.
    #[error("`{learner}` would need {found} {what}, at most {most} are allowed; {remedy}")]
    TooLarge {
        /// The learner's id.
        learner: &'static str,
        /// What there would be too much of.
        what: &'static str,
        /// How much.
        found: usize,
        /// The bound.
        most: usize,
        /// What to do.
        remedy: &'static str,
    },
    /// The equations have no finite answer.
    #[error("`{0}` found no finite solution; bound huge values, raise `l2`, or drop columns that depend on each other")]
    NotFinite(&'static str),
    /// Early stopping was asked for without examples to look at.
    #[error("`early_stopping_rounds` needs examples for validation, of the same kind as those for training")]
    Validation,
    /// Numbers are no table.
    #[error(transparent)]
    Table(#[from] TableError),
}

impl<'a> Examples<'a> {
    /// Checks that inputs, targets and weights belong together.
    ///
    /// `weights` holds one number from 0 for each example; without it each counts once.
    ///
    /// # Errors
    /// If there are none, counts differ, or a label, number or weight is out of bounds.
    pub fn new(inputs: Inputs<'a>, targets: Targets<'a>, weights: Option<&'a [f64]>) -> Result<Self, ExamplesError> {
        let examples = inputs.examples();
        if examples == 0 {
            return Err(ExamplesError::Empty);
        }
        let same = |what, found: usize| {
            if found == examples { Ok(()) } else { Err(ExamplesError::Lengths { what, found, examples }) }
        };
        match targets {
            Targets::Classes { labels, classes } => {
                same("labels", labels.len())?;
                if !(2..=CLASSES_MAX).contains(&classes) {
                    return Err(ExamplesError::Classes(classes));
                }
                if let Some((example, &label)) = labels.iter().enumerate().find(|(_, label)| **label >= classes) {
                    return Err(ExamplesError::Label { example, label, classes });
                }
            }
            Targets::Numbers(numbers) => {
                same("numbers", numbers.len())?;
                if let Some(example) = numbers.iter().position(|number| !number.is_finite()) {
                    return Err(ExamplesError::Target(example));
                }
            }
        }
        if let Some(weights) = weights {
            same("weights", weights.len())?;
            if let Some(example) = weights.iter().position(|weight| !(weight.is_finite() && *weight >= 0.0)) {
                return Err(ExamplesError::Weight(example));
            }
            if weights.iter().all(|weight| *weight == 0.0) {
                return Err(ExamplesError::Weightless);
            }
        }
        Ok(Self { inputs, targets, weights })
    }

    /// What the model looks at.
    #[must_use]
    pub const fn inputs(&self) -> Inputs<'a> {
        self.inputs
    }

    /// What it shall say.
    #[must_use]
    pub const fn targets(&self) -> Targets<'a> {
        self.targets
    }

    /// How much each example counts; without weights each counts once.
    #[must_use]
    pub const fn weights(&self) -> Option<&'a [f64]> {
        self.weights
    }

    /// Classes or numbers.
    #[must_use]
    pub const fn task(&self) -> Task {
        match self.targets {
            Targets::Classes { .. } => Task::Classification,
            Targets::Numbers(_) => Task::Regression,
        }
    }

    /// How many classes there are, if there are classes.
    #[must_use]
    pub const fn classes(&self) -> Option<usize> {
        match self.targets {
            Targets::Classes { classes, .. } => Some(classes),
            Targets::Numbers(_) => None,
        }
    }

    /// The table, for a learner that wants one.
    pub(super) fn table(&self, learner: &'static str) -> Result<Table<'a>, ExamplesError> {
        table(learner, &self.inputs)
    }

    /// The weight of an example.
    pub(super) fn weight(&self, example: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights.get(example).copied().unwrap_or(0.0))
    }

    /// Class or number of an example, as a number.
    pub(super) fn number(&self, example: usize) -> f64 {
        match self.targets {
            Targets::Classes { labels, .. } => labels.get(example).copied().unwrap_or(0) as f64,
            Targets::Numbers(numbers) => numbers.get(example).copied().unwrap_or(0.0),
        }
    }
}

/// The table, for whoever wants one.
pub(super) fn table<'a>(learner: &'static str, inputs: &Inputs<'a>) -> Result<Table<'a>, ExamplesError> {
    match inputs {
        Inputs::Table(table) => Ok(*table),
        _ => Err(ExamplesError::Kind { learner, expected: InputKind::Table, found: inputs.kind() }),
    }
}

/// The table, if it has the columns that a model has learned from.
pub(super) fn table_of<'a>(
    learner: &'static str,
    inputs: &Inputs<'a>,
    columns: usize,
) -> Result<Table<'a>, ExamplesError> {
    let table = table(learner, inputs)?;
    if table.columns() != columns {
        return Err(ExamplesError::Columns { expected: columns, found: table.columns() });
    }
    Ok(table)
}
