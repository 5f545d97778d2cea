//! Credentials in headers of HTTP and in the commands that send them.

use redoubt_domain::finding::Severity;

use super::super::entropy::{is_placeholder, is_wordy, shannon};
use super::shape::ahead;
use super::{Seen, Trail, begins};

/// `Authorization: Bearer …`, with or without a scheme.
pub(super) fn header(text: &str, _: usize, end: usize) -> Trail {
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

pub(super) fn bearer(text: &str, start: usize, end: usize) -> Trail {
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

/// How far the user of a command is read.
const CURL_USER_MAX: usize = 256;

/// `curl -u user:password`.
pub(super) fn curl_user(text: &str, start: usize, end: usize) -> Trail {
    let mut from = start.saturating_sub(400);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    if !text.get(from..start).is_some_and(|before| before.contains("curl")) {
        return Trail::Nothing;
    }
    let near = ahead(text, end, CURL_USER_MAX);
    let lead = near.len() - near.trim_start_matches([' ', '=']).len();
    let near = near.get(lead..).unwrap_or("");
    // As a shell reads a word: `"user":"password"` is one.
    let mut quote: Option<char> = None;
    let stop = near.find(|c: char| match quote {
        Some(open) => {
            if c == open {
                quote = None;
            }
            c == '\n'
        }
        None => {
            quote = matches!(c, '"' | '\'').then_some(c);
            c.is_whitespace()
        }
    });
    let word = near.get(..stop.unwrap_or(near.len())).unwrap_or("");
    let inner = ['"', '\''].iter().find_map(|quote| {
        word.strip_prefix(*quote)?
            .strip_suffix(*quote)
            .or(word.strip_prefix(*quote))
            .filter(|word| !word.contains(*quote))
    });
    let whole = inner.unwrap_or(word).trim_end_matches(['`', ')', ';']);
    let begin = end + lead + usize::from(inner.is_some());
    let seen = whole.split_once(':').and_then(|(user, password)| {
        let bare = password.trim_matches(['"', '\'', '{', '}']);
        let secret = if bare.is_empty() { user.trim_matches(['"', '\'']) } else { bare };
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
        seen if stop.is_none() && end + lead + near.len() == text.len() => Trail::Open(end + lead, seen),
        Some(seen) => Trail::Found(seen),
        None => Trail::Nothing,
    }
}

/// `Cookie: session=…`, `Set-Cookie: …`: the whole of it, if any part opens a door.
pub(super) fn cookie(text: &str, _: usize, end: usize) -> Trail {
    const COOKIES_MAX: usize = 2048;
    let near = ahead(text, end, COOKIES_MAX);
    let lead = near.len() - near.trim_start_matches([' ', '"', '\'', ':', '\\']).len();
    // `"cookie": "…"`, `Cookie: …`, `-b "…"`: something must say that a value follows.
    if !near.get(..lead).is_some_and(|lead| lead.contains(':')) {
        return Trail::Nothing;
    }
    let start = end + lead;
    let near = near.get(lead..).unwrap_or("");
    let stop = near.find(['\n', '\r', '"', '\'', '`', '\\', '<']);
    let whole = near.get(..stop.unwrap_or(near.len())).unwrap_or("").trim_end();
    // `Cookie: chocolate, 350 degrees` is a recipe.
    let name = near.find('=').map_or(near, |at| near.get(..at).unwrap_or(""));
    if name.contains(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))) {
        return Trail::Nothing;
    }
    let opens = |pair: &str| {
        let Some((name, value)) = pair.trim().split_once('=') else { return false };
        let name = name.to_ascii_lowercase();
        ["sess", "sid", "auth", "token", "jwt", "remember", "login", "user"].iter().any(|part| name.contains(part))
            && !name.contains("csrf")
            && value.len() >= 16
            && value.bytes().any(|byte| byte.is_ascii_digit())
            && shannon(value) >= 3.2
            && !is_wordy(value)
            && !is_placeholder(value)
    };
    let seen = whole.split(';').any(opens).then(|| Seen {
        rule: "session-cookie",
        span: start..start + whole.len(),
        score: 0.78,
        severity: Severity::High,
    });
    if stop.is_none() && start + near.len() == text.len() {
        return Trail::Open(start, seen);
    }
    seen.map_or(Trail::Nothing, Trail::Found)
}
