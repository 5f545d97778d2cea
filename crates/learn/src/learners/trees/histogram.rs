//! Sums of gradients for each bin of each column, in whole numbers.
//!
//! A gradient and a second derivative become whole numbers that share one word of 64 bits, the gradient above. One
//! addition then adds both, and the sums are exact: they are the same in any order, on any number of threads, and a
//! histogram is exactly its parent's less its sibling's (Shi et al. 2022, "Quantized training of gradient boosting
//! decision trees"; here with as many bits as the sums leave room for, not two to five).

#![expect(clippy::indexing_slicing, reason = "rows are those of the bins")]

use std::num::NonZeroUsize;

use super::super::parallel;
use super::bins::{Binned, Column, LANES};

/// Sums of one column's bins. A bin's number is a byte, so it is always within.
pub(super) type Histogram = [i64; 256];

/// Below so many additions a second thread costs more than it saves.
const ADDITIONS_MIN: usize = 1 << 19;

/// Gradients as whole numbers, and what they are multiplied by to be such.
#[derive(Debug, Default)]
pub(in super::super) struct Gradients {
    /// Of each row: the gradient in the upper half, the second derivative in the lower.
    pub packed: Vec<i64>,
    pub gradient_scale: f64,
    pub hessian_scale: f64,
}

impl Gradients {
    /// Packs the gradients of all rows; those of `rows` must not overflow, so all are summed.
    pub(in super::super) fn pack(&mut self, gradients: &[f64], hessians: &[f64]) {
        // Half of the 31 and 32 bits is left for what rounding adds.
        const ROOM: f64 = (1_u32 << 30) as f64;
        let total: f64 = gradients.iter().map(|gradient| gradient.abs()).sum();
        let curvature: f64 = hessians.iter().sum();
        self.gradient_scale = if total > 0.0 { ROOM / total } else { 1.0 };
        self.hessian_scale = if curvature > 0.0 { ROOM / curvature } else { 1.0 };
        let (g, h) = (self.gradient_scale, self.hessian_scale);
        self.packed.clear();
        let pairs = gradients.iter().zip(hessians);
        self.packed.extend(
            pairs.map(|(gradient, hessian)| ((rounded(gradient * g) as i64) << 32) + rounded(hessian * h) as i64),
        );
    }
}

/// The nearest whole number, in few instructions.
fn rounded(value: f64) -> f64 {
    const ROUND: f64 = 6_755_399_441_055_744.0;
    (value + ROUND) - ROUND
}

/// The sum of the gradients in a word.
pub(super) const fn gradient(packed: i64) -> f64 {
    (packed >> 32) as f64
}

/// The sum of the second derivatives in a word.
pub(super) const fn hessian(packed: i64) -> f64 {
    (packed & 0xffff_ffff) as f64
}

/// Sums the rows of a leaf. `ordered` holds the packed gradients in the order of `rows`, or of all rows without it.
pub(super) fn build(
    binned: &Binned,
    columns: &[Column],
    is_used: &[bool],
    rows: Option<&[u32]>,
    ordered: &[i64],
    histograms: &mut [Histogram],
    threads: NonZeroUsize,
) {
    let additions = ordered.len() * columns.len();
    let threads = if additions < ADDITIONS_MIN { NonZeroUsize::MIN } else { threads };
    parallel::fill(threads, histograms, LANES, |group, histograms| {
        let from = group * LANES;
        if is_used[from..].iter().take(LANES).all(|is_used| !is_used) {
            return;
        }
        for (histogram, column) in histograms.iter_mut().zip(&columns[from..]) {
            histogram[..=column.bins()].fill(0);
        }
        // Lanes without a column collect what nobody asks for.
        histograms.iter_mut().skip(columns.len() - from).for_each(|histogram| histogram[0] = 0);
        let bins = &binned.groups[group];
        let Some(histograms) = histograms.as_chunks_mut::<LANES>().0.first_mut() else {
            return;
        };
        match rows {
            None => bins.iter().zip(ordered).for_each(|(bins, packed)| add(histograms, bins, *packed)),
            Some(rows) => {
                rows.iter().zip(ordered).for_each(|(row, packed)| add(histograms, &bins[*row as usize], *packed));
            }
        }
    });
}

#[inline(always)]
fn add(histograms: &mut [Histogram; LANES], bins: &[u8; LANES], packed: i64) {
    for (histogram, bin) in histograms.iter_mut().zip(bins) {
        histogram[usize::from(*bin)] += packed;
    }
}

/// Takes a child's sums from its parent's, which become its sibling's.
pub(super) fn subtract(parent: &mut [Histogram], child: &[Histogram], columns: &[Column]) {
    for ((parent, child), column) in parent.iter_mut().zip(child).zip(columns) {
        let bins = column.bins();
        for (parent, child) in parent[..=bins].iter_mut().zip(&child[..=bins]) {
            *parent -= child;
        }
    }
}
