//! Gradient boosting of decision trees (Friedman 2001) over histograms, as LightGBM does it (Ke et al. 2017).

mod loss;

use std::num::NonZeroUsize;

use self::loss::{Loss, Truth};
use super::examples::table_of;
use super::file::{FileError, Reader, Writer};
use super::parameters::{Checked, Parameter};
use super::trees::Tree;
use super::trees::bins::{self, Binned, Column};
use super::trees::forest::Forest;
use super::trees::grow::{Grower, Grown, Shape, leaf_of};
use super::trees::histogram::Gradients;
use super::trees::split::Regularization;
use super::{Examples, ExamplesError, InputKind, Inputs, Learner, Model, Scores, Setting, Spec, Task};
use crate::random::Random;

const ID: &str = "gradient_boosting";

pub(super) const SPEC: Spec = Spec {
    id: ID,
    about: "gradient boosting of decision trees over histograms; the best first choice for tables, missing values and \
            categories included",
    revision: 1,
    inputs: InputKind::Table,
    tasks: &[Task::Classification, Task::Regression],
    parameters: &[
        Parameter::integer("trees", 100, 1, 100_000, "rounds of boosting; each adds a tree for each class"),
        Parameter::number("learning_rate", 0.1, 1e-6, 1.0, "how much of each tree counts"),
        Parameter::integer("leaves_max", 31, 2, 4096, "the most leaves of a tree"),
        Parameter::integer("depth_max", 0, 0, 256, "the longest way through a tree; 0 is without bound"),
        Parameter::integer(
            "rows_in_leaf_min",
            20,
            1,
            1_000_000_000,
            "the fewest rows of a leaf, told from their weight",
        ),
        Parameter::number("hessian_in_leaf_min", 1e-3, 0.0, 1e12, "the least sum of second derivatives in a leaf"),
        Parameter::number("l1", 0.0, 0.0, 1e12, "absolute penalty of leaf values"),
        Parameter::number("l2", 0.0, 0.0, 1e12, "quadratic penalty of leaf values"),
        Parameter::number("gain_min", 0.0, 0.0, 1e12, "the least gain of a split"),
        Parameter::integer("bins_max", 255, 2, 255, "the most bins of a column"),
        Parameter::number("column_fraction", 1.0, 1e-3, 1.0, "the share of columns that a tree may use"),
        Parameter::number("row_fraction", 1.0, 1e-3, 1.0, "the share of rows that a tree is grown on"),
        Parameter::integer("rows_drawn_every", 1, 1, 100_000, "after how many rounds other rows are drawn"),
        Parameter::columns("categorical_columns", "columns whose numbers are names of categories"),
        Parameter::choice(
            "loss",
            "auto",
            &["auto", "logistic", "softmax", "squared_error", "absolute_error", "huber"],
            "what is made small; auto is logistic for two classes, softmax for more, squared error for numbers",
        ),
        Parameter::number("huber_delta", 0.9, 1e-9, 1e12, "from which error on huber is linear"),
        Parameter::integer(
            "early_stopping_rounds",
            0,
            0,
            100_000,
            "stop when so many rounds did not better the loss on the validation examples; 0 is never",
        ),
    ],
    make: |parameters| Box::new(GradientBoosting::new(parameters)),
    load: |file| Ok(Box::new(Boosted::read(file)?)),
};

#[derive(Debug)]
struct GradientBoosting {
    trees: usize,
    learning_rate: f64,
    shape: Shape,
    bins_max: usize,
    column_fraction: f64,
    row_fraction: f64,
    rows_drawn_every: usize,
    categorical: Vec<usize>,
    loss: String,
    huber_delta: f64,
    patience: usize,
}

impl GradientBoosting {
    fn new(parameters: &Checked) -> Self {
        Self {
            trees: parameters.whole("trees"),
            learning_rate: parameters.number("learning_rate"),
            shape: Shape {
                leaves_max: parameters.whole("leaves_max"),
                depth_max: parameters.whole("depth_max"),
                rules: Regularization {
                    l1: parameters.number("l1"),
                    l2: parameters.number("l2"),
                    rows_in_leaf_min: parameters.whole("rows_in_leaf_min"),
                    hessian_in_leaf_min: parameters.number("hessian_in_leaf_min"),
                    gain_min: parameters.number("gain_min"),
                },
            },
            bins_max: parameters.whole("bins_max"),
            column_fraction: parameters.number("column_fraction"),
            row_fraction: parameters.number("row_fraction"),
            rows_drawn_every: parameters.whole("rows_drawn_every"),
            categorical: parameters.columns("categorical_columns"),
            loss: parameters.word("loss").to_owned(),
            huber_delta: parameters.number("huber_delta"),
            patience: parameters.whole("early_stopping_rounds"),
        }
    }

    fn loss(&self, examples: &Examples<'_>) -> Result<Loss, ExamplesError> {
        match (self.loss.as_str(), examples.classes()) {
            ("auto" | "logistic", Some(2)) => Ok(Loss::Logistic),
            ("auto" | "softmax", Some(classes)) => Ok(Loss::Softmax(classes)),
            ("auto" | "squared_error", None) => Ok(Loss::Squared),
            ("absolute_error", None) => Ok(Loss::Absolute),
            ("huber", None) => Ok(Loss::Huber(self.huber_delta)),
            _ => Err(ExamplesError::Task { learner: ID, found: examples.task() }),
        }
    }

    /// Which columns a tree may use: an exact share of them, at least one.
    fn draw_columns(&self, count: usize, random: &mut Random) -> Vec<bool> {
        if self.column_fraction >= 1.0 {
            return vec![true; count];
        }
        let mut order: Vec<usize> = (0..count).collect();
        random.shuffle(&mut order);
        let used = share(count, self.column_fraction);
        let mut is_used = vec![false; count];
        for at in order.into_iter().take(used) {
            if let Some(is_used) = is_used.get_mut(at) {
                *is_used = true;
            }
        }
        is_used
    }

    /// Which rows a tree is grown on, ascending; none means all.
    fn draw_rows(&self, count: usize, random: &mut Random) -> Option<Vec<u32>> {
        if self.row_fraction >= 1.0 {
            return None;
        }
        // Selection sampling (Knuth, volume 2, algorithm S).
        let mut wanted = share(count, self.row_fraction);
        let mut rows = Vec::with_capacity(wanted);
        for row in 0..count {
            if random.below(count - row) < wanted {
                rows.push(row as u32);
                wanted -= 1;
            }
        }
        Some(rows)
    }
}

#[expect(clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "a share of a count")]
fn share(count: usize, fraction: f64) -> usize {
    ((count as f64 * fraction).round() as usize).clamp(1, count)
}

/// Examples that are looked at after each round.
struct Watched<'a> {
    binned: Binned,
    truth: Truth<'a>,
    scores: Vec<Vec<f64>>,
    best: f64,
    best_rounds: usize,
}

impl Learner for GradientBoosting {
    fn id(&self) -> &'static str {
        ID
    }

    fn fit(&self, training: &Examples<'_>, setting: &Setting<'_>) -> Result<Box<dyn Model>, ExamplesError> {
        let table = training.table(ID)?;
        let loss = self.loss(training)?;
        let columns = bins::columns(table, &self.categorical, self.bins_max, setting.threads);
        let binned = Binned::new(table, &columns, setting.threads);
        let truth = Truth::new(training);
        let outputs = loss.outputs();
        let start: Vec<f64> = (0..outputs).map(|output| loss.start(&truth, output)).collect();
        let mut scores: Vec<Vec<f64>> = start.iter().map(|start| vec![*start; table.rows()]).collect();
        let mut watched = match &setting.validation {
            _ if self.patience == 0 => None,
            None => return Err(ExamplesError::Validation),
            Some(examples) => {
                let table = table_of(ID, &examples.inputs(), columns.len())?;
                if examples.classes() != training.classes() {
                    return Err(ExamplesError::Validation);
                }
                Some(Watched {
                    binned: Binned::new(table, &columns, setting.threads),
                    truth: Truth::new(examples),
                    scores: start.iter().map(|start| vec![*start; table.rows()]).collect(),
                    best: f64::INFINITY,
                    best_rounds: 0,
                })
            }
        };

        let mut random = Random::new(setting.seed);
        let mut trees = Vec::new();
        let mut grower = Grower::new(&binned, &columns, self.shape, setting.threads);
        let mut packed = Gradients::default();
        let (mut gradients, mut hessians) = (vec![0.0; table.rows()], vec![0.0; table.rows()]);
        let mut rows = None;
        for round in 0..self.trees {
            if round % self.rows_drawn_every == 0 {
                rows = self.draw_rows(table.rows(), &mut random);
            }
            let shares = loss.shares(&scores);
            let mut grew = false;
            for output in 0..outputs {
                loss.gradients(&truth, &scores, &shares, output, &mut gradients, &mut hessians);
                packed.pack(&gradients, &hessians);
                let is_used = self.draw_columns(columns.len(), &mut random);
                let mut grown = grower.grow(&packed, rows.as_deref(), &is_used);
                grew |= grown.leaves.len() > 1;
                let Some(of_output) = scores.get_mut(output) else {
                    continue;
                };
                self.set_values(&mut grown, &grower, loss, &truth, of_output, (&gradients, &hessians));
                update(&grown, &grower, of_output);
                if let Some(rows) = &rows {
                    update_others(&grown.tree, &columns, &binned, rows, of_output);
                }
                if let Some(watched) = &mut watched
                    && let Some(scores) = watched.scores.get_mut(output)
                {
                    add(&grown.tree, &columns, &watched.binned, scores, setting.threads);
                }
                trees.push(grown.tree);
            }
            if let Some(watched) = &mut watched {
                let value = loss.mean(&watched.truth, &watched.scores);
                if value < watched.best {
                    (watched.best, watched.best_rounds) = (value, round + 1);
                } else if round + 1 >= watched.best_rounds + self.patience {
                    break;
                }
            }
            // Without rows drawn anew, nothing will change any more.
            if !grew && self.row_fraction >= 1.0 && self.column_fraction >= 1.0 {
                break;
            }
        }
        if let Some(watched) = &watched {
            trees.truncate(watched.best_rounds * outputs);
        }
        if !start.iter().all(|start| start.is_finite()) {
            return Err(ExamplesError::NotFinite(ID));
        }
        let mut forest = Forest::new(&columns, outputs, 1);
        for tree in &trees {
            forest.push(ID, tree, &columns)?;
        }
        Ok(Box::new(Boosted { forest, start, loss }))
    }
}

impl GradientBoosting {
    /// Gives each leaf its value: Newton's step, or the median of what is left for the absolute error.
    fn set_values(
        &self,
        grown: &mut Grown,
        grower: &Grower<'_>,
        loss: Loss,
        truth: &Truth<'_>,
        scores: &[f64],
        (gradients, hessians): (&[f64], &[f64]),
    ) {
        let rules = &self.shape.rules;
        grown.tree.values = vec![0.0; grown.tree.nodes.len()];
        for (node, range) in &grown.leaves {
            let rows = grower.rows(range);
            let value = if matches!(loss, Loss::Absolute) {
                truth.median(rows, scores)
            } else {
                let (mut gradient, mut hessian) = (0.0, 0.0);
                for row in rows {
                    gradient += at(gradients, *row);
                    hessian += at(hessians, *row);
                }
                let gradient = (f64::abs(gradient) - rules.l1).max(0.0).copysign(gradient);
                if hessian + rules.l2 > 0.0 { -gradient / (hessian + rules.l2) } else { 0.0 }
            };
            if let Some(slot) = grown.tree.values.get_mut(*node) {
                *slot = value * self.learning_rate;
            }
        }
    }
}

#[inline(always)]
fn at(values: &[f64], row: u32) -> f64 {
    values.get(row as usize).copied().unwrap_or(0.0)
}

/// Adds a tree's values to the scores of the rows it was grown on.
fn update(grown: &Grown, grower: &Grower<'_>, scores: &mut [f64]) {
    for (node, range) in &grown.leaves {
        let value = grown.tree.values.get(*node).copied().unwrap_or(0.0);
        for row in grower.rows(range) {
            if let Some(score) = scores.get_mut(*row as usize) {
                *score += value;
            }
        }
    }
}

/// Adds a tree's values to the scores of the rows it was not grown on; `rows` are the others, ascending.
fn update_others(tree: &Tree, columns: &[Column], binned: &Binned, rows: &[u32], scores: &mut [f64]) {
    let mut drawn = rows.iter().copied().peekable();
    for (row, score) in scores.iter_mut().enumerate() {
        if drawn.next_if_eq(&(row as u32)).is_none() {
            *score += tree.values.get(leaf_of(tree, columns, binned, row)).copied().unwrap_or(0.0);
        }
    }
}

/// Adds a tree's values to the scores of other rows.
fn add(tree: &Tree, columns: &[Column], binned: &Binned, scores: &mut [f64], threads: NonZeroUsize) {
    const ROWS: usize = 1 << 14;
    super::parallel::fill(threads, scores, ROWS, |part, scores| {
        for (at, score) in scores.iter_mut().enumerate() {
            *score += tree.values.get(leaf_of(tree, columns, binned, part * ROWS + at)).copied().unwrap_or(0.0);
        }
    });
}

#[derive(Debug)]
struct Boosted {
    forest: Forest,
    /// What each output starts from.
    start: Vec<f64>,
    loss: Loss,
}

impl Boosted {
    fn read(file: &Reader<'_>) -> Result<Self, FileError> {
        let forest = Forest::read(file)?;
        let start = file.f64s_of("start", forest.outputs())?;
        let loss = match (file.word("loss")?, forest.outputs()) {
            ("logistic", 1) => Loss::Logistic,
            ("softmax", outputs) if outputs > 1 => Loss::Softmax(outputs),
            ("squared_error", 1) => Loss::Squared,
            ("absolute_error", 1) => Loss::Absolute,
            // The model has no use for the width any more.
            ("huber", 1) => Loss::Huber(1.0),
            _ => return Err(FileError::Damaged("loss")),
        };
        Ok(Self { forest, start, loss })
    }
}

impl Model for Boosted {
    fn learner(&self) -> &'static str {
        ID
    }

    fn outputs(&self) -> usize {
        if matches!(self.loss, Loss::Logistic) { 2 } else { self.forest.outputs() }
    }

    fn predict(&self, inputs: &Inputs<'_>, threads: NonZeroUsize) -> Result<Scores, ExamplesError> {
        let table = table_of(ID, inputs, self.forest.columns())?;
        let mut scores: Vec<f64> = self.start.iter().copied().cycle().take(table.rows() * self.start.len()).collect();
        self.forest.add_scores(table, &mut scores, threads);
        Ok(Scores::new(self.loss.answers(scores), self.outputs()))
    }

    fn importance(&self) -> Option<Vec<f64>> {
        Some(self.forest.importance())
    }

    fn to_bytes(&self) -> Vec<u8> {
        let file = Writer::new(ID).word("loss", self.loss.name()).f64s("start", &self.start);
        self.forest.write(file).finish()
    }
}
