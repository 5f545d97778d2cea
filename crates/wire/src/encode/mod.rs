//! Back to bytes: what was edited is spliced in, the rest leaves as it came.

mod splice;
mod usage;

use bytes::{BufMut, Bytes, BytesMut};
use redoubt_domain::{Exchange, Frame, ModelName, Surface};

use crate::translate::{self, TranslateError};
pub(crate) use splice::Splice;
pub use usage::asks_usage;

/// What an upstream is to be asked.
#[derive(Clone, Copy, Debug)]
pub struct Outbound<'a> {
    /// The surface the upstream is spoken to in.
    pub spoken: Surface,
    /// The model as the upstream names it.
    pub model: &'a ModelName,
    /// Whether a stream is to tell its usage, asked for or not. What the caller did not ask for must then be
    /// kept from it: see [`crate::StreamDecoder::hiding_usage`].
    pub ask_usage: bool,
    /// The bound on tokens where the surface insists on one and the caller gave none.
    pub output_tokens_default: u32,
}

/// The request as the upstream is to get it.
pub fn encode_request(exchange: &Exchange, outbound: &Outbound<'_>) -> Result<Bytes, TranslateError> {
    let body = exchange.body_as_received();
    let mut splice = Splice::of(&exchange.segments, body);
    if outbound.spoken != exchange.surface {
        return translated(exchange, outbound, &splice.apply());
    }
    if let Some(span) = exchange.model_span() {
        splice.name(span, outbound.model);
    }
    if outbound.ask_usage && exchange.demand.stream && usage::is_told_on_request(exchange.surface) {
        usage::ask(body, &mut splice);
    }
    Ok(splice.apply())
}

fn translated(exchange: &Exchange, outbound: &Outbound<'_>, body: &[u8]) -> Result<Bytes, TranslateError> {
    let body = serde_json::from_slice(body)
        .map_err(|_| TranslateError::Shape { field: "body".to_owned(), expected: "JSON of moderate depth" })?;
    let mut body = translate::request(exchange.surface, outbound.spoken, body, outbound.output_tokens_default)?;
    if let Some(members) = body.as_object_mut() {
        members.insert("model".to_owned(), outbound.model.as_str().into());
        if outbound.ask_usage && exchange.demand.stream && usage::is_told_on_request(outbound.spoken) {
            members.insert("stream_options".to_owned(), serde_json::json!({ "include_usage": true }));
        }
    }
    Ok(Bytes::from(body.to_string()))
}

/// A whole answer, under the name by which the model was asked for.
pub(crate) fn answer(answer: &Exchange) -> Bytes {
    let mut splice = Splice::of(&answer.segments, answer.body_as_received());
    if let Some(span) = answer.model_span() {
        splice.name(span, &answer.model);
    }
    splice.apply()
}

/// Appends a frame as a server-sent event. A frame without data, which only told the gateway something, is
/// encoded as nothing.
pub fn encode_frame(frame: &Frame, out: &mut BytesMut) {
    let body = frame.body_as_received();
    if body.is_empty() {
        return;
    }
    write_event(frame.event.as_deref(), &Splice::of(&frame.segments, body).apply(), out);
}

/// Appends one server-sent event.
pub(crate) fn write_event(event: Option<&str>, data: &[u8], out: &mut BytesMut) {
    out.reserve(data.len() + event.map_or(0, str::len) + 16);
    if let Some(event) = event {
        out.put_slice(b"event: ");
        out.put_slice(event.as_bytes());
        out.put_slice(b"\n");
    }
    for line in data.split(|&byte| byte == b'\n') {
        out.put_slice(b"data: ");
        out.put_slice(line);
        out.put_slice(b"\n");
    }
    out.put_slice(b"\n");
}
