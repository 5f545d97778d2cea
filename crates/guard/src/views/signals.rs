//! What is odd about a text itself, whatever it says.

use std::ops::Range;

/// A sign that somebody hides something. Legitimate uses of the same characters do not count: emoji
/// sequences, joiners in the scripts that need them, hyphenation, a leading byte order mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signal {
    /// Invisible characters within words or in a row.
    Invisible,
    /// Bidirectional overrides, and other controls within words of left-to-right text.
    BidiOverride,
    /// Tag characters outside the flags that use them.
    TagCharacters,
    /// Variation selectors where there is nothing to vary.
    VariationSelectorBytes,
    /// Words that mix Latin with look-alikes of other scripts.
    MixedScriptWord,
    /// Terminal escape sequences and control characters.
    Ansi,
    /// Letters under a pile of combining marks.
    StackedMarks,
    /// Text encoded more often, or saying more, than the bounds on decoding allow to read.
    Unread,
}

impl Signal {
    /// Every signal.
    pub const ALL: [Self; 8] = [
        Self::Invisible,
        Self::BidiOverride,
        Self::TagCharacters,
        Self::VariationSelectorBytes,
        Self::MixedScriptWord,
        Self::Ansi,
        Self::StackedMarks,
        Self::Unread,
    ];

    /// The name used in features and records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Invisible => "invisible",
            Self::BidiOverride => "bidi_override",
            Self::TagCharacters => "tag_characters",
            Self::VariationSelectorBytes => "variation_selector_bytes",
            Self::MixedScriptWord => "mixed_script_word",
            Self::Ansi => "ansi",
            Self::StackedMarks => "stacked_marks",
            Self::Unread => "unread",
        }
    }
}

/// One occurrence of a signal, or several side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// What it is.
    pub signal: Signal,
    /// Where, in bytes of the original text.
    pub span: Range<usize>,
    /// How many characters, sequences or words.
    pub count: usize,
}

/// All signals of a text, those within decoded runs included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signals {
    marks: Vec<Mark>,
}

impl Signals {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// How many characters, sequences or words carry this signal.
    pub fn count(&self, signal: Signal) -> usize {
        self.marks.iter().filter(|mark| mark.signal == signal).map(|mark| mark.count).sum()
    }

    /// Every occurrence, in the order in which the views were made.
    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    pub(super) fn add(&mut self, signal: Signal, span: Range<usize>) {
        if let Some(last) = self.marks.last_mut()
            && last.signal == signal
            && (last.span.end == span.start || last.span == span)
        {
            last.span.end = span.end;
            last.count += 1;
            return;
        }
        self.marks.push(Mark { signal, span, count: 1 });
    }
}
