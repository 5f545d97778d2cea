//! Phrases with gaps, looked for in folded text: the machinery that injection, jailbreak and harm share.
//!
//! A pattern is written as people say it: `ignore|disregard ..3 previous|prior ..2 instruction*|rules`.
//! Parts are parted by spaces; `a|b` are alternatives, `_` is a space within one, `word*` is any word that
//! begins so, a trailing `?` makes the part optional, and `..3` stands for up to three words of any kind.
//! The first part is what the engine's one pass over the text looks for; the rest is checked from there.
//! In scripts without spaces every character counts as a word.

mod mentioned;
mod pattern;

use redoubt_domain::exchange::{Origin, SegmentKind};
use redoubt_domain::finding::{Label, Severity};
use redoubt_domain::seams::{Detector, Match, Spec, Trigger, Window};

use mentioned::is_talked_about;
use pattern::{Alternative, Bytes, Part, Walk, back, begins_word, ends_word, key_of, part};

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
        let mut walk = Walk::new(text);
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

#[cfg(test)]
pub(super) mod tests;
