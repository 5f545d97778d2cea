//! Sentences with a tag at each word, as the tasks of the CoNLL conferences write them.

use std::ops::Range;

use crate::Outcome;

/// The most words of one sentence: a whole document without a blank line is not one.
const WORDS_MAX: usize = 10_000;

/// A sentence put together from its words, and what is named in it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Sentence {
    pub(crate) text: String,
    pub(crate) named: Vec<Tagged>,
}

/// Something named: its kind as the file writes it, and where it stands in the text, in bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tagged {
    pub(crate) kind: String,
    pub(crate) span: Range<usize>,
}

/// A word in each line, its tag last, a blank line between sentences. Tags are `O`, `B-KIND` and `I-KIND`; an
/// `I-KIND` behind another kind begins a name too.
pub(super) fn parse(file: &str, text: &str) -> Outcome<Vec<Sentence>> {
    let mut sentences = Vec::new();
    let mut sentence = Sentence { text: String::new(), named: Vec::new() };
    let mut words = 0;
    // The kind of the name that the last word belongs to.
    let mut open: Option<String> = None;
    for (at, line) in text.lines().enumerate() {
        let wrong = |what: &str| format!("`{file}`, line {}: {what}", at + 1);
        let line = line.trim_end();
        let is_document = line.starts_with("-DOCSTART-");
        if line.trim().is_empty() || is_document {
            open = None;
            words = 0;
            if !sentence.text.is_empty() {
                sentences.push(std::mem::replace(&mut sentence, Sentence { text: String::new(), named: Vec::new() }));
            }
            continue;
        }
        let mut parts = line.split(['\t', ' ']).filter(|part| !part.is_empty());
        let (Some(word), Some(tag)) = (parts.next(), parts.next_back()) else {
            // A word of nothing but a space.
            if line.starts_with([' ', '\t']) && line.trim() == "O" {
                continue;
            }
            return Err(wrong("there should be a word and its tag"));
        };
        words += 1;
        if words > WORDS_MAX {
            return Err(wrong(&format!("a sentence of more than {WORDS_MAX} words")));
        }
        if !sentence.text.is_empty() {
            sentence.text.push(' ');
        }
        let start = sentence.text.len();
        sentence.text.push_str(word);
        let end = sentence.text.len();
        if tag == "O" {
            open = None;
            continue;
        }
        let (begins, kind) = match tag.split_once('-') {
            Some(("B", kind)) => (true, kind),
            Some(("I", kind)) => (false, kind),
            _ => return Err(wrong(&format!("`{tag}` is no tag: there are O, B-KIND and I-KIND"))),
        };
        match sentence.named.last_mut() {
            Some(last) if !begins && open.as_deref() == Some(kind) => last.span.end = end,
            _ => sentence.named.push(Tagged { kind: kind.to_owned(), span: start..end }),
        }
        open = Some(kind.to_owned());
    }
    if !sentence.text.is_empty() {
        sentences.push(sentence);
    }
    Ok(sentences)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, &[(&str, &str)])]) {
        let found = parse("f", text).expect("sentences");
        let found: Vec<(&str, Vec<(&str, &str)>)> = found
            .iter()
            .map(|Sentence { text, named }| {
                let names = named.iter().map(|named| (named.kind.as_str(), &text[named.span.clone()])).collect();
                (text.as_str(), names)
            })
            .collect();
        let expected: Vec<(&str, Vec<(&str, &str)>)> =
            expected.iter().map(|(text, names)| (*text, names.to_vec())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn names_are_put_together() {
        check(
            "Ann\tB-PER\nLee\tI-PER\nmet\tO\nBob\tB-PER\n\nParis\tB-LOC\n",
            &[("Ann Lee met Bob", &[("PER", "Ann Lee"), ("PER", "Bob")]), ("Paris", &[("LOC", "Paris")])],
        );
        // Two names side by side, and files that know no beginning.
        check("Ann\tB-PER\nBob\tB-PER\n", &[("Ann Bob", &[("PER", "Ann"), ("PER", "Bob")])]);
        check("Ann I-PER\nOslo I-LOC\nI-LOC I-LOC\n", &[("Ann Oslo I-LOC", &[("PER", "Ann"), ("LOC", "Oslo I-LOC")])]);
        check("-DOCSTART- -X- O O\n\nAnn NNP - I-PER\n", &[("Ann", &[("PER", "Ann")])]);
        check("Ann\tI-PER\nand\tO\nBob\tI-PER\n", &[("Ann and Bob", &[("PER", "Ann"), ("PER", "Bob")])]);
        check("Ann\tI-PER\n \tO\nsings\tO\n", &[("Ann sings", &[("PER", "Ann")])]);
        check("\n\n", &[]);
    }

    #[test]
    fn a_bad_line_is_named() {
        let reason = |text: &str| parse("f", text).expect_err("a complaint");
        assert!(reason("Ann\n").contains("`f`, line 1: there should be a word and its tag"));
        assert!(reason("Ann\tO\nBob\tX-PER\n").contains("line 2: `X-PER` is no tag"));
    }
}
