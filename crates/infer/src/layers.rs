//! What both kinds of encoder are made of.
//!
//! `candle_nn::ops::layer_norm` and `softmax_last_dim` are fused and drop the gradient without a word: right where nothing
//! is learned, and wrong wherever something is. So where a tensor leads back to a parameter, the same is computed in steps
//! that keep it.

use candle_core::{D, Result, Tensor};
use candle_nn::ops;

use crate::config::{Activation, Config};
use crate::error::LoadError;
use crate::weights::Weights;

/// What a tensor of this name in the file is replaced by; a matrix is handed over transposed.
pub(crate) type Replace<'r> = dyn FnMut(String, &Tensor) -> Result<Tensor> + 'r;

/// `x W' + b`.
#[derive(Clone)]
pub(crate) struct Linear {
    /// Transposed once, so that every product reads it in order.
    weight: Tensor,
    bias: Tensor,
}

impl Linear {
    pub(crate) fn read(weights: &Weights, name: &str, from: usize, to: usize) -> std::result::Result<Self, LoadError> {
        let weight = weights.take(&format!("{name}.weight"), &[to, from])?;
        let bias = weights.take(&format!("{name}.bias"), &[to])?;
        Ok(Self { weight: weight.t()?.contiguous()?, bias })
    }

    /// Of a weight `[from, to]` and a bias `[to]`.
    pub(crate) const fn new(weight: Tensor, bias: Tensor) -> Self {
        Self { weight, bias }
    }

    /// The same with other tensors.
    pub(crate) fn replaced(&self, name: &str, replace: &mut Replace<'_>) -> Result<Self> {
        let weight = replace(format!("{name}.weight"), &self.weight)?;
        Ok(Self { weight, bias: replace(format!("{name}.bias"), &self.bias)? })
    }

    /// Of every row of a tensor of any number of dimensions.
    pub(crate) fn of(&self, input: &Tensor) -> Result<Tensor> {
        let mut shape = input.dims().to_vec();
        let (from, to) = self.weight.dims2()?;
        if let Some(last) = shape.last_mut() {
            *last = to;
        }
        input.reshape(((), from))?.matmul(&self.weight)?.broadcast_add(&self.bias)?.reshape(shape)
    }
}

/// Each row shifted and scaled to mean 0 and variance 1, then scaled and shifted as was learned.
#[derive(Clone)]
pub(crate) struct Norm {
    scale: Tensor,
    shift: Tensor,
    epsilon: f32,
}

impl Norm {
    pub(crate) fn read(weights: &Weights, name: &str, config: &Config) -> std::result::Result<Self, LoadError> {
        let width = [config.hidden];
        let scale = weights.take(&format!("{name}.weight"), &width)?;
        let shift = weights.take(&format!("{name}.bias"), &width)?;
        Ok(Self { scale, shift, epsilon: config.epsilon })
    }

    /// The same with other tensors.
    pub(crate) fn replaced(&self, name: &str, replace: &mut Replace<'_>) -> Result<Self> {
        let scale = replace(format!("{name}.weight"), &self.scale)?;
        let shift = replace(format!("{name}.bias"), &self.shift)?;
        Ok(Self { scale, shift, epsilon: self.epsilon })
    }

    pub(crate) fn of(&self, input: &Tensor) -> Result<Tensor> {
        if [input, &self.scale, &self.shift].into_iter().any(Tensor::track_op) {
            return self.in_steps(input);
        }
        ops::layer_norm(&input.contiguous()?, &self.scale, &self.shift, self.epsilon)
    }

    fn in_steps(&self, input: &Tensor) -> Result<Tensor> {
        let centred = input.broadcast_sub(&input.mean_keepdim(D::Minus1)?)?;
        let variance = centred.sqr()?.mean_keepdim(D::Minus1)?;
        let deviation = variance.affine(1.0, f64::from(self.epsilon))?.sqrt()?;
        centred.broadcast_div(&deviation)?.broadcast_mul(&self.scale)?.broadcast_add(&self.shift)
    }
}

impl Activation {
    pub(crate) fn of(self, input: &Tensor) -> Result<Tensor> {
        match self {
            Self::Gelu => input.gelu_erf(),
            Self::GeluTanh => input.gelu(),
            Self::Relu => input.relu(),
            Self::Tanh => input.tanh(),
        }
    }
}

/// What follows attention in every layer: `norm(x + dense(attended))`, then the same around two dense layers.
#[derive(Clone)]
pub(crate) struct Rest {
    attended: Linear,
    attended_norm: Norm,
    wide: Linear,
    narrow: Linear,
    norm: Norm,
    activation: Activation,
}

impl Rest {
    pub(crate) fn read(weights: &Weights, layer: &str, config: &Config) -> std::result::Result<Self, LoadError> {
        let Config { hidden, intermediate, activation, .. } = *config;
        Ok(Self {
            attended: Linear::read(weights, &format!("{layer}.attention.output.dense"), hidden, hidden)?,
            attended_norm: Norm::read(weights, &format!("{layer}.attention.output.LayerNorm"), config)?,
            wide: Linear::read(weights, &format!("{layer}.intermediate.dense"), hidden, intermediate)?,
            narrow: Linear::read(weights, &format!("{layer}.output.dense"), intermediate, hidden)?,
            norm: Norm::read(weights, &format!("{layer}.output.LayerNorm"), config)?,
            activation,
        })
    }

    /// The same with other tensors.
    pub(crate) fn replaced(&self, layer: &str, replace: &mut Replace<'_>) -> Result<Self> {
        Ok(Self {
            attended: self.attended.replaced(&format!("{layer}.attention.output.dense"), replace)?,
            attended_norm: self.attended_norm.replaced(&format!("{layer}.attention.output.LayerNorm"), replace)?,
            wide: self.wide.replaced(&format!("{layer}.intermediate.dense"), replace)?,
            narrow: self.narrow.replaced(&format!("{layer}.output.dense"), replace)?,
            norm: self.norm.replaced(&format!("{layer}.output.LayerNorm"), replace)?,
            activation: self.activation,
        })
    }

    pub(crate) fn of(&self, input: &Tensor, attended: &Tensor) -> Result<Tensor> {
        let input = self.attended_norm.of(&(input + self.attended.of(attended)?)?)?;
        let wide = self.activation.of(&self.wide.of(&input)?)?;
        self.norm.of(&(&input + self.narrow.of(&wide)?)?)
    }
}

/// `[batch, tokens, hidden]` as `[batch, heads, tokens, width]`.
pub(crate) fn by_head(input: &Tensor, config: &Config) -> Result<Tensor> {
    let (batch, tokens, _) = input.dims3()?;
    input.reshape((batch, tokens, config.heads, config.head_width()))?.transpose(1, 2)?.contiguous()
}

/// And back.
pub(crate) fn joined(input: &Tensor) -> Result<Tensor> {
    let (batch, heads, tokens, width) = input.dims4()?;
    input.transpose(1, 2)?.contiguous()?.reshape((batch, tokens, heads * width))
}

/// What is added to the scores of attention, so that nobody looks at what only fills up: `[batch, 1, 1, tokens]`.
pub(crate) fn shade(mask: &Tensor) -> Result<Tensor> {
    /// Far below any score, and far above where sums of such numbers overflow.
    const UNSEEN: f64 = 1e9;
    let (batch, tokens) = mask.dims2()?;
    mask.reshape((batch, 1, 1, tokens))?.affine(UNSEEN, -UNSEEN)
}

/// Weighted means of `values` by the scores.
pub(crate) fn attend(scores: &Tensor, shade: &Tensor, values: &Tensor) -> Result<Tensor> {
    let scores = scores.broadcast_add(shade)?;
    let weights = if scores.track_op() { softmax_in_steps(&scores)? } else { ops::softmax_last_dim(&scores)? };
    joined(&weights.matmul(values)?)
}

fn softmax_in_steps(scores: &Tensor) -> Result<Tensor> {
    // What is taken from all scores of a row alike changes nothing, so no gradient goes through it.
    let highest = scores.detach().max_keepdim(D::Minus1)?;
    let odds = scores.broadcast_sub(&highest)?.exp()?;
    odds.broadcast_div(&odds.sum_keepdim(D::Minus1)?)
}
