//! OpenAI `POST /v1/embeddings` and `POST /v1/moderations`: texts in, numbers out.

use crate::error::DecodeError;
use crate::json::{Kind, Value};
use crate::walk::Walk;

pub(super) fn read(root: Value<'_>, walk: &mut Walk) -> Result<(), DecodeError> {
    let is_there = root.get("input").is_some_and(|input| input.kind() != Kind::Null);
    if !is_there {
        return Err(DecodeError::Shape { field: "input", expected: "a text, a list of texts, or tokens" });
    }
    for (key, value) in root.members() {
        match key.text().as_deref() {
            Some("input") => walk.prompts(value),
            _ => walk.openai_option(key, value),
        }
    }
    Ok(())
}
