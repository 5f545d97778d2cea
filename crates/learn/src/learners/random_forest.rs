//! Random forests (Breiman 2001): trees on rows drawn with replacement, a few columns tried at each split.

mod grow;

use std::num::NonZeroUsize;

use self::grow::{Rules, grow};
use super::examples::table_of;
use super::file::{FileError, Reader, Writer};
use super::parameters::{Checked, Parameter};
use super::trees::bins::{self, Binned};
use super::trees::forest::Forest;
use super::{Examples, ExamplesError, InputKind, Inputs, Learner, Model, Scores, Setting, Spec, Task, parallel};
use crate::random::Random;

const ID: &str = "random_forest";

/// So many trees are grown before their size is looked at.
const TREES_IN_BATCH: usize = 16;

pub(super) const SPEC: Spec = Spec {
    id: ID,
    about: "random forest; many deep trees on rows drawn with replacement, which hardly need tuning",
    revision: 1,
    inputs: InputKind::Table,
    tasks: &[Task::Classification, Task::Regression],
    parameters: &[
        Parameter::integer("trees", 100, 1, 10_000, "how many trees"),
        Parameter::integer("depth_max", 0, 0, 256, "the longest way through a tree; 0 is 256"),
        Parameter::integer("rows_in_leaf_min", 1, 1, 1_000_000_000, "the fewest rows of a leaf"),
        Parameter::choice(
            "columns_per_split",
            "auto",
            &["auto", "sqrt", "log2", "third", "all"],
            "how many columns a split may choose from; auto is the square root for classes and all for numbers",
        ),
        Parameter::boolean("bootstrap", true, "whether each tree draws its rows with replacement"),
        Parameter::integer("bins_max", 255, 2, 255, "the most bins of a column"),
        Parameter::columns("categorical_columns", "columns whose numbers are names of categories"),
    ],
    make: |parameters| Box::new(RandomForest::new(parameters)),
    load: |file| Ok(Box::new(Grown::read(file)?)),
};

#[derive(Debug)]
struct RandomForest {
    trees: usize,
    depth_max: usize,
    rows_in_leaf_min: usize,
    columns_per_split: String,
    bootstrap: bool,
    bins_max: usize,
    categorical: Vec<usize>,
}

impl RandomForest {
    fn new(parameters: &Checked) -> Self {
        Self {
            trees: parameters.whole("trees"),
            depth_max: match parameters.whole("depth_max") {
                0 => 256,
                depth => depth,
            },
            rows_in_leaf_min: parameters.whole("rows_in_leaf_min"),
            columns_per_split: parameters.word("columns_per_split").to_owned(),
            bootstrap: parameters.boolean("bootstrap"),
            bins_max: parameters.whole("bins_max"),
            categorical: parameters.columns("categorical_columns"),
        }
    }

    fn columns_per_split(&self, columns: usize, task: Task) -> usize {
        match (self.columns_per_split.as_str(), task) {
            ("sqrt", _) | ("auto", Task::Classification) => columns.isqrt().max(1),
            ("log2", _) => columns.ilog2().max(1) as usize,
            ("third", _) => (columns / 3).max(1),
            _ => columns,
        }
    }

    /// How often each row counts in a tree, times its weight.
    fn draw(&self, examples: &Examples<'_>, rows: usize, random: &mut Random) -> Vec<f64> {
        let mut weights = vec![f64::from(u8::from(!self.bootstrap)); rows];
        if self.bootstrap {
            for _ in 0..rows {
                if let Some(weight) = weights.get_mut(random.below(rows)) {
                    *weight += 1.0;
                }
            }
        }
        if let Some(given) = examples.weights() {
            weights.iter_mut().zip(given).for_each(|(weight, given)| *weight *= given);
        }
        weights
    }
}

impl Learner for RandomForest {
    fn id(&self) -> &'static str {
        ID
    }

    fn fit(&self, training: &Examples<'_>, setting: &Setting<'_>) -> Result<Box<dyn Model>, ExamplesError> {
        let table = training.table(ID)?;
        let columns = bins::columns(table, &self.categorical, self.bins_max, setting.threads);
        let bins = Binned::new(table, &columns, setting.threads).by_column(columns.len());
        let targets: Vec<f64> = (0..table.rows()).map(|row| training.number(row)).collect();
        // Two classes are one number: the chance of the second. Its variance is Gini's impurity, halved.
        let width = match training.classes() {
            Some(classes) if classes > 2 => classes,
            _ => 1,
        };
        let rules = Rules {
            width,
            columns_per_split: self.columns_per_split(columns.len(), training.task()),
            depth_max: self.depth_max,
            rows_in_leaf_min: self.rows_in_leaf_min,
        };
        let mut forest = Forest::new(&columns, width, width);
        let seed = |tree: usize| setting.seed ^ (tree as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for from in (0..self.trees).step_by(TREES_IN_BATCH) {
            let trees = parallel::map(setting.threads, TREES_IN_BATCH.min(self.trees - from), |tree| {
                let mut random = Random::new(seed(from + tree));
                let weights = self.draw(training, table.rows(), &mut random);
                grow(&bins, &columns, &targets, &weights, &rules, &mut random)
            });
            for tree in &trees {
                forest.push(ID, tree, &columns)?;
            }
        }
        Ok(Box::new(Grown { forest, is_share: training.classes() == Some(2) }))
    }
}

#[derive(Debug)]
struct Grown {
    forest: Forest,
    /// Whether the single score is the chance of the second of two classes.
    is_share: bool,
}

impl Grown {
    fn read(file: &Reader<'_>) -> Result<Self, FileError> {
        let forest = Forest::read(file)?;
        let is_share = match (file.word("task")?, forest.outputs()) {
            ("two_classes", 1) => true,
            ("numbers", 1) => false,
            ("classes", outputs) if outputs > 2 => false,
            _ => return Err(FileError::Damaged("task")),
        };
        if forest.trees() == 0 {
            return Err(FileError::Damaged("root"));
        }
        Ok(Self { forest, is_share })
    }
}

impl Model for Grown {
    fn learner(&self) -> &'static str {
        ID
    }

    fn outputs(&self) -> usize {
        if self.is_share { 2 } else { self.forest.outputs() }
    }

    fn predict(&self, inputs: &Inputs<'_>, threads: NonZeroUsize) -> Result<Scores, ExamplesError> {
        let table = table_of(ID, inputs, self.forest.columns())?;
        let mut scores = vec![0.0; table.rows() * self.forest.outputs()];
        self.forest.add_scores(table, &mut scores, threads);
        let trees = self.forest.trees() as f64;
        scores.iter_mut().for_each(|score| *score /= trees);
        if self.is_share {
            scores = scores.into_iter().flat_map(|share| [1.0 - share, share]).collect();
        }
        Ok(Scores::new(scores, self.outputs()))
    }

    fn importance(&self) -> Option<Vec<f64>> {
        Some(self.forest.importance())
    }

    fn to_bytes(&self) -> Vec<u8> {
        let task = match self.forest.outputs() {
            1 if self.is_share => "two_classes",
            1 => "numbers",
            _ => "classes",
        };
        self.forest.write(Writer::new(ID).word("task", task)).finish()
    }
}
