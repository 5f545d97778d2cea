//! JSON as models write it: within prose or a code fence, with Python's words and quotes, with commas and brackets
//! too many or too few.
//!
//! One pass over the text, no recursion. What is written is JSON or nothing: a text that could mean two things, or
//! in which a value is missing, is left alone, since whoever guesses makes up an answer.

use std::ops::Range;

/// Nesting beyond this is no answer; the parser behind it stops there, too.
const DEPTH_MAX: usize = 127;
/// Brackets in the prose around the document at which reading is tried.
const ATTEMPTS_MAX: usize = 32;

/// A document found in a text, as JSON.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Document {
    /// Where it lay.
    pub(super) span: Range<usize>,
    /// What it says.
    pub(super) json: String,
}

/// Every object and array in a text that can be read as JSON, in order. Nothing if one of them cannot be read though
/// it is clearly meant to be an object: what stands within it is not the answer.
pub(super) fn documents(text: &str) -> Vec<Document> {
    let mut documents = Vec::new();
    let mut from = 0;
    for _ in 0..ATTEMPTS_MAX {
        let rest = text.as_bytes().get(from..).unwrap_or_default();
        let Some(open) = memchr::memchr2(b'{', b'[', rest) else { return documents };
        let mut reader = Reader { text, at: from + open, out: String::new(), open: Vec::new(), keys: 0 };
        match reader.read() {
            Some(()) => documents.push(Document { span: from + open..reader.at, json: reader.out }),
            None if reader.keys > 0 => return Vec::new(),
            None => {}
        }
        from = reader.at.max(from + open + 1);
    }
    // More brackets than anyone writes around an answer.
    Vec::new()
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Value,
    /// A value, or the end of the array.
    Item,
    /// A key, or the end of the object.
    Key,
    /// What follows a value.
    Follower,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Bracket {
    Object,
    Array,
}

impl Bracket {
    const fn close(self) -> char {
        match self {
            Self::Object => '}',
            Self::Array => ']',
        }
    }

    const fn next(self) -> Next {
        match self {
            Self::Object => Next::Key,
            Self::Array => Next::Item,
        }
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    out: String,
    open: Vec<Bracket>,
    /// How many keys were read.
    keys: usize,
}

impl Reader<'_> {
    fn read(&mut self) -> Option<()> {
        let mut next = Next::Value;
        loop {
            let has_line = self.skip();
            let Some(c) = self.peek() else { return self.end_of_text(next) };
            next = match (next, c) {
                (Next::Value | Next::Item, '{') => self.enter(Bracket::Object)?,
                (Next::Value | Next::Item, '[') => self.enter(Bracket::Array)?,
                (Next::Item, ']') | (Next::Key, '}') => self.close(c)?,
                (Next::Value | Next::Item, _) => {
                    if closing_quote(c).is_some() {
                        self.string(c)?;
                    } else {
                        self.word_or_number()?;
                    }
                    Next::Follower
                }
                (Next::Key, _) => {
                    self.key(c)?;
                    Next::Value
                }
                (Next::Follower, ',') => self.comma()?,
                (Next::Follower, '}' | ']') => self.close(c)?,
                // A comma forgotten at the end of a line.
                (Next::Follower, '"' | '{' | '[') if has_line => {
                    self.out.push(',');
                    self.open.last()?.next()
                }
                (Next::Follower, _) => return None,
            };
            if self.open.is_empty() {
                return Some(());
            }
        }
    }

    /// What is still open is closed, unless a value is missing.
    fn end_of_text(&mut self, next: Next) -> Option<()> {
        if next == Next::Value {
            return None;
        }
        while let Some(bracket) = self.open.pop() {
            self.out.push(bracket.close());
        }
        Some(())
    }

    fn enter(&mut self, bracket: Bracket) -> Option<Next> {
        if self.open.len() >= DEPTH_MAX {
            return None;
        }
        self.open.push(bracket);
        self.out.push(if bracket == Bracket::Object { '{' } else { '[' });
        self.at += 1;
        Some(bracket.next())
    }

    /// Closes what `c` closes, and before it whatever was left open within.
    fn close(&mut self, c: char) -> Option<Next> {
        if self.open.iter().all(|bracket| bracket.close() != c) {
            return None;
        }
        while let Some(bracket) = self.open.pop() {
            self.out.push(bracket.close());
            if bracket.close() == c {
                break;
            }
        }
        self.at += 1;
        Some(Next::Follower)
    }

    /// A comma counts only before something.
    fn comma(&mut self) -> Option<Next> {
        self.at += 1;
        self.skip();
        match self.peek() {
            None | Some('}' | ']') => Some(Next::Follower),
            Some(',') => None,
            Some(_) => {
                self.out.push(',');
                Some(self.open.last()?.next())
            }
        }
    }

    fn key(&mut self, c: char) -> Option<()> {
        if closing_quote(c).is_some() {
            self.string(c)?;
        } else {
            let word = self.take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '-'));
            if word.is_empty() || word.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
                return None;
            }
            let word = format!("\"{word}\"");
            self.out.push_str(&word);
        }
        self.skip();
        if self.peek() != Some(':') {
            return None;
        }
        self.at += 1;
        self.out.push(':');
        self.keys += 1;
        Some(())
    }

    /// A string in any quotes. It must have its end: how it went on nobody knows.
    fn string(&mut self, open: char) -> Option<()> {
        let close = closing_quote(open)?;
        self.at += open.len_utf8();
        self.out.push('"');
        loop {
            let c = self.peek()?;
            self.at += c.len_utf8();
            if c == close && (open == '"' || self.ends_string()) {
                self.out.push('"');
                return Some(());
            }
            match c {
                '\\' => self.escape()?,
                '"' => self.out.push_str("\\\""),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                c if u32::from(c) < 0x20 => self.out.push_str(&format!("\\u{:04x}", u32::from(c))),
                c => self.out.push(c),
            }
        }
    }

    /// Whether a quote that may also be an apostrophe ends a string: what follows a string follows it.
    fn ends_string(&self) -> bool {
        let rest = self.text.get(self.at..).unwrap_or_default();
        rest.trim_start().chars().next().is_none_or(|c| matches!(c, ',' | ':' | '}' | ']'))
    }

    /// What stands behind a backslash. One that escapes nothing is a backslash.
    fn escape(&mut self) -> Option<()> {
        let c = self.peek()?;
        let hex = |digits: usize| {
            let behind = self.text.get(self.at + 1..self.at + 1 + digits)?;
            behind.bytes().all(|b| b.is_ascii_hexdigit()).then_some(behind)
        };
        match c {
            '"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' => {
                self.out.push('\\');
                self.out.push(c);
            }
            'u' if hex(4).is_some() => self.out.push_str("\\u"),
            'x' if hex(2).is_some() => self.out.push_str("\\u00"),
            '\'' | '\u{2018}'..='\u{201d}' => self.out.push(c),
            '\n' => self.out.push_str("\\n"),
            _ => {
                // Read as any other character.
                self.out.push_str("\\\\");
                return Some(());
            }
        }
        self.at += c.len_utf8();
        Some(())
    }

    fn word_or_number(&mut self) -> Option<()> {
        let word = self.take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | '_'));
        let known = match word {
            "true" | "True" => Some("true"),
            "false" | "False" => Some("false"),
            "null" | "None" => Some("null"),
            _ => None,
        };
        if let Some(known) = known {
            self.out.push_str(known);
            return Some(());
        }
        let (sign, digits) = match word.strip_prefix(['+', '-']) {
            Some(digits) => (if word.starts_with('-') { "-" } else { "" }, digits),
            None => ("", word),
        };
        let zero = if digits.starts_with('.') { "0" } else { "" };
        let number = format!("{sign}{zero}{digits}");
        serde_json::from_str::<serde_json::Number>(&number).ok()?;
        self.out.push_str(&number);
        Some(())
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }

    fn take_while(&mut self, fits: impl Fn(char) -> bool) -> &str {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = rest.find(|c| !fits(c)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    /// Passes over space and comments; whether a line ended there.
    fn skip(&mut self) -> bool {
        let from = self.at;
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let blank = rest.len() - rest.trim_start().len();
            self.at += blank;
            let rest = rest.get(blank..).unwrap_or_default();
            let comment = if rest.starts_with("//") || rest.starts_with('#') {
                rest.find('\n').unwrap_or(rest.len())
            } else if rest.starts_with("/*") {
                rest.find("*/").map_or(rest.len(), |end| end + 2)
            } else if rest.starts_with("```") {
                // The fence ends where brackets are missing.
                self.at = self.text.len();
                0
            } else {
                0
            };
            if comment == 0 {
                return self.text.get(from..self.at).is_some_and(|passed| passed.contains('\n'));
            }
            self.at += comment;
        }
    }
}

/// What closes a string that begins so.
const fn closing_quote(open: char) -> Option<char> {
    match open {
        '"' | '\'' => Some(open),
        '\u{201c}' => Some('\u{201d}'),
        '\u{2018}' => Some('\u{2019}'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found = documents(text);
        assert_eq!(found.iter().map(|one| one.json.as_str()).collect::<Vec<_>>(), expected, "{text:?}");
        for one in found {
            serde_json::from_str::<serde_json::Value>(&one.json).unwrap();
        }
    }

    #[test]
    fn what_models_get_wrong_is_read() {
        for (text, json) in [
            (r#"{"a": 1, "b": [true, null]}"#, r#"{"a":1,"b":[true,null]}"#),
            ("```json\n{\"a\": 1}\n```", r#"{"a":1}"#),
            ("Sure! Here it is:\n{\"a\": 1}\nAnything else?", r#"{"a":1}"#),
            (r#"{"a": 1,}"#, r#"{"a":1}"#),
            ("[1, 2, 3, ]", "[1,2,3]"),
            ("{'a': 'it is'}", r#"{"a":"it is"}"#),
            (r#"{'a': 'it's "here"'}"#, r#"{"a":"it's \"here\""}"#),
            ("{“a”: “b”}", r#"{"a":"b"}"#),
            ("{'a': True, 'b': False, 'c': None}", r#"{"a":true,"b":false,"c":null}"#),
            ("{a: 1, b_2: 2, $c: 3, naïve-key: 4}", r#"{"a":1,"b_2":2,"$c":3,"naïve-key":4}"#),
            ("{\"a\": 1, // the first\n \"b\": 2 /* and */, # the last\n}", r#"{"a":1,"b":2}"#),
            (r#"{"a": {"b": [1, 2"#, r#"{"a":{"b":[1,2]}}"#),
            (r#"{"a": [1, 2}"#, r#"{"a":[1,2]}"#),
            ("```json\n{\"a\": [1\n```", r#"{"a":[1]}"#),
            ("{\"a\": \"one\ntwo\"}", r#"{"a":"one\ntwo"}"#),
            ("{\"a\": 1\n \"b\": 2}", r#"{"a":1,"b":2}"#),
            (r#"{"a": "\d+ \x41 \u0041 \'"}"#, r#"{"a":"\\d+ \u0041 \u0041 '"}"#),
            ("{\"a\": +1, \"b\": .5, \"c\": -.5}", r#"{"a":1,"b":0.5,"c":-0.5}"#),
            (r#"{"a": "http://x.example/#y // no"}"#, r#"{"a":"http://x.example/#y // no"}"#),
            ("{}", "{}"),
        ] {
            check(text, &[json]);
        }
        check("see [1] and {\"a\": 2}", &["[1]", r#"{"a":2}"#]);
        check("as [the list] says: {\"a\": 2}", &[r#"{"a":2}"#]);
    }

    #[test]
    fn what_is_missing_is_not_made_up() {
        for text in [
            "",
            "no brackets",
            r#"{"a": "#,
            r#"{"a": }"#,
            r#"{"a": "cut off"#,
            r#"{"a": 1 "b": 2}"#,
            r#"{"a": "he said "no" to me"}"#,
            r#"{"a": 1,, "b": 2}"#,
            r#"{"a": NaN}"#,
            r#"{"a": undefined}"#,
            r#"{"a": 0x1F}"#,
            r#"{"a": ...}"#,
            r#"{"a": {"b": 1}, "c": "#,
            r#"[{"a": 1}, {"a": "#,
            r#"{"a" 1}"#,
        ] {
            check(text, &[]);
        }
    }

    #[test]
    fn hostile_texts_cost_one_pass() {
        for unit in ["[", "{", "{'a':[", "{\"a\":", "'", "\\", "[1] ", "/*", "# ", "{a:'", "' ' ", "“", "[[1],"] {
            let text = unit.repeat((1 << 20) / unit.len());
            let _ = documents(&text);
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_read_is_json(text in "([{}\\[\\],:'\"\\\\ ]|a|1|True|//|\n|```){0,40}") {
            for one in documents(&text) {
                proptest::prop_assert!(serde_json::from_str::<serde_json::Value>(&one.json).is_ok(), "{:?}", one);
            }
        }

        #[test]
        fn what_is_json_says_the_same(value in json()) {
            let text = serde_json::to_string_pretty(&value).unwrap();
            let found = documents(&text);
            proptest::prop_assert_eq!(found.len(), 1);
            proptest::prop_assert_eq!(&serde_json::from_str::<serde_json::Value>(&found[0].json).unwrap(), &value);
        }
    }

    fn json() -> impl proptest::strategy::Strategy<Value = serde_json::Value> {
        use proptest::prelude::*;
        let leaf = prop_oneof![
            any::<bool>().prop_map(serde_json::Value::from),
            any::<i64>().prop_map(serde_json::Value::from),
            any::<String>().prop_map(serde_json::Value::from),
        ];
        let nested = leaf.prop_recursive(4, 32, 4, |inner| {
            let list = prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from);
            let object = prop::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|members| members.into_iter().collect::<serde_json::Value>());
            prop_oneof![list, object]
        });
        prop::collection::vec(nested, 0..3).prop_map(serde_json::Value::from)
    }
}
