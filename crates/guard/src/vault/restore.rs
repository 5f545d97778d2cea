//! Finding placeholders again in what a model wrote.
//!
//! Models lower the case, escape underscores for markdown and put spaces inside the brackets. All that is
//! tolerated; the check characters must still be right, so no spelling yields another value.

use redoubt_domain::exchange::{Encoding, SegmentKind};

use super::Vault;
use crate::transforms::Strings;

/// The longest spelling of a placeholder that is still recognised.
const LONGEST: usize = 160;

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
    /// Puts values back in the place of their placeholders. `strings` stands where `text` begins, for
    /// [`Encoding::Json`].
    pub(crate) fn restore(&self, text: &str, kind: SegmentKind, encoding: Encoding, mut strings: Strings) -> Restored {
        let mut restored = Restored { text: String::with_capacity(text.len()), count: 0 };
        let mut copied = 0;
        if !self.is_empty() {
            for start in memchr::memchr_iter(b'[', text.as_bytes()) {
                let Bracket::Closed(end, backslashes) = bracket(text.as_bytes(), start) else { continue };
                let Some(spelled) = text.get(start..end) else { continue };
                let Some(value) = self.open(&normal(spelled), kind) else { continue };
                let before = text.get(copied..start).unwrap_or_default();
                // An escaped bracket is escaped on both sides.
                let escaped = before.bytes().rev().take_while(|&b| b == b'\\').count().min(backslashes);
                let before = before.get(..before.len() - escaped).unwrap_or_default();
                restored.text.push_str(before);
                strings.read(before);
                match encoding {
                    Encoding::Json => restored.text.push_str(&strings.write(&value)),
                    Encoding::Plain | Encoding::Base64 | Encoding::DataUrl | Encoding::Number => {
                        restored.text.push_str(&value)
                    }
                }
                restored.count += 1;
                copied = end;
            }
        }
        restored.text.push_str(text.get(copied..).unwrap_or_default());
        restored
    }

    /// Where the placeholders of this request lie, with the backslashes that belong to them.
    pub(crate) fn placeholders(&self, text: &str) -> Vec<std::ops::Range<usize>> {
        let bytes = text.as_bytes();
        let starts = memchr::memchr_iter(b'[', bytes).filter(|_| !self.is_empty());
        starts
            .filter_map(|start| {
                let Bracket::Closed(end, backslashes) = bracket(bytes, start) else { return None };
                let escaped = bytes.iter().take(start).rev().take_while(|&&b| b == b'\\').count().min(backslashes);
                self.owns(text.get(start..end)?).then_some(start - escaped..end)
            })
            .collect()
    }

    /// From which byte on a placeholder might still be growing.
    pub(crate) fn live_from(&self, text: &str) -> usize {
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
