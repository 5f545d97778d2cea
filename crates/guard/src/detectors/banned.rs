//! Words and phrases that configuration forbids, however they are spelt.

use redoubt_domain::finding::{Label, Severity};
use redoubt_domain::seams::{Detector, Match, Spec, Trigger, Window};

use super::Parameters;
use super::boundary::{is_spaceless, is_word};
use super::interned;
use crate::views::fold;

/// Makes the detector.
pub(super) fn build(parameters: &Parameters) -> Box<dyn Detector> {
    let mut words: Vec<String> = parameters.banned_words.iter().map(|word| fold(word).trim().to_owned()).collect();
    words.retain(|word| !word.is_empty());
    words.sort_unstable();
    words.dedup();
    let words = interned::words(words);
    let longest = words.iter().map(|word| word.len()).max().unwrap_or(0);
    let spec = Spec {
        id: "banned_word",
        summary: "Words and phrases named in configuration",
        labels: &[LABEL],
        trigger: Trigger::Phrases(words),
        // The word and one character on either side.
        span_max: longest + 8,
        positives: &[],
        near_misses: &[],
    };
    Box::new(Banned { spec, words })
}

const LABEL: &str = "BANNED_WORD";

struct Banned {
    spec: Spec,
    words: &'static [&'static str],
}

impl Detector for Banned {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn detect(&self, window: &Window<'_>, found: &mut Vec<Match>) {
        let own = window.hits.iter().filter(|hit| stands_alone(window.text, hit.start, hit.end)).map(|hit| Match {
            span: hit.start..hit.end,
            label: Label::new(LABEL),
            rule: None,
            score: 1.0,
            severity: Severity::Medium,
        });
        found.extend(own);
    }

    fn live_from(&self, window: &Window<'_>) -> usize {
        live_from(window, self.words)
    }
}

/// From which byte on one of the words might still begin, or turn out to be a part of a longer one.
pub(super) fn live_from(window: &Window<'_>, words: &[&str]) -> usize {
    let text = window.text;
    let at_end =
        window.hits.iter().filter(|hit| hit.end == text.len()).map(|hit| hit.start).min().unwrap_or(text.len());
    let longest = words.iter().map(|word| word.len()).max().unwrap_or(0);
    let from = text.ceil_char_boundary(text.len().saturating_sub(longest));
    let begun = text.get(from..).unwrap_or("").char_indices().map(|(at, _)| from + at).find(|at| {
        let rest = text.get(*at..).unwrap_or("");
        begins(text, *at) && words.iter().any(|word| word.len() > rest.len() && word.starts_with(rest))
    });
    begun.unwrap_or(text.len()).min(at_end)
}

/// `ass` is no part of `class`.
pub(super) fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let last = text.get(..end).and_then(|before| before.chars().next_back());
    let next = text.get(end..).and_then(|after| after.chars().next());
    begins(text, start) && (next.is_none_or(|c| !is_word(c)) || last.is_some_and(is_spaceless))
}

fn begins(text: &str, at: usize) -> bool {
    let previous = text.get(..at).and_then(|before| before.chars().next_back());
    let first = text.get(at..).and_then(|after| after.chars().next());
    previous.is_none_or(|c| !is_word(c)) || first.is_some_and(is_spaceless)
}

#[cfg(test)]
mod tests {
    use redoubt_domain::exchange::Origin;

    use super::super::phrases::tests::{check_sound, find};
    use super::*;

    #[test]
    fn configured_words_are_found_whole() {
        let parameters = Parameters {
            banned_words: vec!["Project Falcon".into(), "ass".into(), "竞品".into()],
            ..Parameters::default()
        };
        let detector = build(&parameters);
        let check = |text: &str, expected: &[&str]| {
            let found = find(&*detector, text, Origin::User);
            let text = fold(text);
            assert_eq!(found.iter().map(|found| &text[found.span.clone()]).collect::<Vec<_>>(), expected, "{text}");
            check_sound(&*detector, &text);
        };
        check("About project-falcon: done", &["project falcon"]);
        check("a first class ass", &["ass"]);
        check("我们的竞品很好", &["竞品"]);
        check("projects falcon", &[]);
        check("", &[]);
    }

    #[test]
    fn nothing_configured_finds_nothing() {
        let detector = build(&Parameters::default());
        assert_eq!(find(&*detector, "anything", Origin::User), []);
    }
}
