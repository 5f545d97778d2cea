//! What a key may do, and who acts once a key has been shown.

use crate::ids::{KeyId, TenantId, UserId};

/// One thing that a key may be allowed to do. What a key does not name it may not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Capability {
    /// Ask models, on the data plane.
    Inference,
    /// Read and write experiments, runs and artifacts, on the admin plane.
    Track,
    /// Read and change registered models and their versions, on the admin plane.
    Register,
    /// Approve that a version of a model is promoted, on the admin plane.
    Approve,
}

impl Capability {
    /// Every capability, in the order in which they are listed.
    pub const ALL: [Self; 4] = [Self::Inference, Self::Track, Self::Register, Self::Approve];

    /// Its name, on the command line and in stored keys.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inference => "inference",
            Self::Track => "track",
            Self::Register => "register",
            Self::Approve => "approve",
        }
    }

    /// The capability of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|capability| capability.name() == name)
    }
}

/// What a key may do. A key of which nothing else is known may ask models and nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities(u8);

impl Capabilities {
    /// Nothing at all.
    pub const NONE: Self = Self(0);

    /// These, and also `capability`.
    #[must_use]
    pub const fn with(self, capability: Capability) -> Self {
        Self(self.0 | 1 << capability as u8)
    }

    /// Whether `capability` is among them.
    pub const fn allow(self, capability: Capability) -> bool {
        self.0 & (1 << capability as u8) != 0
    }

    /// Each of them, in the order of [`Capability::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Capability> {
        Capability::ALL.into_iter().filter(move |capability| self.allow(*capability))
    }
}

impl Default for Capabilities {
    fn default() -> Self {
        Self::NONE.with(Capability::Inference)
    }
}

impl FromIterator<Capability> for Capabilities {
    fn from_iter<I: IntoIterator<Item = Capability>>(capabilities: I) -> Self {
        capabilities.into_iter().fold(Self::NONE, Self::with)
    }
}

/// Who acts: made where a key is checked, and handed to whatever acts for its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Whose data this is.
    pub tenant: TenantId,
    /// The public part of the key.
    pub key: KeyId,
    /// What the key may do.
    pub capabilities: Capabilities,
    /// The person the key was made for, if it says so: one who has several keys is one person.
    pub owner: Option<UserId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_into_it() {
        let none = Capabilities::NONE;
        assert!(Capability::ALL.iter().all(|capability| !none.allow(*capability)));
        for capability in Capability::ALL {
            let one = none.with(capability);
            assert_eq!(one.iter().collect::<Vec<_>>(), [capability]);
            assert_eq!(Capability::parse(capability.name()), Some(capability));
        }
        assert_eq!(Capabilities::default().iter().collect::<Vec<_>>(), [Capability::Inference]);
        assert_eq!(Capability::ALL.into_iter().collect::<Capabilities>().iter().count(), 4);
        assert_eq!(Capability::parse("Track"), None);
    }
}
