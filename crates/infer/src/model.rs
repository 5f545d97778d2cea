//! A model: tokens, encoder and head, computed where it is called.

use std::path::Path;

use candle_core::{Device, Tensor};
use redoubt_domain::ids::Digest;

use crate::bert::Bert;
use crate::config::{Config, Kind};
use crate::deberta::Deberta;
use crate::error::LoadError;
use crate::files::{Files, WEIGHTS};
use crate::head::{self, Head};
use crate::tokens::{Tokens, Window};
use crate::weights::Weights;

/// A model of a local folder.
pub struct Model {
    tokens: Tokens,
    encoder: Encoder,
    head: Option<Head>,
    digest: Digest,
}

enum Encoder {
    Bert(Bert),
    Deberta(Deberta),
}

/// The mean states of a text's windows.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedded {
    /// One for each window.
    pub windows: Vec<Vec<f32>>,
    /// Whether they cover the text to its end.
    pub is_whole: bool,
}

impl Model {
    /// Reads a folder as a classifier. `attack_labels` say which of its labels mean an attack, where it has labels.
    pub fn classifier(folder: &Path, attack_labels: &[String], window_tokens: usize) -> Result<Self, LoadError> {
        let files = Files::read(folder)?;
        let config = Config::read(&files.config)?;
        let weights = Weights::read(WEIGHTS, &files.weights)?;
        let (encoder, prefix) = Encoder::read(&weights, &config)?;
        let head = match &files.head {
            Some(bytes) => Head::own(bytes, &config)?,
            None if weights.has("classifier.weight") => Head::labels(&weights, prefix, &config, attack_labels)?,
            None => return Err(LoadError::NoHead),
        };
        let tokens = Tokens::read(&files.tokenizer, &config, window_tokens)?;
        Ok(Self { tokens, encoder, head: Some(head), digest: files.digest })
    }

    /// Reads a folder as an encoder, whatever head it has.
    pub fn encoder(folder: &Path, window_tokens: usize) -> Result<Self, LoadError> {
        let files = Files::read(folder)?;
        let config = Config::read(&files.config)?;
        let (encoder, _) = Encoder::read(&Weights::read(WEIGHTS, &files.weights)?, &config)?;
        let tokens = Tokens::read(&files.tokenizer, &config, window_tokens)?;
        Ok(Self { tokens, encoder, head: None, digest: files.digest })
    }

    /// The digest of everything that decides what it says.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The mean states of the windows of a text, for learning a head.
    pub fn embed(&self, text: &str, windows_max: usize) -> Result<Embedded, LoadError> {
        let (windows, is_whole) = self.windows(text, windows_max)?;
        let mut embedded = Vec::new();
        for window in &windows {
            let (state, mask) = self.state(&[window])?;
            embedded.extend(head::mean(&state, &mask)?.to_vec2::<f32>()?);
        }
        Ok(Embedded { windows: embedded, is_whole })
    }

    /// The windows of a text, and whether they cover it to its end.
    pub(crate) fn windows(&self, text: &str, windows_max: usize) -> Result<(Vec<Window>, bool), LoadError> {
        self.tokens.windows(text, windows_max)
    }

    /// For each window the likelihood of an attack, as a request and as a document.
    pub(crate) fn judge(&self, windows: &[&Window]) -> Result<Vec<[f32; 2]>, LoadError> {
        let Some(head) = &self.head else { return Err(LoadError::NoHead) };
        let (state, mask) = self.state(windows)?;
        Ok(head.of(&state, &mask)?)
    }

    fn state(&self, windows: &[&Window]) -> Result<(Tensor, Tensor), LoadError> {
        let (ids, mask) = filled(windows, self.tokens.filling())?;
        let state = match &self.encoder {
            Encoder::Bert(bert) => bert.of(&ids, &mask)?,
            Encoder::Deberta(deberta) => deberta.of(&ids, &mask)?,
        };
        Ok((state, mask))
    }
}

/// The ids and the mask of windows, `[batch, tokens]`, each filled up to the longest.
pub(crate) fn filled(windows: &[&Window], filling: u32) -> candle_core::Result<(Tensor, Tensor)> {
    let longest = windows.iter().map(|window| window.ids.len()).max().unwrap_or(0);
    let shape = (windows.len(), longest);
    let ids = windows.iter().flat_map(|window| {
        let filling = std::iter::repeat_n(filling, longest - window.ids.len());
        window.ids.iter().copied().chain(filling)
    });
    let lengths = windows.iter().map(|window| window.ids.len());
    Ok((Tensor::from_iter(ids, &Device::Cpu)?.reshape(shape)?, mask(lengths, longest)?))
}

/// Ones for each token and noughts behind, `[batch, longest]`.
pub(crate) fn mask(lengths: impl Iterator<Item = usize> + Clone, longest: usize) -> candle_core::Result<Tensor> {
    let seen = lengths.clone().flat_map(|length| {
        std::iter::repeat_n(1.0_f32, length).chain(std::iter::repeat_n(0.0, longest.saturating_sub(length)))
    });
    Tensor::from_iter(seen, &Device::Cpu)?.reshape((lengths.count(), longest))
}

impl Encoder {
    /// The encoder, and what the names of its tensors begin with.
    fn read(weights: &Weights, config: &Config) -> Result<(Self, &'static str), LoadError> {
        Ok(match config.kind {
            Kind::Bert => {
                let prefix = prefix(weights, "bert.");
                (Self::Bert(Bert::read(weights, prefix, config)?), prefix)
            }
            Kind::Deberta(relative) => {
                let prefix = prefix(weights, "deberta.");
                (Self::Deberta(Deberta::read(weights, prefix, config, relative)?), prefix)
            }
        })
    }
}

/// A classifier keeps its encoder under a name, an encoder by itself has none.
pub(crate) fn prefix(weights: &Weights, name: &'static str) -> &'static str {
    if weights.has(&format!("{name}embeddings.word_embeddings.weight")) { name } else { "" }
}
