//! Values of no known form that are given to the name of a secret.

use super::super::entropy::{is_documented_example, is_placeholder, is_wordy, shannon};
use super::assignment::Value;

/// What the name promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Promise {
    /// Something a person chose.
    Password,
    /// Something a machine made.
    Key,
}

/// Names of secrets, in lower case.
pub(super) static NAMES: &[(&str, Promise)] = &[
    ("password", Promise::Password),
    ("passwd", Promise::Password),
    ("passphrase", Promise::Password),
    ("passcode", Promise::Password),
    ("pwd", Promise::Password),
    ("_pass", Promise::Password),
    ("passwort", Promise::Password),
    ("kennwort", Promise::Password),
    ("contraseña", Promise::Password),
    ("contrasena", Promise::Password),
    ("mot de passe", Promise::Password),
    ("senha", Promise::Password),
    ("parola", Promise::Password),
    ("wachtwoord", Promise::Password),
    ("lösenord", Promise::Password),
    ("hasło", Promise::Password),
    ("пароль", Promise::Password),
    ("密码", Promise::Password),
    ("密碼", Promise::Password),
    ("パスワード", Promise::Password),
    ("비밀번호", Promise::Password),
    ("şifre", Promise::Password),
    ("secret", Promise::Key),
    ("token", Promise::Key),
    ("api_key", Promise::Key),
    ("apikey", Promise::Key),
    ("api-key", Promise::Key),
    ("api key", Promise::Key),
    ("access_key", Promise::Key),
    ("access-key", Promise::Key),
    ("access key", Promise::Key),
    ("accesskey", Promise::Key),
    ("auth_key", Promise::Key),
    ("authkey", Promise::Key),
    ("user_auth", Promise::Key),
    ("private_key", Promise::Key),
    ("private key", Promise::Key),
    ("privatekey", Promise::Key),
    ("encryption_key", Promise::Key),
    ("encryption key", Promise::Key),
    ("signing_key", Promise::Key),
    ("master_key", Promise::Key),
    ("master key", Promise::Key),
    ("service_key", Promise::Key),
    ("license_key", Promise::Key),
    ("license key", Promise::Key),
    ("account_key", Promise::Key),
    ("storage_key", Promise::Key),
    ("subscription-key", Promise::Key),
    ("consumer_key", Promise::Key),
    ("client_key", Promise::Key),
    ("role_key", Promise::Key),
    ("credential", Promise::Key),
];

/// How sure the value of such a name makes us.
pub(super) fn weigh(text: &str, name_start: usize, value: &Value, promise: Promise) -> Option<f32> {
    let secret = text.get(value.start..value.end)?;
    if is_placeholder(secret) || secret.contains("://") || secret.chars().any(char::is_whitespace) {
        return None;
    }
    let score = match promise {
        Promise::Password => password(secret, value)?,
        Promise::Key if is_public(text.get(..name_start)?) => return None,
        Promise::Key => key(secret, value)?,
    };
    Some(if is_documented_example(secret) { 0.35 } else { score })
}

fn password(secret: &str, value: &Value) -> Option<f32> {
    let length = secret.chars().count();
    let has = |is: fn(&char) -> bool| secret.chars().any(|c| is(&c));
    let has_letter = has(|c| c.is_alphabetic());
    let has_digit = has(|c| c.is_ascii_digit());
    let has_sign = has(|c| {
        c.is_ascii_punctuation() && !matches!(c, '_' | '-' | '.' | '\'' | '/' | '(' | ')' | '[' | ']' | '{' | '}' | ',')
    });
    if !(4..=128).contains(&length) || has_call(secret) || secret.starts_with(['/', '-', '.', '&', '\\', '*']) {
        return None;
    }
    let looks_chosen = length >= 6 && has_letter && (has_digit || has_sign) && (has_sign || !is_name(secret));
    if looks_chosen {
        return Some(if value.is_quoted { 0.85 } else { 0.75 });
    }
    // Letters alone: a word in a sentence, a password in a quoted assignment.
    let is_plain = secret.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    let is_assigned = value.is_quoted && !value.is_prose && is_plain;
    (is_assigned && length >= 8 && shannon(secret) >= 2.7 && !secret.contains(['-', '_'])).then_some(0.55)
}

fn key(secret: &str, value: &Value) -> Option<f32> {
    let in_form = secret.bytes().all(|byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'=' | b'+' | b'/' | b'~' | b':' | b'|')
    });
    let has_digit = secret.bytes().any(|byte| byte.is_ascii_digit());
    let has_letter = secret.bytes().any(|byte| byte.is_ascii_alphabetic());
    let is_hex = secret.bytes().all(|byte| byte.is_ascii_hexdigit());
    let least = if secret.len() < 16 || is_hex { 2.9 } else { 3.2 };
    if !in_form || !has_digit || !has_letter || secret.len() < 10 || shannon(secret) < least || is_wordy(secret) {
        return None;
    }
    if secret.starts_with(['/', '-', '.']) || is_file_or_version(secret) || is_name(secret) {
        return None;
    }
    Some(if value.is_prose { 0.68 } else { 0.82 })
}

/// Names that promise something public or passing: `publicToken`, `csrf-token`, `next_page_token`.
fn is_public(before: &str) -> bool {
    let from =
        before.rfind(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))).map_or(0, |at| at + 1);
    let name = before.get(from..).unwrap_or("").to_ascii_lowercase();
    [
        "public",
        "pub_",
        "csrf",
        "xsrf",
        "page",
        "next",
        "continuation",
        "sync",
        "cancel",
        "max_",
        "num_",
        "eos",
        "bos",
        "pad",
        "no_",
        "non",
    ]
    .iter()
    .any(|word| name.contains(word))
}

/// `config.password1`, `kVK_Return`, `X25519.length`: names of things in code.
fn is_name(secret: &str) -> bool {
    let dotted = secret.split('.').count() > 1
        && secret
            .split('.')
            .all(|part| part.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic()) && is_wordy(part));
    let snaked = secret.contains('_') && is_wordy(secret);
    dotted || snaked
}

fn has_call(secret: &str) -> bool {
    secret.ends_with(')') || secret.contains("(") && !secret.contains(['!', '#', '@'])
}

fn is_file_or_version(secret: &str) -> bool {
    let is_extension = |part: &str| {
        [
            "pem", "p12", "cer", "crt", "key", "json", "yml", "yaml", "txt", "jar", "com", "net", "org", "io", "md",
            "js", "py", "html",
        ]
        .contains(&part)
    };
    let last = secret.rsplit('.').next().unwrap_or("").split(':').next().unwrap_or("");
    let numbers = secret
        .split(['.', '-', '_', ':'])
        .filter(|part| part.len() < 4 && part.bytes().all(|byte| byte.is_ascii_digit()))
        .count();
    secret.contains('.') && (is_extension(last) || numbers >= 3) || secret.ends_with("SNAPSHOT")
}
