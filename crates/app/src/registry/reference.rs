//! How models are named on the command line.

use std::fmt;
use std::str::FromStr;

use redoubt_registry::{Slot, Stage};
use thiserror::Error;

/// A model, or one of its versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reference {
    /// `NAME`.
    Model { name: String },
    /// `NAME/3`.
    Version { name: String, version: u64 },
    /// `NAME@champion`, `NAME/Production`.
    Slot { name: String, slot: Slot },
    /// `NAME/latest`.
    Latest { name: String },
}

/// Why a text names no version.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("`{0}` is no version: write NAME/3, NAME/latest, NAME/Production or NAME@champion")]
pub(crate) struct ReferenceError(String);

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let wrong = || ReferenceError(text.to_owned());
        let reference = if let Some((name, rest)) = text.split_once('/') {
            let name = name.to_owned();
            match (rest.parse(), Stage::parse(rest)) {
                (Ok(version), _) if version > 0 && !rest.starts_with(['+', '0']) => Self::Version { name, version },
                (_, Some(stage)) => Self::Slot { name, slot: Slot::Stage(stage) },
                _ if rest == "latest" => Self::Latest { name },
                _ => return Err(wrong()),
            }
        } else if let Some((name, alias)) = text.rsplit_once('@') {
            Self::Slot { name: name.to_owned(), slot: Slot::Alias(alias.to_owned()) }
        } else {
            Self::Model { name: text.to_owned() }
        };
        if reference.name().is_empty() { Err(wrong()) } else { Ok(reference) }
    }
}

impl Reference {
    /// The model's name.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Model { name } | Self::Version { name, .. } | Self::Slot { name, .. } | Self::Latest { name } => name,
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Model { name } => f.write_str(name),
            Self::Version { name, version } => write!(f, "{name}/{version}"),
            Self::Slot { name, slot: Slot::Stage(stage) } => write!(f, "{name}/{}", stage.name()),
            Self::Slot { name, slot: Slot::Alias(alias) } => write!(f, "{name}@{alias}"),
            Self::Latest { name } => write!(f, "{name}/latest"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_as_they_are_written() {
        for text in ["m", "m/3", "m@champion", "two words/12", "m/Production", "m/latest", "a@b/1", "größe@v-2"] {
            assert_eq!(text.parse::<Reference>().map(|reference| reference.to_string()), Ok(text.to_owned()));
        }
        assert_eq!("m/production".parse::<Reference>().unwrap().to_string(), "m/Production");
        for text in ["", "/3", "@a", "m/", "m/0", "m/-1", "m/+1", "m/03", "m/x", "m/1/2", "m/18446744073709551616"] {
            assert!(text.parse::<Reference>().is_err(), "{text}");
        }
    }
}
