//! Between the bytes of OpenAI's and Anthropic's surfaces and the domain's vocabulary. Pure: bytes in, bytes
//! out.
//!
//! A body is read once by [`json`], which notes where each string lies. The decoders name those strings as
//! segments with an origin and a lane; the encoders splice edited segments back, so that whatever was not
//! edited leaves exactly as it came. Only where the upstream speaks another surface than the caller is a body
//! rebuilt, by [`translate`], and then decoded from what will be sent.
//!
//! The same walk serves whole answers and the events of a stream, so that no surface is read better one way
//! than the other. Its rule is that a string is a segment unless a closed list says it is structure, and even
//! then only while it looks like structure: see [`walk`].

mod answer;
mod attachment;
mod blocks;
mod content;
mod counts;
mod encode;
mod error;
mod foreign;
mod items;
pub mod json;
mod listing;
mod logprobs;
mod moderation;
mod place;
mod problem;
mod refusal;
mod request;
mod schema;
mod shape;
mod stream;
mod surface;
mod tokens;
pub mod translate;
mod verdict;
mod walk;

pub use answer::{decode_answer, encode_answer, is_error_alone};
pub use counts::encode_token_count;
pub use encode::{Outbound, asks_usage, encode_frame, encode_request};
pub use error::DecodeError;
pub use listing::{ModelCard, encode_models};
pub use moderation::{CATEGORIES, encode_moderation};
pub use problem::{Problem, ProblemKind, encode_problem};
pub use refusal::{refusal_answer, refusal_stream};
pub use request::decode_request;
pub use stream::StreamDecoder;
pub use surface::spoken_surface;
pub use tokens::estimate_tokens;
pub use translate::TranslateError;
pub use verdict::Verdict;
