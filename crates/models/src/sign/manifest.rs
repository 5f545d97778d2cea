//! The files of a model and their digests.

use std::collections::BTreeMap;
use std::fmt;

use aws_lc_rs::digest::{Context, SHA256};
use redoubt_domain::Digest;

/// What the tool leaves out of signatures unless it is told otherwise.
pub const GIT_PATHS: &[&str] = &[".git", ".gitattributes", ".github", ".gitignore"];

/// The SHA-256 digest of these bytes.
pub fn sha256(bytes: &[u8]) -> Digest {
    let mut hasher = Hasher::default();
    hasher.update(bytes);
    hasher.finish()
}

/// SHA-256 of bytes that come in pieces.
#[derive(Clone)]
pub struct Hasher(Context);

impl Default for Hasher {
    fn default() -> Self {
        Self(Context::new(&SHA256))
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hasher")
    }
}

impl Hasher {
    /// Takes the next piece.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all pieces.
    pub fn finish(self) -> Digest {
        let mut digest = [0; 32];
        digest.iter_mut().zip(self.0.finish().as_ref()).for_each(|(to, from)| *to = *from);
        Digest::new(digest)
    }
}

/// Every file of a model with its digest. Paths are relative to the model, with `/`; the one of a model that is a
/// single file is `.`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// What the model is called: the last part of its path. It is told, not compared.
    pub name: String,
    /// Sorted part by part, so `a/b` comes before `a.txt`.
    files: BTreeMap<Vec<String>, Digest>,
}

/// What differs between a signed manifest and the files that are there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The file has other bytes.
    Changed(String),
    /// The file was signed and is not there.
    Missing(String),
    /// The file is there and was not signed.
    Added(String),
}

impl Manifest {
    /// A manifest of these files.
    pub fn new(name: impl Into<String>, files: impl IntoIterator<Item = (String, Digest)>) -> Self {
        let parts = |path: String| path.split('/').map(str::to_owned).collect();
        Self { name: name.into(), files: files.into_iter().map(|(path, digest)| (parts(path), digest)).collect() }
    }

    /// The files with their digests, in the order in which they are signed.
    pub fn files(&self) -> impl Iterator<Item = (String, Digest)> + '_ {
        self.files.iter().map(|(parts, digest)| (parts.join("/"), *digest))
    }

    /// The digest of the model: SHA-256 over the bytes of the files' digests, in order.
    pub fn digest(&self) -> Digest {
        let mut hasher = Hasher::default();
        self.files.values().for_each(|digest| hasher.update(digest.as_bytes()));
        hasher.finish()
    }

    /// Whether this path is in it.
    pub fn contains(&self, path: &str) -> bool {
        self.files.contains_key(&path.split('/').map(str::to_owned).collect::<Vec<_>>())
    }

    /// What `actual` has otherwise, path by path.
    pub fn differences(&self, actual: &Self) -> Vec<Difference> {
        let mut differences = Vec::new();
        for (parts, digest) in &self.files {
            match actual.files.get(parts) {
                Some(found) if found == digest => {}
                Some(_) => differences.push(Difference::Changed(parts.join("/"))),
                None => differences.push(Difference::Missing(parts.join("/"))),
            }
        }
        let added = actual.files.keys().filter(|parts| !self.files.contains_key(*parts));
        differences.extend(added.map(|parts| Difference::Added(parts.join("/"))));
        differences
    }
}

/// Whether `path` is one of `ignored`, or lies in one.
pub fn is_ignored(path: &str, ignored: &[String]) -> bool {
    ignored.iter().any(|ignored| {
        let ignored = ignored.trim_end_matches('/');
        path.strip_prefix(ignored).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) && !ignored.is_empty()
    })
}
