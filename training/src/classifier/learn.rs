//! Learning the weights: logistic regression over the worst window of each text, by stochastic gradients with AdaGrad's
//! step for each weight (Duchi, Hazan and Singer, JMLR 12, 2011).

use std::ops::Range;

use redoubt_guard::classifier::{Calibration, HEADS, Head, Model, ROWS, norm, windows};

use super::example::{Example, Examples};
use super::rows::Labelled;
use crate::generate::Random;

/// How often everything is shown, and the last rounds whose weights are averaged.
const ROUNDS: usize = 6;
const AVERAGED: usize = 2;
const STEP: f32 = 0.15;
/// How fast a weight is forgotten.
const DECAY: f32 = 0.001;
/// Of 256 features so many are left out at each sight of a text, everywhere in it.
const DROPPED: u32 = 60;
/// Errors below this are not worth a step.
const ERROR_MIN: f32 = 0.002;
/// So much of the held-back harmless texts may lie above a head's cut. Documents are longer and more different from each
/// other than requests, so more of those that nobody has seen will.
const REQUESTS_ABOVE_CUT: f32 = 0.004;
const DOCUMENTS_ABOVE_CUT: f32 = 0.0025;
/// A cut is not set on fewer texts.
const HELD_MIN: usize = 100;

/// What was learned.
pub(super) struct Weights {
    biases: [f32; HEADS],
    rows: Vec<[f32; HEADS]>,
}

/// Learns from examples.
pub(super) fn learn(examples: &Examples, seed: u64) -> Weights {
    let mut learner = Learner {
        weights: Weights { biases: [-1.0; HEADS], rows: vec![[0.0; HEADS]; ROWS] },
        slopes: vec![[0.0; HEADS]; ROWS],
        bias_slopes: [1.0; HEADS],
        active: Vec::new(),
        ends: Vec::new(),
        sums: Vec::new(),
    };
    let mut random = Random::new(seed);
    let mut order: Vec<usize> = (0..examples.all.len()).collect();
    let mut sum = Weights { biases: [0.0; HEADS], rows: vec![[0.0; HEADS]; ROWS] };
    for round in 0..ROUNDS {
        for at in (1..order.len()).rev() {
            order.swap(at, random.below(at + 1));
        }
        for at in &order {
            let salt = random.next() as u32 | 1;
            learner.see(&examples.all[*at], salt);
        }
        if round + AVERAGED >= ROUNDS {
            sum.add(&learner.weights);
        }
    }
    sum
}

struct Learner {
    weights: Weights,
    slopes: Vec<[f32; HEADS]>,
    bias_slopes: [f32; HEADS],
    /// The features of the text in sight that are not left out.
    active: Vec<u32>,
    /// The end of each block among them.
    ends: Vec<usize>,
    /// The sums up to the end of each block.
    sums: Vec<[f32; HEADS]>,
}

impl Learner {
    fn see(&mut self, example: &Example, salt: u32) {
        if example.blocks.is_empty() {
            return;
        }
        self.active.clear();
        self.ends.clear();
        self.ends.push(0);
        self.sums.clear();
        self.sums.push([0.0; HEADS]);
        let (mut from, mut sums) = (0, [0.0; HEADS]);
        for (to, _) in &example.blocks {
            for feature in &example.features[from..*to] {
                if feature.wrapping_mul(salt).wrapping_mul(0x85eb_ca6b) >> 24 < DROPPED {
                    continue;
                }
                self.active.push(*feature);
                for (sum, weight) in sums.iter_mut().zip(&self.weights.rows[*feature as usize]) {
                    *sum += weight;
                }
            }
            from = *to;
            self.ends.push(self.active.len());
            self.sums.push(sums);
        }
        for head in Head::all() {
            if let Some(is_case) = example.truth[head.column()] {
                self.correct(head.column(), is_case, example);
            }
        }
    }

    /// Moves the weights of the worst window towards the truth.
    fn correct(&mut self, head: usize, is_case: bool, example: &Example) {
        let (mut best, mut worst, mut factor) = (f32::NEG_INFINITY, Range::default(), 0.0);
        windows(example.blocks.len(), |window| {
            let units = |end: usize| if end == 0 { 0 } else { example.blocks[end - 1].1 };
            let norm = norm(units(window.end) - units(window.start));
            let sum = (self.sums[window.end][head] - self.sums[window.start][head]) * norm;
            if sum > best {
                (best, worst, factor) = (sum, window, norm);
            }
        });
        let odds = best + self.weights.biases[head];
        let likelihood = 1.0 / (1.0 + (-odds).exp());
        let error = (likelihood - f32::from(u8::from(is_case))) * example.weight;
        if error.abs() < ERROR_MIN {
            return;
        }
        self.bias_slopes[head] += error * error;
        self.weights.biases[head] -= STEP * error / self.bias_slopes[head].sqrt();
        let slope = error * factor;
        for feature in &self.active[self.ends[worst.start]..self.ends[worst.end]] {
            let at = *feature as usize;
            let weight = &mut self.weights.rows[at][head];
            let squares = &mut self.slopes[at][head];
            *squares += slope * slope;
            *weight -= STEP * (slope + DECAY * *weight) / (squares.sqrt() + 0.05);
        }
    }
}

impl Weights {
    fn add(&mut self, other: &Self) {
        let part = 1.0 / AVERAGED as f32;
        for (sum, bias) in self.biases.iter_mut().zip(&other.biases) {
            *sum += bias * part;
        }
        for (sums, row) in self.rows.iter_mut().zip(&other.rows) {
            for (sum, weight) in sums.iter_mut().zip(row) {
                *sum += weight * part;
            }
        }
    }

    /// How many rows are not empty.
    pub(super) fn used(&self) -> usize {
        self.rows.iter().filter(|row| row.iter().any(|weight| *weight != 0.0)).count()
    }

    /// The file, with cuts set on harmless texts that were held back.
    pub(super) fn file(&self, marks: &[u8], held: &[Labelled]) -> Vec<u8> {
        let mut heads: [Calibration; HEADS] = std::array::from_fn(|head| {
            let largest = self.rows.iter().map(|row| row[head].abs()).fold(1e-6, f32::max);
            Calibration { bias: self.biases[head], scale: largest / 127.0, cut: 0.0 }
        });
        let quantised = |row: &[f32; HEADS]| -> [i8; HEADS] {
            std::array::from_fn(|head| (row[head] / heads[head].scale).round() as i8)
        };
        let weights: Vec<[i8; HEADS]> = self.rows.iter().map(quantised).collect();
        let uncut = Model::write(&heads, marks, &weights);
        if let Ok(model) = Model::read(&uncut) {
            for head in Head::all() {
                let texts = held.iter().filter(|row| row.is(head) == Some(false) && is_of(row, head));
                let margins = texts.map(|row| model.judge(&row.text)[head.column()]).collect();
                let above = if head == Head::DocumentAttack { DOCUMENTS_ABOVE_CUT } else { REQUESTS_ABOVE_CUT };
                heads[head.column()].cut = cut(margins, above, self.biases[head.column()]);
            }
        }
        Model::write(&heads, marks, &weights)
    }
}

/// Whether a head is asked about such a text.
pub(super) fn is_of(row: &Labelled, head: Head) -> bool {
    row.is_document == (head == Head::DocumentAttack)
}

/// The value that so few lie above; where there are too few to say, what is likelier than not.
fn cut(mut margins: Vec<f32>, above: f32, bias: f32) -> f32 {
    if margins.len() < HELD_MIN {
        return bias.max(0.0);
    }
    margins.sort_by(f32::total_cmp);
    let at = (margins.len() as f32 * (1.0 - above)) as usize;
    // A rarer head must not fire on what it knows nothing of.
    margins[at.min(margins.len() - 1)].max(-1.0)
}
