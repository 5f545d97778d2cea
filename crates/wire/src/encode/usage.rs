//! Asking a stream to tell its usage, which OpenAI's two older surfaces do only on request.

use bytes::Bytes;
use redoubt_domain::{Exchange, Surface};

use super::Splice;
use crate::json::{Document, Duplicates, Kind};

/// The body was read before with the caller's limit; it is no deeper now.
const DEPTH_MAX: usize = usize::MAX;

/// Whether the surface tells the usage of a stream only when asked by `stream_options`.
pub(super) fn is_told_on_request(surface: Surface) -> bool {
    matches!(surface, Surface::ChatCompletions | Surface::Completions)
}

/// Whether the caller is to see the usage of its answer: it asked for it, or the surface always tells.
pub fn asks_usage(exchange: &Exchange) -> bool {
    if !exchange.demand.stream || !is_told_on_request(exchange.surface) {
        return true;
    }
    let Ok(document) = Document::read(exchange.body_as_received(), DEPTH_MAX, Duplicates::Keep) else { return false };
    let asked = document.root().get("stream_options").and_then(|options| options.get("include_usage"));
    asked.and_then(|asked| asked.truth()) == Some(true)
}

/// Sets `stream_options.include_usage` without disturbing the other bytes.
pub(super) fn ask(body: &Bytes, splice: &mut Splice<'_>) {
    let Ok(document) = Document::read(body, DEPTH_MAX, Duplicates::Keep) else { return };
    let root = document.root();
    let Some(options) = root.get("stream_options") else {
        let inside = root.span().start + 1;
        return splice.put(inside..inside, br#""stream_options":{"include_usage":true},"#.to_vec());
    };
    if options.kind() != Kind::Object {
        return splice.put(options.span(), br#"{"include_usage":true}"#.to_vec());
    }
    match options.get("include_usage") {
        Some(asked) if asked.truth() == Some(true) => {}
        Some(asked) => splice.put(asked.span(), b"true".to_vec()),
        None => {
            let inside = options.span().start + 1;
            let comma: &[u8] = if options.members().next().is_some() { b"," } else { b"" };
            splice.put(inside..inside, [br#""include_usage":true"#, comma].concat());
        }
    }
}
