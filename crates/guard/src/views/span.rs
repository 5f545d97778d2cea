//! Where a view's text comes from: a map from its bytes to the bytes of the text it was made of.

use std::ops::Range;

use redoubt_domain::finding::View;

/// A set of views, so that each piece of a map can say what it took to see it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ViewSet(u32);

impl ViewSet {
    pub(super) const NONE: Self = Self(0);

    /// Every view in the order in which `via` lists those of one layer.
    const ORDER: [View; 17] = [
        View::Ansi,
        View::ZeroWidth,
        View::Bidi,
        View::Tags,
        View::VariationSelectors,
        View::Nfkc,
        View::CombiningMarks,
        View::Base64,
        View::Hex,
        View::Url,
        View::HtmlEntity,
        View::Escape,
        View::Rot13,
        View::Reversed,
        View::Spaced,
        View::Homoglyph,
        View::Leet,
    ];

    pub(super) const fn of(view: View) -> Self {
        Self(1 << view as u32)
    }

    pub(super) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) const fn has(self, view: View) -> bool {
        self.0 & (1 << view as u32) != 0
    }

    pub(super) fn iter(self) -> impl DoubleEndedIterator<Item = View> {
        Self::ORDER.into_iter().filter(move |view| self.has(*view))
    }
}

/// A stretch of a view's text that comes from one stretch of its source.
#[derive(Clone, Copy, Debug)]
struct Piece {
    /// Where it begins in the view's text.
    at: u32,
    /// Where its source begins.
    from: u32,
    /// Where its source ends; `LINEAR` if the bytes correspond one to one.
    to: u32,
    /// What changed these bytes.
    via: ViewSet,
    /// What removed the bytes between the piece before and this one.
    before: ViewSet,
}

const LINEAR: u32 = u32::MAX;

/// From the bytes of a view to the bytes it was made of.
#[derive(Clone, Debug, Default)]
pub(super) enum SpanMap {
    /// Byte for byte the same text.
    #[default]
    Identity,
    /// Byte for byte, beginning at an offset, and changed all over by the same transformation.
    Shifted { from: usize, via: ViewSet },
    /// The characters of a stretch that ends at `to`, in opposite order.
    Reversed { to: usize },
    /// Piece by piece.
    Pieces(Pieces),
}

impl SpanMap {
    /// The bytes of the source from which `span` was made.
    pub(super) fn source(&self, span: Range<usize>) -> Range<usize> {
        match self {
            Self::Identity => span,
            Self::Shifted { from, .. } => from + span.start..from + span.end,
            Self::Reversed { to } => to.saturating_sub(span.end)..to.saturating_sub(span.start),
            Self::Pieces(pieces) => pieces.source(span),
        }
    }

    /// What it took to see `span`.
    pub(super) fn via(&self, span: Range<usize>) -> ViewSet {
        match self {
            Self::Identity => ViewSet::NONE,
            Self::Shifted { via, .. } => *via,
            Self::Reversed { .. } => ViewSet::of(View::Reversed),
            Self::Pieces(pieces) => pieces.via(span),
        }
    }
}

/// A map under construction or in use: pieces in the order of the view's text.
#[derive(Clone, Debug, Default)]
pub(super) struct Pieces {
    pieces: Vec<Piece>,
    /// What was removed since the last piece.
    removed: ViewSet,
}

impl Pieces {
    /// Bytes removed from the source here.
    pub(super) fn remove(&mut self, via: ViewSet) {
        self.removed = self.removed.with(via);
    }

    /// From `at` on, bytes correspond one to one to those from `from` on, until the next piece.
    pub(super) fn linear(&mut self, at: usize, from: usize, via: ViewSet) {
        if self.removed.is_empty()
            && let Some(last) = self.pieces.last()
            && last.to == LINEAR
            && last.via == via
            && from.wrapping_sub(last.from as usize) == at.wrapping_sub(last.at as usize)
        {
            return;
        }
        self.push(at, narrow(from), LINEAR, via);
    }

    /// From `at` until the next piece, each byte comes from the whole of `source`.
    pub(super) fn whole(&mut self, at: usize, source: Range<usize>, via: ViewSet) {
        self.push(at, narrow(source.start), narrow(source.end), via);
    }

    /// From `at` on, everything mapped so far comes from the whole of `source` instead.
    pub(super) fn whole_from(&mut self, at: usize, source: Range<usize>, via: ViewSet) {
        let mut via = via;
        while let Some(last) = self.pieces.pop_if(|last| last.at as usize >= at) {
            via = via.with(last.via);
            let before = if last.at as usize > at { &mut via } else { &mut self.removed };
            *before = before.with(last.before);
        }
        self.whole(at, source, via);
    }

    /// Forgets what was mapped from `at` on.
    pub(super) fn truncate(&mut self, at: usize) {
        while self.pieces.pop_if(|last| last.at as usize >= at).is_some() {}
    }

    fn push(&mut self, at: usize, from: u32, to: u32, via: ViewSet) {
        let before = std::mem::take(&mut self.removed);
        let at = narrow(at);
        // A piece that turned out empty is replaced, and what was removed before it is kept.
        if let Some(last) = self.pieces.last_mut()
            && last.at == at
        {
            *last = Piece { at, from, to, via, before: last.before.with(before) };
            return;
        }
        self.pieces.push(Piece { at, from, to, via, before });
    }

    /// The piece that holds the byte at `offset`.
    fn holding(&self, offset: usize) -> Option<&Piece> {
        let after = self.pieces.partition_point(|piece| piece.at as usize <= offset);
        self.pieces.get(after.checked_sub(1)?)
    }

    pub(super) fn source(&self, span: Range<usize>) -> Range<usize> {
        let start = match self.holding(span.start) {
            Some(piece) if piece.to == LINEAR => piece.from as usize + (span.start - piece.at as usize),
            Some(piece) => piece.from as usize,
            None => span.start,
        };
        let Some(last) = span.end.checked_sub(1).filter(|last| *last >= span.start) else {
            return start..start;
        };
        let end = match self.holding(last) {
            Some(piece) if piece.to == LINEAR => piece.from as usize + (span.end - piece.at as usize),
            Some(piece) => piece.to as usize,
            None => span.end,
        };
        start..end.max(start)
    }

    pub(super) fn via(&self, span: Range<usize>) -> ViewSet {
        let first = self.pieces.partition_point(|piece| piece.at as usize <= span.start).saturating_sub(1);
        let mut via = ViewSet::NONE;
        for piece in self.pieces.get(first..).unwrap_or_default() {
            let at = piece.at as usize;
            if at >= span.end {
                break;
            }
            via = via.with(piece.via);
            if at > span.start {
                via = via.with(piece.before);
            }
        }
        via
    }
}

/// Texts are far shorter than 4 GiB (`Views::of` sees to it).
fn narrow(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX - 1)
}
