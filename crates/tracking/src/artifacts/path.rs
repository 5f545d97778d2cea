//! Paths of artifacts, which strangers write.

use std::path::{Path, PathBuf};

use crate::limits::{PATH_BYTES_MAX, PATH_DEPTH_MAX};
use crate::problem::Problem;

/// A path below a tenant's folder that stays below it: names joined by `/`, none of them empty, `.` or `..`, none with
/// control characters or a backslash. It has been decoded once, and is never decoded again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ArtifactPath(String);

impl ArtifactPath {
    /// Reads a path as it came out of the URL.
    pub(crate) fn parse(text: &str) -> Result<Self, Problem> {
        let wrong = |reason: &str| Err(Problem::invalid(format!("Invalid path of an artifact: {reason}")));
        if text.len() > PATH_BYTES_MAX {
            return wrong(&format!("it has {} bytes, and at most {PATH_BYTES_MAX} are taken", text.len()));
        }
        let text = text.strip_suffix('/').unwrap_or(text);
        if text.is_empty() {
            return wrong("it is empty");
        }
        if text.split('/').count() > PATH_DEPTH_MAX {
            return wrong(&format!("it has more than {PATH_DEPTH_MAX} folders"));
        }
        for name in text.split('/') {
            match name {
                "" => return wrong("it begins with `/`, or has two of them in a row"),
                "." | ".." => return wrong("`.` and `..` are no names here"),
                name if name.len() > 255 => return wrong("a name in it has more than 255 bytes"),
                name if name.chars().any(|c| c.is_control() || c == '\\') => {
                    return wrong("it has a control character or a backslash");
                }
                _ => {}
            }
        }
        Ok(Self(text.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Where it lies, below `root`.
    pub(super) fn within(&self, root: &Path) -> PathBuf {
        root.join(&self.0)
    }

    /// What it belongs to: artifacts lie in `<experiment>/<run>/artifacts/…` and
    /// `<experiment>/models/<model>/artifacts/…`. None if it names neither.
    pub(crate) fn owner(&self) -> Option<Owner<'_>> {
        let mut names = self.0.split('/');
        let experiment = names.next()?.parse().ok()?;
        let owner = match (names.next()?, names.next()?) {
            ("models", model) => {
                let is_within = names.next()? == "artifacts";
                is_within.then_some(Owner::Model { experiment, model })?
            }
            (run, "artifacts") => Owner::Run { experiment, run },
            _ => return None,
        };
        Some(owner)
    }

    /// Whether it names more than the folder of all artifacts of its owner.
    pub(crate) fn is_inside(&self) -> bool {
        match self.owner() {
            Some(Owner::Run { .. }) => self.0.split('/').count() > 3,
            Some(Owner::Model { .. }) => self.0.split('/').count() > 4,
            None => false,
        }
    }
}

/// Whose artifacts a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner<'p> {
    Run { experiment: i64, run: &'p str },
    Model { experiment: i64, model: &'p str },
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn no_path_leads_out() {
        let cases = [
            ("1/r/artifacts/a.txt", true),
            ("1/r/artifacts/a b/ü.txt", true),
            ("1/r/artifacts/", true),
            ("a", true),
            ("...", true),
            ("a%2e", true),
            ("", false),
            ("/", false),
            ("/etc/passwd", false),
            ("..", false),
            ("a/../b", false),
            ("a/./b", false),
            ("a//b", false),
            ("a/..", false),
            ("../a", false),
            ("a\0b", false),
            ("a\\..\\b", false),
            ("a\nb", false),
        ];
        for (text, expected) in cases {
            assert_eq!(ArtifactPath::parse(text).is_ok(), expected, "{text:?}");
        }
        assert!(ArtifactPath::parse(&"a/".repeat(65)).is_err());
        assert!(ArtifactPath::parse(&"x".repeat(256)).is_err());
        assert!(ArtifactPath::parse(&"x/".repeat(2_000)).is_err());
    }

    #[test]
    fn a_path_says_whose_it_is() {
        let owner = |text: &str| ArtifactPath::parse(text).unwrap().owner().map(|owner| format!("{owner:?}"));
        assert_eq!(owner("1/r/artifacts/a").unwrap(), "Run { experiment: 1, run: \"r\" }");
        assert_eq!(owner("1/models/m-1/artifacts").unwrap(), "Model { experiment: 1, model: \"m-1\" }");
        for none in
            ["1", "1/r", "x/r/artifacts", "1/r/other/a", "1/models/m-1", "1/models/m-1/a/b", "1/traces/t/artifacts"]
        {
            assert_eq!(owner(none), None, "{none}");
        }
        assert!(!ArtifactPath::parse("1/r/artifacts").unwrap().is_inside());
        assert!(ArtifactPath::parse("1/models/m/artifacts/MLmodel").unwrap().is_inside());
    }

    proptest! {
        #[test]
        fn what_is_taken_stays_below(text in "[a./\\\\%\u{0}é ]{0,24}") {
            if let Ok(path) = ArtifactPath::parse(&text) {
                let mut depth = 0_i32;
                for part in path.within(Path::new("/root")).components().skip(2) {
                    prop_assert!(matches!(part, std::path::Component::Normal(_)), "{text:?}");
                    depth += 1;
                }
                prop_assert!(depth > 0);
            }
        }
    }
}
