//! What `config.json` says, checked.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::LoadError;
use crate::files::CONFIG;

/// Bounds on what a configuration may ask for: an order of magnitude above the largest models that are asked here.
const HIDDEN_MAX: usize = 4_096;
const LAYERS_MAX: usize = 64;
const VOCABULARY_MAX: usize = 1 << 20;
const POSITIONS_MAX: usize = 1 << 14;
const LABELS_MAX: usize = 1_024;

/// A model's dimensions and peculiarities.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) kind: Kind,
    pub(crate) hidden: usize,
    pub(crate) layers: usize,
    pub(crate) heads: usize,
    pub(crate) intermediate: usize,
    pub(crate) vocabulary: usize,
    pub(crate) positions: usize,
    pub(crate) types: usize,
    pub(crate) epsilon: f32,
    pub(crate) activation: Activation,
    /// In the order of the outputs.
    pub(crate) labels: Vec<String>,
    /// Whether labels exclude each other.
    pub(crate) is_exclusive: bool,
}

/// The architecture.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Bert,
    Deberta(Relative),
}

/// How DeBERTa sees positions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Relative {
    /// How far apart two tokens can be told to be.
    pub(crate) distance_max: usize,
    /// Distances share this many buckets on each side; none if each has its own.
    pub(crate) buckets: Option<usize>,
    pub(crate) content_to_position: bool,
    pub(crate) position_to_content: bool,
    /// Whether positions go through the projections of the content.
    pub(crate) shares_projections: bool,
    pub(crate) normalises: bool,
    /// Whether positions are also added to the tokens.
    pub(crate) has_absolute: bool,
    pub(crate) pooler_activation: Activation,
}

impl Relative {
    /// Rows of embeddings on each side of nought.
    pub(crate) fn span(&self) -> usize {
        self.buckets.unwrap_or(self.distance_max)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Activation {
    Gelu,
    GeluTanh,
    Relu,
    Tanh,
}

impl Activation {
    fn parse(key: &'static str, name: &str) -> Result<Self, LoadError> {
        match name {
            "gelu" => Ok(Self::Gelu),
            "gelu_new" | "gelu_pytorch_tanh" | "gelu_fast" => Ok(Self::GeluTanh),
            "relu" => Ok(Self::Relu),
            "tanh" => Ok(Self::Tanh),
            found => Err(LoadError::Unsupported {
                key,
                found: found.to_owned(),
                known: "`gelu`, `gelu_new`, `relu` and `tanh` are known",
            }),
        }
    }
}

/// The keys that are read; a model's configuration has many others.
#[derive(Deserialize)]
struct Raw {
    model_type: String,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    vocab_size: usize,
    max_position_embeddings: usize,
    #[serde(default)]
    type_vocab_size: usize,
    layer_norm_eps: Option<f64>,
    hidden_act: Option<String>,
    position_embedding_type: Option<String>,
    id2label: Option<BTreeMap<String, String>>,
    problem_type: Option<String>,
    #[serde(default)]
    relative_attention: bool,
    max_relative_positions: Option<i64>,
    position_buckets: Option<i64>,
    norm_rel_ebd: Option<String>,
    #[serde(default)]
    share_att_key: bool,
    pos_att_type: Option<Words>,
    position_biased_input: Option<bool>,
    conv_kernel_size: Option<usize>,
    embedding_size: Option<usize>,
    pooler_hidden_act: Option<String>,
    pooler_hidden_size: Option<usize>,
}

/// `"p2c|c2p"` or `["p2c", "c2p"]`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Words {
    One(String),
    Many(Vec<String>),
}

impl Words {
    fn has(&self, word: &str) -> bool {
        match self {
            Self::One(words) => words.split('|').any(|known| known.trim() == word),
            Self::Many(words) => words.iter().any(|known| known == word),
        }
    }
}

impl Config {
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, LoadError> {
        /// Its type alone, so that a foreign model is called one before its keys are missed.
        #[derive(Deserialize)]
        struct Type {
            model_type: String,
        }
        let malformed =
            |error: serde_json::Error| LoadError::Malformed { file: CONFIG.to_owned(), reason: error.to_string() };
        let Type { model_type } = serde_json::from_slice(bytes).map_err(malformed)?;
        if !["bert", "deberta-v2"].contains(&model_type.as_str()) {
            return Err(LoadError::Architecture { found: model_type });
        }
        let raw: Raw = serde_json::from_slice(bytes).map_err(malformed)?;
        raw.bounded()?;
        let kind = match raw.model_type.as_str() {
            "bert" => raw.bert()?,
            _ => raw.deberta()?,
        };
        let activation = Activation::parse("hidden_act", raw.hidden_act.as_deref().unwrap_or("gelu"))?;
        let epsilon = raw.layer_norm_eps.unwrap_or(1e-12) as f32;
        let labels = labels(raw.id2label)?;
        Ok(Self {
            kind,
            hidden: raw.hidden_size,
            layers: raw.num_hidden_layers,
            heads: raw.num_attention_heads,
            intermediate: raw.intermediate_size,
            vocabulary: raw.vocab_size,
            positions: raw.max_position_embeddings,
            types: raw.type_vocab_size,
            epsilon,
            activation,
            labels,
            is_exclusive: raw.problem_type.as_deref() != Some("multi_label_classification"),
        })
    }

    /// The width of one attention head.
    pub(crate) fn head_width(&self) -> usize {
        self.hidden / self.heads.max(1)
    }
}

impl Raw {
    fn bounded(&self) -> Result<(), LoadError> {
        let sizes = [
            ("hidden_size", self.hidden_size, HIDDEN_MAX),
            ("num_hidden_layers", self.num_hidden_layers, LAYERS_MAX),
            ("num_attention_heads", self.num_attention_heads, HIDDEN_MAX),
            ("intermediate_size", self.intermediate_size, 8 * HIDDEN_MAX),
            ("vocab_size", self.vocab_size, VOCABULARY_MAX),
            ("max_position_embeddings", self.max_position_embeddings, POSITIONS_MAX),
        ];
        let malformed = |reason| Err(LoadError::Malformed { file: CONFIG.to_owned(), reason });
        for (key, size, max) in sizes {
            if size == 0 || size > max {
                return malformed(format!("`{key}` is {size}, and must be from 1 to {max}"));
            }
        }
        if !self.hidden_size.is_multiple_of(self.num_attention_heads) {
            let (hidden, heads) = (self.hidden_size, self.num_attention_heads);
            return malformed(format!("`hidden_size` {hidden} cannot be shared by {heads} heads"));
        }
        if self.layer_norm_eps.is_some_and(|epsilon| !(0.0..1.0).contains(&epsilon)) {
            return malformed("`layer_norm_eps` must lie between 0 and 1".to_owned());
        }
        Ok(())
    }

    fn bert(&self) -> Result<Kind, LoadError> {
        match self.position_embedding_type.as_deref() {
            None | Some("absolute") => Ok(Kind::Bert),
            Some(found) => Err(LoadError::Unsupported {
                key: "position_embedding_type",
                found: found.to_owned(),
                known: "only `absolute` is known",
            }),
        }
    }

    fn deberta(&self) -> Result<Kind, LoadError> {
        let unsupported = |key, found: String, known| Err(LoadError::Unsupported { key, found, known });
        if !self.relative_attention {
            return unsupported("relative_attention", "false".to_owned(), "only models with it are known");
        }
        if let Some(size) = self.conv_kernel_size.filter(|size| *size > 0) {
            return unsupported("conv_kernel_size", size.to_string(), "models with a convolution are not known");
        }
        if let Some(size) = self.embedding_size.filter(|size| *size != self.hidden_size) {
            return unsupported("embedding_size", size.to_string(), "it must be that of `hidden_size`");
        }
        if let Some(size) = self.pooler_hidden_size.filter(|size| *size != self.hidden_size) {
            return unsupported("pooler_hidden_size", size.to_string(), "it must be that of `hidden_size`");
        }
        let positive = |n: Option<i64>| n.and_then(|n| usize::try_from(n).ok()).filter(|n| *n > 0);
        let distance_max = positive(self.max_relative_positions).unwrap_or(self.max_position_embeddings);
        let buckets = positive(self.position_buckets);
        if !(2..=POSITIONS_MAX).contains(&distance_max) || buckets.is_some_and(|n| !(4..=POSITIONS_MAX).contains(&n)) {
            return unsupported("position_buckets", format!("{buckets:?}"), "there must be from 4 to 16384 of them");
        }
        let has = |word| self.pos_att_type.as_ref().is_some_and(|words| words.has(word));
        Ok(Kind::Deberta(Relative {
            distance_max,
            buckets,
            content_to_position: has("c2p"),
            position_to_content: has("p2c"),
            shares_projections: self.share_att_key,
            normalises: self.norm_rel_ebd.as_deref().is_some_and(|words| words.contains("layer_norm")),
            has_absolute: self.position_biased_input.unwrap_or(true),
            pooler_activation: Activation::parse(
                "pooler_hidden_act",
                self.pooler_hidden_act.as_deref().unwrap_or("gelu"),
            )?,
        }))
    }
}

/// The labels in the order of their numbers, which are keys of an object.
fn labels(named: Option<BTreeMap<String, String>>) -> Result<Vec<String>, LoadError> {
    // What a hub takes for granted where nothing is said.
    let Some(named) = named else { return Ok(vec!["LABEL_0".to_owned(), "LABEL_1".to_owned()]) };
    let malformed = |reason| LoadError::Malformed { file: CONFIG.to_owned(), reason };
    if named.len() > LABELS_MAX {
        return Err(malformed(format!("`id2label` has {} labels, and at most {LABELS_MAX} are read", named.len())));
    }
    (0..named.len())
        .map(|at| named.get(&at.to_string()).cloned().ok_or_else(|| malformed(format!("`id2label` has no label {at}"))))
        .collect()
}
