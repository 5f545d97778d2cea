//! Decision trees over columns in at most 256 bins: what gradient boosting and random forests share.

pub(super) mod bins;
pub(super) mod forest;
pub(super) mod grow;
pub(super) mod histogram;
pub(super) mod split;

/// A node of a tree that grows. Its two children stand next to each other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    /// The first child: where the left rows go. Zero if the node is a leaf.
    pub child: u32,
    /// The column that decides.
    pub column: u32,
    /// Rows of this bin or below go left.
    pub bin: u8,
    /// Whether rows without a value go left.
    pub missing_left: bool,
    /// Which of the tree's sets says what goes left, for a column of categories.
    pub set: Option<u32>,
    /// What the split gained.
    pub gain: f64,
}

impl Node {
    pub(super) const LEAF: Self = Self { child: 0, column: 0, bin: 0, missing_left: false, set: None, gain: 0.0 };
}

/// A set of bins.
pub(super) type BinSet = [u64; 4];

/// Whether a bin is in a set.
pub(super) const fn is_in(set: &BinSet, bin: u8) -> bool {
    let [a, b, c, d] = *set;
    let word = match bin >> 6 {
        0 => a,
        1 => b,
        2 => c,
        _ => d,
    };
    word >> (bin & 63) & 1 == 1
}

/// Puts a bin into a set.
pub(super) fn put(set: &mut BinSet, bin: u8) {
    if let Some(word) = set.get_mut(usize::from(bin >> 6)) {
        *word |= 1 << (bin & 63);
    }
}

/// A tree in terms of bins, with one value or several for each node.
#[derive(Debug, Clone)]
pub(super) struct Tree {
    pub nodes: Vec<Node>,
    pub sets: Vec<BinSet>,
    /// Of each node as many as the trees have outputs; only those of leaves count.
    pub values: Vec<f64>,
}
