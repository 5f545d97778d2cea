//! A line of a configuration file, shown without what may be a secret.

use std::iter::Peekable;
use std::ops::Range;
use std::str::Chars;

/// A line as it may be shown, and which of its columns are wrong.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Excerpt {
    /// The line.
    pub line: String,
    /// Columns of the line, in characters.
    pub marked: Range<usize>,
}

impl Excerpt {
    /// `line` with the columns `wrong` marked.
    ///
    /// Values may be secrets, also in the wrong place, under a misspelt key or without their quotation
    /// marks. A value is shown only if `reason` has quoted it anyway, or if it is a reference `${NAME}`;
    /// comments are left out.
    pub(super) fn of(line: &str, wrong: Range<usize>, reason: &str) -> Self {
        let mut shown = String::new();
        let mut marked: Option<Range<usize>> = None;
        let (mut at, mut columns) = (0, 0);
        for (token, is_value) in tokens(line) {
            let bare = token.trim_matches(['"', '\'']);
            let is_named = reason.contains(&format!("`{bare}`")) || (bare.starts_with("${") && bare.ends_with('}'));
            let hidden = match token.chars().next() {
                _ if !is_value || is_named => token.clone(),
                Some('"' | '\'') => "\"…\"".to_owned(),
                _ => "…".to_owned(),
            };
            let (length, shown_length) = (token.chars().count(), hidden.chars().count());
            if at < wrong.end && wrong.start < at + length {
                // Within a token that is shown as it is, the mark keeps its place.
                let offset = |column: usize| if hidden == token { column.saturating_sub(at).min(length) } else { 0 };
                let end = if hidden == token { offset(wrong.end) } else { shown_length };
                let start = marked.as_ref().map_or(columns + offset(wrong.start), |marked| marked.start);
                marked = Some(start..columns + end);
            }
            shown.push_str(&hidden);
            at += length;
            columns += shown_length;
        }
        let line = shown.trim_end().to_owned();
        let end = line.chars().count();
        let marked = marked.unwrap_or(end..end + 1);
        let start = marked.start.min(end);
        Self { marked: start..marked.end.min(end).max(start + 1), line }
    }
}

/// The line in pieces, and whether a piece is a value: a string, or a word that is neither a key nor `true`
/// nor `false`. A comment is no piece.
fn tokens(line: &str) -> Vec<(String, bool)> {
    let mut tokens = Vec::new();
    let mut letters = line.chars().peekable();
    let is_header = line.trim_start().starts_with('[') && !line.contains('=');
    while let Some(&letter) = letters.peek() {
        match letter {
            '#' => break,
            '"' | '\'' => {
                let text = string(&mut letters, letter);
                let is_key = is_header || next_is_equals(&letters);
                tokens.push((text, !is_key));
            }
            _ if is_word(letter) => {
                let mut word = String::new();
                while let Some(letter) = letters.next_if(|&letter| is_word(letter)) {
                    word.push(letter);
                }
                let is_plain = is_header || matches!(word.as_str(), "true" | "false") || next_is_equals(&letters);
                tokens.push((word, !is_plain));
            }
            _ => {
                letters.next();
                tokens.push((letter.to_string(), false));
            }
        }
    }
    tokens
}

fn is_word(letter: char) -> bool {
    !letter.is_whitespace() && !matches!(letter, '"' | '\'' | '#' | '=' | ',' | '[' | ']' | '{' | '}')
}

fn next_is_equals(letters: &Peekable<Chars<'_>>) -> bool {
    letters.clone().find(|letter| !letter.is_whitespace()) == Some('=')
}

/// A string with its quotation marks, or the rest of the line if it does not end there.
fn string(letters: &mut Peekable<Chars<'_>>, quote: char) -> String {
    let mut text = String::new();
    let mut is_escaped = false;
    for letter in letters.by_ref() {
        text.push(letter);
        if text.chars().count() > 1 && letter == quote && !is_escaped {
            break;
        }
        is_escaped = letter == '\\' && quote == '"' && !is_escaped;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_what_is_wrong_and_hides_what_may_be_secret() {
        let cases = [
            (r#"listn = "127.0.0.1:80""#, "listn", "unknown key `listn`", r#"listn = "…""#, "listn"),
            (r#"kind = "opena""#, "\"opena\"", "`opena` is not one of", r#"kind = "opena""#, "\"opena\""),
            (r#"api_kee = "sk-live-1""#, "api_kee", "unknown key `api_kee`", r#"api_kee = "…""#, "api_kee"),
            ("api_key = sk-live-1", "sk-live-1", "string values must be quoted", "api_key = …", "…"),
            ("api_key = 'sk-live-1", "'sk-live-1", "unclosed string", "api_key = \"…\"", "\"…\""),
            (r#"api_key = "${KEY}""#, "\"${KEY}\"", "no variable `KEY`", r#"api_key = "${KEY}""#, "\"${KEY}\""),
            (
                r#"targets = [{ provider = "opnai", model = "x" }]"#,
                "\"opnai\"",
                "provider `opnai` is not defined",
                r#"targets = [{ provider = "opnai", model = "…" }]"#,
                "\"opnai\"",
            ),
            (r#"price = { input = "free" }"#, "\"free\"", "found a string", r#"price = { input = "…" }"#, "\"…\""),
            ("stream = 5  # sk-live-1", "5", "expected true or false", "stream = …", "…"),
            ("[providers.x # sk", "providers", "unclosed table", "[providers.x", "providers"),
            ("sk-live-1", "sk-live-1", "key with no value", "…", "…"),
            (r#"a = ["x\"y", "z"]"#, "[\"x\\\"y\", \"z\"]", "found a list", r#"a = ["…", "…"]"#, r#"["…", "…"]"#),
        ];
        for (line, wrong, reason, expected, marked) in cases {
            let start = line.find(wrong).unwrap();
            let excerpt = Excerpt::of(line, start..start + wrong.len(), reason);
            assert_eq!(excerpt.line, expected, "{line}");
            let seen: String = excerpt.line.chars().skip(excerpt.marked.start).take(excerpt.marked.len()).collect();
            assert_eq!(seen, marked, "{line}");
        }
    }

    #[test]
    fn a_mark_past_the_end_stands_behind_the_line() {
        for line in ["", "[providers.x", "key ="] {
            let excerpt = Excerpt::of(line, 40..41, "something is missing");
            assert_eq!((excerpt.line.as_str(), excerpt.marked), (line, line.len()..line.len() + 1));
        }
    }
}
