//! Linear models: logistic regression, least squares, and what they share with hashed texts.

pub(super) mod lbfgs;
pub(super) mod least_squares;
pub(super) mod logistic;
pub(super) mod objective;
mod scorer;

use self::objective::{Loss, Rows};
use self::scorer::Linear;
use super::{Examples, ExamplesError, Model};
use crate::learners::table::Table;

/// A table without missing values, its columns shifted and scaled.
pub(super) struct Design {
    values: Vec<f64>,
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// What stands for a missing value: the column's mean.
    pub(super) means: Vec<f64>,
    /// The columns' standard deviations.
    deviations: Vec<f64>,
    /// What was taken from each column, and what it was divided by then.
    pub(super) shifts: Vec<f64>,
    pub(super) scales: Vec<f64>,
}

impl Design {
    /// Fills in missing values, and standardizes columns if that is wanted.
    pub(super) fn new(table: Table<'_>, examples: &Examples<'_>, standardize: bool) -> Self {
        let columns = table.columns();
        let mut weights = vec![0.0; columns];
        let mut means = vec![0.0; columns];
        let mut deviations = vec![0.0; columns];
        for (row, values) in table.iter().enumerate() {
            let weight = examples.weight(row);
            for ((total, mean), value) in weights.iter_mut().zip(&mut means).zip(values) {
                if !value.is_nan() {
                    *total += weight;
                    *mean += weight * value;
                }
            }
        }
        for (mean, weight) in means.iter_mut().zip(&weights) {
            *mean = if *weight > 0.0 { *mean / weight } else { 0.0 };
        }
        for (row, values) in table.iter().enumerate() {
            let weight = examples.weight(row);
            for ((sum, mean), value) in deviations.iter_mut().zip(&means).zip(values) {
                if !value.is_nan() {
                    *sum += weight * (value - mean) * (value - mean);
                }
            }
        }
        for (deviation, weight) in deviations.iter_mut().zip(&weights) {
            *deviation = if *weight > 0.0 { (*deviation / weight).sqrt() } else { 0.0 };
        }
        let shifts = if standardize { means.clone() } else { vec![0.0; columns] };
        let scale = |deviation: &f64| if standardize && *deviation > 0.0 { *deviation } else { 1.0 };
        let scales: Vec<f64> = deviations.iter().map(scale).collect();
        let mut values = Vec::with_capacity(table.values().len());
        for row in table.iter() {
            let columns = row.iter().zip(&means).zip(shifts.iter().zip(&scales));
            values.extend(columns.map(|((value, mean), (shift, scale))| {
                ((if value.is_nan() { *mean } else { *value }) - shift) / scale
            }));
        }
        Self { values, rows: table.rows(), columns, means, deviations, shifts, scales }
    }
}

/// A model of the table as it was, from coefficients of the shifted and scaled one.
fn finish(
    learner: &'static str,
    loss: Loss,
    design: Design,
    parameters: &[f64],
) -> Result<Box<dyn Model>, ExamplesError> {
    let mut coefficients = Vec::with_capacity(parameters.len());
    let mut intercepts = Vec::new();
    for of_output in parameters.chunks_exact(design.columns + 1) {
        let (intercept, scaled) = of_output.split_last().unwrap_or((&0.0, &[]));
        let mut intercept = *intercept;
        for ((coefficient, scale), shift) in scaled.iter().zip(&design.scales).zip(&design.shifts) {
            coefficients.push(coefficient / scale);
            intercept -= coefficient / scale * shift;
        }
        intercepts.push(intercept);
    }
    let Design { columns, means, deviations, .. } = design;
    if !coefficients.iter().chain(&intercepts).chain(&means).chain(&deviations).all(|number| number.is_finite()) {
        return Err(ExamplesError::NotFinite(learner));
    }
    Ok(Box::new(Linear { learner, loss, columns, coefficients, intercepts, means, deviations }))
}

impl Rows for Design {
    fn rows(&self) -> usize {
        self.rows
    }

    fn columns(&self) -> usize {
        self.columns
    }

    fn dot(&self, row: usize, coefficients: &[f64]) -> f64 {
        dot(self.row(row), coefficients)
    }

    fn add(&self, row: usize, factor: f64, sums: &mut [f64]) {
        add(self.row(row), factor, sums);
    }
}

impl Design {
    /// The numbers of a row.
    pub(super) fn row(&self, row: usize) -> &[f64] {
        self.values.get(row * self.columns..(row + 1) * self.columns).unwrap_or_default()
    }
}

/// The scalar product, in an order that lets the processor add eight at once.
pub(super) fn dot(left: &[f64], right: &[f64]) -> f64 {
    let length = left.len().min(right.len());
    let (left, left_rest) = left.split_at(length).0.as_chunks::<8>();
    let (right, right_rest) = right.split_at(length).0.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for (left, right) in left.iter().zip(right) {
        for ((sum, left), right) in sums.iter_mut().zip(left).zip(right) {
            *sum += left * right;
        }
    }
    let [a, b, c, d, e, f, g, h] = sums;
    let rest: f64 = left_rest.iter().zip(right_rest).map(|(left, right)| left * right).sum();
    ((a + e) + (b + f)) + ((c + g) + (d + h)) + rest
}

/// Adds a multiple of a row to sums.
pub(super) fn add(row: &[f64], factor: f64, sums: &mut [f64]) {
    sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += factor * value);
}
