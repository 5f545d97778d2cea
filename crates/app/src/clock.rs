//! The clocks of a server.

use std::time::Instant;

use redoubt_domain::seams::Clock;
use redoubt_domain::time::Timestamp;

use crate::home::SystemClock;

/// The system's clock for what is dated, and one that nobody can set for what is measured: it begins with the
/// system's and goes on by itself.
#[derive(Debug)]
pub(crate) struct ServerClock {
    began: Timestamp,
    since: Instant,
}

impl Default for ServerClock {
    fn default() -> Self {
        Self { began: SystemClock.now(), since: Instant::now() }
    }
}

impl Clock for ServerClock {
    fn now(&self) -> Timestamp {
        SystemClock.now()
    }

    fn steady(&self) -> Timestamp {
        let passed = u64::try_from(self.since.elapsed().as_micros()).unwrap_or(u64::MAX);
        Timestamp::from_micros(self.began.micros().saturating_add(passed))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_steady_clock_passes_with_time_alone() {
        let clock = ServerClock { began: Timestamp::from_micros(7_000_000), since: Instant::now() };
        let (first, _) = (clock.steady(), std::thread::sleep(Duration::from_millis(20)));
        let passed = clock.steady().micros() - first.micros();
        assert!((20_000..5_000_000).contains(&passed), "{passed}");
        assert!(first.micros() < 12_000_000, "it does not look at the system's clock");
    }
}
