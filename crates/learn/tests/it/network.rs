//! A small network that is attacked in tests: one hidden layer, trained by Adam.

use redoubt_learn::random::Random;

pub(crate) struct Network {
    width: usize,
    hidden: usize,
    weights: Vec<f64>,
}

const RATE: f64 = 0.004;
const EPOCHS: usize = 30;
const BATCH: usize = 32;

impl Network {
    pub(crate) fn train(rows: &[Vec<f64>], labels: &[usize], classes: usize, seed: u64) -> Self {
        let (width, hidden) = (rows[0].len(), 32);
        let mut random = Random::new(seed);
        let size = hidden * (width + 1) + classes * (hidden + 1);
        let scale = |at: usize| if at < hidden * (width + 1) { (2.0 / width as f64).sqrt() } else { 0.2 };
        let weights = (0..size).map(|at| random.normal() * scale(at)).collect();
        let mut network = Self { width, hidden, weights };
        let (mut first, mut second, mut gradient) = (vec![0.0; size], vec![0.0; size], vec![0.0; size]);
        let mut order: Vec<usize> = (0..rows.len()).collect();
        let mut step = 0;
        for _ in 0..EPOCHS {
            random.shuffle(&mut order);
            for batch in order.chunks(BATCH) {
                gradient.fill(0.0);
                for row in batch {
                    network.add_gradient(&rows[*row], labels[*row], &mut gradient);
                }
                step += 1;
                let correct = (1.0 - 0.999_f64.powi(step)).sqrt() / (1.0 - 0.9_f64.powi(step));
                for (at, slope) in gradient.iter().enumerate() {
                    let slope = slope / batch.len() as f64;
                    first[at] = 0.9 * first[at] + 0.1 * slope;
                    second[at] = 0.999 * second[at] + 0.001 * slope * slope;
                    network.weights[at] -= RATE * correct * first[at] / (second[at].sqrt() + 1e-8);
                }
            }
        }
        network
    }

    fn forward(&self, row: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let (inner, outer) = self.weights.split_at(self.hidden * (self.width + 1));
        let dot = |weights: &[f64], values: &[f64]| {
            let (bias, factors) = weights.split_last().unwrap();
            bias + factors.iter().zip(values).map(|(a, b)| a * b).sum::<f64>()
        };
        let middle: Vec<f64> = inner.chunks_exact(self.width + 1).map(|own| dot(own, row).max(0.0)).collect();
        let scores = outer.chunks_exact(self.hidden + 1).map(|own| dot(own, &middle)).collect();
        (middle, scores)
    }

    fn add_gradient(&self, row: &[f64], label: usize, gradient: &mut [f64]) {
        let (middle, scores) = self.forward(row);
        let most = scores.iter().copied().fold(f64::MIN, f64::max);
        let powers: Vec<f64> = scores.iter().map(|score| (score - most).exp()).collect();
        let sum: f64 = powers.iter().sum();
        let split = self.hidden * (self.width + 1);
        let mut back = vec![0.0; self.hidden];
        for (class, power) in powers.iter().enumerate() {
            let slope = power / sum - if class == label { 1.0 } else { 0.0 };
            let from = split + class * (self.hidden + 1);
            for at in 0..self.hidden {
                gradient[from + at] += slope * middle[at];
                back[at] += slope * self.weights[from + at];
            }
            gradient[from + self.hidden] += slope;
        }
        for at in (0..self.hidden).filter(|at| middle[*at] > 0.0) {
            let own = &mut gradient[at * (self.width + 1)..(at + 1) * (self.width + 1)];
            own.iter_mut().zip(row).for_each(|(sum, value)| *sum += back[at] * value);
            own[self.width] += back[at];
        }
    }

    pub(crate) fn predict(&self, row: &[f64]) -> usize {
        let (_, scores) = self.forward(row);
        (0..scores.len()).max_by(|left, right| scores[*left].total_cmp(&scores[*right])).unwrap()
    }

    pub(crate) fn accuracy(&self, rows: &[Vec<f64>], labels: &[usize]) -> f64 {
        rows.iter().zip(labels).filter(|(row, label)| self.predict(row) == **label).count() as f64 / rows.len() as f64
    }
}
