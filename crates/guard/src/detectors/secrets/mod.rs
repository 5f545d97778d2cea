//! Credentials. Rules carry gitleaks' ids.
//!
//! Each begins with a literal that the engine's one pass finds: the issuer's own prefix ([`formats`]), the name of
//! the issuer ([`named`]) or of the thing ([`generic`]), or a mark of a structure ([`structures`]). From there the
//! form is read off by hand-written rows, so that no pattern ever walks the whole text.

mod assignment;
mod commands;
mod files;
mod formats;
mod generic;
mod hashes;
mod http;
mod named;
mod shape;
mod structures;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::LazyLock;

use redoubt_domain::finding::{Label, Severity};
use redoubt_domain::seams::{Detector, Match, Spec, Trigger, Window};

use self::assignment::{REACH, Suffix, VALUE_MAX, value_after};
use self::formats::{Check, FORMATS, Format};
use self::generic::{NAMES, Name};
use self::named::{NAMED, Named, Proof};
use self::shape::Reading;
use self::structures::{STRUCTURES, Structure};
use super::Parameters;

/// Makes the detector.
pub(super) fn build(_: &Parameters) -> Box<dyn Detector> {
    Box::new(Secrets { spec: SPEC.clone() })
}

const LABEL: &str = "SECRET";

/// A private key with its header, the longest of all.
const SPAN_MAX: usize = 8 << 10;

static SPEC: LazyLock<Spec> = LazyLock::new(|| Spec {
    id: "secret",
    summary: "Credentials: keys and tokens of some 200 issuers, private keys, JWTs, passwords in URLs and assignments",
    labels: &[LABEL],
    trigger: Trigger::Literals(&LITERALS.texts),
    span_max: SPAN_MAX,
    positives: &[
        "Code: client = OpenAI(api_key=\"sk-proj-Zt4Qm8Xv2Lp9Rw6Ks1Hd5Jf7Gb3NcT3BlbkFJYy0Ua4Ei8Ow2Zx6Cv1Bn5\")",
        "my key is AKIAQ7XW3LMN5RTB2KPD, please rotate it",
        "token glpat-Zx9Lq2Wm7Rt4Ks8Vb1Nd in the pipeline",
        "postgres://admin:tR0ub4dor&3x@db.internal:5432/app",
        "The password for the server is Winter!2031x",
        "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n-----END PRIVATE KEY-----",
        "Authorization: Bearer 9fQ2mX7vLp4RtZ8kWb1NcD6h",
    ],
    near_misses: &[
        "Set api_key to YOUR_API_KEY before you start.",
        "The password is required and must be changed.",
        "550e8400-e29b-41d4-a716-446655440000",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "use sk-... as the key and ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "the key [SECRET_1_ab12] was removed",
        "max_tokens: 4096, next_page_token = abcdef",
        "https://example.com/reset?user=ann",
    ],
});

/// Where a literal leads.
#[derive(Clone, Copy)]
enum Lead {
    Format(&'static Format),
    Named(&'static Named),
    Generic(&'static Name),
    Structure(&'static Structure),
}

struct Literals {
    texts: Vec<&'static str>,
    leads: Vec<Vec<Lead>>,
}

static LITERALS: LazyLock<Literals> = LazyLock::new(|| {
    let mut literals = Literals { texts: Vec::new(), leads: Vec::new() };
    let rows = FORMATS
        .iter()
        .map(|row| (row.prefix, Lead::Format(row)))
        .chain(NAMED.iter().map(|row| (row.name, Lead::Named(row))))
        .chain(NAMES.iter().map(|row| (row.name, Lead::Generic(row))))
        .chain(STRUCTURES.iter().map(|row| (row.mark, Lead::Structure(row))));
    for (text, lead) in rows {
        let at = literals.texts.iter().position(|known| known.eq_ignore_ascii_case(text));
        if let Some(leads) = at.and_then(|at| literals.leads.get_mut(at)) {
            leads.push(lead);
        } else {
            literals.texts.push(text);
            literals.leads.push(vec![lead]);
        }
    }
    literals
});

/// What a lead came to.
enum Trail {
    Found(Seen),
    /// More text could complete it, or lengthen what was found; its value begins here.
    Open(usize, Option<Seen>),
    Nothing,
}

/// A secret and how sure we are of it.
struct Seen {
    rule: &'static str,
    span: Range<usize>,
    score: f32,
    severity: Severity,
}

struct Secrets {
    spec: Spec,
}

impl Detector for Secrets {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn detect(&self, window: &Window<'_>, found: &mut Vec<Match>) {
        let mut all = Vec::new();
        trails(window, 0, |trail| match trail {
            Trail::Found(seen) | Trail::Open(_, Some(seen)) => all.push(seen),
            Trail::Open(_, None) | Trail::Nothing => {}
        });
        // The surest reading of each place; of equals, the longest. Where one secret runs into another, such as
        // an address with a password into the key pasted behind it, what only the other covers is secret too.
        all.sort_by_key(|seen| seen.span.start);
        let mut kept: Vec<Seen> = Vec::new();
        for seen in all {
            let Some(other) = kept.last_mut().filter(|other| other.span.end > seen.span.start) else {
                kept.push(seen);
                continue;
            };
            let both = other.span.start..other.span.end.max(seen.span.end);
            if (seen.score, seen.span.len()) > (other.score, other.span.len()) {
                *other = seen;
            }
            other.span = both;
        }
        found.extend(kept.into_iter().map(|seen| Match {
            span: seen.span,
            label: Label::new(LABEL),
            rule: Some(seen.rule),
            score: seen.score,
            severity: seen.severity,
        }));
    }

    fn live_from(&self, window: &Window<'_>) -> usize {
        let text = window.text;
        let mut live = text.len().min(begun(text)).min(structures::begun(text));
        // What begins before that is too long to be going on.
        trails(window, text.len().saturating_sub(SPAN_MAX), |trail| {
            if let Trail::Open(start, _) = trail {
                live = live.min(start);
            }
        });
        live
    }
}

fn trails(window: &Window<'_>, from: usize, mut tell: impl FnMut(Trail)) {
    for hit in window.hits.iter().skip_while(|hit| hit.start < from) {
        for lead in LITERALS.leads.get(hit.literal).into_iter().flatten() {
            tell(match lead {
                Lead::Format(format) => follow_format(window.text, hit.start, hit.end, format),
                Lead::Named(named) => follow_name(window.text, hit.end, named),
                Lead::Generic(name) => follow_assignment(window.text, hit.start, hit.end, name),
                Lead::Structure(structure) => (structure.follow)(window.text, hit.start, hit.end),
            });
        }
    }
}

fn follow_format(text: &str, start: usize, end: usize, format: &Format) -> Trail {
    if text.get(start..end) != Some(format.prefix) {
        return Trail::Nothing;
    }
    let address = if is_address(format.prefix) { address_start(text, start) } else { None };
    // A host goes on before its dot.
    if address.is_none() && (format.prefix.starts_with('.') || !begins(text, start)) {
        return Trail::Nothing;
    }
    let first = address.unwrap_or(start);
    let seen = |end: usize| {
        let tail = text.get(start + format.prefix.len()..end)?;
        let score = shape::weigh(tail, format.entropy_min, base_score(format, tail)?)?;
        Some(Seen { rule: format.rule, span: first..end, score, severity: format.severity })
    };
    match shape::read(text, end, format.parts) {
        Reading::Ends(end) => seen(end).map_or(Trail::Nothing, Trail::Found),
        Reading::EndsOpen(end) => Trail::Open(first, seen(end)),
        Reading::Open => Trail::Open(first, None),
        Reading::Not => Trail::Nothing,
    }
}

/// Whether what begins so is the end of a host and a path.
fn is_address(prefix: &str) -> bool {
    prefix.contains("com/")
}

/// Where the address with a part of its host or path at this byte begins.
fn address_start(text: &str, at: usize) -> Option<usize> {
    let before = shape::behind(text, at, 64);
    let host = before.bytes().rev().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    let rest = before.get(..before.len() - host.count())?.strip_suffix("://")?;
    let scheme = ["https", "http"].into_iter().find(|scheme| rest.to_ascii_lowercase().ends_with(scheme))?;
    let start = at - before.len() + rest.len() - scheme.len();
    begins(text, start).then_some(start)
}

fn base_score(format: &Format, tail: &str) -> Option<f32> {
    let score = match format.check {
        Check::Nothing => 0.95,
        Check::GithubChecksum if structures::has_github_checksum(tail) => 0.99,
        Check::GithubChecksum => 0.85,
        Check::EndsWith(text) => tail.ends_with(text).then_some(0.97)?,
        Check::HasDigit => tail.bytes().any(|byte| byte.is_ascii_digit()).then_some(0.95)?,
    };
    Some(score)
}

fn follow_name(text: &str, end: usize, named: &Named) -> Trail {
    let assigned = if named.name.ends_with('=') {
        Some(end)
    } else {
        value_after(text, end, Suffix::Free).map(|value| value.start)
    };
    let near = word_starts(text, end).filter(|start| named.proof == Proof::Name || is_introduced(text, end, *start));
    let mut open = None;
    for start in assigned.into_iter().chain(near) {
        let seen = |end: usize| {
            let value = text.get(start..end)?;
            let score = shape::weigh(value, named.entropy_min, 0.88)?;
            is_made(value, named).then_some(Seen {
                rule: named.rule,
                span: start..end,
                score,
                severity: Severity::High,
            })
        };
        match shape::read(text, start, named.parts) {
            Reading::Ends(end) => {
                if let Some(seen) = seen(end) {
                    return Trail::Found(seen);
                }
            }
            Reading::EndsOpen(end) => return Trail::Open(start, seen(end)),
            Reading::Open => open = open.or(Some(start)),
            Reading::Not => {}
        }
    }
    open.map_or(Trail::Nothing, |start| Trail::Open(start, None))
}

/// Whether a value was made by a machine, and is not a digest where the form asks for more than that.
fn is_made(value: &str, named: &Named) -> bool {
    let has = |is: fn(&u8) -> bool| value.bytes().any(|byte| is(&byte));
    let mixes_cases = named.parts.iter().all(|(class, _, _)| *class != shape::Class::Base64)
        || (has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase));
    mixes_cases && has(|byte| byte.is_ascii_digit() || *byte == b':')
}

/// Whether a word between a name and a value says that the value is secret.
fn is_introduced(text: &str, from: usize, to: usize) -> bool {
    let between = text.get(from..to).unwrap_or("").to_ascii_lowercase();
    ["key", "token", "secret", "password", "credential"].iter().any(|word| between.contains(word))
}

/// Where the next few words begin: `my telegram bot token 1234:A…` has neither a sign nor a verb before the value.
fn word_starts(text: &str, at: usize) -> impl Iterator<Item = usize> {
    let near = shape::ahead(text, at, NAME_REACH);
    let line = near.get(..near.find('\n').unwrap_or(near.len())).unwrap_or("");
    line.match_indices(' ').map(move |(space, _)| {
        let word = line.get(space + 1..).unwrap_or("");
        at + space + 1 + word.len() - word.trim_start_matches(['`', '"', '\'', '(', '[', '*', '<']).len()
    })
}

/// How far behind an issuer's name its secret may stand without a sign between them, in bytes.
const NAME_REACH: usize = 40;

fn follow_assignment(text: &str, start: usize, end: usize, name: &Name) -> Trail {
    if !name.stands_at(text, start) {
        return Trail::Nothing;
    }
    let Some(value) = value_after(text, end - name.sign(), Suffix::Strict) else { return Trail::Nothing };
    if value.start.saturating_sub(end) > REACH && !value.is_far {
        return Trail::Nothing;
    }
    let seen = generic::weigh(text, start, &value, name.promise).map(|score| Seen {
        rule: name.rule,
        span: value.start..value.end,
        score,
        severity: Severity::High,
    });
    match seen {
        // What touches the end of the text, trimmed marks included, may go on.
        seen if value.is_open && text.len() - value.start <= VALUE_MAX => Trail::Open(value.start, seen),
        Some(seen) => Trail::Found(seen),
        None => Trail::Nothing,
    }
}

/// Whether a secret may begin here: not inside a word, though `\n` before it may be an escape.
fn begins(text: &str, at: usize) -> bool {
    let mut before = text.get(..at).unwrap_or("").bytes().rev();
    match before.next() {
        Some(b'n' | b'r' | b't') => before.next() == Some(b'\\'),
        Some(byte) => !byte.is_ascii_alphanumeric(),
        None => true,
    }
}

/// Where the text ends in the beginning of an issuer's prefix.
fn begun(text: &str) -> usize {
    static PREFIXES: LazyLock<(Vec<&'static str>, usize)> = LazyLock::new(|| {
        let mut prefixes: Vec<&str> = FORMATS.iter().map(|format| format.prefix).collect();
        prefixes.sort_unstable();
        let longest = prefixes.iter().map(|prefix| prefix.len()).max().unwrap_or(0);
        (prefixes, longest)
    });
    let (prefixes, longest) = &*PREFIXES;
    let mut from = text.len().saturating_sub(*longest);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let tail = text.get(from..).unwrap_or("");
    for (at, _) in tail.char_indices() {
        let may_begin = |rest: &&str| rest.starts_with('.') || begins(text, from + at);
        let Some(rest) = tail.get(at..).filter(may_begin) else { continue };
        // In order, whatever begins with `rest` follows it, and what is `rest` comes first.
        let next = prefixes.partition_point(|prefix| *prefix <= rest);
        if prefixes.get(next).is_some_and(|prefix| prefix.starts_with(rest)) {
            let address = if is_address(rest) { address_start(text, from + at) } else { None };
            return address.unwrap_or(from + at);
        }
    }
    text.len()
}
