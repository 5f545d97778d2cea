//! What a version is made of: every file with its size and digest.

use std::collections::BTreeMap;

use redoubt_domain::Digest;
use redoubt_models::sign;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::limits::Limits;

/// Why a list of files is no manifest.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ManifestError {
    /// There is nothing.
    #[error("there is no file")]
    Empty,
    /// There are too many.
    #[error("there are {actual} files, and {max} are the most")]
    TooMany {
        /// How many.
        actual: usize,
        /// How many there may be.
        max: usize,
    },
    /// A path leads out, or is none.
    #[error("`{}` is no path of a file within a model", .0.escape_debug())]
    Path(String),
    /// A path is there twice, or is a file and a folder.
    #[error("`{}` is there twice", .0.escape_debug())]
    Twice(String),
    /// The text is no manifest.
    #[error("the manifest cannot be read")]
    Text,
}

/// A file of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its length in bytes.
    pub size: u64,
    /// Its SHA-256.
    pub digest: Digest,
}

/// Every file of a version by its path, with `/` between folders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    files: BTreeMap<String, Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    v: u32,
    files: Vec<Line>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    path: String,
    size: u64,
    sha256: String,
}

impl Manifest {
    /// A manifest of these files.
    ///
    /// # Errors
    /// [`ManifestError`] if there are none or too many, or a path is not one of a file within a folder.
    pub fn new(files: impl IntoIterator<Item = (String, Entry)>, limits: &Limits) -> Result<Self, ManifestError> {
        let mut all = BTreeMap::new();
        let mut count = 0_usize;
        for (path, entry) in files {
            count += 1;
            if count > limits.files_max {
                return Err(ManifestError::TooMany { actual: count, max: limits.files_max });
            }
            if !is_within(&path) || path.len() > limits.path_bytes_max {
                return Err(ManifestError::Path(path));
            }
            if all.insert(path.clone(), entry).is_some() {
                return Err(ManifestError::Twice(path));
            }
        }
        if all.is_empty() {
            return Err(ManifestError::Empty);
        }
        // A file whose name is also a folder cannot be written out again.
        for path in all.keys() {
            let mut folder = path.as_str();
            while let Some((above, _)) = folder.rsplit_once('/') {
                if all.contains_key(above) {
                    return Err(ManifestError::Twice(above.to_owned()));
                }
                folder = above;
            }
        }
        Ok(Self { files: all })
    }

    /// The files in the order of their paths, bytewise.
    pub fn files(&self) -> impl Iterator<Item = (&str, Entry)> {
        self.files.iter().map(|(path, entry)| (path.as_str(), *entry))
    }

    /// All bytes together.
    pub fn bytes(&self) -> u64 {
        self.files.values().fold(0, |sum, entry| sum.saturating_add(entry.size))
    }

    /// The text that is kept: the same files have the same, byte for byte.
    pub fn to_text(&self) -> String {
        let line = |(path, entry): (&String, &Entry)| Line {
            path: path.clone(),
            size: entry.size,
            sha256: entry.digest.to_string(),
        };
        let text = Text { v: 1, files: self.files.iter().map(line).collect() };
        // Cannot fail: it is texts and numbers.
        serde_json::to_string(&text).unwrap_or_default()
    }

    /// Reads what [`Manifest::to_text`] gave.
    ///
    /// # Errors
    /// [`ManifestError`] if it is anything else.
    pub fn from_text(text: &str, limits: &Limits) -> Result<Self, ManifestError> {
        let Text { v, files } = serde_json::from_str(text).map_err(|_| ManifestError::Text)?;
        if v != 1 {
            return Err(ManifestError::Text);
        }
        let mut entries = Vec::new();
        for Line { path, size, sha256 } in files {
            entries.push((path, Entry { size, digest: Digest::parse(&sha256).ok_or(ManifestError::Text)? }));
        }
        let manifest = Self::new(entries, limits)?;
        if manifest.to_text() == text { Ok(manifest) } else { Err(ManifestError::Text) }
    }

    /// The digest of the version: SHA-256 of the text. Unlike the digest that signatures of models use
    /// ([`sign::Manifest::digest`]) it depends on the names of the files as well, so that evidence about some files is
    /// none about the same bytes under other names.
    pub fn digest(&self) -> Digest {
        sign::sha256(self.to_text().as_bytes())
    }

    /// The same files as signatures of models see them.
    pub fn signed(&self, name: &str) -> sign::Manifest {
        sign::Manifest::new(name, self.files.iter().map(|(path, entry)| (path.clone(), entry.digest)))
    }
}

fn is_within(path: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && !matches!(part, "." | "..") && !part.contains(['\0', '\\']);
    path.split('/').all(is_part)
}
