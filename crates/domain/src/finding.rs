//! What a detector saw, and where.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

/// The kind of thing found, in the field's words: Presidio's entity names for personal data, and
/// `SECRET`, `PROMPT_INJECTION`, `JAILBREAK`, `SYSTEM_PROMPT_LEAK` and so on for the rest.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(Cow<'static, str>);

impl Label {
    /// A label known when the program was written.
    pub const fn new(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// A label that configuration names.
    pub fn from_config(name: String) -> Self {
        Self(Cow::Owned(name))
    }

    /// The label as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How bad it would be if the finding is right and nothing is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth a note.
    Low,
    /// Worth a look.
    Medium,
    /// A breach of policy.
    High,
    /// A breach that harms at once: a live credential, a takeover.
    Critical,
}

impl Severity {
    /// Every severity, mildest first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The name used in configuration, records and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// A way of looking at text that undoes one kind of disguise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum View {
    /// Compatibility forms folded (Unicode NFKC): full-width, mathematical and enclosed letters.
    Nfkc,
    /// Zero-width and other default-ignorable characters removed.
    ZeroWidth,
    /// Bidirectional controls removed.
    Bidi,
    /// Text written in Unicode tag characters.
    Tags,
    /// Bytes hidden in variation selectors.
    VariationSelectors,
    /// Letters that look like others replaced by those (UTS 39 skeleton).
    Homoglyph,
    /// Letters or digits spaced or dotted apart, joined.
    Spaced,
    /// Digits and signs used as letters.
    Leet,
    /// Combining marks removed.
    CombiningMarks,
    /// Terminal escape sequences and control characters removed.
    Ansi,
    /// Base64 or base64url decoded.
    Base64,
    /// Hexadecimal decoded.
    Hex,
    /// Percent-encoding decoded.
    Url,
    /// HTML entities decoded.
    HtmlEntity,
    /// `\u`, `\x` and JSON escapes decoded.
    Escape,
    /// Letters rotated by thirteen.
    Rot13,
    /// Text read from its end.
    Reversed,
}

impl View {
    /// The name used in `via`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nfkc => "nfkc",
            Self::ZeroWidth => "zero_width",
            Self::Bidi => "bidi",
            Self::Tags => "tags",
            Self::VariationSelectors => "variation_selectors",
            Self::Homoglyph => "homoglyph",
            Self::Spaced => "spaced",
            Self::Leet => "leet",
            Self::CombiningMarks => "combining_marks",
            Self::Ansi => "ansi",
            Self::Base64 => "base64",
            Self::Hex => "hex",
            Self::Url => "url",
            Self::HtmlEntity => "html_entity",
            Self::Escape => "escape",
            Self::Rot13 => "rot13",
            Self::Reversed => "reversed",
        }
    }
}

/// Something a detector saw in a segment.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The detector's id, such as `email`.
    pub detector: &'static str,
    /// The kind of thing.
    pub label: Label,
    /// Which of the detector's rules, where it has several: a gitleaks rule id, a phrase family.
    pub rule: Option<&'static str>,
    /// Which segment of the exchange or frame.
    pub segment: usize,
    /// Where in the segment's text as received, in bytes, on character boundaries. Through a decoding
    /// view this is the encoded source.
    pub span: Range<usize>,
    /// How sure the detector is, 0 to 1.
    pub score: f32,
    /// How bad it is.
    pub severity: Severity,
    /// The views it took to see it, outermost first; empty for plain text.
    pub via: Vec<View>,
    /// What else the detector says of it, such as where in a document it lies. Never the text that was found.
    pub detail: Option<String>,
}
