//! The files of a model on disk: found without following links, read in pieces, hashed.

use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use redoubt_domain::Digest;
use redoubt_models::sign::{Hasher, sha256};
use redoubt_models::{ReadError, Source};
use thiserror::Error;

/// Folders within folders. Repositories of models have three.
const DEPTH_MAX: usize = 64;
/// Files of one model.
const FILES_MAX: usize = 1_000_000;
/// Files up to this size are read once, so that what is hashed is what is looked at.
const WHOLE_BYTES_MAX: u64 = 64 << 20;
/// What is read at once for hashing.
const PIECE_BYTES: usize = 1 << 20;

/// Why the files of a model cannot be listed.
#[derive(Debug, Error)]
pub(super) enum WalkError {
    /// There is nothing of that name.
    #[error("cannot open `{}`", path.display())]
    Root {
        /// What was named.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// There are too many.
    #[error("`{}` holds more than {FILES_MAX} files", .0.display())]
    TooMany(PathBuf),
}

/// Something in a model's folder.
#[derive(Debug)]
pub(super) struct Found {
    /// Its path within the model, with `/`; `.` for a model that is one file.
    pub(super) path: String,
    pub(super) what: What,
}

/// What it is.
#[derive(Debug)]
pub(super) enum What {
    /// A file, where, and what it was when it was found.
    File(PathBuf, Box<Metadata>),
    /// A symbolic link.
    Link,
    /// A device, a socket or the like.
    Other,
    /// It cannot be listed.
    Failed(String),
}

/// Everything in `root`, in the order of the paths. Links are listed and never followed.
pub(super) fn walk(root: &Path) -> Result<Vec<Found>, WalkError> {
    let failed = |source| WalkError::Root { path: root.to_owned(), source };
    let metadata = fs::symlink_metadata(root).map_err(failed)?;
    if !metadata.is_dir() {
        return Ok(vec![Found { path: ".".to_owned(), what: what(root.to_owned(), metadata) }]);
    }
    let mut found = Vec::new();
    let mut folders = vec![(root.to_owned(), String::new(), 0)];
    while let Some((folder, prefix, depth)) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                found.push(Found { path: prefix, what: What::Failed(error.to_string()) });
                continue;
            }
        };
        for entry in entries {
            if found.len() + folders.len() >= FILES_MAX {
                return Err(WalkError::TooMany(root.to_owned()));
            }
            let Ok(entry) = entry else {
                found
                    .push(Found { path: prefix.clone(), what: What::Failed("the folder cannot be listed".to_owned()) });
                break;
            };
            let name = entry.file_name();
            let path = if prefix.is_empty() { String::new() } else { format!("{prefix}/") } + &name.to_string_lossy();
            let what = match (name.to_str(), fs::symlink_metadata(entry.path())) {
                (None, _) => What::Failed("its name is not UTF-8".to_owned()),
                (_, Err(error)) => What::Failed(error.to_string()),
                (_, Ok(metadata)) if metadata.is_dir() && depth >= DEPTH_MAX => {
                    What::Failed(format!("more than {DEPTH_MAX} folders deep"))
                }
                (_, Ok(metadata)) if metadata.is_dir() => {
                    folders.push((entry.path(), path, depth + 1));
                    continue;
                }
                (_, Ok(metadata)) => what(entry.path(), metadata),
            };
            found.push(Found { path, what });
        }
    }
    found.sort_by(|a, b| a.path.split('/').cmp(b.path.split('/')));
    Ok(found)
}

fn what(path: PathBuf, metadata: Metadata) -> What {
    if metadata.is_symlink() {
        What::Link
    } else if metadata.is_file() {
        What::File(path, Box::new(metadata))
    } else {
        What::Other
    }
}

/// A file that is open, and stays the same.
#[derive(Debug)]
pub(super) struct Opened {
    file: File,
    length: u64,
    modified: (i64, i64),
}

/// A file's bytes: in memory if there are few.
pub(super) enum Content {
    Whole(Vec<u8>),
    Large(Opened),
}

impl Opened {
    /// Opens what was found; an error if something else lies there by now.
    pub(super) fn open(path: &Path, found: &Metadata) -> io::Result<Self> {
        let file = File::open(path)?;
        let opened = file.metadata()?;
        if (opened.dev(), opened.ino()) != (found.dev(), found.ino()) {
            return Err(io::Error::other("it was replaced meanwhile"));
        }
        Ok(Self { file, length: opened.len(), modified: (opened.mtime(), opened.mtime_nsec()) })
    }

    /// Its bytes and their digest.
    pub(super) fn read(self) -> io::Result<(Content, Digest)> {
        if self.length <= WHOLE_BYTES_MAX {
            let mut bytes = vec![0; usize::try_from(self.length).map_err(io::Error::other)?];
            self.file.read_exact_at(&mut bytes, 0)?;
            let digest = sha256(&bytes);
            return Ok((Content::Whole(bytes), digest));
        }
        let digest = self.digest()?;
        Ok((Content::Large(self), digest))
    }

    /// The digest of its bytes, read in pieces.
    pub(super) fn digest(&self) -> io::Result<Digest> {
        let (mut hasher, mut piece, mut at) = (Hasher::default(), vec![0; PIECE_BYTES], 0);
        loop {
            let read = self.file.read_at(&mut piece, at)?;
            if read == 0 {
                break;
            }
            hasher.update(piece.get(..read).unwrap_or_default());
            at += read as u64;
        }
        if at != self.length {
            return Err(io::Error::other("its length changed meanwhile"));
        }
        Ok(hasher.finish())
    }

    /// An error if it was written to since it was opened.
    pub(super) fn check_unchanged(&self) -> io::Result<()> {
        let now = self.file.metadata()?;
        if (now.len(), now.mtime(), now.mtime_nsec()) == (self.length, self.modified.0, self.modified.1) {
            return Ok(());
        }
        Err(io::Error::other("it was written to meanwhile"))
    }
}

impl Source for Opened {
    fn length(&self) -> u64 {
        self.length
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> Result<(), ReadError> {
        if at.checked_add(into.len() as u64).is_none_or(|end| end > self.length) {
            return Err(ReadError::End { at, length: self.length });
        }
        Ok(self.file.read_exact_at(into, at)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_listed_and_never_followed() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("a")).unwrap();
        fs::write(path("a/b"), "1").unwrap();
        fs::write(path("a.txt"), "2").unwrap();
        std::os::unix::fs::symlink("/", path("root")).unwrap();
        std::os::unix::fs::symlink("a.txt", path("z")).unwrap();
        let found = walk(folder.path()).unwrap();
        let seen: Vec<_> = found.iter().map(|found| (found.path.as_str(), matches!(found.what, What::Link))).collect();
        assert_eq!(seen, [("a/b", false), ("a.txt", false), ("root", true), ("z", true)]);
        let found = walk(&path("z")).unwrap();
        assert!(matches!(found.as_slice(), [Found { what: What::Link, .. }]), "{found:?}");
        assert!(walk(&path("missing")).is_err());
    }

    #[test]
    fn a_file_that_changes_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "one").unwrap();
        let metadata = fs::symlink_metadata(&path).unwrap();
        let opened = Opened::open(&path, &metadata).unwrap();
        assert_eq!(opened.digest().unwrap(), sha256(b"one"));
        opened.check_unchanged().unwrap();
        fs::write(&path, "longer").unwrap();
        assert!(opened.check_unchanged().is_err());
        fs::remove_file(&path).unwrap();
        fs::write(folder.path().join("b"), "x").unwrap();
        fs::rename(folder.path().join("b"), &path).unwrap();
        assert!(Opened::open(&path, &metadata).is_err());
    }
}
