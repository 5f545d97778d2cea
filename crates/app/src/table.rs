//! Text in columns for a terminal.

use std::fmt::Write as _;

use crate::output::{self, FAINT, TITLE, paint};

/// No column is made narrower than this to fit a terminal.
const NARROWEST: usize = 10;

/// Rows of cells under headings. Cells wrap at the width of their column.
pub(crate) struct TextTable {
    columns: Vec<(String, usize)>,
    rows: Vec<Vec<String>>,
}

impl TextTable {
    /// A table of `columns`, each with its heading and its greatest width in characters.
    pub(crate) fn new(columns: &[(&str, usize)]) -> Self {
        let columns = columns.iter().map(|(heading, width)| (output::shown(heading), *width)).collect();
        Self { columns, rows: Vec::new() }
    }

    /// Adds a row, one cell for each column.
    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells.iter().map(|cell| output::shown(cell)).collect());
    }

    /// The table as lines of text, no wider than `width` if that can be.
    pub(crate) fn render(&self, width: usize) -> String {
        let widths = self.widths(width);
        let mut text = String::new();
        let headings: Vec<String> = self.columns.iter().map(|(heading, _)| heading.clone()).collect();
        if headings.iter().any(|heading| !heading.is_empty()) {
            _ = writeln!(text, "{}", paint(TITLE, &line(&headings, &widths)));
            let rule: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
            _ = writeln!(text, "{}", paint(FAINT, &rule.join("──")));
        }
        for row in &self.rows {
            let wrapped: Vec<Vec<String>> =
                row.iter().zip(&widths).map(|(cell, width)| wrap(cell, (*width).max(1))).collect();
            for at in 0..wrapped.iter().map(Vec::len).max().unwrap_or(0) {
                let cells: Vec<String> = wrapped.iter().map(|cell| cell.get(at).cloned().unwrap_or_default()).collect();
                _ = writeln!(text, "{}", line(&cells, &widths));
            }
        }
        text
    }

    /// As wide as the widest cell of each column, within the column's bound; then the widest columns give
    /// way until all of them fit.
    fn widths(&self, width: usize) -> Vec<usize> {
        let widest = |(column, (heading, bound)): (usize, &(String, usize))| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            let longest = cells.map(|cell| cell.chars().count()).max().unwrap_or(0);
            longest.min(*bound).max(heading.chars().count())
        };
        let mut widths: Vec<usize> = self.columns.iter().enumerate().map(widest).collect();
        let gaps = 2 * widths.len().saturating_sub(1);
        while widths.iter().sum::<usize>() + gaps > width {
            // The first column holds what people copy: it stays in one piece.
            match widths.iter_mut().skip(1).max() {
                Some(widest) if *widest > NARROWEST => *widest -= 1,
                _ => break,
            }
        }
        widths
    }
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let padded: Vec<String> = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
    padded.join("  ").trim_end().to_owned()
}

/// Breaks `text` into lines of at most `width` characters, at spaces where there are any.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let mut letters: Vec<char> = word.chars().collect();
        while let Some(last) = lines.last_mut() {
            let used = last.chars().count();
            let gap = usize::from(used > 0);
            if used + gap + letters.len() <= width {
                if gap == 1 {
                    last.push(' ');
                }
                last.extend(letters);
                break;
            }
            if used > 0 {
                lines.push(String::new());
                continue;
            }
            let rest = letters.split_off(width.min(letters.len()));
            last.extend(letters);
            lines.push(String::new());
            letters = rest;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_wrap_at_words_and_long_words_break() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij kl", 4), ["abcd", "efgh", "ij", "kl"]);
        assert_eq!(wrap("", 4), [""]);
    }

    #[test]
    fn columns_line_up_and_give_way_to_a_narrow_terminal() {
        let mut table = TextTable::new(&[("id", 8), ("words", 40)]);
        table.row(vec!["a".into(), "short".into()]);
        table.row(vec!["bb".into(), "one two three four".into()]);
        let plain = |width| anstream::adapter::strip_str(&table.render(width)).to_string();
        assert_eq!(plain(80), "id  words\n──────────────────────\na   short\nbb  one two three four\n");
        assert_eq!(plain(16), "id  words\n────────────────\na   short\nbb  one two\n    three four\n");
        assert_eq!(plain(1), "id  words\n──────────────\na   short\nbb  one two\n    three four\n");
    }

    #[test]
    fn without_headings_there_is_no_rule() {
        let mut table = TextTable::new(&[("", 8), ("", 8)]);
        table.row(vec!["time".into(), "\u{1b}[2J".into()]);
        assert_eq!(table.render(80), "time  \\u{1b}[2\n      J\n");
    }
}
