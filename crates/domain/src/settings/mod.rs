//! Configuration that is closed and kind.
//!
//! Each crate owns its settings and reads them from a [`Table`], one call for each key with its words for
//! people and its default. All mistakes are collected; a key that nobody asked for is a mistake, with the
//! nearest key that exists. The same calls, made on an empty table by [`describe`], yield the reference
//! page and the JSON Schema, so neither can fall behind the code.
//!
//! This module knows nothing of TOML: the application turns a document into [`Node`]s.

mod describe;
mod field;
mod nearest;
mod table;

use std::ops::Range;

pub use describe::{Described, Property, describe};
pub use field::{Bytes, Field, Kind};
pub use nearest::nearest;
pub use table::Table;

/// A value of a configuration document and where it was written, in bytes of the document.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where the value is written.
    pub span: Range<usize>,
    /// What it says.
    pub value: Value,
}

/// What a configuration value says.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A string, with references to the environment already resolved.
    String(String),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Float(f64),
    /// True or false.
    Boolean(bool),
    /// A list.
    Array(Vec<Node>),
    /// Keys and values, in the order of the document.
    Table(Vec<Entry>),
}

impl Value {
    /// The name of the kind of value, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::String(_) => "a string",
            Self::Integer(_) => "a whole number",
            Self::Float(_) => "a number",
            Self::Boolean(_) => "true or false",
            Self::Array(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

/// One key of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key is written.
    pub key_span: Range<usize>,
    /// Its value.
    pub node: Node,
}

/// One thing wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where, in bytes of the document.
    pub span: Range<usize>,
    /// The path of keys, such as `limits.requests`.
    pub path: String,
    /// What is wrong, lower case, without a full stop.
    pub reason: String,
    /// The key or value that was probably meant.
    pub suggestion: Option<String>,
}

/// Reads settings from a document's root. Returns the settings only if nothing is wrong.
pub fn read<T>(root: &Node, reader: impl FnOnce(&mut Table<'_>) -> T) -> Result<T, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let settings = Table::over(root, String::new(), &mut mistakes, reader);
    if mistakes.is_empty() {
        return Ok(settings);
    }
    mistakes.sort_by_key(|mistake| mistake.span.start);
    Err(mistakes)
}
