//! When a failed call is tried again, and where.

use std::time::Duration;

use redoubt_domain::settings::Table;

use super::Dice;

/// When and how often a failed upstream call is tried again.
#[derive(Clone, Debug)]
pub struct RetrySettings {
    /// Calls for one alias, the first included.
    pub attempts_max: u32,
    /// The wait before the second call; it doubles with each further one.
    pub wait: Duration,
    /// The longest wait. An upstream that asks for more is not waited for.
    pub wait_max: Duration,
}

impl RetrySettings {
    pub(crate) fn read(table: &mut Table<'_>) -> Self {
        let attempts_max = table.or("attempts", "calls for one model, the first included", 3);
        if attempts_max == 0 {
            table.refuse("attempts", "at least one attempt is needed to reach a model");
        }
        Self {
            attempts_max,
            wait: table.or("wait", "the wait before the second call; it doubles each time", Duration::from_millis(200)),
            wait_max: table.or(
                "wait_max",
                "the longest wait; an upstream that asks for more is not waited for",
                Duration::from_secs(10),
            ),
        }
    }

    /// How long to wait after `failed` failed calls, or none if it is not worth it. `asked` is what the
    /// upstream asked for. Between half and all of the doubled wait, so that callers who failed together
    /// do not come back together.
    pub(crate) fn wait_after(&self, failed: u32, asked: Option<Duration>, dice: &mut Dice) -> Option<Duration> {
        if failed >= self.attempts_max {
            return None;
        }
        let doubled = self.wait.saturating_mul(1_u32.checked_shl(failed.saturating_sub(1)).unwrap_or(u32::MAX));
        let full = doubled.min(self.wait_max);
        let half = u64::try_from(full.as_micros() / 2).unwrap_or(u64::MAX / 2);
        let jittered = Duration::from_micros(half + dice.below(half + 1));
        match asked {
            Some(asked) if asked > self.wait_max => None,
            Some(asked) => Some(asked.max(jittered)),
            None => Some(jittered),
        }
    }
}

/// The order in which to try targets: the first by weight, each further one by weight among the rest.
/// A target of weight zero is never first and comes last.
pub(crate) fn weighted_order(weights: &[u32], dice: &mut Dice) -> Vec<usize> {
    let mut left: Vec<(usize, u64)> = weights.iter().map(|&weight| u64::from(weight)).enumerate().collect();
    let mut order = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let total = left.iter().map(|(_, weight)| weight).sum();
        let mut roll = dice.below(total);
        let chosen = left.iter().position(|(_, weight)| {
            let hit = roll < *weight;
            roll = roll.saturating_sub(*weight);
            hit
        });
        order.push(left.remove(chosen.unwrap_or(0)).0);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_hold_over_many_requests() {
        let mut dice = Dice::new(7);
        let mut first = [0_u32; 3];
        for _ in 0..10_000 {
            let order = weighted_order(&[3, 1, 0], &mut dice);
            assert_eq!(order.len(), 3);
            assert_eq!(order[2], 2);
            first[order[0]] += 1;
        }
        assert!((7_200..7_800).contains(&first[0]), "{first:?}");
        assert_eq!(first[2], 0);
        assert!(weighted_order(&[], &mut dice).is_empty());
    }

    #[test]
    fn waits_double_with_jitter_and_end() {
        let settings =
            RetrySettings { attempts_max: 4, wait: Duration::from_millis(100), wait_max: Duration::from_millis(300) };
        let mut dice = Dice::new(1);
        for (failed, low, high) in [(1, 50, 100), (2, 100, 200), (3, 150, 300)] {
            let wait = settings.wait_after(failed, None, &mut dice).unwrap();
            assert!((Duration::from_millis(low)..=Duration::from_millis(high)).contains(&wait), "{failed}: {wait:?}");
        }
        assert_eq!(settings.wait_after(4, None, &mut dice), None);
        assert!(
            settings.wait_after(1, Some(Duration::from_millis(250)), &mut dice).unwrap() >= Duration::from_millis(250)
        );
        assert_eq!(settings.wait_after(1, Some(Duration::from_secs(60)), &mut dice), None);
    }
}
