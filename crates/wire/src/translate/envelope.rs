//! Error envelopes: OpenAI's `{"error": {message, type, param, code}}` and Anthropic's
//! `{"type": "error", "error": {type, message}}`.

use redoubt_domain::Surface;
use serde_json::{Value, json};

/// What an Anthropic type is called by OpenAI: `(Anthropic type, OpenAI type, OpenAI code)`. Of several rows
/// that fit, the first counts; OpenAI's code says more than its type.
const KINDS: &[(&str, &str, Option<&str>)] = &[
    ("invalid_request_error", "invalid_request_error", None),
    ("authentication_error", "authentication_error", Some("invalid_api_key")),
    ("permission_error", "permission_error", Some("permission_denied")),
    ("not_found_error", "not_found_error", Some("not_found")),
    ("not_found_error", "not_found_error", Some("model_not_found")),
    ("request_too_large", "invalid_request_error", Some("request_too_large")),
    ("rate_limit_error", "rate_limit_error", Some("rate_limit_exceeded")),
    ("billing_error", "insufficient_quota", Some("insufficient_quota")),
    ("timeout_error", "timeout_error", Some("timeout")),
    ("api_error", "server_error", None),
    ("overloaded_error", "server_error", Some("overloaded")),
];

/// An upstream's error body in the envelope of the surface that was asked. A body in no known envelope keeps
/// its words if it has any.
pub fn error(from: Surface, to: Surface, body: Value) -> Value {
    if is_anthropic(from) == is_anthropic(to) && body.get("error").is_some_and(Value::is_object) {
        return body;
    }
    let message = message(&body);
    let named = |key: &str| body.pointer(&format!("/error/{key}")).cloned().unwrap_or(Value::Null);
    let (kind, code) = (named("type"), named("code"));
    if is_anthropic(to) {
        return json!({"type": "error", "error": {"type": anthropic_type(&kind, &code), "message": message}});
    }
    let (kind, code) = openai_type(&kind);
    json!({"error": {"message": message, "type": kind, "param": null, "code": code}})
}

fn is_anthropic(surface: Surface) -> bool {
    matches!(surface, Surface::Messages | Surface::CountTokens)
}

fn message(body: &Value) -> String {
    ["/error/message", "/message", "/error", "/detail"]
        .iter()
        .find_map(|place| body.pointer(place).and_then(Value::as_str))
        .or_else(|| body.as_str())
        .unwrap_or("the upstream answered with an error that has no message")
        .to_owned()
}

fn anthropic_type(kind: &Value, code: &Value) -> &'static str {
    let (kind, code) = (kind.as_str(), code.as_str());
    let by_code = KINDS.iter().find(|(_, _, known)| known.is_some() && *known == code);
    let by_kind = || KINDS.iter().find(|(anthropic, openai, _)| kind == Some(*openai) || kind == Some(*anthropic));
    by_code.or_else(by_kind).map_or("api_error", |(anthropic, ..)| *anthropic)
}

fn openai_type(kind: &Value) -> (&'static str, Option<&'static str>) {
    let row = KINDS.iter().find(|(anthropic, ..)| kind.as_str() == Some(*anthropic));
    row.map_or(("server_error", None), |(_, openai, code)| (*openai, *code))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(from: Surface, to: Surface, body: Value, expected: Value) {
        assert_eq!(error(from, to, body.clone()), expected, "{body}");
    }

    #[test]
    fn errors_change_their_envelope() {
        use Surface::{ChatCompletions as Chat, Messages, Responses};
        let anthropic = |kind: &str| json!({"type": "error", "error": {"type": kind, "message": "no"}});
        let openai = |kind: &str, code: Option<&str>| json!({"error": {"message": "no", "type": kind, "param": null, "code": code}});
        for (left, right, code) in KINDS.iter().filter(|(.., code)| *code != Some("model_not_found")) {
            check(Messages, Chat, anthropic(left), openai(right, *code));
        }
        for (left, right, code) in KINDS {
            check(Chat, Messages, openai(right, *code), anthropic(left));
        }
        check(Messages, Responses, anthropic("new_error"), openai("server_error", None));
        check(Chat, Messages, openai("new_error", None), anthropic("api_error"));
        check(
            Chat,
            Messages,
            openai("invalid_request_error", Some("content_filter")),
            anthropic("invalid_request_error"),
        );
        check(Chat, Responses, openai("x", None), openai("x", None));
        check(Messages, Messages, anthropic("x"), anthropic("x"));
        check(Chat, Messages, json!({"error": "no"}), anthropic("api_error"));
        check(Chat, Messages, json!({"detail": "no"}), anthropic("api_error"));
        check(Chat, Chat, json!("no"), openai("server_error", None));
    }
}
