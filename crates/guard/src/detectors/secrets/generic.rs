//! Values of no known form that are given to the name of a secret.

use super::super::entropy::{is_documented_example, is_placeholder, is_wordy, shannon};
use super::assignment::Value;
use super::shape::behind;

/// What the name promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Promise {
    /// Something a person chose.
    Password,
    /// Something a machine made.
    Key,
    /// Something a machine made, or the place, the order or the identity of something.
    Loose,
}

/// What secrets are called.
pub(super) struct Name {
    /// In lower case. A sign at its end keeps out longer words: `pass=`, not `passage`.
    pub name: &'static str,
    pub promise: Promise,
    pub rule: &'static str,
}

impl Name {
    /// How much of the literal is no name.
    pub(super) fn sign(&self) -> usize {
        let bare = self.name.trim_end_matches([' ', '=', ':', '"', '\'']);
        let bare = if bare.len() < self.name.len() { bare.strip_suffix(" is").unwrap_or(bare) } else { bare };
        self.name.len() - bare.len()
    }

    /// Whether a name of secrets stands here rather than the end of another word.
    pub(super) fn stands_at(&self, text: &str, start: usize) -> bool {
        if self.sign() == 0 {
            return true;
        }
        let before = behind(text, start, 16);
        let word = before.trim_end_matches(|c: char| c.is_ascii_alphabetic()).len();
        let word = before.get(word..).unwrap_or("").to_ascii_lowercase();
        match self.promise {
            Promise::Password => {
                word.is_empty() || ["db", "user", "my", "admin", "root", "mail", "smtp", "ftp"].contains(&word.as_str())
            }
            Promise::Key | Promise::Loose => !["mon", "tur", "hoc", "don", "joc"].contains(&word.as_str()),
        }
    }
}

const fn password(name: &'static str) -> Name {
    Name { name, promise: Promise::Password, rule: "generic-password" }
}

const fn key(name: &'static str) -> Name {
    Name { name, promise: Promise::Key, rule: "generic-api-key" }
}

const fn loose(name: &'static str) -> Name {
    Name { name, promise: Promise::Loose, rule: "generic-api-key" }
}

pub(super) static NAMES: &[Name] = &[
    Name { name: "administrator_login_password", promise: Promise::Password, rule: "hashicorp-tf-password" },
    password("password"),
    password("passwd"),
    password("passphrase"),
    password("passcode"),
    password("pwd"),
    password("_pass"),
    password("passwort"),
    password("kennwort"),
    password("contraseña"),
    password("contrasena"),
    password("mot de passe"),
    password("senha"),
    password("parola"),
    password("wachtwoord"),
    password("lösenord"),
    password("hasło"),
    password("пароль"),
    password("密码"),
    password("密碼"),
    password("パスワード"),
    password("비밀번호"),
    password("şifre"),
    key("secret"),
    key("token"),
    key("api_key"),
    key("apikey"),
    key("api-key"),
    key("api key"),
    key("access_key"),
    key("access-key"),
    key("access key"),
    key("accesskey"),
    key("auth_key"),
    key("authkey"),
    key("user_auth"),
    key("private_key"),
    key("private key"),
    key("privatekey"),
    key("encryption_key"),
    key("encryption key"),
    key("signing_key"),
    key("master_key"),
    key("master key"),
    key("service_key"),
    key("license_key"),
    key("license key"),
    key("account_key"),
    key("storage_key"),
    key("subscription-key"),
    key("consumer_key"),
    key("client_key"),
    key("role_key"),
    key("credential"),
    password("pass="),
    password("pass:"),
    password("pass\""),
    password("pass'"),
    password("pass ="),
    password("pass is "),
    password("<pass "),
    password("_pw"),
    password("bindpw"),
    password("identified by"),
    key("authtoken"),
    key("_auth"),
    key("creds"),
    key("bot_key"),
    key("secret_key_base"),
    loose("key="),
    loose("key:"),
    loose("key\""),
    loose("key'"),
    loose("key ="),
    loose("auth="),
    loose("auth:"),
    loose("session_id"),
    loose("sessionid"),
    loose("sessid"),
    loose("_salt"),
    loose("nonce_key"),
    loose("logged_in_key"),
];

/// How sure the value of such a name makes us.
pub(super) fn weigh(text: &str, name_start: usize, value: &Value, promise: Promise) -> Option<f32> {
    let secret = text.get(value.start..value.end)?;
    let is_salt = promise != Promise::Password && is_made_of_signs(secret, value);
    let stands_in = is_placeholder(secret) || secret.contains("://") || secret.chars().any(char::is_whitespace);
    if stands_in && !is_salt {
        return None;
    }
    let before = text.get(..name_start)?;
    let score = match promise {
        _ if is_salt => 0.8,
        Promise::Password => chosen(secret, value)?,
        Promise::Key if is_public(before) => return None,
        Promise::Key => made(secret, value)?,
        Promise::Loose if is_public(before) || is_place(before) => return None,
        Promise::Loose => made(secret, value).filter(|_| is_dense(secret))?.min(0.65),
    };
    Some(if is_documented_example(secret) { 0.35 } else { score })
}

/// A password, if somebody chose it.
fn chosen(secret: &str, value: &Value) -> Option<f32> {
    let length = secret.chars().count();
    // `The password is wrong!`
    let judged = if value.is_prose { secret.trim_end_matches('!') } else { secret };
    let has = |is: fn(&char) -> bool| judged.chars().any(|c| is(&c));
    let has_letter = has(|c| c.is_alphabetic());
    let has_digit = has(|c| c.is_ascii_digit());
    let has_sign = has(|c| {
        c.is_ascii_punctuation()
            && !matches!(c, '_' | '-' | '.' | '\'' | '/' | '(' | ')' | '[' | ']' | '{' | '}' | ',' | ':')
    });
    let is_code = has_call(secret)
        || secret.contains("::")
        || secret.starts_with(['/', '-', '.', '&', '\\', '*', ':', '_'])
        || (!value.is_quoted && secret.contains('['));
    if !(4..=128).contains(&length) || is_code {
        return None;
    }
    let is_named = is_name(secret) && !(value.is_prose && has_digit && has(|c| c.is_ascii_uppercase()));
    let looks_chosen = length >= 6 && has_letter && (has_digit || has_sign) && (has_sign || !is_named);
    if looks_chosen {
        return Some(if value.is_quoted { 0.85 } else { 0.75 });
    }
    if !value.is_prose && length >= 6 && secret.bytes().all(|byte| byte.is_ascii_digit()) {
        return (value.is_quoted || value.is_line).then_some(0.6);
    }
    // Letters alone: a word in a sentence, a password in a quoted assignment or on a line of settings.
    let is_plain = secret.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    let is_assigned = value.is_quoted && !value.is_prose && !value.is_listed && is_plain;
    let is_quoted = is_assigned && length >= 8 && shannon(secret) >= 2.7 && !secret.contains(['-', '_']);
    let lower = secret.to_ascii_lowercase();
    let is_setting = value.is_line
        && is_plain
        && length >= 6
        && !["pass", "pwd", "secret", "user", "input", "token"].iter().any(|word| lower.contains(word))
        && !is_name(secret);
    (is_quoted || is_setting).then_some(0.55)
}

/// A key, if a machine made it.
fn made(secret: &str, value: &Value) -> Option<f32> {
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

/// Letters of both cases and digits, so many and so mixed that they name nothing.
fn is_dense(secret: &str) -> bool {
    let has = |is: fn(&u8) -> bool| secret.bytes().any(|byte| is(&byte));
    secret.len() >= 20
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_digit)
        && !secret.contains([':', '.', '/'])
        && shannon(secret) >= 3.8
        && !secret.starts_with("sha")
}

/// `define('AUTH_KEY', 'y<Z@1…')`: what frameworks generate, signs, spaces and all.
fn is_made_of_signs(secret: &str, value: &Value) -> bool {
    let signs = secret.bytes().filter(u8::is_ascii_punctuation).count();
    value.is_quoted
        && !value.is_prose
        && (32..=128).contains(&secret.len())
        && secret.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
        && signs * 6 >= secret.len()
        && secret.bytes().any(|byte| byte.is_ascii_digit())
        && shannon(secret) >= 4.5
        && !is_wordy(secret)
        && !secret.contains("${")
        && !secret.contains("{{")
}

/// `cache_key`, `primary-key`, `sortKey`: names of what says where something is.
fn is_place(before: &str) -> bool {
    let from =
        before.rfind(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))).map_or(0, |at| at + 1);
    let name = before.get(from..).unwrap_or("").to_ascii_lowercase();
    [
        "foreign",
        "primary",
        "cache",
        "object",
        "sort",
        "partition",
        "schema",
        "bucket",
        "row",
        "map",
        "hash",
        "query",
        "i18n",
        "host",
        "group",
        "label",
        "react",
        "index",
        "item",
        "event",
        "id",
    ]
    .iter()
    .any(|word| name.contains(word))
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
