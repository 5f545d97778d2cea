//! Finding placeholders again in what a model wrote.
//!
//! Models lower the case, escape underscores for markdown and put spaces inside the brackets. All that is
//! tolerated; the check characters must still be right, so no spelling yields another value.

use std::ops::Range;

use redoubt_domain::exchange::{Encoding, SegmentKind};
use zeroize::Zeroizing;

use super::Vault;
use crate::transforms::Strings;

/// The longest spelling of a placeholder that is still recognised.
const LONGEST: usize = 160;

/// What stands on either side of a piece of a text, where more of it is there.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Around {
    pub(crate) before: Option<char>,
    pub(crate) behind: Option<char>,
}

/// A text with its placeholders replaced.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Restored {
    pub(crate) text: String,
    /// How many values went back.
    pub(crate) count: usize,
}

/// What is left of a placeholder when spelling is ignored.
pub(super) fn normal(token: &str) -> String {
    token.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

enum Bracket {
    /// Ends before this byte, with this many backslashes before the closing bracket.
    Closed(usize, usize),
    /// The text ends within it.
    Open,
    /// Holds what no placeholder holds.
    Other,
}

/// Looks at the bracket that opens at `start`.
fn bracket(text: &[u8], start: usize) -> Bracket {
    let mut backslashes = 0;
    for (at, &byte) in text.iter().enumerate().skip(start + 1).take(LONGEST) {
        match byte {
            b']' => return Bracket::Closed(at + 1, backslashes),
            b'\\' => backslashes += 1,
            b'_' | b' ' => backslashes = 0,
            _ if byte.is_ascii_alphanumeric() => backslashes = 0,
            _ => return Bracket::Other,
        }
    }
    if text.len() - start <= LONGEST { Bracket::Open } else { Bracket::Other }
}

impl Vault {
    /// Puts values back in the place of their placeholders and surrogates. `strings` stands where `text` begins, for
    /// [`Encoding::Json`], and `around` is what stands there and behind it.
    pub(crate) fn restore(
        &self,
        text: &str,
        kind: SegmentKind,
        encoding: Encoding,
        mut strings: Strings,
        around: Around,
    ) -> Restored {
        let mut restored = Restored { text: String::with_capacity(text.len()), count: 0 };
        let mut copied = 0;
        for (span, value) in self.values(text, kind, encoding, around) {
            // What begins within another is a part of it.
            let Some(before) = text.get(copied..span.start) else { continue };
            restored.text.push_str(before);
            strings.read(before);
            match encoding {
                Encoding::Json => restored.text.push_str(&strings.write(&value)),
                Encoding::Plain | Encoding::Base64 | Encoding::DataUrl | Encoding::Number => {
                    restored.text.push_str(&value)
                }
            }
            restored.count += 1;
            copied = span.end;
        }
        restored.text.push_str(text.get(copied..).unwrap_or_default());
        restored
    }

    /// The values that go back into a text and the places where they go, in order.
    fn values(
        &self,
        text: &str,
        kind: SegmentKind,
        encoding: Encoding,
        around: Around,
    ) -> Vec<(Range<usize>, Zeroizing<String>)> {
        let mut values = Vec::new();
        if self.is_empty() {
            return values;
        }
        for start in memchr::memchr_iter(b'[', text.as_bytes()) {
            let Bracket::Closed(end, backslashes) = bracket(text.as_bytes(), start) else { continue };
            let Some(spelled) = text.get(start..end) else { continue };
            let Some(value) = self.open(&normal(spelled), kind) else { continue };
            // An escaped bracket is escaped on both sides.
            let before = text.as_bytes().get(..start).unwrap_or_default();
            let escaped = before.iter().rev().take_while(|&&b| b == b'\\').count().min(backslashes);
            values.push((start - escaped..end, value));
        }
        for place in self.surrogates.places(text, encoding, around) {
            if let Some(value) = self.open_surrogate(&place, kind) {
                values.push((place.span, value));
            }
        }
        values.sort_by_key(|(span, _)| (span.start, span.end));
        values
    }

    /// Where the placeholders of this request lie, with the backslashes that belong to them, and its surrogates.
    pub(crate) fn placeholders(&self, text: &str, encoding: Encoding) -> Vec<Range<usize>> {
        let bytes = text.as_bytes();
        let starts = memchr::memchr_iter(b'[', bytes).filter(|_| !self.is_empty());
        let placeholders = starts.filter_map(|start| {
            let Bracket::Closed(end, backslashes) = bracket(bytes, start) else { return None };
            let escaped = bytes.iter().take(start).rev().take_while(|&&b| b == b'\\').count().min(backslashes);
            self.owns(text.get(start..end)?).then_some(start - escaped..end)
        });
        placeholders.chain(self.surrogates(text, encoding)).collect()
    }

    /// From which byte on a placeholder or a surrogate might still be growing.
    pub(crate) fn live_from(&self, text: &str, encoding: Encoding) -> usize {
        self.placeholder_live_from(text).min(self.surrogates.live_from(text, encoding))
    }

    fn placeholder_live_from(&self, text: &str) -> usize {
        let bytes = text.as_bytes();
        if self.is_empty() {
            return text.len();
        }
        let escapes = |end: usize| bytes.iter().take(end).rev().take_while(|&&b| b == b'\\').count();
        let tail = text.len().saturating_sub(LONGEST);
        for start in memchr::memchr_iter(b'[', bytes).filter(|&start| start >= tail) {
            let grows = matches!(bracket(bytes, start), Bracket::Open)
                && text.get(start..).is_some_and(|spelled| self.has_prefix(&normal(spelled)));
            if grows {
                return start - escapes(start);
            }
        }
        text.len() - escapes(text.len())
    }
}
