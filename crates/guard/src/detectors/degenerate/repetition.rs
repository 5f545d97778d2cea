//! Words that come again and again.

use std::collections::HashMap;
use std::ops::Range;

use redoubt_domain::seams::Match;

use super::super::boundary::is_spaceless;
use super::super::sentences::sentences;
use super::{REPETITION, found};

/// So many words tell where a loop might have come round.
const GRAM: usize = 3;
/// A loop longer than this is a chorus or a form.
const LOOP_WORDS_MAX: usize = 120;
/// Grams that are remembered.
const LAST_GRAMS: usize = 1 << 10;
/// Loops take up at least so much.
const LOOP_BYTES_MIN: usize = 60;
/// A run of the same few letters is at least so long.
const RUN_BYTES_MIN: usize = 60;
/// Letters that make up such a run.
const RUN_PERIOD_MAX: usize = 8;
/// A sentence of so many words that stands so often is no refrain.
const SENTENCE_WORDS_MIN: usize = 6;
const SENTENCE_TIMES: usize = 6;

/// What repeats itself in `text[block]`.
pub(super) fn find(text: &str, block: Range<usize>) -> Vec<Match> {
    let tokens = tokens(text, block.clone());
    let mut all = loops(text, &tokens);
    if all.is_empty() {
        all.extend(sentences_again(text, block));
    }
    all.extend(tokens.iter().filter_map(|token| run(text, token)));
    all
}

struct Token {
    span: Range<usize>,
    hash: u64,
}

/// Words and numbers, and single characters where words are not spaced.
fn tokens(text: &str, block: Range<usize>) -> Vec<Token> {
    let mut all = Vec::new();
    let mut open: Option<usize> = None;
    let part = text.get(block.clone()).unwrap_or_default();
    let mut push = |from: usize, to: usize| {
        let span = block.start + from..block.start + to;
        if let Some(word) = text.get(span.clone()) {
            all.push(Token { hash: hash(word), span });
        }
    };
    for (at, c) in part.char_indices() {
        let is_joined = c.is_alphanumeric() && !is_spaceless(c);
        if !is_joined && let Some(from) = open.take() {
            push(from, at);
        }
        if is_joined {
            open.get_or_insert(at);
        } else if c.is_alphanumeric() {
            push(at, at + c.len_utf8());
        }
    }
    if let Some(from) = open {
        push(from, part.len());
    }
    all
}

/// How often a loop of so many words must come round.
const fn rounds_min(words: usize) -> usize {
    match words {
        0 | 1 => 12,
        2 | 3 => 7,
        4..=6 => 5,
        _ => 4,
    }
}

/// Loops: each word the same as the one so many words before, for several rounds.
fn loops(text: &str, tokens: &[Token]) -> Vec<Match> {
    let mut all = Vec::new();
    // Where each gram was seen last; a loop is short, so what another gram has taken the place of is not missed.
    let mut last = vec![(0_u64, usize::MAX); LAST_GRAMS];
    // The loop that is going on: how many words it has, and how many words have followed it.
    let (mut period, mut followed) = (0_usize, 0_usize);
    let mut end_run = |at: usize, period: usize, followed: usize| {
        let rounds = (followed + period) / period.max(1);
        let (Some(first), Some(end)) = (tokens.get(at - followed - period), tokens.get(at - 1)) else { return };
        let span = first.span.start..end.span.end;
        if period > 0 && rounds >= rounds_min(period) && span.len() >= LOOP_BYTES_MIN && is_told(text, &span) {
            let score = if span.len() * 3 > text.len() || rounds >= 2 * rounds_min(period) { 0.9 } else { 0.7 };
            all.push(found(span, REPETITION, "loop", score));
        }
    };
    for at in 0..tokens.len() {
        let same = |back: usize| {
            let before = at.checked_sub(back).and_then(|before| tokens.get(before));
            before.map(|token| token.hash) == tokens.get(at).map(|token| token.hash)
        };
        if period > 0 && same(period) {
            followed += 1;
        } else if period > 0 {
            end_run(at, period, followed);
            (period, followed) = (0, 0);
        }
        let Some(gram) = tokens.get((at + 1).saturating_sub(GRAM)..=at).filter(|gram| gram.len() == GRAM) else {
            continue;
        };
        let key = gram.iter().fold(0_u64, |key, token| key.rotate_left(21) ^ token.hash);
        let Some(slot) = last.get_mut((key >> 32) as usize % LAST_GRAMS) else { continue };
        let (known, before) = std::mem::replace(slot, (key, at));
        if period == 0 && known == key && before < at && at - before <= LOOP_WORDS_MAX {
            period = at - before;
            // The words of the gram have followed already.
            followed = GRAM;
        }
    }
    if period > 0 {
        end_run(tokens.len(), period, followed);
    }
    all
}

/// Whether a stretch is told rather than laid out: most of it is letters and the spaces between them.
fn is_told(text: &str, span: &Range<usize>) -> bool {
    let part = text.get(span.clone()).unwrap_or_default();
    let (letters, signs) = part.chars().fold((0_usize, 0_usize), |(letters, signs), c| {
        (letters + usize::from(c.is_alphabetic()), signs + usize::from(!c.is_alphanumeric() && !c.is_whitespace()))
    });
    signs * 3 < letters
}

/// The same sentences over and over, not always next to each other.
fn sentences_again(text: &str, block: Range<usize>) -> Option<Match> {
    let part = text.get(block.clone())?;
    let all = sentences(part);
    if all.len() < SENTENCE_TIMES {
        return None;
    }
    let mut known: HashMap<u64, (usize, usize)> = HashMap::new();
    for span in &all {
        let sentence = part.get(span.clone())?;
        let is_long = sentence.split_whitespace().count() >= SENTENCE_WORDS_MIN
            || sentence.chars().filter(|c| is_spaceless(*c)).count() >= 2 * SENTENCE_WORDS_MIN;
        if is_long {
            let (times, bytes) = known.entry(hash(sentence)).or_default();
            *times += 1;
            *bytes += sentence.len();
        }
    }
    let again: usize = known.values().filter(|(times, _)| *times >= SENTENCE_TIMES).map(|(_, bytes)| bytes).sum();
    let (first, last) = (all.first()?, all.last()?);
    (again * 3 > part.len())
        .then(|| found(block.start + first.start..block.start + last.end, REPETITION, "sentences", 0.7))
}

/// A word that is nothing but the same few letters.
fn run(text: &str, token: &Token) -> Option<Match> {
    let word = text.get(token.span.clone()).filter(|word| word.len() >= RUN_BYTES_MIN)?;
    let bytes = word.as_bytes();
    let period = (1..=RUN_PERIOD_MAX * 3).find(|period| {
        // What leads up to it may be a word: `nooooo`.
        let tail = bytes.get(8..).unwrap_or_default();
        tail.iter().zip(tail.get(*period..).unwrap_or_default()).all(|(a, b)| a == b)
    })?;
    let is_encoded =
        word.chars().any(|c| c.is_ascii_digit()) || period == 1 && word.starts_with(['A', 'x', 'X', 'f', 'F']);
    (!is_encoded).then(|| found(token.span.clone(), REPETITION, "run", 0.85))
}

/// The same for both cases. Two words in one place of a table are rare enough for what is only counted.
fn hash(word: &str) -> u64 {
    word.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3)
    })
}
