//! What an answer is checked against.

use std::fmt;

use crate::engine::Active;
use crate::vault::Vault;

/// One request as the guard remembers it: the encrypted table of placeholders, the values that were said,
/// and the detectors made from its system prompt, its output schema and its documents.
pub struct Conversation {
    pub(crate) vault: Vault,
    pub(crate) detectors: Vec<Active>,
    restored: usize,
}

impl Conversation {
    pub(crate) fn new(vault: Vault, detectors: Vec<Active>) -> Self {
        Self { vault, detectors, restored: 0 }
    }

    /// How many values were put back into the answer so far.
    pub fn restored(&self) -> usize {
        self.restored
    }

    pub(crate) fn count_restored(&mut self, count: usize) {
        self.restored += count;
    }
}

impl fmt::Debug for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conversation").field("detectors", &self.detectors.len()).finish_non_exhaustive()
    }
}
