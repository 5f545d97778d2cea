//! Words that mix Latin with look-alikes of other scripts, spelled in Latin with their case kept: for values, which
//! the folded view would not keep as they are.

use std::ops::Range;

use redoubt_domain::finding::View;

use super::homoglyph::looks_like;
use super::span::{Pieces, ViewSet};

/// The lines that hold mixed words, with these in Latin.
pub(super) struct Spelled {
    pub(super) text: String,
    pub(super) map: Pieces,
}

/// The lines of `text` from the first of the `mixed` words to the last, spelled in Latin; none if there are no such
/// words.
pub(super) fn spelled(text: &str, mixed: &[Range<usize>]) -> Option<Spelled> {
    let (first, last) = mixed.first().zip(mixed.last())?;
    let start = text.get(..first.start)?.rfind('\n').map_or(0, |at| at + 1);
    let end = text.get(last.end..)?.find('\n').map_or(text.len(), |at| last.end + at);
    let mut spelled = Spelled { text: String::with_capacity(end - start), map: Pieces::default() };
    let mut from = start;
    for word in mixed {
        spelled.keep(text, from..word.start);
        for (at, c) in text.get(word.clone())?.char_indices() {
            let place = word.start + at..word.start + at + c.len_utf8();
            spelled.letter(text, c, place);
        }
        from = word.end;
    }
    spelled.keep(text, from..end);
    Some(spelled)
}

impl Spelled {
    fn keep(&mut self, text: &str, span: Range<usize>) {
        if let Some(kept) = text.get(span.clone()).filter(|kept| !kept.is_empty()) {
            self.map.linear(self.text.len(), span.start, ViewSet::NONE);
            self.text.push_str(kept);
        }
    }

    fn letter(&mut self, text: &str, c: char, place: Range<usize>) {
        let like = if c.is_ascii() { None } else { c.to_lowercase().next().and_then(looks_like) };
        let Some(like) = like else { return self.keep(text, place) };
        self.map.whole(self.text.len(), place, ViewSet::of(View::Homoglyph));
        let is_upper = c.is_uppercase();
        self.text.extend(like.iter().map(|c| if is_upper { c.to_ascii_uppercase() } else { c }));
    }
}
