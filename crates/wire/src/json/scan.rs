//! One pass over a JSON text, without recursion.

use std::borrow::Cow;
use std::collections::HashSet;

use super::{Node, NodeKind, Value};
use crate::error::DecodeError;

/// What to do with an object that has the same key twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duplicates {
    /// Refuse it: the guard may read one of the two and the upstream the other.
    Refuse,
    /// Keep both in the tree, so that both are inspected; a lookup finds the last.
    Keep,
}

/// Values in one text, arrays of numbers counted once. A body of 32 MiB that says more says nothing else.
const VALUES_MAX: usize = 4_000_000;

/// Objects up to this many members are searched for duplicates pair by pair, which needs no memory.
const MEMBERS_COMPARED_MAX: usize = 12;

pub(super) fn scan(text: &str, depth_max: usize, duplicates: Duplicates) -> Result<Vec<Node>, DecodeError> {
    if u32::try_from(text.len()).is_err() {
        return Err(DecodeError::TooLarge { what: "a JSON text", max: u32::MAX as usize });
    }
    let nodes = Vec::with_capacity(text.len() / 32 + 8);
    Scanner { text, bytes: text.as_bytes(), at: 0, nodes, open: Vec::new(), depth_max, duplicates }.run()
}

struct Scanner<'b> {
    text: &'b str,
    bytes: &'b [u8],
    at: usize,
    nodes: Vec<Node>,
    /// Indices of the containers that are not closed yet, outermost first.
    open: Vec<usize>,
    depth_max: usize,
    duplicates: Duplicates,
}

type Step<T = ()> = Result<T, DecodeError>;

impl Scanner<'_> {
    fn run(mut self) -> Step<Vec<Node>> {
        loop {
            let is_open = self.value()?;
            if is_open || self.separator()? {
                continue;
            }
            self.skip_space();
            if self.at < self.bytes.len() {
                return Err(self.wrong("text after the end"));
            }
            return Ok(self.nodes);
        }
    }

    /// Reads one value. Of a container that is not empty only the beginning, up to the place where its first
    /// value must stand: then the answer is `true`.
    fn value(&mut self) -> Step<bool> {
        self.skip_space();
        match self.peek() {
            Some(b'"') => self.string().map(|()| false),
            Some(b'{') => self.object(),
            Some(b'[') => self.array(),
            Some(b't') => self.word(b"true", NodeKind::True),
            Some(b'f') => self.word(b"false", NodeKind::False),
            Some(b'n') => self.word(b"null", NodeKind::Null),
            Some(b'-' | b'0'..=b'9') => {
                let start = self.at;
                self.at = self.number(start)?;
                self.leaf(start, NodeKind::Number).map(|()| false)
            }
            Some(_) => Err(self.wrong("a value was expected")),
            None => Err(self.wrong("the text ends too early")),
        }
    }

    /// After a value: closes the containers that end here. `true` if another value must follow.
    fn separator(&mut self) -> Step<bool> {
        while let Some(&container) = self.open.last() {
            self.skip_space();
            let is_object = self.nodes.get(container).is_some_and(|node| node.kind == NodeKind::Object);
            match self.peek() {
                Some(b',') => {
                    self.at += 1;
                    if is_object {
                        self.key()?;
                    }
                    return Ok(true);
                }
                Some(b'}') if is_object => self.close(container)?,
                Some(b']') if !is_object => self.close(container)?,
                Some(_) => return Err(self.wrong("a comma or the end of the array or object was expected")),
                None => return Err(self.wrong("the text ends too early")),
            }
        }
        Ok(false)
    }

    fn object(&mut self) -> Step<bool> {
        let container = self.enter(NodeKind::Object)?;
        self.skip_space();
        if self.peek() == Some(b'}') {
            return self.close(container).map(|()| false);
        }
        self.key().map(|()| true)
    }

    fn array(&mut self) -> Step<bool> {
        let start = self.at;
        let container = self.enter(NodeKind::Array)?;
        self.skip_space();
        match self.peek() {
            Some(b']') => return self.close(container).map(|()| false),
            Some(b'-' | b'0'..=b'9') => {}
            _ => return Ok(true),
        }
        let Some(end) = self.numbers() else { return Ok(true) };
        self.open.pop();
        self.nodes.pop();
        self.at = end;
        self.leaf(start, NodeKind::Numbers).map(|()| false)
    }

    /// Where the array ends whose first item is here, if it holds numbers alone.
    fn numbers(&self) -> Option<usize> {
        let mut at = self.at;
        loop {
            at = self.after_space(self.number(self.after_space(at)).ok()?);
            match self.bytes.get(at) {
                Some(b',') => at += 1,
                Some(b']') => return Some(at + 1),
                _ => return None,
            }
        }
    }

    fn key(&mut self) -> Step {
        self.skip_space();
        if self.peek() != Some(b'"') {
            return Err(self.wrong("a key in quotes was expected"));
        }
        self.string()?;
        self.skip_space();
        if self.peek() != Some(b':') {
            return Err(self.wrong("a colon was expected"));
        }
        self.at += 1;
        Ok(())
    }

    fn enter(&mut self, kind: NodeKind) -> Step<usize> {
        if self.open.len() >= self.depth_max {
            return Err(DecodeError::TooLarge { what: "nesting of JSON", max: self.depth_max });
        }
        let container = self.nodes.len();
        self.open.push(container);
        let start = self.at;
        self.at += 1;
        self.leaf(start, kind)?;
        Ok(container)
    }

    fn close(&mut self, container: usize) -> Step {
        self.at += 1;
        self.open.pop();
        let (end, next) = (self.position(self.at), self.position(self.nodes.len()));
        if let Some(node) = self.nodes.get_mut(container) {
            node.end = end;
            node.next = next;
        }
        if self.duplicates == Duplicates::Refuse {
            self.refuse_duplicates(container)?;
        }
        Ok(())
    }

    fn refuse_duplicates(&self, container: usize) -> Step {
        let value = Value { text: self.text, nodes: &self.nodes, index: container };
        let count = value.members().take(MEMBERS_COMPARED_MAX + 1).count();
        let duplicate = if count <= MEMBERS_COMPARED_MAX {
            value.members().enumerate().map(|(position, (key, _))| (position, key)).find(|&(position, key)| {
                let name = key.text();
                value.members().take(position).any(|(earlier, _)| earlier.text() == name)
            })
        } else {
            let mut seen: HashSet<Cow<'_, str>> = HashSet::new();
            value
                .members()
                .enumerate()
                .map(|(position, (key, _))| (position, key))
                .find(|(_, key)| !seen.insert(key.text().unwrap_or_default()))
        };
        match duplicate {
            Some((_, key)) => Err(DecodeError::Json { offset: key.span().start, problem: "the same key twice" }),
            None => Ok(()),
        }
    }

    fn string(&mut self) -> Step {
        let start = self.at;
        let mut kind = NodeKind::String;
        let mut at = start + 1;
        loop {
            let rest = self.bytes.get(at..).unwrap_or_default();
            let Some(length) = memchr::memchr2(b'"', b'\\', rest) else {
                return Err(self.wrong_at(self.bytes.len(), "the text ends within a string"));
            };
            let plain = rest.get(..length).unwrap_or_default();
            // Without an early end, so that many bytes are compared at once; a search for the place comes after.
            if plain.iter().fold(false, |found, &byte| found | (byte < 0x20)) {
                let control = plain.iter().position(|&byte| byte < 0x20).unwrap_or_default();
                return Err(self.wrong_at(at + control, "a control character within a string"));
            }
            at += length;
            if self.bytes.get(at) == Some(&b'"') {
                self.at = at + 1;
                return self.leaf(start, kind);
            }
            kind = NodeKind::Escaped;
            at = self.escape(at)?;
        }
    }

    /// Where the text goes on after the escape at `at`.
    fn escape(&self, at: usize) -> Step<usize> {
        match self.bytes.get(at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
            Some(b'u') => match self.code_unit(at)? {
                0xd800..=0xdbff => match self.bytes.get(at + 6..at + 8) {
                    Some(br"\u") if matches!(self.code_unit(at + 6)?, 0xdc00..=0xdfff) => Ok(at + 12),
                    _ => Err(self.wrong_at(at, "half of a surrogate pair")),
                },
                0xdc00..=0xdfff => Err(self.wrong_at(at, "half of a surrogate pair")),
                _ => Ok(at + 6),
            },
            _ => Err(self.wrong_at(at, "an unknown escape")),
        }
    }

    /// The code unit of the `\u` escape at `at`.
    fn code_unit(&self, at: usize) -> Step<u32> {
        let digits = self.bytes.get(at + 2..at + 6).unwrap_or_default();
        let value = digits
            .iter()
            .try_fold(0_u32, |value, &digit| char::from(digit).to_digit(16).map(|digit| value * 16 + digit));
        value.filter(|_| digits.len() == 4).ok_or_else(|| self.wrong_at(at, "an unknown escape"))
    }

    /// Where the number at `start` ends.
    fn number(&self, start: usize) -> Step<usize> {
        let wrong = || self.wrong_at(start, "a malformed number");
        let mut at = start;
        if self.bytes.get(at) == Some(&b'-') {
            at += 1;
        }
        match self.bytes.get(at) {
            Some(b'0') => at += 1,
            Some(b'1'..=b'9') => at = self.after_digits(at),
            _ => return Err(wrong()),
        }
        if self.bytes.get(at) == Some(&b'.') {
            let fraction = at + 1;
            at = self.after_digits(fraction);
            if at == fraction {
                return Err(wrong());
            }
        }
        if matches!(self.bytes.get(at), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.bytes.get(at + 1), Some(b'+' | b'-')));
            let exponent = at + 1 + sign;
            at = self.after_digits(exponent);
            if at == exponent {
                return Err(wrong());
            }
        }
        Ok(at)
    }

    fn after_digits(&self, at: usize) -> usize {
        let rest = self.bytes.get(at..).unwrap_or_default();
        at + rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
    }

    fn word(&mut self, word: &[u8], kind: NodeKind) -> Step<bool> {
        let start = self.at;
        let is_word = self.bytes.get(start..).is_some_and(|rest| rest.starts_with(word));
        if !is_word {
            return Err(self.wrong("a value was expected"));
        }
        self.at += word.len();
        self.leaf(start, kind).map(|()| false)
    }

    /// Notes a value that ends here.
    fn leaf(&mut self, start: usize, kind: NodeKind) -> Step {
        if self.nodes.len() >= VALUES_MAX {
            return Err(DecodeError::TooLarge { what: "values in one JSON text", max: VALUES_MAX });
        }
        let next = self.position(self.nodes.len() + 1);
        self.nodes.push(Node { start: self.position(start), end: self.position(self.at), next, kind });
        Ok(())
    }

    fn skip_space(&mut self) {
        self.at = self.after_space(self.at);
    }

    fn after_space(&self, at: usize) -> usize {
        let rest = self.bytes.get(at..).unwrap_or_default();
        at + rest.iter().take_while(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t')).count()
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// A position as nodes hold it. The length of the text was checked to fit.
    fn position(&self, at: usize) -> u32 {
        u32::try_from(at).unwrap_or(u32::MAX)
    }

    fn wrong(&self, problem: &'static str) -> DecodeError {
        self.wrong_at(self.at, problem)
    }

    fn wrong_at(&self, offset: usize, problem: &'static str) -> DecodeError {
        DecodeError::Json { offset, problem }
    }
}
