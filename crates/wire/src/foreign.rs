//! What an upstream says must be of the surface on which it was asked.
//!
//! Of a foreign answer every string would still be inspected, but each by itself: where another surface tells one text
//! in pieces, no rule would see it as a whole. So it is refused, as a caller's library would do after it was sent.

use redoubt_domain::Surface;

use crate::error::DecodeError;
use crate::json::{Kind, Value};
use crate::translate::MESSAGES_EVENTS;

/// The member without which a body is no answer of a surface.
pub(crate) const fn member(surface: Surface) -> &'static str {
    match surface {
        Surface::ChatCompletions | Surface::Completions => "choices",
        Surface::Responses => "output",
        Surface::Messages => "content",
        Surface::Embeddings => "data",
        Surface::Moderations => "results",
        Surface::CountTokens => "input_tokens",
    }
}

/// Refuses an answer of another surface. An error is one on all of them.
pub(crate) fn refuse_answer(surface: Surface, root: Value<'_>) -> Result<(), DecodeError> {
    let member = member(surface);
    if root.get(member).is_some() || tells_error(root) {
        return Ok(());
    }
    Err(DecodeError::Shape { field: member, expected: "in an answer of this surface" })
}

/// Refuses an event of another surface that says anything.
pub(crate) fn refuse_event(surface: Surface, root: Value<'_>) -> Result<(), DecodeError> {
    let kind = root.get_text("type");
    let kind = kind.as_deref().unwrap_or_default();
    let is_own = match surface {
        Surface::Messages => kind == "error" || MESSAGES_EVENTS.contains(&kind),
        Surface::Responses => kind == "error" || kind.starts_with("response."),
        _ => root.get(member(surface)).is_some_and(|choices| choices.kind() == Kind::Array),
    };
    if is_own || tells_error(root) {
        return Ok(());
    }
    Err(DecodeError::Shape { field: "event", expected: "one of this surface" })
}

fn tells_error(root: Value<'_>) -> bool {
    root.get("error").is_some_and(|error| !error.is_null())
}
