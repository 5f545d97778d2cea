//! One labelled text.

use std::ops::Range;

use redoubt_domain::exchange::Origin;

/// A text and what it is.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) text: String,
    /// Whether it is what the detector looks for.
    pub(super) is_positive: bool,
    pub(super) origin: Origin,
    /// ISO 639, or `en+de` where a set does not tell its languages apart.
    pub(super) language: &'static str,
    /// The hazard or the variant, where the set names one.
    pub(super) group: Option<String>,
    /// The part that an attacker wrote: all of a request, the inserted words of a document.
    pub(super) payload: Range<usize>,
}

impl Row {
    pub(super) fn whole(text: String, is_positive: bool, origin: Origin, language: &'static str) -> Self {
        let payload = 0..text.len();
        Self { text, is_positive, origin, language, group: None, payload }
    }

    /// An attacker's words in somebody's document, at its start, middle or end.
    pub(super) fn inserted(document: &str, words: &str, place: Place, origin: Origin, language: &'static str) -> Self {
        let at = match place {
            Place::Start => 0,
            Place::Middle => middle(document),
            Place::End => document.len(),
        };
        let (before, after) = document.split_at_checked(at).unwrap_or((document, ""));
        let before = if before.is_empty() { String::new() } else { format!("{before}\n") };
        let after = if after.is_empty() { String::new() } else { format!("\n{after}") };
        let payload = before.len()..before.len() + words.len();
        let text = format!("{before}{words}{after}");
        Self { text, is_positive: true, origin, language, group: None, payload }
    }

    /// The same with the attacker's part written in another way.
    pub(super) fn with_payload(&self, change: impl Fn(&str) -> String) -> Option<String> {
        let before = self.text.get(..self.payload.start)?;
        let payload = self.text.get(self.payload.clone())?;
        let after = self.text.get(self.payload.end..)?;
        Some(format!("{before}{}{after}", change(payload)))
    }
}

/// Where in a document an attack stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Start,
    Middle,
    End,
}

impl Place {
    pub(super) const ALL: [Self; 3] = [Self::Start, Self::Middle, Self::End];
}

/// The end of the first line that ends in the second half, or else of the first word there.
fn middle(text: &str) -> usize {
    let half = text.len() / 2;
    let ends = |is_end: fn(char) -> bool| text.char_indices().find(|(at, c)| *at >= half && is_end(*c));
    let found = ends(|c| c == '\n').or_else(|| ends(char::is_whitespace));
    found.map_or(text.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attack_stands_where_it_was_put() {
        let check = |place, expected: &str| {
            let row = Row::inserted("one two\nthree four\nfive", "NOW", place, Origin::Retrieved, "en");
            assert_eq!(row.text, expected);
            assert_eq!(&row.text[row.payload.clone()], "NOW");
            assert_eq!(row.with_payload(str::to_lowercase).as_deref(), Some(expected.replace("NOW", "now").as_str()));
        };
        check(Place::Start, "NOW\none two\nthree four\nfive");
        check(Place::Middle, "one two\nthree four\nNOW\n\nfive");
        check(Place::End, "one two\nthree four\nfive\nNOW");
    }

    #[test]
    fn a_document_of_one_word_has_no_middle() {
        let row = Row::inserted("wörd", "NOW", Place::Middle, Origin::Tool, "de");
        assert_eq!(row.text, "wörd\nNOW");
        let row = Row::inserted("", "NOW", Place::Middle, Origin::Tool, "de");
        assert_eq!(row.text, "NOW");
    }
}
