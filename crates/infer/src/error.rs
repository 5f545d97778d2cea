//! Why a folder cannot be used.

use thiserror::Error;

/// Why a folder cannot be used as a model.
#[derive(Debug, Error)]
pub enum LoadError {
    /// A file is not there.
    #[error("there is no `{file}`; {remedy}")]
    Missing {
        /// Which.
        file: String,
        /// What to do.
        remedy: &'static str,
    },
    /// A file cannot be read.
    #[error("cannot read `{file}`")]
    Read {
        /// Which.
        file: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A file is larger than anything it could be.
    #[error("`{file}` has {actual} bytes, and at most {max} are read")]
    TooLarge {
        /// Which.
        file: String,
        /// Its size in bytes.
        actual: u64,
        /// The bound in bytes.
        max: u64,
    },
    /// A file is not what its name says.
    #[error("`{file}` is not what it should be: {reason}")]
    Malformed {
        /// Which.
        file: String,
        /// In words.
        reason: String,
    },
    /// The model is of a kind that is not known.
    #[error(
        "`config.json` has the model type `{found}`; `bert` and `deberta-v2` (which is DeBERTa v3's, too) are known"
    )]
    Architecture {
        /// Its name.
        found: String,
    },
    /// A part of a known kind of model is not known.
    #[error("`config.json` sets `{key}` to `{found}`, and {known}")]
    Unsupported {
        /// The setting.
        key: &'static str,
        /// Its value.
        found: String,
        /// What could be used.
        known: &'static str,
    },
    /// A tensor is not there.
    #[error("`{file}` has no tensor `{tensor}`, which `config.json` asks for")]
    MissingTensor {
        /// Which file.
        file: &'static str,
        /// Which.
        tensor: String,
    },
    /// A tensor has another shape.
    #[error("the tensor `{tensor}` of `{file}` has the shape {found:?}, and {expected:?} follows from `config.json`")]
    Shape {
        /// Which file.
        file: &'static str,
        /// Which.
        tensor: String,
        /// Its shape.
        found: Vec<usize>,
        /// The right one.
        expected: Vec<usize>,
    },
    /// Nobody said which labels mean an attack.
    #[error("`attack_labels` must say which labels of the model mean an attack; it has {}", quoted(known))]
    NoAttackLabels {
        /// The labels of the model.
        known: Vec<String>,
    },
    /// A label is not the model's.
    #[error("the model has no label `{label}`; it has {}", quoted(known))]
    UnknownLabel {
        /// The label.
        label: String,
        /// The labels of the model.
        known: Vec<String>,
    },
    /// Every label means an attack.
    #[error("`attack_labels` names every label of the model, so every text would be an attack")]
    OnlyAttackLabels,
    /// An encoder has no head.
    #[error(
        "the model is an encoder and has no `classifier.weight`; put a `head.safetensors` beside it, as \
         `redoubt-training head` and `redoubt-training encoder` make one"
    )]
    NoHead,
    /// The tokenizer and the model do not belong together.
    #[error("`tokenizer.json` has the id {id}, and the model knows {vocabulary} tokens: they do not belong together")]
    Vocabulary {
        /// The largest id.
        id: u32,
        /// How many the model has.
        vocabulary: usize,
    },
    /// The folder has another digest than the configuration asks for.
    #[error("the model's digest is {found}, and `digest` asks for {expected}")]
    Digest {
        /// That of the folder.
        found: String,
        /// That of the configuration.
        expected: String,
    },
    /// A computation failed.
    #[error("the model cannot be computed")]
    Compute(#[from] candle_core::Error),
    /// The threads of the worker cannot be had.
    #[error("cannot start the threads of the model")]
    Threads(#[source] Box<dyn std::error::Error + Send + Sync>),
}

fn quoted(labels: &[String]) -> String {
    labels.iter().map(|label| format!("`{label}`")).collect::<Vec<_>>().join(", ")
}
