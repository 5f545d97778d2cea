//! New literals in place of old ones.

use std::ops::Range;

use bytes::Bytes;
use redoubt_domain::{Encoding, ModelName, Segment};

use crate::attachment;
use crate::json;

/// A body and what is to be put where in it.
#[derive(Debug)]
pub(crate) struct Splice<'b> {
    body: &'b Bytes,
    patches: Vec<(Range<usize>, Vec<u8>)>,
}

impl<'b> Splice<'b> {
    /// The edits of `segments`: their new texts, and `null` for what repeated the old ones.
    pub(crate) fn of(segments: &[Segment], body: &'b Bytes) -> Self {
        let mut splice = Self { body, patches: Vec::new() };
        for segment in segments.iter().filter(|segment| segment.is_edited()) {
            let mut literal = Vec::new();
            match segment.encoding {
                // A JSON document's text is edited as such; the guard has escaped what it put in. A number becomes
                // a string, for nothing that takes its place is a number.
                Encoding::Plain | Encoding::Json | Encoding::Number => json::quote(segment.text(), &mut literal),
                Encoding::Base64 | Encoding::DataUrl => {
                    let old = body.get(segment.span()).and_then(|old| std::str::from_utf8(old).ok());
                    let old = old.unwrap_or_default().trim_matches('"');
                    json::quote(&attachment::write(old, segment.text(), segment.encoding), &mut literal);
                }
            }
            splice.put(segment.span(), literal);
            if let Some(companion) = segment.companion() {
                splice.put(companion, b"null".to_vec());
            }
        }
        splice
    }

    /// Puts `literal` in place of what lies at `span`.
    pub(crate) fn put(&mut self, span: Range<usize>, literal: Vec<u8>) {
        self.patches.push((span, literal));
    }

    /// Puts a model's name in place of the literal at `span`, unless that is what it says. It takes the place of an
    /// edit there: a name that looks like words is inspected, but it is not what goes out.
    pub(crate) fn name(&mut self, span: Range<usize>, model: &ModelName) {
        self.patches.retain(|(known, _)| *known != span);
        let mut literal = Vec::new();
        json::quote(model.as_str(), &mut literal);
        if self.body.get(span.clone()) != Some(literal.as_slice()) {
            self.put(span, literal);
        }
    }

    /// The body with all of it in place. Where two patches overlap, the one that begins first and reaches
    /// farther stands: a companion takes with it the strings inside.
    pub(crate) fn apply(mut self) -> Bytes {
        if self.patches.is_empty() {
            return self.body.clone();
        }
        self.patches.sort_by_key(|(span, _)| (span.start, std::cmp::Reverse(span.end)));
        let added: usize = self.patches.iter().map(|(_, literal)| literal.len()).sum();
        let mut out = Vec::with_capacity(self.body.len() + added);
        let mut from = 0;
        for (span, literal) in &self.patches {
            if span.start < from {
                continue;
            }
            out.extend_from_slice(self.body.get(from..span.start).unwrap_or_default());
            out.extend_from_slice(literal);
            from = span.end;
        }
        out.extend_from_slice(self.body.get(from..).unwrap_or_default());
        Bytes::from(out)
    }
}
