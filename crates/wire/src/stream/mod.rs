//! Streamed answers: server-sent events of an upstream, as frames of the surface that was asked.

mod chunk;
mod end;
mod event;
mod item_event;
mod ledger;
mod named;
mod split;
mod sse;

use bytes::{Bytes, BytesMut};
use redoubt_domain::exchange::Closes;
use redoubt_domain::{Frame, Limits, ModelName, SegmentKind, Surface, Timestamp};
use serde_json::Value as Json;

use crate::answer::{date, is_error};
use crate::encode::{self, Splice, write_event};
use crate::error::DecodeError;
use crate::foreign;
use crate::json::{Document, Duplicates, Kind, Value, quote};
use crate::problem::Problem;
use crate::translate::{StreamTranslator, TranslateError, error as translate_error};
use crate::verdict::Verdict;
use crate::walk::{Shift, Walk};
use ledger::Ledger;
use named::{Named, Names};

const DONE: &[u8] = b"[DONE]";

/// Reads the server-sent events of an upstream and makes frames of the surface that was asked.
#[derive(Debug)]
pub struct StreamDecoder {
    asked: Surface,
    spoken: Surface,
    model: ModelName,
    created: Timestamp,
    limits: Limits,
    parser: sse::Parser,
    translator: Option<StreamTranslator>,
    hides_usage: bool,
    /// Names of tools that may go on.
    names: Names,
    /// What was read, to end the stream in its own name.
    read: Ledger,
    /// What was sent, once [`StreamDecoder::encode`] is used: the guard may keep frames back.
    sent: Option<Ledger>,
    /// A choice of the upstream finished. Some upstreams never say `[DONE]`.
    is_finished: bool,
    is_done: bool,
    /// The upstream said that it failed.
    has_failed: bool,
}

impl StreamDecoder {
    /// A decoder for an upstream that was spoken to in `spoken`, for a caller that asked `asked` for `model`. Where
    /// the upstream does not say when its answer was made, it is said to be of `created`.
    pub fn new(asked: Surface, spoken: Surface, model: &ModelName, created: Timestamp, limits: &Limits) -> Self {
        Self {
            asked,
            spoken,
            model: model.clone(),
            created,
            limits: limits.clone(),
            parser: sse::Parser::new(limits.frame_bytes_max),
            translator: (asked != spoken).then(|| StreamTranslator::new(spoken, asked)),
            hides_usage: false,
            names: Names::default(),
            read: Ledger::default(),
            sent: None,
            is_finished: false,
            is_done: false,
            has_failed: false,
        }
    }

    /// The same decoder, keeping from the caller the chunk of usage that it did not ask for: its frame still
    /// tells the usage, and is encoded as nothing.
    #[must_use]
    pub fn hiding_usage(self) -> Self {
        Self { hides_usage: true, ..self }
    }

    /// Reads what came, cut anywhere.
    pub fn push(&mut self, chunk: &[u8]) -> Result<Vec<Frame>, DecodeError> {
        let mut events = Vec::new();
        self.parser.push(chunk, &mut events)?;
        self.frames(events)
    }

    /// The upstream ended. An error if that was before its normal end.
    pub fn finish(&mut self) -> Result<Vec<Frame>, DecodeError> {
        let mut events = Vec::new();
        self.parser.finish(&mut events);
        // What is left of a cut event is no JSON.
        let mut frames = self.frames(events).map_err(|_| DecodeError::Truncated)?;
        if self.is_done {
            return Ok(frames);
        }
        self.flush_names(&mut frames)?;
        if !self.is_finished || !ends_with_done(self.spoken) {
            return Err(DecodeError::Truncated);
        }
        self.end(&mut frames)?;
        Ok(frames)
    }

    /// Whether the normal end was seen.
    pub fn is_done(&self) -> bool {
        self.is_done
    }

    /// Whether the upstream itself ended the answer with an error, which was read like any other event.
    pub fn has_failed(&self) -> bool {
        self.has_failed
    }

    /// Appends a frame as it is to be sent, and keeps account of what was: [`StreamDecoder::refuse`] then
    /// closes what is open at the caller rather than at the upstream, and the events of `/v1/responses` are
    /// numbered without gaps though frames were dropped or added.
    pub fn encode(&mut self, frame: &Frame, out: &mut BytesMut) {
        let sent = self.sent.get_or_insert_default();
        sent.note(self.asked, frame);
        let body = frame.body_as_received();
        if self.asked != Surface::Responses {
            return encode::encode_frame(frame, out);
        }
        let number = sent.next_number();
        let mut splice = Splice::of(&frame.segments, body);
        if let Ok(document) = Document::read(body, self.limits.json_depth_max, Duplicates::Keep)
            && let Some(old) = document.root().get("sequence_number")
            && old.literal() != number.to_string()
        {
            splice.put(old.span(), number.to_string().into_bytes());
        }
        write_event(frame.event.as_deref(), &splice.apply(), out);
    }

    /// Ends the stream in the surface's own way after a block, as if the model had been stopped by a content
    /// filter. Contains no text of the upstream. `already_sent` tells whether any frame was released; if not
    /// the answer is begun first.
    pub fn refuse(&mut self, already_sent: bool, redoubt: &Verdict<'_>) -> Bytes {
        self.is_done = true;
        end::refuse(self.asked, &self.model, self.ledger(), already_sent, redoubt)
    }

    /// Ends the stream with the surface's error event.
    pub fn fail(&mut self, problem: &Problem<'_>) -> Bytes {
        self.is_done = true;
        end::fail(self.asked, self.ledger(), problem)
    }

    /// What the caller has: what was sent if that is known, else what was read.
    fn ledger(&self) -> Ledger {
        let mut ledger = match &self.sent {
            Some(sent) => sent.clone().with_head(&self.read),
            None => self.read.clone(),
        };
        ledger.head.created.get_or_insert(self.created.seconds());
        ledger
    }

    fn frames(&mut self, events: Vec<sse::Event>) -> Result<Vec<Frame>, DecodeError> {
        let mut frames = Vec::with_capacity(events.len());
        for event in events {
            if self.is_done {
                // Nothing that follows the end belongs to the answer.
                break;
            }
            match event.data.as_ref() {
                DONE if ends_with_done(self.spoken) => self.end(&mut frames)?,
                DONE => {}
                _ if self.translator.is_some() => self.translated(&event, &mut frames)?,
                _ => self.read_event(event.name, event.data, &mut frames)?,
            }
        }
        Ok(frames)
    }

    fn translated(&mut self, event: &sse::Event, frames: &mut Vec<Frame>) -> Result<(), DecodeError> {
        Document::read(&event.data, self.limits.json_depth_max, Duplicates::Keep)?;
        let data: Json = serde_json::from_slice(&event.data)
            .map_err(|_| TranslateError::Shape { field: "event".to_owned(), expected: "JSON of moderate depth" })?;
        if is_error(&data) {
            let mut error = translate_error(self.spoken, self.asked, data);
            if self.asked == Surface::Responses {
                error = end::error_event(error.get_mut("error").map(Json::take).unwrap_or_default());
            }
            let name = (!ends_with_done(self.asked)).then(|| "error".to_owned());
            let frame = self.frame(name, Bytes::from(error.to_string()))?;
            frames.push(frame);
            self.is_done = true;
            return Ok(());
        }
        self.is_finished |= finishes(&data);
        let is_last = is_last(self.spoken, &data);
        let Some(translator) = &mut self.translator else { return Ok(()) };
        for (name, mut data) in translator.push(event.name.as_deref(), data)? {
            date(&mut data, self.created);
            self.read_event(name, Bytes::from(data.to_string()), frames)?;
        }
        if is_last { self.end(frames) } else { Ok(()) }
    }

    /// The upstream's normal end, where it is not itself an event of the asked surface.
    fn end(&mut self, frames: &mut Vec<Frame>) -> Result<(), DecodeError> {
        self.flush_names(frames)?;
        if let Some(translator) = &mut self.translator {
            for (name, mut data) in translator.done() {
                date(&mut data, self.created);
                let frame = self.frame(name, Bytes::from(data.to_string()))?;
                frames.push(frame);
            }
        }
        if ends_with_done(self.asked) {
            let mut frame = Frame::new(None, Bytes::from_static(DONE));
            frame.closes = Closes::All;
            frames.push(frame);
        }
        self.is_done = true;
        Ok(())
    }

    /// One event of the asked surface, once it is known to be whole.
    fn read_event(&mut self, name: Option<String>, data: Bytes, frames: &mut Vec<Frame>) -> Result<(), DecodeError> {
        if self.asked != Surface::ChatCompletions {
            return self.read_whole(name, data, frames);
        }
        match self.names.take(data)? {
            Named::Ready(events) => events.into_iter().try_for_each(|data| self.read_whole(None, data, frames)),
            Named::Waiting => Ok(()),
        }
    }

    fn flush_names(&mut self, frames: &mut Vec<Frame>) -> Result<(), DecodeError> {
        self.names.finish()?.map_or(Ok(()), |data| self.read_whole(None, data, frames))
    }

    /// One event: one frame, or several if it said several things.
    fn read_whole(&mut self, name: Option<String>, data: Bytes, frames: &mut Vec<Frame>) -> Result<(), DecodeError> {
        let frame = self.frame(name, data)?;
        let Some(pieces) = split::split(self.asked, &frame) else {
            frames.push(frame);
            return Ok(());
        };
        for (position, piece) in pieces.into_iter().enumerate() {
            let mut part = self.frame(None, piece)?;
            if position == 0 {
                // It tells what the whole told, though the role is no longer news.
                part.is_bare = false;
                part.usage = frame.usage;
            }
            frames.push(part);
        }
        Ok(())
    }

    /// One event as one frame.
    fn frame(&mut self, name: Option<String>, data: Bytes) -> Result<Frame, DecodeError> {
        let document = Document::read(&data, self.limits.json_depth_max, Duplicates::Keep)?;
        if document.root().kind() != Kind::Object {
            return Err(DecodeError::Shape { field: "event", expected: "an object" });
        }
        let (body, shift) = self.renamed(document.root(), &data);
        let mut walk = Walk::new(&self.limits).shifted(shift);
        let root = document.root();
        let read = match self.asked {
            Surface::ChatCompletions => chunk::chat(root, &mut walk, &mut self.read),
            Surface::Completions => chunk::completions(root, &mut walk, &mut self.read),
            Surface::Messages => event::read(root, &mut walk, &mut self.read),
            Surface::Responses => item_event::read(root, &mut walk, &mut self.read),
            surface @ (Surface::Embeddings | Surface::Moderations | Surface::CountTokens) => {
                return Err(DecodeError::Unsupported { surface: surface.name(), what: "stream" });
            }
        };
        let walk = walk.finish()?;
        if walk.segments.iter().any(|segment| segment.kind() != SegmentKind::Key) {
            foreign::refuse_event(self.asked, root)?;
        }
        // The name in the data is the one that was inspected; another beside it would mislead clients.
        let typed = root.get_text("type").filter(|_| !ends_with_done(self.asked));
        let name = typed.map(std::borrow::Cow::into_owned).or(name).filter(|name| is_name(name));
        let body = if self.hides_usage && read.is_usage_alone { Bytes::new() } else { body };
        let mut frame = Frame::new(name, body);
        frame.segments = walk.segments;
        frame.opaque = walk.opaque;
        frame.closes = read.closes;
        frame.usage = read.usage;
        frame.is_bare = read.may_be_bare && !walk.says_more;
        self.is_finished |= read.is_finished;
        self.is_done |= read.is_last;
        self.has_failed |= tells_failure(root);
        self.read.note(self.asked, &frame);
        Ok(frame)
    }

    /// The data with the model's name replaced by the one the caller knows.
    fn renamed(&self, root: Value<'_>, data: &Bytes) -> (Bytes, Option<Shift>) {
        let holder = match self.asked {
            Surface::Messages => root.get("message"),
            Surface::Responses => root.get("response"),
            _ => Some(root),
        };
        let Some(named) = holder.and_then(|holder| holder.get("model")).filter(|named| named.text().is_some()) else {
            return (data.clone(), None);
        };
        let mut literal = Vec::new();
        quote(self.model.as_str(), &mut literal);
        let span = named.span();
        if named.literal().as_bytes() == literal {
            return (data.clone(), None);
        }
        let shift = Shift { after: span.start, removed: span.len(), added: literal.len() };
        let mut splice = Splice::of(&[], data);
        splice.put(span, literal);
        (splice.apply(), Some(shift))
    }
}

/// What the reader of an event found besides its strings.
#[derive(Debug)]
struct Read {
    closes: Closes,
    usage: Option<redoubt_domain::Usage>,
    /// The event is of a kind that carries pieces of text.
    may_be_bare: bool,
    /// A choice finished.
    is_finished: bool,
    /// Nothing follows.
    is_last: bool,
    /// The chunk that OpenAI's older surfaces add when asked for usage.
    is_usage_alone: bool,
}

impl Read {
    fn closing(closes: Closes) -> Self {
        Self {
            closes,
            usage: None,
            may_be_bare: false,
            is_finished: false,
            is_last: closes == Closes::All,
            is_usage_alone: false,
        }
    }
}

/// Whether an event's name is one: nothing else goes out beside the data, which alone is inspected.
fn is_name(name: &str) -> bool {
    name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// Whether an event of any surface tells that the upstream failed.
fn tells_failure(event: Value<'_>) -> bool {
    let is_named = matches!(event.get_text("type").as_deref(), Some("error" | "response.failed"));
    is_named || event.get("error").is_some_and(|error| matches!(error.kind(), Kind::Object | Kind::String))
}

/// Whether the surface ends its streams with `[DONE]` rather than with an event.
fn ends_with_done(surface: Surface) -> bool {
    matches!(surface, Surface::ChatCompletions | Surface::Completions)
}

/// Whether a chunk of an older OpenAI surface finishes a choice.
fn finishes(data: &Json) -> bool {
    let choices = data.get("choices").and_then(Json::as_array);
    choices.is_some_and(|choices| choices.iter().any(|choice| choice.get("finish_reason").is_some_and(Json::is_string)))
}

/// Whether an event of a newer surface is its last.
fn is_last(spoken: Surface, data: &Json) -> bool {
    let kind = data.get("type").and_then(Json::as_str).unwrap_or_default();
    match spoken {
        Surface::Messages => kind == "message_stop",
        Surface::Responses => item_event::is_last(kind),
        _ => false,
    }
}
