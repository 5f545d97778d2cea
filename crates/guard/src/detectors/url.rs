//! Addresses of the web, and bare host names under common top-level domains.

use redoubt_domain::finding::{Label, Severity};
use redoubt_domain::seams::{Detector, Match, Spec, Trigger, Window};

use super::boundary::{after, before, floor, is_spaceless};
use super::hits::read_each;

const URL: Label = Label::new("URL");
/// Browsers and proxies cut longer ones; a longer one is reported up to here.
const SPAN_BYTES: usize = 2048;
/// RFC 1035.
const HOST_MAX: usize = 253;

static SPEC: Spec = Spec {
    id: "url",
    summary: "web addresses and bare host names",
    labels: &["URL"],
    trigger: Trigger::Literals(&[
        "://", "www.", ".com", ".org", ".net", ".edu", ".gov", ".io", ".co.", ".de", ".fr", ".info", ".biz", ".app",
        ".dev", ".ru", ".cn", ".jp", ".eu", ".uk",
    ]),
    span_max: SPAN_BYTES + HOST_MAX,
    positives: &[
        "see https://example.com/a?b=c#d.",
        "www.example.org/path",
        "go to example.com today",
        "ftp://files.example.net",
        "(https://en.wikipedia.org/wiki/Rust_(language))",
    ],
    near_misses: &["bob@example.com", "the end.Come here", "key://", "https://", "node.company is a field", "a.b.c"],
};

/// Addresses of the web.
pub(super) struct Url;

impl Detector for Url {
    fn spec(&self) -> &Spec {
        &SPEC
    }

    fn detect(&self, window: &Window<'_>, found: &mut Vec<Match>) {
        let text = window.text;
        read_each(window, found, |hit| {
            let (span, score) = match hit.literal {
                0 => with_scheme(text, hit.start),
                _ => bare(text, hit.start, hit.end, hit.literal == 1),
            }?;
            Some(Match { span, label: URL, rule: None, score, severity: Severity::Low })
        });
    }

    fn live_from(&self, window: &Window<'_>) -> usize {
        let text = window.text;
        let least = floor(text, text.len().saturating_sub(SPAN_BYTES + HOST_MAX));
        let start = text.char_indices().rev().take_while(|(at, c)| *at >= least && is_part(*c)).last();
        start.map_or(text.len(), |(at, _)| at)
    }
}

/// A character that a web address may hold. White space, quotes and angle brackets end it, and so do the
/// full-width signs of sentences in scripts without spaces.
fn is_part(character: char) -> bool {
    !character.is_whitespace()
        && !character.is_control()
        && !matches!(
            character,
            '"' | '<'
                | '>'
                | '`'
                | '\\'
                | '|'
                | '^'
                | '{'
                | '}'
                | '，'
                | '。'
                | '、'
                | '；'
                | '）'
                | '」'
                | '“'
                | '”'
                | '（'
                | '：'
        )
}

/// An address whose scheme ends at `at`.
fn with_scheme(text: &str, at: usize) -> Option<(std::ops::Range<usize>, f32)> {
    let is_scheme = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let scheme = before(text, at).bytes().rev().take(24).take_while(is_scheme).count();
    let start = at - scheme;
    if !text.as_bytes().get(start).is_some_and(u8::is_ascii_alphabetic) {
        return None;
    }
    let end = end(text, at + 3, start);
    let host = text.get(at + 3..end)?;
    host.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '[' | '/' | '$')).then_some((start..end, 0.95))
}

/// A host without a scheme around a literal, and what follows it.
fn bare(text: &str, from: usize, to: usize, is_www: bool) -> Option<(std::ops::Range<usize>, f32)> {
    let is_host = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    let start = from - before(text, from).chars().rev().take(HOST_MAX).take_while(is_host).count();
    let length = after(text, start).chars().take(HOST_MAX).take_while(is_host).count();
    let host = after(text, start).get(..length)?.trim_end_matches(['.', '-']);
    let previous = before(text, start).chars().next_back();
    // An e-mail address, a path, a variable, an attribute.
    if previous.is_some_and(|c| {
        matches!(c, '@' | '/' | '_' | '\\' | '$' | '%' | '+') || (c.is_alphanumeric() && !is_spaceless(c))
    }) {
        return None;
    }
    if after(text, start + host.len()).starts_with(['@', '_', '(']) {
        return None;
    }
    let (name, last) = host.rsplit_once('.')?;
    let is_known = is_www
        || SPEC_LAST.contains(&last.to_ascii_lowercase().as_str())
        || (name.to_ascii_lowercase().ends_with(".co") && last.len() == 2);
    // `end.Come` is a missing space.
    let is_sentence =
        last.starts_with(|c: char| c.is_ascii_uppercase()) && last.ends_with(|c: char| c.is_ascii_lowercase());
    let is_named = name.bytes().any(|byte| byte.is_ascii_alphabetic()) && !name.split('.').any(str::is_empty);
    if to > start + host.len() || !is_known || is_sentence || !is_named || last.len() < 2 {
        return None;
    }
    let end = end(text, start + host.len(), start);
    Some((start..end, if is_www { 0.9 } else { 0.5 }))
}

/// The last labels that the trigger's literals stand for.
const SPEC_LAST: &[&str] =
    &["com", "org", "net", "edu", "gov", "io", "de", "fr", "info", "biz", "app", "dev", "ru", "cn", "jp", "eu", "uk"];

/// Where an address ends: without the sentence's punctuation, and without a bracket it did not open.
fn end(text: &str, from: usize, start: usize) -> usize {
    let part: usize = after(text, from).chars().take_while(|c| is_part(*c)).map(char::len_utf8).sum();
    let mut end = floor(text, (from + part).min(start + SPAN_BYTES)).max(from);
    while let Some(last) = text.get(from..end).and_then(|part| part.chars().next_back()) {
        let is_closing = |open: char, close: char| {
            last == close
                && text.get(from..end).is_some_and(|part| part.matches(close).count() > part.matches(open).count())
        };
        let is_outside = matches!(last, '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '…')
            || is_closing('(', ')')
            || is_closing('[', ']');
        if !is_outside {
            break;
        }
        end -= last.len_utf8();
    }
    end
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::examples::{check, conforms, find, is_sound, live_from};
    use super::Url;

    #[test]
    fn keeps_its_promises() {
        conforms(&Url);
    }

    #[test]
    fn leaves_the_sentence_alone() {
        for (text, expected) in [
            ("[link](https://example.com/a)", "URL 0.95 `https://example.com/a`"),
            ("Visit http://www.visualtrips.hu/!", "URL 0.95 `http://www.visualtrips.hu/`"),
            (
                "(https://en.wikipedia.org/wiki/Rust_(language))",
                "URL 0.95 `https://en.wikipedia.org/wiki/Rust_(language)`",
            ),
            ("网址是https://example.com/路径。", "URL 0.95 `https://example.com/路径`"),
            ("example.co.uk, bbc.co.uk", "URL 0.50 `example.co.uk`\nURL 0.50 `bbc.co.uk`"),
            ("postgres://u:p@db.example.com/app", "URL 0.95 `postgres://u:p@db.example.com/app`"),
            ("\"https://a.example/x\"", "URL 0.95 `https://a.example/x`"),
            ("bob@mail.example.com", ""),
        ] {
            check(&Url, text, expected);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_sound(text in "(https|://|www.|a|.com|.| |\\(|\\)|-|邮){0,16}") {
            is_sound(&Url, &text);
        }

        #[test]
        fn never_panics(text in "\\PC{0,200}") {
            find(&Url, &text);
            live_from(&Url, &text);
        }
    }
}
