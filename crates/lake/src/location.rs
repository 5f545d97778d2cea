//! Where the files of a table lie.

use std::fmt;
use std::path::{Path, PathBuf};

/// A file or folder of this machine, or an object or a prefix of objects in a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A file, or a folder whose files of one format are the table; folders within are not looked into.
    Path(PathBuf),
    /// Likewise in a store that speaks S3.
    Objects(ObjectPath),
}

/// The key of an object, or what the keys of several begin with up to a `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectPath {
    pub(crate) bucket: String,
    pub(crate) key: String,
}

/// What locations in a store begin with.
const SCHEME: &str = "s3://";
/// What S3 allows.
const KEY_BYTES_MAX: usize = 1_024;

impl Location {
    /// Reads `s3://BUCKET/KEY`, or a path that starts from `base`.
    ///
    /// # Errors
    /// If there can be no such object.
    pub fn parse(text: &str, base: &Path) -> Result<Self, String> {
        match text.strip_prefix(SCHEME) {
            Some(rest) => ObjectPath::parse(rest).map(Self::Objects),
            None => Ok(Self::Path(base.join(text))),
        }
    }
}

impl ObjectPath {
    fn parse(text: &str) -> Result<Self, String> {
        let (bucket, key) = text.split_once('/').unwrap_or((text, ""));
        let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte);
        let is_bucket = (3..=63).contains(&bucket.len()) && bucket.bytes().all(is_letter) && !bucket.contains("..");
        if !is_bucket || !bucket.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            return Err(format!("`{bucket}` is no bucket: 3 to 63 small letters, digits, `-` and `.`"));
        }
        if !is_key(key) {
            return Err(format!("`{key}` is no key that can be asked for: no part of it is empty, `.` or `..`"));
        }
        Ok(Self { bucket: bucket.to_owned(), key: key.to_owned() })
    }

    /// What the keys begin with that lie below this one.
    pub(crate) fn folder(&self) -> String {
        if self.key.is_empty() || self.key.ends_with('/') { self.key.clone() } else { format!("{}/", self.key) }
    }

    /// Whether one of them may have an object that the other has, too.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        let is_below = |one: &Self, other: &Self| one.key == other.key || one.key.starts_with(&other.folder());
        self.bucket == other.bucket && (is_below(self, other) || is_below(other, self))
    }
}

/// Whether a URL can say the key: it takes `..` for the folder above.
pub(crate) fn is_key(key: &str) -> bool {
    let parts = key.strip_suffix('/').unwrap_or(key);
    let is_part = |part: &str| !matches!(part, "" | "." | "..");
    key.len() <= KEY_BYTES_MAX && !key.contains(char::is_control) && (key.is_empty() || parts.split('/').all(is_part))
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => path.display().fmt(f),
            Self::Objects(objects) => objects.fmt(f),
        }
    }
}

impl fmt::Display for ObjectPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}/{}", self.bucket, self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let read = Location::parse(text, Path::new("/base"));
        assert_eq!(read.map_or_else(|error| error, |location| format!("{location:?}")), expected, "{text}");
    }

    #[test]
    fn a_location_is_a_path_or_keys_of_a_bucket() {
        check("a/b.csv", "Path(\"/base/a/b.csv\")");
        check("/a/b.csv", "Path(\"/a/b.csv\")");
        check("s3://sales/2024/a.csv", "Objects(ObjectPath { bucket: \"sales\", key: \"2024/a.csv\" })");
        check("s3://sales", "Objects(ObjectPath { bucket: \"sales\", key: \"\" })");
        for text in ["s3://sales/../other/a.csv", "s3://sales/a/./b", "s3://sales/a//b", "s3://sales//"] {
            let read = Location::parse(text, Path::new(""));
            assert!(read.is_err_and(|error| error.contains("is no key that can be asked for")), "{text}");
        }
        for text in ["s3://", "s3://ab/x", "s3://UPPER/x", "s3://a..b/x", "s3://-ab/x"] {
            let read = Location::parse(text, Path::new(""));
            assert!(read.is_err_and(|error| error.contains("is no bucket")), "{text}");
        }
    }

    #[test]
    fn what_may_share_an_object_meets() {
        let read = |text: &str| match Location::parse(text, Path::new("")) {
            Ok(Location::Objects(objects)) => objects,
            other => panic!("{other:?}"),
        };
        for (one, other, meets) in [
            ("s3://sales/a.csv", "s3://sales/a.csv", true),
            ("s3://sales/a", "s3://sales/a/b.csv", true),
            ("s3://sales", "s3://sales/a/b.csv", true),
            ("s3://sales/a/", "s3://sales/a", true),
            ("s3://sales/a", "s3://sales/ab.csv", false),
            ("s3://sales/a.csv", "s3://other/a.csv", false),
        ] {
            assert_eq!((read(one).meets(&read(other)), read(other).meets(&read(one))), (meets, meets), "{one} {other}");
        }
    }
}
