//! What a reader asks for, found by letting it read nothing.

use super::field::Kind;
use super::table::Table;

/// The keys of a table, in the order in which they are read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Described {
    /// Each key with its words for people and its shape.
    pub properties: Vec<(&'static str, &'static str, Property)>,
}

/// The shape of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Property {
    /// A value that may be left out.
    Value {
        /// Its shape.
        kind: Kind,
        /// What holds if it is left out, as written in a document.
        default: Option<String>,
    },
    /// A value that must be given.
    Required {
        /// Its shape.
        kind: Kind,
    },
    /// One word of several.
    Choice {
        /// The words.
        choices: Vec<&'static str>,
        /// The word that holds if it is left out.
        default: Option<&'static str>,
    },
    /// A list of words of several.
    Choices {
        /// The words.
        choices: Vec<&'static str>,
        /// The regular expression of the words that the document itself may name beside them.
        own: Option<&'static str>,
    },
    /// A table.
    Table(Described),
    /// A list of tables.
    Tables(Described),
    /// Tables under names that the user chooses.
    Named(Described),
}

/// What `reader` asks for.
pub fn describe<T>(reader: impl FnOnce(&mut Table<'_>) -> T) -> Described {
    let mut described = Described::default();
    Table::describing(&mut described, reader);
    described
}
