//! Secrets known by their structure: JSON web tokens, private keys, credentials in URLs, headers and commands.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use redoubt_domain::finding::Severity;

use super::super::entropy::{is_placeholder, is_wordy, shannon};
use super::shape::{self, Class, Part, Reading, ahead, behind};
use super::{SPAN_MAX, Seen, Trail, begins, commands, files, hashes, http};

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
    Structure { mark: "putty-user-key-file-", follow: putty_key },
    Structure { mark: "authorization", follow: http::header },
    Structure { mark: "bearer ", follow: http::bearer },
    Structure { mark: "cookie", follow: http::cookie },
    Structure { mark: " -u ", follow: http::curl_user },
    Structure { mark: "--user", follow: http::curl_user },
    Structure { mark: "sshpass", follow: commands::sshpass },
    Structure { mark: "mysql", follow: commands::mysql },
    Structure { mark: "redis-cli", follow: commands::redis },
    Structure { mark: ":5432:", follow: files::pgpass },
    Structure { mark: "\"auth\"", follow: files::docker_auth },
    Structure { mark: "data:", follow: files::kubernetes },
    Structure { mark: "$apr1$", follow: hashes::crypt },
    Structure { mark: "$1$", follow: hashes::crypt },
    Structure { mark: "$5$", follow: hashes::crypt },
    Structure { mark: "$6$", follow: hashes::crypt },
    Structure { mark: "$2a$", follow: hashes::crypt },
    Structure { mark: "$2b$", follow: hashes::crypt },
    Structure { mark: "$2y$", follow: hashes::crypt },
    Structure { mark: "$y$", follow: hashes::crypt },
    Structure { mark: "$argon2", follow: hashes::crypt },
    Structure { mark: "{ssha}", follow: hashes::crypt },
    Structure { mark: "pbkdf2_sha256$", follow: hashes::crypt },
    Structure { mark: "q~", follow: azure_client_secret },
    Structure { mark: "_mmk", follow: maxmind },
    Structure { mark: ":aa", follow: telegram },
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
    let name = near.get(..title).unwrap_or("").to_ascii_uppercase();
    let rule = if name.contains("PRIVATE KEY") {
        "private-key"
    } else if name.contains("PKCS12") {
        "pkcs12-file"
    } else {
        return Trail::Nothing;
    };
    if title > 80 {
        return Trail::Nothing;
    }
    let body = end + title + 5;
    let inside = ahead(text, body, SPAN_MAX - 256);
    let seen = |end: usize| Seen { rule, span: start..end, score: 0.99, severity: Severity::Critical };
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
    // The end may still come, whatever stands before it.
    if body + inside.len() == text.len() {
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
        let Some((user, password)) = userinfo.split_once(':') else {
            return is_token(userinfo).then_some(Seen {
                rule: "basic-auth-url",
                span: start..at + whole.trim_end_matches(['.', ',', ';', ')', ']', '}']).len(),
                score: 0.7,
                severity: Severity::High,
            });
        };
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

/// Whether somebody wrote a token in place of a user and a password.
fn is_token(userinfo: &str) -> bool {
    userinfo.len() >= 20
        && userinfo.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        && userinfo.bytes().any(|byte| byte.is_ascii_digit())
        && shannon(userinfo) >= 3.5
        && !is_wordy(userinfo)
        && !is_placeholder(userinfo)
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

/// A token that happens to have no digit at its beginning passes for a word.
fn is_terraform_lead(lead: &str) -> bool {
    lead.bytes().all(|byte| byte.is_ascii_alphanumeric()) && lead.bytes().any(|byte| byte.is_ascii_digit())
}

fn service_account(text: &str, start: usize, end: usize) -> Trail {
    let before = behind(text, start, 24).trim_end().trim_end_matches(':').trim_end();
    if !before.ends_with("\"type\"") {
        return Trail::Nothing;
    }
    Trail::Found(Seen { rule: "gcp-service-account", span: start..end, score: 0.6, severity: Severity::Medium })
}

/// A key of PuTTY, from its first line to its checksum.
fn putty_key(text: &str, start: usize, end: usize) -> Trail {
    if !begins(text, start) {
        return Trail::Nothing;
    }
    let near = ahead(text, end, SPAN_MAX - 256);
    let reaches_end = end + near.len() == text.len();
    let seen = |end: usize| Seen { rule: "private-key", span: start..end, score: 0.99, severity: Severity::Critical };
    let Some(lines) = near.find("Private-Lines:") else {
        return if reaches_end { Trail::Open(start, None) } else { Trail::Nothing };
    };
    let Some(mac) = near.find("Private-MAC:").filter(|mac| *mac > lines) else {
        return if reaches_end {
            Trail::Open(start, Some(seen(text.len())))
        } else {
            Trail::Found(seen(end + near.len()))
        };
    };
    let sum = near.get(mac + 12..).unwrap_or("");
    let blank = sum.len() - sum.trim_start_matches(' ').len();
    let digits = sum.bytes().skip(blank).take(64).take_while(u8::is_ascii_hexdigit).count();
    let last = end + mac + 12 + blank + digits;
    if last == text.len() { Trail::Open(start, Some(seen(last))) } else { Trail::Found(seen(last)) }
}

/// Six characters, `_`, 29 more and `_mmk`.
fn maxmind(text: &str, mark: usize, end: usize) -> Trail {
    let Some(start) = mark.checked_sub(MAXMIND_LEAD).filter(|start| text.is_char_boundary(*start)) else {
        return Trail::Nothing;
    };
    let is_key = text.get(start..mark).is_some_and(|lead| is_maxmind_lead(lead) && shannon(lead) >= 3.5);
    let is_apart = text.as_bytes().get(end).is_none_or(|next| !next.is_ascii_alphanumeric());
    if !is_key || !is_apart || !begins(text, start) || text.get(mark..end) != Some("_mmk") {
        return Trail::Nothing;
    }
    let seen = Seen { rule: "maxmind-license-key", span: start..end, score: 0.95, severity: Severity::High };
    if end == text.len() { Trail::Open(start, Some(seen)) } else { Trail::Found(seen) }
}

const MAXMIND_LEAD: usize = 36;

/// Whether a word is what stands before `_mmk`, or the beginning of it.
fn is_maxmind_lead(lead: &str) -> bool {
    lead.len() <= MAXMIND_LEAD
        && lead.bytes().enumerate().all(|(at, byte)| if at == 6 { byte == b'_' } else { byte.is_ascii_alphanumeric() })
}

/// The number of a bot, `:AA` and 33 more.
fn telegram(text: &str, mark: usize, end: usize) -> Trail {
    const TAIL: &[Part] = &[(Class::Dashed, 33, 33)];
    let digits = behind(text, mark, 11).bytes().rev().take_while(u8::is_ascii_digit).count();
    let start = mark - digits;
    let is_apart = begins(text, start) || behind(text, start, 3).eq_ignore_ascii_case("bot");
    if !(8..=10).contains(&digits) || !is_apart || text.get(mark..end) != Some(":AA") {
        return Trail::Nothing;
    }
    let seen = |end: usize| {
        let score = shape::weigh(text.get(start..end)?, 3.0, 0.95)?;
        Some(Seen { rule: "telegram-bot-api-token", span: start..end, score, severity: Severity::Critical })
    };
    match shape::read(text, end, TAIL) {
        Reading::Ends(end) => seen(end).map_or(Trail::Nothing, Trail::Found),
        Reading::EndsOpen(end) => Trail::Open(start, seen(end)),
        Reading::Open => Trail::Open(start, None),
        Reading::Not => Trail::Nothing,
    }
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
    let is_azure = word.len() <= 5;
    // Marks that are found in any case: `eyJ`, `-----BEGIN`.
    let lower = word.to_ascii_lowercase();
    let is_mark = BEGINNINGS.iter().any(|mark| mark.starts_with(lower.as_str()));
    if is_azure || is_mark {
        return from;
    }
    // A value behind `name:` is a word of its own.
    let after_colon = word.rfind([':', '\\', '(']).map(|at| from + at + 1);
    let after_colon = after_colon.filter(|at| *at > from && text.len() - at <= TERRAFORM_LEAD + 9);
    let scheme = scheme_begun(&lower).map(|at| from + at);
    let led = [terraform_begun(text), maxmind_begun(text), telegram_begun(text), after_colon, scheme];
    led.into_iter().flatten().min().unwrap_or(text.len())
}

/// Where the run of such characters at the end of a text begins, if it is no longer than this and not empty.
fn run_before(text: &str, most: usize, fits: impl Fn(&u8) -> bool) -> Option<usize> {
    let length = text.bytes().rev().take(most + 1).take_while(fits).count();
    (1..=most).contains(&length).then(|| text.len() - length)
}

/// How much of a mark a text ends in.
fn begun_mark(text: &str, mark: &str) -> usize {
    (1..mark.len()).rev().find(|length| mark.get(..*length).is_some_and(|part| text.ends_with(part))).unwrap_or(0)
}

fn terraform_begun(text: &str) -> Option<usize> {
    let mark = begun_mark(text, ".atlasv1.");
    let lead = text.get(..text.len() - mark)?;
    let start = run_before(lead, TERRAFORM_LEAD, u8::is_ascii_alphanumeric)?;
    let is_whole = lead.len() - start == TERRAFORM_LEAD && is_terraform_lead(lead.get(start..)?);
    (is_whole || (mark == 0 && lead.len() - start < TERRAFORM_LEAD)).then_some(start)
}

fn maxmind_begun(text: &str) -> Option<usize> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let start = run_before(text, MAXMIND_LEAD + 3, is_part)?;
    let key = text.get(start..)?;
    let lead = key.get(..key.len().min(MAXMIND_LEAD))?;
    (is_maxmind_lead(lead) && "_mmk".starts_with(key.get(lead.len()..)?)).then_some(start)
}

/// The number of a bot, behind whatever.
fn telegram_begun(text: &str) -> Option<usize> {
    let number = text.strip_suffix(":A").or_else(|| text.strip_suffix(':')).unwrap_or(text);
    run_before(number, 10, u8::is_ascii_digit)
}

/// Marks that stand at the beginning of what they mark, in lower case.
const BEGINNINGS: &[&str] = &[
    "eyj",
    "-----begin",
    "putty-user-key-file-",
    "\"service_account\"",
    "$apr1$",
    "$2a$",
    "$2b$",
    "$2y$",
    "$1$",
    "$5$",
    "$6$",
    "$y$",
    "$argon2",
    "{ssha}",
    "pbkdf2_sha256$",
];

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
