//! Finished trees: how they score rows, and how they are written down.

#![expect(clippy::indexing_slicing, reason = "references were checked when the forest was put together")]

use std::num::NonZeroUsize;

use super::super::file::{FileError, Reader, Writer};
use super::super::{ExamplesError, parallel};
use super::bins::Column;
use super::{BinSet, Tree, is_in};
use crate::learners::table::{COLUMNS_MAX, Table};

/// So many rows go through a tree at the same time: while one waits for memory, the others compute.
const ROWS_AT_ONCE: usize = 8;

/// So many steps are taken before it is looked whether all have arrived.
const STEPS: u32 = 3;

/// So many rows go through all trees before the next: they stay in the cache, and so does a tree.
const ROWS_IN_BLOCK: usize = 512;

/// The most nodes of a forest: so many take 1.6 GB.
const NODES_MAX: usize = 1 << 26;

/// A missing value goes left.
const MISSING_LEFT: u32 = 1 << 31;
/// The threshold is the number of a set of categories.
const IS_SET: u32 = 1 << 30;
const COLUMN: u32 = IS_SET - 1;
/// In files, the column of a leaf.
const LEAF: u32 = u32::MAX;

/// Left if the value is at most the threshold. A leaf leads to itself.
#[derive(Debug, Clone, Copy)]
struct Node {
    threshold: f64,
    /// With the two signs above.
    column: u32,
    /// The left child; the right one is next to it.
    child: u32,
}

/// Trees that score together.
#[derive(Debug)]
pub(in super::super) struct Forest {
    columns: usize,
    /// Scores of each row.
    outputs: usize,
    /// Values of each node: one, of tree `t` for output `t % outputs`, or one for each output.
    width: usize,
    nodes: Vec<Node>,
    /// Where each tree begins among the nodes.
    roots: Vec<u32>,
    /// The longest way through each tree.
    depths: Vec<u32>,
    values: Vec<f64>,
    /// Which bins of a column of categories go left.
    sets: Vec<BinSet>,
    /// Columns of categories, and what bins they have; ascending.
    categories: Vec<(usize, Column)>,
    /// How often and with what gain each column decides.
    gains: Vec<f64>,
}

impl Forest {
    /// An empty forest. `width` is 1 or `outputs`.
    pub(in super::super) fn new(columns: &[Column], outputs: usize, width: usize) -> Self {
        let categories = columns.iter().enumerate().filter(|(_, column)| matches!(column, Column::Categories { .. }));
        Self {
            columns: columns.len(),
            outputs,
            width,
            nodes: Vec::new(),
            roots: Vec::new(),
            depths: Vec::new(),
            values: Vec::new(),
            sets: Vec::new(),
            categories: categories.map(|(at, column)| (at, column.clone())).collect(),
            gains: vec![0.0; columns.len()],
        }
    }

    /// How many trees there are.
    pub(in super::super) fn trees(&self) -> usize {
        self.roots.len()
    }

    pub(in super::super) const fn columns(&self) -> usize {
        self.columns
    }

    pub(in super::super) const fn outputs(&self) -> usize {
        self.outputs
    }

    /// Adds a tree whose bins are those of `columns`.
    pub(in super::super) fn push(
        &mut self,
        learner: &'static str,
        tree: &Tree,
        columns: &[Column],
    ) -> Result<(), ExamplesError> {
        let found = self.nodes.len() + tree.nodes.len();
        if found > NODES_MAX || found * self.width > 2 * NODES_MAX {
            let remedy = "take fewer trees or more rows in each leaf";
            return Err(ExamplesError::TooLarge { learner, what: "nodes", found, most: NODES_MAX, remedy });
        }
        if !tree.values.iter().chain(tree.nodes.iter().map(|node| &node.gain)).all(|value| value.is_finite()) {
            return Err(ExamplesError::NotFinite(learner));
        }
        let root = self.nodes.len() as u32;
        for (at, node) in tree.nodes.iter().enumerate() {
            if node.child == 0 {
                self.nodes.push(leaf(root + at as u32));
                continue;
            }
            let threshold = match (&columns[node.column as usize], node.set) {
                (_, Some(set)) => (self.sets.len() + set as usize) as f64,
                // Every value is on the left, only missing ones are on the right.
                (Column::Numbers { bounds, .. }, None) => {
                    bounds.get(usize::from(node.bin)).copied().unwrap_or(f64::MAX)
                }
                (Column::Categories { .. }, None) => f64::MAX,
            };
            let signs = if node.set.is_some() { IS_SET } else { 0 } | if node.missing_left { MISSING_LEFT } else { 0 };
            self.nodes.push(Node { threshold, column: node.column | signs, child: root + node.child });
            self.gains[node.column as usize] += node.gain;
        }
        if !self.gains.iter().all(|gain| gain.is_finite()) {
            return Err(ExamplesError::NotFinite(learner));
        }
        self.sets.extend_from_slice(&tree.sets);
        self.values.extend_from_slice(&tree.values);
        self.roots.push(root);
        self.depths.push(depth(&self.nodes[root as usize..], root));
        Ok(())
    }

    /// The share of each column in what all splits gained.
    pub(in super::super) fn importance(&self) -> Vec<f64> {
        let total: f64 = self.gains.iter().sum();
        if total > 0.0 { self.gains.iter().map(|gain| gain / total).collect() } else { self.gains.clone() }
    }

    /// Adds what the trees say of each row to `scores`, in the order of the trees.
    pub(in super::super) fn add_scores(&self, table: Table<'_>, scores: &mut [f64], threads: NonZeroUsize) {
        let columns = self.columns;
        let size = ROWS_IN_BLOCK * self.outputs;
        parallel::fill(threads, scores, size, |block, scores| {
            let from = block * ROWS_IN_BLOCK * columns;
            let to = (from + ROWS_IN_BLOCK * columns).min(table.values().len());
            let rows = &table.values()[from..to];
            if self.categories.is_empty() {
                self.score_block::<false>(rows, scores);
            } else {
                self.score_block::<true>(&self.in_bins(rows), scores);
            }
        });
    }

    /// Rows with the bins of categories in the place of their values.
    fn in_bins(&self, rows: &[f64]) -> Vec<f64> {
        let mut rows = rows.to_vec();
        for row in rows.chunks_exact_mut(self.columns) {
            for (at, column) in &self.categories {
                row[*at] = f64::from(column.bin(row[*at]));
            }
        }
        rows
    }

    fn score_block<const HAS_SETS: bool>(&self, rows: &[f64], scores: &mut [f64]) {
        let columns = self.columns;
        for (tree, (root, depth)) in self.roots.iter().zip(&self.depths).enumerate() {
            let rows = rows.chunks(columns * ROWS_AT_ONCE);
            for (rows, scores) in rows.zip(scores.chunks_mut(self.outputs * ROWS_AT_ONCE)) {
                let mut at = [*root; ROWS_AT_ONCE];
                if rows.len() == columns * ROWS_AT_ONCE {
                    for _ in 0..depth.div_ceil(STEPS) {
                        let before = at;
                        for _ in 0..STEPS {
                            for (at, row) in at.iter_mut().zip(rows.chunks_exact(columns)) {
                                *at = self.step::<HAS_SETS>(*at, row);
                            }
                        }
                        if at == before {
                            break;
                        }
                    }
                } else {
                    for (at, row) in at.iter_mut().zip(rows.chunks_exact(columns)) {
                        (0..*depth).for_each(|_| *at = self.step::<HAS_SETS>(*at, row));
                    }
                }
                if self.width == 1 {
                    let output = tree % self.outputs;
                    for (at, scores) in at.iter().zip(scores.chunks_exact_mut(self.outputs)) {
                        scores[output] += self.values[*at as usize];
                    }
                    continue;
                }
                for (at, scores) in at.iter().zip(scores.chunks_exact_mut(self.outputs)) {
                    let from = *at as usize * self.width;
                    for (score, value) in scores.iter_mut().zip(&self.values[from..from + self.width]) {
                        *score += value;
                    }
                }
            }
        }
    }

    #[inline(always)]
    fn step<const HAS_SETS: bool>(&self, at: u32, row: &[f64]) -> u32 {
        let node = &self.nodes[at as usize];
        let value = row[(node.column & COLUMN) as usize];
        if HAS_SETS && node.column & IS_SET != 0 {
            #[expect(clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "made of such numbers")]
            let (set, bin) = (node.threshold as usize, value as u8);
            return node.child + u32::from(!is_in(&self.sets[set], bin));
        }
        let is_left = (value <= node.threshold) | (value.is_nan() & (node.column & MISSING_LEFT != 0));
        node.child + u32::from(!is_left)
    }

    /// Writes the forest into a file.
    pub(in super::super) fn write(&self, file: Writer) -> Writer {
        let is_leaf = |at: usize| self.nodes[at].child as usize == at;
        let file = file.word("columns", self.columns).word("outputs", self.outputs).word("width", self.width);
        let thresholds: Vec<f64> =
            self.nodes.iter().enumerate().map(|(at, node)| if is_leaf(at) { 0.0 } else { node.threshold }).collect();
        let columns: Vec<u32> =
            self.nodes.iter().enumerate().map(|(at, node)| if is_leaf(at) { LEAF } else { node.column }).collect();
        let children: Vec<u32> = self.nodes.iter().map(|node| node.child).collect();
        let sets: Vec<u64> = self.sets.iter().flatten().copied().collect();
        let mut names = Vec::new();
        let mut known = Vec::new();
        let mut counts = Vec::new();
        let mut places = Vec::new();
        for (at, column) in &self.categories {
            if let Column::Categories { known: of } = column {
                places.push(*at as u32);
                counts.push(of.len() as u32);
                names.extend(of.iter().map(|(value, _)| *value));
                known.extend(of.iter().map(|(_, bin)| u32::from(*bin)));
            }
        }
        file.f64s("threshold", &thresholds)
            .f64s("value", &self.values)
            .f64s("gain", &self.gains)
            .f64s("category_value", &names)
            .u64s("set", &sets)
            .u32s("column", &columns)
            .u32s("child", &children)
            .u32s("root", &self.roots)
            .u32s("category_bin", &known)
            .u32s("category_count", &counts)
            .u32s("category_column", &places)
    }

    /// Reads a forest from a file and makes sure that no way through a tree leaves it or goes in a circle.
    pub(in super::super) fn read(file: &Reader<'_>) -> Result<Self, FileError> {
        let columns = file.count("columns", 1, COLUMNS_MAX)?;
        let outputs = file.count("outputs", 1, super::super::CLASSES_MAX)?;
        let width = file.count("width", 1, outputs)?;
        if width != 1 && width != outputs {
            return Err(FileError::Damaged("width"));
        }
        let thresholds = file.f64s("threshold")?;
        let count = thresholds.len();
        let length = count.checked_mul(width).ok_or(FileError::Damaged("width"))?;
        let values = file.f64s_of("value", length)?;
        let gains = file.f64s_of("gain", columns)?;
        let sets: Vec<u64> = file.u64s("set")?;
        let (sets, rest) = sets.as_chunks::<4>();
        let (node_columns, children) = (file.u32s("column")?, file.u32s("child")?);
        let roots = file.u32s("root")?;
        if !rest.is_empty() || node_columns.len() != count || children.len() != count {
            return Err(FileError::Damaged("column"));
        }
        if u32::try_from(count).is_err() || roots.first().is_some_and(|root| *root != 0) {
            return Err(FileError::Damaged("root"));
        }
        let categories = read_categories(file, columns)?;
        let has_categories = |column: usize| categories.binary_search_by_key(&column, |(at, _)| *at).is_ok();
        let mut nodes = Vec::with_capacity(count);
        let mut depths = Vec::with_capacity(roots.len());
        for (tree, &root) in roots.iter().enumerate() {
            let end = roots.get(tree + 1).map_or(count, |end| *end as usize);
            if root as usize >= end || end > count {
                return Err(FileError::Damaged("root"));
            }
            for at in root as usize..end {
                let (column, child) = (node_columns[at], children[at] as usize);
                if column == LEAF {
                    nodes.push(leaf(at as u32));
                    continue;
                }
                let is_set = column & IS_SET != 0;
                let place = (column & COLUMN) as usize;
                // Children behind their parents: no circle.
                if place >= columns || child <= at || child + 1 >= end {
                    return Err(FileError::Damaged("child"));
                }
                let threshold = thresholds[at];
                if is_set && (!has_categories(place) || !(0.0..sets.len() as f64).contains(&threshold)) {
                    return Err(FileError::Damaged("threshold"));
                }
                nodes.push(Node { threshold, column, child: child as u32 });
            }
            depths.push(depth(&nodes[root as usize..], root));
        }
        if nodes.len() != count {
            return Err(FileError::Damaged("root"));
        }
        let sets = sets.to_vec();
        Ok(Self { columns, outputs, width, nodes, roots, depths, values, sets, categories, gains })
    }
}

fn read_categories(file: &Reader<'_>, columns: usize) -> Result<Vec<(usize, Column)>, FileError> {
    let damaged = FileError::Damaged("category_value");
    let (places, counts) = (file.u32s("category_column")?, file.u32s("category_count")?);
    let (values, bins) = (file.f64s("category_value")?, file.u32s("category_bin")?);
    if places.len() != counts.len() || values.len() != bins.len() || !places.is_sorted_by(|low, high| low < high) {
        return Err(damaged);
    }
    let mut rest: Vec<(f64, u8)> = Vec::with_capacity(values.len());
    for (value, bin) in values.into_iter().zip(bins) {
        rest.push((value, u8::try_from(bin).map_err(|_| damaged.clone())?));
    }
    let mut rest = rest.as_slice();
    let mut categories = Vec::with_capacity(places.len());
    for (place, count) in places.into_iter().zip(counts) {
        let (known, behind) = rest.split_at_checked(count as usize).ok_or_else(|| damaged.clone())?;
        let is_ordered = known.is_sorted_by(|low, high| low.0.total_cmp(&high.0).is_lt());
        if !is_ordered || known.len() > 255 || place as usize >= columns {
            return Err(damaged);
        }
        categories.push((place as usize, Column::Categories { known: known.to_vec() }));
        rest = behind;
    }
    if rest.is_empty() { Ok(categories) } else { Err(damaged) }
}

const fn leaf(at: u32) -> Node {
    Node { threshold: f64::INFINITY, column: MISSING_LEFT, child: at }
}

/// The longest way from the root of a tree whose children stand behind their parents.
fn depth(nodes: &[Node], root: u32) -> u32 {
    let mut depths = vec![0; nodes.len()];
    let mut longest = 0;
    for (at, node) in nodes.iter().enumerate() {
        let child = (node.child - root) as usize;
        if child != at {
            let below = depths[at] + 1;
            (depths[child], depths[child + 1]) = (below, below);
            longest = longest.max(below);
        }
    }
    longest
}
