//! Values that are given to a name: `password = "…"`, `api_key: …`, `the password for the server is …`.

use super::shape::{ahead, behind};

/// A value given to the name that ends at some byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Value {
    pub start: usize,
    pub end: usize,
    /// Whether it stands in quotes.
    pub is_quoted: bool,
    /// Whether it is given in a sentence rather than in code.
    pub is_prose: bool,
    /// Whether it is all that stands behind `NAME=` on a line of its own, as in `.env` and `.ini`.
    pub is_line: bool,
    /// Whether it is given by an attribute of its own, as in `name="…" value="…"`.
    pub is_far: bool,
    /// Whether only a comma stands between: `define("DB_PASSWORD", "…")`, but a list of words, too.
    pub is_listed: bool,
    /// Whether more text could lengthen it.
    pub is_open: bool,
}

/// How much may stand between the word and the rest of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Suffix {
    /// Anything a name may hold, as after a vendor's name.
    Free,
    /// Only what keeps it the name of a secret: `password2`, `secretKey`, not `passwordPolicy`.
    Strict,
}

/// How far a value may lie from its name, in bytes.
pub(super) const REACH: usize = 80;
/// How far names and values are set apart to stand in columns.
const ALIGNMENT: usize = 24;
/// The longest value.
pub(super) const VALUE_MAX: usize = 512;

/// The value given to the name whose last known byte is before `at`.
pub(super) fn value_after(text: &str, at: usize, suffix: Suffix) -> Option<Value> {
    let bytes = text.as_bytes();
    let name_end = skip(bytes, at, 32, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'));
    if suffix == Suffix::Strict && !keeps_meaning(text.get(at..name_end)?) {
        return None;
    }
    if let Some(after) = attribute(text, name_end).or_else(|| content(text, at, name_end)) {
        return value(text, after, Manner::Far);
    }
    // What stands within the tag is given to its attributes.
    if tag(text, at, name_end).is_some() {
        return None;
    }
    let closed = skip(bytes, name_end, ALIGNMENT, |byte| {
        matches!(byte, b' ' | b'\t' | b'"' | b'\'' | b'`' | b'\\' | b']' | b')' | b'*')
    });
    let saw_quote = text.get(name_end..closed)?.contains(['"', '\'', '`']);
    if let Some(after) = operator(bytes, closed, saw_quote) {
        let is_query = query_starts(text, at);
        let manner = if is_query { Manner::Query } else { Manner::Code };
        let is_line = closed == name_end && begins_line(text, at) && bytes.get(after) != Some(&b' ');
        return value(text, after, manner).map(|found| Value {
            is_line: is_line && !found.is_quoted && matches!(bytes.get(found.end), None | Some(b'\n' | b'\r')),
            is_listed: bytes.get(closed) == Some(&b',') && !behind(text, at, 80).contains("define("),
            ..found
        });
    }
    let before = behind(text, at, 120);
    let line = before.rsplit('\n').next().unwrap_or("");
    let is_option = line.rsplit(' ').next().is_some_and(|word| word.starts_with("--"));
    let is_variable = line.trim_start().starts_with("ENV ");
    // `machine host login name password value`, on one line or on three.
    let is_login = suffix == Suffix::Strict
        && text.get(at..closed)? == " "
        && (before.ends_with("bindpw") || ["login ", "username ", "user "].iter().any(|word| before.contains(word)));
    if (is_option || is_variable || is_login) && closed > name_end {
        return value(text, closed, Manner::Code);
    }
    // `WITH PASSWORD '…'`.
    let gap = text.get(name_end..closed)?;
    if suffix == Suffix::Strict && gap.starts_with(' ') && gap.ends_with(['"', '\'', '`']) {
        return value(text, name_end, Manner::Code);
    }
    let after = copula(text, name_end)?;
    value(text, after, Manner::Prose)
}

/// How a value is given to its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    Code,
    Query,
    Prose,
    Far,
}

/// Whether the name that ends here is a parameter of an address.
fn query_starts(text: &str, at: usize) -> bool {
    behind(text, at, 64)
        .trim_end_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
        .ends_with(['?', '&'])
}

/// Whether the name that ends here begins a line.
fn begins_line(text: &str, at: usize) -> bool {
    let before = behind(text, at, 64);
    let line = before.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    let line = line.rsplit('\n').next().unwrap_or("").trim_start();
    matches!(line, "" | "export " | "ENV " | "- " | "ARG ")
}

/// Where the value begins in `name="API_KEY" value="…"`, in `"name": "API_KEY", "value": "…"`, and in
/// `variable "api_key" { default = "…" }`.
fn attribute(text: &str, at: usize) -> Option<usize> {
    let near = ahead(text, at, 160);
    let closed = near.trim_start_matches(['"', '\'']);
    let next = closed.trim_start_matches([',', ' ', '\n', '\r', '\t']);
    let is_apart = next.len() < near.len();
    let word = next.trim_start_matches(['"', '\'']);
    if let Some(rest) = word.strip_prefix("value").or_else(|| word.strip_prefix("Value")).filter(|_| is_apart) {
        let rest = rest.trim_start_matches(['"', '\'', ' ']);
        return rest.starts_with(['=', ':']).then(|| at + near.len() - rest.len() + 1);
    }
    let block = closed.trim_start_matches(' ').strip_prefix('{').filter(|_| closed.len() < near.len())?;
    let inside = block.get(..block.find('}').unwrap_or(block.len()))?;
    let default = inside.find("default")?;
    let rest = inside.get(default + "default".len()..)?.trim_start_matches(' ');
    let rest_at = at + near.len() - block.len() + default + "default".len();
    let spaces = inside.get(default + "default".len()..)?.len() - rest.len();
    rest.starts_with('=').then_some(rest_at + spaces + 1)
}

/// What follows the name of a tag that has attributes.
fn tag(text: &str, at: usize, name_end: usize) -> Option<&str> {
    let name = behind(text, at, 40);
    let before = name.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':'));
    Some(ahead(text, name_end, 80)).filter(|tag| before.ends_with('<') && tag.starts_with(' '))
}

/// Where the value begins in `<pass encoding="…">…</pass>`.
fn content(text: &str, at: usize, name_end: usize) -> Option<usize> {
    let tag = tag(text, at, name_end)?;
    let close = tag.find(['>', '<', '\n'])?;
    let is_whole = tag.get(..close).is_some_and(|tag| !tag.ends_with('/'));
    (is_whole && tag.get(close..)?.starts_with('>')).then_some(name_end + close + 1)
}

/// Where the value begins behind `=`, `:`, `=>` and their kin.
fn operator(bytes: &[u8], at: usize, saw_quote: bool) -> Option<usize> {
    let rest = bytes.get(at..)?;
    for sign in [&b"::="[..], b":::=", b":=", b"?=", b"=>", b"->", b"||", b"==", b"=", b":", b">"] {
        if rest.starts_with(sign) {
            return Some(at + sign.len());
        }
    }
    (saw_quote && rest.starts_with(b",")).then_some(at + 1)
}

/// Where the value begins behind `is`, with a few words in between: `the password for the server is`.
fn copula(text: &str, at: usize) -> Option<usize> {
    let mut at = at;
    for _ in 0..7 {
        let near = ahead(text, at, 64);
        let Some(rest) = near.strip_prefix([' ', '\u{a0}']) else {
            // Without spaces between words.
            return ["是", "为", "は", "：", "은 ", "는 "]
                .iter()
                .find_map(|word| near.starts_with(word).then_some(at + word.len()));
        };
        let start = at + near.len() - rest.len();
        let length =
            rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '\'' | '-' | '_' | '/'))).unwrap_or(rest.len());
        let word = rest.get(..length)?;
        if length == 0 || length > 24 {
            return None;
        }
        at = start + length;
        if COPULAS.contains(&word.to_lowercase().as_str()) {
            let colon = text.get(at..)?.starts_with(':');
            return Some(at + usize::from(colon));
        }
        if text.get(at..)?.starts_with([':', '=']) {
            return Some(at + 1);
        }
    }
    None
}

const COPULAS: &[&str] = &[
    "is", "was", "to", "be", "equals", "are", "ist", "lautet", "war", "es", "est", "è", "é", "era", "jest", "to",
    "это", "—", "is:", "están", "hier",
];

fn value(text: &str, at: usize, manner: Manner) -> Option<Value> {
    let is_prose = manner == Manner::Prose;
    let bytes = text.as_bytes();
    let start = skip(bytes, at, ALIGNMENT, |byte| {
        matches!(byte, b' ' | b'\t' | b'"' | b'\'' | b'`' | b'=' | b'\\' | b'(' | b'*' | b'{')
    });
    let is_indented =
        ["\n ", "\n\t", "\n\""].iter().any(|line| text.get(start..).is_some_and(|ahead| ahead.starts_with(line)));
    let start = if is_indented && !is_prose { next_line(bytes, start) } else { start };
    let opening = ahead(text, start, 12);
    let opened = opening.trim_start_matches(['“', '„', '«', '「', '『', '‘', '：', ' ']);
    let start = start + opening.len() - opened.len();
    let quote = text.get(at..start)?.chars().rev().find(|c| matches!(c, '"' | '\'' | '`'));
    let near = ahead(text, start, VALUE_MAX + 4);
    // What stands in quotation marks within a string of code ends at the backslash of the mark that closes it.
    let is_escaped = text.get(at..start)?.contains('\\');
    let mut skips = false;
    let stop = near.find(|c: char| match quote {
        Some(_) if std::mem::take(&mut skips) => c == '\n',
        Some(quote) => {
            skips = c == '\\' && !is_escaped;
            c == quote || c == '\n' || (c == '\\' && is_escaped)
        }
        None => {
            c.is_whitespace()
                || matches!(c, '"' | '\'' | '`' | '<' | ',' | ';' | '。' | '，' | '”' | '“' | '’' | '»' | '」' | '』')
                || (c == '&' && manner == Manner::Query)
        }
    });
    let mut end = start + stop.unwrap_or(near.len());
    let is_open = end == text.len();
    if quote.is_none() {
        let whole = text.get(start..end)?;
        end = start + whole.trim_end_matches(['.', ':', '?', ')', ']', '}', '*', '&']).len();
    }
    (end > start && end - start <= VALUE_MAX).then_some(Value {
        start,
        end,
        is_quoted: quote.is_some(),
        is_prose,
        is_line: false,
        is_listed: false,
        is_far: manner == Manner::Far,
        is_open,
    })
}

fn next_line(bytes: &[u8], at: usize) -> usize {
    skip(bytes, at, 8, |byte| matches!(byte, b'\n' | b'\r' | b' ' | b'\t' | b'"'))
}

fn skip(bytes: &[u8], at: usize, most: usize, fits: impl Fn(u8) -> bool) -> usize {
    at + bytes.get(at..).unwrap_or_default().iter().take(most).take_while(|byte| fits(**byte)).count()
}

/// Whether the rest of a name leaves it the name of a secret.
fn keeps_meaning(suffix: &str) -> bool {
    let mut segments = Vec::new();
    let mut segment = String::new();
    let mut previous = '_';
    for c in suffix.chars() {
        let splits = matches!(c, '_' | '.' | '-') || (previous.is_ascii_lowercase() && c.is_ascii_uppercase());
        if splits {
            segments.push(std::mem::take(&mut segment));
        }
        if c.is_ascii_alphanumeric() {
            segment.push(c.to_ascii_lowercase());
        }
        previous = c;
    }
    segments.push(segment);
    segments.iter().all(|segment| {
        segment.is_empty() || segment.bytes().all(|byte| byte.is_ascii_digit()) || HARMLESS.contains(&segment.as_str())
    })
}

const HARMLESS: &[&str] = &[
    "s",
    "key",
    "token",
    "value",
    "secret",
    "prod",
    "production",
    "dev",
    "staging",
    "test",
    "live",
    "main",
    "primary",
    "secondary",
    "default",
    "admin",
    "root",
    "user",
    "db",
    "database",
    "api",
    "access",
    "auth",
    "app",
    "string",
    "text",
    "phrase",
    "base",
    "new",
    "old",
    "current",
    "v1",
    "v2",
    "master",
    "client",
    "server",
    "service",
    "account",
    "private",
    "plain",
    "cleartext",
    "bearer",
    "here",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_in_code_and_prose() {
        let check = |text: &str, name: &str, expected: Option<&str>| {
            let at = text.find(name).unwrap() + name.len();
            let found = value_after(text, at, Suffix::Strict).map(|value| &text[value.start..value.end]);
            assert_eq!(found, expected, "{text}");
        };
        check("password = \"abc 123\"", "password", Some("abc 123"));
        check("{\"password\": \"abc\"}", "password", Some("abc"));
        check("client(api_key='abc')", "api_key", Some("abc"));
        check("<password>abc</password>", "password", Some("abc"));
        check("the password for the server is abc.", "password", Some("abc"));
        check("export TOKEN=abc;", "TOKEN", Some("abc"));
        check("mysql --password abc -u root", "password", Some("abc"));
        check("密码是abc123", "密码", Some("abc123"));
        check("{\"name\": \"DB_PASSWORD\", \"value\": \"abc\"}", "PASSWORD", Some("abc"));
        check("- name: DB_PASSWORD\n  value: abc\n", "PASSWORD", Some("abc"));
        check("<add key=\"Password\" value=\"abc\" />", "Password", Some("abc"));
        check("variable \"db_password\" {\n  default = \"abc\"\n}", "password", Some("abc"));
        check("<Password encoding=\"plain\">abc</Password>", "Password", Some("abc"));
        check("machine h login ann password abc", "password", Some("abc"));
        check("ENV DB_PASSWORD abc", "PASSWORD", Some("abc"));
        check("https://h/?password=abc&x=1", "password", Some("abc"));
        check("passwordPolicy = strict", "password", None);
        check("the password manager", "password", None);
        check("password. It is", "password", None);
    }
}
