//! What is to happen to what is found.

mod digest;
mod group;
mod profile;
mod read;
mod rule;

use redoubt_domain::exchange::Direction;
use redoubt_domain::ids::Digest;
use redoubt_domain::limits::Limits;
use thiserror::Error;

pub(crate) use group::is_data;
pub use profile::Profile;
pub use rule::{Rule, StreamPolicy, Verb};

use crate::detectors::Parameters;

/// Rules, and what they give to the detectors.
///
/// Of the rules that speak of a finding the strictest wins, so their order carries no meaning except between
/// rules equally strict, where the first wins. A rule is weakened by replacing it: a configured rule takes
/// the place of the profile's rule of the same name.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    profile: Profile,
    rules: Vec<Rule>,
    parameters: Parameters,
}

/// Why a policy cannot be used.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum PolicyError {
    /// A rule names a transform that does not exist.
    #[error("rule `{rule}` names the unknown transform `{transform}`")]
    UnknownTransform {
        /// The rule.
        rule: String,
        /// The name it gives.
        transform: String,
    },
    /// A rule would repair what cannot be repaired.
    #[error("rule `{rule}`: {}", rule::IRREPARABLE)]
    Irreparable {
        /// The rule.
        rule: String,
    },
    /// The weights that come with the product cannot be read.
    #[error("the build is damaged")]
    Weights(#[from] crate::names::ModelError),
    /// The weights of the classifier that come with the product cannot be read.
    #[error("the build is damaged")]
    Classifier(#[from] crate::classifier::ModelError),
}

impl Policy {
    /// The policy of a profile.
    pub fn profile(profile: Profile) -> Self {
        Self { profile, rules: profile.rules(), parameters: Parameters::default() }
    }

    /// The same policy with these rules put first; those of the same name are replaced.
    #[must_use]
    pub fn with_rules(mut self, rules: Vec<Rule>) -> Self {
        self.rules.retain(|old| rules.iter().all(|new| new.name != old.name));
        self.rules.splice(0..0, rules);
        self
    }

    /// The same policy without the rule of this name.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.rules.retain(|rule| rule.name != name);
        self
    }

    /// The same policy with other parameters for the detectors.
    #[must_use]
    pub fn with_parameters(mut self, parameters: Parameters) -> Self {
        self.parameters = parameters;
        self
    }

    /// Which profile it started from.
    pub fn base(&self) -> Profile {
        self.profile
    }

    /// Its rules.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// What it gives to the detectors.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// SHA-256 over the canonical text of the policy: equal digests, equal decisions.
    pub fn digest(&self) -> Digest {
        digest::of(self)
    }

    /// The parameters with the bounds of the product.
    pub(crate) fn parameters_within(&self, limits: &Limits) -> Parameters {
        Parameters { limits: limits.clone(), ..self.parameters.clone() }
    }

    /// Whether any rule might answer a finding of this detector with one of these labels.
    pub(crate) fn speaks_of(&self, detector: &str, labels: &[&str]) -> bool {
        self.rules.iter().any(|rule| rule.may_select(detector, labels))
    }

    /// Whether text going this way may be changed or stopped because of this detector while it streams.
    pub(crate) fn enforces(&self, direction: Direction, detector: &str, labels: &[&str]) -> bool {
        self.rules.iter().any(|rule| {
            rule.verb != Verb::Observe
                && rule.stream != StreamPolicy::AuditOnly
                && rule.goes(direction)
                && rule.may_select(detector, labels)
        })
    }

    /// Whether an answer must be held whole because of this detector.
    pub(crate) fn buffers(&self, detector: &str, labels: &[&str]) -> bool {
        self.rules.iter().any(|rule| {
            rule.verb != Verb::Observe
                && rule.stream == StreamPolicy::Buffer
                && rule.goes(Direction::Output)
                && rule.may_select(detector, labels)
        })
    }
}

#[cfg(test)]
mod tests;
