//! Transformers of a local folder as classifiers of texts, on the processor.
//!
//! A folder holds what a model hub hands out: `config.json`, `model.safetensors` and `tokenizer.json`; pickled weights are
//! never read. BERT and DeBERTa-v2/v3 are known, as classifiers of sequences or as encoders with a head of our own in
//! `head.safetensors`.
//!
//! ```text
//! classify -> bounded queue -> worker -> tokens -> windows -> batches -> encoder -> head -> worst window
//! ```
//! A text is read in windows that lap over, to its end or to a bound that is said. The worker has threads of its own:
//! nothing here runs on those that serve requests.

mod bert;
mod config;
mod deberta;
mod error;
mod files;
mod head;
mod layers;
mod learning;
mod memory;
mod model;
mod tokens;
mod transformer;
mod weights;
mod worker;

pub use error::LoadError;
pub use learning::{Below, LearnError, Learner, Lesson, Plan, States};
pub use model::{Embedded, Model};
pub use transformer::{Options, Transformer};
