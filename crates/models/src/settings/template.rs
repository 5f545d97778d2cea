//! Chat templates (Jinja), which transformers, llama.cpp and vLLM run on every conversation.
//!
//! They run in a sandbox, and sandboxes have been escaped by way of Python's own attributes. A template of a
//! conversation needs none of those: it loops, compares, and reads fields of messages. So it is taken apart into
//! words, and what reaches for more is found however it is spelt.

use crate::finding::{TEMPLATE_ESCAPE, TEMPLATE_UNUSUAL};
use crate::scan::{Scan, shortened};

/// Attributes by which code gets from a value to the interpreter.
#[rustfmt::skip]
const ESCAPES: &[&str] = &[
    "mro", "func_globals", "func_code", "func_closure", "im_func", "im_self", "im_class", "gi_frame", "gi_code",
    "cr_frame", "cr_code", "ag_frame", "ag_code", "f_globals", "f_locals", "f_builtins", "f_back", "tb_frame", "co_code",
    "popen", "system", "subclasses", "check_output", "Popen", "eval", "exec", "importlib", "builtins", "globals",
    "environ", "format_map",
];

/// Functions that Jinja or its hosts add, and that no conversation needs.
const GADGETS: &[&str] =
    &["cycler", "joiner", "lipsum", "self", "url_for", "get_flashed_messages", "request", "config", "application", "g"];

/// Statements that bring in other templates.
const STATEMENTS: &[&str] = &["import", "include", "from", "extends"];

/// A word of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Word {
    Name(String),
    Text(String),
    Number,
    Sign(char),
}

/// Looks at one template; `place` is where it stands.
pub(crate) fn check(scan: &mut Scan<'_>, text: &str, place: &str) {
    for (at, tag, is_statement) in tags(text) {
        check_tag(scan, &words(tag), is_statement, tag, &format!("{place}@{at}"));
    }
}

/// What stands within `{{ }}` and `{% %}`, where, and whether it is a statement. A tag that is not closed ends with
/// the text.
fn tags(text: &str) -> Vec<(usize, &str, bool)> {
    let mut tags = Vec::new();
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find('{')) {
        let open = at + found;
        let (close, is_statement) = match text.as_bytes().get(open + 1) {
            Some(b'{') => ("}}", false),
            Some(b'%') => ("%}", true),
            Some(b'#') => {
                at = text.get(open + 2..).and_then(|rest| rest.find("#}")).map_or(text.len(), |end| open + 2 + end + 2);
                continue;
            }
            _ => {
                at = open + 1;
                continue;
            }
        };
        let from = open + 2;
        let end = from + end_of_tag(text.get(from..).unwrap_or_default(), close);
        tags.push((open, text.get(from..end).unwrap_or_default(), is_statement));
        at = (end + 2).min(text.len());
        while !text.is_char_boundary(at) {
            at += 1;
        }
    }
    tags
}

/// Where a tag ends: the first `close` outside quotation marks.
fn end_of_tag(rest: &str, close: &str) -> usize {
    let mut quote = None;
    let mut is_escaped = false;
    for (at, letter) in rest.char_indices() {
        match quote {
            Some(open) => {
                if is_escaped {
                    is_escaped = false;
                } else if letter == '\\' {
                    is_escaped = true;
                } else if letter == open {
                    quote = None;
                }
            }
            None if rest.get(at..).is_some_and(|rest| rest.starts_with(close)) => return at,
            None if matches!(letter, '\'' | '"') => quote = Some(letter),
            None => {}
        }
    }
    rest.len()
}

fn words(tag: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut letters = tag.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            quote @ ('\'' | '"') => {
                let mut raw = String::new();
                while let Some(letter) = letters.next() {
                    if letter == quote {
                        break;
                    }
                    raw.push(letter);
                    if letter == '\\' {
                        raw.extend(letters.next());
                    }
                }
                words.push(Word::Text(unescaped(&raw)));
            }
            letter if letter.is_alphabetic() || letter == '_' => {
                let mut name = String::from(letter);
                while let Some(letter) = letters.next_if(|letter| letter.is_alphanumeric() || *letter == '_') {
                    name.push(letter);
                }
                words.push(Word::Name(name));
            }
            letter if letter.is_ascii_digit() => {
                while letters.next_if(|letter| letter.is_ascii_alphanumeric() || *letter == '_').is_some() {}
                words.push(Word::Number);
            }
            letter if letter.is_whitespace() => {}
            sign => words.push(Word::Sign(sign)),
        }
    }
    words
}

/// Escapes of Python's literals, by which a name can be hidden.
fn unescaped(raw: &str) -> String {
    let mut out = String::new();
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let (skip, width, radix) = match after.chars().next() {
            Some('x') => (1, 2, 16),
            Some('u') => (1, 4, 16),
            Some('U') => (1, 8, 16),
            Some('0'..='7') => (0, after.chars().take(3).take_while(|digit| digit.is_digit(8)).count(), 8),
            _ => (0, 0, 10),
        };
        let digits = after.get(skip..skip + width).unwrap_or_default();
        match u32::from_str_radix(digits, radix).ok().and_then(char::from_u32) {
            Some(letter) if width > 0 => {
                out.push(letter);
                rest = after.get(skip + width..).unwrap_or_default();
            }
            _ => rest = after,
        }
    }
    out + rest
}

fn check_tag(scan: &mut Scan<'_>, words: &[Word], is_statement: bool, tag: &str, place: &str) {
    let told = || format!("`{}`", shortened(tag.trim().to_owned()));
    let name = |at: usize| match words.get(at) {
        Some(Word::Name(name)) => Some(name.as_str()),
        _ => None,
    };
    let sign = |at: usize| match words.get(at) {
        Some(Word::Sign(sign)) => Some(*sign),
        _ => None,
    };
    let first = usize::from(matches!(sign(0), Some('-' | '+')));
    if is_statement && name(first).is_some_and(|name| STATEMENTS.contains(&name)) {
        scan.key(TEMPLATE_UNUSUAL, place, told());
    }
    let (mut is_joined, mut has_underscores) = (false, false);
    let is_set = is_statement && name(first) == Some("set");
    for at in 0..words.len() {
        let before = at.checked_sub(1);
        let is_attribute = before.and_then(sign) == Some('.');
        let is_filter = before.and_then(sign) == Some('|');
        match words.get(at) {
            Some(Word::Name(word)) => {
                let is_escape = is_attribute && (word.starts_with('_') || ESCAPES.contains(&word.as_str()));
                // `attr` looks an attribute up by a name that may be made.
                if is_dunder(word) || is_escape || is_filter && word == "attr" {
                    scan.key(TEMPLATE_ESCAPE, place, format!("`{word}` in {}", told()));
                }
                let is_own = sign(at + 1) == Some('=');
                if !is_attribute && !is_filter && !is_own && GADGETS.contains(&word.as_str()) {
                    scan.key(TEMPLATE_UNUSUAL, place, format!("`{word}` in {}", told()));
                }
                is_joined |= (is_filter || is_attribute) && MAKERS.contains(&word.as_str());
            }
            Some(Word::Text(text)) => {
                // As a field in brackets, as an argument of `map(attribute=…)`, as a form for `format`.
                let has_dunder = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_').any(is_dunder);
                let is_mapped = text == "attr" && words.contains(&Word::Name("map".to_owned()));
                let is_field = before.and_then(sign) == Some('[') && sign(at + 1) == Some(']');
                if has_dunder || is_mapped || is_field && ESCAPES.contains(&text.as_str()) {
                    scan.key(TEMPLATE_ESCAPE, place, format!("`{text}` in {}", told()));
                }
                let is_underscores = !text.is_empty() && text.chars().all(|letter| letter == '_');
                has_underscores |= text.starts_with("__") || text.ends_with("__");
                // Kept, to be put before and behind a name later.
                has_underscores |=
                    is_set && is_underscores && matches!(before.and_then(sign), Some('=' | '~' | '+' | '*'));
                is_joined |= is_set && is_underscores;
            }
            Some(Word::Sign('~' | '+' | '%' | '*')) => is_joined = true,
            _ => {}
        }
    }
    if has_underscores && is_joined || makes_a_field(words) {
        scan.key(TEMPLATE_UNUSUAL, place, format!("a name is made in {}", told()));
    }
}

/// Filters and methods that put texts together.
const MAKERS: &[&str] = &["join", "format", "replace", "reverse"];

/// Whether what stands in brackets behind a value is a text that is put together there.
fn makes_a_field(words: &[Word]) -> bool {
    let mut open: Vec<(bool, bool, bool)> = Vec::new();
    let mut found = false;
    for (at, word) in words.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| words.get(before));
        match word {
            Word::Sign('[') => {
                let is_field = matches!(before, Some(Word::Name(_) | Word::Text(_) | Word::Sign(')' | ']')));
                open.push((is_field, false, false));
            }
            Word::Sign(']') => found |= open.pop() == Some((true, true, true)),
            Word::Sign('~' | '+' | '%' | '*') => open.iter_mut().for_each(|(_, is_made, _)| *is_made = true),
            Word::Name(name) if MAKERS.contains(&name.as_str()) => {
                open.iter_mut().for_each(|(_, is_made, _)| *is_made = true);
            }
            Word::Text(_) => open.iter_mut().for_each(|(.., has_text)| *has_text = true),
            _ => {}
        }
    }
    found
}

/// `__name__`
fn is_dunder(word: &str) -> bool {
    word.len() > 4 && word.starts_with("__") && word.ends_with("__") && word.chars().any(|letter| letter != '_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Verdict;
    use crate::kind::Kind;
    use crate::limits::Limits;

    fn verdict(text: &str) -> Verdict {
        let limits = Limits::default();
        let mut scan = Scan::new(&limits);
        check(&mut scan, text, "");
        scan.finish(Kind::Text).verdict
    }

    #[test]
    fn what_reaches_for_the_interpreter_is_found_however_it_is_spelt() {
        for template in [
            "{{ ''.__class__.__mro__[1].__subclasses__() }}",
            "{{ ''['__class__'] }}",
            r"{{ ''['\x5f\x5fclass\x5f\x5f'] }}",
            r"{{ ''['\u005f_class__'] }}",
            "{{ x|attr('a') }}",
            "{{ x | attr ( y ) }}",
            "{% for x in ().__class__.__base__.__subclasses__() %}{% endfor %}",
            "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
            "{{ [x]|map(attribute='__class__')|list }}",
            "{{ [x]|map('attr', 'a')|list }}",
            "{{ '{0.__class__}'.format(x) }}",
            "{{ messages.gi_frame }}",
            "{{ x._private }}",
            "{%- set a = ''.__class__ -%}",
            "{{ '}}' ~ ''.__class__ }}",
            "{{ ''.__class__",
            "{# }} #}{{ ''.__class__ }}",
            "{{ namespace.__init__ }}",
        ] {
            assert_eq!(verdict(template), Verdict::Malicious, "{template}");
        }
        for template in [
            "{{ ''['__cla' ~ 'ss__'] }}",
            "{{ ''[('_','_','class','_','_')|join] }}",
            "{% set u = '_' %}{% set n = u ~ u ~ 'class' ~ u ~ u %}{{ ''[n] }}",
            "{{ ''['%s%s' % (a, b)] }}",
            "{% include 'x' %}",
            "{%- from 'a' import b %}",
            "{% extends x %}",
            "{{ lipsum() }}",
            "{{ cycler('a') }}",
        ] {
            assert!(verdict(template) >= Verdict::Suspicious, "{template}");
        }
    }

    #[test]
    fn templates_of_conversations_pass() {
        for template in [
            "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message.content }}{% endfor %}",
            "{%- set ns = namespace(is_first=false, system_prompt='') -%}{% set ns.is_first = true %}",
            "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('no') }}{% endif %}",
            "{{ message['content'] | trim }}{{ tools | tojson(indent=4) }}{{ strftime_now('%d %b %Y') }}",
            "{% if not add_generation_prompt is defined %}{% set add_generation_prompt = false %}{% endif %}",
            "{{ message.content.split('</think>')[-1].lstrip('\\n') }}",
            "{% macro f(x) %}{{ x }}{% endmacro %}{{ f(1) }}",
            "{{ tool_call.name | replace('-', '_') }}{# __class__ in a comment #} plain __class__ text",
            "{{ messages[0]['role'] + '_' + messages[i + 1].role }}{% set n = name | replace('-', '_') %}",
            "{% if '_' in name %}{{ ['a', 'b'] | join('_') }}{% endif %}",
            "{{- \"<|im_start|>\" + message.role }}{% set config_text = 1 %}",
            "",
        ] {
            assert_eq!(verdict(template), Verdict::Clean, "{template}");
        }
    }
}
