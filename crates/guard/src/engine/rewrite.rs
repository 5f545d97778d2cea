//! Putting something else in the place of values.

use std::iter;
use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use redoubt_domain::decision::{Action, Judged};
use redoubt_domain::exchange::Encoding;
use redoubt_domain::finding::Label;

use super::overlap;
use crate::detectors::boundary::is_word;
use crate::transforms::{self, SURROGATE, Strings, json};
use crate::vault::Vault;

/// A shorter value is not looked for elsewhere in the text: it would be found within words.
const REPEATED_BYTES_MIN: usize = 6;

/// A stretch of text to be changed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Edit {
    pub(crate) span: Range<usize>,
    pub(crate) label: Label,
    pub(crate) transform: &'static str,
    rank: usize,
    /// The values that it was made of, if it was made of several.
    parts: Vec<Range<usize>>,
}

/// A value cannot be changed where it stands without breaking the document around it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unwritable;

/// What the judged findings of one text ask to be changed: in order, without overlaps.
pub(crate) fn edits<'a>(judged: impl IntoIterator<Item = &'a Judged>) -> Vec<Edit> {
    let wanted = judged.into_iter().filter(|judged| judged.action == Action::Transform);
    let edits = wanted.filter_map(|judged| {
        let finding = &judged.finding;
        let transform = judged.transform?;
        let (span, label, rank) = (finding.span.clone(), finding.label.clone(), overlap::rank(finding));
        Some(Edit { span, label, transform, rank, parts: Vec::new() })
    });
    merge(edits.collect())
}

/// Overlapping edits become one, changed as the most telling of them asks.
fn merge(mut edits: Vec<Edit>) -> Vec<Edit> {
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut merged: Vec<Edit> = Vec::with_capacity(edits.len());
    for edit in edits {
        let Some(last) = merged.last_mut().filter(|last| edit.span.start < last.span.end) else {
            merged.push(edit);
            continue;
        };
        let span = last.span.start..last.span.end.max(edit.span.end);
        let mut parts = std::mem::take(&mut last.parts);
        if parts.is_empty() {
            parts.push(last.span.clone());
        }
        parts.push(edit.span.clone());
        if edit.rank < last.rank {
            *last = edit;
        }
        (last.span, last.parts) = (span, parts);
    }
    merged
}

/// A value that was changed once, to be changed wherever it stands again.
#[derive(Clone, Debug)]
pub(crate) struct Repeated {
    pub(crate) value: zeroize::Zeroizing<String>,
    label: Label,
    transform: &'static str,
    rank: usize,
}

/// The values that `edits` change and that must not stand elsewhere in clear.
pub(crate) fn repeated(text: &str, edits: &[Edit]) -> Vec<Repeated> {
    let mut repeated: Vec<Repeated> = Vec::new();
    // Of values that overlap, each may stand elsewhere by itself.
    let spans = edits.iter().flat_map(|edit| iter::once(&edit.span).chain(&edit.parts).map(move |span| (edit, span)));
    for (edit, span) in spans {
        let Some(value) = text.get(span.clone()).filter(|value| value.len() >= REPEATED_BYTES_MIN) else {
            continue;
        };
        if repeated.iter().all(|known| *known.value != value) {
            repeated.push(Repeated {
                value: zeroize::Zeroizing::new(value.to_owned()),
                label: edit.label.clone(),
                transform: edit.transform,
                rank: edit.rank,
            });
        }
    }
    repeated
}

/// The edits, and one for every other place where a changed value stands.
pub(crate) fn with_repeats(text: &str, edits: Vec<Edit>, repeated: &[Repeated]) -> Vec<Edit> {
    if repeated.is_empty() {
        return edits;
    }
    // One pass for all values together: with one for each, a text of many addresses would cost their square. The
    // automaton is used once, so what is quick to build is better than what is quick to run.
    let Ok(automaton) = AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::NoncontiguousNFA))
        .match_kind(MatchKind::LeftmostLongest)
        .build(repeated.iter().map(|known| known.value.as_bytes()))
    else {
        return edits;
    };
    let mut all = edits;
    for found in automaton.find_iter(text) {
        let Some(known) = repeated.get(found.pattern().as_usize()) else { continue };
        let (label, transform, rank) = (known.label.clone(), known.transform, known.rank);
        // A surrogate is known again where it stands alone: within `Leanderie` it would stay.
        let span = if transform == SURROGATE { word_around(text, found.range()) } else { found.range() };
        all.push(Edit { span, label, transform, rank, parts: Vec::new() });
    }
    merge(all)
}

/// How far the rest of a word is looked for: what is longer is none.
const REST_BYTES_MAX: usize = 64;

/// A place with the rest of the word that it is a part of.
fn word_around(text: &str, place: Range<usize>) -> Range<usize> {
    let (before, behind) = (text.get(..place.start).unwrap_or_default(), text.get(place.end..).unwrap_or_default());
    let start = before.len() - before.trim_end_matches(is_word).len();
    let end = behind.len() - behind.trim_start_matches(is_word).len();
    let is_short = |rest: usize| rest <= REST_BYTES_MAX;
    if is_short(start) && is_short(end) { place.start - start..place.end + end } else { place }
}

/// `text[range]` with `edits` applied, those of them that lie within. `strings` stands at `range.start`.
pub(crate) fn rewrite(
    text: &str,
    range: Range<usize>,
    edits: &[Edit],
    encoding: Encoding,
    mut strings: Strings,
    vault: &mut Vault,
) -> Result<String, Unwritable> {
    let mut out = String::with_capacity(range.len());
    let mut at = range.start;
    let within = |edit: &&Edit| edit.span.start < range.end && edit.span.end > range.start;
    let mut edits = edits.iter().filter(within).peekable();
    while let Some(edit) = edits.next() {
        let mut span = edit.span.start.max(at)..edit.span.end.min(range.end);
        if span.is_empty() {
            continue;
        }
        let value = text.get(span.clone()).ok_or(Unwritable)?;
        if encoding != Encoding::Json {
            out.push_str(text.get(at..span.start).ok_or(Unwritable)?);
            out.push_str(&transforms::apply(edit.transform, value, &edit.label, vault));
            at = span.end;
            continue;
        }
        strings.read(text.get(at..span.start).ok_or(Unwritable)?);
        if !strings.is_inside() {
            // A number becomes a string as a whole, sign and fraction too: what stood beside quotes would
            // be no JSON.
            let (start, mut end) = (start_of(text, at, &span), end_of(text, range.end, &span));
            let mut parts = text.get(start..span.start).ok_or(Unwritable)?.to_owned();
            out.push_str(text.get(at..start).ok_or(Unwritable)?);
            parts.push_str(&apply(edit, text, span.clone(), vault)?);
            let mut written = span.end;
            while let Some(next) = edits.next_if(|next| next.span.start < end) {
                let span = next.span.start..next.span.end.min(range.end);
                parts.push_str(text.get(written..span.start).ok_or(Unwritable)?);
                parts.push_str(&apply(next, text, span.clone(), vault)?);
                written = span.end;
                end = end.max(end_of(text, range.end, &span));
            }
            parts.push_str(text.get(written..end).ok_or(Unwritable)?);
            out.push_str(&strings.write(&parts));
            at = end;
            continue;
        }
        // Half an escape is not a character: `130\` of `130\t` would come back as a backslash and a letter.
        if strings.is_escaped() {
            span.start -= 1;
            strings = strings.before_escape();
        }
        let mut behind = strings;
        behind.read(text.get(span.clone()).ok_or(Unwritable)?);
        if behind.is_escaped() {
            let end = json::escape_end(text, range.end, span.end);
            behind.read(text.get(span.end..end).ok_or(Unwritable)?);
            span.end = end;
        }
        let value = text.get(span.clone()).ok_or(Unwritable)?;
        if !behind.is_inside() {
            return Err(Unwritable);
        }
        out.push_str(text.get(at..span.start).ok_or(Unwritable)?);
        out.push_str(&strings.write(&transforms::apply(edit.transform, &strings.value(value), &edit.label, vault)));
        strings = behind;
        at = span.end;
    }
    out.push_str(text.get(at..range.end).ok_or(Unwritable)?);
    Ok(out)
}

/// Where the number begins that a value between strings begins in.
fn start_of(text: &str, from: usize, span: &Range<usize>) -> usize {
    let is_number = text.as_bytes().get(span.start).is_some_and(u8::is_ascii_digit);
    if is_number { json::number_start(text, from, span.start) } else { span.start }
}

/// Where the number ends that a value between strings ends in.
fn end_of(text: &str, to: usize, span: &Range<usize>) -> usize {
    let is_number = text.as_bytes().get(..span.end).and_then(<[u8]>::last).is_some_and(u8::is_ascii_digit);
    if is_number { json::number_end(text, to, span.end) } else { span.end }
}

/// What takes the place of a value that stands between the strings of a JSON document.
fn apply(edit: &Edit, text: &str, span: Range<usize>, vault: &mut Vault) -> Result<String, Unwritable> {
    let value = text.get(span).filter(|value| !value.contains('"')).ok_or(Unwritable)?;
    Ok(transforms::apply(edit.transform, value, &edit.label, vault))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::scope;

    #[test]
    fn half_an_escape_is_changed_as_a_whole() {
        let check = |text: &str, value: &str, expected: &str| {
            let start = text.find(value).unwrap();
            let span = start..start + value.len();
            let edit = Edit { span, label: Label::new("URL"), transform: "redact", rank: 0, parts: Vec::new() };
            let mut vault = Vault::new(&scope());
            let all = 0..text.len();
            let written = rewrite(text, all, &[edit], Encoding::Json, Strings::default(), &mut vault);
            assert_eq!(written.as_deref(), Ok(expected), "{value}");
        };
        check(r#"["costs 130\t now"]"#, r"130\", r#"["costs [REDACTED] now"]"#);
        check(r#"["costs 130\t now"]"#, "t now", r#"["costs 130[REDACTED]"]"#);
        check(r#"["costs 130\u0009 now"]"#, r"130\", r#"["costs [REDACTED] now"]"#);
        check(r#"["costs 130\\"]"#, r"130\", r#"["costs [REDACTED]"]"#);
        check(r#"["costs 130\\"]"#, r"130\\", r#"["costs [REDACTED]"]"#);
    }
}
