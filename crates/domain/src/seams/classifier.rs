//! A second opinion on texts, by a model that may be slow.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use thiserror::Error;

use crate::ids::Digest;

/// What a text is to the model that is guarded, which decides what an attack in it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Asked {
    /// Somebody's request: an instruction is his right.
    Request,
    /// What a tool returned or was retrieved: an instruction in it is an attack.
    Document,
}

/// A text to classify.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The text.
    pub text: Arc<str>,
    /// What it is.
    pub asked: Asked,
}

/// How likely a text is an attack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Likelihood {
    /// In thousandths, 0 to 1,000: what is recorded is all that a decision may depend on.
    pub permille: u16,
    /// Whether the text was read to its end. What lies behind may still be an attack.
    pub is_whole: bool,
}

/// Why there is no likelihood.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq, Hash)]
pub enum Unanswered {
    /// The time was over.
    #[error("no answer in time")]
    Late,
    /// Too many texts are waiting.
    #[error("too many texts are waiting")]
    Full,
    /// The classifier failed, or is gone.
    #[error("the model failed")]
    Failed,
    /// Nobody was asked: there is no classifier here, or there are more texts than it is asked about.
    #[error("not asked")]
    NotAsked,
}

impl Unanswered {
    /// Every reason.
    pub const ALL: [Self; 4] = [Self::Late, Self::Full, Self::Failed, Self::NotAsked];

    /// One word, for metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Late => "late",
            Self::Full => "full",
            Self::Failed => "failed",
            Self::NotAsked => "not_asked",
        }
    }
}

/// Says how likely texts are attacks.
///
/// It may take milliseconds and more for each text and must not block the thread that polls it.
#[async_trait]
pub trait Classifier: Send + Sync {
    /// The digest of the model: of equal digests the answers are equal, whatever else waits beside.
    fn model(&self) -> Digest;

    /// Answers each question, in order, once each. What is not answered within `patience` is
    /// [`Unanswered::Late`], and the future ends soon after; what cannot be taken is said at once to be
    /// [`Unanswered::Full`]. A future that is dropped gives up its questions.
    async fn classify(&self, questions: Vec<Question>, patience: Duration) -> Vec<Result<Likelihood, Unanswered>>;
}
