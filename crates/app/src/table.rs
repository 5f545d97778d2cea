//! Text in columns for a terminal.

use std::fmt::Write as _;

/// Rows of cells under headings. Cells wrap at the width of their column.
pub(crate) struct TextTable {
    columns: Vec<(&'static str, usize)>,
    rows: Vec<Vec<String>>,
}

impl TextTable {
    /// A table of `columns`, each with its heading and its greatest width in characters.
    pub(crate) fn new(columns: &[(&'static str, usize)]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row, one cell for each column.
    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// The table as lines of text.
    pub(crate) fn render(&self) -> String {
        let wrapped: Vec<Vec<Vec<String>>> = self
            .rows
            .iter()
            .map(|cells| cells.iter().zip(&self.columns).map(|(cell, (_, width))| wrap(cell, *width)).collect())
            .collect();
        let width_of = |column: usize, heading: &str| {
            let cells = wrapped.iter().filter_map(|row| row.get(column)).flatten();
            cells.map(|line| line.chars().count()).chain([heading.chars().count()]).max().unwrap_or(0)
        };
        let widths: Vec<usize> =
            self.columns.iter().enumerate().map(|(column, (heading, _))| width_of(column, heading)).collect();

        let mut text = String::new();
        let headings: Vec<String> = self.columns.iter().map(|(heading, _)| (*heading).to_owned()).collect();
        line(&mut text, &headings, &widths);
        _ = writeln!(text, "{}", widths.iter().map(|width| "─".repeat(*width)).collect::<Vec<_>>().join("──"));
        let tall = wrapped.iter().any(|row| row.iter().any(|cell| cell.len() > 1));
        for (index, row) in wrapped.iter().enumerate() {
            let height = row.iter().map(Vec::len).max().unwrap_or(0);
            for at in 0..height {
                let cells: Vec<String> = row.iter().map(|cell| cell.get(at).cloned().unwrap_or_default()).collect();
                line(&mut text, &cells, &widths);
            }
            if tall && index + 1 < wrapped.len() {
                text.push('\n');
            }
        }
        text
    }
}

fn line(text: &mut String, cells: &[String], widths: &[usize]) {
    let padded: Vec<String> = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
    text.push_str(padded.join("  ").trim_end());
    text.push('\n');
}

/// Breaks `text` into lines of at most `width` characters, at spaces where there are any.
fn wrap(text: &str, width: usize) -> Vec<String> {
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
    fn columns_line_up() {
        let mut table = TextTable::new(&[("id", 8), ("words", 10)]);
        table.row(vec!["a".into(), "short".into()]);
        table.row(vec!["bb".into(), "x".into()]);
        assert_eq!(table.render(), "id  words\n─────────\na   short\nbb  x\n");
    }
}
