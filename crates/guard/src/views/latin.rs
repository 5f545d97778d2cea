//! Words that mix Latin with look-alikes of other scripts, spelled in Latin with their case kept: for values, which
//! the folded view would not keep as they are.

use std::ops::Range;

use redoubt_domain::finding::View;

use super::homoglyph::looks_like;
use super::span::{Pieces, ViewSet};

/// The lines that hold mixed words, in Latin.
pub(super) struct Spelled {
    pub(super) text: String,
    pub(super) map: Pieces,
}

/// The lines of `text` from the first mixed word to the last, every look-alike in them spelled in Latin: of the words
/// of one value some may have no Latin letter left. None if no word is mixed.
pub(super) fn spelled(text: &str) -> Option<Spelled> {
    // No character of these scripts begins with another byte, and no other byte is one of these.
    let may_be_alike = |byte: &u8| matches!(byte, 0xcd..=0xd6);
    if !text.as_bytes().chunks(64).any(|chunk| chunk.iter().fold(false, |any, byte| any | may_be_alike(byte))) {
        return None;
    }
    let mixed = hull(text)?;
    let start = text.get(..mixed.start)?.rfind('\n').map_or(0, |at| at + 1);
    let end = text.get(mixed.end..)?.find('\n').map_or(text.len(), |at| mixed.end + at);
    let mut spelled = Spelled { text: String::with_capacity(end - start), map: Pieces::default() };
    let mut from = start;
    for (at, c) in text.get(start..end)?.char_indices().filter(|(_, c)| is_look_alike(*c)) {
        // Capitals look like other letters than their small ones: Greek Nu like N, and nu like v.
        let Some(like) = looks_like(c).or_else(|| looks_like(c.to_lowercase().next()?)) else { continue };
        let place = start + at..start + at + c.len_utf8();
        spelled.keep(text, from..place.start);
        spelled.map.whole(spelled.text.len(), place.clone(), ViewSet::of(View::Homoglyph));
        let is_upper = c.is_uppercase();
        spelled.text.extend(like.iter().map(|c| if is_upper { c.to_ascii_uppercase() } else { c }));
        from = place.end;
    }
    spelled.keep(text, from..end);
    Some(spelled)
}

/// From the first word with Latin letters or digits and look-alikes to the last.
fn hull(text: &str) -> Option<Range<usize>> {
    let mut hull: Option<Range<usize>> = None;
    let (mut start, mut has_ascii, mut has_like) = (0, false, false);
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        if c.is_alphanumeric() {
            has_ascii |= c.is_ascii();
            has_like |= is_look_alike(c);
            continue;
        }
        if has_ascii && has_like {
            hull = Some(hull.map_or(start, |hull| hull.start)..at);
        }
        (start, has_ascii, has_like) = (at + c.len_utf8(), false, false);
    }
    hull
}

/// Greek, Cyrillic and Armenian: the scripts whose letters pass for Latin.
fn is_look_alike(c: char) -> bool {
    matches!(c, '\u{370}'..='\u{58f}')
}

impl Spelled {
    fn keep(&mut self, text: &str, span: Range<usize>) {
        if let Some(kept) = text.get(span.clone()).filter(|kept| !kept.is_empty()) {
            self.map.linear(self.text.len(), span.start, ViewSet::NONE);
            self.text.push_str(kept);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_with_mixed_words_are_spelled_in_latin() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(spelled(text).map(|found| found.text).as_deref(), expected, "{text}");
        };
        check("GВ29 ΝWВК КК 6016", Some("GB29 NWBK KK 6016"));
        check("one\nghр_x7Kq\nthree р", Some("ghp_x7Kq"));
        check("Привет, IT-отдел", None);
        check("café ghp_x7Kq", None);
        check("plain", None);
    }
}
