//! What steps make and take.

use serde_json::Value;

use crate::table::{Table, TableError};

/// The kinds of product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Rows.
    Table,
    /// What a learner learned.
    Model,
    /// Figures, as JSON.
    Report,
}

impl Kind {
    /// Its word in files and messages.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Model => "model",
            Self::Report => "report",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Table, Self::Model, Self::Report].into_iter().find(|kind| kind.word() == word)
    }
}

/// Something that a step made.
#[derive(Clone, Debug, PartialEq)]
pub enum Product {
    /// Rows.
    Table(Table),
    /// A file of weights (safetensors) with what must be known to use them, as JSON.
    Model {
        /// Columns, classes and learner.
        card: Value,
        /// The file.
        weights: Vec<u8>,
    },
    /// Figures.
    Report(Value),
}

/// Why bytes are no such product.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ProductError {
    /// Not the table it should be.
    #[error("the kept table is damaged: {0}")]
    Table(#[from] TableError),
    /// Not the JSON it should be.
    #[error("the kept {0} is damaged")]
    Damaged(&'static str),
}

impl Product {
    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Table(_) => Kind::Table,
            Self::Model { .. } => Kind::Model,
            Self::Report(_) => Kind::Report,
        }
    }

    /// As bytes: the same product has the same. A model is its card on one line, then its weights.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Table(table) => table.to_bytes(),
            Self::Model { card, weights } => {
                let mut bytes = card.to_string().into_bytes();
                bytes.push(b'\n');
                bytes.extend_from_slice(weights);
                bytes
            }
            Self::Report(value) => format!("{value:#}\n").into_bytes(),
        }
    }

    /// Reads what [`Product::to_bytes`] gives.
    ///
    /// # Errors
    /// If it is something else.
    pub fn from_bytes(kind: Kind, bytes: &[u8]) -> Result<Self, ProductError> {
        let damaged = || ProductError::Damaged(kind.word());
        match kind {
            Kind::Table => Ok(Self::Table(Table::from_bytes(bytes)?)),
            Kind::Model => {
                let end = bytes.iter().position(|byte| *byte == b'\n').ok_or_else(damaged)?;
                let (card, weights) = bytes.split_at(end);
                let card = serde_json::from_slice(card).map_err(|_| damaged())?;
                Ok(Self::Model { card, weights: weights.get(1..).unwrap_or_default().to_vec() })
            }
            Kind::Report => Ok(Self::Report(serde_json::from_slice(bytes).map_err(|_| damaged())?)),
        }
    }
}
