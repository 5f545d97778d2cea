//! Phrases that are only mentioned: what stands before them says that they are quoted or asked about.

use super::pattern::{begins_word, ends_word};

/// How far before a match to look for words which say that it is only talked about.
const CONTEXT: usize = 96;

/// Words before a phrase that say it is an example, a quotation or a question about it. One alone is not
/// enough unless it leads straight to the phrase: an attacker can say `for example`, too.
pub(super) fn is_talked_about(text: &str, start: usize) -> bool {
    let mut from = start.saturating_sub(CONTEXT);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let before = text.get(from..start).unwrap_or("").trim_end();
    LEADS.iter().any(|lead| ends_in_words(before, lead)) || has_cues(before)
}

fn ends_in_words(text: &str, words: &str) -> bool {
    text.strip_suffix(words).is_some_and(|rest| rest.is_empty() || rest.ends_with(' '))
}

/// Whether two different cues stand in a text.
fn has_cues(text: &str) -> bool {
    let mut first = None;
    for (at, c) in text.char_indices() {
        if !c.is_ascii_lowercase() || !begins_word(text, at) {
            continue;
        }
        let Some(rest) = text.get(at..) else { continue };
        for cue in CUES.iter().filter(|cue| rest.starts_with(**cue) && ends_word(text, at + cue.len())) {
            if first.is_some_and(|first| first != cue) {
                return true;
            }
            first = Some(cue);
        }
    }
    false
}

/// What stands right before a phrase that is only mentioned.
const LEADS: &[&str] = &[
    "the phrase",
    "the phrases",
    "phrase",
    "phrases like",
    "phrases such as",
    "the words",
    "the sentence",
    "the string",
    "the text",
    "the prompt",
    "prompts like",
    "prompts such as",
    "inputs like",
    "input like",
    "strings like",
    "something like",
    "commands like",
    "instructions like",
    "instructions such as",
    "such as",
    "says",
    "saying",
    "said",
    "that say",
    "which says",
    "that says",
    "contains",
    "containing",
    "wrote",
    "called",
    "named",
    "titled",
    "what does",
    "what is",
    "what s",
    "meaning of",
    "how does",
    "why does",
    "why do people say",
    "is it possible to",
    "the classic",
    "the famous",
    "e g",
    "for example",
    "example",
    "keyword",
    "the term",
    "der satz",
    "die phrase",
    "la frase",
    "la phrase",
    "o que significa",
    "was bedeutet",
    "how to prevent",
    "how to stop",
    "to detect",
    "people who try to",
    "users who try to",
    "attempts to",
    "attempt to",
    "trying to",
    "tries to",
    "try to",
    "never",
    "cannot",
    "can t",
    "must not",
    "should not",
    "shouldn t",
    "won t",
    "will not",
    "without having to",
];

/// Words that suggest a text about attacks rather than an attack; two of them within reach.
const CUES: &[&str] = &[
    "explain",
    "explains",
    "what",
    "why",
    "how",
    "example",
    "examples",
    "attack",
    "attacks",
    "attacker",
    "attackers",
    "prompt injection",
    "injection",
    "jailbreak",
    "jailbreaks",
    "jailbreaking",
    "security",
    "homework",
    "essay",
    "article",
    "paper",
    "research",
    "researchers",
    "detect",
    "detecting",
    "detection",
    "defend",
    "defending",
    "prevent",
    "preventing",
    "mitigate",
    "protect",
    "classifier",
    "filter",
    "regex",
    "dataset",
    "quote",
    "quoted",
    "meaning",
    "means",
    "known as",
    "e g",
    "such as",
    "phrase",
    "phrases",
    "string",
    "translate",
    "vulnerability",
    "owasp",
    "unit test",
    "tests",
    "lesson",
    "course",
    "lecture",
    "chapter",
    "blog",
];
