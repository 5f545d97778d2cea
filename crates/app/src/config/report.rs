//! Mistakes as people read them: file, line, column, reason, the line itself and what was probably meant.

use std::fmt::Write as _;

use redoubt_domain::settings::Mistake;

use super::excerpt::Excerpt;
use crate::output::{BAD, FAINT, TITLE, TYPED, paint, shown};

/// A mistake with its place counted in lines and columns, both from 1; columns in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
    /// How many characters of the line are wrong; at least one.
    pub length: usize,
    /// What is wrong.
    pub reason: String,
    /// What was probably meant.
    pub suggestion: Option<String>,
    /// The path of keys.
    pub path: String,
}

/// Counts lines and columns, in the order of the document.
pub(crate) fn place(source: &str, mistakes: &[Mistake]) -> Vec<Placed> {
    let mut placed: Vec<Placed> = mistakes
        .iter()
        .map(|mistake| {
            let before = source.get(..mistake.span.start).unwrap_or(source);
            let wrong = source.get(mistake.span.clone()).unwrap_or("").lines().next().unwrap_or("");
            let line_start = before.rfind('\n').map_or(0, |at| at + 1);
            Placed {
                line: before.matches('\n').count() + 1,
                column: before.get(line_start..).unwrap_or("").chars().count() + 1,
                length: wrong.chars().count().max(1),
                reason: mistake.reason.clone(),
                suggestion: mistake.suggestion.clone(),
                path: mistake.path.clone(),
            }
        })
        .collect();
    placed.sort_by_key(|mistake| (mistake.line, mistake.column));
    placed
}

/// How many mistakes there are, and where.
pub(crate) fn summary(name: &str, count: usize) -> String {
    format!("{count} {} in `{name}`", if count == 1 { "mistake" } else { "mistakes" })
}

/// The whole report: one paragraph for each mistake.
pub(crate) fn report(name: &str, source: &str, mistakes: &[Mistake]) -> String {
    let mut text = String::new();
    for mistake in place(source, mistakes) {
        let Placed { line, column, length, reason, suggestion, path: _ } = mistake;
        let place = paint(TITLE, &format!("{name}:{line}:{column}:"));
        _ = write!(text, "{place} {}", shown(&reason));
        if let Some(suggestion) = suggestion {
            _ = write!(text, "; did you mean {}?", paint(TYPED, &format!("`{suggestion}`")));
        }
        let Excerpt { line: excerpt, marked } =
            Excerpt::of(source.lines().nth(line - 1).unwrap_or(""), column - 1..column - 1 + length, &reason);
        let margin = line.to_string().len();
        let bar = paint(FAINT, "|");
        let carets = paint(BAD, &"^".repeat(marked.len().max(1)));
        _ = writeln!(text, "\n{:margin$} {bar}", "");
        _ = writeln!(text, "{} {bar} {}", paint(FAINT, &line.to_string()), shown(&excerpt));
        _ = writeln!(text, "{:margin$} {bar} {:start$}{carets}\n", "", "", start = marked.start);
    }
    text.trim_end().to_owned()
}
