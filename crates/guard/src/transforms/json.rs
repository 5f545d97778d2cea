//! Replacing values inside a JSON document without breaking it.

/// Follows a JSON text from its beginning, piece by piece, and knows whether it stands within a string.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Strings {
    inside: bool,
    escaped: bool,
}

impl Strings {
    /// Reads on.
    pub(crate) fn read(&mut self, piece: &str) {
        for byte in piece.bytes() {
            match (self.inside, self.escaped, byte) {
                (true, true, _) => self.escaped = false,
                (true, false, b'\\') => self.escaped = true,
                (_, _, b'"') => self.inside = !self.inside,
                _ => {}
            }
        }
    }

    /// Whether the next byte belongs to a string.
    pub(crate) fn is_inside(self) -> bool {
        self.inside
    }

    /// Whether the next byte belongs to an escape that has begun.
    pub(crate) fn is_escaped(self) -> bool {
        self.escaped
    }

    /// Where the escape that has begun begins.
    pub(crate) fn before_escape(self) -> Self {
        Self { escaped: false, ..self }
    }

    /// The value that `raw` means here: within a string, escapes undone.
    pub(crate) fn value(self, raw: &str) -> String {
        if !self.inside || !raw.contains('\\') {
            return raw.to_owned();
        }
        serde_json::from_str(&format!("\"{raw}\"")).unwrap_or_else(|_| raw.to_owned())
    }

    /// How `value` is written here: escaped within a string, as a string elsewhere.
    pub(crate) fn write(self, value: &str) -> String {
        let literal = serde_json::Value::from(value).to_string();
        if !self.inside {
            return literal;
        }
        literal.get(1..literal.len() - 1).unwrap_or_default().to_owned()
    }
}

/// Where the escape ends, not behind `to`, whose backslash stands before `at`.
pub(crate) fn escape_end(text: &str, to: usize, at: usize) -> usize {
    let rest = text.get(at..to).unwrap_or_default();
    let length = if rest.starts_with('u') { 5 } else { rest.chars().next().map_or(0, char::len_utf8) };
    text.floor_char_boundary((at + length).min(to))
}

/// Where the number begins that ends at or goes on behind `at`, not before `from`: `at` itself if there is
/// none.
pub(crate) fn number_start(text: &str, from: usize, at: usize) -> usize {
    let before = text.get(from..at).unwrap_or_default();
    let run = before.bytes().rev().take_while(is_of_number).count();
    let run = before.bytes().skip(before.len() - run);
    at - run.skip_while(|byte| *byte != b'-' && !byte.is_ascii_digit()).count()
}

/// Where the number ends that ends at or goes on behind `at`, not behind `to`.
pub(crate) fn number_end(text: &str, to: usize, at: usize) -> usize {
    let behind = text.get(at..to).unwrap_or_default();
    at + behind.bytes().take_while(is_of_number).count()
}

/// Whether a byte can stand in a number that is written outside of a string.
fn is_of_number(byte: &u8) -> bool {
    byte.is_ascii_digit() || b"+-.eE".contains(byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_reaches_as_far_as_its_signs() {
        let text = r#"{"a":-41.5e+3,"b":7"#;
        assert_eq!((number_start(text, 0, 7), number_end(text, text.len(), 7)), (5, 13));
        assert_eq!((number_start(text, 6, 7), number_end(text, 9, 7)), (6, 9));
        assert_eq!((number_start(text, 0, 5), number_end(text, text.len(), 13)), (5, 13));
        assert_eq!(number_start("the 12", 0, 5), 4);
        assert_eq!(number_start("the12", 0, 3), 3);
    }

    #[test]
    fn an_escape_ends_where_its_digits_do() {
        let check = |text: &str, expected: usize| assert_eq!(escape_end(text, text.len(), 1), expected, "{text}");
        check(r"\tx", 2);
        check(r"\u0041x", 6);
        check(r"\u00", 4);
        check("\\é", 3);
        check("\\", 1);
    }

    #[test]
    fn writes_what_fits_where_it_stands() {
        let at = |before: &str| {
            let mut strings = Strings::default();
            strings.read(before);
            strings
        };
        assert_eq!(at(r#"{"a": "#).write("x\"y"), r#""x\"y""#);
        assert_eq!(at(r#"{"a": ""#).write("x\"y"), r#"x\"y"#);
        assert_eq!(at(r#"{"a": "\""#).write("x"), "x");
        assert_eq!(at(r#"{"a": "\\""#).write("x"), "\"x\"");
        assert_eq!(at(r#"{"a": ""#).value(r"one\ntwo"), "one\ntwo");
    }
}
