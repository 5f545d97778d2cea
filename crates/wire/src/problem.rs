//! Errors in the words and shape of the surface that was asked.

use bytes::Bytes;
use redoubt_domain::Surface;
use serde_json::{Map, Value, json};

use crate::verdict::Verdict;

/// What went wrong, as far as a caller need know to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProblemKind {
    /// The request cannot be read or asks for something impossible.
    InvalidRequest,
    /// The key is missing or unknown.
    Authentication,
    /// The key may not do this.
    Permission,
    /// There is no such model.
    NotFound,
    /// There is no such path.
    UnknownPath,
    /// The path is there for another method.
    WrongMethod,
    /// The body is too long.
    TooLarge,
    /// The body did not come in time.
    TooSlow,
    /// Too many requests or tokens for now.
    RateLimited,
    /// The money is spent.
    Budget,
    /// A rule blocked the request or its answer.
    Blocked,
    /// No upstream can serve this surface or field.
    Unsupported,
    /// The upstream failed or answered nonsense.
    Upstream,
    /// The upstream did not answer in time.
    UpstreamTimeout,
    /// Too much is going on at once.
    Overloaded,
    /// The gateway is starting, draining, or lacks something it needs.
    Unavailable,
    /// A mistake of the gateway's own.
    Internal,
}

/// What a kind is called on each surface.
struct Row {
    status: u16,
    openai_type: &'static str,
    openai_code: Option<&'static str>,
    anthropic_type: &'static str,
}

const fn row(
    status: u16,
    openai_type: &'static str,
    openai_code: Option<&'static str>,
    anthropic_type: &'static str,
) -> Row {
    Row { status, openai_type, openai_code, anthropic_type }
}

impl ProblemKind {
    /// Every kind.
    pub const ALL: [Self; 17] = [
        Self::InvalidRequest,
        Self::Authentication,
        Self::Permission,
        Self::NotFound,
        Self::UnknownPath,
        Self::WrongMethod,
        Self::TooLarge,
        Self::TooSlow,
        Self::RateLimited,
        Self::Budget,
        Self::Blocked,
        Self::Unsupported,
        Self::Upstream,
        Self::UpstreamTimeout,
        Self::Overloaded,
        Self::Unavailable,
        Self::Internal,
    ];

    /// The table. A block is never 403: scanners and clients stop at it. At the code `insufficient_quota`
    /// OpenAI's users know that trying again will not help.
    #[rustfmt::skip]
    const fn row(self) -> Row {
        match self {
            Self::InvalidRequest =>  row(400, "invalid_request_error", None,                          "invalid_request_error"),
            Self::Authentication =>  row(401, "invalid_request_error", Some("invalid_api_key"),       "authentication_error"),
            Self::Permission =>      row(403, "invalid_request_error", Some("permission_denied"),     "permission_error"),
            Self::NotFound =>        row(404, "invalid_request_error", Some("model_not_found"),       "not_found_error"),
            Self::UnknownPath =>     row(404, "invalid_request_error", Some("unknown_url"),           "not_found_error"),
            Self::WrongMethod =>     row(405, "invalid_request_error", Some("method_not_supported"),  "invalid_request_error"),
            Self::TooLarge =>        row(413, "invalid_request_error", Some("request_too_large"),     "request_too_large"),
            Self::TooSlow =>         row(408, "invalid_request_error", Some("request_timeout"),       "invalid_request_error"),
            Self::RateLimited =>     row(429, "rate_limit_error",      Some("rate_limit_exceeded"),   "rate_limit_error"),
            Self::Budget =>          row(429, "insufficient_quota",    Some("insufficient_quota"),    "rate_limit_error"),
            Self::Blocked =>         row(400, "invalid_request_error", Some("content_filter"),        "invalid_request_error"),
            Self::Unsupported =>     row(400, "invalid_request_error", Some("unsupported_parameter"), "invalid_request_error"),
            Self::Upstream =>        row(502, "server_error",          Some("upstream_error"),        "api_error"),
            Self::UpstreamTimeout => row(504, "server_error",          Some("upstream_timeout"),      "timeout_error"),
            Self::Overloaded =>      row(503, "server_error",          Some("overloaded"),            "overloaded_error"),
            Self::Unavailable =>     row(503, "server_error",          Some("unavailable"),           "overloaded_error"),
            Self::Internal =>        row(500, "server_error",          Some("internal_error"),        "api_error"),
        }
    }

    /// The HTTP status.
    pub const fn status(self) -> u16 {
        self.row().status
    }

    /// The code in OpenAI's envelope, which also names the kind in metrics.
    pub const fn code(self) -> Option<&'static str> {
        self.row().openai_code
    }
}

/// An error to be told to a caller.
#[derive(Clone, Copy, Debug)]
pub struct Problem<'a> {
    /// What went wrong.
    pub kind: ProblemKind,
    /// What to do about it, in words. Must not hold text that a rule matched.
    pub message: &'a str,
    /// The field at fault.
    pub param: Option<&'a str>,
    /// The decision, where a rule made one.
    pub verdict: Option<Verdict<'a>>,
}

/// The body of an error answer.
pub fn encode_problem(surface: Surface, problem: &Problem<'_>) -> Bytes {
    let envelope = match surface {
        Surface::Messages | Surface::CountTokens => anthropic_envelope(problem),
        Surface::ChatCompletions
        | Surface::Completions
        | Surface::Responses
        | Surface::Embeddings
        | Surface::Moderations => json!({ "error": openai_error(problem) }),
    };
    Bytes::from(envelope.to_string())
}

/// OpenAI's error object: also the data of an error event, but for its envelope.
pub(crate) fn openai_error(problem: &Problem<'_>) -> Value {
    let row = problem.kind.row();
    let mut error = Map::new();
    error.insert("message".to_owned(), problem.message.into());
    error.insert("type".to_owned(), row.openai_type.into());
    error.insert("param".to_owned(), problem.param.into());
    error.insert("code".to_owned(), row.openai_code.into());
    if let Some(verdict) = problem.verdict {
        error.insert("redoubt".to_owned(), verdict.to_json());
    }
    Value::Object(error)
}

/// Anthropic's error envelope: also the data of an `error` event.
pub(crate) fn anthropic_envelope(problem: &Problem<'_>) -> Value {
    let row = problem.kind.row();
    let mut error = Map::new();
    error.insert("type".to_owned(), row.anthropic_type.into());
    error.insert("message".to_owned(), problem.message.into());
    if problem.kind == ProblemKind::Blocked {
        error.insert("code".to_owned(), row.openai_code.into());
    }
    let mut envelope = json!({ "type": "error" });
    if let Some(verdict) = problem.verdict {
        error.insert("redoubt".to_owned(), verdict.to_json());
        if let Some(envelope) = envelope.as_object_mut() {
            envelope.insert("request_id".to_owned(), verdict.request_id.to_string().into());
        }
    }
    if let Some(envelope) = envelope.as_object_mut() {
        envelope.insert("error".to_owned(), Value::Object(error));
    }
    envelope
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_block_answers_403() {
        assert_eq!(ProblemKind::Blocked.status(), 400);
        assert!(ProblemKind::ALL.iter().all(|kind| kind.status() >= 400));
        assert_eq!(ProblemKind::Blocked.code(), Some("content_filter"));
    }

    #[test]
    fn each_family_has_its_own_envelope() {
        let problem =
            Problem { kind: ProblemKind::RateLimited, message: "slow down", param: Some("model"), verdict: None };
        assert_eq!(
            encode_problem(Surface::ChatCompletions, &problem),
            r#"{"error":{"message":"slow down","type":"rate_limit_error","param":"model","code":"rate_limit_exceeded"}}"#
        );
        assert_eq!(
            encode_problem(Surface::Messages, &problem),
            r#"{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}"#
        );
    }
}
