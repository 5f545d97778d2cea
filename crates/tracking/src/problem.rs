//! What can go wrong, and how MLflow's clients are told: `{"error_code", "message"}` with a status.
//!
//! The codes are MLflow's own. Its clients decide by them: `RESOURCE_ALREADY_EXISTS` is how they learn that a model
//! need not be made, and a status of 429, 500, 502, 503 or 504 makes them try seven times for minutes, so what trying
//! again does not mend never has one.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use redoubt_registry::RegistryError;
use serde_json::json;
use thiserror::Error;

/// The kinds of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// A parameter is missing, of the wrong type, or asks for what cannot be.
    Invalid,
    /// There is nothing of that name that the caller may see.
    Missing,
    /// The name is taken.
    Exists,
    /// There is no such endpoint.
    NoEndpoint,
    /// The path is there for another method.
    WrongMethod,
    /// The key, a gate or a scan forbids it.
    Denied,
    /// The body is too long.
    TooLarge,
    /// The disk is full.
    Full,
    /// Something here does not work at the moment.
    Unavailable,
    /// A mistake of ours, or of the machine's.
    Internal,
}

impl Code {
    const fn row(self) -> (StatusCode, &'static str) {
        match self {
            Self::Invalid => (StatusCode::BAD_REQUEST, "INVALID_PARAMETER_VALUE"),
            Self::Missing => (StatusCode::NOT_FOUND, "RESOURCE_DOES_NOT_EXIST"),
            Self::Exists => (StatusCode::BAD_REQUEST, "RESOURCE_ALREADY_EXISTS"),
            Self::NoEndpoint => (StatusCode::NOT_FOUND, "ENDPOINT_NOT_FOUND"),
            Self::WrongMethod => (StatusCode::METHOD_NOT_ALLOWED, "ENDPOINT_NOT_FOUND"),
            Self::Denied => (StatusCode::FORBIDDEN, "PERMISSION_DENIED"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "INVALID_PARAMETER_VALUE"),
            Self::Full => (StatusCode::INSUFFICIENT_STORAGE, "RESOURCE_EXHAUSTED"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "TEMPORARILY_UNAVAILABLE"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR"),
        }
    }
}

/// Why a request is not answered as it was asked.
#[derive(Debug, Error)]
#[error("{message}")]
pub struct Problem {
    /// What kind of problem it is.
    pub code: Code,
    /// The same in words for the caller.
    pub message: String,
    /// What lies beneath, for the operator alone.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Problem {
    /// A problem that these words explain.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), source: None }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::Invalid, message)
    }

    pub(crate) fn missing(message: impl Into<String>) -> Self {
        Self::new(Code::Missing, message)
    }

    pub(crate) fn denied(message: impl Into<String>) -> Self {
        Self::new(Code::Denied, message)
    }

    /// A mistake of ours or of the machine's, in which the caller is told only what was tried.
    pub(crate) fn internal(
        message: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self { code: Code::Internal, message: message.into(), source: Some(source.into()) }
    }

    /// What the file system said.
    pub(crate) fn of_io(tried: &str, source: std::io::Error) -> Self {
        use std::io::ErrorKind;
        match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                let message = format!("cannot {tried}: the server's disk is full");
                Self { code: Code::Full, message, source: Some(source.into()) }
            }
            ErrorKind::InvalidFilename => Self::invalid(format!("cannot {tried}: the name is too long")),
            _ => Self::internal(format!("cannot {tried}"), source),
        }
    }
}

impl From<sqlx::Error> for Problem {
    fn from(source: sqlx::Error) -> Self {
        // SQLITE_FULL. Trying again does not help, so it has another status than the rest.
        if source.as_database_error().and_then(|error| error.code()).as_deref() == Some("13") {
            let message = "the server's disk is full".to_owned();
            return Self { code: Code::Full, message, source: Some(source.into()) };
        }
        Self::internal("the store of experiments does not answer", source)
    }
}

impl From<RegistryError> for Problem {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::ModelExists { name } => {
                Self::new(Code::Exists, format!("Registered Model (name={name}) already exists."))
            }
            RegistryError::ModelMissing { name } => {
                Self::missing(format!("Registered Model with name={name} not found"))
            }
            RegistryError::VersionMissing { name, version } => {
                Self::missing(format!("Model Version (name={name}, version={version}) not found"))
            }
            // As MLflow's own server has it, unlike every other thing that is not there.
            RegistryError::AliasMissing { name: _, alias } => {
                Self::invalid(format!("Registered model alias {alias} not found."))
            }
            RegistryError::Refused(refusal) => Self::denied(refusal.to_string()),
            error @ (RegistryError::StageMissing { .. } | RegistryError::NothingBefore { .. }) => {
                Self::missing(error.to_string())
            }
            error @ (RegistryError::Invalid { .. }
            | RegistryError::Settled { .. }
            | RegistryError::NoContent { .. }
            | RegistryError::Attestation(_)) => Self::invalid(error.to_string()),
            error @ RegistryError::Busy { .. } => Self::new(Code::Unavailable, error.to_string()),
            error => Self::internal("the registry of models does not answer", error),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self { code, message, source } = self;
        if let Some(source) = source {
            tracing::error!(problem = %message, error = source.as_ref() as &dyn std::error::Error, "a request failed");
        }
        let (status, name) = code.row();
        let body = json!({ "error_code": name, "message": message }).to_string();
        (status, [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
    }
}
