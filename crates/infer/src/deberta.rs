//! DeBERTa v2 and v3: He et al., "DeBERTa: Decoding-enhanced BERT with Disentangled Attention", 2021, and "DeBERTaV3",
//! 2023.
//!
//! How much one token looks at another is the sum of three products: content with content, content with the distance
//! between them, and the distance with content.

use candle_core::{Device, Result, Tensor};

use crate::config::{Config, Relative};
use crate::error::LoadError;
use crate::layers::{Linear, Norm, Rest, attend, by_head, shade};
use crate::weights::Weights;

/// The encoder.
pub(crate) struct Deberta {
    config: Config,
    relative: Relative,
    words: Tensor,
    positions: Option<Tensor>,
    kind: Option<Tensor>,
    norm: Norm,
    layers: Vec<Layer>,
}

struct Layer {
    query: Linear,
    key: Linear,
    value: Linear,
    /// The distances as keys and as queries, by head: `[1, heads, 2 span, width]`. They are the same for every text.
    distance_keys: Option<Tensor>,
    distance_queries: Option<Tensor>,
    rest: Rest,
}

impl Deberta {
    pub(crate) fn read(
        weights: &Weights,
        prefix: &str,
        config: &Config,
        relative: Relative,
    ) -> std::result::Result<Self, LoadError> {
        let Config { hidden, vocabulary, positions, types, .. } = *config;
        let embeddings = format!("{prefix}embeddings");
        let table = |name: &str, rows| weights.take(&format!("{embeddings}.{name}_embeddings.weight"), &[rows, hidden]);
        let rows = 2 * relative.span();
        // One row for each distance, `[1, 2 span, hidden]`.
        let distances = weights.take(&format!("{prefix}encoder.rel_embeddings.weight"), &[rows, hidden])?;
        let mut distances = distances.reshape((1, rows, hidden))?;
        if relative.normalises {
            distances = Norm::read(weights, &format!("{prefix}encoder.LayerNorm"), config)?.of(&distances)?;
        }
        let layers = (0..config.layers)
            .map(|at| Layer::read(weights, &format!("{prefix}encoder.layer.{at}"), config, relative, &distances));
        Ok(Self {
            config: config.clone(),
            relative,
            words: table("word", vocabulary)?,
            positions: if relative.has_absolute { Some(table("position", positions)?) } else { None },
            kind: if types > 0 { Some(table("token_type", types)?.narrow(0, 0, 1)?) } else { None },
            norm: Norm::read(weights, &format!("{embeddings}.LayerNorm"), config)?,
            layers: layers.collect::<std::result::Result<_, _>>()?,
        })
    }

    /// The state of each token, `[batch, tokens, hidden]`, of ids and a mask `[batch, tokens]`.
    pub(crate) fn of(&self, ids: &Tensor, mask: &Tensor) -> Result<Tensor> {
        let (batch, tokens) = ids.dims2()?;
        let mut state = self.words.embedding(&ids.flatten_all()?)?.reshape((batch, tokens, self.config.hidden))?;
        if let Some(positions) = &self.positions {
            let places = Tensor::arange(0, u32::try_from(tokens).unwrap_or(u32::MAX), &Device::Cpu)?;
            state = state.broadcast_add(&positions.embedding(&places)?)?;
        }
        if let Some(kind) = &self.kind {
            state = state.broadcast_add(kind)?;
        }
        state = self.norm.of(&state)?.broadcast_mul(&mask.reshape((batch, tokens, 1))?)?;
        let shade = shade(mask)?;
        let [towards, back] = self.rows(tokens)?;
        for layer in &self.layers {
            state = layer.of(&state, &shade, &self.config, self.relative, &towards, &back)?;
        }
        Ok(state)
    }

    /// Which row of the distances belongs to each pair of tokens, from the first to the second and back.
    fn rows(&self, tokens: usize) -> Result<[Tensor; 2]> {
        let span = signed(self.relative.span());
        let row = |distance: i64| u32::try_from((distance + span).clamp(0, 2 * span - 1)).unwrap_or(0);
        let mut rows: [Vec<u32>; 2] = Default::default();
        for from in 0..tokens {
            for to in 0..tokens {
                let distance = bucket(signed(from) - signed(to), self.relative);
                let [towards, back] = &mut rows;
                towards.push(row(distance));
                back.push(row(-distance));
            }
        }
        let [towards, back] = rows;
        let tensor = |rows: Vec<u32>| Tensor::from_vec(rows, (1, 1, tokens, tokens), &Device::Cpu);
        Ok([tensor(towards)?, tensor(back)?])
    }
}

fn signed(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// Near distances are told apart, far ones by their logarithm.
fn bucket(distance: i64, relative: Relative) -> i64 {
    let Some(buckets) = relative.buckets else { return distance };
    let middle = signed(buckets) / 2;
    let far = distance.abs();
    if far <= middle {
        return distance;
    }
    let of_middle = |n: f64| (n / middle as f64).ln();
    let log = of_middle(far as f64) / of_middle(signed(relative.distance_max) as f64 - 1.0) * (middle - 1) as f64;
    // Where no distance is that far there is no such logarithm.
    (log.ceil().clamp(0.0, 1e6) as i64 + middle) * distance.signum()
}

impl Layer {
    fn read(
        weights: &Weights,
        name: &str,
        config: &Config,
        relative: Relative,
        distances: &Tensor,
    ) -> std::result::Result<Self, LoadError> {
        let linear =
            |part: &str| Linear::read(weights, &format!("{name}.attention.self.{part}"), config.hidden, config.hidden);
        let (query, key) = (linear("query_proj")?, linear("key_proj")?);
        let through = |shared: &Linear, own: &str| -> std::result::Result<Tensor, LoadError> {
            let projected =
                if relative.shares_projections { shared.of(distances)? } else { linear(own)?.of(distances)? };
            Ok(by_head(&projected, config)?.transpose(2, 3)?.contiguous()?)
        };
        Ok(Self {
            distance_keys: if relative.content_to_position { Some(through(&key, "pos_key_proj")?) } else { None },
            distance_queries: if relative.position_to_content {
                Some(through(&query, "pos_query_proj")?)
            } else {
                None
            },
            query,
            key,
            value: linear("value_proj")?,
            rest: Rest::read(weights, name, config)?,
        })
    }

    fn of(
        &self,
        state: &Tensor,
        shade: &Tensor,
        config: &Config,
        relative: Relative,
        towards: &Tensor,
        back: &Tensor,
    ) -> Result<Tensor> {
        let products = 1 + usize::from(relative.content_to_position) + usize::from(relative.position_to_content);
        let scale = 1.0 / ((config.head_width() * products) as f64).sqrt();
        let query = (by_head(&self.query.of(state)?, config)? * scale)?;
        let key = by_head(&self.key.of(state)?, config)?;
        let value = by_head(&self.value.of(state)?, config)?;
        let mut scores = query.matmul(&key.transpose(2, 3)?.contiguous()?)?;
        let all = scores.shape().clone();
        if let Some(distances) = &self.distance_keys {
            let products = query.broadcast_matmul(distances)?.contiguous()?;
            scores = (scores + products.gather(&towards.broadcast_as(all.clone())?.contiguous()?, 3)?)?;
        }
        if let Some(distances) = &self.distance_queries {
            let products = (key.broadcast_matmul(distances)? * scale)?.contiguous()?;
            let products = products.gather(&back.broadcast_as(all)?.contiguous()?, 3)?;
            scores = (scores + products.transpose(2, 3)?.contiguous()?)?;
        }
        self.rest.of(state, &attend(&scores, shade, &value)?)
    }
}
