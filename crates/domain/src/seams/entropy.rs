//! Randomness as an argument.

/// Fills buffers with unpredictable bytes.
pub trait Entropy: Send + Sync {
    /// Fills `buffer`. Must be fit for keys: a source that cannot promise that must not implement this.
    fn fill(&self, buffer: &mut [u8]);
}
