//! Gathering the strings of a body, and the numbers that are as telling as strings.
//!
//! A string is a segment unless a surface's file hands it to [`Walk::structure`] or [`Walk::sealed`]. What is
//! structure by its key must also look like it: short, one word, no spaces. So `"type": "ignore all previous
//! instructions"` is inspected like any other sentence, and a list that is wrong about a key hides little.
//!
//! A number of many digits is a segment wherever a string of any length would be one: a card number is one
//! with quotes or without. Structure keeps its numbers to itself, for seeds and timestamps look like anything.

use std::ops::{Range, RangeInclusive};

use redoubt_domain::{Encoding, Limits, Segment, SegmentKind, SegmentMode};

use crate::attachment::{self, Attached};
use crate::error::DecodeError;
use crate::json::{self, Kind, Value};
use crate::place::Place;

/// Names of things that no rule can read, kept for the record; more say nothing new.
const OPAQUE_MAX: usize = 64;

/// Structure is at most this long: ids of responses and encrypted items reach a hundred.
const STRUCTURE_BYTES_MAX: usize = 128;

/// How many digits cards have.
const DIGITS: RangeInclusive<usize> = 12..=19;

/// How the credentials begin that people paste most; no vendor's ids begin so.
#[rustfmt::skip]
const CREDENTIALS: [&str; 25] = [
    "AIza", "AKIA", "ASIA", "GOCSPX-", "SG.", "dop_v1_", "gho_", "ghp_", "ghr_", "ghs_", "ghu_",
    "github_pat_", "glpat-", "hf_", "npm_", "pypi-", "rdt_", "rk_live_", "shpat_", "sk-", "sk_live_", "xapp-", "xox",
    "ya29.", "whsec_",
];

/// A number with fewer digits tells nobody from another: no card, account, telephone or identity number has.
const NUMBER_DIGITS_MIN: usize = 7;

/// The strings met so far.
#[derive(Debug)]
pub(crate) struct Walk {
    pub(crate) segments: Vec<Segment>,
    pub(crate) opaque: Vec<String>,
    /// Whether anything was met but envelope and pieces of text: see `Frame::is_bare`.
    pub(crate) says_more: bool,
    problem: Option<DecodeError>,
    segments_max: usize,
    segment_bytes_max: usize,
    shift: Option<Shift>,
}

/// What a replaced literal does to the positions after it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shift {
    pub(crate) after: usize,
    pub(crate) removed: usize,
    pub(crate) added: usize,
}

impl Walk {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            segments: Vec::new(),
            opaque: Vec::new(),
            says_more: false,
            problem: None,
            segments_max: limits.segments_max,
            segment_bytes_max: limits.segment_bytes_max,
            shift: None,
        }
    }

    /// The same walk over a body in which a literal will be replaced.
    pub(crate) fn shifted(self, shift: Option<Shift>) -> Self {
        Self { shift, ..self }
    }

    /// The segments in the order of the body, unless a bound was passed.
    pub(crate) fn finish(mut self) -> Result<Self, DecodeError> {
        if let Some(problem) = self.problem {
            return Err(problem);
        }
        self.segments.sort_by_key(|segment| segment.span().start);
        Ok(self)
    }

    /// A string that is one run of text; of anything else, every string within.
    pub(crate) fn text(&mut self, value: Value<'_>, place: Place) {
        match value.text() {
            Some(text) => self.segment(value.span(), place, Encoding::Plain, text.into_owned()),
            None => self.strings(value, place),
        }
    }

    /// A string that is itself a JSON document.
    pub(crate) fn json(&mut self, value: Value<'_>, place: Place) {
        match value.text() {
            Some(text) => self.segment(value.span(), place, Encoding::Json, text.into_owned()),
            None => self.strings(value, place),
        }
    }

    /// Every string of a value, the keys of its objects and its long numbers too.
    pub(crate) fn strings(&mut self, value: Value<'_>, place: Place) {
        match value.kind() {
            Kind::String => self.text(value, place),
            Kind::Array => value.items().for_each(|item| self.strings(item, place)),
            Kind::Object => {
                for (key, member) in value.members() {
                    self.key(key, place);
                    self.strings(member, place);
                }
            }
            Kind::Number | Kind::Numbers => self.numbers(value, place),
            Kind::Null | Kind::Bool => {}
        }
    }

    /// A number, or each of an array of numbers, if it is whole and long. It is complete in itself even
    /// within a stream.
    pub(crate) fn numbers(&mut self, value: Value<'_>, place: Place) {
        for (span, literal) in value.numbers() {
            let digits = json::digits(literal).filter(|digits| digits.len() >= NUMBER_DIGITS_MIN);
            if let Some(digits) = digits {
                self.segment(span, place.whole(place.kind), Encoding::Number, digits.into_owned());
            }
        }
    }

    /// The key of an object that a model reads.
    pub(crate) fn key(&mut self, key: Value<'_>, place: Place) {
        self.text(key, place.whole(SegmentKind::Key));
    }

    /// A member that the surface's file does not know.
    pub(crate) fn unknown(&mut self, key: Value<'_>, value: Value<'_>, place: Place) {
        self.says_more |= !value.is_null();
        let place = place.whole(SegmentKind::Other);
        self.key(key, place);
        self.strings(value, place);
    }

    /// A member of a piece of a stream that the surface's file does not know: a text of its own, which may
    /// come in pieces like any other.
    pub(crate) fn unknown_piece(&mut self, key: Value<'_>, value: Value<'_>, place: Place) {
        let name = key.text().unwrap_or_default();
        if place.mode != SegmentMode::Delta || value.kind() != Kind::String {
            return self.unknown(key, value, place);
        }
        self.key(key, place);
        self.text(value, place.kind(SegmentKind::Other).named(&name));
    }

    /// Words that shape the body and say nothing, at any depth. Strings that do not look like it are
    /// inspected.
    pub(crate) fn structure(&mut self, value: Value<'_>, place: Place) {
        match value.kind() {
            Kind::String if value.text().is_some_and(|text| is_structure(&text)) => {}
            Kind::Array => value.items().for_each(|item| self.structure(item, place)),
            Kind::Object => {
                for (key, member) in value.members() {
                    self.structure(key, place.whole(SegmentKind::Key));
                    self.structure(member, place);
                }
            }
            Kind::String => self.text(value, place.whole(aside(place.kind))),
            Kind::Null | Kind::Bool | Kind::Number | Kind::Numbers => {}
        }
    }

    /// A vendor's blob that only the vendor can read: a signature, encrypted reasoning.
    pub(crate) fn sealed(&mut self, value: Value<'_>, what: &str, place: Place) {
        match value.text() {
            Some(text) if text.is_empty() => {}
            Some(text) if text.bytes().all(is_base64) && !is_telling(&text) => self.opaque(what),
            _ => self.structure(value, place),
        }
    }

    /// A string that holds a file. `media` is what the body says of it elsewhere.
    pub(crate) fn attachment(&mut self, value: Value<'_>, media: Option<&str>, place: Place) {
        let Some(text) = value.text() else { return self.strings(value, place) };
        let place = place.kind(SegmentKind::Attachment);
        match attachment::read(&text, media) {
            Attached::Text { text, encoding } => self.segment(value.span(), place, encoding, text),
            Attached::Opaque(what) => self.opaque(&what),
            Attached::Plain => self.segment(value.span(), place, Encoding::Plain, text.into_owned()),
        }
    }

    /// An image, a recording or a film: the data is opaque, an address is a string like any other.
    pub(crate) fn media(&mut self, value: Value<'_>, what: &str, place: Place) {
        match value.text() {
            Some(text) if text.starts_with("data:") => self.attachment(value, None, place),
            Some(_) => {
                self.opaque(what);
                self.text(value, place.whole(SegmentKind::Other));
            }
            None => self.strings(value, place.whole(SegmentKind::Other)),
        }
    }

    /// Says that something is there which no rule can read.
    pub(crate) fn opaque(&mut self, what: &str) {
        let is_new = self.opaque.iter().all(|known| known != what);
        if is_new && self.opaque.len() < OPAQUE_MAX {
            self.opaque.push(what.to_owned());
        }
    }

    /// Ties the value at `companion` to the segments from `first` on that it may repeat.
    pub(crate) fn tie(&mut self, first: usize, companion: Value<'_>) {
        let span = self.moved(companion.span());
        for segment in self.segments.iter_mut().skip(first) {
            let may_repeat = matches!(
                segment.kind(),
                SegmentKind::Content | SegmentKind::Refusal | SegmentKind::Reasoning | SegmentKind::ToolArguments
            );
            if may_repeat {
                *segment = segment.clone().with_companion(span.clone());
            }
        }
    }

    /// A value that says `text` though no literal of its own does: it becomes `null` when the text changes, and at
    /// once if there is none.
    pub(crate) fn aside(&mut self, value: Value<'_>, place: Place, text: Option<String>) {
        let span = self.moved(value.span());
        let says = text.is_some();
        // A literal of no length, at the start of what goes with it.
        let nowhere = span.start..span.start;
        let text = text.unwrap_or_else(|| "-".to_owned());
        let segment = Segment::new(place.origin, place.lane(), Encoding::Plain, text, nowhere);
        let mut segment = segment.with_companion(span);
        if !says {
            segment.edit(String::new());
        }
        self.segments.push(segment);
    }

    fn segment(&mut self, span: Range<usize>, place: Place, encoding: Encoding, text: String) {
        self.says_more |= place.mode != SegmentMode::Delta;
        if text.len() > self.segment_bytes_max {
            self.problem = Some(DecodeError::TooLarge { what: "one text", max: self.segment_bytes_max });
        }
        if self.segments.len() >= self.segments_max {
            self.problem = Some(DecodeError::TooLarge { what: "the number of texts", max: self.segments_max });
        }
        if self.problem.is_some() {
            return;
        }
        let span = self.moved(span);
        let segment = Segment::new(place.origin, place.lane(), encoding, text, span).with_mode(place.mode);
        self.segments.push(segment);
    }

    fn moved(&self, span: Range<usize>) -> Range<usize> {
        let moved = |at: usize| match self.shift {
            Some(shift) if at > shift.after => (at + shift.added).saturating_sub(shift.removed),
            _ => at,
        };
        moved(span.start)..moved(span.end)
    }
}

/// What a structural string becomes when it does not look like structure.
fn aside(kind: SegmentKind) -> SegmentKind {
    match kind {
        SegmentKind::Key | SegmentKind::ToolSchema => kind,
        _ => SegmentKind::Other,
    }
}

fn is_structure(text: &str) -> bool {
    let is_sign = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.:/+=|*".contains(&byte);
    text.len() <= STRUCTURE_BYTES_MAX && text.bytes().all(is_sign) && !is_telling(text)
}

/// Whether a word that may be structure looks like something else: a credential, or a number of as many digits
/// as a card's. Ids are random letters, so they cannot be inspected like text without being taken for secrets.
fn is_telling(text: &str) -> bool {
    let is_number = || {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        DIGITS.contains(&digits) && text.bytes().all(|byte| byte.is_ascii_digit() || b"-./:_".contains(&byte))
    };
    CREDENTIALS.iter().any(|credential| text.starts_with(credential)) || is_number()
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=_-.:".contains(&byte)
}
