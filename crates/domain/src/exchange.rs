//! What travels: a body as it came, and every string and long number in it that a model or a person could read.
//!
//! A body is never rebuilt from parts. The decoder notes where each string literal lies; an edit replaces
//! the text of a segment, and the encoder splices the new literals into the old bytes. So whatever no rule
//! touched leaves exactly as it came, unknown fields included, and a string the decoder does not know is
//! still a segment, and still inspected.

use std::ops::Range;

use bytes::Bytes;

use crate::ids::ModelName;

/// An endpoint that callers know, with its own shape of request and answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Surface {
    /// OpenAI `POST /v1/chat/completions`.
    ChatCompletions,
    /// OpenAI `POST /v1/completions`.
    Completions,
    /// OpenAI `POST /v1/responses`.
    Responses,
    /// OpenAI `POST /v1/embeddings`.
    Embeddings,
    /// OpenAI `POST /v1/moderations`.
    Moderations,
    /// Anthropic `POST /v1/messages`.
    Messages,
    /// Anthropic `POST /v1/messages/count_tokens`.
    CountTokens,
}

impl Surface {
    /// Every surface.
    pub const ALL: [Self; 7] = [
        Self::ChatCompletions,
        Self::Completions,
        Self::Responses,
        Self::Embeddings,
        Self::Moderations,
        Self::Messages,
        Self::CountTokens,
    ];

    /// The path under which the surface is served.
    pub const fn path(self) -> &'static str {
        match self {
            Self::ChatCompletions => "/v1/chat/completions",
            Self::Completions => "/v1/completions",
            Self::Responses => "/v1/responses",
            Self::Embeddings => "/v1/embeddings",
            Self::Moderations => "/v1/moderations",
            Self::Messages => "/v1/messages",
            Self::CountTokens => "/v1/messages/count_tokens",
        }
    }

    /// The name used in configuration, records and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ChatCompletions => "chat",
            Self::Completions => "completions",
            Self::Responses => "responses",
            Self::Embeddings => "embeddings",
            Self::Moderations => "moderations",
            Self::Messages => "messages",
            Self::CountTokens => "count_tokens",
        }
    }

    /// The surface with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|surface| surface.name() == name)
    }
}

/// Which way a text travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// Towards the model.
    Input,
    /// From the model.
    Output,
}

/// Who speaks. How far a text is believed depends on it: an instruction from a user is a request, the same
/// instruction in a retrieved document is an attack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// The operator's system prompt.
    System,
    /// The application's developer message and tool definitions.
    Developer,
    /// The person or program that asks.
    User,
    /// The model, in this answer or an earlier turn.
    Assistant,
    /// What a tool returned.
    Tool,
    /// A document fetched for the model to read.
    Retrieved,
}

impl Origin {
    /// Every origin.
    pub const ALL: [Self; 6] =
        [Self::System, Self::Developer, Self::User, Self::Assistant, Self::Tool, Self::Retrieved];

    /// The name used in configuration, records and `redoubt scan`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Developer => "developer",
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::Tool => "tool",
            Self::Retrieved => "retrieved",
        }
    }

    /// The origin with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| origin.name() == name)
    }
}

/// What a string is for, which decides whether it may be rewritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SegmentKind {
    /// Words of a message or an answer.
    Content,
    /// A model's reasoning or thinking.
    Reasoning,
    /// A model's refusal.
    Refusal,
    /// Arguments of a tool call.
    ToolArguments,
    /// A string in the definition of a tool or of a response schema: names, descriptions, enumerations.
    ToolSchema,
    /// The key of an object in a part of the body that a model reads. Cannot be rewritten.
    Key,
    /// A name or id that ties parts of the body together. Cannot be rewritten.
    Identifier,
    /// The text of an attached file, decoded from base64 or a `data:` URL.
    Attachment,
    /// A string in a field the decoder does not know: inspected all the same.
    Other,
}

impl SegmentKind {
    /// Whether an edit keeps the body meaningful. A finding that must be rewritten elsewhere blocks.
    pub const fn is_editable(self) -> bool {
        !matches!(self, Self::Key | Self::Identifier)
    }
}

/// How a segment's text is written inside its literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// The text is the string.
    Plain,
    /// The string is itself a JSON document, as in a tool call's arguments: what is put into it must be
    /// escaped once more.
    Json,
    /// The string is base64 of the text.
    Base64,
    /// The string is a `data:` URL with base64 of the text.
    DataUrl,
    /// No string but a whole number; the text is its digits, without a sign and with any exponent worked out.
    /// An edit puts a JSON string in the place of the literal.
    Number,
}

/// How a segment of an answer relates to what came before it in its lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SegmentMode {
    /// Complete in itself.
    Whole,
    /// The next piece of its lane.
    Delta,
    /// The whole of its lane once more, as in the `done` events of `/v1/responses`.
    Snapshot,
}

/// One run of text in a request or an answer, told apart from its neighbours: the words of a message or a
/// choice, its reasoning, the arguments of one tool call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lane {
    /// Which message of a request, or which choice of an answer.
    pub turn: u16,
    /// Which part, block or tool call within it.
    pub part: u16,
    /// What the text is for.
    pub kind: SegmentKind,
}

/// One string of a body, or one number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Who speaks.
    pub origin: Origin,
    /// Where it belongs.
    pub lane: Lane,
    /// How it is written in the body.
    pub encoding: Encoding,
    /// How it relates to its lane.
    pub mode: SegmentMode,
    /// The text, unescaped and decoded.
    text: String,
    /// Where its literal lies in the body, a string's quotes included, in bytes.
    span: Range<usize>,
    /// A value that repeats the text in another form (log probabilities): becomes `null` when the text
    /// changes, in bytes of the body.
    companion: Option<Range<usize>>,
    edited: bool,
}

impl Segment {
    /// A segment whose literal lies at `span` of the body, quotes included.
    pub fn new(origin: Origin, lane: Lane, encoding: Encoding, text: String, span: Range<usize>) -> Self {
        Self { origin, lane, encoding, mode: SegmentMode::Whole, text, span, companion: None, edited: false }
    }

    /// The same segment with another mode.
    #[must_use]
    pub fn with_mode(mut self, mode: SegmentMode) -> Self {
        self.mode = mode;
        self
    }

    /// The same segment with the value at `companion` tied to it.
    #[must_use]
    pub fn with_companion(mut self, companion: Range<usize>) -> Self {
        self.companion = Some(companion);
        self
    }

    /// What the text is for.
    pub fn kind(&self) -> SegmentKind {
        self.lane.kind
    }

    /// The text, unescaped and decoded.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where the literal lies in the body, quotes included.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// Where the value lies that must go when the text changes.
    pub fn companion(&self) -> Option<Range<usize>> {
        self.companion.clone()
    }

    /// Whether the text is no longer what the body says.
    pub fn is_edited(&self) -> bool {
        self.edited
    }

    /// Replaces the text; the encoder will splice it in. Does nothing when the text is the same.
    pub fn edit(&mut self, text: String) {
        if text != self.text {
            self.text = text;
            self.edited = true;
        }
    }
}

/// Tokens counted by an upstream, or estimated where it did not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tokens of the request.
    pub input_tokens: u64,
    /// Tokens of the answer.
    pub output_tokens: u64,
}

/// What a request asks of an upstream, as far as limits and rules need to know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Demand {
    /// Whether the answer is to be streamed.
    pub stream: bool,
    /// The caller's bound on tokens in each answer.
    pub output_tokens_max: Option<u32>,
    /// How many answers are asked for (`n`), at least one.
    pub choices: u16,
    /// The person behind the key, as the caller names it (`user`, `safety_identifier`, `metadata.user_id`).
    pub user: Option<String>,
    /// The JSON Schema that the answer was asked to follow, as JSON text.
    pub output_schema: Option<String>,
}

/// A request or a complete answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange {
    /// The endpoint whose shape the body has.
    pub surface: Surface,
    /// Which way it travels.
    pub direction: Direction,
    /// The model as the body names it.
    pub model: ModelName,
    /// What a request asks for; default for an answer.
    pub demand: Demand,
    /// Tokens, if an answer tells.
    pub usage: Option<Usage>,
    /// Every string worth reading, in the order of the body.
    pub segments: Vec<Segment>,
    /// What no rule can read, such as `image/png`: said in the record rather than passed in silence.
    pub opaque: Vec<String>,
    /// The body as it came.
    body: Bytes,
    /// Where the literal of the model's name lies, quotes included.
    model_span: Option<Range<usize>>,
}

impl Exchange {
    /// An exchange over `body`. Spans of the segments and `model_span` must lie within it.
    pub fn new(surface: Surface, direction: Direction, model: ModelName, body: Bytes) -> Self {
        Self {
            surface,
            direction,
            model,
            demand: Demand { choices: 1, ..Demand::default() },
            usage: None,
            segments: Vec::new(),
            opaque: Vec::new(),
            body,
            model_span: None,
        }
    }

    /// The same exchange, knowing where the model's name is written.
    #[must_use]
    pub fn with_model_span(mut self, span: Range<usize>) -> Self {
        self.model_span = Some(span);
        self
    }

    /// The body as it came, before any edit: for digests and for the encoder, not for sending.
    pub fn body_as_received(&self) -> &Bytes {
        &self.body
    }

    /// Where the literal of the model's name lies, quotes included.
    pub fn model_span(&self) -> Option<Range<usize>> {
        self.model_span.clone()
    }
}

/// Which lanes end with a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closes {
    /// None: more may follow in each.
    Nothing,
    /// This lane.
    Lane(Lane),
    /// Every lane of this choice.
    Turn(u16),
    /// Every lane: the answer is over.
    All,
}

/// One event of a streamed answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// The name of the server-sent event, where the surface uses names.
    pub event: Option<String>,
    /// Every string worth reading, in the order of the body.
    pub segments: Vec<Segment>,
    /// Which lanes end here. Text still held back must leave before or within this frame.
    pub closes: Closes,
    /// Tokens, if the frame tells.
    pub usage: Option<Usage>,
    /// Whether the frame says nothing but its deltas, so that it may be dropped when they are empty and
    /// repeated to carry held text.
    pub is_bare: bool,
    /// What no rule can read, such as `image/png`: said in the record rather than passed in silence.
    pub opaque: Vec<String>,
    /// The event's data: JSON, or `[DONE]`.
    body: Bytes,
}

impl Frame {
    /// A frame over `body`, the event's data.
    pub fn new(event: Option<String>, body: Bytes) -> Self {
        Self {
            event,
            segments: Vec::new(),
            closes: Closes::Nothing,
            usage: None,
            is_bare: false,
            opaque: Vec::new(),
            body,
        }
    }

    /// The data as it came, before any edit: for the encoder, not for sending.
    pub fn body_as_received(&self) -> &Bytes {
        &self.body
    }
}
