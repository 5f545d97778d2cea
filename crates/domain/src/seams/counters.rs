//! Limits that hold: reserve an estimate before, settle the true amount after.

use std::time::Duration;

use async_trait::async_trait;
use thiserror::Error;

use crate::time::Timestamp;

/// Why a counter could not answer. Admission fails closed on it.
#[derive(Debug, Error)]
#[error("the counter store failed to {operation}")]
pub struct CounterError {
    /// What was tried.
    pub operation: &'static str,
    /// What it said.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// How much may be used in how long: `amount` in each `period`, all of it at once at most.
///
/// The generic cell rate algorithm (ITU-T I.371): the allowance refills evenly, so there is no edge of a
/// window at which twice the amount passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Units (requests, tokens, micro-dollars) in each period; also the largest burst.
    pub amount: u64,
    /// The time in which the allowance refills completely.
    pub period: Duration,
}

/// The answer to a reservation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// Whether the units were taken.
    pub granted: bool,
    /// Units left at this moment.
    pub remaining: u64,
    /// Time until the units asked for would be granted; zero if they were.
    pub retry_after: Duration,
    /// Time until the whole allowance is there again.
    pub reset_after: Duration,
}

/// Shared allowances by name.
#[async_trait]
pub trait Counters: Send + Sync {
    /// Takes `units` from the allowance `name` if they are there, in one step.
    async fn reserve(&self, name: &str, quota: Quota, units: u64, now: Timestamp) -> Result<Reservation, CounterError>;

    /// Corrects an earlier reservation from `reserved` to `used` units: gives back or takes more, below
    /// zero if it must, so that the next reservation pays.
    async fn settle(
        &self,
        name: &str,
        quota: Quota,
        reserved: u64,
        used: u64,
        now: Timestamp,
    ) -> Result<(), CounterError>;
}
