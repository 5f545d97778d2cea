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
    WrongMethod {
        /// The one that is right.
        right: &'static str,
    },
    /// There is no such path.
    Unknown {
        /// The path that was probably meant.
        nearest: Option<&'static str>,
    },
}

/// Reads a request line.
pub(crate) fn endpoint(method: &Method, path: &str) -> Endpoint {
    let path = path.strip_suffix('/').unwrap_or(path);
    if let Some(surface) = Surface::ALL.into_iter().find(|surface| surface.path() == path) {
        return if *method == Method::POST {
            Endpoint::Surface(surface)
        } else {
            Endpoint::WrongMethod { right: "POST" }
        };
    }
    let model = match path.strip_prefix("/v1/models") {
        Some("") => Endpoint::Models,
        Some(rest) => match rest.strip_prefix('/').and_then(decoded) {
            Some(name) => Endpoint::Model(name),
            None => return Endpoint::Unknown { nearest: None },
        },
        None => return Endpoint::Unknown { nearest: nearest(path) },
    };
    if *method == Method::GET { model } else { Endpoint::WrongMethod { right: "GET" } }
}

/// Clients are often given a base address without its version, or with it twice.
fn nearest(path: &str) -> Option<&'static str> {
    let paths = || Surface::ALL.into_iter().map(Surface::path).chain(["/v1/models"]);
    paths().find(|known| known.strip_prefix("/v1") == Some(path) || path.strip_prefix("/v1") == Some(known))
}

/// In words for the caller.
pub(crate) fn no_such_path(method: &Method, path: &str, nearest: Option<&str>) -> String {
    match nearest {
        Some(nearest) => format!(
            "there is no `{path}` here, but `{nearest}`; the base address of OpenAI's clients ends in `/v1`, that of \
             Anthropic's does not"
        ),
        None => format!("there is no {method} `{path}` here; the paths are those of OpenAI and Anthropic, under `/v1`"),
    }
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
        let unknown = Endpoint::Unknown { nearest: None };
        let near = |nearest| Endpoint::Unknown { nearest: Some(nearest) };
        let cases = [
            (Method::POST, "/v1/chat/completions", chat.clone()),
            (Method::POST, "/v1/chat/completions/", chat),
            (Method::GET, "/v1/chat/completions", Endpoint::WrongMethod { right: "POST" }),
            (Method::POST, "/v1/messages/count_tokens", Endpoint::Surface(Surface::CountTokens)),
            (Method::GET, "/v1/models", Endpoint::Models),
            (Method::GET, "/v1/models/openai%2Fgpt-5", Endpoint::Model("openai/gpt-5".to_owned())),
            (Method::GET, "/v1/models/openai/gpt-5", Endpoint::Model("openai/gpt-5".to_owned())),
            (Method::GET, "/v1/models/%zz", unknown.clone()),
            (Method::GET, "/v1/modelsx", unknown.clone()),
            (Method::DELETE, "/v1/models", Endpoint::WrongMethod { right: "GET" }),
            (Method::GET, "/", unknown.clone()),
            (Method::POST, "/v1/chat/../messages", unknown),
            (Method::POST, "/chat/completions", near("/v1/chat/completions")),
            (Method::POST, "/v1/v1/messages", near("/v1/messages")),
            (Method::GET, "/models", near("/v1/models")),
        ];
        for (method, path, expected) in cases {
            assert_eq!(endpoint(&method, path), expected, "{method} {path}");
        }
    }
}
