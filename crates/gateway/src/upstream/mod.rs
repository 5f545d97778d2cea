//! Reaching a model: connections, time limits, retries, and leaving a failing target alone.

pub(crate) mod advice;
mod answer;
mod breaker;
mod budget;
mod client;
mod dice;
mod failure;
mod link;
mod retry;

pub use answer::{Answer, AnswerBody};
pub use breaker::{Breaker, BreakerSettings};
pub use budget::RetryBudget;
pub(crate) use client::{BuildClientError, Client};
pub(crate) use dice::Dice;
pub use failure::{Failure, Stage};
pub use retry::RetrySettings;
pub(crate) use retry::weighted_order;
