//! Whether the audit log can be written, told once when that changes.

use std::error::Error;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Something that is done again and again, works or does not, and is logged where it turns.
#[derive(Debug)]
pub(crate) struct Health {
    /// What fails, as in "the audit log cannot be written", and what is said when it works again.
    words: (&'static str, &'static str),
    is_failing: AtomicBool,
    /// How often it has failed since it last worked.
    failures: AtomicU64,
}

impl Health {
    pub(crate) const fn new(fails: &'static str, works: &'static str) -> Self {
        Self { words: (fails, works), is_failing: AtomicBool::new(false), failures: AtomicU64::new(0) }
    }

    /// Whether it failed the last time.
    pub(crate) fn is_failing(&self) -> bool {
        self.is_failing.load(Ordering::Acquire)
    }

    /// How often it has failed since it last worked.
    pub(crate) fn failures(&self) -> u64 {
        self.failures.load(Ordering::Acquire)
    }

    /// It was tried.
    pub(crate) fn note<T, E: Error + 'static>(&self, result: &Result<T, E>) {
        match result {
            Ok(_) => self.works(),
            Err(error) => self.fails(error),
        }
    }

    /// It failed.
    pub(crate) fn fails(&self, error: &(dyn Error + 'static)) {
        self.failures.fetch_add(1, Ordering::AcqRel);
        if !self.is_failing.swap(true, Ordering::AcqRel) {
            tracing::error!(error, "{}; more of the same is not logged", self.words.0);
        }
    }

    /// It worked.
    pub(crate) fn works(&self) {
        // Read first: it is asked for each request, and nearly always well.
        if self.is_failing() && self.is_failing.swap(false, Ordering::AcqRel) {
            let failures = self.failures.swap(0, Ordering::AcqRel);
            tracing::warn!(failures, "{}", self.words.1);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn failures_are_counted_until_it_works_again() {
        let health = Health::new("it fails", "it works");
        let fails = || health.note(&Err::<(), _>(io::Error::other("full")));
        assert!(!health.is_failing());
        fails();
        fails();
        assert!(health.is_failing() && health.failures() == 2);
        health.note(&Ok::<_, io::Error>(()));
        assert!(!health.is_failing() && health.failures() == 0);
    }
}
