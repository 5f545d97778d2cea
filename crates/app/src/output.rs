//! What goes to the terminal: answers to standard output, everything else to standard error.
//!
//! Styles are written as escape sequences and taken out again where they are not wanted: the output is not
//! a terminal, or `NO_COLOR` or `TERM=dumb` is set.

use std::io::Write;

use anstyle::{AnsiColor, Style};
use clap::builder::Styles;

/// What went wrong, and what was refused.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// What came out as it must.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// What was changed on its way, and what to mind.
pub(crate) const CHANGED: Style = AnsiColor::Yellow.on_default().bold();
/// What to type.
pub(crate) const TYPED: Style = AnsiColor::Cyan.on_default();
/// What matters less than the text around it.
pub(crate) const FAINT: Style = Style::new().dimmed();
/// What a block of text is about.
pub(crate) const TITLE: Style = Style::new().bold();

/// The look of usage, help and mistakes on the command line.
pub(crate) const HELP: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default())
    .error(BAD)
    .valid(GOOD)
    .invalid(CHANGED);

/// Where a line is broken if nothing tells how wide the terminal is.
const WIDTH: usize = 100;

/// Writes a line to standard output. A reader that went away, as `head` does, is no failure.
pub(crate) fn line(text: impl AsRef<str>) {
    let mut out = anstream::stdout().lock();
    _ = out.write_all(text.as_ref().as_bytes()).and_then(|()| out.write_all(b"\n"));
}

/// Writes JSON to standard output, readable for people.
pub(crate) fn json(value: &serde_json::Value) {
    line(format!("{value:#}"));
}

/// Writes a line to standard error: progress and hints that are not part of the answer.
pub(crate) fn note(text: impl AsRef<str>) {
    let mut err = anstream::stderr().lock();
    _ = err.write_all(text.as_ref().as_bytes()).and_then(|()| err.write_all(b"\n"));
}

/// `text` in `style`.
pub(crate) fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// The style of a decision, by its word.
pub(crate) fn of_decision(word: &str) -> Style {
    match word {
        "allow" => GOOD,
        "transform" => CHANGED,
        _ => BAD,
    }
}

/// Text that others wrote, made harmless for a terminal: what would move the cursor, change colours or
/// rename the window is shown instead of done.
pub(crate) fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() && letter != '\n' && letter != '\t' {
            shown.extend(letter.escape_unicode());
        } else {
            shown.push(letter);
        }
    }
    shown
}

/// A number for people: with four places, or none if it is whole.
pub(crate) fn figure(number: f64) -> String {
    if number.fract() == 0.0 { format!("{number:.0}") } else { format!("{number:.4}") }
}

/// How wide text may be, in columns: as wide as the terminal, within reason.
pub(crate) fn width() -> usize {
    let terminal = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    terminal.unwrap_or(WIDTH).clamp(40, 140)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_cannot_steer_the_terminal() {
        let cases = [
            ("plain ünïcode ✓\n\ttext", "plain ünïcode ✓\n\ttext"),
            ("\u{1b}[2Jgone", "\\u{1b}[2Jgone"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("over\rwritten", "over\\u{d}written"),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(text), expected);
        }
    }
}
