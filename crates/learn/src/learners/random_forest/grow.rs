//! Growing one deep tree: few columns for each node, whose rows are soon few.

#![expect(clippy::indexing_slicing, reason = "rows, bins and columns are those of the table in bins")]

use super::super::trees::bins::Column;
use super::super::trees::{BinSet, Node, Tree, is_in, put};
use crate::random::Random;

/// Up to so many rows are sorted; more are summed by bins.
const SORTED_MAX: usize = 64;

/// What bounds a tree.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// Values of a leaf: one mean, or the share of each class.
    pub width: usize,
    pub columns_per_split: usize,
    pub depth_max: usize,
    pub rows_in_leaf_min: usize,
}

/// A part of a column in a node: rows of one bin.
#[derive(Debug, Clone, Copy, Default)]
struct Part {
    bin: u8,
    rows: u32,
    weight: f64,
    sum: f64,
}

#[derive(Debug, Clone, Copy)]
struct Split {
    score: f64,
    column: usize,
    bin: u8,
    missing_left: bool,
    set: Option<BinSet>,
}

/// Grows a tree. `weights` are 0 for rows that are not drawn.
pub(super) fn grow(
    bins: &[Vec<u8>],
    columns: &[Column],
    targets: &[f64],
    weights: &[f64],
    rules: &Rules,
    random: &mut Random,
) -> Tree {
    let rows: Vec<u32> = (0..weights.len() as u32).filter(|row| weights[*row as usize] > 0.0).collect();
    let mut growth = Growth {
        bins,
        columns,
        rules,
        pairs: targets.iter().zip(weights).map(|(target, weight)| [*weight, weight * target]).collect(),
        targets,
        aside: vec![0; rows.len()],
        rows,
        order: (0..columns.len()).collect(),
        parts: Vec::new(),
        sums: vec![Part::default(); 256],
        sorted: Vec::new(),
        classes: [vec![0.0; rules.width], vec![0.0; rules.width]],
    };
    growth.tree(random)
}

struct Growth<'a> {
    bins: &'a [Vec<u8>],
    columns: &'a [Column],
    rules: &'a Rules,
    targets: &'a [f64],
    /// Of each row its weight, and that times its target.
    pairs: Vec<[f64; 2]>,
    rows: Vec<u32>,
    aside: Vec<u32>,
    order: Vec<usize>,
    parts: Vec<Part>,
    sums: Vec<Part>,
    sorted: Vec<u32>,
    classes: [Vec<f64>; 2],
}

impl Growth<'_> {
    fn tree(&mut self, random: &mut Random) -> Tree {
        let mut tree = Tree { nodes: vec![Node::LEAF], sets: Vec::new(), values: Vec::new() };
        let mut open = vec![(0, 0, self.rows.len(), 0)];
        // The value of each node, put down when it is looked at.
        let mut values = vec![0.0; self.rules.width];
        while let Some((node, from, to, depth)) = open.pop() {
            let (weight, whole) = self.describe(from, to, &mut values, node);
            let may_split = to - from >= 2 * self.rules.rows_in_leaf_min && depth < self.rules.depth_max;
            let Some(split) = (if may_split { self.best(from, to, weight, whole, random) } else { None }) else {
                continue;
            };
            let middle = self.partition(from, to, &split);
            // Rounding can find a gain where there is none to be had.
            if middle == from || middle == to {
                continue;
            }
            let child = tree.nodes.len();
            let set = split.set.map(|set| {
                tree.sets.push(set);
                tree.sets.len() as u32 - 1
            });
            tree.nodes[node] = Node {
                child: child as u32,
                column: split.column as u32,
                bin: split.bin,
                missing_left: split.missing_left,
                set,
                gain: split.score - whole,
            };
            tree.nodes.extend([Node::LEAF; 2]);
            values.resize(tree.nodes.len() * self.rules.width, 0.0);
            open.push((child + 1, middle, to, depth + 1));
            open.push((child, from, middle, depth + 1));
        }
        tree.values = values;
        tree
    }

    /// Puts down a node's value; gives its weight and its score: the sum of squares by the weight.
    fn describe(&mut self, from: usize, to: usize, values: &mut [f64], node: usize) -> (f64, f64) {
        let width = self.rules.width;
        let value = &mut values[node * width..(node + 1) * width];
        let mut weight = 0.0;
        if width == 1 {
            let mut sum = 0.0;
            for row in &self.rows[from..to] {
                let [w, wy] = self.pairs[*row as usize];
                weight += w;
                sum += wy;
            }
            value[0] = sum / weight;
            return (weight, sum * sum / weight);
        }
        for row in &self.rows[from..to] {
            let [w, _] = self.pairs[*row as usize];
            weight += w;
            value[self.targets[*row as usize] as usize] += w;
        }
        let squares: f64 = value.iter().map(|sum| sum * sum).sum();
        value.iter_mut().for_each(|sum| *sum /= weight);
        (weight, squares / weight)
    }

    /// The best split of as many columns as may be tried, and more as long as all were constant.
    fn best(&mut self, from: usize, to: usize, weight: f64, whole: f64, random: &mut Random) -> Option<Split> {
        let least = whole + whole.abs() * 1e-12;
        let mut best: Option<Split> = None;
        let (mut tried, mut varied) = (0, 0);
        let count = self.order.len();
        if self.is_pure(from, to) {
            return None;
        }
        while tried < count && (tried < self.rules.columns_per_split || varied == 0) {
            let chosen = tried + random.below(count - tried);
            self.order.swap(tried, chosen);
            let column = self.order[tried];
            tried += 1;
            let split =
                if self.rules.width == 1 { self.one(from, to, column, weight) } else { self.many(from, to, column) };
            let Some(split) = split else {
                continue;
            };
            varied += 1;
            if let Some(split) = split
                && split.score > best.map_or(least, |best| best.score)
            {
                best = Some(split);
            }
        }
        best
    }

    fn is_pure(&self, from: usize, to: usize) -> bool {
        let rows = &self.rows[from..to];
        let first = rows.first().map(|row| self.targets[*row as usize]);
        rows.iter().all(|row| Some(self.targets[*row as usize]) == first)
    }

    /// The best split of one column, for a single sum. Nothing at all if the column is constant.
    fn one(&mut self, from: usize, to: usize, at: usize, weight: f64) -> Option<Option<Split>> {
        self.collect(from, to, at);
        if self.parts.len() < 2 {
            return None;
        }
        let column = &self.columns[at];
        let missing = column.missing();
        let is_set = matches!(column, Column::Categories { .. });
        if is_set {
            self.parts.sort_by(|low, high| (low.sum / low.weight).total_cmp(&(high.sum / high.weight)));
        }
        let total = self.parts.iter().map(|part| part.sum).sum::<f64>();
        let rows = (to - from) as u32;
        let least = self.rules.rows_in_leaf_min as u32;
        let mut best: Option<Split> = None;
        let scan = |parts: &[Part], start: Part, missing_left: bool, best: &mut Option<Split>| {
            let mut left = start;
            for (place, part) in parts.iter().enumerate() {
                left.rows += part.rows;
                left.weight += part.weight;
                left.sum += part.sum;
                if left.rows < least || left.rows == rows || rows - left.rows < least {
                    continue;
                }
                let (right_weight, right) = (weight - left.weight, total - left.sum);
                let score = left.sum * left.sum / left.weight + right * right / right_weight;
                if score > best.map_or(f64::NEG_INFINITY, |best| best.score) {
                    let mut split = Split { score, column: at, bin: part.bin, missing_left, set: None };
                    if is_set {
                        let mut set = [0; 4];
                        parts[..=place].iter().for_each(|part| put(&mut set, part.bin));
                        split.set = Some(set);
                    } else if let Some(next) = parts.get(place + 1).filter(|next| next.bin != missing) {
                        // In the middle of the gap, as far from either side.
                        split.bin = part.bin + (next.bin - part.bin) / 2;
                    }
                    *best = Some(split);
                }
            }
        };
        match self.parts.split_last() {
            Some((last, others)) if last.bin == missing && !is_set => {
                scan(&self.parts, Part::default(), false, &mut best);
                scan(others, *last, true, &mut best);
            }
            _ => scan(&self.parts, Part::default(), false, &mut best),
        }
        Some(best)
    }

    /// Sums the rows of each bin; afterwards `parts` are those with rows, in the order of their bins.
    fn collect(&mut self, from: usize, to: usize, at: usize) {
        let bins = &self.bins[at];
        let rows = &self.rows[from..to];
        self.parts.clear();
        if rows.len() <= SORTED_MAX {
            self.sorted.clear();
            let keys = rows.iter().enumerate().map(|(place, row)| u32::from(bins[*row as usize]) << 8 | place as u32);
            self.sorted.extend(keys);
            self.sorted.sort_unstable();
            for key in &self.sorted {
                let bin = (key >> 8) as u8;
                let [weight, sum] = self.pairs[rows[(key & 255) as usize] as usize];
                match self.parts.last_mut() {
                    Some(part) if part.bin == bin => {
                        part.rows += 1;
                        part.weight += weight;
                        part.sum += sum;
                    }
                    _ => self.parts.push(Part { bin, rows: 1, weight, sum }),
                }
            }
            return;
        }
        let used = usize::from(self.columns[at].missing()) + 1;
        let Some(sums) = self.sums.first_chunk_mut::<256>() else {
            return;
        };
        sums[..used].fill(Part::default());
        for row in rows {
            let [weight, sum] = self.pairs[*row as usize];
            let part = &mut sums[usize::from(bins[*row as usize])];
            part.rows += 1;
            part.weight += weight;
            part.sum += sum;
        }
        let held = sums[..used].iter().enumerate().filter(|(_, part)| part.rows > 0);
        self.parts.extend(held.map(|(bin, part)| Part { bin: bin as u8, ..*part }));
    }

    /// The best split of one column, for shares of classes: rows go to the left one by one.
    fn many(&mut self, from: usize, to: usize, at: usize) -> Option<Option<Split>> {
        self.collect(from, to, at);
        if self.parts.len() < 2 {
            return None;
        }
        let bins = &self.bins[at];
        let missing = self.columns[at].missing();
        let is_set = matches!(self.columns[at], Column::Categories { .. });
        let rows = &self.rows[from..to];
        let [left, right] = &mut self.classes;
        left.fill(0.0);
        right.fill(0.0);
        for row in rows {
            right[self.targets[*row as usize] as usize] += self.pairs[*row as usize][0];
        }
        // Categories are in the order of the share of the commonest class.
        let mut rank = [0_u8; 256];
        if is_set {
            let mut common = 0;
            for (class, weight) in right.iter().enumerate() {
                if *weight > right[common] {
                    common = class;
                }
            }
            let mut shares = [0.0; 256];
            for row in rows {
                if self.targets[*row as usize] as usize == common {
                    shares[usize::from(bins[*row as usize])] += self.pairs[*row as usize][0];
                }
            }
            let share = |part: &Part| shares[usize::from(part.bin)] / part.weight;
            self.parts.sort_by(|low, high| share(low).total_cmp(&share(high)));
        }
        for (place, part) in self.parts.iter().enumerate() {
            rank[usize::from(part.bin)] = place as u8;
        }
        // By counting: the first place of each part, then each row into its own.
        let mut places = [0_usize; 256];
        let mut sum = 0;
        for (place, part) in self.parts.iter().enumerate() {
            places[place] = sum;
            sum += part.rows as usize;
        }
        self.sorted.clear();
        self.sorted.resize(rows.len(), 0);
        for row in rows {
            let place = &mut places[usize::from(rank[usize::from(bins[*row as usize])])];
            self.sorted[*place] = *row;
            *place += 1;
        }
        let mut squares = [0.0, right.iter().map(|sum| sum * sum).sum::<f64>()];
        let mut weights = [0.0, right.iter().sum::<f64>()];
        let (mut best, mut done): (Option<Split>, usize) = (None, 0);
        for (place, part) in self.parts.iter().enumerate().take(self.parts.len() - 1) {
            for row in &self.sorted[done..done + part.rows as usize] {
                let class = self.targets[*row as usize] as usize;
                let weight = self.pairs[*row as usize][0];
                squares[0] += weight * (2.0 * left[class] + weight);
                squares[1] -= weight * (2.0 * right[class] - weight);
                left[class] += weight;
                right[class] -= weight;
            }
            weights[0] += part.weight;
            weights[1] -= part.weight;
            done += part.rows as usize;
            let least = self.rules.rows_in_leaf_min;
            if done < least || rows.len() - done < least {
                continue;
            }
            let score = squares[0] / weights[0] + squares[1] / weights[1];
            if score > best.map_or(f64::NEG_INFINITY, |best| best.score) {
                let mut split = Split { score, column: at, bin: part.bin, missing_left: false, set: None };
                if is_set {
                    let mut set = [0; 4];
                    self.parts[..=place].iter().for_each(|part| put(&mut set, part.bin));
                    split.set = Some(set);
                } else if let Some(next) = self.parts.get(place + 1).filter(|next| next.bin != missing) {
                    split.bin = part.bin + (next.bin - part.bin) / 2;
                }
                best = Some(split);
            }
        }
        Some(best)
    }

    fn partition(&mut self, from: usize, to: usize, split: &Split) -> usize {
        let bins = &self.bins[split.column];
        let missing = self.columns[split.column].missing();
        let rows = &mut self.rows[from..to];
        let aside = &mut self.aside[..to - from];
        let (mut left, mut right) = (0, 0);
        for at in 0..rows.len() {
            let row = rows[at];
            let bin = bins[row as usize];
            let goes_left = match &split.set {
                Some(set) => is_in(set, bin),
                None => (bin == missing && split.missing_left) | (bin != missing && bin <= split.bin),
            };
            rows[left] = row;
            aside[right] = row;
            left += usize::from(goes_left);
            right += usize::from(!goes_left);
        }
        rows[left..].copy_from_slice(&aside[..right]);
        from + left
    }
}
