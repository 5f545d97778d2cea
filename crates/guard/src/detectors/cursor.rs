//! A place in a text that is read forward, and remembers whether a reader wanted to see more than there is.
//! If it did not, more text cannot change what it read: that is what makes a stream window sound.

use super::boundary::after;

/// A place in a text.
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
    saw_end: bool,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str, at: usize) -> Self {
        Self { text, at, saw_end: false }
    }

    pub(super) fn text(&self) -> &'a str {
        self.text
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Whether anything asked what lies behind the end of the text.
    pub(super) fn saw_end(&self) -> bool {
        self.saw_end
    }

    /// What was read since a place.
    pub(super) fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or("")
    }

    pub(super) fn back_to(&mut self, at: usize) {
        self.at = at;
    }

    fn rest(&self) -> &'a str {
        after(self.text, self.at)
    }

    /// The next character.
    pub(super) fn peek(&mut self) -> Option<char> {
        let next = self.rest().chars().next();
        self.saw_end |= next.is_none();
        next
    }

    /// Reads an ASCII word in any case, or nothing.
    pub(super) fn eat(&mut self, word: &str) -> bool {
        let rest = self.rest().as_bytes();
        let same =
            rest.iter().zip(word.as_bytes()).take_while(|(left, right)| left.eq_ignore_ascii_case(right)).count();
        if same == word.len() {
            self.at += same;
            return true;
        }
        self.saw_end |= same == rest.len();
        false
    }

    /// Reads characters while they are of a kind, at most so many bytes.
    pub(super) fn take(&mut self, bytes_max: usize, is_kind: impl Fn(char) -> bool) -> &'a str {
        let start = self.at;
        while let Some(next) = self.rest().chars().next() {
            if !is_kind(next) || self.at + next.len_utf8() - start > bytes_max {
                return self.since(start);
            }
            self.at += next.len_utf8();
        }
        self.saw_end = true;
        self.since(start)
    }
}
