//! JSON as it lies in a body: a tree of values that know their bytes.
//!
//! The scanner is our own because the encoders need to know where each literal lies, and because it is
//! stricter than parsers must be: a text that two parsers could read in two ways is refused, for what the
//! guard reads must be what the model reads.

mod number;
mod scan;
mod string;

use std::borrow::Cow;
use std::ops::Range;

use crate::error::DecodeError;

pub use number::digits;
pub use scan::Duplicates;
pub use string::quote;

/// A JSON text and the tree of its values.
#[derive(Debug)]
pub struct Document<'b> {
    text: &'b str,
    nodes: Vec<Node>,
}

/// One value. A container's content follows it: each item of an array, each key and value of an object.
#[derive(Clone, Copy, Debug)]
struct Node {
    start: u32,
    end: u32,
    /// The node after this one and all it contains.
    next: u32,
    kind: NodeKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NodeKind {
    Null,
    False,
    True,
    Number,
    /// A string without escapes: its text is its bytes.
    String,
    /// A string with escapes.
    Escaped,
    Array,
    /// An array of numbers alone, whose items are not kept: embeddings and token arrays hold millions.
    Numbers,
    Object,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array, kept item by item.
    Array,
    /// A non-empty array of numbers alone.
    Numbers,
    /// An object.
    Object,
}

impl<'b> Document<'b> {
    /// Reads the whole of `body`.
    pub fn read(body: &'b [u8], depth_max: usize, duplicates: Duplicates) -> Result<Self, DecodeError> {
        let text = std::str::from_utf8(body)
            .map_err(|error| DecodeError::Json { offset: error.valid_up_to(), problem: "invalid UTF-8" })?;
        let nodes = scan::scan(text, depth_max, duplicates)?;
        Ok(Self { text, nodes })
    }

    /// The value that the text is.
    pub fn root(&self) -> Value<'_> {
        Value { text: self.text, nodes: &self.nodes, index: 0 }
    }
}

/// A value of a [`Document`].
#[derive(Clone, Copy)]
pub struct Value<'d> {
    text: &'d str,
    nodes: &'d [Node],
    index: usize,
}

impl<'d> Value<'d> {
    /// What the value is.
    pub fn kind(self) -> Kind {
        match self.node().kind {
            NodeKind::Null => Kind::Null,
            NodeKind::False | NodeKind::True => Kind::Bool,
            NodeKind::Number => Kind::Number,
            NodeKind::String | NodeKind::Escaped => Kind::String,
            NodeKind::Array => Kind::Array,
            NodeKind::Numbers => Kind::Numbers,
            NodeKind::Object => Kind::Object,
        }
    }

    /// Whether it is `null`.
    pub fn is_null(self) -> bool {
        self.node().kind == NodeKind::Null
    }

    /// Where its literal lies, quotes included.
    pub fn span(self) -> Range<usize> {
        let node = self.node();
        node.start as usize..node.end as usize
    }

    /// Its literal.
    pub fn literal(self) -> &'d str {
        self.text.get(self.span()).unwrap_or_default()
    }

    /// The text of a string, unescaped.
    pub fn text(self) -> Option<Cow<'d, str>> {
        let literal = self.literal();
        let inner = literal.get(1..literal.len().saturating_sub(1));
        match self.node().kind {
            NodeKind::String => inner.map(Cow::Borrowed),
            NodeKind::Escaped => inner.map(|inner| Cow::Owned(string::unescape(inner))),
            _ => None,
        }
    }

    /// Whether it is the string `text`. Few keys have escapes, and the others need not be copied to be compared.
    fn is_text(self, text: &str) -> bool {
        let literal = self.literal();
        match self.node().kind {
            NodeKind::String => {
                literal.len() == text.len() + 2 && literal.as_bytes().get(1..=text.len()) == Some(text.as_bytes())
            }
            NodeKind::Escaped => self.text().is_some_and(|own| own == text),
            _ => false,
        }
    }

    /// A truth value.
    pub fn truth(self) -> Option<bool> {
        match self.node().kind {
            NodeKind::True => Some(true),
            NodeKind::False => Some(false),
            _ => None,
        }
    }

    /// A whole number that is not negative.
    pub fn whole(self) -> Option<u64> {
        (self.node().kind == NodeKind::Number).then(|| self.literal().parse().ok()).flatten()
    }

    /// The number, or the numbers of an array of numbers alone, each with where it lies; nothing for another
    /// kind.
    pub fn numbers(self) -> impl Iterator<Item = (Range<usize>, &'d str)> {
        let is_numeric = matches!(self.node().kind, NodeKind::Number | NodeKind::Numbers);
        let literal = if is_numeric { self.literal() } else { "" };
        let is_part = |c: char| !matches!(c, '[' | ']' | ',' | ' ' | '\n' | '\r' | '\t');
        let (first, mut at) = (self.span().start, 0);
        std::iter::from_fn(move || {
            let start = at + literal.get(at..)?.find(is_part)?;
            let rest = literal.get(start..)?;
            let end = start + rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            at = end;
            Some((first + start..first + end, literal.get(start..end)?))
        })
    }

    /// A place in a list, as the surfaces write it in `index` fields: held at the largest that a lane knows.
    pub fn ordinal(self) -> Option<u16> {
        self.whole().map(|whole| u16::try_from(whole).unwrap_or(u16::MAX))
    }

    /// The members of an object in order, keys as values of their own; nothing for another kind.
    pub fn members(self) -> impl Iterator<Item = (Value<'d>, Value<'d>)> {
        let mut children = self.children(NodeKind::Object);
        std::iter::from_fn(move || Some((children.next()?, children.next()?)))
    }

    /// The items of an array in order; nothing for another kind.
    pub fn items(self) -> impl Iterator<Item = Value<'d>> {
        self.children(NodeKind::Array)
    }

    /// The member with this key: the last, should there be several.
    pub fn get(self, key: &str) -> Option<Value<'d>> {
        self.members().filter(|(name, _)| name.is_text(key)).last().map(|(_, value)| value)
    }

    /// The text of the member with this key.
    pub fn get_text(self, key: &str) -> Option<Cow<'d, str>> {
        self.get(key)?.text()
    }

    fn children(self, kind: NodeKind) -> impl Iterator<Item = Value<'d>> {
        let end = if self.node().kind == kind { self.node().next as usize } else { 0 };
        let mut index = self.index + 1;
        std::iter::from_fn(move || {
            let child = Value { index, ..self };
            (index < end).then(|| {
                index = child.node().next as usize;
                child
            })
        })
    }

    fn node(self) -> Node {
        // The scanner makes at least one node, and `children` stays within its container.
        self.nodes.get(self.index).copied().unwrap_or(Node { start: 0, end: 0, next: u32::MAX, kind: NodeKind::Null })
    }
}
