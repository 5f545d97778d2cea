//! Why an upstream did not answer as it should.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use thiserror::Error;

/// Where time ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Before the head of the answer.
    FirstByte,
    /// Between two pieces of the answer.
    Idle,
    /// The answer as a whole.
    Total,
}

impl Stage {
    const fn words(self) -> &'static str {
        match self {
            Self::FirstByte => "until the head of its answer",
            Self::Idle => "between two pieces of its answer",
            Self::Total => "for the whole of its answer",
        }
    }
}

/// Why an upstream did not answer as it should. Its words are for operators; callers are told by
/// `stop::upstream_trouble`, which names no provider.
#[derive(Debug, Error)]
pub enum Failure {
    /// No connection came about.
    #[error("cannot connect to the upstream")]
    Connect(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The connection broke.
    #[error("the connection to the upstream broke")]
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Time ran out.
    #[error("the upstream took too long, {}", stage.words())]
    Timeout {
        /// Where.
        stage: Stage,
    },
    /// The answer is larger than allowed.
    #[error("the upstream's answer has more than {max} bytes")]
    TooLarge {
        /// The bound.
        max: usize,
    },
    /// The upstream answered with an error.
    #[error("the upstream answered {status}")]
    Refused {
        /// Its status.
        status: StatusCode,
        /// When it is worth asking again, if it says so.
        retry_after: Option<Duration>,
        /// What it said, as far as it was read.
        body: Bytes,
    },
    /// The answer is not what its surface promises.
    #[error("the upstream's answer makes no sense: {reason}")]
    Nonsense {
        /// What is wrong with it.
        reason: String,
    },
    /// The request could not be put for this upstream.
    #[error("the request cannot be put to the upstream: {reason}")]
    Unfit {
        /// What it cannot express.
        reason: String,
    },
    /// The target has failed too often and is left alone.
    #[error("the upstream is left alone after repeated failures")]
    Resting,
}

impl Failure {
    /// Whether the same call may succeed a little later.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Connect(_) | Self::Broken(_) | Self::Resting => true,
            Self::Refused { status, .. } => {
                matches!(status.as_u16(), 408 | 409 | 425 | 429) || status.is_server_error()
            }
            // An upstream that is slow is not helped by the same work once more, and the caller has waited enough.
            Self::Timeout { .. } | Self::TooLarge { .. } | Self::Nonsense { .. } | Self::Unfit { .. } => false,
        }
    }

    /// Whether the request itself is to blame, so that no other target would take it either.
    pub fn blames_request(&self) -> bool {
        match self {
            Self::Refused { status, .. } => matches!(status.as_u16(), 400 | 413 | 422),
            Self::Connect(_)
            | Self::Broken(_)
            | Self::Timeout { .. }
            | Self::TooLarge { .. }
            | Self::Nonsense { .. }
            | Self::Unfit { .. }
            | Self::Resting => false,
        }
    }

    /// Whether the breaker counts it. A busy upstream (429) is well.
    pub fn counts_against_target(&self) -> bool {
        match self {
            Self::Connect(_) | Self::Broken(_) | Self::Timeout { .. } | Self::Nonsense { .. } => true,
            Self::Refused { status, .. } => status.is_server_error(),
            Self::TooLarge { .. } | Self::Unfit { .. } | Self::Resting => false,
        }
    }

    /// When the upstream says it is worth asking again.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}
