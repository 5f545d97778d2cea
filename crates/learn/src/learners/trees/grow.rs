//! Growing one tree, always where it gains most (Shi 2007; as LightGBM does).

#![expect(clippy::indexing_slicing, reason = "leaves, rows and slots are made here and within their lists")]

use std::num::NonZeroUsize;

use super::super::parallel;
use super::bins::{Binned, Column, LANES};
use super::histogram::{self, Gradients, Histogram};
use super::split::{Regularization, Search, Split};
use super::{BinSet, Node, Tree, is_in};

/// Histograms are kept up to so many bytes; beyond it they are summed again.
const HISTOGRAMS_BYTES_MAX: usize = 512 << 20;

/// With so many columns the search for a split is spread over threads.
const COLUMNS_PER_SEARCH: usize = 64;

/// The shape that trees may take.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Shape {
    pub leaves_max: usize,
    /// Zero is without bound.
    pub depth_max: usize,
    pub rules: Regularization,
}

struct Leaf {
    node: usize,
    from: usize,
    to: usize,
    depth: usize,
    total: i64,
    slot: Option<usize>,
    best: Option<Split>,
}

/// Grows trees over the same bins, with memory that is used again.
pub(in super::super) struct Grower<'a> {
    binned: &'a Binned,
    columns: &'a [Column],
    shape: Shape,
    threads: NonZeroUsize,
    /// The first is for what is not kept.
    slots: Vec<Vec<Histogram>>,
    free: Vec<usize>,
    rows: Vec<u32>,
    aside: Vec<u32>,
    ordered: Vec<i64>,
}

/// A tree without values, and which rows each of its leaves holds.
pub(in super::super) struct Grown {
    pub tree: Tree,
    /// Leaves by node, with places in [`Grower::rows`].
    pub leaves: Vec<(usize, std::ops::Range<usize>)>,
}

impl<'a> Grower<'a> {
    pub(in super::super) fn new(
        binned: &'a Binned,
        columns: &'a [Column],
        shape: Shape,
        threads: NonZeroUsize,
    ) -> Self {
        let lanes = columns.len().next_multiple_of(LANES);
        let fitting = HISTOGRAMS_BYTES_MAX / (lanes * size_of::<Histogram>());
        let slots = (shape.leaves_max + 1).min(fitting).max(3);
        Self {
            binned,
            columns,
            shape,
            threads,
            // Only what is touched becomes memory.
            slots: (0..slots).map(|_| vec![[0; 256]; lanes]).collect(),
            free: Vec::new(),
            rows: Vec::new(),
            aside: vec![0; binned.rows],
            ordered: Vec::new(),
        }
    }

    /// The rows of a leaf's range.
    pub(in super::super) fn rows(&self, range: &std::ops::Range<usize>) -> &[u32] {
        &self.rows[range.clone()]
    }

    /// Grows a tree over `rows` (ascending; all without it) and the columns in use.
    pub(in super::super) fn grow(&mut self, gradients: &Gradients, rows: Option<&[u32]>, is_used: &[bool]) -> Grown {
        self.rows.clear();
        match rows {
            Some(rows) => self.rows.extend_from_slice(rows),
            None => self.rows.extend(0..self.binned.rows as u32),
        }
        self.free = (1..self.slots.len()).rev().collect();
        let total = self.rows.iter().fold(0_i64, |sum, row| sum.wrapping_add(gradients.packed[*row as usize]));
        let mut tree = Tree { nodes: vec![Node::LEAF], sets: Vec::new(), values: Vec::new() };
        let root = Leaf { node: 0, from: 0, to: self.rows.len(), depth: 0, total, slot: None, best: None };
        let mut leaves = vec![root];
        if self.may_split(&leaves[0], gradients) {
            let slot = self.sum(&leaves[0], gradients, is_used, rows.is_none());
            leaves[0].slot = slot.filter(|slot| *slot != 0);
            leaves[0].best = self.search(&leaves[0], slot, gradients, is_used);
        }
        while leaves.len() < self.shape.leaves_max {
            let mut chosen: Option<(usize, f64)> = None;
            for (at, leaf) in leaves.iter().enumerate() {
                if let Some(split) = &leaf.best
                    && chosen.is_none_or(|(_, gain)| split.gain > gain)
                {
                    chosen = Some((at, split.gain));
                }
            }
            let Some((at, split)) = chosen.and_then(|(at, _)| leaves[at].best.take().map(|split| (at, split))) else {
                break;
            };
            let is_last = leaves.len() + 1 == self.shape.leaves_max;
            let right = self.split(&mut tree, &mut leaves[at], &split);
            leaves.push(right);
            let new = leaves.len() - 1;
            if !is_last {
                self.children(&mut leaves, at, new, gradients, is_used);
            }
        }
        let leaves = leaves.into_iter().map(|leaf| (leaf.node, leaf.from..leaf.to)).collect();
        Grown { tree, leaves }
    }

    /// Whether a leaf is large and shallow enough to be split.
    fn may_split(&self, leaf: &Leaf, gradients: &Gradients) -> bool {
        let Shape { depth_max, rules, .. } = &self.shape;
        let rows = leaf.to - leaf.from;
        rows >= 2 * rules.rows_in_leaf_min.max(1)
            && (*depth_max == 0 || leaf.depth < *depth_max)
            && !Search::new(leaf.total, rows, gradients, rules).is_hopeless()
    }

    /// Turns a leaf into a node and its left child; gives the right one.
    fn split(&mut self, tree: &mut Tree, leaf: &mut Leaf, split: &Split) -> Leaf {
        let child = tree.nodes.len();
        let set = split.set.map(|set| {
            tree.sets.push(set);
            tree.sets.len() as u32 - 1
        });
        tree.nodes[leaf.node] = Node {
            child: child as u32,
            column: split.column as u32,
            bin: split.bin,
            missing_left: split.missing_left,
            set,
            gain: split.gain,
        };
        tree.nodes.extend([Node::LEAF; 2]);
        let middle = self.partition(leaf.from, leaf.to, split);
        let right = Leaf {
            node: child + 1,
            from: middle,
            to: leaf.to,
            depth: leaf.depth + 1,
            total: leaf.total - split.left,
            slot: None,
            best: None,
        };
        (leaf.node, leaf.to, leaf.depth, leaf.total) = (child, middle, leaf.depth + 1, split.left);
        right
    }

    /// Brings rows that go left before those that go right, each in their order; gives where the right begin.
    fn partition(&mut self, from: usize, to: usize, split: &Split) -> usize {
        let missing = self.columns[split.column].missing();
        let goes_left: [bool; 256] = std::array::from_fn(|bin| goes_left(split, missing, bin as u8));
        let bins = &self.binned.groups[split.column / LANES];
        let lane = split.column % LANES;
        let rows = &mut self.rows[from..to];
        let aside = &mut self.aside[..to - from];
        let (mut left, mut right) = (0, 0);
        for at in 0..rows.len() {
            let row = rows[at];
            let goes_left = goes_left[usize::from(bins[row as usize][lane])];
            // Both are written and one counts: no jump for the processor to guess.
            rows[left] = row;
            aside[right] = row;
            left += usize::from(goes_left);
            right += usize::from(!goes_left);
        }
        rows[left..].copy_from_slice(&aside[..right]);
        from + left
    }

    /// Sums and searches the two children of a split; the larger has its parent's sums less the smaller's.
    fn children(&mut self, leaves: &mut [Leaf], left: usize, right: usize, gradients: &Gradients, is_used: &[bool]) {
        let parent = leaves[left].slot.take();
        let size = |leaf: &Leaf| leaf.to - leaf.from;
        let (small, large) = if size(&leaves[left]) <= size(&leaves[right]) { (left, right) } else { (right, left) };
        let (may_small, may_large) =
            (self.may_split(&leaves[small], gradients), self.may_split(&leaves[large], gradients));
        if !may_large && !may_small {
            self.free.extend(parent);
            return;
        }
        let mut summed = None;
        if may_small || parent.is_some() {
            summed = self.sum(&leaves[small], gradients, is_used, false);
        }
        let mut rest = parent;
        if let (Some(parent), Some(child)) = (parent, summed) {
            if may_large {
                let (low, high) = self.slots.split_at_mut(parent.max(child));
                let (parent, child) =
                    if parent < child { (&mut low[parent], &high[0]) } else { (&mut high[0], &low[child]) };
                histogram::subtract(parent, child, self.columns);
            } else {
                self.free.push(parent);
                rest = None;
            }
        }
        if may_small {
            leaves[small].best = self.search(&leaves[small], summed, gradients, is_used);
        }
        match summed.filter(|slot| *slot != 0) {
            Some(slot) if leaves[small].best.is_some() => leaves[small].slot = Some(slot),
            slot => self.free.extend(slot),
        }
        if may_large {
            let slot = rest.or_else(|| self.sum(&leaves[large], gradients, is_used, false));
            leaves[large].best = self.search(&leaves[large], slot, gradients, is_used);
            match slot.filter(|slot| *slot != 0) {
                Some(slot) if leaves[large].best.is_some() => leaves[large].slot = Some(slot),
                slot => self.free.extend(slot),
            }
        }
    }

    /// Sums a leaf's rows into a free slot, or the one that is not kept; gives which.
    fn sum(&mut self, leaf: &Leaf, gradients: &Gradients, is_used: &[bool], is_everything: bool) -> Option<usize> {
        let slot = self.free.pop().unwrap_or(0);
        let rows = &self.rows[leaf.from..leaf.to];
        let (rows, ordered) = if is_everything {
            (None, gradients.packed.as_slice())
        } else {
            self.ordered.clear();
            self.ordered.extend(rows.iter().map(|row| gradients.packed[*row as usize]));
            (Some(rows), self.ordered.as_slice())
        };
        histogram::build(self.binned, self.columns, is_used, rows, ordered, &mut self.slots[slot], self.threads);
        Some(slot)
    }

    /// The best split of a leaf whose sums are in a slot; of equals the one of the first column.
    fn search(&self, leaf: &Leaf, slot: Option<usize>, gradients: &Gradients, is_used: &[bool]) -> Option<Split> {
        let histograms = &self.slots[slot?];
        let search = Search::new(leaf.total, leaf.to - leaf.from, gradients, &self.shape.rules);
        let best_of = |columns: std::ops::Range<usize>| {
            let mut best: Option<Split> = None;
            for at in columns.filter(|at| is_used[*at]) {
                let split = search.best(at, &self.columns[at], &histograms[at]);
                if let Some(split) = split
                    && best.is_none_or(|best| split.gain > best.gain)
                {
                    best = Some(split);
                }
            }
            best
        };
        let columns = self.columns.len();
        if columns <= 4 * COLUMNS_PER_SEARCH || self.threads.get() == 1 {
            return best_of(0..columns);
        }
        let parts = columns.div_ceil(COLUMNS_PER_SEARCH);
        let part = |at: usize| at * COLUMNS_PER_SEARCH..((at + 1) * COLUMNS_PER_SEARCH).min(columns);
        let found = parallel::map(self.threads, parts, |at| best_of(part(at)));
        found.into_iter().flatten().reduce(|best, split| if split.gain > best.gain { split } else { best })
    }
}

fn goes_left(split: &Split, missing: u8, bin: u8) -> bool {
    match &split.set {
        Some(set) => is_in(set, bin),
        None if bin == missing => split.missing_left,
        None => bin <= split.bin,
    }
}

/// The leaf that a row of bins falls into.
pub(in super::super) fn leaf_of(tree: &Tree, columns: &[Column], binned: &Binned, row: usize) -> usize {
    let mut at = 0;
    loop {
        let node: &Node = &tree.nodes[at];
        if node.child == 0 {
            return at;
        }
        let column = node.column as usize;
        let bin = binned.bin(row, column);
        let is_left = match node.set {
            Some(set) => is_in(set_of(tree, set), bin),
            None if bin == columns[column].missing() => node.missing_left,
            None => bin <= node.bin,
        };
        at = node.child as usize + usize::from(!is_left);
    }
}

fn set_of(tree: &Tree, set: u32) -> &BinSet {
    &tree.sets[set as usize]
}
