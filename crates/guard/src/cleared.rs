//! Proof that the guard has looked.

/// Something that may leave: only the guard can make one, and a provider takes nothing else.
#[derive(Debug)]
pub struct Cleared<T>(T);

impl<T> Cleared<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(value)
    }

    /// What was cleared.
    pub fn get(&self) -> &T {
        &self.0
    }

    /// What was cleared, to be sent.
    pub fn into_inner(self) -> T {
        self.0
    }
}
