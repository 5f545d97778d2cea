//! Texts that are too long.

use super::Kind;
use redoubt_domain::finding::{Label, Severity};
use redoubt_domain::seams::{Detector, Match, Spec, Trigger, Window};

/// Bounds that an operator sets below the product's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SizeBounds {
    /// Bytes of one text.
    pub text_bytes_max: Option<usize>,
    /// Estimated tokens of one text.
    pub text_tokens_max: Option<usize>,
}

impl SizeBounds {
    /// What the detector of these bounds says of itself.
    pub const KIND: Kind = Kind {
        id: "size",
        summary: "Texts longer than configuration allows, in bytes or estimated tokens",
        labels: &[SIZE, TOKENS],
    };

    /// The detector of these bounds; nothing if there are none.
    pub fn detector(self) -> Option<Box<dyn Detector>> {
        let Self { text_bytes_max, text_tokens_max } = self;
        let is_bounded = text_bytes_max.is_some() || text_tokens_max.is_some();
        is_bounded.then(|| -> Box<dyn Detector> { Box::new(Sizes { spec: spec(), bounds: self }) })
    }

    /// What a text exceeds.
    pub fn judge(self, text: &str) -> Option<Match> {
        let seen = |at: usize, label| Match {
            span: floor(text, at)..text.len(),
            label: Label::new(label),
            rule: None,
            score: 1.0,
            severity: Severity::Medium,
        };
        if let Some(most) = self.text_bytes_max.filter(|most| text.len() > *most) {
            return Some(seen(most, SIZE));
        }
        // A token is at least a byte, so a short text needs no estimate.
        let most = self.text_tokens_max.filter(|most| text.len() > *most)?;
        excess(text, most).map(|at| seen(at, TOKENS))
    }
}

const SIZE: &str = "SIZE_LIMIT";
const TOKENS: &str = "TOKEN_LIMIT";

fn spec() -> Spec {
    Spec {
        id: "size",
        summary: "Texts longer than configuration allows, in bytes or estimated tokens",
        labels: &[SIZE, TOKENS],
        trigger: Trigger::Always,
        span_max: usize::MAX,
        positives: &[],
        near_misses: &[],
    }
}

struct Sizes {
    spec: Spec,
    bounds: SizeBounds,
}

impl Detector for Sizes {
    fn spec(&self) -> &Spec {
        &self.spec
    }

    fn detect(&self, window: &Window<'_>, found: &mut Vec<Match>) {
        if window.depth == 0 {
            found.extend(self.bounds.judge(window.text));
        }
    }

    /// What lies within the bound stays within it, whatever follows.
    fn live_from(&self, window: &Window<'_>) -> usize {
        window.text.len()
    }
}

/// Where a text passes its last allowed token: four ASCII characters to a token, one of any other script.
fn excess(text: &str, most: usize) -> Option<usize> {
    let mut quarters = 0_usize;
    for (at, c) in text.char_indices() {
        quarters += if c.is_ascii() { 1 } else { 4 };
        if quarters > most.saturating_mul(4) {
            return Some(at);
        }
    }
    None
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_hold_to_the_byte() {
        let check = |bounds: SizeBounds, text: &str, expected: Option<(&str, usize)>| {
            let found = bounds.judge(text);
            let found = found.as_ref().map(|found| (found.label.as_str(), found.span.start));
            assert_eq!(found, expected, "{text}");
        };
        let bytes = SizeBounds { text_bytes_max: Some(4), text_tokens_max: None };
        check(bytes, "abcd", None);
        check(bytes, "abcde", Some(("SIZE_LIMIT", 4)));
        check(bytes, "abcé", Some(("SIZE_LIMIT", 3)));
        let tokens = SizeBounds { text_bytes_max: None, text_tokens_max: Some(2) };
        check(tokens, "abcdefgh", None);
        check(tokens, "abcdefghi", Some(("TOKEN_LIMIT", 8)));
        check(tokens, "你好", None);
        check(tokens, "你好吗", Some(("TOKEN_LIMIT", 6)));
        assert!(SizeBounds::default().detector().is_none());
    }
}
