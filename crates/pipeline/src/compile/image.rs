//! The name of a container image, and what it is pinned to.

use std::fmt;

/// The longest name.
const NAME_MAX: usize = 255;
const ALGORITHM: &str = "@sha256:";

/// A reference to a container image (OCI distribution specification, `<name>[:<tag>]@<digest>`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image(String);

/// Why a text names no image to run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// It is no reference.
    #[error("`{0}` names no image; write REGISTRY/NAME@sha256:… with 64 hexadecimal digits")]
    Form(String),
    /// It has no digest.
    #[error(
        "`{0}` may be another image tomorrow; name it with its digest, NAME@sha256:…, or give `--allow-unpinned-image`"
    )]
    Unpinned(String),
}

impl Image {
    /// Reads a reference. One without a digest is refused, unless that may be.
    ///
    /// # Errors
    /// If it is none, or is not pinned.
    pub fn parse(text: &str, may_be_unpinned: bool) -> Result<Self, ImageError> {
        let wrong = || ImageError::Form(text.to_owned());
        let (name, digest) = match text.split_once(ALGORITHM) {
            Some((name, digest)) => (name, Some(digest)),
            None => (text, None),
        };
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/:".contains(&byte);
        let begins_well = name.starts_with(|letter: char| letter.is_ascii_alphanumeric());
        if name.len() > NAME_MAX || !begins_well || name.ends_with(['/', ':']) || !name.bytes().all(is_part) {
            return Err(wrong());
        }
        match digest {
            Some(digest) if digest.len() == 64 && digest.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f')) => {}
            Some(_) => return Err(wrong()),
            None if may_be_unpinned => {}
            None => return Err(ImageError::Unpinned(text.to_owned())),
        }
        Ok(Self(text.to_owned()))
    }

    /// Whether it can be no other image tomorrow.
    #[must_use]
    pub fn is_pinned(&self) -> bool {
        self.0.contains(ALGORITHM)
    }
}

impl fmt::Display for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
