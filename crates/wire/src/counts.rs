//! The answer of `/v1/messages/count_tokens`.

use bytes::Bytes;

/// `{"input_tokens":n}`.
pub fn encode_token_count(tokens: u64) -> Bytes {
    Bytes::from(format!("{{\"input_tokens\":{tokens}}}"))
}
