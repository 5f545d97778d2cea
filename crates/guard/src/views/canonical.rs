//! The canonical view: the text as a reader would copy it, case kept.
//!
//! One pass over the characters. ASCII stretches are copied whole; a character in wide use that NFKC leaves alone
//! is copied; everything else is normalised on its own, and composed with the marks that follow it. So the map to
//! the source stays exact to the character.

use std::ops::Range;

use redoubt_domain::finding::View;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};

use super::ansi;
use super::hidden::{Hidden, Tray};
use super::invisible::{
    is_bidi, is_invisible, is_override, is_right_to_left, is_tag, judge, selector_byte, takes_no_marks,
};
use super::signals::Signal;
use super::span::{Pieces, ViewSet};

/// A text made canonical.
#[derive(Debug, Default)]
pub(super) struct Canonical {
    pub(super) text: String,
    pub(super) map: Pieces,
    /// Texts that were in characters removed from sight, mapped to the source.
    pub(super) hidden: Vec<Hidden>,
    /// Stretches of the canonical text that a reader sees from its end.
    pub(super) overridden: Vec<Range<usize>>,
    /// What is odd, in bytes of the source.
    pub(super) signals: Vec<(Signal, Range<usize>)>,
}

/// The canonical form of `text`, or nothing if it has it already and nothing is hidden in it.
pub(super) fn canonical(text: &str) -> Option<Canonical> {
    let special = first_special(text)?;
    // The character before may be the base of marks or of a sequence.
    let from = text.get(..special).and_then(|clean| clean.char_indices().next_back()).map_or(0, |(at, _)| at);
    let mut pass = Pass::new(text, from);
    pass.run();
    let found = pass.finish();
    let nothing_found = found.hidden.is_empty() && found.signals.is_empty() && found.overridden.is_empty();
    (found.text != text || !nothing_found).then_some(found)
}

/// Where the first character lies that is not surely its own canonical form.
fn first_special(text: &str) -> Option<usize> {
    let length = plain(text).0;
    (length < text.len()).then_some(length)
}

/// How many bytes from the start are characters that are surely their own canonical form, and the last of them.
fn plain(text: &str) -> (usize, Option<char>) {
    let bytes = text.as_bytes();
    let (mut at, mut last) = (0, 0);
    while let Some(lead) = bytes.get(at) {
        if lead.is_ascii() {
            let ascii = plain_ascii(bytes.get(at..).unwrap_or_default());
            if ascii == 0 {
                break;
            }
            at += ascii;
            last = at - 1;
            continue;
        }
        let width = match *lead {
            // Latin letters with accents, Cyrillic, Chinese characters, Hangul: all of these planes are plain.
            0xc3 | 0xd0 | 0xd1 => 2,
            0xe5..=0xe9 | 0xeb | 0xec => 3,
            _ => match text.get(at..).and_then(|rest| rest.chars().next()).filter(|c| is_plain(*c)) {
                Some(c) => c.len_utf8(),
                None => break,
            },
        };
        last = at;
        at += width;
    }
    (at, text.get(last..at).and_then(|last| last.chars().next()))
}

/// How many bytes from the start are ASCII without controls. Compiles to vector code.
pub(super) fn plain_ascii(bytes: &[u8]) -> usize {
    const LANES: usize = 64;
    let odd = |byte: &u8| *byte >= 0x7f || (*byte < b' ' && !matches!(*byte, b'\t' | b'\n' | b'\r'));
    let (chunks, _) = bytes.as_chunks::<LANES>();
    let clean =
        chunks.iter().take_while(|chunk| !chunk.iter().fold(false, |any, byte| any | odd(byte))).count() * LANES;
    // Where characters beyond ASCII stand among letters of ASCII, stretches are short.
    let rest = bytes.get(clean..).unwrap_or_default();
    let (chunks, _) = rest.as_chunks::<8>();
    let clean =
        clean + chunks.iter().take_while(|chunk| !chunk.iter().fold(false, |any, byte| any | odd(byte))).count() * 8;
    let tail = bytes.get(clean..).unwrap_or_default();
    clean + tail.iter().position(odd).unwrap_or(tail.len())
}

/// Characters in wide use that NFKC leaves alone and that do not join what came before. Need not be complete.
fn is_plain(c: char) -> bool {
    matches!(
        c,
        ' '..='~' | '\t' | '\n' | '\r'
        | '\u{a1}'..='\u{a7}' | '\u{a9}' | '\u{ab}' | '\u{ac}' | '\u{ae}' | '\u{b0}' | '\u{b1}' | '\u{b6}' | '\u{b7}'
        | '\u{bb}' | '\u{bf}'..='\u{131}' | '\u{134}'..='\u{13e}' | '\u{141}'..='\u{148}' | '\u{14a}'..='\u{17e}'
        | '\u{180}'..='\u{1c3}' | '\u{1cd}'..='\u{1f0}' | '\u{1f4}'..='\u{2af}'
        | '\u{386}' | '\u{388}'..='\u{3ce}' | '\u{400}'..='\u{482}' | '\u{48a}'..='\u{52f}'
        | '\u{5d0}'..='\u{5ea}' | '\u{60c}' | '\u{61b}' | '\u{61f}'..='\u{64a}' | '\u{660}'..='\u{66f}'
        | '\u{671}'..='\u{674}' | '\u{679}'..='\u{6d3}' | '\u{6f0}'..='\u{6f9}' | '\u{904}'..='\u{939}'
        | '\u{964}'..='\u{96f}' | '\u{e01}'..='\u{e30}' | '\u{e32}' | '\u{e40}'..='\u{e46}'
        | '\u{1ea0}'..='\u{1ef9}' | '\u{2010}' | '\u{2012}'..='\u{2016}' | '\u{2018}'..='\u{2023}' | '\u{2030}'..='\u{2032}'
        | '\u{2039}' | '\u{203a}' | '\u{20a9}'..='\u{20c0}' | '\u{2190}'..='\u{21ff}' | '\u{2200}'..='\u{222b}'
        | '\u{2234}'..='\u{2328}' | '\u{2500}'..='\u{27bf}' | '\u{3001}'..='\u{3029}' | '\u{3041}'..='\u{3096}'
        | '\u{30a1}'..='\u{30fa}' | '\u{30fc}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7a3}' | '\u{1f300}'..='\u{1f3f3}' | '\u{1f3f5}'..='\u{1f64f}' | '\u{1f680}'..='\u{1f6ff}' | '\u{1f900}'..='\u{1faff}'
    )
}

/// Marks of Latin, Greek and Cyrillic, which on letters of other scripts write nothing.
fn is_ornament(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// The scripts of India, whose vowels are marks.
fn is_indic(c: char) -> bool {
    matches!(c, '\u{900}'..='\u{dff}')
}

/// Characters that a base before them takes in: marks and the vowels and finals of Hangul.
fn joins(c: char) -> bool {
    is_combining_mark(c) || matches!(c, '\u{1161}'..='\u{11ff}')
}

/// Whether what joins may join this one. A mark that stands first is no base: composing would put marks in another order,
/// and the next look would see another text.
fn takes_marks(base: char) -> bool {
    !takes_no_marks(base) && canonical_combining_class(base) == 0
}

struct Pass<'t> {
    source: &'t str,
    at: usize,
    found: Canonical,
    tray: Tray,
    has_right_to_left: Option<bool>,
    /// Where an override began in the canonical text.
    overridden: Option<usize>,
    base: Base,
}

/// The last character that begins something, and what has joined it.
#[derive(Clone, Copy, Default)]
struct Base {
    c: Option<char>,
    at: usize,
    from: usize,
    /// Behind the last mark, in the source.
    to: usize,
    dropped: usize,
    joined: usize,
}

impl<'t> Pass<'t> {
    fn new(source: &'t str, from: usize) -> Self {
        let mut found = Canonical { text: String::with_capacity(source.len()), ..Canonical::default() };
        found.text.push_str(source.get(..from).unwrap_or_default());
        if from > 0 {
            found.map.linear(0, 0, ViewSet::NONE);
        }
        let base = Base { at: from, from, to: from, ..Base::default() };
        Self { source, at: from, found, tray: Tray::default(), has_right_to_left: None, overridden: None, base }
    }

    fn run(&mut self) {
        while let Some(rest) = self.source.get(self.at..).filter(|rest| !rest.is_empty()) {
            let (length, last) = plain(rest);
            if length > 0 {
                self.copy(length, last);
                continue;
            }
            let Some(c) = rest.chars().next() else { break };
            if ansi::is_control(c) {
                self.control(c);
            } else if is_tag(c) {
                self.at += c.len_utf8();
                self.tray.tag(c, self.at);
                self.found.map.remove(ViewSet::of(View::Tags));
            } else if let Some(byte) = selector_byte(c) {
                let before = self.source.get(..self.at).and_then(|text| text.chars().next_back());
                self.at += c.len_utf8();
                self.tray.selector(c, byte, before, self.at);
                self.found.map.remove(ViewSet::of(View::ZeroWidth));
            } else if is_invisible(c) {
                self.invisible();
            } else if c.is_whitespace() || c == '\u{2800}' {
                self.put(' ', self.at..self.at + c.len_utf8(), ViewSet::of(View::Nfkc));
                self.at += c.len_utf8();
            } else {
                self.normalise(c);
            }
        }
    }

    fn finish(mut self) -> Canonical {
        self.close_base();
        self.end_override();
        let Self { mut found, tray, source, .. } = self;
        tray.empty(source, &mut found.hidden, &mut found.signals);
        found
    }

    /// The next `length` bytes are as they should be; `last` is the last of their characters.
    fn copy(&mut self, length: usize, last: Option<char>) {
        self.close_base();
        let piece = self.source.get(self.at..self.at + length).unwrap_or_default();
        if self.overridden.is_some() && piece.contains('\n') {
            self.end_override();
        }
        self.found.map.linear(self.found.text.len(), self.at, ViewSet::NONE);
        self.found.text.push_str(piece);
        self.at += length;
        let width = last.map_or(0, char::len_utf8);
        self.base = Base {
            c: last,
            at: self.found.text.len() - width,
            from: self.at - width,
            to: self.at,
            dropped: 0,
            joined: 0,
        };
    }

    /// One character that begins something new, made from `source`.
    fn put(&mut self, c: char, source: Range<usize>, via: ViewSet) {
        self.close_base();
        let at = self.found.text.len();
        self.base = Base { c: Some(c), at, from: source.start, to: source.end, dropped: 0, joined: 0 };
        self.found.map.whole(at, source, via);
        self.found.text.push(c);
    }

    fn normalise(&mut self, c: char) {
        let source = self.at..self.at + c.len_utf8();
        self.at = source.end;
        // Signs of ASCII in the width of a Chinese character, as commas are in Chinese.
        if let Some(narrow) = u32::from(c).checked_sub(0xfee0).and_then(|narrow| u8::try_from(narrow).ok())
            && narrow.is_ascii_graphic()
        {
            return self.put(char::from(narrow), source, ViewSet::of(View::Nfkc));
        }
        // Two Arabic ligatures unfold into whole sentences: eleven times their size, and nothing to hide in.
        if matches!(c, '\u{fdfa}' | '\u{fdfb}') {
            return self.put(c, source, ViewSet::NONE);
        }
        for part in std::iter::once(c).nfkc() {
            if is_invisible(part) {
                continue;
            }
            let changed = if part == c { ViewSet::NONE } else { ViewSet::of(View::Nfkc) };
            let drops = self.base.c.is_some_and(|base| {
                // A sign of a vowel behind a space is no ornament of the space: its word is written from the end.
                let is_vowel = !base.is_alphanumeric() && is_indic(part);
                is_ornament(part) || is_combining_mark(part) && takes_no_marks(base) && !is_vowel
            });
            if drops {
                self.base.dropped += 1;
                self.base.to = source.end;
            } else if joins(part) && self.base.c.is_some_and(takes_marks) {
                self.found.map.whole(self.found.text.len(), source.clone(), changed);
                self.found.text.push(part);
                self.base.joined += 1;
                self.base.to = source.end;
            } else {
                self.put(part, source.clone(), changed);
            }
        }
    }

    /// Composes the last base with what joined it.
    fn close_base(&mut self) {
        let base = std::mem::take(&mut self.base);
        if base.dropped > 0 {
            self.found.map.whole_from(base.at, base.from..base.to, ViewSet::of(View::CombiningMarks));
        }
        if base.dropped > 2 {
            self.found.signals.push((Signal::StackedMarks, base.from..base.to));
        }
        if base.joined == 0 {
            return;
        }
        let cluster = self.found.text.get(base.at..).unwrap_or_default();
        let composed: String = cluster.nfc().collect();
        if composed != cluster {
            self.found.text.truncate(base.at);
            self.found.text.push_str(&composed);
            self.found.map.whole_from(base.at, base.from..base.to, ViewSet::of(View::Nfkc));
        }
    }

    fn control(&mut self, c: char) {
        let via = ViewSet::of(View::Ansi);
        if matches!(c, '\u{b}' | '\u{c}' | '\u{85}') {
            self.put(' ', self.at..self.at + c.len_utf8(), via);
            self.at += c.len_utf8();
            return;
        }
        let sequence = ansi::sequence(self.source, self.at);
        self.found.signals.push((Signal::Ansi, self.at..sequence.end));
        self.tray.sequence(self.source, sequence.body);
        self.found.map.remove(via);
        self.at = sequence.end.max(self.at + 1);
    }

    fn invisible(&mut self) {
        let rest = self.source.get(self.at..).unwrap_or_default();
        let length = rest.find(|c| !is_invisible(c)).unwrap_or(rest.len());
        let run = rest.get(..length).unwrap_or_default();
        let before = self.source.get(..self.at).and_then(|text| text.chars().next_back());
        let after = rest.get(length..).and_then(|text| text.chars().next());
        let source = self.source;
        let has_right_to_left = *self.has_right_to_left.get_or_insert_with(|| source.chars().any(is_right_to_left));
        let signal =
            judge(run, before, after, has_right_to_left).or_else(|| self.tray.soft_hyphen(source, self.at, run));
        if let Some(signal) = signal {
            for (at, c) in run.char_indices() {
                self.found.signals.push((signal, self.at + at..self.at + at + c.len_utf8()));
            }
        }
        for c in run.chars() {
            if is_override(c) && self.overridden.is_none() {
                self.overridden = Some(self.found.text.len());
            } else if c == '\u{202c}' {
                self.end_override();
            }
            self.found.map.remove(ViewSet::of(if is_bidi(c) { View::Bidi } else { View::ZeroWidth }));
        }
        self.at += length;
    }

    fn end_override(&mut self) {
        let Some(from) = self.overridden.take() else { return };
        if from < self.found.text.len() {
            self.found.overridden.push(from..self.found.text.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_characters_are_their_own_normal_form() {
        for c in (0..=0x0010_ffff).filter_map(char::from_u32).filter(|c| is_plain(*c)) {
            assert!(std::iter::once(c).nfkc().eq([c]), "{c:?} U+{:04X}", u32::from(c));
            assert!(!joins(c) && !is_invisible(c) && selector_byte(c).is_none() && !ansi::is_control(c), "{c:?}");
            assert!(!c.is_whitespace() || c.is_ascii(), "{c:?}");
        }
    }

    #[test]
    fn planes_that_are_plain_are() {
        for c in ('\u{c0}'..='\u{ff}')
            .chain('\u{400}'..='\u{47f}')
            .chain('\u{5000}'..='\u{9fff}')
            .chain('\u{b000}'..='\u{cfff}')
        {
            assert!(is_plain(c), "{c:?} U+{:04X}", u32::from(c));
        }
        for c in '\u{ff01}'..='\u{ff5e}' {
            let narrow = char::from_u32(u32::from(c) - 0xfee0).unwrap();
            assert!(std::iter::once(c).nfkc().eq([narrow]) && !is_invisible(narrow) && !joins(narrow), "{c:?}");
        }
    }

    #[test]
    fn disguises_fall() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(canonical(text).map(|found| found.text).as_deref(), expected, "{text:?}");
        };
        for same in [
            "",
            "plain",
            "two\nlines\tand\r\n",
            "Grüße, Zoë",
            "Привет",
            "こんにちは、世界",
            "नमस्ते हिन्दी",
            "สวัสดี",
            "한국어",
            "😀 ok",
        ] {
            check(same, None);
        }
        check("ｉｇｎｏｒｅ", Some("ignore"));
        check("𝐢𝐠𝐧𝐨𝐫𝐞", Some("ignore"));
        check("ⓘⓖⓝⓞⓡⓔ", Some("ignore"));
        check("i\u{200b}g\u{2060}n\u{ad}ore", Some("ignore"));
        check("i\u{301}g\u{302}n\u{336}ore", Some("ignore"));
        check("\u{202e}ignore\u{202c}", Some("ignore"));
        check("ig\u{1b}[31mno\u{1b}[0mre", Some("ignore"));
        check("a\u{a0}b\u{2003}c\u{3000}d\u{2028}e", Some("a b c d e"));
        check("0\u{301}7", Some("07"));
        check("忽\u{336}\u{301}略\u{336}", Some("忽略"));
        check("नि\u{336}\u{301}र्दे\u{301}श", Some("निर्देश"));
        check("น\u{336}ำ\u{301}", Some("นํา"));
        check("و\u{336}\u{651}", Some("و\u{651}"));
        check("か\u{336}\u{3099}", Some("が"));
        check("か\u{3099}", Some("が"));
        check("\u{300}\u{3099}", None);
        check("\u{3099}\u{300}", Some("\u{3099}"));
        check("\u{1112}\u{1161}\u{11ab}", Some("한"));
        check("ｶﾞ", Some("ガ"));
        check("👨\u{200d}👩\u{200d}👧", Some("👨👩👧"));
        check("\u{feff}bom", Some("bom"));
        check("nul\0byte", Some("nulbyte"));
    }
}
