//! Mistakes as people read them: file, line, column, reason, the line itself and what was probably meant.

use std::fmt::Write as _;

use redoubt_domain::settings::Mistake;

/// A mistake with its place counted in lines and columns, both from 1; columns in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
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
            let line_start = before.rfind('\n').map_or(0, |at| at + 1);
            Placed {
                line: before.matches('\n').count() + 1,
                column: before.get(line_start..).unwrap_or("").chars().count() + 1,
                reason: mistake.reason.clone(),
                suggestion: mistake.suggestion.clone(),
                path: mistake.path.clone(),
            }
        })
        .collect();
    placed.sort_by_key(|mistake| (mistake.line, mistake.column));
    placed
}

/// The whole report: one paragraph for each mistake.
pub(super) fn report(name: &str, source: &str, mistakes: &[Mistake]) -> String {
    let mut text = String::new();
    for mistake in place(source, mistakes) {
        let Placed { line, column, reason, suggestion, path: _ } = mistake;
        _ = write!(text, "{name}:{line}:{column}: {reason}");
        if let Some(suggestion) = suggestion {
            _ = write!(text, "; did you mean `{suggestion}`?");
        }
        text.push('\n');
        // A line may hold a secret in clear: only its key is shown.
        let shown = source.lines().nth(line - 1).unwrap_or("");
        let shown = shown.split_once('=').map_or(shown, |(key, _)| key.trim_end());
        let margin = line.to_string().len();
        _ = writeln!(text, "{:margin$} |", "");
        _ = writeln!(
            text,
            "{line} | {shown}{}",
            if shown.len() < source.lines().nth(line - 1).unwrap_or("").len() { " = …" } else { "" }
        );
        let caret = (column - 1).min(shown.chars().count() + 3);
        _ = writeln!(text, "{:margin$} | {:caret$}^\n", "", "");
    }
    text
}
