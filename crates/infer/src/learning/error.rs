//! Why an encoder cannot be fine-tuned.

use thiserror::Error;

use crate::error::LoadError;

/// Why an encoder cannot be fine-tuned.
#[derive(Debug, Error)]
pub enum LearnError {
    /// The folder is no model.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// It is one whose layers cannot learn.
    #[error("only encoders of the type `bert` can be fine-tuned; take one such as all-MiniLM-L6-v2")]
    Architecture,
    /// It has fewer layers, or none shall learn.
    #[error("{asked} layers cannot be fine-tuned: the encoder has {has}, and at least one must be")]
    Layers {
        /// How many shall learn.
        asked: usize,
        /// How many there are.
        has: usize,
    },
    /// A parameter has no gradient.
    #[error("the gradient of `{tensor}` is lost on the way: an operation above it does not carry one")]
    NoGradient {
        /// Its name in the file.
        tensor: String,
    },
    /// A number is none any more.
    #[error("the gradient is not finite after {steps} steps; a lower rate may help")]
    NotFinite {
        /// Steps that were taken.
        steps: usize,
    },
    /// More texts than memory is meant for.
    #[error("what lies below the layers that learn takes more than {max} bytes; learn from fewer or shorter texts")]
    TooMuch {
        /// The bound in bytes.
        max: u64,
    },
    /// The folder cannot be written.
    #[error("cannot write `{file}`")]
    File {
        /// Which.
        file: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A computation failed.
    #[error("the encoder cannot be computed")]
    Compute(#[from] candle_core::Error),
}
