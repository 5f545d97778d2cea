//! A way of looking at text.

use std::ops::Range;

use crate::exchange::{Direction, Origin, SegmentKind};
use crate::finding::{Label, Severity};

/// Looks at one window of canonical text and says what it sees. Pure: same window, same matches, on any
/// machine, for ever.
///
/// The engine shows a detector only windows in which its [`Trigger`] fired, so `detect` starts from the
/// window's hits and checks around them rather than searching the whole text again.
pub trait Detector: Send + Sync {
    /// What it is called, what it looks for and how far it looks.
    fn spec(&self) -> &Spec;

    /// Adds what it sees in `window` to `found`. Spans are bytes of `window.text`, on character boundaries.
    fn detect(&self, window: &Window<'_>, found: &mut Vec<Match>);

    /// The earliest byte of `window.text` from which a match might still begin or grow if more text
    /// followed; the length of the text if nothing is pending. A stream holds back what lies after it.
    ///
    /// Must be sound: `text[..live]` contains no beginning of a match that more text would complete.
    fn live_from(&self, window: &Window<'_>) -> usize;

    /// What else there is to say of a match that `detect` saw in `window`, for the record: where in a document it
    /// lies, what it was compared with. Never the text that was found.
    fn detail(&self, _window: &Window<'_>, _found: &Match) -> Option<String> {
        None
    }

    /// The text with what this detector finds in it put right, where that can be done without guessing what was
    /// meant, and nothing is found in it then.
    fn mend(&self, _text: &str) -> Option<String> {
        None
    }
}

/// What a detector says of itself: enough for configuration, help, documentation, the stream window and
/// the conformance suite.
#[derive(Clone, Debug)]
pub struct Spec {
    /// The name in configuration and findings, such as `email`.
    pub id: &'static str,
    /// One sentence for people.
    pub summary: &'static str,
    /// Every label it may report.
    pub labels: &'static [&'static str],
    /// When the engine must show it a window.
    pub trigger: Trigger,
    /// The longest match with its context, in bytes of canonical text. Bounds the stream window. [`usize::MAX`]
    /// for a detector that can judge only a complete text: it is never shown a part of one.
    pub span_max: usize,
    /// Texts in which it must find something. Run by the conformance suite.
    pub positives: &'static [&'static str],
    /// Texts close to a match in which it must find nothing.
    pub near_misses: &'static [&'static str],
}

impl Spec {
    /// Whether only a complete text can be judged.
    pub const fn needs_whole(&self) -> bool {
        self.span_max == usize::MAX
    }
}

/// A cheap sign that a detector may find something.
#[derive(Clone, Copy, Debug)]
pub enum Trigger {
    /// Any of these literals occurs, ASCII case ignored. The engine finds all literals of all detectors
    /// in one pass and hands each detector its own hits.
    Literals(&'static [&'static str]),
    /// Any of these phrases occurs in the folded text: lower case, look-alikes and leet undone, white
    /// space and punctuation collapsed. The window's `text` is then the folded text.
    Phrases(&'static [&'static str]),
    /// Any of these words, or of these rows of words, occurs in the folded text. Each begins and ends with a
    /// word; one that ends in `*` may end within a longer word. Much cheaper than [`Trigger::Phrases`], since only
    /// whole words are compared; where words are not spaced, both are the same.
    Words(&'static [&'static str]),
    /// A run of digits, separators allowed, of at least this many digits. The runs are in the window.
    Digits(usize),
    /// Look at every window.
    Always,
    /// Look at every window of the folded text.
    Folded,
}

/// A literal of the detector that occurs in the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Which of the detector's literals, by its place in the trigger.
    pub literal: usize,
    /// Where it begins, in bytes of the window's text.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

/// Digits in a row, with single separators (space, hyphen, dot, slash, brackets) between them allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigitRun {
    /// The digits, as values 0 to 9.
    pub digits: Vec<u8>,
    /// Where each digit lies, in bytes of the window's text.
    pub at: Vec<usize>,
    /// From the first digit to behind the last, in bytes of the window's text.
    pub span: Range<usize>,
}

/// A text as a detector sees it.
#[derive(Clone, Copy, Debug)]
pub struct Window<'a> {
    /// The canonical text, or the folded text for a detector with [`Trigger::Phrases`], [`Trigger::Words`] or
    /// [`Trigger::Folded`].
    pub text: &'a str,
    /// The detector's literals that occur in it, in order of position.
    pub hits: &'a [Hit],
    /// Runs of digits, in order of position; empty unless the trigger asks for them.
    pub runs: &'a [DigitRun],
    /// Who speaks.
    pub origin: Origin,
    /// Which way it travels.
    pub direction: Direction,
    /// What the text is for.
    pub kind: SegmentKind,
    /// How many layers of decoding lie between this text and the segment; zero for the text itself.
    pub depth: usize,
}

/// What a detector saw in a window.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// Where, in bytes of the window's text, on character boundaries.
    pub span: Range<usize>,
    /// The kind of thing.
    pub label: Label,
    /// Which of the detector's rules, where it has several.
    pub rule: Option<&'static str>,
    /// How sure it is, 0 to 1.
    pub score: f32,
    /// How bad it is.
    pub severity: Severity,
}
