//! Policies that come with the product, as data.

use redoubt_domain::exchange::Direction::{self, Input, Output};
use redoubt_domain::exchange::Origin::{self, Assistant, Developer, Retrieved, Tool, User};

use super::group::Group::{self, Contact, Identity, Labels, Network};
use super::rule::Rule;
use super::rule::StreamPolicy::{self, Buffer, HoldWindow};
use super::rule::Verb::{self, Block, Observe, Transform};

/// A policy that comes with the product.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Profile {
    /// Personal data and secrets never reach the model and come back in the answer; attacks and leaks are
    /// stopped.
    #[default]
    Default,
    /// The same with lower thresholds and more labels; harm and dangerous code are stopped too.
    Strict,
    /// Everything is recorded and nothing changed.
    Observe,
}

impl Profile {
    /// Every profile under its name.
    pub const ALL: [(&'static str, Self); 3] =
        [("default", Self::Default), ("strict", Self::Strict), ("observe", Self::Observe)];

    /// The name used in configuration and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Strict => "strict",
            Self::Observe => "observe",
        }
    }

    /// The profile with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(known, _)| *known == name).map(|(_, profile)| profile)
    }

    pub(super) fn rules(self) -> Vec<Rule> {
        let lines: &[Line] = match self {
            Self::Default => DEFAULT,
            Self::Strict => STRICT,
            Self::Observe => OBSERVE,
        };
        lines.iter().map(Line::rule).collect()
    }
}

/// A rule as data: name, groups of labels, directions, origins, least score, verb, stream policy.
struct Line(&'static str, &'static [Group], &'static [Direction], &'static [Origin], f32, Verb, StreamPolicy);

impl Line {
    fn rule(&self) -> Rule {
        let Self(name, groups, directions, origins, score_min, verb, stream) = *self;
        Rule {
            name: name.to_owned(),
            labels: groups.iter().flat_map(|group| group.labels()).copied().collect(),
            detectors: Vec::new(),
            directions: directions.to_vec(),
            origins: origins.to_vec(),
            score_min,
            verb,
            stream,
        }
    }
}

const IN: &[Direction] = &[Input];
const OUT: &[Direction] = &[Output];
const BOTH: &[Direction] = &[];
const EVERYONE: &[Origin] = &[];
/// Those whose words are data to the model: an instruction among them is an attack.
const UNTRUSTED: &[Origin] = &[Tool, Retrieved];
/// Those whose words are requests: an instruction is their right, so only a clear attack counts.
const ASKING: &[Origin] = &[User];
/// Definitions of tools come with the developer's words but are often somebody else's, and earlier turns come
/// from the caller, who could have written them. The detectors score what the developer himself says low.
const DEFINING_OR_EARLIER: &[Origin] = &[Developer, Assistant];
const ASKING_OR_ANY_OF_THESE: &[Origin] = &[User, Developer, Assistant];

const ANYTHING: &[Group] = &[];
const PERSONAL: &[Group] = &[Contact, Identity];
const PERSONAL_OR_NETWORK: &[Group] = &[Contact, Identity, Network];
/// Ordinary questions are about people ("who was Marie Curie?"), so only `strict` changes their names.
const PERSONS: &[Group] = &[Labels(&["PERSON"])];
const SECRETS: &[Group] = &[Labels(&["SECRET"])];
const INJECTION: &[Group] = &[Labels(&["PROMPT_INJECTION"])];
const JAILBREAK: &[Group] = &[Labels(&["JAILBREAK"])];
const ATTACKS: &[Group] = &[Labels(&["PROMPT_INJECTION", "JAILBREAK"])];
const HIDDEN: &[Group] = &[Labels(&["INVISIBLE_TEXT"])];
/// What is encoded more often than it is read.
const NESTED: &[Group] = &[Labels(&["NESTED_ENCODING"])];
const LEAKS: &[Group] = &[Labels(&["SYSTEM_PROMPT_LEAK"])];
const EXFILTRATION: &[Group] = &[Labels(&["EXFILTRATION_LINK"])];
const DANGEROUS_LINKS: &[Group] = &[Labels(&["DANGEROUS_LINK"])];
const CODE: &[Group] = &[Labels(&[
    "SQL_INJECTION",
    "COMMAND_INJECTION",
    "XSS",
    "TEMPLATE_INJECTION",
    "CODE_INJECTION",
    "SUSPICIOUS_PACKAGE",
])];
/// Only found where configuration sets a bound.
const SIZE: &[Group] = &[Labels(&["SIZE_LIMIT", "TOKEN_LIMIT"])];
const BANNED: &[Group] = &[Labels(&["BANNED_WORD"])];
const SHAPE: &[Group] = &[Labels(&["SCHEMA_VIOLATION"])];
const HARM: &[Group] = &[Group::Harm];

const ANONYMIZE: Verb = Transform("anonymize");
const MASK: Verb = Transform("mask");
const REDACT: Verb = Transform("redact");

const DEFAULT: &[Line] = &[
    Line("personal_data_input", PERSONAL, IN, EVERYONE, 0.5, ANONYMIZE, HoldWindow),
    Line("secrets_input", SECRETS, IN, EVERYONE, 0.5, ANONYMIZE, HoldWindow),
    Line("attack_from_data", ATTACKS, IN, UNTRUSTED, 0.5, Block, HoldWindow),
    Line("injection_from_user", INJECTION, IN, ASKING, 0.75, Block, HoldWindow),
    Line("jailbreak_from_user", JAILBREAK, IN, ASKING, 0.7, Block, HoldWindow),
    Line("attack_from_definitions", ATTACKS, IN, DEFINING_OR_EARLIER, 0.75, Block, HoldWindow),
    // Tag characters and bytes in variation selectors. What hides between letters is undone before anything looks.
    Line("hidden_text", HIDDEN, IN, EVERYONE, 0.85, Block, HoldWindow),
    Line("nested_encodings", NESTED, BOTH, EVERYONE, 0.5, Block, HoldWindow),
    Line("banned_words", BANNED, BOTH, EVERYONE, 0.5, Block, HoldWindow),
    Line("sizes", SIZE, BOTH, EVERYONE, 0.5, Block, HoldWindow),
    Line("secrets_output", SECRETS, OUT, EVERYONE, 0.5, REDACT, HoldWindow),
    // What the model makes up or fetched elsewhere is masked, addresses and telephone numbers included.
    // What this conversation said may be repeated.
    Line("personal_data_output", PERSONAL, OUT, EVERYONE, 0.5, MASK, HoldWindow),
    Line("leaks", LEAKS, OUT, EVERYONE, 0.5, Block, HoldWindow),
    Line("exfiltration", EXFILTRATION, OUT, EVERYONE, 0.6, Block, HoldWindow),
    Line("dangerous_links", DANGEROUS_LINKS, OUT, EVERYONE, 0.6, Block, HoldWindow),
    Line("everything_else", ANYTHING, BOTH, EVERYONE, 0.0, Observe, HoldWindow),
];

const STRICT: &[Line] = &[
    Line("personal_data_input", PERSONAL_OR_NETWORK, IN, EVERYONE, 0.3, ANONYMIZE, HoldWindow),
    Line("persons_input", PERSONS, IN, EVERYONE, 0.6, ANONYMIZE, HoldWindow),
    Line("secrets_input", SECRETS, IN, EVERYONE, 0.3, ANONYMIZE, HoldWindow),
    Line("attack_from_data", ATTACKS, IN, UNTRUSTED, 0.3, Block, HoldWindow),
    Line("attack_from_user", ATTACKS, IN, ASKING_OR_ANY_OF_THESE, 0.5, Block, HoldWindow),
    Line("hidden_text", HIDDEN, BOTH, EVERYONE, 0.5, Block, HoldWindow),
    Line("nested_encodings", NESTED, BOTH, EVERYONE, 0.5, Block, HoldWindow),
    Line("banned_words", BANNED, BOTH, EVERYONE, 0.3, Block, HoldWindow),
    Line("harm", HARM, BOTH, EVERYONE, 0.6, Block, HoldWindow),
    Line("sizes", SIZE, BOTH, EVERYONE, 0.5, Block, HoldWindow),
    Line("secrets_output", SECRETS, OUT, EVERYONE, 0.3, REDACT, HoldWindow),
    Line("personal_data_output", PERSONAL_OR_NETWORK, OUT, EVERYONE, 0.3, MASK, HoldWindow),
    Line("leaks", LEAKS, OUT, EVERYONE, 0.3, Block, HoldWindow),
    Line("exfiltration", EXFILTRATION, OUT, EVERYONE, 0.3, Block, HoldWindow),
    Line("dangerous_links", DANGEROUS_LINKS, OUT, EVERYONE, 0.3, Block, HoldWindow),
    Line("dangerous_code", CODE, OUT, EVERYONE, 0.5, Block, HoldWindow),
    // Holds a streamed answer whole, but only where the request asked for a schema.
    Line("schema", SHAPE, OUT, EVERYONE, 0.5, Block, Buffer),
    Line("everything_else", ANYTHING, BOTH, EVERYONE, 0.0, Observe, HoldWindow),
];

const OBSERVE: &[Line] = &[Line("everything", ANYTHING, BOTH, EVERYONE, 0.0, Observe, HoldWindow)];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_is_found_by_its_name() {
        for (name, profile) in Profile::ALL {
            assert_eq!(profile.name(), name);
            assert_eq!(Profile::parse(name), Some(profile));
            let rules = profile.rules();
            let mut names: Vec<&str> = rules.iter().map(|rule| rule.name.as_str()).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), rules.len(), "rules of `{name}` share a name");
        }
    }

    #[test]
    fn no_rule_of_a_group_speaks_of_everything_by_being_empty() {
        for rule in Profile::Default.rules().iter().chain(&Profile::Strict.rules()) {
            assert_eq!(rule.labels.is_empty(), rule.name == "everything_else", "{}", rule.name);
        }
    }
}
