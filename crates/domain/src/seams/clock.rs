//! Time as an argument.

use crate::time::Timestamp;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The time now, UTC. May go back; callers that measure must not rely on order.
    fn now(&self) -> Timestamp;

    /// The time by a clock that nobody sets: it is as far from an earlier answer as time has passed, whatever was
    /// done to the system's clock in between. Allowances are measured by it, and a key that has expired by it stays
    /// expired.
    fn steady(&self) -> Timestamp {
        self.now()
    }
}
