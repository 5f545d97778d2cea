//! Credentials by the form of the files that keep them: `.pgpass`, the configuration of Docker, manifests of
//! Kubernetes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use redoubt_domain::finding::Severity;

use super::super::entropy::is_placeholder;
use super::shape::{ahead, behind};
use super::{Seen, Trail};

/// `host:5432:database:user:password`.
pub(super) fn pgpass(text: &str, _: usize, end: usize) -> Trail {
    let near = ahead(text, end, 240);
    let stop = near.find('\n');
    let line = near.get(..stop.unwrap_or(near.len())).unwrap_or("");
    let mut fields = line.splitn(3, ':');
    let (Some(database), Some(user), Some(password)) = (fields.next(), fields.next(), fields.next()) else {
        return Trail::Nothing;
    };
    let start = end + database.len() + user.len() + 2;
    let whole = password.trim_end();
    let is_password = whole.len() >= 4
        && !database.is_empty()
        && !user.is_empty()
        && !line.contains([' ', '/', '"'])
        && !is_placeholder(whole);
    let seen = is_password.then(|| Seen {
        rule: "pgpass-password",
        span: start..start + whole.len(),
        score: 0.8,
        severity: Severity::High,
    });
    if stop.is_none() && end + near.len() == text.len() {
        return Trail::Open(start, seen);
    }
    seen.map_or(Trail::Nothing, Trail::Found)
}

/// `"auth": "dXNlcjpwYXNzd29yZA=="`.
pub(super) fn docker_auth(text: &str, _: usize, end: usize) -> Trail {
    let near = ahead(text, end, 1024);
    let lead = near.len() - near.trim_start_matches([' ', ':', '\t']).len();
    let Some(value) = near.get(lead..).and_then(|rest| rest.strip_prefix('"')) else { return Trail::Nothing };
    let start = end + lead + 1;
    let length = value.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(byte)).count();
    if start + length == text.len() {
        return Trail::Open(start, None);
    }
    let decoded = value.get(..length).and_then(|value| STANDARD.decode(value).ok());
    let is_pair = decoded.and_then(|decoded| String::from_utf8(decoded).ok()).is_some_and(|pair| {
        pair.split_once(':').is_some_and(|(user, password)| {
            !user.is_empty() && password.len() >= 3 && !is_placeholder(password) && !pair.contains(char::is_control)
        })
    });
    if !is_pair || length < 8 {
        return Trail::Nothing;
    }
    Trail::Found(Seen { rule: "docker-auth", span: start..start + length, score: 0.9, severity: Severity::High })
}

/// How much of a manifest is read behind `data:`.
const DATA_MAX: usize = 4 << 10;
/// How far before it the kind may stand.
const KIND_REACH: usize = 800;
const KIND: &str = "kind: Secret";

/// The values below `data:` or `stringData:` of a secret of Kubernetes, from the first to the last.
pub(super) fn kubernetes(text: &str, start: usize, end: usize) -> Trail {
    let before = behind(text, start, KIND_REACH);
    let line = before.get(before.rfind('\n').map_or(0, |at| at + 1)..).unwrap_or("");
    let name = line.trim_start();
    let is_text = name == "string";
    let near = ahead(text, end, DATA_MAX);
    if !(is_text || name.is_empty()) || !near.trim_start_matches([' ', '\r']).starts_with('\n') {
        return Trail::Nothing;
    }
    let indent = line.len() - name.len();
    let (mut first, mut last, mut is_secret) = (None, end, false);
    let mut at = 0;
    let mut rest = None;
    for line in near.split_inclusive('\n').skip(1).scan(near.find('\n').map_or(0, |at| at + 1), |from, line| {
        let begun = *from;
        *from += line.len();
        Some((begun, line))
    }) {
        let (from, line) = line;
        let body = line.trim_start_matches(' ');
        let depth = line.len() - body.len();
        let body = body.trim_end();
        if !body.is_empty() && depth <= indent {
            rest = Some((from, depth));
            break;
        }
        at = from + line.len();
        let value = body.split_once(':').map_or(body, |(_, value)| value);
        let bare = value.trim_matches([' ', '"', '\'']);
        if bare.is_empty() || bare.starts_with(['|', '>', '#']) || is_placeholder(bare) {
            continue;
        }
        let from = end + from + depth + body.len() - value.trim_start_matches([' ', '"', '\'']).len();
        first = first.or(Some(from));
        last = from + bare.len();
        is_secret |= is_text || (bare.len() >= 8 && STANDARD.decode(bare).is_ok());
    }
    let Some(first) = first else { return Trail::Nothing };
    let document = before.rfind("\n---").map_or(before, |at| before.get(at..).unwrap_or(""));
    let is_known = is_kind(document);
    let seen = |is_known: bool| {
        (is_known && is_secret).then_some(Seen {
            rule: "kubernetes-secret-yaml",
            span: first..last,
            score: 0.86,
            severity: Severity::High,
        })
    };
    let Some((rest, depth)) = rest else {
        if end + at == text.len() {
            return Trail::Open(first, seen(is_known));
        }
        return seen(is_known).map_or(Trail::Nothing, Trail::Found);
    };
    let follows = near.get(rest + depth..).unwrap_or("");
    let is_followed = follows.strip_prefix(KIND).is_some_and(|after| !after.starts_with(char::is_alphanumeric));
    let is_open = end + near.len() == text.len() && (KIND.starts_with(follows) || follows == KIND);
    if is_open {
        return Trail::Open(first, seen(is_known || is_followed));
    }
    seen(is_known || is_followed).map_or(Trail::Nothing, Trail::Found)
}

/// Whether a manifest says that it is a secret.
fn is_kind(document: &str) -> bool {
    document.match_indices("kind:").any(|(at, mark)| {
        let value = document.get(at + mark.len()..).unwrap_or("").trim_start_matches([' ', '"', '\'']);
        value.strip_prefix("Secret").is_some_and(|after| !after.starts_with(char::is_alphanumeric))
    })
}
