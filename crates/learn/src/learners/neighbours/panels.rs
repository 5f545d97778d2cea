//! All distances, many at a time: in many dimensions no box is far enough away to be passed over.
//!
//! The scalar products of eight points and four questions are taken at once, in single precision. Who could be among
//! the nearest by that, whatever rounding did, is looked at again in double precision: the answer is exact.

#![expect(clippy::indexing_slicing, reason = "points and questions are the panels' own")]

use super::super::linear::dot;
use super::nearest::Nearest;

/// So many points lie side by side.
const POINTS: usize = 8;
/// So many questions are asked at once.
const QUESTIONS: usize = 4;
/// Points up to so many bytes are looked at before the next questions: they stay in the second-level cache.
const BLOCK_BYTES: usize = 1 << 17;

#[derive(Debug)]
pub(super) struct Panels {
    columns: usize,
    /// Row after row.
    points: Vec<f64>,
    /// Of [`POINTS`] points the first column, then the second, and so on.
    panels: Vec<[f32; POINTS]>,
    /// Half the squared length of each point.
    halves: Vec<[f32; POINTS]>,
    /// The length of the longest point of each panel.
    lengths: Vec<f64>,
}

/// What half a squared length less a scalar product is compared with, for one question.
#[derive(Clone, Copy)]
struct Question {
    length: f64,
    /// Half of what the squared distance of a neighbour may be, less the question's own squared length.
    wanted: f64,
}

impl Panels {
    pub(super) fn new(points: Vec<f64>, columns: usize) -> Self {
        let count = points.len() / columns;
        let panels = count.div_ceil(POINTS);
        let mut panels = Self {
            columns,
            points: Vec::new(),
            panels: vec![[0.0; POINTS]; panels * columns],
            // Behind the last point there are some that are infinitely far away.
            halves: vec![[f32::INFINITY; POINTS]; panels],
            lengths: vec![0.0; panels],
        };
        for (row, point) in points.chunks_exact(columns).enumerate() {
            let (panel, lane) = (row / POINTS, row % POINTS);
            for (lanes, value) in panels.panels[panel * columns..][..columns].iter_mut().zip(point) {
                lanes[lane] = *value as f32;
            }
            let square = dot(point, point);
            panels.halves[panel][lane] = (square / 2.0) as f32;
            panels.lengths[panel] = panels.lengths[panel].max(square.sqrt());
        }
        panels.points = points;
        panels
    }

    pub(super) fn points(&self) -> &[f64] {
        &self.points
    }

    /// The nearest points of each question; there are as many lists as questions.
    pub(super) fn search(&self, questions: &[f64], nearest: &mut [Nearest]) {
        let columns = self.columns;
        let lanes: Vec<Vec<[f32; QUESTIONS]>> = questions
            .chunks(columns * QUESTIONS)
            .map(|questions| {
                let mut lanes = vec![[0.0; QUESTIONS]; columns];
                for (lane, question) in questions.chunks_exact(columns).enumerate() {
                    lanes.iter_mut().zip(question).for_each(|(lanes, value)| lanes[lane] = *value as f32);
                }
                lanes
            })
            .collect();
        let block = (BLOCK_BYTES / (columns * size_of::<[f32; POINTS]>())).max(1);
        for first in (0..self.lengths.len()).step_by(block) {
            let panels = first..(first + block).min(self.lengths.len());
            let quads = questions.chunks(columns * QUESTIONS).zip(nearest.chunks_mut(QUESTIONS));
            for ((questions, nearest), lanes) in quads.zip(&lanes) {
                self.search_block(panels.clone(), questions, lanes, nearest);
            }
        }
    }

    /// Offers the points of some panels to up to four questions.
    fn search_block(
        &self,
        panels: std::ops::Range<usize>,
        questions: &[f64],
        lanes: &[[f32; QUESTIONS]],
        nearest: &mut [Nearest],
    ) {
        let columns = self.columns;
        let mut asked = [Question { length: 0.0, wanted: 0.0 }; QUESTIONS];
        for ((asked, question), nearest) in asked.iter_mut().zip(questions.chunks_exact(columns)).zip(nearest.iter()) {
            let square = dot(question, question);
            *asked = Question { length: square.sqrt(), wanted: (nearest.worst() - square) / 2.0 };
        }
        for panel in panels {
            let products = products(&self.panels[panel * columns..][..columns], lanes);
            for (lane, nearest) in nearest.iter_mut().enumerate() {
                let wanted = self.wanted(asked[lane], panel);
                let halves = self.halves[panel].iter().zip(&products[lane]).map(|(half, product)| half - product);
                // What is no number in single precision may be one in double: it is looked at, too.
                let is_near = |half: f32| half.is_nan() || half <= wanted;
                if !halves.clone().fold(false, |found, half| found | is_near(half)) {
                    continue;
                }
                let question = &questions[lane * columns..][..columns];
                for (place, half) in halves.enumerate() {
                    let row = panel * POINTS + place;
                    if is_near(half) && row * columns < self.points.len() {
                        nearest.offer(question, &self.points[row * columns..][..columns], row as u32);
                    }
                }
                let square = asked[lane].length * asked[lane].length;
                asked[lane].wanted = (nearest.worst() - square) / 2.0;
            }
        }
    }

    /// No point of a panel with more than this in single precision can be nearer than the worst neighbour.
    ///
    /// A scalar product of `n` numbers is off by at most `n + 2` times 2^-24 of the product of both lengths, the
    /// rounding of the numbers themselves included (Higham 2002, section 3.1); half a squared length, the difference
    /// and this bound are off by 2^-24 of themselves. Twice as much is granted.
    fn wanted(&self, question: Question, panel: usize) -> f32 {
        const UNIT: f64 = 1.0 / (1_u64 << 23) as f64;
        let Question { length, wanted } = question;
        let other = self.lengths[panel];
        let margin =
            UNIT * ((self.columns as f64 + 8.0) * length * other + other * other + wanted.abs() + length * length);
        // Beyond this single precision overflows, and below that it underflows: then all are looked at.
        if margin < 1e25 && (length * other > 1e-25 || length == 0.0 || other == 0.0) {
            (wanted + margin) as f32
        } else {
            f32::INFINITY
        }
    }
}

/// Scalar products of four questions and eight points.
#[inline]
fn products(points: &[[f32; POINTS]], questions: &[[f32; QUESTIONS]]) -> [[f32; POINTS]; QUESTIONS] {
    let mut sums = [[0.0; POINTS]; QUESTIONS];
    for (points, questions) in points.iter().zip(questions) {
        for (sums, question) in sums.iter_mut().zip(questions) {
            for (sum, point) in sums.iter_mut().zip(points) {
                *sum += point * question;
            }
        }
    }
    sums
}
