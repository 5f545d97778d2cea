//! A pattern: words in a row, some of them any, as a text is followed through it. How it is written is said in
//! [`super`].

use super::super::boundary::{is_spaceless, is_word};
use super::super::commonness;
use crate::views::fold;

pub(super) enum Part {
    Words { alternatives: Vec<Alternative>, firsts: Bytes, is_optional: bool },
    Gap(usize),
}

/// A set of bytes: nearly every word of a harmless text begins with one that no alternative begins with.
#[derive(Default)]
pub(super) struct Bytes([u128; 2]);

impl Bytes {
    pub(super) fn firsts(alternatives: &[Alternative]) -> Self {
        let mut set = Self::default();
        for byte in alternatives.iter().filter_map(|alternative| alternative.text.bytes().next()) {
            if let Some(half) = set.0.get_mut(usize::from(byte >> 7)) {
                *half |= 1 << (byte & 127);
            }
        }
        set
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(own, other)| *own |= other);
    }

    pub(super) fn has(&self, byte: u8) -> bool {
        self.0.get(usize::from(byte >> 7)).is_some_and(|half| half >> (byte & 127) & 1 == 1)
    }
}

pub(super) struct Alternative {
    pub(super) text: String,
    pub(super) is_stem: bool,
}

impl Alternative {
    pub(super) fn written(&self) -> String {
        if self.is_stem { format!("{}*", self.text) } else { self.text.clone() }
    }

    /// How often it stands in a text, roughly.
    fn commonness(&self) -> f32 {
        /// Where words are not spaced each further character makes a word rarer.
        const OF_A_CHARACTER: f32 = 0.01;
        /// Words that must stand side by side.
        const OF_NEIGHBOURS: f32 = 0.2;
        let characters = self.text.chars().filter(|c| is_unspaced(*c)).count();
        if characters > 0 {
            return OF_A_CHARACTER * 0.25_f32.powi(i32::try_from(characters).unwrap_or(i32::MAX) - 1);
        }
        let rarest = self.text.split(' ').map(commonness).fold(1.0, f32::min);
        let rarest = if self.text.contains(' ') { rarest * OF_NEIGHBOURS } else { rarest };
        if self.is_stem { rarest * 4.0 } else { rarest }
    }
}

impl Part {
    /// How many words it has room for.
    pub(super) fn extent(&self) -> usize {
        match self {
            Self::Gap(most) => *most,
            Self::Words { alternatives, .. } => {
                alternatives.iter().map(|one| words_in(&one.text)).max().unwrap_or_default()
            }
        }
    }

    fn commonness(&self) -> Option<f32> {
        match self {
            Self::Words { alternatives, is_optional: false, .. } => {
                Some(alternatives.iter().map(Alternative::commonness).sum())
            }
            Self::Words { .. } | Self::Gap(_) => None,
        }
    }
}

/// The part a pattern is looked for by: its rarest, since every part must be there. Its first is never optional.
pub(super) fn key_of(parts: &[Part]) -> usize {
    let first = parts.first().map_or(1.0, |part| match part {
        Part::Words { alternatives, .. } => alternatives.iter().map(Alternative::commonness).sum(),
        Part::Gap(_) => 1.0,
    });
    let later = parts.iter().enumerate().skip(1).filter_map(|(at, part)| Some((at, part.commonness()?)));
    let rarest = later.min_by(|(_, a), (_, b)| a.total_cmp(b));
    rarest.filter(|(_, commonness)| *commonness < first).map_or(0, |(at, _)| at)
}

/// One attempt to follow a pattern through a text.
pub(super) struct Walk<'t> {
    text: &'t str,
    /// Where the pattern ends, if it was seen to its end.
    pub(super) end: Option<usize>,
    /// Whether more text could complete or lengthen it.
    pub(super) is_open: bool,
    steps: usize,
}

/// A bound on the ways in which gaps can fall; no pattern comes near it on an honest text.
const STEPS_MAX: usize = 400;

impl<'t> Walk<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, end: None, is_open: false, steps: 0 }
    }
    fn parts(&mut self, parts: &[Part], at: usize) {
        self.steps += 1;
        if self.steps > STEPS_MAX {
            return;
        }
        let Some((part, rest)) = parts.split_first() else {
            if self.end.is_none_or(|end| at < end) {
                self.end = Some(at);
            }
            return;
        };
        match part {
            Part::Gap(most) => {
                let mut at = at;
                for _ in 0..=*most {
                    self.parts(rest, at);
                    if self.end.is_some() && !self.is_open {
                        return;
                    }
                    match word_end(self.text, skip_space(self.text, at)) {
                        Some(end) => at = end,
                        None => {
                            self.is_open = true;
                            return;
                        }
                    }
                }
            }
            Part::Words { alternatives, firsts, is_optional } => {
                let from = skip_space(self.text, at);
                let next = self.text.as_bytes().get(from);
                if next.is_none_or(|next| firsts.has(*next)) {
                    let fits = |one: &&Alternative| next.is_none() || one.text.as_bytes().first() == next;
                    for alternative in alternatives.iter().filter(fits) {
                        self.alternative(alternative, from, rest);
                    }
                }
                if *is_optional {
                    self.parts(rest, at);
                }
            }
        }
    }

    pub(super) fn alternative(&mut self, alternative: &Alternative, at: usize, rest: &[Part]) {
        let ahead = self.text.get(at..).unwrap_or("");
        if !ahead.starts_with(alternative.text.as_str()) {
            self.is_open |= alternative.text.starts_with(ahead);
            return;
        }
        let mut end = at + alternative.text.len();
        if alternative.is_stem {
            end = word_rest(self.text, end);
        } else if !ends_word(self.text, end) {
            return;
        }
        // The last word of an unfinished text may go on.
        self.is_open |= end == self.text.len();
        self.parts(rest, end);
    }
}

pub(super) fn part(written: &str) -> Part {
    if let Some(most) = written.strip_prefix("..") {
        return Part::Gap(most.parse().unwrap_or(1));
    }
    let (written, is_optional) = written.strip_suffix('?').map_or((written, false), |written| (written, true));
    let alternatives = alternatives(written);
    Part::Words { firsts: Bytes::firsts(&alternatives), alternatives, is_optional }
}

fn alternatives(written: &str) -> Vec<Alternative> {
    written
        .split('|')
        .map(|one| {
            let (one, is_stem) = one.strip_suffix('*').map_or((one, false), |one| (one, true));
            Alternative { text: fold(&one.replace('_', " ")).trim().to_owned(), is_stem }
        })
        .filter(|one| !one.text.is_empty())
        .collect()
}

/// Tells the beginnings of words before a byte, nearest first, and how many words there are from each of them to that
/// byte, as long as that is at most `reach`. Counts words as a gap does.
pub(super) fn back(text: &str, from: usize, reach: usize, mut tell: impl FnMut(usize, usize)) {
    let bytes = text.as_bytes();
    let byte_before = |at: usize| at.checked_sub(1).and_then(|at| bytes.get(at)).copied();
    let (mut words, mut end) = (0, from);
    // Plain words with spaces between them, which most are.
    while end > 0 {
        let mut start = end;
        while byte_before(start).is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()) {
            start -= 1;
        }
        if !matches!(byte_before(start), None | Some(b' ')) {
            return back_through_anything(text, end, words, reach, tell);
        }
        if start < end {
            words += 1;
            if words > reach {
                return;
            }
            tell(start, words);
        }
        end = start.saturating_sub(1);
    }
}

/// The same from a place behind which so many words were counted.
fn back_through_anything(text: &str, from: usize, mut words: usize, reach: usize, mut tell: impl FnMut(usize, usize)) {
    // Whether what lies behind the character is within a word that is counted already.
    let mut is_within = false;
    for (at, c) in text.get(..from).unwrap_or_default().char_indices().rev() {
        if c == ' ' {
            is_within = false;
            continue;
        }
        let is_single = is_unspaced(c);
        if is_single || !is_within {
            words += 1;
            if words > reach {
                return;
            }
        }
        is_within = !is_single;
        if begins_word(text, at) {
            tell(at, words);
        }
    }
}

/// How many words there are in a text, as a gap counts them.
pub(super) fn words_in(text: &str) -> usize {
    let mut words = 0;
    let mut is_within = false;
    for c in text.chars() {
        let is_single = is_unspaced(c);
        words += usize::from(c != ' ' && (is_single || !is_within));
        is_within = c != ' ' && !is_single;
    }
    words
}

fn skip_space(text: &str, at: usize) -> usize {
    if text.get(at..).is_some_and(|ahead| ahead.starts_with(' ')) { at + 1 } else { at }
}

/// Where the word at a byte ends; a character where words are not spaced; nothing at the end of the text.
fn word_end(text: &str, at: usize) -> Option<usize> {
    let first = text.get(at..)?.chars().next()?;
    if is_unspaced(first) {
        return Some(at + first.len_utf8());
    }
    let end = word_rest(text, at + first.len_utf8());
    // A word that touches the end of the text may go on, but the gap has room for it either way.
    Some(end)
}

/// Where the word around a byte ends.
fn word_rest(text: &str, at: usize) -> usize {
    let ahead = text.get(at..).unwrap_or("");
    at + ahead.find(|c: char| c == ' ' || is_unspaced(c)).unwrap_or(ahead.len())
}

pub(super) fn begins_word(text: &str, at: usize) -> bool {
    if text.as_bytes().get(at.wrapping_sub(1)) == Some(&b' ') {
        return true;
    }
    let previous = text.get(..at).and_then(|before| before.chars().next_back());
    let next = text.get(at..).and_then(|ahead| ahead.chars().next());
    previous.is_none_or(|c| !is_word(c)) || next.is_some_and(is_unspaced)
}

pub(super) fn ends_word(text: &str, at: usize) -> bool {
    let last = text.get(..at).and_then(|before| before.chars().next_back());
    let next = text.get(at..).and_then(|ahead| ahead.chars().next());
    next.is_none_or(|c| !is_word(c) && !is_mark(c)) || last.is_some_and(is_unspaced)
}

/// Scripts without spaces; Hangul is spaced although its syllables lie among them.
fn is_unspaced(c: char) -> bool {
    is_spaceless(c) && !matches!(c, '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{ac00}'..='\u{d7ff}')
}

/// Vowel signs of Indic scripts and Arabic marks, which go on with the word before them.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{900}'..='\u{903}' | '\u{93a}'..='\u{94f}')
}
