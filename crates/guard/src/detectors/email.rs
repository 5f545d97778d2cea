//! E-mail addresses: plain, at internal domains, quoted, in any script, and spelt out to fool scanners.
//!
//! One reader serves both questions: it reads forward from where a local part begins, and an address is
//! pending exactly if the reader wanted to see what lies behind the end of the text.

use std::ops::Range;

use redoubt_domain::finding::{Label, Severity};
use redoubt_domain::seams::{Detector, Match, Spec, Trigger, Window};

use super::boundary::{before, floor, is_spaceless};
use super::cursor::Cursor;

const EMAIL: Label = Label::new("EMAIL_ADDRESS");
/// RFC 5321: 64 bytes before the sign.
const LOCAL_MAX: usize = 64;
/// 64 bytes, the sign spelt out, 255 bytes of domain with its dots spelt out.
const SPAN_BYTES: usize = 384;

static SPEC: Spec = Spec {
    id: "email",
    summary: "e-mail addresses, also with the signs spelt out",
    labels: &["EMAIL_ADDRESS"],
    trigger: Trigger::Literals(&["@", "[at]", "(at)", "{at}", "<at>", "[ at ]", "( at )", " dot ", "(dot)", "[dot]"]),
    span_max: SPAN_BYTES + LOCAL_MAX,
    positives: &[
        "write to alice.smith+work@example.co.uk today",
        "bob@corp.internal",
        "\"John Smith\"@example.com",
        "用户@例子.广告",
        "alice [at] example [dot] com",
        "alice(at)example.com",
        "alice at example dot com",
        "root@[192.168.0.1]",
    ],
    near_misses: &[
        "@types/node@18.0.0",
        "follow @redoubt on the web",
        "icon@2x.png",
        "git@github.com:owner/repository.git",
        "postgres://user:password@database.example.com/app",
        "image@sha256:0a1b",
        "look at the dot on the map",
        "a @ b",
    ],
};

/// Domains common enough that words around ` at ` and ` dot ` mean an address.
const TOP_LEVEL: &[&str] = &[
    "com", "org", "net", "io", "edu", "gov", "mil", "info", "biz", "dev", "app", "ai", "co", "me", "eu", "uk", "de",
    "fr", "es", "it", "pt", "nl", "be", "ch", "at", "pl", "se", "no", "fi", "dk", "cz", "ru", "cn", "jp", "kr", "in",
    "br", "mx", "ar", "au", "nz", "ca", "us", "za", "sg", "hk", "tw", "tr", "gr", "ie", "internal", "local", "example",
];

/// What follows an `@` in the names of images for dense screens.
const FILES: &[&str] = &["png", "jpg", "jpeg", "gif", "svg", "webp", "css", "js", "ts", "html", "ico", "bmp"];

/// Words that stand before ` at ` in plain sentences.
const PLAIN: &[&str] = &[
    "look",
    "looking",
    "is",
    "are",
    "was",
    "me",
    "us",
    "them",
    "it",
    "arrive",
    "available",
    "found",
    "hosted",
    "site",
    "visit",
    "here",
    "meet",
    "lunch",
    "see",
];

/// E-mail addresses.
pub(super) struct Email;

impl Detector for Email {
    fn spec(&self) -> &Spec {
        &SPEC
    }

    fn detect(&self, window: &Window<'_>, found: &mut Vec<Match>) {
        let text = window.text;
        let mut done = 0;
        for hit in window.hits {
            if hit.start < done {
                continue;
            }
            for start in starts(text, floor(text, hit.start.saturating_sub(SPAN_BYTES)).max(done), hit.end).rev() {
                let mut cursor = Cursor::new(text, start);
                let Some((span, score)) = read(&mut cursor) else {
                    continue;
                };
                if span.end > hit.start {
                    done = span.end;
                    found.push(Match { span, label: EMAIL, rule: None, score, severity: Severity::Medium });
                }
                break;
            }
        }
    }

    fn live_from(&self, window: &Window<'_>) -> usize {
        let text = window.text;
        let from = floor(text, text.len().saturating_sub(SPAN_BYTES + LOCAL_MAX));
        let from = near_sign(text, from);
        let is_pending = |start: &usize| {
            let mut cursor = Cursor::new(text, *start);
            read(&mut cursor);
            cursor.saw_end()
        };
        let mut starts = possible_starts(text, from);
        starts.find(|start| !is_over(text, *start) && is_pending(start)).unwrap_or(text.len())
    }
}

/// Whether what begins here is plainly a word with another word behind it.
fn is_over(text: &str, start: usize) -> bool {
    let word = text.as_bytes().get(start..).unwrap_or_default();
    let length = word.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    matches!(word.get(length..), Some([b' ', next, ..]) if !may_sign(*next))
}

/// Whether a sign may begin with a space and this: `[at]`, `at`, `@`.
fn may_sign(next: u8) -> bool {
    matches!(next, b'[' | b'(' | b'{' | b'<' | b'@' | b'a' | b'A')
}

/// From where on an address may begin that is still going on at the end of the text: what stands further before the
/// first sign between a local part and its domain has ended.
fn near_sign(text: &str, from: usize) -> usize {
    /// A local part, a sign and a little more; and how far from the end a quoted local part may begin, or the last
    /// word but one, if a sign is still to come.
    const REACH: usize = LOCAL_MAX + 32;
    const REACH_TO_END: usize = 40;
    let bytes = text.as_bytes();
    let near = bytes.get(from..).unwrap_or_default();
    let sign = [memchr::memchr3(b'@', b'[', b'(', near), memchr::memchr2(b'{', b'<', near)];
    let sign = sign.into_iter().flatten().min().map_or(usize::MAX, |at| from + at);
    // A domain is one word, unless its dots are spelt out.
    let goes_on = |domain: &[u8]| {
        let space = memchr::memchr(b' ', domain);
        space.is_none_or(|space| domain.get(space + 1).is_none_or(|next| matches!(next, b'd' | b'D')))
    };
    let is_at = |at: &usize| {
        near.get(*at..*at + 4).is_some_and(|word| word.eq_ignore_ascii_case(b" at "))
            && near.get(*at + 4..).is_some_and(goes_on)
    };
    let word = memchr::memchr_iter(b' ', near).find(is_at).map_or(usize::MAX, |at| from + at);
    let reached = bytes.len().saturating_sub(REACH_TO_END).min(sign.min(word).saturating_sub(REACH));
    let near = floor(text, reached).max(from);
    // Which characters begin a local part hangs on the whole run they are in.
    let run = text.get(from..near).unwrap_or("").trim_end_matches(is_local);
    from + run.len()
}

/// Every place in a part of the text where a local part may begin: at its first letter or digit, at a
/// quotation mark, and where a script without spaces gives way to another.
fn starts(text: &str, from: usize, to: usize) -> impl DoubleEndedIterator<Item = usize> {
    let mut previous = before(text, from).chars().next_back();
    let mut is_inside = previous.is_some_and(is_local);
    let mut starts = Vec::new();
    for (at, character) in text.get(from..to).unwrap_or("").char_indices() {
        let is_switch = is_switch(previous, character);
        if character == '"' || ((!is_inside || is_switch) && (character.is_alphanumeric() || character == '_')) {
            starts.push(from + at);
        }
        is_inside = is_local(character);
        // Punctuation before the first letter belongs to the sentence.
        if is_inside
            && !character.is_alphanumeric()
            && starts.last().is_none_or(|start| !is_run(text, *start, from + at))
        {
            is_inside = false;
        }
        previous = Some(character);
    }
    starts.into_iter()
}

/// Every place from a byte on that can be one of the [`starts`], whichever addresses before it were found and where they
/// ended: behind those a local part begins within what was one word.
fn possible_starts(text: &str, from: usize) -> impl Iterator<Item = usize> {
    let mut previous = before(text, from).chars().next_back();
    text.get(from..).unwrap_or("").char_indices().filter_map(move |(at, character)| {
        let previous = previous.replace(character);
        let begins = previous.is_none_or(|c| !c.is_alphanumeric()) || is_switch(previous, character);
        (character == '"' || (begins && (character.is_alphanumeric() || character == '_'))).then_some(from + at)
    })
}

/// Whether a script without spaces gives way to another.
fn is_switch(previous: Option<char>, character: char) -> bool {
    previous.is_some_and(|c| c.is_alphanumeric() && is_spaceless(c)) && !is_spaceless(character)
}

/// Whether nothing but a local part lies between two places.
fn is_run(text: &str, start: usize, end: usize) -> bool {
    text.get(start..end).is_some_and(|part| part.len() <= LOCAL_MAX && part.chars().all(is_local))
}

/// A character of an unquoted local part. RFC 5322 allows more; what is left out here is how addresses are
/// set in text: `=`, `/`, `*`, backquotes and braces.
fn is_local(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '.' | '_' | '%' | '+' | '-' | '\'' | '&' | '~' | '#' | '!')
}

/// How the sign between name and domain is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// `@`
    Plain,
    /// `[at]`, `(at)` and the like.
    Bracketed,
    /// ` at ` or ` @ `, which plain sentences have too.
    Spaced,
}

/// Reads an address.
fn read(cursor: &mut Cursor<'_>) -> Option<(Range<usize>, f32)> {
    let start = cursor.at();
    let local = local(cursor)?;
    let local_end = cursor.at();
    let sign = sign(cursor, local.ends_with('"'))?;
    if local.ends_with('.') || (sign == Sign::Spaced && PLAIN.contains(&local.to_ascii_lowercase().as_str())) {
        return None;
    }
    if sign == Sign::Plain && cursor.eat("[") {
        let address = cursor.take(46, |c| c.is_ascii_hexdigit() || matches!(c, '.' | ':' | 'I' | 'P' | 'v'));
        return (address.len() > 6 && cursor.eat("]")).then(|| (start..cursor.at(), 0.85));
    }
    let labels = domain(cursor, sign);
    let (last, end) = labels.iter().rev().find(|(label, _)| is_top_level(label)).filter(|_| {
        labels.len() > 1
            || labels.first().is_some_and(|(label, _)| sign == Sign::Plain && label.eq_ignore_ascii_case("localhost"))
    })?;
    if labels.first().is_some_and(|(label, _)| std::ptr::eq(label, last)) && labels.len() > 1 {
        return None;
    }
    let last = last.to_ascii_lowercase();
    let is_known = TOP_LEVEL.contains(&last.as_str());
    if FILES.contains(&last.as_str()) || is_login(cursor.text(), start) {
        return None;
    }
    // `git@host:path` names a repository.
    if local == "git" && cursor.eat(":") && cursor.peek().is_some_and(|c| !c.is_whitespace()) {
        return None;
    }
    let score = match sign {
        Sign::Plain if labels.len() == 1 => 0.5,
        Sign::Plain if is_known => 0.95,
        Sign::Plain => 0.9,
        Sign::Bracketed => 0.85,
        Sign::Spaced if is_known => 0.6,
        Sign::Spaced => return None,
    };
    (local_end - start <= LOCAL_MAX).then_some((start..*end, score))
}

/// Reads a local part.
fn local<'a>(cursor: &mut Cursor<'a>) -> Option<&'a str> {
    let start = cursor.at();
    if cursor.eat("\"") {
        cursor.take(24, |c| !matches!(c, '"' | '\n' | '@' | '<' | '>' | ':' | ',' | '{'));
        return (cursor.at() > start + 1 && cursor.eat("\"")).then(|| cursor.since(start));
    }
    let is_wide = cursor.peek().is_some_and(is_spaceless);
    let local = cursor.take(LOCAL_MAX + 1, |c| is_local(c) && (!c.is_alphanumeric() || is_spaceless(c) == is_wide));
    (!local.is_empty() && local.len() <= LOCAL_MAX).then_some(local)
}

/// Reads the sign. After a quoted name only the plain one counts.
fn sign(cursor: &mut Cursor<'_>, is_quoted: bool) -> Option<Sign> {
    if cursor.eat("@") {
        return Some(Sign::Plain);
    }
    // A dot ends a sentence, not a name.
    if is_quoted || before(cursor.text(), cursor.at()).ends_with(['.', '!', '\'']) {
        return None;
    }
    // Nearly every word is followed by another.
    if let [b' ', next, ..] = cursor.text().as_bytes().get(cursor.at()..).unwrap_or_default()
        && !may_sign(*next)
    {
        return None;
    }
    if bracketed(cursor, &["at", "@", "arroba", "klammeraffe"]) {
        return Some(Sign::Bracketed);
    }
    (cursor.eat(" at ") || cursor.eat(" @ ")).then_some(Sign::Spaced)
}

/// Reads a word in brackets of any kind, with spaces inside and outside.
fn bracketed(cursor: &mut Cursor<'_>, words: &[&str]) -> bool {
    let start = cursor.at();
    cursor.eat(" ");
    for (open, close) in [("[", "]"), ("(", ")"), ("{", "}"), ("<", ">")] {
        if cursor.eat(open) {
            cursor.eat(" ");
            if words.iter().any(|word| cursor.eat(word)) {
                cursor.eat(" ");
                if cursor.eat(close) {
                    cursor.eat(" ");
                    return true;
                }
            }
            break;
        }
    }
    cursor.back_to(start);
    false
}

/// Reads the labels of a domain, each with where it ends.
fn domain<'a>(cursor: &mut Cursor<'a>, sign: Sign) -> Vec<(&'a str, usize)> {
    let mut labels = Vec::new();
    loop {
        let is_wide = cursor.peek().is_some_and(is_spaceless);
        let label = cursor.take(63, |c| c == '-' || (c.is_alphanumeric() && is_spaceless(c) == is_wide) || is_mark(c));
        let name = label.trim_end_matches('-');
        if name.is_empty() {
            break;
        }
        let end = cursor.at() - (label.len() - name.len());
        labels.push((name, end));
        if name.len() < label.len() || labels.len() > 10 {
            break;
        }
        // `alice at example.com` is a sentence about a site; spelt out all the way it is an address.
        let is_spelt = sign != Sign::Plain || labels.len() == 1;
        let is_dot = (is_spelt
            && (bracketed(cursor, &["dot", ".", "punkt", "punto", "point", "ponto"]) || cursor.eat(" dot ")))
            || ((sign != Sign::Spaced
                || labels.len() > 1
                || before(cursor.text(), cursor.at() - label.len()).ends_with("@ "))
                && cursor.eat("."));
        if !is_dot {
            break;
        }
    }
    labels
}

/// Marks that belong to the letters of Indic and other scripts.
fn is_mark(character: char) -> bool {
    matches!(character, '\u{0300}'..='\u{036f}' | '\u{0900}'..='\u{0dff}')
}

/// Whether a label can be the last of a domain.
fn is_top_level(label: &str) -> bool {
    label.to_ascii_lowercase().starts_with("xn--")
        || (label.chars().count() > 1 && label.len() <= 24 && label.chars().all(|c| c.is_alphabetic() || is_mark(c)))
}

/// Whether the place is in the authority of a URL: a password there is a secret, not an address.
fn is_login(text: &str, start: usize) -> bool {
    let before = before(text, start);
    let token = before.get(floor(before, before.len().saturating_sub(128))..).unwrap_or("");
    let token = token.rsplit(char::is_whitespace).next().unwrap_or("");
    token.rsplit_once("://").is_some_and(|(_, authority)| !authority.contains(['/', '?', '#', '"', ',']))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::examples::{check, conforms, find, is_sound, live_from};
    use super::Email;

    #[test]
    fn keeps_its_promises() {
        conforms(&Email);
    }

    #[test]
    fn reads_addresses_as_people_write_them() {
        for (text, expected) in [
            ("Mail alice@example.com.", "EMAIL_ADDRESS 0.95 `alice@example.com`"),
            ("<mailto:o'neil+tag@sub.example.co.uk>", "EMAIL_ADDRESS 0.95 `o'neil+tag@sub.example.co.uk`"),
            ("**bob@corp.internal**", "EMAIL_ADDRESS 0.95 `bob@corp.internal`"),
            ("邮箱是bob@example.com谢谢", "EMAIL_ADDRESS 0.95 `bob@example.com`"),
            ("메일은 bob@example.com으로", "EMAIL_ADDRESS 0.95 `bob@example.com`"),
            ("josé.núñez@correo.es", "EMAIL_ADDRESS 0.95 `josé.núñez@correo.es`"),
            ("почта@пример.рф", "EMAIL_ADDRESS 0.90 `почта@пример.рф`"),
            ("x@xn--e1afmkfd.xn--p1ai", "EMAIL_ADDRESS 0.90 `x@xn--e1afmkfd.xn--p1ai`"),
            ("https://example.com/?user=bob@example.com&x", "EMAIL_ADDRESS 0.95 `bob@example.com`"),
            ("a@b.com,c@d.org", "EMAIL_ADDRESS 0.95 `a@b.com`\nEMAIL_ADDRESS 0.95 `c@d.org`"),
            ("alice [at] example [dot] com", "EMAIL_ADDRESS 0.85 `alice [at] example [dot] com`"),
            ("alice(at)example(dot)co(dot)uk!", "EMAIL_ADDRESS 0.85 `alice(at)example(dot)co(dot)uk`"),
            ("alice AT example DOT com", "EMAIL_ADDRESS 0.60 `alice AT example DOT com`"),
            ("alice @ example.com", "EMAIL_ADDRESS 0.60 `alice @ example.com`"),
            ("bob@example.com.", "EMAIL_ADDRESS 0.95 `bob@example.com`"),
            ("\"email\":\"bob@example.com\"", "EMAIL_ADDRESS 0.95 `bob@example.com`"),
            ("she works at example.com", ""),
            ("look at example dot com", ""),
            ("bob@", ""),
            ("@bob", ""),
            ("bob@example", ""),
            ("redis://u:secret@cache.example.com:6379", ""),
        ] {
            check(&Email, text, expected);
        }
    }

    #[test]
    fn holds_a_word_and_no_more() {
        for (text, held) in [
            ("write to alice", "alice"),
            ("write to alice ", "alice "),
            ("write to alice, ", ""),
            ("write to alice@exam", "alice@exam"),
            ("write to alice@example.com and ", "and "),
            ("write, ", ""),
            ("alice [at", "alice [at"),
        ] {
            assert_eq!(&text[live_from(&Email, text)..], held, "{text}");
        }
    }

    proptest! {
        #[test]
        fn addresses_are_found(
            local in "[a-z0-9]([a-z0-9._+-]{0,20}[a-z0-9])?",
            domain in "[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?",
            top in prop::sample::select(vec!["com", "de", "internal", "museum", "local", "co.jp"]),
        ) {
            let address = format!("{local}@{domain}.{top}");
            let found = find(&Email, &format!("To: <{address}>"));
            prop_assert!(found.iter().any(|found| found.span == (5..5 + address.len())) , "{address} {found:?}");
        }

        #[test]
        fn any_text_is_sound(text in "([a@. \\[\\](\"邮]|at|dot|com){0,30}") {
            is_sound(&Email, &text);
        }

        #[test]
        fn never_panics(text in "\\PC{0,200}") {
            find(&Email, &text);
            live_from(&Email, &text);
        }
    }
}
