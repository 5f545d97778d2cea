//! A text without its spelling: the letters and digits that a model keeps when it writes a value in its own way.

use std::ops::Range;

use redoubt_domain::exchange::Encoding;

use crate::detectors::boundary::is_spaceless;

/// Characters that may stand between two of one value.
const GAP_MAX: usize = 3;

/// The letters and digits of a text in lower case, and where each of their bytes comes from. Where more stands between
/// two of them than within a value, there is a [`Letters::BREAK`].
pub(super) struct Letters {
    pub(super) text: String,
    at: Vec<Range<usize>>,
    /// Where characters stand that are written in one with their neighbours, of which a part is no value.
    length: usize,
}

impl Letters {
    /// Stands in no value.
    const BREAK: char = '\0';

    /// Reads a text; in JSON an escape is the character that it stands for.
    pub(super) fn of(text: &str, encoding: Encoding) -> Self {
        let mut letters = Self { text: String::with_capacity(text.len()), at: Vec::new(), length: text.len() };
        let (mut from, mut gap) = (0, 0);
        while let Some(rest) = text.get(from..).filter(|rest| !rest.is_empty()) {
            let (c, bytes) = match encoding {
                Encoding::Json => escaped(rest),
                Encoding::Plain | Encoding::Base64 | Encoding::DataUrl | Encoding::Number => None,
            }
            .or_else(|| rest.chars().next().map(|c| (c, c.len_utf8())))
            .unwrap_or((' ', rest.len()));
            let span = from..from + bytes;
            from = span.end;
            if !c.is_alphanumeric() {
                gap += 1;
                if gap == GAP_MAX + 1 {
                    letters.push(Self::BREAK, span);
                }
                continue;
            }
            gap = 0;
            c.to_lowercase().for_each(|c| letters.push(c, span.clone()));
        }
        letters
    }

    fn push(&mut self, c: char, span: Range<usize>) {
        self.text.push(c);
        self.at.extend(std::iter::repeat_n(span, c.len_utf8()));
    }

    /// Where a stretch of the letters stands in the text.
    pub(super) fn source(&self, letters: &Range<usize>) -> Option<Range<usize>> {
        let last = letters.end.checked_sub(1)?;
        Some(self.at.get(letters.start)?.start..self.at.get(last)?.end)
    }

    /// Whether a word may begin at a letter: nothing is written in one with it before.
    pub(super) fn begins(&self, at: usize, before: Option<char>) -> bool {
        let Some(own) = self.at.get(at) else { return false };
        match at.checked_sub(1).and_then(|last| self.at.get(last)) {
            Some(last) => last.end < own.start || !is_joined(self.text.get(..at).and_then(|t| t.chars().next_back())),
            None => own.start > 0 || !is_joined(before),
        }
    }

    /// Whether a word may end before a letter: nothing is written in one with it behind.
    pub(super) fn ends(&self, at: usize, behind: Option<char>) -> bool {
        let Some(own) = at.checked_sub(1).and_then(|last| self.at.get(last)) else { return false };
        match self.at.get(at) {
            Some(next) => own.end < next.start || !is_joined(self.text.get(at..).and_then(|t| t.chars().next())),
            None => own.end < self.length || !is_joined(behind),
        }
    }

    /// Whether nothing stands behind the last letter.
    pub(super) fn is_touching_end(&self) -> bool {
        self.at.last().is_some_and(|last| last.end == self.length)
    }
}

/// Whether a character is written in one with its neighbours. Where nobody spaces words, none is.
fn is_joined(c: Option<char>) -> bool {
    c.is_some_and(|c| c.is_alphanumeric() && !is_spaceless(c))
}

/// The character that an escape of JSON stands for, and how many bytes it takes.
fn escaped(text: &str) -> Option<(char, usize)> {
    let behind = text.strip_prefix('\\')?;
    let code = behind.strip_prefix('u').and_then(|code| code.get(..4));
    match code.and_then(|code| u32::from_str_radix(code, 16).ok()) {
        // Half of a pair stands for nothing that a surrogate is made of.
        Some(code) => Some((char::from_u32(code).unwrap_or(' '), 6)),
        None => Some((' ', 1 + behind.chars().next().map_or(0, char::len_utf8))),
    }
}
