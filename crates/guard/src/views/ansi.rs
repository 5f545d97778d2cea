//! Terminal escape sequences: what a terminal acts on and a model reads.

use std::ops::Range;

/// A sequence found in the text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sequence {
    /// Behind its last byte.
    pub(super) end: usize,
    /// Its parameters or its string: removed from sight, so they are looked at on their own.
    pub(super) body: Range<usize>,
    /// Whether more text might belong to it.
    pub(super) is_open: bool,
}

/// Whether a character is a control that belongs in no text. Tab and line ends do.
pub(super) fn is_control(c: char) -> bool {
    c.is_control() && !matches!(c, '\t' | '\n' | '\r')
}

/// The sequence or lone control that begins at `at`, where [`is_control`] holds.
pub(super) fn sequence(text: &str, at: usize) -> Sequence {
    let rest = text.get(at..).unwrap_or_default();
    let lone = |length: usize, is_open| Sequence { end: at + length, body: at..at, is_open };
    if let Some(after) = rest.strip_prefix("\u{1b}[").or_else(|| rest.strip_prefix('\u{9b}')) {
        return control_sequence(text, text.len() - after.len());
    }
    for introducer in
        ["\u{1b}]", "\u{1b}P", "\u{1b}X", "\u{1b}^", "\u{1b}_", "\u{9d}", "\u{90}", "\u{98}", "\u{9e}", "\u{9f}"]
    {
        if let Some(after) = rest.strip_prefix(introducer) {
            return string_sequence(text, text.len() - after.len());
        }
    }
    let Some(after) = rest.strip_prefix('\u{1b}') else {
        return lone(rest.chars().next().map_or(0, char::len_utf8), false);
    };
    // Two characters, or with intermediates such as `ESC ( B`. A letter is kept: `ESC` before a word is not
    // followed by a command that anybody needs, and eating the letter would hide the word.
    let intermediates = after.bytes().take_while(|byte| (0x21..0x30).contains(byte)).count();
    match after.as_bytes().get(intermediates) {
        Some(byte) if intermediates > 0 && byte.is_ascii_graphic() => lone(2 + intermediates, false),
        Some(_) => lone(1, false),
        None => lone(1 + intermediates, true),
    }
}

/// `ESC [`, parameters, one final byte.
fn control_sequence(text: &str, body: usize) -> Sequence {
    let bytes = text.as_bytes().get(body..).unwrap_or_default();
    let parameters = bytes.iter().take_while(|byte| (0x20..0x40).contains(*byte) && **byte != b' ').count();
    let end = body + parameters;
    match bytes.get(parameters) {
        None => Sequence { end, body: body..end, is_open: true },
        Some(last) if (0x40..0x7f).contains(last) => {
            // Without parameters the final byte may as well be the first letter of a word, unless it is one of
            // those that programs write so: reset, erase, home.
            let is_command = matches!(last, b'm' | b'K' | b'J' | b'H');
            let is_word = parameters == 0 && !is_command && bytes.get(1).is_some_and(u8::is_ascii_alphabetic);
            Sequence { end: if is_word { end } else { end + 1 }, body: body..end, is_open: false }
        }
        Some(_) => Sequence { end, body: body..end, is_open: false },
    }
}

/// An introducer, a string, and BEL or `ESC \`. One that never ends hides nothing: only its introducer goes.
fn string_sequence(text: &str, body: usize) -> Sequence {
    let rest = text.get(body..).unwrap_or_default();
    let Some(length) = rest.find(['\u{7}', '\u{1b}', '\u{9c}', '\n']) else {
        return Sequence { end: body, body: body..body, is_open: true };
    };
    let end = body + length;
    let terminator = match rest.get(length..) {
        Some(tail) if tail.starts_with('\u{7}') => 1,
        Some(tail) if tail.starts_with("\u{1b}\\") || tail.starts_with('\u{9c}') => 2,
        Some("\u{1b}") => return Sequence { end: body, body: body..body, is_open: true },
        _ => return Sequence { end: body, body: body..body, is_open: false },
    };
    Sequence { end: end + terminator, body: body..end, is_open: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_end_where_a_terminal_ends_them() {
        let check = |text: &str, rest: &str, body: &str, is_open: bool| {
            let found = sequence(text, 0);
            assert_eq!(&text[found.end..], rest, "{text:?}");
            assert_eq!(&text[found.body], body, "{text:?}");
            assert_eq!(found.is_open, is_open, "{text:?}");
        };
        check("\u{1b}[31mred", "red", "31", false);
        check("\u{9b}1;2Hx", "x", "1;2", false);
        check("\u{1b}[Kx", "x", "", false);
        check("\u{1b}[ignore", "ignore", "", false);
        check("\u{1b}[31", "", "31", true);
        check("\u{1b}", "", "", true);
        check("\u{1b}]0;title\u{7}x", "x", "0;title", false);
        check("\u{1b}]8;;u\u{1b}\\x", "x", "8;;u", false);
        check("\u{1b}]never ends", "never ends", "", true);
        check("\u{1b}]line\nend", "line\nend", "", false);
        check("\u{1b}(Bx", "x", "", false);
        check("\u{1b}ignore", "ignore", "", false);
        check("\0x", "x", "", false);
    }
}
