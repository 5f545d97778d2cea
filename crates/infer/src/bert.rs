//! BERT: Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding", 2019.

use candle_core::{Device, Result, Tensor};

use crate::config::Config;
use crate::error::LoadError;
use crate::layers::{Linear, Norm, Replace, Rest, attend, by_head, shade};
use crate::weights::Weights;

/// The encoder.
pub(crate) struct Bert {
    config: Config,
    words: Tensor,
    positions: Tensor,
    /// Of the first type, the only one where one text stands alone.
    kind: Tensor,
    norm: Norm,
    layers: Vec<Layer>,
}

/// Attention and what follows it.
#[derive(Clone)]
pub(crate) struct Layer {
    query: Linear,
    key: Linear,
    value: Linear,
    rest: Rest,
}

impl Bert {
    pub(crate) fn read(weights: &Weights, prefix: &str, config: &Config) -> std::result::Result<Self, LoadError> {
        let Config { hidden, vocabulary, positions, types, layers, .. } = *config;
        let embeddings = format!("{prefix}embeddings");
        let table = |name: &str, rows| weights.take(&format!("{embeddings}.{name}_embeddings.weight"), &[rows, hidden]);
        Ok(Self {
            config: config.clone(),
            words: table("word", vocabulary)?,
            positions: table("position", positions)?,
            kind: table("token_type", types)?.narrow(0, 0, 1)?,
            norm: Norm::read(weights, &format!("{embeddings}.LayerNorm"), config)?,
            layers: (0..layers)
                .map(|at| Layer::read(weights, &format!("{prefix}encoder.layer.{at}"), config))
                .collect::<std::result::Result<_, _>>()?,
        })
    }

    /// The state of each token, `[batch, tokens, hidden]`, of ids and a mask `[batch, tokens]`.
    pub(crate) fn of(&self, ids: &Tensor, mask: &Tensor) -> Result<Tensor> {
        self.below(ids, mask, self.layers.len())
    }

    /// The state below the layer of this number, the first being 0.
    pub(crate) fn below(&self, ids: &Tensor, mask: &Tensor, layer: usize) -> Result<Tensor> {
        let (batch, tokens) = ids.dims2()?;
        let words = self.words.embedding(&ids.flatten_all()?)?.reshape((batch, tokens, self.config.hidden))?;
        let places = Tensor::arange(0, u32::try_from(tokens).unwrap_or(u32::MAX), &Device::Cpu)?;
        let places = self.positions.embedding(&places)?.broadcast_add(&self.kind)?;
        let state = self.norm.of(&words.broadcast_add(&places)?)?;
        Layer::through(self.layers.iter().take(layer), &state, mask, &self.config)
    }

    /// The layers from this number on with other tensors.
    pub(crate) fn replaced(&self, prefix: &str, from: usize, replace: &mut Replace<'_>) -> Result<Vec<Layer>> {
        let layers = self.layers.iter().enumerate().skip(from);
        layers.map(|(at, layer)| layer.replaced(&format!("{prefix}encoder.layer.{at}"), replace)).collect()
    }
}

impl Layer {
    fn read(weights: &Weights, name: &str, config: &Config) -> std::result::Result<Self, LoadError> {
        let linear =
            |part: &str| Linear::read(weights, &format!("{name}.attention.self.{part}"), config.hidden, config.hidden);
        Ok(Self {
            query: linear("query")?,
            key: linear("key")?,
            value: linear("value")?,
            rest: Rest::read(weights, name, config)?,
        })
    }

    /// What these layers, one after the other, make of a state `[batch, tokens, hidden]` with a mask `[batch, tokens]`.
    pub(crate) fn through<'l>(
        layers: impl Iterator<Item = &'l Self>,
        state: &Tensor,
        mask: &Tensor,
        config: &Config,
    ) -> Result<Tensor> {
        let shade = shade(mask)?;
        let mut state = state.clone();
        for layer in layers {
            state = layer.of(&state, &shade, config)?;
        }
        Ok(state)
    }

    /// The same with other tensors.
    pub(crate) fn replaced(&self, name: &str, replace: &mut Replace<'_>) -> Result<Self> {
        let mut linear =
            |linear: &Linear, part: &str| linear.replaced(&format!("{name}.attention.self.{part}"), replace);
        Ok(Self {
            query: linear(&self.query, "query")?,
            key: linear(&self.key, "key")?,
            value: linear(&self.value, "value")?,
            rest: self.rest.replaced(name, replace)?,
        })
    }

    fn of(&self, state: &Tensor, shade: &Tensor, config: &Config) -> Result<Tensor> {
        let scale = 1.0 / (config.head_width() as f64).sqrt();
        let query = (by_head(&self.query.of(state)?, config)? * scale)?;
        let key = by_head(&self.key.of(state)?, config)?;
        let value = by_head(&self.value.of(state)?, config)?;
        let scores = query.matmul(&key.transpose(2, 3)?.contiguous()?)?;
        self.rest.of(state, &attend(&scores, shade, &value)?)
    }
}
