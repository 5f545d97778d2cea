//! Why a request is not admitted.

use std::time::Duration;

use redoubt_domain::Money;
use redoubt_wire::ProblemKind;

/// What an allowance counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Requests.
    Requests,
    /// Tokens of requests and answers.
    Tokens,
    /// Millionths of a dollar.
    Money,
}

impl Unit {
    /// The name used for counters.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Tokens => "tokens",
            Self::Money => "money",
        }
    }

    /// So many of them, in words for a caller.
    pub(super) fn words(self, amount: u64) -> String {
        match self {
            Self::Requests if amount == 1 => "1 request".to_owned(),
            Self::Requests => format!("{amount} requests"),
            Self::Tokens => format!("{amount} tokens"),
            Self::Money => Money::from_micros(amount).to_string(),
        }
    }
}

/// An allowance as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// What it counts.
    pub unit: Unit,
    /// The whole of it.
    pub limit: u64,
    /// What is left.
    pub remaining: u64,
    /// Time until the whole is there again.
    pub reset_after: Duration,
}

/// Why a request is not admitted.
#[derive(Clone, Debug)]
pub struct Refused {
    /// What is wrong.
    pub kind: ProblemKind,
    /// The same in words for the caller.
    pub message: String,
    /// When it is worth asking again.
    pub retry_after: Option<Duration>,
    /// The allowances as they stand.
    pub rates: Vec<Rate>,
}

impl Refused {
    /// A refusal that time does not mend.
    pub fn new(kind: ProblemKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), retry_after: None, rates: Vec::new() }
    }
}
