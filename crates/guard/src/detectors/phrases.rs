//! Phrases with gaps, looked for in folded text: the machinery that injection, jailbreak and harm share.
//!
//! A pattern is written as people say it: `ignore|disregard ..3 previous|prior ..2 instruction*|rules`.
//! Parts are parted by spaces; `a|b` are alternatives, `_` is a space within one, `word*` is any word that
//! begins so, a trailing `?` makes the part optional, and `..3` stands for up to three words of any kind.
//! The first part is what the engine's one pass over the text looks for; the rest is checked from there.
//! In scripts without spaces every character counts as a word.

use redoubt_domain::exchange::{Origin, SegmentKind};
use redoubt_domain::finding::{Label, Severity};
use redoubt_domain::seams::{Detector, Match, Spec, Trigger, Window};

use super::boundary::{is_spaceless, is_word};
use super::commonness;
use crate::views::fold;

/// Phrases that mean the same.
pub(super) struct Family {
    /// The name in findings.
    pub rule: &'static str,
    /// The kind of thing.
    pub label: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// How sure a match makes us when a user says it.
    pub direct: f32,
    /// How sure when it stands in a tool's answer, a document or the description of a tool, where nobody has any
    /// business instructing the model.
    pub indirect: f32,
    /// The phrases, language by language.
    pub patterns: &'static [&'static [&'static str]],
}

/// What a phrase detector says of itself; [`Spec`] without what follows from its table.
pub(super) struct About {
    pub id: &'static str,
    pub summary: &'static str,
    pub labels: &'static [&'static str],
    pub positives: &'static [&'static str],
    pub near_misses: &'static [&'static str],
    /// Whether a phrase that is quoted or asked about counts less.
    pub heeds_context: bool,
}

/// The longest match with the words before it that lower its score.
const SPAN_MAX: usize = 512;
/// How far before a match to look for words which say that it is only talked about.
const CONTEXT: usize = 96;

/// What is less sure than this is not worth a line in a record.
const SCORE_MIN: f32 = 0.3;

/// Matches before one that may cover it.
const NEIGHBOURS: usize = 16;

/// A detector made of families of phrases.
pub(super) struct PhraseDetector {
    spec: Spec,
    heeds_context: bool,
    families: &'static [Family],
    patterns: Vec<Pattern>,
    /// What patterns begin with.
    anchors: Vec<Anchor>,
    /// The anchors by a hash of their first two bytes.
    heads: Vec<Vec<usize>>,
    /// By their place in the trigger.
    keys: Vec<Key>,
    /// The most words that any pattern has room for.
    extent_max: usize,
    /// The anchors in order, so that a beginning of one can be found.
    sorted: Vec<&'static str>,
    anchor_bytes_max: usize,
}

struct Pattern {
    family: usize,
    parts: Vec<Part>,
    /// How many words may stand before the part it is looked for by.
    reach: usize,
    /// How many words it has room for.
    extent: usize,
}

/// A word, or several, that a pattern may begin with.
struct Anchor {
    text: &'static str,
    /// Which patterns begin so: the pattern and the alternative of its first part.
    uses: Vec<(usize, usize)>,
}

/// A word, or several, that some patterns are looked for by.
#[derive(Default)]
struct Key {
    is_stem: bool,
    /// The patterns of which it is the beginning: anchor, pattern and alternative.
    first_of: Vec<(usize, usize, usize)>,
    /// The patterns of which it is a later part, in order.
    later_of: Vec<usize>,
    /// The most words that any of those has room for before it.
    reach: usize,
    /// What any of those begins with.
    firsts: Bytes,
}

/// One place at which a pattern might begin. In the order in which they are followed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    start: usize,
    end: usize,
    anchor: usize,
    pattern: usize,
    alternative: usize,
}

enum Part {
    Words { alternatives: Vec<Alternative>, firsts: Bytes, is_optional: bool },
    Gap(usize),
}

/// A set of bytes: nearly every word of a harmless text begins with one that no alternative begins with.
#[derive(Default)]
struct Bytes([u128; 2]);

impl Bytes {
    fn firsts(alternatives: &[Alternative]) -> Self {
        let mut set = Self::default();
        for byte in alternatives.iter().filter_map(|alternative| alternative.text.bytes().next()) {
            if let Some(half) = set.0.get_mut(usize::from(byte >> 7)) {
                *half |= 1 << (byte & 127);
            }
        }
        set
    }

    fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(own, other)| *own |= other);
    }

    fn has(&self, byte: u8) -> bool {
        self.0.get(usize::from(byte >> 7)).is_some_and(|half| half >> (byte & 127) & 1 == 1)
    }
}

struct Alternative {
    text: String,
    is_stem: bool,
}

impl Alternative {
    fn written(&self) -> String {
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
    fn extent(&self) -> usize {
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
fn key_of(parts: &[Part]) -> usize {
    let first = parts.first().map_or(1.0, |part| match part {
        Part::Words { alternatives, .. } => alternatives.iter().map(Alternative::commonness).sum(),
        Part::Gap(_) => 1.0,
    });
    let later = parts.iter().enumerate().skip(1).filter_map(|(at, part)| Some((at, part.commonness()?)));
    let rarest = later.min_by(|(_, a), (_, b)| a.total_cmp(b));
    rarest.filter(|(_, commonness)| *commonness < first).map_or(0, |(at, _)| at)
}

/// What the engine's one pass looks for, and what it begins. Compiled once per process and living as long as it
/// does, as the trigger demands.
pub(super) struct Anchors {
    /// Every alternative of every first part.
    anchors: Vec<&'static str>,
    /// Every alternative of every part that a pattern is looked for by; those that end in `*` may go on.
    keys: Vec<&'static str>,
}

impl Anchors {
    pub(super) fn of(families: &'static [Family]) -> Self {
        let mut known = Self { anchors: Vec::new(), keys: Vec::new() };
        let add = |list: &mut Vec<&'static str>, text: String| {
            if !list.contains(&text.as_str()) {
                list.push(Box::leak(text.into_boxed_str()));
            }
        };
        for written in families.iter().flat_map(|family| family.patterns).copied().flatten() {
            let parts: Vec<Part> = written.split(' ').map(part).collect();
            if let Some(Part::Words { alternatives, .. }) = parts.first() {
                alternatives.iter().for_each(|one| add(&mut known.anchors, one.text.clone()));
            }
            if let Some(Part::Words { alternatives, .. }) = parts.get(key_of(&parts)) {
                alternatives.iter().for_each(|one| add(&mut known.keys, one.written()));
            }
        }
        known
    }
}

impl PhraseDetector {
    pub(super) fn new(about: &About, families: &'static [Family], compiled: &'static Anchors) -> Self {
        let mut anchors: Vec<Anchor> = compiled.anchors.iter().map(|text| Anchor { text, uses: Vec::new() }).collect();
        let mut keys: Vec<Key> =
            compiled.keys.iter().map(|text| Key { is_stem: text.ends_with('*'), ..Key::default() }).collect();
        let key_at = |one: &Alternative| {
            let written = one.written();
            compiled.keys.iter().position(|key| **key == written)
        };
        let mut patterns = Vec::new();
        for (family, row) in families.iter().enumerate() {
            for written in row.patterns.iter().copied().flatten() {
                let parts: Vec<Part> = written.split(' ').map(part).collect();
                let pattern = patterns.len();
                let key = key_of(&parts);
                let extents: Vec<usize> = parts.iter().map(Part::extent).collect();
                let reach = extents.iter().take(key).sum();
                if let Some(Part::Words { alternatives, .. }) = parts.first() {
                    for (at, alternative) in alternatives.iter().enumerate() {
                        let found = anchors.iter().position(|anchor| anchor.text == alternative.text);
                        let Some((index, anchor)) = found.and_then(|at| Some((at, anchors.get_mut(at)?))) else {
                            continue;
                        };
                        anchor.uses.push((pattern, at));
                        if key == 0
                            && let Some(key) = key_at(alternative).and_then(|at| keys.get_mut(at))
                        {
                            key.first_of.push((index, pattern, at));
                        }
                    }
                }
                if key > 0
                    && let Some(Part::Words { alternatives, .. }) = parts.get(key)
                {
                    for alternative in alternatives {
                        if let Some(key) = key_at(alternative).and_then(|at| keys.get_mut(at)) {
                            key.later_of.push(pattern);
                            key.reach = key.reach.max(reach);
                            if let Some(Part::Words { firsts, .. }) = parts.first() {
                                key.firsts.add(firsts);
                            }
                        }
                    }
                }
                patterns.push(Pattern { family, parts, reach, extent: extents.iter().sum() });
            }
        }
        let mut heads = vec![Vec::new(); HEADS + 256];
        for (at, anchor) in anchors.iter().enumerate() {
            if let Some(heads) = heads.get_mut(head(anchor.text.as_bytes())) {
                heads.push(at);
            }
        }
        let mut sorted = compiled.anchors.clone();
        sorted.sort_unstable();
        let spec = Spec {
            id: about.id,
            summary: about.summary,
            labels: about.labels,
            trigger: Trigger::Words(&compiled.keys),
            span_max: SPAN_MAX,
            positives: about.positives,
            near_misses: about.near_misses,
        };
        let extent_max = patterns.iter().map(|pattern| pattern.extent).max().unwrap_or(0);
        let anchor_bytes_max = sorted.iter().map(|anchor| anchor.len()).max().unwrap_or(0);
        Self {
            spec,
            heeds_context: about.heeds_context,
            families,
            patterns,
            anchors,
            heads,
            keys,
            extent_max,
            sorted,
            anchor_bytes_max,
        }
    }

    /// Where patterns might begin whose keys were hit, in order.
    fn candidates(&self, window: &Window<'_>) -> Vec<Candidate> {
        let text = window.text;
        let mut candidates = Vec::new();
        for hit in window.hits {
            let Some(key) = self.keys.get(hit.literal) else { continue };
            if !begins_word(text, hit.start) || !(key.is_stem || ends_word(text, hit.end)) {
                continue;
            }
            for &(anchor, pattern, alternative) in &key.first_of {
                candidates.push(Candidate { start: hit.start, end: hit.end, anchor, pattern, alternative });
            }
            if key.later_of.is_empty() {
                continue;
            }
            back(text, hit.start, key.reach, |at, words| {
                if !text.as_bytes().get(at).is_some_and(|first| key.firsts.has(*first)) {
                    return;
                }
                self.anchors_at(text, at, |candidate| {
                    let is_near = self.patterns.get(candidate.pattern).is_some_and(|pattern| words <= pattern.reach);
                    if is_near && key.later_of.binary_search(&candidate.pattern).is_ok() {
                        candidates.push(candidate);
                    }
                });
            });
        }
        candidates.sort_unstable();
        candidates.dedup();
        candidates
    }

    /// Tells every pattern that may begin at a byte.
    fn anchors_at(&self, text: &str, start: usize, mut tell: impl FnMut(Candidate)) {
        let Some(rest) = text.get(start..) else { return };
        let bytes = rest.as_bytes();
        let longer = self.heads.get(head(bytes)).into_iter().flatten();
        let single = self.heads.get(head(bytes.get(..1).unwrap_or_default())).into_iter().flatten();
        for &index in longer.chain(single) {
            let Some(anchor) = self.anchors.get(index).filter(|anchor| rest.starts_with(anchor.text)) else { continue };
            let end = start + anchor.text.len();
            for &(pattern, alternative) in &anchor.uses {
                tell(Candidate { start, end, anchor: index, pattern, alternative });
            }
        }
    }

    /// Follows the pattern that might begin at a place, as far as the text goes.
    fn follow<'s, 't>(&'s self, text: &'t str, candidate: Candidate) -> Option<(&'s Pattern, Walk<'t>)> {
        let pattern = self.patterns.get(candidate.pattern)?;
        let Some(Part::Words { alternatives, .. }) = pattern.parts.first() else { return None };
        let mut walk = Walk { text, end: None, is_open: false, steps: 0 };
        let rest = pattern.parts.get(1..).unwrap_or_default();
        walk.alternative(alternatives.get(candidate.alternative)?, candidate.start, rest);
        Some((pattern, walk))
    }

    fn score(&self, family: &Family, window: &Window<'_>, start: usize, end: usize) -> f32 {
        let is_indirect = matches!(window.origin, Origin::Tool | Origin::Retrieved)
            // What ties a body together, or defines a tool, is no place for instructions.
            || matches!(
                window.kind,
                SegmentKind::ToolSchema | SegmentKind::Attachment | SegmentKind::Key | SegmentKind::Identifier
            );
        if is_indirect {
            let talked_about = self.heeds_context && is_talked_about(window.text, start);
            return if talked_about { family.indirect * 0.6 } else { family.indirect };
        }
        let by_origin = match window.origin {
            // The operator's own rules name what they forbid.
            Origin::System | Origin::Developer => 0.4,
            // A model that declines an attack names it; the arguments of its calls are another matter.
            Origin::Assistant if window.kind != SegmentKind::ToolArguments => 0.5,
            Origin::User | Origin::Assistant | Origin::Tool | Origin::Retrieved => 1.0,
        };
        let mut score = family.direct * by_origin;
        if self.heeds_context {
            if is_talked_about(window.text, start) {
                score *= 0.5;
            }
            // What somebody said himself he may take back.
            if window.text.get(start..end).is_some_and(|phrase| phrase.contains(" my ")) {
                score *= 0.7;
            }
        }
        score
    }
}

impl Detector for PhraseDetector {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn detect(&self, window: &Window<'_>, found: &mut Vec<Match>) {
        let mut own: Vec<Match> = Vec::new();
        for candidate in self.candidates(window) {
            let start = candidate.start;
            let Some((pattern, Walk { end: Some(end), .. })) = self.follow(window.text, candidate) else { continue };
            let Some(family) = self.families.get(pattern.family) else { continue };
            let score = self.score(family, window, start, end);
            if score < SCORE_MIN {
                continue;
            }
            let seen = Match {
                span: start..end,
                label: Label::new(family.label),
                rule: Some(family.rule),
                score,
                severity: family.severity,
            };
            if !own.iter().rev().take(NEIGHBOURS).any(|other| covers(other, &seen)) {
                while own.last().is_some_and(|other| covers(&seen, other)) {
                    own.pop();
                }
                own.push(seen);
            }
        }
        found.append(&mut own);
    }

    fn live_from(&self, window: &Window<'_>) -> usize {
        let text = window.text;
        let mut live = text.len();
        let near = text.len().saturating_sub(SPAN_MAX);
        // A pattern that is going on has come to the end of the text, so it began within its extent of it.
        back(text, text.len(), self.extent_max, |at, words| {
            if at < near {
                return;
            }
            self.anchors_at(text, at, |candidate| {
                let has_room = self.patterns.get(candidate.pattern).is_some_and(|pattern| words <= pattern.extent);
                if has_room && self.follow(text, candidate).is_some_and(|(_, walk)| walk.is_open) {
                    live = at;
                }
            });
        });
        live.min(self.begun(text))
    }
}

impl PhraseDetector {
    /// Where the text ends in the beginning of an anchor.
    fn begun(&self, text: &str) -> usize {
        let mut from = text.len().saturating_sub(self.anchor_bytes_max);
        while !text.is_char_boundary(from) {
            from += 1;
        }
        let Some(tail) = text.get(from..) else { return text.len() };
        for (at, _) in tail.char_indices() {
            let at = from + at;
            let Some(rest) = text.get(at..) else { continue };
            if !begins_word(text, at) {
                continue;
            }
            let next = self.sorted.partition_point(|anchor| *anchor < rest);
            if self.sorted.get(next).is_some_and(|anchor| anchor.starts_with(rest)) {
                return at;
            }
        }
        text.len()
    }
}

/// One attempt to follow a pattern through a text.
struct Walk<'t> {
    text: &'t str,
    /// Where the pattern ends, if it was seen to its end.
    end: Option<usize>,
    /// Whether more text could complete or lengthen it.
    is_open: bool,
    steps: usize,
}

/// A bound on the ways in which gaps can fall; no pattern comes near it on an honest text.
const STEPS_MAX: usize = 400;

impl Walk<'_> {
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

    fn alternative(&mut self, alternative: &Alternative, at: usize, rest: &[Part]) {
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

fn part(written: &str) -> Part {
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
fn back(text: &str, from: usize, reach: usize, mut tell: impl FnMut(usize, usize)) {
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
fn words_in(text: &str) -> usize {
    let mut words = 0;
    let mut is_within = false;
    for c in text.chars() {
        let is_single = is_unspaced(c);
        words += usize::from(c != ' ' && (is_single || !is_within));
        is_within = c != ' ' && !is_single;
    }
    words
}

/// Buckets of anchors.
const HEADS: usize = 512;

/// The bucket of whatever begins with these bytes. What has but one byte is in a bucket of its own.
fn head(bytes: &[u8]) -> usize {
    match bytes {
        [] => 0,
        [only] => HEADS + usize::from(*only),
        [first, second, ..] => ((usize::from(*first) * 33) ^ usize::from(*second)) % HEADS,
    }
}

fn covers(outer: &Match, inner: &Match) -> bool {
    outer.rule == inner.rule
        && outer.span.start <= inner.span.start
        && outer.span.end >= inner.span.end
        && outer.score >= inner.score
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

fn begins_word(text: &str, at: usize) -> bool {
    if text.as_bytes().get(at.wrapping_sub(1)) == Some(&b' ') {
        return true;
    }
    let previous = text.get(..at).and_then(|before| before.chars().next_back());
    let next = text.get(at..).and_then(|ahead| ahead.chars().next());
    previous.is_none_or(|c| !is_word(c)) || next.is_some_and(is_unspaced)
}

fn ends_word(text: &str, at: usize) -> bool {
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

/// Words before a phrase that say it is an example, a quotation or a question about it. One alone is not
/// enough unless it leads straight to the phrase: an attacker can say `for example`, too.
fn is_talked_about(text: &str, start: usize) -> bool {
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

#[cfg(test)]
pub(super) mod tests;
