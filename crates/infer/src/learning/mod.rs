//! Fine-tuning an encoder: the layers at its top and a head of our own over them.
//!
//! ```text
//! text -> windows -> layers below, as they are, computed once and kept -> layers that learn -> mean -> head -> odds
//! ```
//! What is kept is in half precision: a hundred tokens of all-MiniLM-L6-v2 take 77 KB. A text is as bad as its worst window,
//! so that window alone learns. It is computed on the processor, and the same folder, texts, plan and numbers make the same
//! bytes.

mod error;
mod file;
mod parameters;
mod states;

use std::path::Path;

use candle_core::{D, DType, Tensor};

use crate::bert::{Bert, Layer};
use crate::config::{Config, Kind};
use crate::files::{Files, WEIGHTS};
use crate::head::{OWN_OUTPUTS, mean};
use crate::layers::Linear;
use crate::model::{filled, mask, prefix};
use crate::tokens::Tokens;
use crate::weights::Weights;
pub use error::LearnError;
use parameters::Parameters;
pub use states::{Below, States};

/// Windows of a text that are computed together.
const TOGETHER: usize = 8;

/// How an encoder is fine-tuned.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Layers that learn, counted from the top.
    pub layers: usize,
    /// Tokens of one window, marks included.
    pub window_tokens: usize,
    /// The width of the head's dense layer.
    pub dense: usize,
    /// Steps that there will be.
    pub steps: usize,
    /// The share of them in which the rate rises to its height; behind them it falls to nought, both in a straight line.
    pub warm_up: f32,
    /// The rate at its height.
    pub rate: f32,
    /// How many times that the head, which begins with nothing, learns.
    pub head_rate: f32,
    /// How fast weights are forgotten; biases and norms are not.
    pub decay: f32,
    /// The gradient's length is cut to this.
    pub gradient_max: f32,
    /// The share of the numbers of a window's mean state that are left out at each sight.
    pub dropped: f32,
}

/// A text to learn from.
#[derive(Clone, Copy, Debug)]
pub struct Lesson<'t> {
    /// What lies below the layers that learn, for each of its windows.
    pub windows: &'t [Below],
    /// Whether it is an attack, as a request and as a document; nothing where nobody knows.
    pub truth: [Option<bool>; OWN_OUTPUTS],
    /// How much it counts.
    pub weight: f32,
}

/// An encoder that learns.
pub struct Learner {
    plan: Plan,
    files: Files,
    config: Config,
    tokens: Tokens,
    bert: Bert,
    /// The first layer that learns.
    from: usize,
    top: Top,
    /// The same numbers without a way back to the parameters: what is only computed goes faster.
    still: Top,
    parameters: Parameters,
    /// Numbers from -1 to 1.
    random: Box<dyn FnMut() -> f32>,
}

/// What learns.
struct Top {
    layers: Vec<Layer>,
    dense: Linear,
    output: Linear,
}

impl Learner {
    /// Reads a folder. The head begins with numbers of `random`, which are from -1 to 1; whatever head the folder has is
    /// not read.
    ///
    /// # Errors
    /// Where the folder is no encoder of the type `bert` or has fewer layers than shall learn.
    pub fn read(folder: &Path, plan: Plan, mut random: Box<dyn FnMut() -> f32>) -> Result<Self, LearnError> {
        let files = Files::read(folder)?;
        let config = Config::read(&files.config)?;
        if !matches!(config.kind, Kind::Bert) {
            return Err(LearnError::Architecture);
        }
        let from = config.layers.checked_sub(plan.layers).filter(|_| plan.layers > 0);
        let from = from.ok_or(LearnError::Layers { asked: plan.layers, has: config.layers })?;
        let weights = Weights::read(WEIGHTS, &files.weights)?;
        let prefix = prefix(&weights, "bert.");
        let bert = Bert::read(&weights, prefix, &config)?;
        let tokens = Tokens::read(&files.tokenizer, &config, plan.window_tokens)?;
        let mut parameters = Parameters::default();
        let mut learn = |name: String, tensor: &Tensor| parameters.add(name, tensor, 1.0);
        let layers = bert.replaced(prefix, from, &mut learn)?;
        // As He et al. begin before a rectifier, "Delving Deep into Rectifiers", 2015.
        let mut begun = |name: &str, from: usize, to: usize| -> candle_core::Result<Linear> {
            let size = (6.0 / from as f32).sqrt();
            let numbers: Vec<f32> = std::iter::repeat_with(&mut random).take(from * to).map(|n| n * size).collect();
            let device = candle_core::Device::Cpu;
            let linear =
                Linear::new(Tensor::from_vec(numbers, (from, to), &device)?, Tensor::zeros(to, DType::F32, &device)?);
            let mut learn = |name: String, tensor: &Tensor| parameters.add(name, tensor, plan.head_rate);
            linear.replaced(name, &mut learn)
        };
        let dense = begun(file::DENSE, config.hidden, plan.dense.max(1))?;
        let output = begun(file::OUTPUT, plan.dense.max(1), OWN_OUTPUTS)?;
        let top = Top { layers, dense, output };
        let still = top.still()?;
        Ok(Self { plan, files, config, tokens, bert, from, top, still, parameters, random })
    }

    /// The digest of the folder.
    pub fn digest(&self) -> redoubt_domain::ids::Digest {
        self.files.digest
    }

    /// What lies below the layers that learn, for each of the first windows of a text.
    pub fn below(&self, text: &str, windows_max: usize) -> Result<Vec<Below>, LearnError> {
        let (windows, _) = self.tokens.windows(text, windows_max)?;
        let mut below = Vec::with_capacity(windows.len());
        for windows in windows.chunks(TOGETHER) {
            let (ids, mask) = filled(&windows.iter().collect::<Vec<_>>(), self.tokens.filling())?;
            let state = self.bert.below(&ids, &mask, self.from)?;
            for (at, window) in windows.iter().enumerate() {
                below.push(Below::of(&state.narrow(0, at, 1)?.narrow(1, 0, window.ids.len())?)?);
            }
        }
        Ok(below)
    }

    /// The log-odds of an attack in each window, as a request and as a document.
    pub fn odds(&self, windows: &[&Below]) -> Result<Vec<[f32; OWN_OUTPUTS]>, LearnError> {
        if windows.is_empty() {
            return Ok(Vec::new());
        }
        let (state, mask) = stacked(windows)?;
        let mean = self.still.mean(&state, &mask, &self.config)?;
        Ok(pairs(&self.still.odds(&mean)?)?)
    }

    /// Learns from a few texts at once, and says what the loss was before: the mean of the cross entropies in nats, each
    /// times its weight.
    pub fn step(&mut self, lessons: &[Lesson<'_>]) -> Result<f32, LearnError> {
        let windows: Vec<&Below> = lessons.iter().flat_map(|lesson| lesson.windows).collect();
        if windows.is_empty() {
            return Ok(0.0);
        }
        let (state, mask) = stacked(&windows)?;
        let mean = self.top.mean(&state, &mask, &self.config)?;
        let dropped = self.dropped(mean.shape())?;
        let odds = self.top.odds(&(mean * dropped)?)?;
        let (loss, slopes) = slopes(lessons, &pairs(&odds)?);
        let slopes = Tensor::from_vec(slopes, odds.shape(), odds.device())?;
        // The gradient of this sum is that of the loss: the slopes are numbers, with no way back.
        let gradients = (odds * slopes)?.sum_all()?.backward()?;
        self.parameters.step(&gradients, &self.plan)?;
        Ok(loss)
    }

    /// Takes this from all log-odds of a kind of text: 0 for requests, 1 for documents.
    pub fn lower(&mut self, kind: usize, by: f32) -> Result<(), LearnError> {
        Ok(self.parameters.lower(&format!("{}.bias", file::OUTPUT), kind, by)?)
    }

    /// Writes a folder that [`Model::classifier`](crate::Model::classifier) reads: the encoder as it is now, the head,
    /// and the other two files as they were.
    pub fn write(&self, folder: &Path) -> Result<(), LearnError> {
        file::write(folder, &self.files, &self.parameters)
    }

    /// What the mean states are multiplied with.
    fn dropped(&mut self, shape: &candle_core::Shape) -> candle_core::Result<Tensor> {
        let dropped = self.plan.dropped.clamp(0.0, 0.9);
        let kept = 1.0 / (1.0 - dropped);
        let factor = |number: f32| if f32::midpoint(number, 1.0) < dropped { 0.0 } else { kept };
        let factors: Vec<f32> = std::iter::repeat_with(&mut self.random).take(shape.elem_count()).map(factor).collect();
        Tensor::from_vec(factors, shape, &candle_core::Device::Cpu)
    }
}

impl Top {
    fn still(&self) -> candle_core::Result<Self> {
        let mut still = |_: String, tensor: &Tensor| Ok(tensor.detach());
        Ok(Self {
            layers: self.layers.iter().map(|layer| layer.replaced("", &mut still)).collect::<Result<_, _>>()?,
            dense: self.dense.replaced("", &mut still)?,
            output: self.output.replaced("", &mut still)?,
        })
    }

    fn mean(&self, state: &Tensor, seen: &Tensor, config: &Config) -> candle_core::Result<Tensor> {
        mean(&Layer::through(self.layers.iter(), state, seen, config)?, seen)
    }

    fn odds(&self, mean: &Tensor) -> candle_core::Result<Tensor> {
        self.output.of(&self.dense.of(mean)?.relu()?)
    }
}

/// The states `[batch, tokens, hidden]` and the mask `[batch, tokens]` of windows, filled up to the longest.
fn stacked(windows: &[&Below]) -> candle_core::Result<(Tensor, Tensor)> {
    let longest = windows.iter().map(|window| window.tokens()).max().unwrap_or(0);
    let full = |window: &&Below| window.state()?.pad_with_zeros(0, 0, longest - window.tokens());
    let states = windows.iter().map(full).collect::<candle_core::Result<Vec<_>>>()?;
    Ok((Tensor::stack(&states, 0)?, mask(windows.iter().map(|window| window.tokens()), longest)?))
}

fn pairs(odds: &Tensor) -> candle_core::Result<Vec<[f32; OWN_OUTPUTS]>> {
    debug_assert_eq!(odds.dim(D::Minus1).ok(), Some(OWN_OUTPUTS));
    let numbers = odds.flatten_all()?.to_vec1::<f32>()?;
    Ok(numbers.as_chunks::<OWN_OUTPUTS>().0.to_vec())
}

/// The loss, and how it grows with each of the odds: only those of the worst window of each text count.
fn slopes(lessons: &[Lesson<'_>], odds: &[[f32; OWN_OUTPUTS]]) -> (f32, Vec<f32>) {
    let mut slopes = vec![[0.0_f32; OWN_OUTPUTS]; odds.len()];
    let (mut loss, mut from, part) = (0.0, 0, 1.0 / lessons.len() as f32);
    for lesson in lessons {
        let windows = from..from + lesson.windows.len();
        from = windows.end;
        for (kind, is_attack) in lesson.truth.into_iter().enumerate() {
            let Some(is_attack) = is_attack else { continue };
            let of = |window: &usize| odds.get(*window).and_then(|odds| odds.get(kind)).copied().unwrap_or(0.0);
            let Some(worst) = windows.clone().max_by(|a, b| of(a).total_cmp(&of(b))) else { continue };
            let odds = of(&worst);
            let towards = if is_attack { odds } else { -odds };
            // ln(1 + e^-x) without overflow.
            loss += part * lesson.weight * ((-towards).max(0.0) + (-towards.abs()).exp().ln_1p());
            let likelihood = 1.0 / (1.0 + (-odds).exp());
            if let Some(slope) = slopes.get_mut(worst).and_then(|slopes| slopes.get_mut(kind)) {
                *slope = part * lesson.weight * (likelihood - f32::from(u8::from(is_attack)));
            }
        }
    }
    (loss, slopes.concat())
}

#[cfg(test)]
mod tests;
