//! Names of persons, places and organisations in running text, by a trained tagger.
//!
//! A name is looked for only where one may stand: at words with a capital letter, and at a few names that are
//! known well enough to be seen without one. Such words, with the little words between them (`Bank of England`),
//! form a [`Run`]; within a run a linear-chain conditional random field chooses the likeliest labels from
//! features of each word and of two words on either side. Nothing farther away has a say, so a stream need wait
//! for no more than that. Features and weights are integers and additions; the file of weights is made by
//! `redoubt-training names` and read by [`Model::read`].

mod features;
mod field;
mod known;
mod model;
mod run;
mod token;

pub use features::{BUCKETS, FEATURES, features, mark_of, row_of};
pub use field::{Emissions, Field, LABELS, Label, START};
pub use known::{Kin, Known, Table, mix, phrase, word_hash};
pub use model::{Model, ModelError, Name};
pub use run::{Look, RUN_TOKENS_MAX, Run, runs};
pub use token::{Shape, Token, Tokens};

use std::sync::LazyLock;

/// The weights that come with the product.
static FILE: &[u8] = include_bytes!("../../models/names.bin");

/// The tagger that comes with the product.
pub fn shipped() -> Result<&'static Model<'static>, ModelError> {
    static MODEL: LazyLock<Result<Model<'static>, ModelError>> = LazyLock::new(|| Model::read(FILE));
    MODEL.as_ref().map_err(|error| *error)
}
