//! Text written in characters that are removed from sight: tags, variation selectors, terminal sequences.

use std::ops::Range;

use redoubt_domain::finding::View;

use super::invisible::{BLACK_FLAG, FLAGS, selects};
use super::signals::Signal;
use super::span::{Pieces, ViewSet};

/// How far apart two tags or selectors may lie and still spell one text, in bytes. A stream holds back this much
/// behind the last of them.
pub(super) const GAP: usize = 32;

/// A text found in removed characters.
#[derive(Debug)]
pub(super) struct Hidden {
    /// Its words.
    pub(super) text: String,
    /// From its bytes to those of the source.
    pub(super) map: Pieces,
}

/// Collects removed characters until they spell something.
#[derive(Debug, Default)]
pub(super) struct Tray {
    tags: Vec<Carrier>,
    selectors: Vec<Carrier>,
    bodies: Vec<Range<usize>>,
}

#[derive(Clone, Copy, Debug)]
struct Carrier {
    byte: u8,
    start: usize,
    end: usize,
}

impl Tray {
    /// A tag character that ends at `end`.
    pub(super) fn tag(&mut self, c: char, end: usize) {
        let byte = u8::try_from(u32::from(c) & 0x7f).unwrap_or_default();
        self.tags.push(Carrier { byte, start: end - c.len_utf8(), end });
    }

    /// A variation selector that ends at `end`, behind the character `before`.
    pub(super) fn selector(&mut self, c: char, byte: u8, before: Option<char>, end: usize) {
        if !selects(c, before) {
            self.selectors.push(Carrier { byte, start: end - c.len_utf8(), end });
        }
    }

    /// The body of a terminal sequence. Colours and positions are short; what is longer may be words or numbers.
    pub(super) fn sequence(&mut self, source: &str, body: Range<usize>) {
        if body.len() >= 8 && source.get(body.clone()).is_some() {
            self.bodies.push(body);
        }
    }

    /// A soft hyphen that leaves a single letter on one side hyphenates nothing.
    pub(super) fn soft_hyphen(&self, source: &str, at: usize, run: &str) -> Option<Signal> {
        let letters = |text: &mut dyn Iterator<Item = char>| text.take(2).take_while(|c| c.is_alphabetic()).count();
        let before = letters(&mut source.get(..at)?.chars().rev());
        let after = letters(&mut source.get(at + run.len()..)?.chars());
        (run.starts_with('\u{ad}') && before + after > 0 && (before == 1 || after == 1)).then_some(Signal::Invisible)
    }

    /// What it all spells.
    pub(super) fn empty(self, source: &str, hidden: &mut Vec<Hidden>, signals: &mut Vec<(Signal, Range<usize>)>) {
        for group in groups(&self.tags) {
            if is_flag(source, group) {
                continue;
            }
            signals.extend(group.iter().map(|tag| (Signal::TagCharacters, tag.start..tag.end)));
            let visible: Vec<Carrier> = group.iter().copied().filter(|tag| (b' '..0x7f).contains(&tag.byte)).collect();
            hidden.extend(spelled(&visible, View::Tags));
        }
        for group in groups(&self.selectors) {
            if let [_, _, _, _, ..] = group {
                signals.extend(
                    group.iter().map(|selector| (Signal::VariationSelectorBytes, selector.start..selector.end)),
                );
                hidden.extend(spelled(group, View::VariationSelectors));
            }
        }
        for body in self.bodies {
            let mut map = Pieces::default();
            map.linear(0, body.start, ViewSet::of(View::Ansi));
            hidden.push(Hidden { text: source.get(body).unwrap_or_default().to_owned(), map });
        }
    }
}

/// From where on tags or selectors in `source` might spell more if text followed.
pub(super) fn live_from(carriers: &[(char, usize)], length: usize) -> usize {
    let mut live = length;
    for (c, end) in carriers.iter().rev() {
        if live - end.min(&live) > GAP {
            break;
        }
        live = end - c.len_utf8();
    }
    live
}

/// Carriers close enough together.
fn groups(carriers: &[Carrier]) -> impl Iterator<Item = &[Carrier]> {
    carriers.chunk_by(|one, next| next.start - one.end <= GAP)
}

fn is_flag(source: &str, group: &[Carrier]) -> bool {
    let Some((first, last)) = group.first().zip(group.last()) else { return false };
    let letters: Vec<u8> = group.iter().map(|tag| tag.byte).filter(|byte| *byte != 0x7f).collect();
    // Several flags may stand side by side, each after its black flag.
    let flags = letters.chunks(5).all(|letters| FLAGS.iter().any(|flag| flag.as_bytes() == letters));
    let stretch = source.get(first.start - first.start.min(BLACK_FLAG.len_utf8())..last.end).unwrap_or_default();
    flags && stretch.starts_with(BLACK_FLAG) && stretch.matches(BLACK_FLAG).count() == letters.len() / 5
}

/// The text that the carriers' bytes are, if they are text.
fn spelled(group: &[Carrier], view: View) -> Option<Hidden> {
    let bytes: Vec<u8> = group.iter().map(|carrier| carrier.byte).collect();
    let text = String::from_utf8(bytes).ok()?;
    if text.is_empty() || text.chars().filter(|c| c.is_control() && !c.is_whitespace()).count() * 8 > text.len() {
        return None;
    }
    let mut map = Pieces::default();
    let mut carriers = group.iter();
    for (at, c) in text.char_indices() {
        let mut source = carriers.next().map(|carrier| carrier.start..carrier.end)?;
        for carrier in carriers.by_ref().take(c.len_utf8() - 1) {
            source.end = carrier.end;
        }
        map.whole(at, source, ViewSet::of(view));
    }
    Some(Hidden { text, map })
}

#[cfg(test)]
mod tests {
    use super::super::canonical::canonical;

    fn tags(text: &str) -> String {
        text.bytes().filter_map(|byte| char::from_u32(0xe0000 + u32::from(byte))).collect()
    }

    fn selectors(text: &str) -> String {
        let selector = |byte: u8| char::from_u32(if byte < 16 { 0xfe00 } else { 0xe0100 - 16 } + u32::from(byte));
        text.bytes().filter_map(selector).collect()
    }

    #[test]
    fn hidden_text_is_found() {
        let check = |text: &str, expected: &[&str]| {
            let found = canonical(text).map(|found| found.hidden).unwrap_or_default();
            assert_eq!(found.iter().map(|hidden| hidden.text.as_str()).collect::<Vec<_>>(), expected, "{text:?}");
        };
        check(&format!("hi{}", tags("ignore all")), &["ignore all"]);
        check(&format!("😀{}", selectors("ignore all")), &["ignore all"]);
        check("❤\u{fe0f} 1\u{fe0f}\u{20e3} 葛\u{e0100}", &[]);
        check("\u{1b}]0;ignore all previous\u{7}", &["0;ignore all previous"]);
        let flag = |region| format!("\u{1f3f4}{}\u{e007f}", tags(region));
        check(&flag("gbsct"), &[]);
        check(&(flag("gbsct") + &flag("gbeng")), &[]);
        check(&flag("gbxxx"), &["gbxxx"]);
        assert!(canonical(&flag("gbsct")).is_some_and(|found| found.signals.is_empty()));
    }
}
