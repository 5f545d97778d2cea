//! Where a name may stand.

use super::known::{Known, Table, phrase, word_hash};
use super::token::{Shape, Token, Tokens};

/// A token and what is known of it.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// The token.
    pub token: Token,
    /// What is known of the word.
    pub known: Known,
    /// What is known of the longest phrase that it is part of.
    pub phrase: Known,
    /// Its place in that phrase, from one; zero if there is none.
    pub phrase_at: u8,
}

/// Words among which names may be, and what stands on either side.
#[derive(Debug)]
pub struct Run<'a> {
    /// The tokens with up to [`AROUND`] on either side.
    pub looks: &'a [Look],
    /// Where the run itself begins in them.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
}

/// How many tokens on either side have a say.
pub(super) const AROUND: usize = 2;
/// The longest run. What is longer, as text in capitals, is read in parts.
pub const RUN_TOKENS_MAX: usize = 12;
/// How many little words may join two capitalised ones.
const JOINTS_MAX: usize = 2;
/// Tokens that are read at once.
const BATCH: usize = 1024;
const PHRASE_WORDS_MAX: usize = 4;

/// Shows every run of a text, in order; says from which byte on more text might change that.
pub fn runs(text: &str, table: &Table<'_>, mut show: impl FnMut(&Run<'_>)) -> usize {
    let mut live = text.len();
    let mut tokens = Tokens::new(text);
    let mut looks: Vec<Look> = Vec::with_capacity(64);
    let mut at = 0;
    loop {
        let mut is_end = true;
        for token in tokens.by_ref() {
            looks.push(look(token, table));
            if looks.len() >= BATCH {
                is_end = false;
                break;
            }
        }
        let enough = RUN_TOKENS_MAX + JOINTS_MAX + AROUND + PHRASE_WORDS_MAX;
        while at < looks.len() && (is_end || at + enough < looks.len()) {
            if !begins(&looks, at) {
                at += 1;
                continue;
            }
            let to = end_of(&looks, at);
            if is_end && to + AROUND > looks.len() - unfinished(text, &looks) {
                live = live.min(looks.get(at).map_or(live, |look| look.token.start));
            }
            if is_worth(looks.get(at..to).unwrap_or_default()) {
                mark_phrases(&mut looks, at, to, table);
                let (first, last) = (at.saturating_sub(AROUND), (to + AROUND).min(looks.len()));
                if let Some(looks) = looks.get(first..last) {
                    show(&Run { looks, from: at - first, to: to - first });
                }
            }
            at = to;
        }
        if is_end {
            let first = looks.len() - unfinished(text, &looks);
            return live.min(looks.get(first).map_or(live, |look| look.token.start));
        }
        let done = at.saturating_sub(AROUND);
        looks.drain(..done);
        at -= done;
    }
}

/// How many of the last tokens more text could change: those that no white space is behind, and of these not
/// more than a word, a sign and the word that the sign may join to it.
fn unfinished(text: &str, looks: &[Look]) -> usize {
    const TOKENS: usize = 3;
    let end = text.trim_end().len();
    if end < text.len() {
        return 0;
    }
    let from_last = looks.iter().rev().take(TOKENS);
    let mut count = 0;
    for look in from_last {
        count += 1;
        if look.token.is_spaced {
            break;
        }
    }
    count
}

fn look(token: Token, table: &Table<'_>) -> Look {
    let known = match token.shape {
        Shape::Sign | Shape::Break | Shape::Number | Shape::Code | Shape::Glued => Known::default(),
        _ => table.look_up(token.hash),
    };
    Look { token, known, phrase: Known::default(), phrase_at: 0 }
}

/// Whether a run may begin with this token.
fn begins(looks: &[Look], at: usize) -> bool {
    looks.get(at).is_some_and(is_candidate)
}

fn is_candidate(look: &Look) -> bool {
    match look.token.shape {
        Shape::Title | Shape::Upper | Shape::Mixed | Shape::Initials => true,
        // `I`, `A`.
        Shape::Capital => !look.known.any(Known::COMMON),
        Shape::Lower => look.known.any(Known::FAMILIAR),
        Shape::Number | Shape::Code | Shape::Glued | Shape::Sign | Shape::Break => false,
    }
}

/// Where the run that begins at `at` ends.
fn end_of(looks: &[Look], at: usize) -> usize {
    let mut to = at + 1;
    loop {
        let mut next = to;
        while next - to < JOINTS_MAX && looks.get(next).is_some_and(is_joint) {
            next += 1;
        }
        let goes_on = begins(looks, next) || (next == to && follows_in_small(looks, to));
        if next - at >= RUN_TOKENS_MAX || !goes_on {
            return to;
        }
        to = next + 1;
    }
}

/// Whether an unknown word in small letters stands behind a given name in small letters, as in `eva kleist`.
fn follows_in_small(looks: &[Look], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|at| looks.get(at));
    let is_given = before.is_some_and(|look| {
        look.token.shape == Shape::Lower && look.known.any(Known::FAMILIAR) && look.known.any(Known::GIVEN)
    });
    is_given
        && looks.get(at).is_some_and(|look| {
            let is_unknown = look.known == Known::default() && look.token.end - look.token.start > 3;
            look.token.shape == Shape::Lower && (is_unknown || look.known.any(Known::FAMILY)) && !is_joint(look)
        })
}

/// Little words and signs within names.
fn is_joint(look: &Look) -> bool {
    const JOINTS: [&str; 24] = [
        "of", "the", "de", "la", "le", "les", "del", "della", "di", "da", "do", "dos", "das", "du", "van", "von",
        "der", "den", "zu", "and", "for", "al", "bin", "y",
    ];
    static HASHES: std::sync::LazyLock<[u64; 24]> = std::sync::LazyLock::new(|| JOINTS.map(word_hash));
    static SIGNS: std::sync::LazyLock<[u64; 3]> = std::sync::LazyLock::new(|| ["&", "'", "’"].map(word_hash));
    match look.token.shape {
        Shape::Lower => HASHES.contains(&look.token.hash),
        Shape::Sign => SIGNS.contains(&look.token.hash),
        // `Anna A Berg`.
        Shape::Capital => true,
        _ => false,
    }
}

/// A common word with a capital begins most sentences: alone it is no name.
fn is_worth(run: &[Look]) -> bool {
    let names = Known(Known::GIVEN.0 | Known::FAMILY.0 | Known::PLACE.0 | Known::ORGANISATION.0 | Known::STARTS.0);
    match run {
        [one] => {
            let is_plain = one.known.any(Known::COMMON) && !one.known.any(names);
            !is_plain
        }
        _ => true,
    }
}

/// Notes which tokens of a run belong to a known phrase, the longest first.
fn mark_phrases(looks: &mut [Look], from: usize, to: usize, table: &Table<'_>) {
    let mut at = from;
    while at < to {
        let starts = looks.get(at).is_some_and(|look| look.known.any(Known::STARTS));
        let longest = if starts {
            (2..=PHRASE_WORDS_MAX).rev().find_map(|count| {
                let words = looks.get(at..at + count).filter(|_| at + count <= to)?;
                let known = table.look_up(phrase(words.iter().map(|look| look.token.hash)));
                (known != Known::default()).then_some((count, known))
            })
        } else {
            None
        };
        let Some((count, known)) = longest else {
            at += 1;
            continue;
        };
        for (place, look) in looks.iter_mut().skip(at).take(count).enumerate() {
            look.phrase = known;
            look.phrase_at = u8::try_from(place + 1).unwrap_or(u8::MAX);
        }
        at += count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let list: Vec<(u64, Known)> = [("i", Known::COMMON), ("the", Known::COMMON), ("paris", Known::FAMILIAR)]
            .map(|(word, known)| (word_hash(word), known))
            .to_vec();
        let bytes = Table::build(&list);
        let table = Table::new(&bytes).unwrap();
        let mut found = Vec::new();
        let live = runs(text, &table, |run| {
            let inner = &run.looks[run.from..run.to];
            let text = &text[inner[0].token.start..inner[inner.len() - 1].token.end];
            found.push(text.to_owned());
        });
        found.extend((live < text.len()).then(|| format!("…{}", &text[live..])));
        assert_eq!(found.join(" | "), expected, "{text:?}");
    }

    #[test]
    fn runs_are_capitals_and_what_joins_them() {
        check("nothing here at all. ", "");
        check("The cat saw Anna Maria today, i think.\n", "Anna Maria");
        check("the Bank of England and the Duke of Kent met us then. ", "Bank of England and the Duke of Kent");
        check("I am in paris now, ok? ", "paris");
        check("Anna A Berg came by. ", "Anna A Berg");
        check("we met Anna", "Anna | …Anna");
        check("we met Anna at ", "Anna | …Anna at ");
        check("we met Anna at the", "Anna | …Anna at the");
        check("we met Anna at the ", "Anna");
        check("Ludwig van ", "Ludwig | …Ludwig van ");
        check("the", "…the");
        check("see john.smith@Example.com or a_B ", "");
    }

    #[test]
    fn long_runs_come_in_parts_and_long_texts_whole() {
        let mut parts = 0;
        let bytes = Table::build(&[]);
        let table = Table::new(&bytes).unwrap();
        runs(&"WORD ".repeat(5000), &table, |run| {
            parts += run.to - run.from;
            assert!(run.to - run.from <= RUN_TOKENS_MAX);
        });
        assert_eq!(parts, 5000);
    }
}
