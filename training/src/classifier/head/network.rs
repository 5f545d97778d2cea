//! A dense layer and two outputs over the mean state of the worst window, learned by Adam (Kingma and Ba, 2015) with decay
//! of the weights apart from the step (Loshchilov and Hutter, 2019). The gradients are written out: there are two layers.

use super::SEED;
use super::embeddings::States;
use super::texts::Text;
use crate::generate::Random;

const WIDTH: usize = 64;
const ROUNDS: usize = 14;
const BATCH: usize = 32;
const STEP: f32 = 1e-3;
const DECAY: f32 = 0.02;
/// Of a hundred numbers of a state so many are left out at each sight.
const DROPPED_PERCENT: usize = 15;
/// So much of the held-back harmless texts may lie above the likelihood 0.5: the same as above the classifier's cuts.
pub(in crate::classifier) const ABOVE_CUT: [f32; 2] = [0.004, 0.0025];

/// A head.
pub(super) struct Network {
    inputs: usize,
    /// `[WIDTH][inputs]`, `[WIDTH]`, `[2][WIDTH]`, `[2]`, one behind the other.
    numbers: Vec<f32>,
}

/// What was computed on the way.
struct Pass {
    dense: Vec<f32>,
    output: [f32; 2],
}

impl Network {
    fn parts(&self) -> (usize, usize, usize) {
        let biases = WIDTH * self.inputs;
        (biases, biases + WIDTH, biases + WIDTH + 2 * WIDTH)
    }

    /// Learns from texts, and sets the cuts on others.
    pub(super) fn learn(learned: &[Text], held: &[Text], states: &States) -> Self {
        let inputs = learned.iter().find_map(|text| states.of(text).first()).map_or(0, Vec::len);
        let mut random = Random::new(SEED);
        let mut network = Self { inputs, numbers: vec![0.0; WIDTH * inputs + WIDTH + 2 * WIDTH + 2] };
        let (biases, output, _) = network.parts();
        for (range, size) in
            [(0..biases, (6.0 / inputs as f32).sqrt()), (output..output + 2 * WIDTH, (6.0 / WIDTH as f32).sqrt())]
        {
            for number in &mut network.numbers[range] {
                *number = (random.below(1 << 20) as f32 / (1 << 19) as f32 - 1.0) * size;
            }
        }
        let count = network.numbers.len();
        let (mut first, mut second, mut slopes) = (vec![0.0_f32; count], vec![0.0_f32; count], vec![0.0_f32; count]);
        let mut order: Vec<usize> = (0..learned.len()).collect();
        let steps = ROUNDS * order.len().div_ceil(BATCH);
        let mut at_step = 0;
        for _ in 0..ROUNDS {
            for at in (1..order.len()).rev() {
                order.swap(at, random.below(at + 1));
            }
            for batch in order.chunks(BATCH) {
                slopes.fill(0.0);
                for at in batch {
                    let text = &learned[*at];
                    network.see(states.of(text), text.truth, &mut random, &mut slopes);
                }
                at_step += 1;
                let left = 1.0 - at_step as f32 / steps as f32;
                let mend = |beta: f32| 1.0 - beta.powi(at_step);
                for ((number, slope), (first, second)) in
                    network.numbers.iter_mut().zip(&slopes).zip(first.iter_mut().zip(&mut second))
                {
                    let slope = slope / batch.len() as f32;
                    *first = 0.9 * *first + 0.1 * slope;
                    *second = 0.999 * *second + 0.001 * slope * slope;
                    let step = (*first / mend(0.9)) / ((*second / mend(0.999)).sqrt() + 1e-8);
                    *number -= STEP * left * (step + DECAY * *number);
                }
            }
        }
        network.cut(held, states);
        network
    }

    /// Adds what moves the worst window towards the truth.
    fn see(&self, windows: &[Vec<f32>], truth: [Option<bool>; 2], random: &mut Random, slopes: &mut [f32]) {
        let (biases, output, output_biases) = self.parts();
        for (side, is_attack) in truth.into_iter().enumerate() {
            let Some(is_attack) = is_attack else { continue };
            // Of the window that is worst now.
            let worst = windows.iter().max_by(|a, b| self.pass(a).output[side].total_cmp(&self.pass(b).output[side]));
            let Some(worst) = worst else { continue };
            let kept = 100.0 / (100 - DROPPED_PERCENT) as f32;
            let state: Vec<f32> =
                worst.iter().map(|number| if random.chance(DROPPED_PERCENT) { 0.0 } else { number * kept }).collect();
            let Pass { dense, output: odds } = self.pass(&state);
            let error = logistic(odds[side]) - f32::from(u8::from(is_attack));
            slopes[output_biases + side] += error;
            for (unit, value) in dense.iter().enumerate() {
                slopes[output + side * WIDTH + unit] += error * value;
                if *value > 0.0 {
                    let back = error * self.numbers[output + side * WIDTH + unit];
                    slopes[biases + unit] += back;
                    for (slope, number) in slopes[unit * self.inputs..].iter_mut().zip(&state) {
                        *slope += back * number;
                    }
                }
            }
        }
    }

    fn pass(&self, state: &[f32]) -> Pass {
        let (biases, output, output_biases) = self.parts();
        let dense: Vec<f32> = (0..WIDTH)
            .map(|unit| {
                let row = &self.numbers[unit * self.inputs..(unit + 1) * self.inputs];
                (self.numbers[biases + unit] + dot(row, state)).max(0.0)
            })
            .collect();
        let odds = |side: usize| {
            let row = &self.numbers[output + side * WIDTH..output + (side + 1) * WIDTH];
            self.numbers[output_biases + side] + dot(row, &dense)
        };
        let output = [odds(0), odds(1)];
        Pass { dense, output }
    }

    /// The log-odds of a text's worst window, as a request or as a document: 0 at the likelihood 0.5.
    pub(super) fn odds(&self, windows: &[Vec<f32>], side: usize) -> f32 {
        windows.iter().map(|window| self.pass(window).output[side]).fold(f32::NEG_INFINITY, f32::max)
    }

    fn cut(&mut self, held: &[Text], states: &States) {
        let (_, _, output_biases) = self.parts();
        for (side, above) in ABOVE_CUT.into_iter().enumerate() {
            let texts =
                held.iter().filter(|text| usize::from(text.is_document) == side && text.truth[side] == Some(false));
            let mut odds: Vec<f32> = texts.map(|text| self.odds(states.of(text), side)).collect();
            odds.sort_by(f32::total_cmp);
            let at = (odds.len() as f32 * (1.0 - above)) as usize;
            if let Some(cut) = odds.get(at.min(odds.len().saturating_sub(1))) {
                self.numbers[output_biases + side] -= cut;
            }
        }
    }

    /// The file that `redoubt-infer` reads, in the form of safetensors.
    pub(super) fn file(&self) -> Vec<u8> {
        let (biases, output, output_biases) = self.parts();
        let end = self.numbers.len();
        let tensors = [
            ("dense.bias", vec![WIDTH], biases..output),
            ("dense.weight", vec![WIDTH, self.inputs], 0..biases),
            ("output.bias", vec![2], output_biases..end),
            ("output.weight", vec![2, WIDTH], output..output_biases),
        ];
        let (mut header, mut data) = (serde_json::Map::new(), Vec::new());
        for (name, shape, range) in tensors {
            let from = data.len();
            data.extend(self.numbers[range].iter().flat_map(|number| number.to_le_bytes()));
            let tensor = serde_json::json!({ "dtype": "F32", "shape": shape, "data_offsets": [from, data.len()] });
            header.insert(name.to_owned(), tensor);
        }
        let mut header = serde_json::Value::Object(header).to_string();
        header.push_str(&" ".repeat(8 - header.len() % 8));
        let mut file = (header.len() as u64).to_le_bytes().to_vec();
        file.extend(header.as_bytes());
        file.extend(data);
        file
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn logistic(odds: f32) -> f32 {
    1.0 / (1.0 + (-odds).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    const INPUTS: usize = 3;

    fn text(at: usize, is_document: bool, is_attack: bool) -> Text {
        let truth = if is_document { [None, Some(is_attack)] } else { [Some(is_attack), None] };
        let (source, language) = ("made up".to_owned(), "en".to_owned());
        Text { text: format!("{at} {is_document} {is_attack}"), source, language, is_document, truth }
    }

    /// Attacks lie to the right, in the second of two windows.
    fn data() -> (Vec<Text>, States) {
        let (mut texts, mut states) = (Vec::new(), States::default());
        let mut random = Random::new(7);
        for at in 0..1_000 {
            let (is_document, is_attack) = (at % 2 == 0, at % 4 < 2);
            let text = text(at, is_document, is_attack);
            let mut number = || random.below(1_000) as f32 / 1_000.0;
            let calm = vec![-1.0 - number(), number(), number()];
            let telling = if is_attack { vec![1.0 + number(), number(), number()] } else { calm.clone() };
            states.put(&text, vec![calm, telling]);
            texts.push(text);
        }
        (texts, states)
    }

    #[test]
    fn it_learns_what_tells_attacks_apart_and_the_same_from_the_same() {
        let (texts, states) = data();
        let network = Network::learn(&texts, &texts, &states);
        let is_right = |text: &&Text| {
            let side = usize::from(text.is_document);
            (network.odds(states.of(text), side) > 0.0) == (text.truth[side] == Some(true))
        };
        assert!(texts.iter().filter(is_right).count() >= 990);
        assert_eq!(network.file(), Network::learn(&texts, &texts, &states).file());
    }

    #[test]
    fn the_gradient_is_that_of_the_loss() {
        let (texts, states) = data();
        let mut network = Network::learn(&texts[..4], &texts, &states);
        assert_eq!(network.inputs, INPUTS);
        let loss = |network: &Network, state: &[f32]| {
            let odds = network.pass(state).output[1];
            (1.0 + (-odds).exp()).ln()
        };
        let state = vec![0.3, -0.2, 0.7];
        let mut slopes = vec![0.0; network.numbers.len()];
        // With nothing left out: a window is seen as it is only where no number falls to chance, so ask until none did.
        let kept = 100.0 / (100 - DROPPED_PERCENT) as f32;
        let scaled: Vec<f32> = state.iter().map(|number| number * kept).collect();
        for seed in 0.. {
            let mut random = Random::new(seed);
            if (0..INPUTS).any(|_| random.chance(DROPPED_PERCENT)) {
                continue;
            }
            network.see(std::slice::from_ref(&state), [None, Some(true)], &mut Random::new(seed), &mut slopes);
            break;
        }
        for (at, found) in slopes.iter().enumerate() {
            let before = network.numbers[at];
            let step = 1e-2;
            network.numbers[at] = before + step;
            let above = loss(&network, &scaled);
            network.numbers[at] = before - step;
            let below = loss(&network, &scaled);
            network.numbers[at] = before;
            let slope = (above - below) / (2.0 * step);
            assert!((slope - found).abs() < 2e-3, "number {at}: {slope} and {found}");
        }
        assert!(slopes.iter().any(|slope| slope.abs() > 1e-3));
    }
}
