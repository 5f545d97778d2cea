//! One labelled text.

use redoubt_domain::exchange::Origin;
use redoubt_guard::classifier::{HEADS, Head};

/// A set of heads. Of an attack [`Head::RequestAttack`] stands for both kinds: the row's origin says which it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Heads(pub(crate) u32);

impl Heads {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const ATTACK: Self = Self::of(&[Head::RequestAttack]);
    pub(crate) const EVERY: Self = Self(u32::MAX >> (u32::BITS - HEADS as u32));

    pub(crate) const fn of(heads: &[Head]) -> Self {
        let mut bits = 0;
        let mut at = 0;
        while at < heads.len() {
            bits |= 1 << heads[at] as u32;
            at += 1;
        }
        Self(bits)
    }

    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn has(self, head: Head) -> bool {
        self.0 >> head as u32 & 1 == 1
    }
}

/// One labelled text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) text: String,
    pub(crate) origin: Origin,
    /// ISO 639-1, such as `en`; `und` where nobody knows.
    pub(crate) language: String,
    /// Where it comes from: a data set's name, or `generated/FAMILY`.
    pub(crate) source: String,
    /// Rows of a group say the same thing in other words, or share a template: a split must not part them.
    pub(crate) group: u64,
    /// The heads that this text is a case of.
    pub(crate) truth: Heads,
    /// The heads that the source says anything about.
    pub(crate) known: Heads,
}
