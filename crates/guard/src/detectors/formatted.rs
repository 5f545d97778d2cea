//! Numbers known by their format: a table of shapes, each with a check, and one reader for all of them.
//!
//! In a shape `9` is a digit, `A` a letter, `*` either, `?` a letter or sign, ` ` any one separator, `-` any
//! hyphen; every other character is itself. A shape is read forward from where a word or number begins, so
//! the same reader says what matches and what might still match once more text has come.

use std::cell::LazyCell;
use std::ops::Range;

use redoubt_domain::finding::{Label, Severity};
use redoubt_domain::seams::{Detector, Match, Spec, Window};

use super::boundary::{self, after, before};
use super::context::{self, Near};

/// The longest shape with its separators and wide digits, in bytes.
pub(super) const SPAN_BYTES: usize = 96;
/// [`Spec::span_max`] of every table: a match with the words around it.
pub(super) const SPAN_MAX: usize = SPAN_BYTES + context::BEFORE_BYTES + context::AFTER_BYTES + boundary::LOOK_AHEAD;

/// A kind of number.
pub(super) struct Form {
    pub(super) label: &'static str,
    /// How it is written, the most telling way first.
    pub(super) shapes: &'static [Shape],
    /// Whether the characters, upper case and without separators, are one that could have been issued.
    pub(super) check: fn(&[u8]) -> bool,
    /// Words that name it, in the languages of those who carry it.
    pub(super) words: &'static [&'static str],
}

/// A way of writing a number, and how sure it is by itself and next to a word that names it. Zero is not
/// reported.
pub(super) struct Shape {
    pattern: &'static str,
    alone: f32,
    named: f32,
}

/// A way of writing a number.
pub(super) const fn shape(pattern: &'static str, alone: f32, named: f32) -> Shape {
    Shape { pattern, alone, named }
}

/// A detector over tables of forms.
pub(super) struct Formatted {
    spec: &'static Spec,
    tables: &'static [&'static [Form]],
    severity: Severity,
    /// Shapes by how they begin, so that a number is compared only with those it may have.
    index: Vec<Vec<(&'static Form, &'static Shape)>>,
    /// Shapes that begin in more than one way.
    loose: Vec<(&'static Form, &'static Shape)>,
    /// The most characters of any shape before its first digit.
    digitless_max: usize,
    /// Whether any shape has no digit for certain.
    has_digitless: bool,
}

/// What reading a shape came to.
enum Reading {
    /// It ends here.
    Whole(usize),
    /// The text ended first.
    Cut,
    Not,
}

const LETTERS: usize = 10;
const DIGITS: usize = 20;

impl Formatted {
    pub(super) fn new(spec: &'static Spec, tables: &'static [&'static [Form]], severity: Severity) -> Self {
        let mut index: Vec<Vec<_>> = (0..LETTERS * DIGITS).map(|_| Vec::new()).collect();
        let mut loose = Vec::new();
        for form in tables.iter().copied().flatten() {
            for shape in form.shapes {
                let letters = shape.pattern.bytes().take_while(|byte| *byte == b'A').count();
                let digits = shape.pattern.bytes().skip(letters).take_while(|byte| *byte == b'9').count();
                let is_loose = shape.pattern.as_bytes().get(letters + digits) == Some(&b'*');
                match index.get_mut(letters * DIGITS + digits) {
                    Some(bucket) if !is_loose && letters < LETTERS && digits < DIGITS => bucket.push((form, shape)),
                    _ => loose.push((form, shape)),
                }
            }
        }
        let shapes = tables.iter().copied().flatten().flat_map(|form| form.shapes);
        let digitless = shapes.map(|shape| shape.pattern.find('9').unwrap_or(shape.pattern.len()));
        let digitless_max = digitless.max().unwrap_or(0);
        let mut shapes = tables.iter().copied().flatten().flat_map(|form| form.shapes);
        let has_digitless = shapes.any(|shape| !shape.pattern.contains('9'));
        Self { spec, tables, severity, index, loose, digitless_max, has_digitless }
    }

    /// Whether a text goes on for too long without a digit for any shape to begin with it.
    fn is_digitless(&self, text: &str) -> bool {
        let first = text.chars().take(self.digitless_max + 1).take_while(|c| boundary::decimal(*c).is_none());
        !self.has_digitless && first.count() > self.digitless_max
    }

    /// The shapes that a text beginning in so many letters and then digits may have.
    fn candidates(&self, text: &str) -> impl Iterator<Item = (&'static Form, &'static Shape)> {
        // Most loose shapes begin with something else than the text does.
        let first = text.chars().next();
        let letters = text.bytes().take_while(u8::is_ascii_alphabetic).take(LETTERS).count();
        let mut rest = after(text, letters).chars();
        let (mut digits, mut next) = (0, rest.next());
        while digits < DIGITS && next.is_some_and(|c| boundary::decimal(c).is_some()) {
            (digits, next) = (digits + 1, rest.next());
        }
        let bucket =
            if letters < LETTERS && digits < DIGITS { self.index.get(letters * DIGITS + digits) } else { None };
        // What follows tells most of those apart that begin alike.
        let bucket = bucket.into_iter().flatten().filter(move |(_, shape)| {
            let wanted = shape.pattern.as_bytes().get(letters + digits);
            wanted.zip(next).is_none_or(|(wanted, next)| stands_for(*wanted, next))
        });
        let loose = self.loose.iter().filter(move |(_, shape)| may_begin(shape.pattern, first));
        bucket.chain(loose).copied()
    }

    /// Looks at one place where a number may begin.
    fn look(&self, text: &str, start: usize, characters: &mut Vec<u8>, found: &mut Vec<Match>) {
        let mut last: Option<(&'static str, usize)> = None;
        let near = LazyCell::new(|| Near::before(text, start));
        for (form, shape) in self.candidates(after(text, start)) {
            // The most telling shape of a form speaks for it.
            if last.is_some_and(|(label, _)| label == form.label) {
                continue;
            }
            let Reading::Whole(end) = read(shape.pattern, text, start, characters) else {
                continue;
            };
            let span = start..end;
            if !stands_alone(text, &span) || !(form.check)(characters) {
                continue;
            }
            let score = score(shape, text, &span, &near, form.words);
            if score > 0.0 {
                last = Some((form.label, end));
                found.push(self.found(form.label, span, score));
            }
        }
        if let Some(spread) = spread(text, start)
            && spread.digits.len() > 7
        {
            self.look_spread(start..spread.end, &spread.digits, &near, found);
        }
    }

    /// Looks at digits written one by one, `0 7 8 0 5 1 1 2 0`: only a word that names them makes them a
    /// number.
    fn look_spread(&self, span: Range<usize>, digits: &[u8], near: &Near, found: &mut Vec<Match>) {
        for (form, shape) in self.index.get(digits.len()).into_iter().flatten() {
            if shape.pattern.len() == digits.len() && (form.check)(digits) && near.has(form.words) {
                found.push(self.found(form.label, span.clone(), shape.named * 0.9));
            }
        }
    }

    fn found(&self, label: &'static str, span: Range<usize>, score: f32) -> Match {
        Match { span, label: Label::new(label), rule: None, score, severity: self.severity }
    }

    /// Whether a match that begins here could still come, grow, vanish or be named.
    fn is_pending(&self, text: &str, start: usize) -> bool {
        if self.is_digitless(after(text, start)) {
            return false;
        }
        if spread(text, start).is_some_and(|spread| spread.is_open) {
            return true;
        }
        let mut characters = Vec::with_capacity(24);
        let near = LazyCell::new(|| Near::before(text, start));
        let is_letter = after(text, start).starts_with(|c: char| c.is_ascii_alphabetic());
        let is_alike = |shape: &Shape| shape.pattern.starts_with('A') == is_letter || shape.pattern.starts_with('*');
        let mut is_pending = |(form, shape): (&Form, &Shape)| match read(shape.pattern, text, start, &mut characters) {
            Reading::Not => false,
            Reading::Cut => true,
            Reading::Whole(end) => {
                boundary::is_end_open(text, end)
                    || (context::is_open(text, end)
                        && stands_alone(text, &(start..end))
                        && (form.check)(&characters)
                        && score(shape, text, &(start..end), &near, form.words) < shape.named)
            }
        };
        // Where the letters and digits it begins with are followed by something else, no more of them will come.
        if leads_on(after(text, start)) {
            let forms = self.tables.iter().copied().flatten();
            let mut all = forms.flat_map(|form| form.shapes.iter().map(move |shape| (form, shape)));
            return all.any(|(form, shape)| is_alike(shape) && is_pending((form, shape)));
        }
        self.candidates(after(text, start)).any(|(form, shape)| is_alike(shape) && is_pending((form, shape)))
    }
}

/// Whether a character of a pattern stands for this one.
fn stands_for(wanted: u8, c: char) -> bool {
    match wanted {
        b'9' => boundary::decimal(c).is_some(),
        b'A' => c.is_ascii_alphabetic(),
        b'*' => c.is_ascii_alphabetic() || boundary::decimal(c).is_some(),
        b'?' => c.is_ascii_alphabetic() || matches!(c, '+' | '-'),
        b' ' => boundary::is_separator(c),
        b'-' => boundary::is_dash(c),
        other => char::from(other) == c,
    }
}

/// Whether the first character of a pattern can stand for this one; any can for the end of the text.
fn may_begin(pattern: &str, first: Option<char>) -> bool {
    let (Some(wanted), Some(first)) = (pattern.bytes().next(), first) else { return true };
    match wanted {
        b'9' => boundary::decimal(first).is_some(),
        b'A' => first.is_ascii_alphabetic(),
        _ => true,
    }
}

/// Whether a text consists of letters and then digits and nothing else.
fn leads_on(text: &str) -> bool {
    text.trim_start_matches(|c: char| c.is_ascii_alphabetic()).chars().all(|c| boundary::decimal(c).is_some())
}

impl Detector for Formatted {
    fn spec(&self) -> &Spec {
        self.spec
    }

    fn detect(&self, window: &Window<'_>, found: &mut Vec<Match>) {
        let text = window.text;
        let mut done = 0;
        let mut characters = Vec::with_capacity(24);
        for run in window.runs {
            let from = word_start(text, run.span.start).max(done);
            starts(text, from, run.span.end).for_each(|start| self.look(text, start, &mut characters, found));
            done = done.max(run.span.end);
        }
    }

    fn live_from(&self, window: &Window<'_>) -> usize {
        let text = window.text;
        let tail = SPAN_BYTES + context::AFTER_BYTES + boundary::LOOK_AHEAD;
        let from = text.len().saturating_sub(tail);
        // What has no digit within its first characters, and more characters than that, is no number.
        let digit = boundary::may_be_digit(text.as_bytes().get(from..).unwrap_or_default());
        let digit = digit.map_or(text.len(), |at| from + at);
        let from = boundary::floor(text, from.max(digit.saturating_sub(self.digitless_max + 1)));
        starts(text, from, text.len()).find(|start| self.is_pending(text, *start)).unwrap_or(text.len())
    }
}

/// Where a shape that holds the digit at `at` may begin: the start of its word, or of a short word of
/// letters one separator before it, as in `AB 12 34 56 C`.
fn word_start(text: &str, at: usize) -> usize {
    let word = |at: usize| {
        let count = before(text, at).bytes().rev().take(SPAN_BYTES).take_while(u8::is_ascii_alphanumeric).count();
        at - count
    };
    let start = word(at);
    let Some(separator) = before(text, start).chars().next_back().filter(|c| boundary::is_separator(*c)) else {
        return start;
    };
    let behind = start - separator.len_utf8();
    if before(text, behind).ends_with(|c: char| c.is_ascii_alphanumeric()) { word(behind) } else { start }
}

/// Every place in a part of the text where a number may begin.
fn starts(text: &str, from: usize, to: usize) -> impl Iterator<Item = usize> {
    let mut previous = before(text, from).chars().next_back();
    text.get(from..to).unwrap_or("").char_indices().filter_map(move |(at, character)| {
        let is_part = |c: char| c.is_ascii_alphanumeric() || boundary::decimal(c).is_some();
        let is_start = is_part(character) && !previous.is_some_and(is_part);
        previous = Some(character);
        (is_start && boundary::begins(text, from + at)).then_some(from + at)
    })
}

/// Reads a shape from a place in the text, keeping its letters, upper case, and digits.
fn read(pattern: &str, text: &str, start: usize, characters: &mut Vec<u8>) -> Reading {
    characters.clear();
    let bytes = text.as_bytes().get(start..start + pattern.len()).unwrap_or_default();
    if !bytes.is_empty() && bytes.is_ascii() {
        return read_ascii(pattern, bytes, start, characters);
    }
    let mut rest = after(text, start).char_indices();
    for wanted in pattern.bytes() {
        let Some((_, character)) = rest.next() else {
            return Reading::Cut;
        };
        let decimal = boundary::decimal(character).map(|value| b'0' + value);
        let letter = character.is_ascii_alphabetic().then_some((character as u32 & 0x7f) as u8);
        let kept = match wanted {
            b'9' => decimal,
            b'A' => letter,
            b'*' => decimal.or(letter),
            b'?' if matches!(character, '+' | '-') => Some((character as u32 & 0x7f) as u8),
            b'?' => letter,
            b' ' if boundary::is_separator(character) => continue,
            b'-' if boundary::is_dash(character) => continue,
            other if char::from(other) == character && !matches!(other, b' ' | b'-') => continue,
            _ => None,
        };
        let Some(kept) = kept else {
            return Reading::Not;
        };
        characters.push(kept.to_ascii_uppercase());
    }
    Reading::Whole(rest.offset() + start)
}

/// The same where as many bytes as the shape has are characters, which they nearly always are.
fn read_ascii(pattern: &str, bytes: &[u8], start: usize, characters: &mut Vec<u8>) -> Reading {
    for (wanted, byte) in pattern.bytes().zip(bytes.iter().copied()) {
        let is_kept = match wanted {
            b'9' => byte.is_ascii_digit(),
            b'A' => byte.is_ascii_alphabetic(),
            b'*' => byte.is_ascii_alphanumeric(),
            b'?' => byte.is_ascii_alphabetic() || matches!(byte, b'+' | b'-'),
            b' ' if matches!(byte, b'-' | b' ' | b'.' | b'/') => continue,
            b'-' if byte == b'-' => continue,
            other if other == byte && !matches!(other, b' ' | b'-') => continue,
            _ => false,
        };
        if !is_kept {
            return Reading::Not;
        }
        characters.push(byte.to_ascii_uppercase());
    }
    Reading::Whole(start + bytes.len())
}

/// Digits written one by one.
struct Spread {
    digits: Vec<u8>,
    end: usize,
    /// Whether the text ended before anything ended them.
    is_open: bool,
}

/// Reads digits with one separator between any two. They must be all there are.
fn spread(text: &str, start: usize) -> Option<Spread> {
    // Most numbers have a second digit at once.
    let mut ahead = after(text, start).chars();
    let is_digit = |c: char| boundary::decimal(c).is_some();
    if ahead.next().is_some_and(|c| !is_digit(c)) || ahead.next().is_some_and(|c| boundary::is_word(c) || is_digit(c)) {
        return None;
    }
    if boundary::has_spaced_neighbour(text, &(start..start)) {
        return None;
    }
    let mut spread = Spread { digits: Vec::new(), end: start, is_open: false };
    let mut rest = after(text, start).char_indices().peekable();
    while let Some((at, digit)) = rest.next() {
        let value = boundary::decimal(digit)?;
        spread.digits.push(b'0' + value);
        spread.end = start + at + digit.len_utf8();
        spread.is_open = rest.peek().is_none();
        let Some((_, separator)) = rest.next() else {
            break;
        };
        if boundary::is_word(separator) || boundary::decimal(separator).is_some() || spread.digits.len() > DIGITS {
            return None;
        }
        let is_joint = matches!(separator, ' ' | '.') || boundary::is_dash(separator);
        spread.is_open = is_joint && rest.peek().is_none();
        if !is_joint || rest.peek().is_none_or(|(_, next)| boundary::decimal(*next).is_none()) {
            break;
        }
    }
    Some(spread)
}

/// Whether a span is not a part of a longer number. A number with spaces in it must not stand a space away
/// from more digits: they would be its own.
fn stands_alone(text: &str, span: &Range<usize>) -> bool {
    boundary::ends(text, span.end)
        && !(text.get(span.clone()).is_some_and(|number| number.contains(' '))
            && boundary::has_spaced_neighbour(text, span))
}

/// How sure a match is. Small letters are how words are written, so they need a word that names them.
fn score(shape: &Shape, text: &str, span: &Range<usize>, near: &Near, words: &[&str]) -> f32 {
    if near.has(words) || Near::after(text, span.end).has(words) {
        return shape.named;
    }
    let is_small = text.get(span.clone()).is_some_and(|number| number.contains(|c: char| c.is_ascii_lowercase()));
    if is_small { 0.0 } else { shape.alone }
}
