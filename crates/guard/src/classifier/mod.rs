//! A linear classifier of requests and documents: what phrases do not say outright.
//!
//! The folded text is read as hashed words, pairs of neighbouring words, and pairs with one word between them;
//! where words are not spaced, as characters and their neighbours. Every feature has one small integer weight for each
//! [`Head`]. Sums are kept for each block of about twelve words, so that every [window](windows) of a few blocks is
//! scored without reading it again, and a text is as bad as its worst window: an instruction in the middle of a long
//! document stands out of its window, not of the document, and no text is too long to be read to its end. Training
//! maximises over the same windows (multiple-instance learning: Dietterich et al., "Solving the multiple instance
//! problem with axis-parallel rectangles", Artificial Intelligence 89, 1997).
//!
//! There are no pieces of words among the features on purpose. In a language that the training data lack they hit
//! weights at random, and the worst of many windows then is an alarm; unknown whole words weigh nothing.

mod features;
mod head;
mod model;

pub use features::{BLOCK_UNITS, Sink, read};
pub use head::{HEADS, Head};
pub use model::{Calibration, FREE, Model, ModelError, ROWS, norm, place, windows};

use std::sync::LazyLock;

/// The weights that come with the product.
static FILE: &[u8] = include_bytes!("../../models/classifier.bin");

/// The classifier that comes with the product.
pub fn shipped() -> Result<&'static Model<'static>, ModelError> {
    static MODEL: LazyLock<Result<Model<'static>, ModelError>> = LazyLock::new(|| Model::read(FILE));
    MODEL.as_ref().map_err(|error| *error)
}
