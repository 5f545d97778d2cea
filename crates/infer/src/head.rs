//! From the state of tokens to the likelihood of an attack.

use candle_core::{D, Result, Tensor};
use redoubt_domain::seams::Asked;

use crate::config::{Activation, Config, Kind};
use crate::error::LoadError;
use crate::layers::Linear;
use crate::weights::Weights;

/// The file's name in errors of a head of our own.
pub(crate) const OWN: &str = crate::files::HEAD;

/// One of two kinds of head.
pub(crate) enum Head {
    /// That of a classifier of sequences: a dense layer over the first token, and a row for each label.
    Labels { dense: Linear, dense_activation: Activation, output: Linear, attacks: Vec<usize>, is_exclusive: bool },
    /// One of our own over the mean of all tokens: perhaps a dense layer, and a row for requests and one for documents.
    Own { dense: Option<Linear>, output: Linear },
}

/// Outputs of a head of our own: requests and documents.
pub(crate) const OWN_OUTPUTS: usize = 2;

/// The widest dense layer of a head of our own.
const OWN_DENSE_MAX: usize = 4_096;

impl Head {
    /// That of a classifier of sequences.
    pub(crate) fn labels(
        weights: &Weights,
        prefix: &str,
        config: &Config,
        attack_labels: &[String],
    ) -> std::result::Result<Self, LoadError> {
        let known = &config.labels;
        if attack_labels.is_empty() {
            return Err(LoadError::NoAttackLabels { known: known.clone() });
        }
        let mut attacks = Vec::new();
        for label in attack_labels {
            let unknown = || LoadError::UnknownLabel { label: label.clone(), known: known.clone() };
            attacks.push(known.iter().position(|known| known == label).ok_or_else(unknown)?);
        }
        attacks.sort_unstable();
        attacks.dedup();
        if attacks.len() == known.len() && config.is_exclusive {
            return Err(LoadError::OnlyAttackLabels);
        }
        // BERT has its dense layer within the encoder, DeBERTa beside it.
        let (dense, dense_activation) = match config.kind {
            Kind::Bert => (format!("{prefix}pooler.dense"), Activation::Tanh),
            Kind::Deberta(relative) => ("pooler.dense".to_owned(), relative.pooler_activation),
        };
        Ok(Self::Labels {
            dense: Linear::read(weights, &dense, config.hidden, config.hidden)?,
            dense_activation,
            output: Linear::read(weights, "classifier", config.hidden, known.len())?,
            attacks,
            is_exclusive: config.is_exclusive,
        })
    }

    /// One of our own.
    pub(crate) fn own(bytes: &[u8], config: &Config) -> std::result::Result<Self, LoadError> {
        let weights = Weights::read(OWN, bytes)?;
        let width = weights.shape("dense.weight").and_then(|shape| shape.first().copied());
        let dense = match width {
            Some(width) if width <= OWN_DENSE_MAX => Some(Linear::read(&weights, "dense", config.hidden, width)?),
            Some(width) => {
                let reason = format!("`dense.weight` has {width} rows, and at most {OWN_DENSE_MAX} are read");
                return Err(LoadError::Malformed { file: OWN.to_owned(), reason });
            }
            None => None,
        };
        let output = Linear::read(&weights, "output", width.unwrap_or(config.hidden), OWN_OUTPUTS)?;
        Ok(Self::Own { dense, output })
    }

    /// The likelihoods of an attack in windows that are asked about as requests, and as documents.
    pub(crate) fn of(&self, state: &Tensor, mask: &Tensor) -> Result<Vec<[f32; 2]>> {
        match self {
            Self::Labels { dense, dense_activation, output, attacks, is_exclusive } => {
                let first = state.narrow(1, 0, 1)?.squeeze(1)?.contiguous()?;
                let scores = output.of(&dense_activation.of(&dense.of(&first)?)?)?.to_vec2::<f32>()?;
                let likelihood = |scores: Vec<f32>| {
                    if *is_exclusive { share(&scores, attacks) } else { highest(&scores, attacks) }
                };
                Ok(scores.into_iter().map(likelihood).map(|likelihood| [likelihood; 2]).collect())
            }
            Self::Own { dense, output } => {
                let mut state = mean(state, mask)?;
                if let Some(dense) = dense {
                    state = dense.of(&state)?.relu()?;
                }
                let scores = output.of(&state)?.to_vec2::<f32>()?;
                let pair = |scores: Vec<f32>| match scores.as_slice() {
                    [request, document] => [logistic(*request), logistic(*document)],
                    _ => [1.0; 2],
                };
                Ok(scores.into_iter().map(pair).collect())
            }
        }
    }
}

/// Which of a window's likelihoods counts.
pub(crate) fn asked(likelihoods: [f32; 2], asked: Asked) -> f32 {
    let [request, document] = likelihoods;
    match asked {
        Asked::Request => request,
        Asked::Document => document,
    }
}

/// The mean of the tokens that are no filling: `[batch, hidden]`.
pub(crate) fn mean(state: &Tensor, mask: &Tensor) -> Result<Tensor> {
    let (batch, tokens) = mask.dims2()?;
    let sums = state.broadcast_mul(&mask.reshape((batch, tokens, 1))?)?.sum(1)?;
    sums.broadcast_div(&mask.sum_keepdim(D::Minus1)?)
}

fn logistic(score: f32) -> f32 {
    1.0 / (1.0 + (-score).exp())
}

/// What of all the likelihood falls on the attacks.
fn share(scores: &[f32], attacks: &[usize]) -> f32 {
    let highest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let odds = |score: &f32| (score - highest).exp();
    let all: f32 = scores.iter().map(odds).sum();
    attacks.iter().filter_map(|at| scores.get(*at)).map(odds).sum::<f32>() / all
}

fn highest(scores: &[f32], attacks: &[usize]) -> f32 {
    attacks.iter().filter_map(|at| scores.get(*at)).copied().map(logistic).fold(0.0, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(found: f32, expected: f32) {
        assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
    }

    #[test]
    fn labels_that_exclude_each_other_share_one_likelihood() {
        check(share(&[0.0, 0.0], &[1]), 0.5);
        check(share(&[0.0, 0.0, 0.0, 0.0], &[1, 3]), 0.5);
        check(share(&[1e4, -1e4], &[1]), 0.0);
        check(share(&[-1e4, 1e4], &[1]), 1.0);
        check(share(&[1.0, 1.0 + 3.0_f32.ln()], &[1]), 0.75);
    }

    #[test]
    fn of_labels_that_may_meet_the_likeliest_counts() {
        check(highest(&[0.0, -100.0, 3.0_f32.ln()], &[0, 1, 2]), 0.75);
        check(highest(&[0.0, 100.0], &[0]), 0.5);
    }
}
