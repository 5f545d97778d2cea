//! Points in a tree of boxes (Bentley 1975, Omohundro 1989): a box farther off than the neighbours found is passed over.

#![expect(clippy::indexing_slicing, reason = "places in the tree are made here and the points are its own")]

use super::nearest::Nearest;

/// A box with so many points is not cut again.
const POINTS_IN_LEAF: usize = 32;

#[derive(Debug, Clone, Copy)]
struct Node {
    /// Its points, in the tree's order.
    from: u32,
    to: u32,
    /// The second child; the first one stands behind its parent. Zero if there are none.
    second: u32,
}

#[derive(Debug)]
pub(super) struct Boxes {
    columns: usize,
    /// Points in the tree's order.
    points: Vec<f64>,
    /// The number that each of them had.
    numbers: Vec<u32>,
    nodes: Vec<Node>,
    /// Of each node, the least and the greatest value of each column.
    bounds: Vec<f64>,
}

impl Boxes {
    pub(super) fn new(points: Vec<f64>, columns: usize) -> Self {
        let count = points.len() / columns;
        let mut tree =
            Self { columns, points, numbers: (0..count as u32).collect(), nodes: Vec::new(), bounds: Vec::new() };
        let mut order = std::mem::take(&mut tree.numbers);
        // Whose second child is to be known, and which points are to be put into a box.
        let mut open = vec![(None, 0, count)];
        while let Some((parent, from, to)) = open.pop() {
            let at = tree.nodes.len();
            if let Some(parent) = parent {
                let parent: &mut Node = &mut tree.nodes[parent];
                parent.second = at as u32;
            }
            tree.nodes.push(Node { from: from as u32, to: to as u32, second: 0 });
            let widest = tree.bound(&order[from..to]);
            let Some(column) = widest.filter(|_| to - from > POINTS_IN_LEAF) else {
                continue;
            };
            let middle = (to - from) / 2;
            let value = |number: &u32| tree.points[*number as usize * columns + column];
            order[from..to].select_nth_unstable_by(middle, |left, right| {
                value(left).total_cmp(&value(right)).then(left.cmp(right))
            });
            open.push((Some(at), from + middle, to));
            open.push((None, from, from + middle));
        }
        let row = |number: &u32| &tree.points[*number as usize * columns..(*number as usize + 1) * columns];
        tree.points = order.iter().flat_map(row).copied().collect();
        tree.numbers = order;
        tree
    }

    /// Notes the bounds of some points; gives the column in which they are widest, if they are not all in one place.
    fn bound(&mut self, numbers: &[u32]) -> Option<usize> {
        let columns = self.columns;
        let at = self.bounds.len();
        self.bounds.extend(std::iter::repeat_n(f64::INFINITY, columns));
        self.bounds.extend(std::iter::repeat_n(f64::NEG_INFINITY, columns));
        let (low, high) = self.bounds[at..].split_at_mut(columns);
        for number in numbers {
            let point = &self.points[*number as usize * columns..(*number as usize + 1) * columns];
            for ((low, high), value) in low.iter_mut().zip(high.iter_mut()).zip(point) {
                *low = low.min(*value);
                *high = high.max(*value);
            }
        }
        let mut widest = None;
        let mut width = 0.0;
        for (column, (low, high)) in low.iter().zip(high).enumerate() {
            if *high - *low > width {
                (widest, width) = (Some(column), *high - *low);
            }
        }
        widest
    }

    /// The points in the order in which they were given.
    pub(super) fn points(&self) -> Vec<f64> {
        let mut points = vec![0.0; self.points.len()];
        for (number, point) in self.numbers.iter().zip(self.points.chunks_exact(self.columns)) {
            points[*number as usize * self.columns..(*number as usize + 1) * self.columns].copy_from_slice(point);
        }
        points
    }

    /// The nearest points of one question.
    pub(super) fn search(&self, question: &[f64], nearest: &mut Nearest, open: &mut Vec<(f64, u32)>) {
        open.clear();
        open.push((self.square_to_box(0, question), 0));
        while let Some((square, at)) = open.pop() {
            if square > nearest.worst() {
                continue;
            }
            let node = self.nodes[at as usize];
            if node.second == 0 {
                let (from, to) = (node.from as usize, node.to as usize);
                let points = self.points[from * self.columns..to * self.columns].chunks_exact(self.columns);
                for (point, number) in points.zip(&self.numbers[from..to]) {
                    nearest.offer(question, point, *number);
                }
                continue;
            }
            let first = (self.square_to_box(at as usize + 1, question), at + 1);
            let second = (self.square_to_box(node.second as usize, question), node.second);
            // The nearer is looked at first, so that it may spare the other.
            let (near, far) = if first.0 <= second.0 { (first, second) } else { (second, first) };
            open.push(far);
            open.push(near);
        }
    }

    /// The squared distance to a node's box.
    fn square_to_box(&self, node: usize, point: &[f64]) -> f64 {
        let bounds = &self.bounds[node * 2 * self.columns..(node + 1) * 2 * self.columns];
        let (low, high) = bounds.split_at(self.columns);
        let mut sums = [0.0; 4];
        let (points, points_rest) = point.as_chunks::<4>();
        let (lows, lows_rest) = low.as_chunks::<4>();
        let (highs, highs_rest) = high.as_chunks::<4>();
        let outside = |value: f64, low: f64, high: f64| (low - value).max(value - high).max(0.0);
        for ((point, low), high) in points.iter().zip(lows).zip(highs) {
            for lane in 0..4 {
                let outside = outside(point[lane], low[lane], high[lane]);
                sums[lane] += outside * outside;
            }
        }
        for ((value, low), high) in points_rest.iter().zip(lows_rest).zip(highs_rest) {
            let outside = outside(*value, *low, *high);
            sums[0] += outside * outside;
        }
        (sums[0] + sums[1]) + (sums[2] + sums[3])
    }
}
