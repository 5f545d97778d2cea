//! Leaving a failing target alone for a while.

use std::time::{Duration, Instant};

use redoubt_domain::settings::Table;

/// When a failing target is left alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BreakerSettings {
    /// Failures without a success in between that open the breaker.
    pub failures: u32,
    /// The time within which they must happen.
    pub window: Duration,
    /// How long the target is left alone before one call tries it again.
    pub rest: Duration,
}

impl BreakerSettings {
    pub(crate) fn read(table: &mut Table<'_>) -> Self {
        Self {
            failures: table.or("failures", "failures in a row that open the breaker; 0 never does", 5),
            window: table.or("window", "the time within which they must happen", Duration::from_secs(30)),
            rest: table.or("rest", "how long the target is then left alone", Duration::from_secs(10)),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Calls pass.
    Closed { failures: u32, since: Option<Instant> },
    /// No call passes.
    Open { until: Instant },
    /// One call is trying. If nothing is heard of it for a rest (its caller went away), another may.
    HalfOpen { since: Instant },
}

/// The circuit breaker of one target.
#[derive(Debug)]
pub struct Breaker {
    settings: BreakerSettings,
    state: State,
}

impl Breaker {
    /// A closed breaker.
    pub const fn new(settings: BreakerSettings) -> Self {
        Self { settings, state: State::Closed { failures: 0, since: None } }
    }

    /// Whether a call may pass now. The call must be followed by [`Breaker::succeeded`] or
    /// [`Breaker::failed`].
    pub fn admits(&mut self, now: Instant) -> bool {
        match self.state {
            State::Closed { .. } => true,
            State::Open { until } if now < until => false,
            State::HalfOpen { since } if now < since + self.settings.rest => false,
            State::Open { .. } | State::HalfOpen { .. } => {
                self.state = State::HalfOpen { since: now };
                true
            }
        }
    }

    /// A call succeeded.
    pub const fn succeeded(&mut self) {
        self.state = State::Closed { failures: 0, since: None };
    }

    /// A call failed in a way that is the target's fault.
    pub fn failed(&mut self, now: Instant) {
        if self.settings.failures == 0 {
            return;
        }
        let open = State::Open { until: now + self.settings.rest };
        self.state = match self.state {
            State::HalfOpen { .. } | State::Open { .. } => open,
            State::Closed { failures, since } => {
                let within = since.filter(|&since| now.duration_since(since) <= self.settings.window);
                let failures = if within.is_some() { failures + 1 } else { 1 };
                if failures >= self.settings.failures {
                    open
                } else {
                    State::Closed { failures, since: Some(within.unwrap_or(now)) }
                }
            }
        };
    }

    /// Whether calls pass without question.
    pub const fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_rests_tries_once_and_closes() {
        let settings = BreakerSettings { failures: 3, window: Duration::from_secs(10), rest: Duration::from_secs(5) };
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut breaker = Breaker::new(settings);

        breaker.failed(at(0));
        breaker.failed(at(1));
        breaker.succeeded();
        breaker.failed(at(2));
        breaker.failed(at(3));
        assert!(breaker.admits(at(3)), "a success in between starts the count again");
        breaker.failed(at(20));
        assert!(breaker.admits(at(20)), "failures far apart do not count together");
        breaker.failed(at(21));
        breaker.failed(at(22));
        assert!(!breaker.admits(at(22)) && !breaker.admits(at(26)));

        assert!(breaker.admits(at(27)), "one call tries");
        assert!(!breaker.admits(at(27)), "only one");
        assert!(breaker.admits(at(32)), "another, if the first was never heard of again");
        breaker.failed(at(33));
        assert!(!breaker.admits(at(34)));
        assert!(breaker.admits(at(38)));
        breaker.succeeded();
        assert!(breaker.is_closed() && breaker.admits(at(38)));
    }
}
