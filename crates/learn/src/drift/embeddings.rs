//! Two samples of vectors.

use super::Test;
use crate::error::{Error, Result};
use crate::matrix::{Matrix, square_distance};
use crate::random::Random;
use crate::special::{permutation_p, quantile};

/// More rows than this, both samples together, would need a kernel matrix of more than 128 MiB.
const ROWS_MAX: usize = 4096;

/// The maximum mean discrepancy of two samples under a Gaussian kernel (Gretton et al. 2012).
#[derive(Debug, Clone)]
pub struct Discrepancy {
    /// Row-major, both samples behind each other.
    kernel: Vec<f64>,
    n: usize,
    m: usize,
    /// The median of the squared distances of all pairs of rows: the kernel is `exp(-d^2 / bandwidth)`.
    pub bandwidth: f64,
}

impl Discrepancy {
    /// Takes `reference` (`n x d`) and `current` (`m x d`) and computes the kernel of all pairs.
    ///
    /// # Errors
    /// If the widths differ, a sample has fewer than two rows, or both together have more than 4096; undefined if more
    /// than half of the pairs are equal.
    pub fn new(reference: &Matrix, current: &Matrix) -> Result<Self> {
        let (n, m) = (reference.rows(), current.rows());
        let what = "the maximum mean discrepancy";
        if reference.columns() != current.columns() {
            return Err(Error::Lengths {
                what: "a row of current",
                found: current.columns(),
                expected: reference.columns(),
            });
        }
        if n < 2 || m < 2 {
            return Err(Error::Undefined { what, why: "a sample has fewer than two rows" });
        }
        if n + m > ROWS_MAX {
            return Err(Error::TooLarge { what: "rows of both samples", found: n + m, most: ROWS_MAX });
        }
        let rows: Vec<&[f64]> = reference.iter().chain(current.iter()).collect();
        let mut kernel: Vec<f64> = Vec::with_capacity(rows.len() * rows.len());
        for left in &rows {
            kernel.extend(rows.iter().map(|right| square_distance(left, right)));
        }
        let mut distances: Vec<f64> = kernel
            .chunks_exact(rows.len())
            .enumerate()
            .flat_map(|(at, row)| row.iter().skip(at + 1).copied())
            .collect();
        let bandwidth = median(&mut distances);
        if bandwidth <= 0.0 || !bandwidth.is_finite() {
            return Err(Error::Undefined { what, why: "most rows are equal, or their distances overflow" });
        }
        kernel.iter_mut().for_each(|value| *value = (-*value / bandwidth).exp());
        Ok(Self { kernel, n, m, bandwidth })
    }

    /// The unbiased estimate of the square, which may be below zero.
    #[must_use]
    pub fn squared(&self) -> f64 {
        let members: Vec<bool> = (0..self.n + self.m).map(|at| at < self.n).collect();
        self.of(&members)
    }

    /// With the p of `rounds` permutations.
    pub fn test(&self, rounds: usize, random: &mut Random) -> Test {
        let mut members: Vec<bool> = (0..self.n + self.m).map(|at| at < self.n).collect();
        let statistic = self.of(&members);
        let mut extreme = 0;
        for _ in 0..rounds {
            random.shuffle(&mut members);
            extreme += usize::from(self.of(&members) >= statistic - 1e-14);
        }
        Test { statistic, p: permutation_p(extreme, rounds) }
    }

    fn of(&self, members: &[bool]) -> f64 {
        let (n, m) = (self.n as f64, self.m as f64);
        let (mut within_n, mut within_m, mut between) = (0.0, 0.0, 0.0);
        for (at, (row, is_reference)) in self.kernel.chunks_exact(members.len()).zip(members).enumerate() {
            let (mut to_reference, mut to_all) = (0.0, 0.0);
            for (value, other) in row.iter().zip(members).skip(at + 1) {
                to_all += value;
                to_reference += if *other { *value } else { 0.0 };
            }
            if *is_reference {
                within_n += to_reference;
                between += to_all - to_reference;
            } else {
                within_m += to_all - to_reference;
                between += to_reference;
            }
        }
        2.0 * within_n / (n * (n - 1.0)) + 2.0 * within_m / (m * (m - 1.0)) - 2.0 * between / (n * m)
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    quantile(values, 0.5)
}
