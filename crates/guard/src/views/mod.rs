//! Ways of looking at text that undo disguises, each with a map back to the text as received.
//!
//! A text has a canonical view, in which detectors look for values, and a folded view of that, in which they look
//! for phrases. Whatever in the canonical view decodes to text gets the same two views, and so on down to a bound.
//!
//! ```text
//! original -> canonical -> folded
//!                |------> decoded -> canonical -> folded
//! ```

mod ansi;
mod canonical;
mod encoded;
mod escape;
mod fold;
mod hidden;
mod homoglyph;
mod invisible;
mod latin;
mod leet;
mod live;
mod maker;
mod prose;
mod signals;
mod spaced;
mod span;
mod turned;
mod words;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::iter;
use std::ops::Range;

use redoubt_domain::finding::View;
use redoubt_domain::limits::Limits;

pub use live::live_from;
pub use signals::{Mark, Signal, Signals};
use span::{SpanMap, ViewSet};

/// Which of the two forms a view's text has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// As a reader would copy it: invisible characters, terminal sequences and compatibility forms undone, case kept.
    Canonical,
    /// For phrases: lower case, look-alikes and leet undone, spaced letters joined, everything between words one space.
    Folded,
}

/// Every view of one text, in the order in which to look.
#[derive(Debug)]
pub struct Views<'a> {
    original: &'a str,
    layers: Vec<Layer<'a>>,
    signals: Signals,
    unscanned: Vec<Unscanned>,
}

#[derive(Debug)]
struct Layer<'a> {
    text: Cow<'a, str>,
    /// From its bytes to those of its parent.
    map: SpanMap,
    /// The layer it was made of; the original if none.
    parent: Option<usize>,
    form: Form,
    depth: usize,
    /// Whether it is a view: a decoded text that is not canonical is only a step on the way to the original.
    is_view: bool,
}

/// Why a part of the text was not looked into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unscanned {
    /// Which bound it exceeds.
    pub reason: Bound,
    /// Where the source lies, in bytes of the original text.
    pub span: Range<usize>,
}

/// A bound on decoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bound {
    /// More layers of encoding than `decode_depth_max`.
    Depth,
    /// More decoded text than `decode_ratio_max` times the original, or a kibibyte if that is longer.
    Ratio,
    /// The text is longer than `segment_bytes_max`: only that much of it was viewed.
    Length,
}

impl<'a> Views<'a> {
    /// The views of `text`.
    pub fn of(text: &'a str, limits: &Limits) -> Self {
        maker::views(text, limits)
    }

    /// Every view: the canonical text first, then its folded text, then the same for everything decoded.
    pub fn iter(&self) -> impl Iterator<Item = Seen<'_>> {
        (0..self.layers.len())
            .filter(|at| self.layers.get(*at).is_some_and(|layer| layer.is_view))
            .map(|at| Seen { views: self, at })
    }

    /// What is odd about the text itself.
    pub fn signals(&self) -> &Signals {
        &self.signals
    }

    /// Whether the text is canonical as it stands and there is nothing in it to decode, nor would there be if it
    /// ended earlier.
    pub(crate) fn is_plain(&self) -> bool {
        let [canonical, _folded] = self.layers.as_slice() else { return false };
        matches!(canonical.map, SpanMap::Identity)
            && !encoded::may_run(canonical.text.as_bytes())
            && memchr::memchr3(b'%', b'&', b'\\', canonical.text.as_bytes()).is_none()
    }

    /// Whether a text was read from its end or with its letters rotated on the way to a layer with that map and parent.
    /// That is a guess, of which some words are meant; what else it looks like says nothing: `130\t` is no `\031`.
    fn is_turned(&self, map: &SpanMap, parent: Option<usize>) -> bool {
        let parents = iter::successors(parent, |at| self.layers.get(*at)?.parent);
        let maps = parents.filter_map(|at| Some(&self.layers.get(at)?.map));
        maps.chain([map]).any(|map| matches!(map, SpanMap::Reversed { .. } | SpanMap::Shifted { .. }))
    }

    /// The bytes of the original from which `span` of a layer was made.
    fn source(&self, at: usize, mut span: Range<usize>) -> Range<usize> {
        let mut next = Some(at);
        while let Some(layer) = next.and_then(|at| self.layers.get(at)) {
            span = layer.map.source(span);
            next = layer.parent;
        }
        self.original.floor_char_boundary(span.start)..self.original.ceil_char_boundary(span.end)
    }

    /// What it took to see `span` of a layer, down to and without `root`, innermost first.
    fn via(&self, at: usize, mut span: Range<usize>, root: Option<usize>) -> Vec<ViewSet> {
        let mut sets = Vec::new();
        let mut next = Some(at);
        while let Some(layer) = next.filter(|at| Some(*at) != root).and_then(|at| self.layers.get(at)) {
            sets.push(layer.map.via(span.clone()));
            span = layer.map.source(span);
            next = layer.parent;
        }
        sets
    }

    /// What was not looked into, and why. Empty for nearly every text.
    pub fn unscanned(&self) -> &[Unscanned] {
        &self.unscanned
    }
}

/// One view of a text.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'v> {
    views: &'v Views<'v>,
    at: usize,
}

impl<'v> Seen<'v> {
    /// The text as this view shows it.
    pub fn text(&self) -> &'v str {
        self.views.layers.get(self.at).map_or("", |layer| &layer.text)
    }

    /// Which form it has.
    pub fn form(&self) -> Form {
        self.views.layers.get(self.at).map_or(Form::Canonical, |layer| layer.form)
    }

    /// How many layers of decoding lie between it and the original.
    pub fn depth(&self) -> usize {
        self.views.layers.get(self.at).map_or(0, |layer| layer.depth)
    }

    /// Where `span` of this view's text lies in the original, on character boundaries.
    pub fn source(&self, span: Range<usize>) -> Range<usize> {
        self.views.source(self.at, self.clamped(span))
    }

    /// Which views it took to see `span`, outermost first; empty for plain text.
    pub fn via(&self, span: Range<usize>) -> Vec<View> {
        let sets = self.views.via(self.at, self.clamped(span), None);
        let mut via: Vec<View> = sets.into_iter().rev().flat_map(ViewSet::iter).collect();
        via.dedup();
        via
    }

    fn clamped(&self, span: Range<usize>) -> Range<usize> {
        let end = span.end.min(self.text().len());
        span.start.min(end)..end
    }
}

/// The text as its folded view shows it: phrases must be folded the same way before they are looked for.
pub fn fold(phrase: &str) -> String {
    let canonical = canonical::canonical(phrase);
    fold::fold(canonical.as_ref().map_or(phrase, |found| &found.text)).text
}
