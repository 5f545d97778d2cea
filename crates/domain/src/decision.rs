//! What is to be done, and why.

use crate::finding::Finding;
use crate::ids::Digest;

/// What happens to a text, mildest first: of several, the last in this order wins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// It passes as it is.
    #[default]
    Allow,
    /// It passes changed.
    Transform,
    /// It waits for a person; until then it does not pass.
    Hold,
    /// It does not pass.
    Block,
}

impl Action {
    /// Every action, mildest first.
    pub const ALL: [Self; 4] = [Self::Allow, Self::Transform, Self::Hold, Self::Block];

    /// The name used in configuration, records and headers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Transform => "transform",
            Self::Hold => "hold",
            Self::Block => "block",
        }
    }

    /// Whether the text, changed or not, may go on.
    pub const fn passes(self) -> bool {
        matches!(self, Self::Allow | Self::Transform)
    }
}

/// A finding and what a rule made of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// What was seen.
    pub finding: Finding,
    /// The rule that answered, by its name in the policy; none if no rule speaks of it.
    pub rule: Option<String>,
    /// What that rule asks for. A rule that only observes asks for [`Action::Allow`].
    pub action: Action,
    /// The transform that rule names, where the action is [`Action::Transform`].
    pub transform: Option<&'static str>,
}

/// Something that could not be inspected, said aloud rather than passed in silence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unscanned {
    /// Which segment, if the gap lies in one.
    pub segment: Option<usize>,
    /// What was not looked at and why, in words for the record.
    pub reason: &'static str,
}

/// The answer to "may this pass?", a function of the policy and the exchange alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// The strictest action that any rule asked for.
    pub action: Action,
    /// Every finding with its judgement, in order of segment and position.
    pub judged: Vec<Judged>,
    /// What was not looked at.
    pub unscanned: Vec<Unscanned>,
    /// The policy that decided.
    pub policy: Digest,
}
