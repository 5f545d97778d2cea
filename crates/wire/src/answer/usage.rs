//! Tokens as the surfaces report them.

use redoubt_domain::Usage;

use crate::json::{Kind, Value};

/// Reads a `usage` object of any surface. Anthropic counts cached tokens beside `input_tokens`, OpenAI within
/// `prompt_tokens`.
pub(crate) fn usage(value: Value<'_>) -> Option<Usage> {
    if value.kind() != Kind::Object {
        return None;
    }
    let count = |field| value.get(field).and_then(Value::whole);
    let cached = ["cache_creation_input_tokens", "cache_read_input_tokens"].into_iter().filter_map(count);
    let input_tokens =
        count("prompt_tokens").or_else(|| count("input_tokens").map(|fresh| cached.fold(fresh, u64::saturating_add)));
    let output_tokens = count("completion_tokens").or_else(|| count("output_tokens"));
    (input_tokens.is_some() || output_tokens.is_some()).then(|| Usage {
        input_tokens: input_tokens.unwrap_or_default(),
        output_tokens: output_tokens.unwrap_or_default(),
    })
}
