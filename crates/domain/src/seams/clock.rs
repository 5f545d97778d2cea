//! Time as an argument.

use crate::time::Timestamp;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The time now, UTC. May go back; callers that measure must not rely on order.
    fn now(&self) -> Timestamp;
}
