//! Choices that the same key always makes alike, and that say nothing without it.

use redoubt_domain::secret::Secret;

/// A source of choices.
pub(crate) struct Dice {
    bytes: blake3::OutputReader,
    /// The same for every value of a request.
    of_request: u32,
}

impl Dice {
    /// The choices of the `attempt`th surrogate of a value.
    pub(crate) fn new(key: &Secret<[u8; 32]>, kind: &str, value: &str, attempt: u32) -> Self {
        let hasher = || blake3::Hasher::new_keyed(key.expose());
        let mut of_value = hasher();
        for part in [kind, value] {
            of_value.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
        }
        of_value.update(&attempt.to_le_bytes());
        let [first, second, third, fourth, ..] = *hasher().update(b"request").finalize().as_bytes();
        let of_request = u32::from_le_bytes([first, second, third, fourth]).wrapping_add(attempt);
        Self { bytes: of_value.finalize_xof(), of_request }
    }

    /// A number below `count`.
    pub(super) fn below(&mut self, count: usize) -> usize {
        let mut bytes = [0; 8];
        self.bytes.fill(&mut bytes);
        // So few of so many that none is more likely than another by more than a billionth.
        usize::try_from(u64::from_le_bytes(bytes) % (count.max(1) as u64)).unwrap_or(0)
    }

    /// One of several.
    pub(super) fn pick<T: Copy>(&mut self, choices: &[T]) -> Option<T> {
        choices.get(self.below(choices.len())).copied()
    }

    /// A digit.
    pub(super) fn digit(&mut self) -> u8 {
        b'0' + u8::try_from(self.below(10)).unwrap_or(0)
    }

    /// So many digits.
    pub(super) fn digits(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.digit()).collect()
    }

    /// A number that is the same for all values of the request: days that lie between two dates stay between them.
    pub(super) fn of_request(&self) -> u32 {
        self.of_request
    }
}
