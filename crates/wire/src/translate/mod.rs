//! From one surface's shape to another's, on JSON values.
//!
//! A request becomes a chat completions request and from there the other surface's; an answer and each event
//! of a stream become the types of [`pivot`] and from there the other surface's. So each surface knows chat
//! completions and itself, and no other.
//!
//! What cannot be said on the other surface is an error that names the field; nothing is dropped but what the
//! surface's file lists as a hint. Every text of a request is carried, with these exceptions: reasoning whose
//! vendor's signature is missing, which Anthropic and responses do not accept; a prediction, which only speeds
//! the answer; and the name of a response's schema, where there is no place for one.

mod chat;
mod completions;
mod envelope;
mod fields;
mod messages;
mod pivot;
mod responses;

use redoubt_domain::Surface;
use serde_json::Value;

pub use envelope::error;
use fields::Result;
pub(crate) use messages::EVENTS as MESSAGES_EVENTS;
use pivot::{Event, Piece};

/// Why something cannot be said on another surface.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TranslateError {
    /// No translation exists between the two surfaces.
    #[error("`{from}` cannot be translated to `{to}`")]
    Pair {
        /// The surface translated from.
        from: &'static str,
        /// The surface translated to.
        to: &'static str,
    },
    /// A field has no counterpart, and dropping it would change the meaning.
    #[error("`{field}` cannot be carried over to `{to}`: {reason}")]
    Unsupported {
        /// Where in the body, such as `messages[0].content[1].type`.
        field: String,
        /// The surface translated to.
        to: &'static str,
        /// Why not, or what to do instead.
        reason: &'static str,
    },
    /// A field is missing, or is not what its surface says it is.
    #[error("`{field}` must be {expected}")]
    Shape {
        /// Where in the body or event.
        field: String,
        /// What it must be.
        expected: &'static str,
    },
    /// An event of a stream came where it cannot.
    #[error("the stream is out of order: {problem}")]
    Order {
        /// What came when.
        problem: &'static str,
    },
}

impl TranslateError {
    fn shape(field: String, expected: &'static str) -> Self {
        Self::Shape { field, expected }
    }

    fn order(problem: &'static str) -> Self {
        Self::Order { problem }
    }

    fn pair(from: Surface, to: Surface) -> Self {
        Self::Pair { from: from.name(), to: to.name() }
    }

    /// More than one choice came for a surface that has no place for them.
    fn choices(to: Surface) -> Self {
        Self::Unsupported { field: "choices".to_owned(), to: to.name(), reason: "it has room for one choice" }
    }
}

/// Whether bodies can be translated from one surface to the other at all.
pub fn is_possible(from: Surface, to: Surface) -> bool {
    from == to || (speaks(from) && speaks(to))
}

/// Surfaces on which a model answers with words. The others ask for something else: vectors, verdicts, a
/// count.
fn speaks(surface: Surface) -> bool {
    match surface {
        Surface::ChatCompletions | Surface::Completions | Surface::Responses | Surface::Messages => true,
        Surface::Embeddings | Surface::Moderations | Surface::CountTokens => false,
    }
}

/// A request to `from`, as one to `to`. `default_max_tokens` stands in where `to` insists on a bound and the
/// caller gave none.
pub fn request(from: Surface, to: Surface, body: Value, default_max_tokens: u32) -> Result<Value> {
    if from == to {
        return Ok(body);
    }
    if !is_possible(from, to) {
        return Err(TranslateError::pair(from, to));
    }
    let chat = match from {
        Surface::Messages => messages::request_to_chat(body)?,
        Surface::Responses => responses::request_to_chat(body)?,
        Surface::Completions => completions::request_to_chat(body)?,
        _ => body,
    };
    match to {
        Surface::Messages => messages::request_from_chat(chat, default_max_tokens),
        Surface::Responses => responses::request_from_chat(chat),
        Surface::Completions => completions::request_from_chat(chat),
        _ => Ok(chat),
    }
}

/// A complete answer of an upstream that speaks `from`, for a caller that asked `to`.
pub fn answer(from: Surface, to: Surface, body: Value) -> Result<Value> {
    if from == to {
        return Ok(body);
    }
    let answer = match from {
        Surface::ChatCompletions => chat::read_answer(body)?,
        Surface::Messages => messages::read_answer(body)?,
        Surface::Responses => responses::read_answer(body)?,
        Surface::Completions => completions::read_answer(body)?,
        _ => return Err(TranslateError::pair(from, to)),
    };
    match to {
        Surface::ChatCompletions => Ok(chat::write_answer(answer)),
        Surface::Messages => messages::write_answer(answer),
        Surface::Responses => responses::write_answer(answer),
        Surface::Completions => completions::write_answer(answer),
        _ => Err(TranslateError::pair(from, to)),
    }
}

/// Translates a stream event by event.
///
/// [`push`](Self::push) takes the data of each server-sent event but the last, `[DONE]`, for which there is
/// [`done`](Self::done); on messages and responses, `done` comes after the last event was pushed. A chat
/// stream that comes out always tells usage in a last chunk without choices, as OpenAI's does when asked to;
/// the `[DONE]` that follows is the caller's to write.
#[derive(Debug)]
pub struct StreamTranslator(Route);

#[derive(Debug)]
enum Route {
    Unchanged,
    Impossible { from: Surface, to: Surface },
    Through(Box<Through>),
}

#[derive(Debug)]
struct Through {
    reader: Reader,
    writer: Writer,
    is_over: bool,
}

#[derive(Debug)]
enum Reader {
    Chat(chat::ChunkReader),
    Messages(messages::EventReader),
    Responses(responses::EventReader),
    Completions(completions::ChunkReader),
}

#[derive(Debug)]
enum Writer {
    Chat(chat::ChunkWriter),
    Messages(messages::EventWriter),
    Responses(responses::EventWriter),
    Completions(completions::ChunkWriter),
}

impl StreamTranslator {
    /// A translator for an upstream that speaks `from` and a caller that asked `to`.
    pub fn new(from: Surface, to: Surface) -> Self {
        if from == to {
            return Self(Route::Unchanged);
        }
        let reader = match from {
            Surface::ChatCompletions => Some(Reader::Chat(chat::ChunkReader::default())),
            Surface::Messages => Some(Reader::Messages(messages::EventReader::default())),
            Surface::Responses => Some(Reader::Responses(responses::EventReader::default())),
            Surface::Completions => Some(Reader::Completions(completions::ChunkReader::default())),
            Surface::Embeddings | Surface::Moderations | Surface::CountTokens => None,
        };
        let writer = match to {
            Surface::ChatCompletions => Some(Writer::Chat(chat::ChunkWriter::default())),
            Surface::Messages => Some(Writer::Messages(messages::EventWriter::default())),
            Surface::Responses => Some(Writer::Responses(responses::EventWriter::default())),
            Surface::Completions => Some(Writer::Completions(completions::ChunkWriter::default())),
            Surface::Embeddings | Surface::Moderations | Surface::CountTokens => None,
        };
        match (reader, writer) {
            (Some(reader), Some(writer)) => Self(Route::Through(Box::new(Through { reader, writer, is_over: false }))),
            _ => Self(Route::Impossible { from, to }),
        }
    }

    /// What the caller is to be sent for one event of the upstream: nothing, one event or several.
    pub fn push(&mut self, event: Option<&str>, data: Value) -> Result<Vec<(Option<String>, Value)>> {
        match &mut self.0 {
            Route::Unchanged => Ok(vec![(event.map(str::to_owned), data)]),
            Route::Impossible { from, to } => Err(TranslateError::pair(*from, *to)),
            Route::Through(through) if through.is_over => Err(TranslateError::order("an event came after the end")),
            Route::Through(through) => {
                let mut out = Vec::new();
                for piece in through.reader.read(data)? {
                    through.is_over |= matches!(piece, Piece::Failure(_));
                    through.writer.write(piece, &mut out)?;
                }
                Ok(out)
            }
        }
    }

    /// What the caller is still to be sent after the upstream's normal end. Nothing the second time.
    pub fn done(&mut self) -> Vec<(Option<String>, Value)> {
        let mut out = Vec::new();
        if let Route::Through(through) = &mut self.0 {
            through.is_over = true;
            through.writer.done(&mut out);
        }
        out
    }
}

impl Reader {
    fn read(&mut self, data: Value) -> Result<Vec<Piece>> {
        match self {
            Self::Chat(reader) => reader.read(data),
            Self::Messages(reader) => reader.read(data),
            Self::Responses(reader) => reader.read(data),
            Self::Completions(reader) => reader.read(data),
        }
    }
}

impl Writer {
    fn write(&mut self, piece: Piece, out: &mut Vec<Event>) -> Result<()> {
        match self {
            Self::Chat(writer) => {
                writer.write(piece, out);
                Ok(())
            }
            Self::Messages(writer) => writer.write(piece, out),
            Self::Responses(writer) => writer.write(piece, out),
            Self::Completions(writer) => writer.write(piece, out),
        }
    }

    fn done(&mut self, out: &mut Vec<Event>) {
        match self {
            Self::Chat(writer) => writer.done(out),
            Self::Messages(writer) => writer.done(out),
            Self::Responses(writer) => writer.done(out),
            Self::Completions(writer) => writer.done(out),
        }
    }
}

#[cfg(test)]
mod tests;
