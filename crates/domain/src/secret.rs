//! Secrets that cannot be printed.

use std::fmt;

use zeroize::Zeroize;

/// A value that must not reach a log, a message or a file by accident.
///
/// It has no `Display` and no serialisation, its `Debug` shows nothing, and it is wiped when dropped.
/// [`Secret::expose`] is the only way in, and rare enough to search for.
#[derive(Clone)]
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Takes charge of `value`.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. Whoever calls this answers for where it goes.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_show_in_debug_output() {
        let key = Secret::new(String::from("rdt_very_secret"));
        assert_eq!(format!("{key:?}"), "Secret(..)");
        assert_eq!(key.expose(), "rdt_very_secret");
    }
}
