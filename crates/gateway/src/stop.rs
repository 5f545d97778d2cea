//! Why a request gets no answer of a model.

use std::time::Duration;

use bytes::Bytes;
use redoubt_domain::{Action, Decision, Direction, ModelName, Origin, Usage};
use redoubt_guard::Engine;
use redoubt_wire::ProblemKind;
use serde_json::Value;

use crate::admit::Refused;
use crate::record::Unrecorded;
use crate::server::BodyError;
use crate::upstream::Failure;

/// Why a request gets no answer of a model.
pub(crate) enum Stop {
    /// Admission refused it.
    Refused(Refused),
    /// It makes no sense, or Redoubt cannot serve it.
    Problem(Trouble),
    /// A rule refused it or its answer.
    Blocked(Box<Blocked>),
    /// The upstream failed.
    Upstream(Trouble),
}

/// What a rule refused.
pub(crate) struct Blocked {
    pub(crate) decision: Decision,
    /// Tokens, if an answer was refused.
    pub(crate) usage: Option<Usage>,
    /// The answer that was refused; empty if the request was.
    pub(crate) received: Bytes,
    pub(crate) refusal: Option<Refusal>,
}

/// A route's setting that a block is answered with a fixed text.
pub(crate) struct Refusal {
    pub(crate) text: String,
    pub(crate) model: ModelName,
    pub(crate) stream: bool,
}

/// What is wrong, for the caller.
pub(crate) struct Trouble {
    pub(crate) kind: ProblemKind,
    pub(crate) message: String,
    pub(crate) param: Option<String>,
    /// The vendor's code, where an upstream gave one that clients act upon.
    pub(crate) code: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    /// The method by which the path may be asked, where another was used.
    pub(crate) allow: Option<&'static str>,
}

impl Trouble {
    pub(crate) fn new(kind: ProblemKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), param: None, code: None, retry_after: None, allow: None }
    }
}

impl From<Trouble> for Stop {
    fn from(trouble: Trouble) -> Self {
        Self::Problem(trouble)
    }
}

impl From<Refused> for Stop {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<BodyError> for Stop {
    fn from(error: BodyError) -> Self {
        let kind = match error {
            BodyError::TooLarge { .. } => ProblemKind::TooLarge,
            BodyError::Slow => ProblemKind::TooSlow,
            BodyError::Broken => ProblemKind::InvalidRequest,
        };
        Self::Problem(Trouble::new(kind, error.to_string()))
    }
}

impl From<Unrecorded> for Trouble {
    fn from(_: Unrecorded) -> Self {
        let message = "the request cannot be recorded, so it is not answered; try again later";
        Self::new(ProblemKind::Unavailable, message)
    }
}

impl From<Unrecorded> for Stop {
    fn from(unrecorded: Unrecorded) -> Self {
        Self::Problem(unrecorded.into())
    }
}

/// What to tell a caller about a failed upstream. An upstream's words are relayed only when they are about
/// the request, and only if the guard lets them through; they never name the provider or its credentials.
pub(crate) fn upstream_trouble(failure: &Failure, engine: &Engine) -> Trouble {
    use ProblemKind as Kind;
    let own = |kind, message: &str| Trouble { retry_after: failure.retry_after(), ..Trouble::new(kind, message) };
    match failure {
        Failure::Timeout { .. } => own(Kind::UpstreamTimeout, "the model took too long to answer"),
        Failure::Connect(_) | Failure::Broken(_) => own(Kind::Upstream, "the model cannot be reached; try again later"),
        Failure::TooLarge { .. } | Failure::Nonsense { .. } => own(Kind::Upstream, "the model's answer makes no sense"),
        Failure::Resting => own(Kind::Upstream, "the model is not available after repeated failures"),
        Failure::Unfit { reason } => Trouble::new(Kind::Unsupported, reason.clone()),
        Failure::Refused { status, body, .. } => match status.as_u16() {
            400 | 422 => relayed(Kind::InvalidRequest, "the model refused the request", body, engine),
            401 | 403 => own(
                Kind::Upstream,
                "the model's provider does not accept the gateway's own credential; its operator must see to that",
            ),
            404 => own(Kind::NotFound, "the model is not known upstream"),
            413 => relayed(Kind::TooLarge, "the request is too large for the model", body, engine),
            429 => own(Kind::RateLimited, "the model is busy; try again later"),
            503 | 529 => own(Kind::Overloaded, "the model is overloaded; try again later"),
            _ => own(Kind::Upstream, "the model failed; try again later"),
        },
    }
}

fn relayed(kind: ProblemKind, otherwise: &str, body: &[u8], engine: &Engine) -> Trouble {
    let said: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |pointer: &str| said.pointer(pointer).and_then(Value::as_str);
    let scan = |text: &str| engine.scan(text, Origin::Assistant, Direction::Output);
    let is_harmless = |word: &&str| is_word(word) && !names_provider(word) && scan(word).action == Action::Allow;
    let word = |pointer: &str| text(pointer).filter(is_harmless).map(str::to_owned);
    let message = text("/error/message").filter(|message| message.len() <= 4_096 && !names_provider(message));
    let message = message.and_then(|message| {
        let scan = scan(message);
        scan.action.passes().then_some(scan.text)
    });
    Trouble {
        param: word("/error/param"),
        code: word("/error/code"),
        ..Trouble::new(kind, message.unwrap_or_else(|| otherwise.to_owned()))
    }
}

/// An identifier such as `context_length_exceeded` or `messages.0.content`.
fn is_word(text: &str) -> bool {
    text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'[' | b']'))
}

/// Whether an upstream's words tell whose they are, or name an account there.
fn names_provider(message: &str) -> bool {
    #[rustfmt::skip]
    const TELLING: [&str; 20] = [
        "openai", "anthropic", "azure", "microsoft", "amazon", "bedrock", "cohere", "deepseek", "fireworks", "gemini",
        "google", "groq", "mistral", "openrouter", "together", "vertex", "://", "org-", "proj_", "sk-",
    ];
    let message = message.to_lowercase();
    TELLING.iter().any(|word| message.contains(word))
}
