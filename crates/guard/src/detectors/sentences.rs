//! Sentences and the words in them, for detectors that judge what is said rather than look for a phrase.

use std::ops::Range;

use super::boundary::is_spaceless;

/// A sentence longer than this is none; it is judged in parts.
const SENTENCE_BYTES_MAX: usize = 2 << 10;

/// What ends in a full stop and is no sentence.
const ABBREVIATIONS: &[&str] = &[
    "mr", "mrs", "ms", "dr", "prof", "st", "jr", "sr", "vs", "etc", "inc", "ltd", "corp", "nos", "vol", "fig", "eds",
    "cf", "ca", "approx", "dept", "gen", "gov", "sen", "capt", "lt", "sgt", "rev", "hon", "bzw", "usw", "nr", "str",
    "inkl", "mme", "mlle", "sra", "srta", "dra", "ud", "jan", "feb", "apr", "jul", "aug", "sept", "oct", "nov", "dec",
    "pp",
];

/// The sentences of a text, in order, without the space around them. A line that is left empty ends one, and so does
/// one behind which a list goes on.
pub(super) fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    let mut start = 0;
    let mut characters = text.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        let end = at + c.len_utf8();
        let ends = match c {
            '\n' => true,
            '。' | '！' | '？' | '।' | '؟' => true,
            '.' | '!' | '?' | '…' => {
                let next = characters.peek().map(|(_, c)| *c);
                let behind = text.get(end..).unwrap_or_default().trim_start_matches(is_closing);
                let is_spaced = next.is_none_or(|next| next.is_whitespace() || is_closing(next));
                let begins_low = behind.trim_start().chars().next().is_some_and(char::is_lowercase);
                is_spaced && (c != '.' || !(begins_low || is_abbreviation(text.get(start..at).unwrap_or_default())))
            }
            _ => end - start >= SENTENCE_BYTES_MAX,
        };
        if !ends {
            continue;
        }
        let mut end = end;
        if c != '\n' {
            while let Some((at, closing)) = characters.next_if(|(_, next)| is_closing(*next)) {
                end = at + closing.len_utf8();
            }
        }
        push(text, start..end, &mut all);
        start = end;
    }
    push(text, start..text.len(), &mut all);
    all
}

fn push(text: &str, span: Range<usize>, all: &mut Vec<Range<usize>>) {
    let sentence = text.get(span.clone()).unwrap_or_default();
    let lead = sentence.len() - sentence.trim_start().len();
    let length = sentence.trim().len();
    if length > 0 {
        all.push(span.start + lead..span.start + lead + length);
    }
}

/// What may stand behind the stop and still belongs to the sentence.
fn is_closing(c: char) -> bool {
    matches!(c, '"' | '\'' | ')' | ']' | '\u{201d}' | '\u{2019}' | '»' | '」' | '』' | '）' | '*' | '_')
}

/// Whether a text ends in a word behind which a full stop ends no sentence: an abbreviation, an initial, or the number
/// of a list.
fn is_abbreviation(text: &str) -> bool {
    let word = text.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let mut letters = word.chars();
    let is_single = letters.next().is_some_and(char::is_alphabetic) && letters.next().is_none();
    let is_mark = word.len() <= 2 && word.bytes().all(|b| b.is_ascii_digit()) && word.len() == text.trim().len();
    is_single || is_mark || ABBREVIATIONS.contains(&word.to_lowercase().as_str())
}

/// What a word is written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Letters, and digits among them.
    Word,
    /// A number, with the signs within it.
    Number,
    /// Two neighbouring characters of a script without spaces.
    Pair,
}

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word<'t> {
    pub(super) text: &'t str,
    pub(super) span: Range<usize>,
    pub(super) kind: Kind,
}

/// The words of `text[within]`, in order; where words are not spaced, each two neighbouring characters.
pub(super) fn words(text: &str, within: Range<usize>) -> Vec<Word<'_>> {
    let mut all: Vec<Word<'_>> = Vec::new();
    let part = text.get(within.clone()).unwrap_or_default();
    let mut characters = part.char_indices().peekable();
    let mut unspaced: Option<usize> = None;
    while let Some((at, c)) = characters.next() {
        let mut end = at + c.len_utf8();
        if !c.is_alphanumeric() {
            unspaced = None;
            continue;
        }
        let (from, kind) = if is_spaceless(c) && !c.is_ascii_digit() {
            match unspaced.replace(at) {
                Some(before) => (before, Kind::Pair),
                None => continue,
            }
        } else {
            unspaced = None;
            let mut has_letter = c.is_alphabetic();
            while let Some((at, next)) = characters.peek().copied() {
                let goes_on = if next.is_alphanumeric() {
                    !is_spaceless(next)
                } else {
                    let behind = part.get(at + next.len_utf8()..).and_then(|rest| rest.chars().next());
                    // `1,234.5` and `it's`, but not the full stop behind a word.
                    (matches!(next, '.' | ',') && !has_letter && behind.is_some_and(|c| c.is_ascii_digit()))
                        || (matches!(next, '\'' | '\u{2019}') && behind.is_some_and(char::is_alphabetic))
                };
                if !goes_on {
                    break;
                }
                has_letter |= next.is_alphabetic();
                end = at + next.len_utf8();
                characters.next();
            }
            (at, if has_letter { Kind::Word } else { Kind::Number })
        };
        let span = within.start + from..within.start + end;
        if let Some(text) = text.get(span.clone()) {
            all.push(Word { text, span, kind });
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_end_where_they_end() {
        let check = |text: &str, expected: &[&str]| {
            let found = sentences(text);
            assert_eq!(found.iter().map(|span| &text[span.clone()]).collect::<Vec<_>>(), expected, "{text:?}");
        };
        check("", &[]);
        check("One. Two! Three? Four", &["One.", "Two!", "Three?", "Four"]);
        check(
            "It costs 3.5 euros. Dr. J. Smith said \"no.\" So what.",
            &["It costs 3.5 euros.", "Dr. J. Smith said \"no.\"", "So what."],
        );
        check("- first\n- second\n\nThird", &["- first", "- second", "Third"]);
        check("1. One thing. 2. Another", &["1. One thing.", "2. Another"]);
        check("see example.com for more. done", &["see example.com for more. done"]);
        check("今天下雨。明天晴！", &["今天下雨。", "明天晴！"]);
        let long = "word ".repeat(1_000);
        let parts = sentences(&long);
        assert!(parts.len() == 3 && parts.iter().all(|span| span.len() <= SENTENCE_BYTES_MAX));
    }

    #[test]
    fn words_are_told_apart() {
        let check = |text: &str, expected: &[(&str, Kind)]| {
            let found = words(text, 0..text.len());
            assert_eq!(found.iter().map(|word| (word.text, word.kind)).collect::<Vec<_>>(), expected, "{text:?}");
        };
        check(
            "It's 1,234.5 km, in 2010.",
            &[
                ("It's", Kind::Word),
                ("1,234.5", Kind::Number),
                ("km", Kind::Word),
                ("in", Kind::Word),
                ("2010", Kind::Number),
            ],
        );
        check("北京 很大ok", &[("北京", Kind::Pair), ("很大", Kind::Pair), ("ok", Kind::Word)]);
        check("B2B x-ray", &[("B2B", Kind::Word), ("x", Kind::Word), ("ray", Kind::Word)]);
    }
}
