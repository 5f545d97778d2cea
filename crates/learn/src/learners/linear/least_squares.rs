//! Least squares, with a quadratic penalty (ridge regression, Hoerl and Kennard 1970).

#![expect(clippy::indexing_slicing, reason = "the matrix of products is square and made here")]

use super::super::parameters::{Checked, Parameter};
use super::super::{Examples, ExamplesError, InputKind, Learner, Model, Setting, Spec, Task, parallel};
use super::objective::{Loss, Rules, fit};
use super::scorer::Linear;
use super::{Design, add, dot, finish};

const ID: &str = "linear_regression";

/// Up to so many columns the equations are solved at once; their matrix then takes 32 MiB.
const SOLVED_MAX: usize = 2048;

/// Rows are summed in so many parts at most, whatever the threads.
const PARTS_MAX: usize = 8;

pub(in super::super) const SPEC: Spec = Spec {
    id: ID,
    about: "linear regression with a quadratic penalty (ridge); fast, and its coefficients can be read",
    revision: 1,
    inputs: InputKind::Table,
    tasks: &[Task::Regression],
    parameters: &[
        Parameter::number(
            "l2",
            1.0,
            0.0,
            1e12,
            "it times the squared coefficients is added to the sum of squared errors",
        ),
        Parameter::boolean(
            "standardize",
            true,
            "whether columns have mean 0 and deviation 1 while they are learned from",
        ),
    ],
    make: |parameters| Box::new(LinearRegression::new(parameters)),
    load: |file| {
        let model = Linear::read(ID, file)?;
        if model.loss != Loss::Squared {
            return Err(super::super::FileError::Damaged("loss"));
        }
        Ok(Box::new(model))
    },
};

#[derive(Debug)]
struct LinearRegression {
    l2: f64,
    standardize: bool,
}

impl LinearRegression {
    fn new(parameters: &Checked) -> Self {
        Self { l2: parameters.number("l2"), standardize: parameters.boolean("standardize") }
    }
}

impl Learner for LinearRegression {
    fn id(&self) -> &'static str {
        ID
    }

    fn fit(&self, training: &Examples<'_>, setting: &Setting<'_>) -> Result<Box<dyn Model>, ExamplesError> {
        let table = training.table(ID)?;
        if training.task() != Task::Regression {
            return Err(ExamplesError::Task { learner: ID, found: training.task() });
        }
        let design = Design::new(table, training, self.standardize);
        let parameters = if design.columns <= SOLVED_MAX {
            solve(&design, training, self.l2, setting).ok_or(ExamplesError::NotFinite(ID))?
        } else {
            let rules = Rules { l2: self.l2, tolerance: 1e-8, iterations_max: 10_000 };
            fit(&design, training, Loss::Squared, rules, setting.threads)
        };
        finish(ID, Loss::Squared, design, &parameters)
    }
}

/// Coefficients and the intercept by the normal equations of the centred columns; none if these have no single answer.
fn solve(design: &Design, examples: &Examples<'_>, l2: f64, setting: &Setting<'_>) -> Option<Vec<f64>> {
    let columns = design.columns;
    let total: f64 = (0..design.rows).map(|row| examples.weight(row)).sum();
    let mut means = vec![0.0; columns + 1];
    for row in 0..design.rows {
        let weight = examples.weight(row) / total;
        add(design.row(row), weight, &mut means[..columns]);
        means[columns] += weight * examples.number(row);
    }
    // Lower triangle of the products of centred columns; the last row is that of the targets.
    let stride = columns + 1;
    let size = design.rows.div_ceil(PARTS_MAX).max(1024);
    let parts = parallel::map(setting.threads, design.rows.div_ceil(size), |part| {
        let mut products = vec![0.0; stride * stride];
        let mut centred = vec![0.0; stride];
        for row in part * size..((part + 1) * size).min(design.rows) {
            let values = design.row(row).iter().copied().chain([examples.number(row)]);
            for ((centred, value), mean) in centred.iter_mut().zip(values).zip(&means) {
                *centred = value - mean;
            }
            let weight = examples.weight(row);
            for (at, products) in products.chunks_exact_mut(stride).enumerate() {
                if centred[at] != 0.0 {
                    add(&centred[..=at], weight * centred[at], &mut products[..=at]);
                }
            }
        }
        products
    });
    let mut products = vec![0.0; stride * stride];
    for part in parts {
        products.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
    }
    // Cholesky's decomposition of all but the last row, which solves the first triangle on the way.
    let largest = (0..columns).map(|at| products[at * stride + at]).fold(0.0, f64::max);
    (0..columns).for_each(|at| products[at * stride + at] += l2);
    for at in 0..stride {
        for before in 0..=at.min(columns - 1) {
            let (above, below) = products.split_at(at * stride);
            let known = if before < at {
                dot(&above[before * stride..before * stride + before], &below[..before])
            } else {
                dot(&below[..before], &below[..before])
            };
            let left = products[at * stride + before] - known;
            products[at * stride + before] = if before < at {
                left / products[before * stride + before]
            } else if left > largest * 1e-13 {
                left.sqrt()
            } else if largest == 0.0 {
                // Nothing but constants: any coefficient does, and zero is the smallest.
                1.0
            } else {
                return None;
            };
        }
    }
    let mut parameters = products[columns * stride..][..columns].to_vec();
    for at in (0..columns).rev() {
        let behind: f64 = (at + 1..columns).map(|behind| products[behind * stride + at] * parameters[behind]).sum();
        parameters[at] = (parameters[at] - behind) / products[at * stride + at];
    }
    let intercept = means[columns] - dot(&parameters, &means[..columns]);
    parameters.push(intercept);
    parameters.iter().all(|parameter| parameter.is_finite()).then_some(parameters)
}
