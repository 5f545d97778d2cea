//! One line of a policy.

use redoubt_domain::decision::Action;
use redoubt_domain::exchange::{Direction, Origin};
use redoubt_domain::finding::Finding;

/// What the transform `repair` can put right: a detector must know what the text should be.
const REPARABLE: &str = "SCHEMA_VIOLATION";

/// Why a rule may not repair anything else.
pub(crate) const IRREPARABLE: &str =
    "`repair` puts the form of answers right, so it needs `labels = [\"SCHEMA_VIOLATION\"]` and nothing else";

/// What a rule does about a finding, mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// The finding is recorded.
    Observe,
    /// The text is changed by the transform of this id.
    Transform(&'static str),
    /// The exchange waits for a person.
    Hold,
    /// The exchange is refused.
    Block,
}

impl Verb {
    /// What it asks for.
    pub const fn action(self) -> Action {
        match self {
            Self::Observe => Action::Allow,
            Self::Transform(_) => Action::Transform,
            Self::Hold => Action::Hold,
            Self::Block => Action::Block,
        }
    }

    /// The word for it in configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::Transform(_) => "transform",
            Self::Hold => "hold",
            Self::Block => "block",
        }
    }
}

/// How a rule is kept while an answer streams.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum StreamPolicy {
    /// Text is held only where a match might still begin or grow: it can be changed and stopped, and waits
    /// for nothing where nothing is pending.
    #[default]
    HoldWindow,
    /// The whole text is held until it is complete.
    Buffer,
    /// Text is not held: findings are recorded, and come too late to change anything.
    AuditOnly,
}

impl StreamPolicy {
    /// Every stream policy under its name.
    pub const ALL: [(&'static str, Self); 3] =
        [("hold_window", Self::HoldWindow), ("buffer", Self::Buffer), ("audit_only", Self::AuditOnly)];

    /// The name used in configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::HoldWindow => "hold_window",
            Self::Buffer => "buffer",
            Self::AuditOnly => "audit_only",
        }
    }
}

/// Which findings, and what to do about them. An empty list selects everything.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Its name in records.
    pub name: String,
    /// The labels it speaks of.
    pub labels: Vec<&'static str>,
    /// The detectors it speaks of.
    pub detectors: Vec<&'static str>,
    /// The ways the text may travel.
    pub directions: Vec<Direction>,
    /// Who may speak.
    pub origins: Vec<Origin>,
    /// The least score.
    pub score_min: f32,
    /// What to do.
    pub verb: Verb,
    /// How it is kept in a stream.
    pub stream: StreamPolicy,
}

impl Rule {
    /// Whether it speaks of this finding.
    pub(crate) fn selects(&self, direction: Direction, origin: Origin, finding: &Finding) -> bool {
        finding.score >= self.score_min
            && self.goes(direction)
            && (self.origins.is_empty() || self.origins.contains(&origin))
            && (self.labels.is_empty() || self.labels.contains(&finding.label.as_str()))
            && (self.detectors.is_empty() || self.detectors.contains(&finding.detector))
    }

    /// Whether it speaks of nothing but what the transform `repair` can put right.
    pub(crate) fn is_about_what_can_be_repaired(&self) -> bool {
        self.labels == [REPARABLE] && !self.directions.contains(&Direction::Input)
    }

    /// Whether it speaks of text going this way.
    pub(crate) fn goes(&self, direction: Direction) -> bool {
        self.directions.is_empty() || self.directions.contains(&direction)
    }

    /// Whether it might speak of something this detector finds.
    pub(crate) fn may_select(&self, detector: &str, labels: &[&str]) -> bool {
        (self.labels.is_empty() || self.labels.iter().any(|label| labels.contains(label)))
            && (self.detectors.is_empty() || self.detectors.contains(&detector))
    }
}
