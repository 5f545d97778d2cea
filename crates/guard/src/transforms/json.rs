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

#[cfg(test)]
mod tests {
    use super::*;

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
