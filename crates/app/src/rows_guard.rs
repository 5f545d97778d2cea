//! The guard as pipelines and `redoubt data anonymize` ask it: a text in, a text without personal data out.

use std::collections::BTreeMap;
use std::path::Path;

use redoubt_domain::decision::Action;
use redoubt_domain::{Direction, Limits, Origin};
use redoubt_guard::{Engine, Policy, Profile};
use redoubt_pipeline::{Clearing, Digest, Guard, ShelfError};

use crate::config;

/// An engine with a policy.
pub(crate) struct RowsGuard {
    engine: Engine,
}

impl RowsGuard {
    /// With the policy of a file, or the default profile.
    pub(crate) fn open(policy: Option<&Path>) -> Result<Self, ShelfError> {
        let policy = match policy {
            Some(path) => config::load_as(path, Policy::read)?,
            None => Policy::profile(Profile::Default),
        };
        Ok(Self { engine: Engine::new(policy, Limits::default())? })
    }
}

impl Guard for RowsGuard {
    fn digest(&self) -> Digest {
        let detectors: Vec<&str> = redoubt_guard::detectors().iter().map(|row| row.id).collect();
        let policy = self.engine.policy_digest();
        Digest::of(format!("{} {policy} {}", env!("CARGO_PKG_VERSION"), detectors.join(" ")).as_bytes())
    }

    fn clear(&self, text: &str) -> Clearing {
        let scan = self.engine.scan(text, Origin::User, Direction::Input);
        let mut found: BTreeMap<&str, usize> = BTreeMap::new();
        // What is merely noted stays in the text.
        for judged in scan.judged.iter().filter(|judged| judged.action > Action::Allow) {
            *found.entry(judged.finding.label.as_str()).or_default() += 1;
        }
        match scan.action {
            Action::Allow | Action::Transform => {
                let found = found.into_iter().map(|(label, times)| (label.to_owned(), times)).collect();
                Clearing::Text { text: scan.text, found }
            }
            Action::Hold | Action::Block => {
                let labels: Vec<&str> = found.into_keys().collect();
                let why = if labels.is_empty() { "it cannot be looked at whole".to_owned() } else { labels.join(", ") };
                Clearing::Refused(format!("it may not pass the guard: {why}"))
            }
        }
    }
}
