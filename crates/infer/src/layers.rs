//! What both kinds of encoder are made of.
//!
//! `candle_nn::ops::layer_norm` and `softmax_last_dim` are fused and carry no gradient: right here, where nothing is
//! learned, and wrong wherever something is.

use candle_core::{Result, Tensor};
use candle_nn::ops;

use crate::config::{Activation, Config};
use crate::error::LoadError;
use crate::weights::Weights;

/// `x W' + b`.
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

    pub(crate) fn of(&self, input: &Tensor) -> Result<Tensor> {
        ops::layer_norm(&input.contiguous()?, &self.scale, &self.shift, self.epsilon)
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
    let weights = ops::softmax_last_dim(&scores.broadcast_add(shade)?)?;
    joined(&weights.matmul(values)?)
}
