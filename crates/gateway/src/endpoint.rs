//! What a path and a method ask for.

use http::Method;
use redoubt_domain::Surface;

/// What a path and a method ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// To use a model.
    Surface(Surface),
    /// The list of models.
    Models,
    /// One model.
    Model(String),
    /// There is such a path, but not by this method.
    WrongMethod,
    /// There is no such path.
    Unknown,
}

/// Reads a request line.
pub(crate) fn endpoint(method: &Method, path: &str) -> Endpoint {
    let path = path.strip_suffix('/').unwrap_or(path);
    if let Some(surface) = Surface::ALL.into_iter().find(|surface| surface.path() == path) {
        return if *method == Method::POST { Endpoint::Surface(surface) } else { Endpoint::WrongMethod };
    }
    let model = match path.strip_prefix("/v1/models") {
        Some("") => Endpoint::Models,
        Some(rest) => match rest.strip_prefix('/').and_then(decoded) {
            Some(name) => Endpoint::Model(name),
            None => return Endpoint::Unknown,
        },
        None => return Endpoint::Unknown,
    };
    if *method == Method::GET { model } else { Endpoint::WrongMethod }
}

/// Undoes percent-encoding; model names may hold `/` and `:`, which clients encode.
fn decoded(segment: &str) -> Option<String> {
    let mut bytes = segment.bytes();
    let mut out = Vec::with_capacity(segment.len());
    let digit = |bytes: &mut std::str::Bytes<'_>| char::from(bytes.next()?).to_digit(16);
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let (high, low) = (digit(&mut bytes)?, digit(&mut bytes)?);
        out.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_request_lines() {
        let chat = Endpoint::Surface(Surface::ChatCompletions);
        let cases = [
            (Method::POST, "/v1/chat/completions", chat.clone()),
            (Method::POST, "/v1/chat/completions/", chat),
            (Method::GET, "/v1/chat/completions", Endpoint::WrongMethod),
            (Method::POST, "/v1/messages/count_tokens", Endpoint::Surface(Surface::CountTokens)),
            (Method::GET, "/v1/models", Endpoint::Models),
            (Method::GET, "/v1/models/openai%2Fgpt-5", Endpoint::Model("openai/gpt-5".to_owned())),
            (Method::GET, "/v1/models/openai/gpt-5", Endpoint::Model("openai/gpt-5".to_owned())),
            (Method::GET, "/v1/models/%zz", Endpoint::Unknown),
            (Method::GET, "/v1/modelsx", Endpoint::Unknown),
            (Method::DELETE, "/v1/models", Endpoint::WrongMethod),
            (Method::GET, "/", Endpoint::Unknown),
            (Method::POST, "/v1/chat/../messages", Endpoint::Unknown),
        ];
        for (method, path, expected) in cases {
            assert_eq!(endpoint(&method, path), expected, "{method} {path}");
        }
    }
}
