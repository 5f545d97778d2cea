//! Names, aliases and stages.

use std::fmt;

use crate::error::RegistryError;
use crate::limits::Limits;

/// MLflow's stages of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// No stage: where each version begins.
    None,
    /// Being tried.
    Staging,
    /// In use.
    Production,
    /// No longer in use.
    Archived,
}

impl Stage {
    /// Every stage.
    pub const ALL: [Self; 4] = [Self::None, Self::Staging, Self::Production, Self::Archived];

    /// MLflow's word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Staging => "Staging",
            Self::Production => "Production",
            Self::Archived => "Archived",
        }
    }

    /// The stage of a word, in any case.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.name().eq_ignore_ascii_case(word))
    }
}

/// What can lead to a version, and what a gate stands before.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slot {
    /// A stage.
    Stage(Stage),
    /// An alias.
    Alias(String),
}

impl Slot {
    /// Its key in records: `stage/Production`, `alias/champion`.
    pub(crate) fn key(&self) -> String {
        match self {
            Self::Stage(stage) => format!("stage/{}", stage.name()),
            Self::Alias(alias) => format!("alias/{alias}"),
        }
    }

    /// What [`Slot::key`] gave.
    pub(crate) fn of_key(key: &str) -> Option<Self> {
        let (kind, name) = key.split_once('/')?;
        match kind {
            "stage" => Stage::parse(name).map(Self::Stage),
            "alias" => Some(Self::Alias(name.to_owned())),
            _ => None,
        }
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stage(stage) => write!(f, "stage `{}`", stage.name()),
            Self::Alias(alias) => write!(f, "alias `{alias}`"),
        }
    }
}

/// A model's name: what MLflow takes, without what a terminal or a path would trip over.
pub(crate) fn name(text: &str, limits: &Limits) -> Result<(), RegistryError> {
    let wrong = |reason: String| Err(RegistryError::invalid("name of a model", reason));
    if text.trim().is_empty() {
        return wrong("it is empty".to_owned());
    }
    if text.chars().count() > limits.name_chars_max {
        return wrong(format!("it has more than {} characters", limits.name_chars_max));
    }
    if let Some(letter) = text.chars().find(|letter| letter.is_control() || matches!(letter, '/' | ':')) {
        return wrong(format!("`{}` must not be in it", letter.escape_default()));
    }
    Ok(())
}

/// An alias: word characters and hyphens; not `latest` and not `v1`, which mean something already.
pub(crate) fn alias(text: &str, limits: &Limits) -> Result<(), RegistryError> {
    let wrong = |reason: &str| Err(RegistryError::invalid("alias", format!("`{text}` {reason}")));
    if text.is_empty() {
        return Err(RegistryError::invalid("alias", "it is empty"));
    }
    if text.chars().count() > limits.alias_chars_max {
        return Err(RegistryError::invalid("alias", format!("it has more than {} characters", limits.alias_chars_max)));
    }
    if !text.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-')) {
        return wrong("may hold letters, digits, `_` and `-` alone");
    }
    if text.eq_ignore_ascii_case("latest") {
        return wrong("always means the newest version; take another word");
    }
    let number = text.strip_prefix(['v', 'V']);
    if number.is_some_and(|rest| !rest.is_empty() && rest.chars().all(|letter| letter.is_ascii_digit())) {
        return wrong("is how versions are written; take another word");
    }
    Ok(())
}

/// A text of at most so many characters.
pub(crate) fn text(what: &'static str, text: &str, chars_max: usize) -> Result<(), RegistryError> {
    if text.chars().count() <= chars_max {
        return Ok(());
    }
    Err(RegistryError::invalid(what, format!("it has more than {chars_max} characters")))
}

/// The key and value of a tag.
pub(crate) fn tag(key: &str, value: &str, limits: &Limits) -> Result<(), RegistryError> {
    if key.is_empty() {
        return Err(RegistryError::invalid("key of a tag", "it is empty"));
    }
    text("key of a tag", key, limits.key_chars_max)?;
    text("value of a tag", value, limits.tag_chars_max)
}
