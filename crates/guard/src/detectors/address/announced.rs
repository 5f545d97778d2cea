//! What says that an address follows, right before it: `my address is`, `return to`, `Address:`.

use super::super::boundary::{after, before};
use super::{HEAD_BYTES_MAX, WORD_BYTES_MAX, WORDS_MAX, is_capital, is_letter, is_named, words};

/// Words that lead from the announcement to the address.
#[rustfmt::skip]
const LEADS: &[&str] = &[
    "is", "are", "be", "to", "at", "in", "with", "from", "ist", "lautet", "an", "nach", "est", "à", "es", "en", "è", "a", "in",
    "é", "na", "em", "para",
];

/// Words before a number that counts something else than houses.
#[rustfmt::skip]
const COUNTED: &[&str] = &[
    "windows", "version", "room", "gate", "level", "chapter", "figure", "page", "article", "section", "line", "table", "step",
    "phase", "day", "week", "month", "class", "grade", "number", "no", "nr", "build", "release", "python", "java", "android",
    "ios", "platform", "terminal", "channel", "bus", "flight", "train", "question", "group", "team", "january", "february",
    "march", "april", "may", "june", "july", "august", "september", "october", "november", "december", "boeing", "airbus",
    "zone", "track", "exit", "row", "seat", "desk", "port", "ward", "block", "node", "server", "bit", "type", "model",
];

/// Where an announced address begins whose number stands further on.
pub(super) struct Announced {
    pub(super) start: usize,
    /// Its first word has a small letter.
    pub(super) is_small: bool,
}

/// Whether the words right before a byte announce an address there.
pub(super) fn is_announced(text: &str, at: usize) -> bool {
    leads(text, at) && is_named(text, at)
}

/// Whether something `is at` this place.
pub(super) fn is_at(text: &str, at: usize) -> bool {
    let lead = before(text, at).trim_end_matches(' ');
    ["is at", "are at", "was at", "were at"].iter().any(|words| lead.ends_with(words))
}

/// Whether a word before a number counts something else than houses.
pub(super) fn is_counted(word: &str) -> bool {
    let plain: String = word.trim_end_matches('.').chars().flat_map(char::to_lowercase).collect();
    COUNTED.contains(&plain.as_str())
}

/// Where the name begins that stands between an announcement and the number at a byte. At the end of a text the last word
/// may go on.
pub(super) fn start(text: &str, at: usize) -> Option<Announced> {
    let name = before(text, at).trim_end_matches(' ');
    if at - name.len() > 1 {
        return None;
    }
    let mut end = name.len();
    let mut start = at;
    for count in 0..WORDS_MAX {
        let word = last_word(before(name, end));
        let from = end - word.len();
        if word.is_empty() || word.len() > WORD_BYTES_MAX || at - from > HEAD_BYTES_MAX {
            return None;
        }
        // `und` and `and` join two streets at whose corner a house is.
        let is_last = count == 0 && at == text.len();
        let may_be = is_last || !words::is_common(word) || matches!(word, "and" | "und" | "et");
        if !may_be {
            return None;
        }
        start = from;
        if leads(text, start) {
            break;
        }
        end = before(name, from).strip_suffix(' ')?.len();
    }
    let is_small = !is_capital(after(text, start));
    (start < at && leads(text, start) && is_named(text, start)).then_some(Announced { start, is_small })
}

/// The last word of a text, with the full stop of an abbreviation.
fn last_word(text: &str) -> &str {
    let is_part = |c: char| is_letter(c) || matches!(c, '.' | '/');
    let from = text.char_indices().rev().take_while(|(_, c)| is_part(*c)).last().map_or(text.len(), |(from, _)| from);
    after(text, from)
}

/// Whether a word that leads to an address stands before a byte, or a colon.
fn leads(text: &str, at: usize) -> bool {
    let lead = before(text, at);
    let words = lead.trim_end_matches([' ', '\n', '\t', '"', '\'']);
    if words.len() == lead.len() {
        return false;
    }
    words.ends_with([':', '：']) || {
        let word = last_word(words);
        LEADS.contains(&word)
    }
}
