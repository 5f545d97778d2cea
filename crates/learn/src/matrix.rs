//! Rows of numbers, and the little linear algebra that detectors need.
#![expect(clippy::indexing_slicing, reason = "every index runs below the size of the square matrix it is into")]

use crate::check::finite;
use crate::error::{Error, Result};

/// Wider rows would make an eigen decomposition take minutes.
pub const COLUMNS_MAX: usize = 2048;

/// A matrix of finite numbers, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    columns: usize,
    data: Vec<f64>,
}

impl Matrix {
    /// Takes `data` as rows of `columns` values.
    ///
    /// # Errors
    /// If there is no row, `columns` is not in `1..=2048`, the last row is not whole, or a value is not finite.
    pub fn new(data: Vec<f64>, columns: usize) -> Result<Self> {
        if !(1..=COLUMNS_MAX).contains(&columns) {
            return Err(Error::Setting { what: "columns", allowed: "between 1 and 2048" });
        }
        if data.is_empty() {
            return Err(Error::Empty { what: "rows" });
        }
        if !data.len().is_multiple_of(columns) {
            return Err(Error::Lengths { what: "the last row", found: data.len() % columns, expected: columns });
        }
        finite("data", &data)?;
        Ok(Self { columns, data })
    }

    /// Takes rows of the same length.
    ///
    /// # Errors
    /// As [`Self::new`], or if a row is not as long as the first.
    pub fn from_rows<R: AsRef<[f64]>>(rows: &[R]) -> Result<Self> {
        let columns = rows.first().map_or(0, |row| row.as_ref().len());
        if let Some(other) = rows.iter().find(|row| row.as_ref().len() != columns) {
            return Err(Error::Lengths { what: "a row", found: other.as_ref().len(), expected: columns });
        }
        Self::new(rows.iter().flat_map(|row| row.as_ref().iter().copied()).collect(), columns)
    }

    /// How many rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.data.len() / self.columns
    }

    /// How many values each row has.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// A row; empty if there is none of this number.
    #[must_use]
    pub fn row(&self, at: usize) -> &[f64] {
        if at < self.rows() { &self.data[at * self.columns..(at + 1) * self.columns] } else { &[] }
    }

    /// The rows in order.
    pub fn iter(&self) -> std::slice::ChunksExact<'_, f64> {
        self.data.chunks_exact(self.columns)
    }

    /// The rows of these numbers, in this order.
    ///
    /// # Errors
    /// If there is none, or a number is not below [`Self::rows`].
    pub fn select(&self, rows: &[usize]) -> Result<Self> {
        if let Some(row) = rows.iter().position(|row| *row >= self.rows()) {
            return Err(Error::Value { what: "rows", row, allowed: "the rows of the matrix" });
        }
        Self::new(rows.iter().flat_map(|at| self.row(*at).iter().copied()).collect(), self.columns)
    }

    /// The mean of each column.
    #[must_use]
    pub fn mean(&self) -> Vec<f64> {
        let mut mean = vec![0.0; self.columns];
        for row in self.iter() {
            mean.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
        }
        let rows = self.rows() as f64;
        mean.iter_mut().for_each(|sum| *sum /= rows);
        mean
    }

    /// Each row less `mean`, a vector of one value for each column.
    #[must_use]
    pub fn centred(&self, mean: &[f64]) -> Self {
        let data = self.iter().flat_map(|row| row.iter().zip(mean).map(|(value, mean)| value - mean)).collect();
        Self { columns: self.columns, data }
    }

    /// The covariance of the columns (`/ n`), around `mean`.
    #[must_use]
    pub fn covariance(&self, mean: &[f64]) -> Square {
        let mut sum = Square::zero(self.columns);
        let mut centred = vec![0.0; self.columns];
        for row in self.iter() {
            centred.iter_mut().zip(row.iter().zip(mean)).for_each(|(to, (value, mean))| *to = value - mean);
            for (at, value) in centred.iter().enumerate() {
                let out = &mut sum.data[at * self.columns..=at * self.columns + at];
                out.iter_mut().zip(&centred).for_each(|(sum, other)| *sum += value * other);
            }
        }
        let rows = self.rows() as f64;
        for i in 0..self.columns {
            for j in 0..=i {
                let value = sum.data[i * self.columns + j] / rows;
                sum.data[i * self.columns + j] = value;
                sum.data[j * self.columns + i] = value;
            }
        }
        sum
    }

    /// The coordinates of the rows, less `mean`, along `directions` (each as long as a row): `rows x directions`.
    ///
    /// # Errors
    /// If there is no direction, or a coordinate overflows.
    pub fn projected(&self, mean: &[f64], directions: &[Vec<f64>]) -> Result<Self> {
        let along = |row: &[f64], direction: &[f64]| {
            row.iter().zip(mean).zip(direction).map(|((value, mean), factor)| (value - mean) * factor).sum()
        };
        let data = self.iter().flat_map(|row| directions.iter().map(move |direction| along(row, direction))).collect();
        Self::new(data, directions.len())
    }
}

/// A square, symmetric matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct Square {
    size: usize,
    data: Vec<f64>,
}

/// The eigenvalues of a symmetric matrix, largest first, and their vectors, each of length 1 and with its largest
/// component positive.
#[derive(Debug, Clone, PartialEq)]
pub struct Eigen {
    /// Largest first.
    pub values: Vec<f64>,
    /// In the same order.
    pub vectors: Vec<Vec<f64>>,
}

impl Square {
    /// All zero.
    fn zero(size: usize) -> Self {
        Self { size, data: vec![0.0; size * size] }
    }

    /// How many rows, which is how many columns.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// A value; zero outside.
    #[must_use]
    pub fn at(&self, row: usize, column: usize) -> f64 {
        if column < self.size { self.data.get(row * self.size + column).copied().unwrap_or(0.0) } else { 0.0 }
    }

    /// Eigenvalues and vectors by Householder's reduction to three diagonals and implicit QL (Bowdler, Martin, Reinsch and
    /// Wilkinson 1968).
    ///
    /// # Errors
    /// If QL does not converge, as with values that overflow.
    pub fn eigen(&self) -> Result<Eigen> {
        let n = self.size;
        let mut vectors = self.data.clone();
        let (mut diagonal, mut beside) = tridiagonal(&mut vectors, n);
        implicit_ql(&mut vectors, &mut diagonal, &mut beside, n)?;
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|left, right| diagonal[*right].total_cmp(&diagonal[*left]));
        let vector = |at: &usize| {
            let column: Vec<f64> = (0..n).map(|row| vectors[row * n + at]).collect();
            let largest =
                column.iter().copied().fold(0.0_f64, |most, value| if value.abs() > most.abs() { value } else { most });
            if largest < 0.0 { column.iter().map(|value| -value).collect() } else { column }
        };
        Ok(Eigen {
            values: order.iter().map(|at| diagonal[*at]).collect(),
            vectors: order.iter().map(vector).collect(),
        })
    }
}

/// Reduces to three diagonals; `v` becomes the transformation.
fn tridiagonal(v: &mut [f64], n: usize) -> (Vec<f64>, Vec<f64>) {
    let (mut d, mut e) = (vec![0.0; n], vec![0.0; n]);
    for i in (1..n).rev() {
        let mut h = 0.0;
        let scale: f64 = (0..i).map(|k| v[i * n + k].abs()).sum();
        if i == 1 || scale == 0.0 {
            e[i] = v[i * n + i - 1];
        } else {
            for k in 0..i {
                v[i * n + k] /= scale;
                h += v[i * n + k] * v[i * n + k];
            }
            let f = v[i * n + i - 1];
            let g = if f >= 0.0 { -h.sqrt() } else { h.sqrt() };
            e[i] = scale * g;
            h -= f * g;
            v[i * n + i - 1] = f - g;
            let mut sum = 0.0;
            for j in 0..i {
                v[j * n + i] = v[i * n + j] / h;
                let mut g = 0.0;
                for k in 0..=j {
                    g += v[j * n + k] * v[i * n + k];
                }
                for k in j + 1..i {
                    g += v[k * n + j] * v[i * n + k];
                }
                e[j] = g / h;
                sum += e[j] * v[i * n + j];
            }
            let half = sum / (h + h);
            for j in 0..i {
                let f = v[i * n + j];
                let g = e[j] - half * f;
                e[j] = g;
                for k in 0..=j {
                    v[j * n + k] -= f * e[k] + g * v[i * n + k];
                }
            }
        }
        d[i] = h;
    }
    if n > 0 {
        d[0] = 0.0;
        e[0] = 0.0;
    }
    for i in 0..n {
        if d[i] != 0.0 {
            for j in 0..i {
                let g: f64 = (0..i).map(|k| v[i * n + k] * v[k * n + j]).sum();
                for k in 0..i {
                    v[k * n + j] -= g * v[k * n + i];
                }
            }
        }
        d[i] = v[i * n + i];
        v[i * n + i] = 1.0;
        for j in 0..i {
            v[j * n + i] = 0.0;
            v[i * n + j] = 0.0;
        }
    }
    (d, e)
}

fn implicit_ql(v: &mut [f64], d: &mut [f64], e: &mut [f64], n: usize) -> Result<()> {
    const ROUNDS_MAX: usize = 60;
    e.rotate_left(usize::from(n > 0));
    if let Some(last) = e.last_mut() {
        *last = 0.0;
    }
    for l in 0..n {
        let mut rounds = 0;
        loop {
            let m = (l..n.saturating_sub(1))
                .find(|m| e[*m].abs() <= f64::EPSILON * (d[*m].abs() + d[m + 1].abs()))
                .unwrap_or(n - 1);
            if m == l {
                break;
            }
            rounds += 1;
            if rounds > ROUNDS_MAX {
                return Err(Error::NotConverged { what: "the eigen decomposition", iterations: ROUNDS_MAX });
            }
            let mut g = (d[l + 1] - d[l]) / (2.0 * e[l]);
            let r = g.hypot(1.0);
            g = d[m] - d[l] + e[l] / (g + r.copysign(g));
            let (mut s, mut c, mut p) = (1.0, 1.0, 0.0);
            let mut is_split = false;
            for i in (l..m).rev() {
                let f = s * e[i];
                let b = c * e[i];
                let r = f.hypot(g);
                e[i + 1] = r;
                if r == 0.0 {
                    d[i + 1] -= p;
                    e[m] = 0.0;
                    is_split = true;
                    break;
                }
                s = f / r;
                c = g / r;
                g = d[i + 1] - p;
                let r = (d[i] - g) * s + 2.0 * c * b;
                p = s * r;
                d[i + 1] = g + p;
                g = c * r - b;
                for row in v.chunks_exact_mut(n) {
                    let f = row[i + 1];
                    row[i + 1] = s * row[i] + c * f;
                    row[i] = c * row[i] - s * f;
                }
            }
            if !is_split {
                d[l] -= p;
                e[l] = g;
                e[m] = 0.0;
            }
        }
    }
    Ok(())
}

/// The squared Euclidean distance of two rows.
#[must_use]
pub fn square_distance(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(a, b)| (a - b) * (a - b)).sum()
}
