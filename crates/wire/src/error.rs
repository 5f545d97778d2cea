//! Why bytes could not be read.

use thiserror::Error;

use crate::problem::ProblemKind;
use crate::translate::TranslateError;

/// Why a body or an event could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The bytes are not the JSON that two parsers would read alike.
    #[error("the body is not acceptable JSON: {problem} at byte {offset}")]
    Json {
        /// Where, counted from the start of the body.
        offset: usize,
        /// What is wrong there.
        problem: &'static str,
    },
    /// Something is beyond its bound.
    #[error("{what} has a limit of {max}")]
    TooLarge {
        /// What was counted.
        what: &'static str,
        /// The bound.
        max: usize,
    },
    /// A field is missing or is not what its surface says it is.
    #[error("`{field}` must be {expected}")]
    Shape {
        /// Which field.
        field: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// The surface has no such body: token counts have no stream, for one.
    #[error("`{surface}` has no {what}")]
    Unsupported {
        /// The surface's name.
        surface: &'static str,
        /// What it lacks.
        what: &'static str,
    },
    /// A stream ended before its normal end.
    #[error("the stream ended before its normal end")]
    Truncated,
    /// The bytes were read but have no counterpart on the other surface.
    #[error("the body cannot be carried over between surfaces")]
    Translate(#[from] TranslateError),
}

impl DecodeError {
    /// What a caller is told when its own request could not be read.
    pub const fn kind(&self) -> ProblemKind {
        match self {
            Self::TooLarge { .. } => ProblemKind::TooLarge,
            Self::Unsupported { .. } | Self::Translate(_) => ProblemKind::Unsupported,
            Self::Json { .. } | Self::Shape { .. } | Self::Truncated => ProblemKind::InvalidRequest,
        }
    }

    /// The field at fault, where one is known.
    pub const fn param(&self) -> Option<&'static str> {
        match self {
            Self::Shape { field, .. } => Some(field),
            Self::Json { .. }
            | Self::TooLarge { .. }
            | Self::Unsupported { .. }
            | Self::Truncated
            | Self::Translate(_) => None,
        }
    }
}
