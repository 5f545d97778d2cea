//! Secrets known by their structure: JSON web tokens, private keys, credentials in URLs, headers and commands.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use redoubt_domain::finding::Severity;

use super::super::entropy::{is_placeholder, is_wordy, shannon};
use super::shape::{self, Class, Part, Reading, ahead, behind};
use super::{SPAN_MAX, Seen, Trail, begins};

/// A mark that betrays a structure, and how to read it.
pub(super) struct Structure {
    /// The mark, in lower case.
    pub mark: &'static str,
    /// Reads the structure around the mark at these bytes.
    pub follow: fn(text: &str, start: usize, end: usize) -> Trail,
}

pub(super) static STRUCTURES: &[Structure] = &[
    Structure { mark: "eyj", follow: json_web_token },
    Structure { mark: "-----begin", follow: private_key },
    Structure { mark: "://", follow: url },
    Structure { mark: "authorization", follow: header },
    Structure { mark: "bearer ", follow: bearer },
    Structure { mark: " -u ", follow: curl_user },
    Structure { mark: "--user", follow: curl_user },
    Structure { mark: "q~", follow: azure_client_secret },
    Structure { mark: ".atlasv1.", follow: terraform },
    Structure { mark: "\"service_account\"", follow: service_account },
];

/// The longest part of a token that is read.
const TOKEN_PART_MAX: usize = 3 << 10;

fn json_web_token(text: &str, start: usize, _: usize) -> Trail {
    if !text.get(start..).is_some_and(|ahead| ahead.starts_with("ey")) || !begins(text, start) {
        return Trail::Nothing;
    }
    let run = |at: usize| {
        text.as_bytes()
            .get(at..)
            .unwrap_or_default()
            .iter()
            .take(TOKEN_PART_MAX)
            .take_while(|byte| is_token_byte(**byte))
            .count()
    };
    let first = start + run(start);
    if first == text.len() {
        return Trail::Open(start, None);
    }
    if first - start < 17 || text.as_bytes().get(first) != Some(&b'.') {
        return Trail::Nothing;
    }
    let second = first + 1 + run(first + 1);
    if second == text.len() {
        return Trail::Open(start, None);
    }
    let Some(claims) = text.get(first + 1..second) else { return Trail::Nothing };
    if !claims.starts_with("ey") || claims.len() < 12 || text.as_bytes().get(second) != Some(&b'.') {
        return Trail::Nothing;
    }
    let mut end = second + 1 + run(second + 1);
    end += text.as_bytes().get(end..).unwrap_or_default().iter().take(2).take_while(|byte| **byte == b'=').count();
    let has_header = text
        .get(start..first)
        .and_then(|header| URL_SAFE_NO_PAD.decode(header).ok())
        .and_then(|header| serde_json::from_slice::<serde_json::Value>(&header).ok())
        .is_some_and(|header| header.get("alg").is_some());
    let score = if has_header { 0.97 } else { 0.7 };
    let seen = Seen { rule: "jwt", span: start..end, score, severity: Severity::High };
    if end == text.len() { Trail::Open(start, Some(seen)) } else { Trail::Found(seen) }
}

const fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'/' | b'+' | b'\\')
}

fn private_key(text: &str, start: usize, end: usize) -> Trail {
    let near = ahead(text, end, 88);
    let Some(title) = near.find("-----") else {
        let may_go_on = near.len() < 80 && !near.contains('\n');
        return if may_go_on { Trail::Open(start, None) } else { Trail::Nothing };
    };
    if title > 80 || !near.get(..title).is_some_and(|title| title.to_ascii_uppercase().contains("PRIVATE KEY")) {
        return Trail::Nothing;
    }
    let body = end + title + 5;
    let inside = ahead(text, body, SPAN_MAX - 256);
    let seen = |end: usize| Seen { rule: "private-key", span: start..end, score: 0.99, severity: Severity::Critical };
    if let Some(close) = inside.find("-----END") {
        let is_long = close >= 48;
        let tail = inside.get(close + 8..).unwrap_or("");
        return match tail.find("-----") {
            Some(last) if is_long && last < 80 => Trail::Found(seen(body + close + 8 + last + 5)),
            None if is_long && tail.len() < 80 && body + inside.len() == text.len() => {
                Trail::Open(start, Some(seen(text.len())))
            }
            _ => Trail::Nothing,
        };
    }
    // Cut off before its end: a part of a key is a secret, too.
    let is_key_text = |c: char| {
        c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '\n' | '\r' | '\\' | ':' | ',' | '-' | ' ')
    };
    let length = inside.find(|c: char| !is_key_text(c)).unwrap_or(inside.len());
    let seen =
        (inside.get(..length).is_some_and(|body| body.len() >= 64 && shannon(body) > 4.0)).then(|| seen(body + length));
    if body + length == text.len() {
        return Trail::Open(start, seen);
    }
    seen.map_or(Trail::Nothing, Trail::Found)
}

/// Schemes of which the whole URL is the secret; of others only what follows `://`.
const SCHEMES: &[&str] = &[
    "postgres",
    "postgresql",
    "mysql",
    "mariadb",
    "mongodb",
    "mongodb+srv",
    "redis",
    "rediss",
    "amqp",
    "amqps",
    "mssql",
    "sqlserver",
    "clickhouse",
    "cockroachdb",
    "oracle",
    "http",
    "https",
    "ftp",
    "sftp",
    "smtp",
    "smtps",
    "ldap",
    "ldaps",
    "ssh",
    "imap",
    "nats",
    "kafka",
    "postgresql+psycopg2",
    "postgresql+asyncpg",
    "mysql+pymysql",
];

/// The longest URL that is read.
const URL_MAX: usize = 512;

fn url(text: &str, mark: usize, at: usize) -> Trail {
    let near = ahead(text, at, URL_MAX);
    let stop = near.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '`' | '|'));
    let whole = near.get(..stop.unwrap_or(near.len())).unwrap_or("");
    let before = behind(text, mark, 32);
    let scheme_start = before
        .rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '+'))
        .map_or(0, |at| at + before.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8));
    let scheme = before.get(scheme_start..).unwrap_or("").to_ascii_lowercase();
    let start = if SCHEMES.contains(&scheme.as_str()) { mark - scheme.len() } else { at };
    let is_web = scheme == "http" || scheme == "https";
    let authority = whole.find(['/', '?', '#']).map_or(whole, |end| whole.get(..end).unwrap_or(whole));
    // Passwords of databases are often written unescaped, slashes and all.
    let userinfo =
        authority.rfind('@').or_else(|| if is_web { None } else { whole.rfind('@') }).and_then(|at| whole.get(..at));
    let is_open = stop.is_none()
        && at + near.len() == text.len()
        && (userinfo.is_some() || authority.len() == whole.len() || !is_web);
    let seen = userinfo.and_then(|userinfo| {
        let (user, password) = userinfo.split_once(':')?;
        if password.len() < 3 || is_placeholder(password) || user.contains(['/', '?']) || password == "pass" {
            return None;
        }
        let end = at + whole.trim_end_matches(['.', ',', ';', ')', ']', '}']).len();
        let host = whole.get(userinfo.len()..).unwrap_or("");
        let rule = if host.contains("contribsys.com") {
            "sidekiq-sensitive-url"
        } else if is_web {
            "basic-auth-url"
        } else {
            "database-url"
        };
        Some(Seen { rule, span: start..end, score: 0.88, severity: Severity::High })
    });
    match seen {
        seen if is_open => Trail::Open(start, seen),
        Some(seen) => Trail::Found(seen),
        None => Trail::Nothing,
    }
}

/// `Authorization: Bearer …`, with or without a scheme.
fn header(text: &str, _: usize, end: usize) -> Trail {
    let mut at = end;
    let skip = |at: usize, set: &[u8]| {
        at + text.as_bytes().get(at..).unwrap_or_default().iter().take(6).take_while(|byte| set.contains(byte)).count()
    };
    at = skip(at, b"\"'` \\");
    let colon = skip(at, b":=,");
    if colon == at {
        return Trail::Nothing;
    }
    at = skip(colon, b"\"'` \\");
    for scheme in ["bearer ", "basic ", "token ", "api-token ", "apikey ", "token token="] {
        if text.get(at..at + scheme.len()).is_some_and(|word| word.eq_ignore_ascii_case(scheme)) {
            at = skip(at + scheme.len(), b" \"'");
            break;
        }
    }
    credential(text, at, 8, "curl-auth-header")
}

fn bearer(text: &str, start: usize, end: usize) -> Trail {
    if !begins(text, start) {
        return Trail::Nothing;
    }
    credential(text, end, 16, "curl-auth-header")
}

fn credential(text: &str, start: usize, least: usize, rule: &'static str) -> Trail {
    let is_part = |byte: &u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'~' | b'+' | b'/' | b'=' | b'@' | b':')
    };
    let length =
        text.as_bytes().get(start..).unwrap_or_default().iter().take(2048).take_while(|byte| is_part(byte)).count();
    let end = start + length;
    let value = text.get(start..end).unwrap_or("").trim_end_matches(['.', ':']);
    let has_digit = value.bytes().any(|byte| byte.is_ascii_digit()) || (value.ends_with('=') && value.len() >= 12);
    let is_secret = value.len() >= least
        && has_digit
        && shannon(value) >= 2.7
        && !is_wordy(value)
        && !is_placeholder(value)
        && !value.contains("://");
    let span = start..start + value.len();
    let seen = is_secret.then_some(Seen { rule, span, score: 0.8, severity: Severity::High });
    if end == text.len() && length < 2048 {
        return Trail::Open(start, seen);
    }
    seen.map_or(Trail::Nothing, Trail::Found)
}

/// `curl -u user:password`.
fn curl_user(text: &str, start: usize, end: usize) -> Trail {
    let mut from = start.saturating_sub(400);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    if !text.get(from..start).is_some_and(|before| before.contains("curl")) {
        return Trail::Nothing;
    }
    let begin = end
        + text
            .as_bytes()
            .get(end..)
            .unwrap_or_default()
            .iter()
            .take(5)
            .take_while(|byte| matches!(byte, b' ' | b'=' | b'"' | b'\''))
            .count();
    let ahead = text.get(begin..).unwrap_or("");
    let quote = text.get(end..begin).and_then(|skipped| skipped.chars().rev().find(|c| matches!(c, '"' | '\'')));
    let stop = ahead.find(|c: char| quote.map_or(c.is_whitespace(), |quote| c == quote || c == '\n'));
    let whole = ahead.get(..stop.unwrap_or(ahead.len())).unwrap_or("");
    let seen = whole.split_once(':').and_then(|(user, password)| {
        let bare = password.trim_matches(['"', '\'', '{', '}']);
        let secret = if bare.is_empty() { user } else { bare };
        let is_mixed = secret.len() >= 12 && !is_wordy(secret);
        let is_chosen = secret.len() >= 6 && (is_mixed || secret.bytes().any(|byte| !byte.is_ascii_alphabetic()));
        let is_variable =
            whole.contains("${") || whole.contains("$(") || secret.starts_with('$') || whole.contains("{{");
        (is_chosen && !is_variable && !is_placeholder(secret)).then(|| Seen {
            rule: "curl-auth-user",
            span: begin..begin + whole.len(),
            score: 0.82,
            severity: Severity::High,
        })
    });
    match seen {
        seen if stop.is_none() && whole.len() < 200 => Trail::Open(begin, seen),
        Some(seen) => Trail::Found(seen),
        None => Trail::Nothing,
    }
}

/// Three characters, a digit, `Q~` and some thirty more.
fn azure_client_secret(text: &str, mark: usize, end: usize) -> Trail {
    const TAIL: &[Part] = &[(Class::Unreserved, 31, 34)];
    let Some(start) = mark.checked_sub(4).filter(|start| text.is_char_boundary(*start)) else { return Trail::Nothing };
    let is_lead = text.get(start..mark).is_some_and(|lead| {
        lead.bytes().take(3).all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'~' | b'.'))
            && lead.bytes().last().is_some_and(|byte| byte.is_ascii_digit())
    });
    let previous = text.get(..start).and_then(|before| before.chars().next_back());
    let is_apart = previous
        .is_none_or(|c| c.is_whitespace() || matches!(c, '\\' | '\'' | '"' | '`' | '>' | '=' | ':' | '(' | ','));
    if !is_lead || !is_apart || text.get(mark..end) != Some("Q~") {
        return Trail::Nothing;
    }
    let seen = |end: usize| {
        let score = shape::weigh(text.get(start..end)?, 3.0, 0.95)?;
        Some(Seen { rule: "azure-ad-client-secret", span: start..end, score, severity: Severity::Critical })
    };
    match shape::read(text, end, TAIL) {
        Reading::Ends(end) => seen(end).map_or(Trail::Nothing, Trail::Found),
        Reading::EndsOpen(end) => Trail::Open(start, seen(end)),
        Reading::Open => Trail::Open(start, None),
        Reading::Not => Trail::Nothing,
    }
}

/// How many characters of a Terraform token stand before its mark.
const TERRAFORM_LEAD: usize = 14;

fn terraform(text: &str, mark: usize, end: usize) -> Trail {
    let Some(start) = mark.checked_sub(TERRAFORM_LEAD).filter(|start| text.is_char_boundary(*start)) else {
        return Trail::Nothing;
    };
    if !text.get(start..mark).is_some_and(is_terraform_lead) || !begins(text, start) {
        return Trail::Nothing;
    }
    let seen = |end: usize| {
        let score = shape::weigh(text.get(start..end)?, 3.5, 0.95)?;
        Some(Seen { rule: "hashicorp-tf-api-token", span: start..end, score, severity: Severity::Critical })
    };
    match shape::read(text, end, &[(Class::Dotted, 60, 70)]) {
        Reading::Ends(end) => seen(end).map_or(Trail::Nothing, Trail::Found),
        Reading::EndsOpen(end) => Trail::Open(start, seen(end)),
        Reading::Open => Trail::Open(start, None),
        Reading::Not => Trail::Nothing,
    }
}

/// One in ten real tokens begins like a word; to know those, a stream would have to hold back every word.
fn is_terraform_lead(lead: &str) -> bool {
    lead.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && lead
            .bytes()
            .enumerate()
            .take(3)
            .any(|(at, byte)| byte.is_ascii_digit() || (at > 0 && byte.is_ascii_uppercase()))
}

fn service_account(text: &str, start: usize, end: usize) -> Trail {
    let before = behind(text, start, 24).trim_end().trim_end_matches(':').trim_end();
    if !before.ends_with("\"type\"") {
        return Trail::Nothing;
    }
    Trail::Found(Seen { rule: "gcp-service-account", span: start..end, score: 0.6, severity: Severity::Medium })
}

/// The trailing word, if a structure's mark could still follow it.
pub(super) fn begun(text: &str) -> usize {
    let is_apart = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '=' | ',' | '(' | '>' | '<' | ';');
    let from = text
        .rfind(is_apart)
        .map_or(0, |at| at + text.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8));
    let word = text.get(from..).unwrap_or("");
    if word.is_empty() {
        return text.len();
    }
    let lead = word.get(..word.len().min(TERRAFORM_LEAD)).unwrap_or("");
    let rest = word.get(lead.len()..).unwrap_or("");
    let is_terraform = ".atlasv1.".starts_with(rest)
        && lead.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && (lead.len() < 3 || is_terraform_lead(lead));
    let is_azure = word.len() <= 5;
    // Marks that are found in any case: `eyJ`, `-----BEGIN`.
    let lower = word.to_ascii_lowercase();
    let is_mark = ["eyj", "-----begin", "\"service_account\""].iter().any(|mark| mark.starts_with(lower.as_str()));
    let is_after_colon = word.rfind([':', '\\', '(']).map(|at| from + at + 1);
    if is_terraform || is_azure || is_mark {
        return from;
    }
    if let Some(at) = scheme_begun(&lower) {
        return from + at;
    }
    match is_after_colon {
        // A value behind `name:` is a word of its own.
        Some(at) if at > from && text.is_char_boundary(at) && text.len() - at <= TERRAFORM_LEAD + 9 => at,
        _ => text.len(),
    }
}

/// Where the scheme of an address begins at the end of a word in lower case, whatever it is glued to.
fn scheme_begun(word: &str) -> Option<usize> {
    const LONGEST: usize = 16;
    let bare = word.trim_end_matches([':', '/']);
    let near = bare.len().saturating_sub(LONGEST);
    let begins = |at: &usize| {
        let Some(rest) = bare.get(*at..) else { return false };
        let is_whole = bare.len() < word.len();
        SCHEMES.iter().any(|scheme| if is_whole { *scheme == rest } else { scheme.starts_with(rest) })
    };
    (near..bare.len()).find(begins)
}

/// The last six characters of a GitHub token are the CRC-32 of the others, in base 62.
pub(super) fn has_github_checksum(tail: &str) -> bool {
    let (Some(body), Some(sum)) = (tail.get(..tail.len().saturating_sub(6)), tail.get(tail.len().saturating_sub(6)..))
    else {
        return false;
    };
    let mut crc = u32::MAX;
    for byte in body.bytes() {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    let mut rest = !crc;
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = match u8::try_from(rest % 62).unwrap_or(0) {
            value @ 0..=9 => b'0' + value,
            value @ 10..=35 => b'A' + value - 10,
            value => b'a' + value - 36,
        };
        rest /= 62;
    }
    sum.as_bytes() == digits
}
