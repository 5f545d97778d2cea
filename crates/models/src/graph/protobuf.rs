//! Protocol buffers on the wire (<https://protobuf.dev/programming-guides/encoding/>), field by field.

use crate::kind::Kind;
use crate::source::{Cursor, ReadError, Source};

/// Fields of one level that are looked at before a kind is decided.
const LOOKED_AT: usize = 64;

/// A field: its number and where its content lies. Numbers are given as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    /// Wire type 0.
    Varint(u64),
    /// Wire types 1 and 5.
    Fixed,
    /// Wire type 2: where, and how many bytes.
    Bytes(u64, u64),
}

/// The fields of a message.
pub(crate) struct Message<'s> {
    cursor: Cursor<'s>,
    end: u64,
}

impl<'s> Message<'s> {
    /// The message that takes `length` bytes from `at` on.
    pub(crate) fn new(source: &'s dyn Source, at: u64, length: u64) -> Self {
        let end = at.saturating_add(length).min(source.length());
        Self { cursor: Cursor::new(source, at), end }
    }

    pub(crate) fn whole(source: &'s dyn Source) -> Self {
        Self::new(source, 0, source.length())
    }

    pub(crate) fn source(&self) -> &'s dyn Source {
        self.cursor.source()
    }

    fn cut(&self) -> ReadError {
        ReadError::End { at: self.cursor.at(), length: self.end }
    }

    fn varint(&mut self) -> Result<u64, ReadError> {
        let mut number = 0_u64;
        for shift in (0..70).step_by(7) {
            let byte = self.cursor.byte()?;
            number |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(self.cut())
    }

    /// The next field, nothing at the end of the message.
    pub(crate) fn next(&mut self) -> Result<Option<(u64, Field)>, ReadError> {
        if self.cursor.at() >= self.end {
            return Ok(None);
        }
        let tag = self.varint()?;
        let number = tag >> 3;
        let field = match tag & 7 {
            _ if number == 0 => return Err(self.cut()),
            0 => Field::Varint(self.varint()?),
            1 => {
                self.cursor.skip(8)?;
                Field::Fixed
            }
            2 => {
                let length = self.varint()?;
                let at = self.cursor.at();
                if at.checked_add(length).is_none_or(|end| end > self.end) {
                    return Err(self.cut());
                }
                self.cursor.skip(length)?;
                Field::Bytes(at, length)
            }
            5 => {
                self.cursor.skip(4)?;
                Field::Fixed
            }
            // Groups, which no format here uses.
            _ => return Err(self.cut()),
        };
        if self.cursor.at() > self.end {
            return Err(self.cut());
        }
        Ok(Some((number, field)))
    }

    /// A text field.
    pub(crate) fn text(&self, at: u64, length: u64) -> Result<String, ReadError> {
        const MAX: u64 = 4_096;
        let bytes = Cursor::new(self.source(), at).take(length.min(MAX))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// Which of the formats that are protocol buffers this is; nothing in them says so but their fields.
pub(crate) fn kind(source: &dyn Source, head: &[u8]) -> Kind {
    match head {
        // A version first: ONNX's `ir_version`, SavedModel's `saved_model_schema_version`.
        [0x08, 1..=63, ..] => model(source),
        // Entries of a list first.
        [0x0a, ..] => list(source, head),
        _ => Kind::Unknown,
    }
}

fn model(source: &dyn Source) -> Kind {
    let mut message = Message::whole(source);
    let (mut has_graphs, mut others) = (false, false);
    for _ in 0..LOOKED_AT {
        match message.next() {
            Ok(Some((7 | 8, Field::Bytes(..)))) => return Kind::Onnx,
            Ok(Some((2, Field::Bytes(..)))) => has_graphs = true,
            Ok(Some((1, Field::Varint(_)))) => {}
            Ok(Some((3..=25, _))) => others = true,
            Ok(None) => break,
            Ok(Some(_)) => return Kind::Unknown,
            // Cut off in the graph: it says so when it is read.
            Err(_) if has_graphs || others => return Kind::Onnx,
            Err(_) => return Kind::Unknown,
        }
    }
    match (has_graphs, others) {
        (true, false) => Kind::SavedModel,
        (_, true) => Kind::Onnx,
        _ => Kind::Unknown,
    }
}

fn list(source: &dyn Source, head: &[u8]) -> Kind {
    if memchr::memmem::find(head, b"\"class_name\"").is_some() {
        return Kind::KerasMetadata;
    }
    let mut message = Message::whole(source);
    let Ok(Some((1, Field::Bytes(at, length)))) = message.next() else { return Kind::Unknown };
    let mut entry = Message::new(source, at, length);
    if !matches!(entry.next(), Ok(Some((1, Field::Bytes(..))))) {
        return Kind::Unknown;
    }
    match entry.next() {
        // A node: name and operation.
        Ok(Some((2, Field::Bytes(..)))) => Kind::FrozenGraph,
        // A piece of a vocabulary: its letters, its score.
        Ok(Some((2, Field::Fixed))) => {
            // Nothing but its own fields to the end, or it is something else.
            while let Ok(next) = message.next() {
                match next {
                    Some((1..=5, Field::Bytes(..))) => {}
                    Some(_) => return Kind::Unknown,
                    None => return Kind::SentencePiece,
                }
            }
            Kind::Unknown
        }
        _ => Kind::Unknown,
    }
}
