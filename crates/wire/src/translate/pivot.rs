//! What an answer says, in the vocabulary of chat completions and in no surface's shape.
//!
//! Each surface has one reader into these types and one writer out of them, so a new surface costs two
//! functions and not one for every other surface.

use redoubt_domain::Surface;
use serde_json::{Map, Value};

use super::TranslateError;
use super::fields::{Fields, Result};

/// Which answer this is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Head {
    /// The upstream's id, with its prefix.
    pub(super) id: String,
    pub(super) model: String,
    /// Seconds since 1970; zero where the upstream does not say, because a translation has no clock.
    pub(super) created: u64,
}

impl Head {
    /// The upstream's id with the prefix of another surface.
    pub(super) fn id_as(&self, prefix: &str) -> String {
        format!("{prefix}{}", self.stem())
    }

    /// The upstream's id without its prefix.
    pub(super) fn stem(&self) -> &str {
        const PREFIXES: [&str; 4] = ["chatcmpl-", "msg_", "resp_", "cmpl-"];
        PREFIXES.iter().find_map(|prefix| self.id.strip_prefix(prefix)).unwrap_or(&self.id)
    }
}

/// A complete answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer {
    pub(super) head: Head,
    pub(super) choices: Vec<Choice>,
    pub(super) usage: Option<Tokens>,
}

impl Answer {
    /// The one choice that a surface without `n` can show.
    pub(super) fn only_choice(&mut self, to: Surface) -> Result<Choice> {
        match self.choices.pop() {
            Some(choice) if self.choices.is_empty() => Ok(choice),
            Some(_) => Err(TranslateError::choices(to)),
            None => Err(TranslateError::shape("choices".to_owned(), "a list with one choice")),
        }
    }
}

/// One of the answers asked for by `n`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Choice {
    pub(super) index: u64,
    pub(super) reasoning: String,
    /// The vendor's proof that the reasoning is its own, if there is one piece of reasoning.
    pub(super) signature: Option<String>,
    pub(super) text: String,
    pub(super) refusal: String,
    pub(super) calls: Vec<Call>,
    pub(super) finish: Finish,
    /// In the shape of chat completions.
    pub(super) logprobs: Option<Value>,
}

/// A tool that the model wants called.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Call {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) arguments: String,
}

/// Why an answer ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Finish {
    /// The model had said all.
    #[default]
    Stop,
    /// One of the caller's stop sequences was met.
    StopSequence(String),
    /// The bound on tokens was met.
    Length,
    /// The model waits for its tools.
    ToolCalls,
    /// The answer was refused or cut off by a filter.
    Filter,
}

/// Tokens, as chat completions counts them: cached ones are part of the prompt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tokens {
    pub(super) prompt: u64,
    pub(super) completion: u64,
    pub(super) cached: u64,
    pub(super) cache_write: u64,
    pub(super) reasoning: u64,
}

impl Tokens {
    /// Tokens neither read from a cache nor written to it.
    pub(super) fn uncached(self) -> u64 {
        self.prompt.saturating_sub(self.cached).saturating_sub(self.cache_write)
    }

    pub(super) fn total(self) -> u64 {
        self.prompt.saturating_add(self.completion)
    }
}

/// One step of a streamed answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    /// Comes first, once.
    Start(Head),
    Delta {
        choice: u64,
        delta: Delta,
    },
    Finish {
        choice: u64,
        finish: Finish,
    },
    /// The latest count, replacing any earlier one.
    Usage(Tokens),
    /// The upstream gave up: its error in OpenAI's envelope.
    Failure(Value),
}

/// What a step adds to a choice.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Delta {
    Text {
        text: String,
        logprobs: Option<Value>,
    },
    Reasoning(String),
    Signature(String),
    Refusal(String),
    /// Begins the call at `index` of the choice, or adds to its arguments.
    Call {
        index: u64,
        id: Option<String>,
        name: Option<String>,
        arguments: String,
    },
}

impl Piece {
    /// A delta of the only choice.
    pub(super) fn delta(delta: Delta) -> Self {
        Self::Delta { choice: 0, delta }
    }
}

/// What a stream sends: the name of the server-sent event, and its data.
pub(super) type Event = (Option<String>, Value);

/// An event whose name is its data's `type`, as on messages and responses.
pub(super) fn typed(data: Value) -> Event {
    (data.get("type").and_then(Value::as_str).map(str::to_owned), data)
}

/// The key under which arguments that are no JSON object travel where only an object may stand. The caller's
/// own check of the arguments then fails, as it would have on the raw text, and nothing is lost.
const UNPARSED: &str = "unparsed_arguments";

/// Arguments as an object, for surfaces that have no string for them.
pub(super) fn arguments_object(arguments: &str) -> Value {
    if arguments.trim().is_empty() {
        return Value::Object(Map::new());
    }
    match serde_json::from_str(arguments) {
        Ok(Value::Object(map)) => Value::Object(map),
        _ => Value::Object(Map::from_iter([(UNPARSED.to_owned(), Value::String(arguments.to_owned()))])),
    }
}

/// Arguments as the string of chat completions: the inverse of [`arguments_object`].
pub(super) fn arguments_text(input: &Value) -> String {
    match input.as_object().filter(|map| map.len() == 1).and_then(|map| map.get(UNPARSED)) {
        Some(Value::String(raw)) => raw.clone(),
        _ => input.to_string(),
    }
}

/// Content that is a string, or a list of parts that the caller reads.
pub(super) enum Content {
    Text(String),
    Parts(Vec<Fields>),
}

impl Content {
    /// Takes content out of a message. Absent is an empty text.
    pub(super) fn take(from: &mut Fields, key: &str) -> Result<Self> {
        match from.take(key) {
            None => Ok(Self::Text(String::new())),
            Some(Value::String(text)) => Ok(Self::Text(text)),
            Some(Value::Array(items)) => Ok(Self::Parts(from.parts(key, items)?)),
            Some(_) => Err(from.shape(key, "a string or a list of parts")),
        }
    }
}
