//! How much may be tried again.

use std::sync::atomic::{AtomicU32, Ordering};

/// Further tries at one target, paid for by first ones: a tenth of them, and a few to begin with. Each request may
/// be worth three calls, but not all of them at once: an upstream that refuses everybody because it is busy would
/// be asked three times as often as before.
#[derive(Debug)]
pub struct RetryBudget {
    /// In tenths of a try.
    tenths: AtomicU32,
}

/// What one further try costs.
const TRY: u32 = 10;
/// What can be saved up: as many tries as a few callers need who meet one bad moment.
const SAVED_MAX: u32 = 10 * TRY;

impl Default for RetryBudget {
    fn default() -> Self {
        Self { tenths: AtomicU32::new(SAVED_MAX) }
    }
}

impl RetryBudget {
    /// The target is asked for the first time on behalf of a request.
    pub fn earn(&self) {
        let earned = |tenths: u32| (tenths < SAVED_MAX).then_some(tenths + 1);
        // Full is as good as earned.
        let _ = self.tenths.fetch_update(Ordering::AcqRel, Ordering::Acquire, earned);
    }

    /// Whether the target may be asked once more on behalf of the same request; if so, that is paid for.
    pub fn spend(&self) -> bool {
        self.tenths.fetch_update(Ordering::AcqRel, Ordering::Acquire, |tenths| tenths.checked_sub(TRY)).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn further_tries_are_a_tenth_of_the_first_ones() {
        let budget = RetryBudget::default();
        let spent = (0..1_000)
            .filter(|_| {
                budget.earn();
                budget.spend()
            })
            .count();
        assert!((100..=110).contains(&spent), "{spent}");
        assert!(!budget.spend());
        (0..5_000).for_each(|_| budget.earn());
        assert_eq!((0..100).filter(|_| budget.spend()).count(), 10, "what is saved has a bound");
    }
}
