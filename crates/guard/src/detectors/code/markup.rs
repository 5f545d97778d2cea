//! Scripts in a page, and expressions that a template would evaluate.

use std::ops::Range;

use redoubt_domain::finding::Severity;

use super::{Form, Reader, Sight, form};

const XSS: &str = "XSS";
const TEMPLATE: &str = "TEMPLATE_INJECTION";

const fn page(mark: &'static str, rule: &'static str, read: Reader) -> Form {
    form(mark, XSS, rule, Severity::High, read)
}

const fn template(mark: &'static str, read: Reader) -> Form {
    form(mark, TEMPLATE, "template-expression", Severity::High, read)
}

pub(super) static FORMS: &[Form] = &[
    page("<script", "script-tag", script),
    page("<svg", "event-handler", |sight| handler_in_tag(sight, 0.88)),
    page("onerror=", "event-handler", handler),
    page("onload=", "event-handler", handler),
    page("onclick=", "event-handler", handler),
    page("onmouseover=", "event-handler", handler),
    page("onfocus=", "event-handler", handler),
    page("ontoggle=", "event-handler", handler),
    page("onpageshow=", "event-handler", handler),
    page("onanimationstart=", "event-handler", handler),
    page("onmouseenter=", "event-handler", handler),
    page("srcdoc=", "frame-document", |sight| in_tag(sight).then(|| (sight.reaching(40), 0.7))),
    page("href=\"javascript:", "script-address", |sight| Some((sight.to_line_end(), 0.88))),
    page("href='javascript:", "script-address", |sight| Some((sight.to_line_end(), 0.88))),
    page("src=\"javascript:", "script-address", |sight| Some((sight.to_line_end(), 0.9))),
    page("src=javascript:", "script-address", |sight| Some((sight.to_line_end(), 0.9))),
    page("href=javascript:", "script-address", |sight| Some((sight.to_line_end(), 0.88))),
    page("data=\"javascript:", "script-address", |sight| Some((sight.to_line_end(), 0.88))),
    page("action=\"javascript:", "script-address", |sight| Some((sight.to_line_end(), 0.88))),
    page("formaction=\"javascript:", "script-address", |sight| Some((sight.to_line_end(), 0.88))),
    page("url=javascript:", "script-address", |sight| Some((sight.to_line_end(), 0.88))),
    page("](javascript:", "script-address", |sight| Some((sight.to_line_end(), 0.88))),
    template("freemarker.template.utility.execute", |sight| Some((sight.to_line_end(), 0.92))),
    page("\"><script", "script-tag", |sight| Some((sight.to_line_end(), 0.95))),
    template("{{", |sight| expression(sight, "}}")),
    template("${", |sight| expression(sight, "}")),
    template("#{", |sight| expression(sight, "}")),
    template("<%=", |sight| expression(sight, "%>")),
    template("{%", |sight| expression(sight, "%}")),
    template("*{", |sight| expression(sight, "}")),
];

fn script(sight: &Sight<'_>) -> Option<(Range<usize>, f32)> {
    if !sight.after.starts_with(['>', ' ', '/', '\n', '\t']) {
        return None;
    }
    let close = sight.after.find("</script>");
    let own = sight.after.get(..close.unwrap_or(sight.after.len())).unwrap_or("");
    let does_something = ACTS.iter().any(|sign| own.contains(sign)) || (own.contains("src=") && own.contains("//"));
    // A script of the page's own, or a sentence about the tag.
    let score = match (does_something, close) {
        (true, _) => 0.82,
        (false, Some(_)) if own.contains('(') => 0.6,
        (false, _) => 0.4,
    };
    Some((sight.reaching(close.map_or(sight.after.len(), |at| at + 9)), score))
}

/// What a script does that is slipped into a page.
const ACTS: &[&str] = &[
    "alert(",
    "alert`",
    "document.",
    "fetch(",
    "eval(",
    "xmlhttp",
    "localstorage",
    "location",
    "prompt(",
    "confirm(",
    "atob(",
    "window.",
    "fromcharcode",
    "import(",
    "sendbeacon",
];

fn in_tag(sight: &Sight<'_>) -> bool {
    let open = sight.before.rfind('<');
    open.is_some_and(|open| {
        let tag = sight.before.get(open + 1..).unwrap_or("");
        tag.starts_with(|c: char| c.is_ascii_alphabetic()) && !tag.contains('>')
    })
}

fn handler(sight: &Sight<'_>) -> Option<(Range<usize>, f32)> {
    let value = sight.after.trim_start_matches(['"', '\'', ' ', '`']);
    let calls = value.get(..value.find(['>', '\n']).unwrap_or(value.len())).is_some_and(|value| {
        value.contains('(') || value.contains("javascript") || value.contains('`') || value.contains("&#")
    });
    let breaks_out = sight.before.trim_end().ends_with(['"', '\'']);
    let acts = ACTS.iter().any(|sign| value.contains(sign)) || value.contains("javascript") || value.contains("&#");
    let score = match (in_tag(sight), calls, breaks_out) {
        (_, true, true) => 0.85,
        (true, true, _) if acts => 0.85,
        // Pages call their own functions.
        (true, true, _) => 0.45,
        _ => return None,
    };
    Some((sight.to_line_end(), score))
}

fn handler_in_tag(sight: &Sight<'_>, score: f32) -> Option<(Range<usize>, f32)> {
    let tag = sight.after.get(..sight.after.find('>').unwrap_or(sight.after.len()))?;
    let has_handler =
        [" onload", "/onload", " onerror", " onclick", " onbegin", " onmouse"].iter().any(|name| tag.contains(name));
    has_handler.then(|| (sight.reaching(tag.len() + 1), score))
}

/// An expression that computes or reaches for the machinery, rather than a name to fill in.
fn expression(sight: &Sight<'_>, close: &str) -> Option<(Range<usize>, f32)> {
    let length = sight.after.find(close)?;
    let inside = sight.after.get(..length)?.trim();
    let span = sight.reaching(length + close.len());
    if REACHING.iter().any(|sign| inside.contains(sign)) {
        return Some((span, 0.92));
    }
    let is_sum = inside.len() >= 3
        && inside.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'*' | b'+' | b'-' | b'\'' | b' '))
        && inside.bytes().any(|byte| byte == b'*')
        && inside.starts_with(|c: char| c.is_ascii_digit());
    is_sum.then_some((span, 0.82))
}

const REACHING: &[&str] = &[
    "__class__",
    "__mro__",
    "__subclasses__",
    "__globals__",
    "__builtins__",
    "__import__",
    "__init__",
    "jndi:",
    "config.items",
    "self._templatereference",
    "request.application",
    "lipsum.",
    "cycler.",
    "joiner.",
    "popen(",
    "getruntime",
    "processbuilder",
    "t(java.",
    "freemarker.template",
    "_self.env",
    "constructor.constructor",
    "$on.constructor",
    "system(",
    "exec(",
    "file.read",
    "io.popen",
    "os.environ",
    "getclass()",
    "forname(",
];
