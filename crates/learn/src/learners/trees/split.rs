//! The best place to split a leaf.

#![expect(clippy::indexing_slicing, reason = "bins are those of the column")]

use super::bins::Column;
use super::histogram::{Gradients, Histogram, gradient, hessian};
use super::{BinSet, put};

/// What keeps splits from following chance.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Regularization {
    pub l1: f64,
    pub l2: f64,
    pub rows_in_leaf_min: usize,
    pub hessian_in_leaf_min: f64,
    pub gain_min: f64,
}

/// Up to so many categories each is tried against the rest; the following are LightGBM's defaults, too.
const ONE_AGAINST_REST_MAX: usize = 4;
/// At most so many categories go left.
const CATEGORIES_LEFT_MAX: usize = 32;
/// Pulls rare categories to the middle of the order, and bars those with fewer rows.
const CATEGORY_SMOOTHING: f64 = 10.0;
/// Added to `l2` where categories are ordered by their gradients.
const CATEGORY_L2: f64 = 10.0;
/// A step in the order of the categories has at least so many rows.
const ROWS_IN_STEP_MIN: f64 = 100.0;

/// A way to split a leaf.
#[derive(Debug, Clone, Copy)]
pub(super) struct Split {
    pub gain: f64,
    pub column: usize,
    pub bin: u8,
    pub missing_left: bool,
    pub set: Option<BinSet>,
    /// Packed sums of what goes left.
    pub left: i64,
}

/// A leaf's sums, and rules in the units of the sums.
pub(super) struct Search {
    total: i64,
    l1: f64,
    l2: f64,
    hessian_min: f64,
    /// Rows for each unit of the second derivative: how a count is told from it.
    rows_per_hessian: f64,
    /// What a score in whole units is worth.
    unit: f64,
    /// The score of the leaf as it is.
    whole: f64,
    gain_min: f64,
    /// One whole unit of the second derivative.
    hessian_unit: f64,
}

impl Search {
    pub(super) fn new(total: i64, rows: usize, gradients: &Gradients, rules: &Regularization) -> Self {
        let (g, h) = (1.0 / gradients.gradient_scale, 1.0 / gradients.hessian_scale);
        let sum = hessian(total).max(1.0);
        let rows_per_hessian = rows as f64 / sum;
        let by_rows = (rules.rows_in_leaf_min as f64 - 0.5) / rows_per_hessian;
        let mut search = Self {
            total,
            l1: rules.l1 / g,
            l2: rules.l2 / h,
            hessian_min: (rules.hessian_in_leaf_min / h).max(by_rows).max(1.0),
            rows_per_hessian,
            unit: g * g / h,
            whole: 0.0,
            gain_min: rules.gain_min,
            hessian_unit: h,
        };
        search.whole = search.score(gradient(total), hessian(total), search.l2);
        search
    }

    /// Whether any split could be allowed.
    pub(super) fn is_hopeless(&self) -> bool {
        hessian(self.total) < 2.0 * self.hessian_min
    }

    fn shrunk(&self, gradient: f64) -> f64 {
        if self.l1 == 0.0 { gradient } else { (gradient.abs() - self.l1).max(0.0).copysign(gradient) }
    }

    fn score(&self, gradient: f64, hessian: f64, l2: f64) -> f64 {
        let gradient = self.shrunk(gradient);
        gradient * gradient / (hessian + l2)
    }

    /// The best split of one column, if any gains enough.
    pub(super) fn best(&self, at: usize, column: &Column, histogram: &Histogram) -> Option<Split> {
        let (split, score) = match column {
            Column::Numbers { .. } => self.best_of_numbers(at, column, histogram),
            Column::Categories { .. } => self.best_of_categories(at, column, histogram),
        }?;
        let gain = (score - self.whole) * self.unit;
        (gain > self.gain_min && gain > 0.0).then_some(Split { gain, ..split })
    }

    fn best_of_numbers(&self, at: usize, column: &Column, histogram: &Histogram) -> Option<(Split, f64)> {
        let bins = column.bins();
        let missing = histogram[bins];
        let left_without = self.scan(&histogram[..bins], 0, missing != 0);
        let left_with = if missing == 0 { None } else { self.scan(&histogram[..bins], missing, true) };
        let (missing_left, (bin, left, score)) = match (left_without, left_with) {
            (Some(without), Some(with)) if with.2 > without.2 => (true, with),
            (None, Some(with)) => (true, with),
            (Some(without), _) => (false, without),
            (None, None) => return None,
        };
        // What was never missing here goes with the larger side.
        let missing_left = if missing == 0 { 2.0 * hessian(left) > hessian(self.total) } else { missing_left };
        Some((Split { gain: 0.0, column: at, bin, missing_left, set: None, left }, score))
    }

    /// The best bin to end the left side with, its sums and the score; `left` are the sums it starts with.
    #[expect(clippy::cast_possible_truncation, reason = "there are at most 255 bins")]
    fn scan(&self, bins: &[i64], mut left: i64, may_be_all: bool) -> Option<(u8, i64, f64)> {
        let total = self.total;
        let (l1, l2) = (self.l1, self.l2);
        let hessian_min = self.hessian_min;
        let hessian_max = hessian(total) - hessian_min;
        let mut best: Option<(u8, i64)> = None;
        // A quotient is compared without dividing: that takes longer than all the rest.
        let (mut numerator, mut denominator) = (0.0, 1.0);
        let end = bins.len() - usize::from(!may_be_all);
        for (bin, packed) in bins[..end].iter().enumerate() {
            if *packed == 0 {
                continue;
            }
            left += packed;
            let h_left = hessian(left);
            if h_left < hessian_min {
                continue;
            }
            if h_left > hessian_max {
                break;
            }
            let right = total - left;
            let (mut g_left, mut g_right) = (gradient(left), gradient(right));
            if l1 > 0.0 {
                (g_left, g_right) = (self.shrunk(g_left), self.shrunk(g_right));
            }
            let (h_left, h_right) = (h_left + l2, hessian(right) + l2);
            let above = g_left * g_left * h_right + g_right * g_right * h_left;
            let below = h_left * h_right;
            if above * denominator > numerator * below {
                (numerator, denominator) = (above, below);
                best = Some((bin as u8, left));
            }
        }
        best.map(|(bin, left)| (bin, left, numerator / denominator))
    }

    /// Categories ordered by mean gradient: the best prefix from either end (Fisher 1958, as in LightGBM).
    #[expect(clippy::cast_possible_truncation, reason = "there are at most 255 bins")]
    fn best_of_categories(&self, at: usize, column: &Column, histogram: &Histogram) -> Option<(Split, f64)> {
        let bins = column.bins();
        let mut best: Option<(Split, f64)> = None;
        let mut offer = |set: BinSet, left: i64, l2: f64| {
            let right = self.total - left;
            if hessian(left) < self.hessian_min || hessian(right) < self.hessian_min {
                return;
            }
            let score = self.score(gradient(left), hessian(left), l2) + self.score(gradient(right), hessian(right), l2);
            if best.is_none_or(|(_, found)| score > found) {
                let split = Split { gain: 0.0, column: at, bin: 0, missing_left: false, set: Some(set), left };
                best = Some((split, score));
            }
        };
        if bins <= ONE_AGAINST_REST_MAX {
            for (bin, packed) in histogram[..bins].iter().enumerate() {
                let mut set = [0; 4];
                put(&mut set, bin as u8);
                offer(set, *packed, self.l2);
            }
            return best;
        }
        let rows = |packed: i64| hessian(packed) * self.rows_per_hessian;
        let mut order: Vec<(f64, u8)> = histogram[..bins]
            .iter()
            .enumerate()
            .filter(|(_, packed)| rows(**packed) >= CATEGORY_SMOOTHING)
            .map(|(bin, packed)| {
                (gradient(*packed) / (hessian(*packed) + CATEGORY_SMOOTHING / self.hessian_unit), bin as u8)
            })
            .collect();
        order.sort_by(|left, right| left.0.total_cmp(&right.0));
        let l2 = self.l2 + CATEGORY_L2 / self.hessian_unit;
        let most = CATEGORIES_LEFT_MAX.min(order.len().div_ceil(2));
        for is_backward in [false, true] {
            let mut set = [0; 4];
            let (mut left, mut step) = (0, 0);
            for at in 0..most {
                let (_, bin) = order[if is_backward { order.len() - 1 - at } else { at }];
                put(&mut set, bin);
                left += histogram[usize::from(bin)];
                step += histogram[usize::from(bin)];
                if rows(step) >= ROWS_IN_STEP_MIN.min(rows(self.total) / 4.0) {
                    step = 0;
                    offer(set, left, l2);
                }
            }
        }
        best
    }
}
