//! Columns as numbers of bins, so that a split is looked for among at most 255 places.

#![expect(clippy::indexing_slicing, reason = "rows and columns are those of the checked table")]

use std::num::NonZeroUsize;

use super::super::parallel;
use crate::learners::table::Table;

/// So many columns lie side by side: their bins fill one word, and their histograms the first-level cache.
pub(in super::super) const LANES: usize = 8;

/// So many values of a column at most decide about its bins, as in LightGBM.
const SAMPLE: usize = 200_000;

/// A bin holds at least so many of the sampled rows, or a single value.
const ROWS_IN_BIN_MIN: usize = 3;

/// How a column's values fall into bins.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) enum Column {
    /// Bin `i` holds what is at most `bounds[i]` and above the bound before; the last bin has no bound.
    Numbers {
        /// Ascending; one fewer than there are bins.
        bounds: Vec<f64>,
        /// Whether values were missing.
        has_missing: bool,
    },
    /// Categories by value with their bins; any other value, and a missing one, has the last bin.
    Categories {
        /// Ascending by value. The commonest has bin 0.
        known: Vec<(f64, u8)>,
    },
}

impl Column {
    /// How many bins there are, without that of missing values.
    pub(in super::super) const fn bins(&self) -> usize {
        match self {
            Self::Numbers { bounds, .. } => bounds.len() + 1,
            Self::Categories { known } => known.len(),
        }
    }

    /// The bin of missing values, behind the others.
    #[expect(clippy::cast_possible_truncation, reason = "there are at most 255 bins before it")]
    pub(in super::super) const fn missing(&self) -> u8 {
        self.bins() as u8
    }

    /// The bin of a value. What is missing though nothing was missing in training goes where the node says.
    #[expect(clippy::cast_possible_truncation, reason = "there are at most 256 bins")]
    pub(in super::super) fn bin(&self, value: f64) -> u8 {
        match self {
            _ if value.is_nan() => self.missing(),
            Self::Numbers { bounds, .. } => bounds.partition_point(|bound| *bound < value) as u8,
            Self::Categories { known } => match known.binary_search_by(|(known, _)| known.total_cmp(&value)) {
                Ok(at) => known[at].1,
                Err(_) => self.missing(),
            },
        }
    }

    /// Chooses bins by quantiles: each holds about as many rows, and a common value has a bin of its own.
    fn of_numbers(mut values: Vec<f64>, bins_max: usize, has_missing: bool) -> Self {
        values.sort_unstable_by(f64::total_cmp);
        let mut distinct: Vec<(f64, usize)> = Vec::new();
        for value in values.iter().map(|value| value + 0.0) {
            match distinct.last_mut() {
                Some((last, count)) if *last == value => *count += 1,
                _ => distinct.push((value, 1)),
            }
        }
        let between = |at: usize| {
            let (low, high) = (distinct[at].0, distinct[at + 1].0);
            // The middle rounds to the upper value where they are neighbours, and would then hold both.
            let middle = low / 2.0 + high / 2.0;
            if middle < high { middle } else { low }
        };
        let mut bounds = Vec::new();
        if distinct.len() <= bins_max {
            let mut held = 0;
            for at in 0..distinct.len().saturating_sub(1) {
                held += distinct[at].1;
                if held >= ROWS_IN_BIN_MIN || distinct.len() <= 3 {
                    bounds.push(between(at));
                    held = 0;
                }
            }
            return Self::Numbers { bounds, has_missing };
        }
        let mut rows = values.len();
        let mut bins = bins_max;
        let even = rows.div_ceil(bins);
        for (_, count) in distinct.iter().filter(|(_, count)| *count >= even) {
            rows -= count;
            bins = bins.saturating_sub(1).max(1);
        }
        let mut mean = rows as f64 / bins as f64;
        let mut held = 0;
        let mut small = rows;
        for at in 0..distinct.len() - 1 {
            let (count, next) = (distinct[at].1, distinct[at + 1].1);
            let (is_big, is_next_big) = (count >= even, next >= even);
            held += count;
            if !is_big {
                small -= count;
            }
            if is_big || held as f64 >= mean || (is_next_big && held as f64 >= (mean / 2.0).max(1.0)) {
                bounds.push(between(at));
                held = 0;
                if bounds.len() + 1 >= bins_max {
                    break;
                }
                if !is_big {
                    bins = bins.saturating_sub(1).max(1);
                    mean = small as f64 / bins as f64;
                }
            }
        }
        Self::Numbers { bounds, has_missing }
    }

    /// The commonest categories; those that come last share the bin of what is missing.
    #[expect(clippy::cast_possible_truncation, reason = "there are at most 255 bins")]
    fn of_categories(mut values: Vec<f64>, bins_max: usize) -> Self {
        values.sort_unstable_by(f64::total_cmp);
        let mut counts: Vec<(f64, usize)> = Vec::new();
        for value in values {
            match counts.last_mut() {
                Some((last, count)) if *last == value => *count += 1,
                _ => counts.push((value, 1)),
            }
        }
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let mut known: Vec<(f64, u8)> =
            counts.iter().take(bins_max).enumerate().map(|(bin, (value, _))| (*value, bin as u8)).collect();
        known.sort_by(|left, right| left.0.total_cmp(&right.0));
        Self::Categories { known }
    }
}

/// Bins of every column of a table.
#[derive(Debug)]
pub(in super::super) struct Binned {
    /// [`LANES`] columns of every row, group after group; lanes without a column are 0.
    pub groups: Vec<Vec<[u8; LANES]>>,
    pub rows: usize,
}

/// Chooses the bins of each column. `categorical` is ascending.
pub(in super::super) fn columns(
    table: Table<'_>,
    categorical: &[usize],
    bins_max: usize,
    threads: NonZeroUsize,
) -> Vec<Column> {
    let step = table.rows().div_ceil(SAMPLE).max(1);
    parallel::map(threads, table.columns(), |column| {
        let mut values: Vec<f64> = table.column(column).step_by(step).collect();
        let all = values.len();
        values.retain(|value| !value.is_nan());
        if categorical.binary_search(&column).is_ok() {
            Column::of_categories(values, bins_max)
        } else {
            // A missing value that the sample passed over counts, too.
            let has_missing = values.len() < all || (step > 1 && table.column(column).any(f64::is_nan));
            Column::of_numbers(values, bins_max, has_missing)
        }
    })
}

impl Binned {
    /// Puts every value of a table into its bin.
    pub(in super::super) fn new(table: Table<'_>, columns: &[Column], threads: NonZeroUsize) -> Self {
        let groups = columns.chunks(LANES).collect::<Vec<_>>();
        let groups = parallel::map(threads, groups.len(), |group| {
            let from = group * LANES;
            let mut bins = vec![[0; LANES]; table.rows()];
            for (bins, row) in bins.iter_mut().zip(table.iter()) {
                for ((bin, column), value) in bins.iter_mut().zip(groups[group]).zip(&row[from..]) {
                    *bin = column.bin(*value);
                }
            }
            bins
        });
        Self { groups, rows: table.rows() }
    }

    /// The bins of each column by itself.
    pub(in super::super) fn by_column(&self, columns: usize) -> Vec<Vec<u8>> {
        let column = |column: usize| {
            let group = self.groups.get(column / LANES).map_or(&[][..], Vec::as_slice);
            group.iter().map(|bins| bins[column % LANES]).collect()
        };
        (0..columns).map(column).collect()
    }

    /// The bin of one value.
    pub(in super::super) fn bin(&self, row: usize, column: usize) -> u8 {
        self.groups[column / LANES][row][column % LANES]
    }
}

#[cfg(test)]
mod tests {
    use super::Column;

    fn bins(values: &[f64], bins_max: usize) -> (Vec<u8>, usize) {
        let column = Column::of_numbers(values.to_vec(), bins_max, false);
        (values.iter().map(|value| column.bin(*value)).collect(), column.bins())
    }

    #[test]
    fn bins_are_in_order_and_even() {
        assert_eq!(bins(&[3.0, 1.0, 2.0], 255), (vec![2, 0, 1], 3));
        assert_eq!(bins(&[5.0, 5.0], 255), (vec![0, 0], 1));
        assert_eq!(bins(&[], 255), (vec![], 1));
        assert_eq!(bins(&[-0.0, 0.0, 1.0], 255).0, [0, 0, 1]);
        let next = f64::from_bits(1.0_f64.to_bits() + 1);
        assert_eq!(bins(&[1.0, next], 255).0, [0, 1]);
        assert_eq!(bins(&[f64::MIN, f64::MAX], 255).0, [0, 1]);
        let values: Vec<f64> = (0..10_000).map(f64::from).collect();
        let (of, count) = bins(&values, 255);
        assert!(count <= 255 && count > 240, "{count}");
        let mut held = vec![0; count];
        of.iter().for_each(|bin| held[usize::from(*bin)] += 1);
        assert!(held.iter().all(|held| (20..=80).contains(held)), "{held:?}");
    }

    #[test]
    fn the_commonest_categories_have_bins() {
        let column = Column::of_categories(vec![7.0, 7.0, 3.0, 9.0, 9.0, 9.0], 2);
        assert_eq!([9.0, 7.0, 3.0, f64::NAN].map(|value| column.bin(value)), [0, 1, 2, 2]);
    }
}
