//! Makes the views of a text: its own, then those of what it hides, breadth first, within bounds.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::ops::Range;

use redoubt_domain::finding::View;
use redoubt_domain::limits::Limits;

use super::canonical;
use super::encoded;
use super::escape;
use super::fold;
use super::latin;
use super::signals::{Signal, Signals};
use super::spaced;
use super::span::{Pieces, SpanMap, ViewSet};
use super::turned::{self, Turned};
use super::{Bound, Form, Layer, Unscanned, Views};

/// All views of `text`.
pub(super) fn views<'a>(text: &'a str, limits: &Limits) -> Views<'a> {
    let viewed = text.get(..text.floor_char_boundary(limits.segment_bytes_max.min(TEXT_MAX))).unwrap_or(text);
    let mut maker = Maker {
        views: Views {
            original: text,
            layers: Vec::with_capacity(2),
            signals: Signals::default(),
            unscanned: Vec::new(),
        },
        waiting: VecDeque::new(),
        depth_max: limits.decode_depth_max,
        bytes_left: viewed.len().max(SHORT).saturating_mul(limits.decode_ratio_max),
    };
    if viewed.len() < text.len() {
        maker.views.unscanned.push(Unscanned { reason: Bound::Length, span: viewed.len()..text.len() });
    }
    maker.add(Source { text: Cow::Borrowed(viewed), map: SpanMap::Identity, parent: None, depth: 0, by: None });
    while let Some(source) = maker.waiting.pop_front() {
        maker.add(source);
    }
    maker.views
}

/// Offsets in maps are 32 bits wide, and a view may be eleven times as long as its text.
const TEXT_MAX: usize = u32::MAX as usize / 16;

/// Of a shorter text every reading is cheap, and together they soon make several times its length: look-alikes,
/// escapes, lines turned round, and each of them in the others. None of that is an encoding too many.
pub(super) const SHORT: usize = 1024;

/// So few bytes that are seen from their end are no word.
const TURNED_MIN: usize = 6;

/// A text that waits for its views.
struct Source<'a> {
    text: Cow<'a, str>,
    map: SpanMap,
    parent: Option<usize>,
    depth: usize,
    /// How it was decoded.
    by: Option<View>,
}

struct Maker<'a> {
    views: Views<'a>,
    waiting: VecDeque<Source<'a>>,
    depth_max: usize,
    bytes_left: usize,
}

impl<'a> Maker<'a> {
    /// Adds the views of one text and puts what they hide on the waiting list.
    fn add(&mut self, source: Source<'a>) {
        let Source { text, map, parent, depth, by } = source;
        let root = parent;
        let is_turned = self.views.is_turned(&map, parent);
        let canonical = match canonical::canonical(&text) {
            None => self.push(Layer { text, map, parent, form: Form::Canonical, depth, is_view: true }),
            Some(found) => {
                let step = Layer { text: Cow::Borrowed(""), map, parent, form: Form::Canonical, depth, is_view: false };
                let step = self.push(step);
                for (signal, span) in found.signals.into_iter().filter(|_| !is_turned) {
                    let span = self.views.source(step, span);
                    self.views.signals.add(signal, span);
                }
                let map = SpanMap::Pieces(found.map);
                let layer = Layer {
                    text: Cow::Owned(found.text),
                    map,
                    parent: Some(step),
                    form: Form::Canonical,
                    depth,
                    is_view: true,
                };
                let canonical = self.push(layer);
                for hidden in found.hidden {
                    self.wait(hidden.text, SpanMap::Pieces(hidden.map), step, None);
                }
                for span in found.overridden {
                    // A few characters turned round say nothing, and each view has its price.
                    if span.len() >= TURNED_MIN {
                        self.reverse(canonical, span);
                    }
                }
                canonical
            }
        };
        let Some(text) = self.views.layers.get(canonical).map(|layer| layer.text.clone()) else { return };
        let folded = fold::fold(&text);
        // Once is enough: what look-alikes spell has none.
        if by != Some(View::Homoglyph)
            && let Some(found) = latin::spelled(&text)
        {
            self.wait(found.text, SpanMap::Pieces(found.map), canonical, Some(View::Homoglyph));
        }
        for span in folded.mixed.into_iter().filter(|_| !is_turned) {
            let span = self.views.source(canonical, span);
            self.views.signals.add(Signal::MixedScriptWord, span);
        }
        let map = SpanMap::Pieces(folded.map);
        let layer = Layer {
            text: Cow::Owned(folded.text),
            map,
            parent: Some(canonical),
            form: Form::Folded,
            depth,
            is_view: true,
        };
        let folded_at = self.push(layer);
        // What an unescaped text shares with the text it came from was decoded there.
        let is_new = |views: &Views<'_>, span: Range<usize>| {
            depth == 0 || views.via(canonical, span, root).iter().any(|set| !set.is_empty())
        };
        for run in encoded::runs(&text) {
            if is_new(&self.views, run.span.clone()) {
                let mut map = Pieces::default();
                map.whole(0, run.span, ViewSet::of(run.view));
                self.wait(run.text, SpanMap::Pieces(map), canonical, Some(run.view));
            }
        }
        if let Some(found) = escape::unescape(&text)
            // Backslashes and signs that were escaped once too often hide nothing at the last layer.
            && (depth < self.depth_max || found.letters > 0)
        {
            self.wait(found.text, SpanMap::Pieces(found.map), canonical, Some(View::Escape));
        }
        for places in spaced::runs(&text) {
            if is_new(&self.views, places.first().map_or(0, |at| at.start)..places.last().map_or(0, |at| at.end)) {
                self.join(&text, &places, canonical);
            }
        }
        self.turn(&text, canonical, folded_at, by, &is_new);
    }

    fn push(&mut self, layer: Layer<'a>) -> usize {
        self.views.layers.push(layer);
        self.views.layers.len() - 1
    }

    /// Puts a decoded text on the waiting list, unless a bound forbids, which is noted.
    fn wait(&mut self, text: String, map: SpanMap, parent: usize, by: Option<View>) {
        let depth = self.views.layers.get(parent).map_or(0, |layer| layer.depth) + 1;
        let reason = if depth > self.depth_max {
            Bound::Depth
        } else if text.len() > self.bytes_left {
            Bound::Ratio
        } else {
            self.bytes_left -= text.len();
            self.waiting.push_back(Source { text: Cow::Owned(text), map, parent: Some(parent), depth, by });
            return;
        };
        let span = self.views.source(parent, map.source(0..text.len()));
        self.views.signals.add(Signal::Unread, span.clone());
        self.views.unscanned.push(Unscanned { reason, span });
    }

    /// Characters written apart, as one.
    fn join(&mut self, text: &str, places: &[Range<usize>], canonical: usize) {
        let mut joined = String::with_capacity(places.len());
        let mut map = Pieces::default();
        for place in places {
            map.whole(joined.len(), place.clone(), ViewSet::of(View::Spaced));
            joined.push_str(text.get(place.clone()).unwrap_or_default());
        }
        self.wait(joined, SpanMap::Pieces(map), canonical, Some(View::Spaced));
    }

    /// Lines with words that are reversed or rotated.
    fn turn(
        &mut self,
        text: &str,
        canonical: usize,
        folded: usize,
        by: Option<View>,
        is_new: &dyn Fn(&Views<'_>, Range<usize>) -> bool,
    ) {
        let mut reversed: Option<Range<usize>> = None;
        let mut rotated: Option<Range<usize>> = None;
        let Some(layer) = self.views.layers.get(folded) else { return };
        for (how, found) in turned::turned(&layer.text) {
            let found = layer.map.source(found);
            let found = text.floor_char_boundary(found.start)..text.ceil_char_boundary(found.end);
            if !is_new(&self.views, found.clone()) {
                continue;
            }
            let hull = match how {
                Turned::Reversed => &mut reversed,
                Turned::Rotated => &mut rotated,
            };
            let hull = hull.get_or_insert_with(|| found.clone());
            *hull = hull.start.min(found.start)..hull.end.max(found.end);
        }
        let lines = |hull: Range<usize>| {
            let start = text.get(..hull.start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
            let end = text.get(hull.end..).and_then(|after| after.find('\n')).map_or(text.len(), |at| hull.end + at);
            start..end
        };
        if let Some(hull) = reversed.filter(|_| by != Some(View::Reversed)) {
            self.reverse(canonical, lines(hull));
        }
        if let Some(hull) = rotated.filter(|_| by != Some(View::Rot13)) {
            let lines = lines(hull);
            let map = SpanMap::Shifted { from: lines.start, via: ViewSet::of(View::Rot13) };
            self.wait(turned::rotate(text.get(lines).unwrap_or_default()), map, canonical, Some(View::Rot13));
        }
    }

    fn reverse(&mut self, canonical: usize, span: Range<usize>) {
        let text = self.views.layers.get(canonical).and_then(|layer| layer.text.get(span.clone()));
        let Some(text) = text.map(|text| text.chars().rev().collect()) else { return };
        self.wait(text, SpanMap::Reversed { to: span.end }, canonical, Some(View::Reversed));
    }
}
