//! Sealing files and registering them: all of it, or nothing.

use std::collections::BTreeMap;
use std::io::{self, Read};

use redoubt_models::{Report, Verdict};
use redoubt_registry::content::{KeyError, Said, SealError, seal};
use redoubt_registry::{AttestationKind, Lineage, Manifest, NewVersion, RegistryError, Version};
use serde_json::{Value, json};
use thiserror::Error;

use super::Room;
use super::vault::SweepError;
use crate::shelf::FileError;

/// Findings that are told in the evidence of a scan.
const FINDINGS_MAX: usize = 100;

/// Why a version was not registered.
#[derive(Debug, Error)]
pub(crate) enum KeepError {
    /// A file cannot be read as it was looked at, or not be sealed.
    #[error("`{path}` cannot be sealed")]
    File {
        /// Which.
        path: String,
        /// Why.
        #[source]
        source: SealError,
    },
    /// A file is gone.
    #[error("`{path}` cannot be read")]
    Read {
        /// Which.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The vault failed.
    #[error(transparent)]
    Vault(#[from] FileError),
    /// What was left behind cannot be removed.
    #[error(transparent)]
    Sweep(#[from] SweepError),
    /// The cryptography failed.
    #[error("the files cannot be sealed")]
    Key(#[from] KeyError),
    /// The registry refused.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

impl Room {
    /// Seals the files of `manifest`, which `open` gives, and registers them as the next version with what is said of
    /// them. What comes must have the digests of the manifest.
    pub(crate) async fn keep(
        &self,
        name: &str,
        manifest: &Manifest,
        open: &dyn Fn(&str) -> io::Result<Box<dyn Read>>,
        new: NewVersion,
        said: &[Said],
        lineage: Option<&Lineage>,
    ) -> Result<Version, KeepError> {
        self.vault.sweep(&self.registry).await?;
        let draft = self.registry.begin(name, &self.keys, self.by()).await?;
        let filling = self.vault.fill(draft.place())?;
        for (number, path, key) in draft.files(manifest) {
            let unread = |source| KeepError::Read { path: path.to_owned(), source };
            let mut plain = open(path).map_err(unread)?;
            let mut sealed = filling.file(number)?;
            seal(&key?, &mut plain, &mut sealed).map_err(|source| KeepError::File { path: path.to_owned(), source })?;
            sealed
                .sync_all()
                .map_err(|source| KeepError::File { path: path.to_owned(), source: SealError::Write(source) })?;
        }
        filling.sync()?;
        Ok(self.registry.finish(draft, manifest, new, said, lineage, &self.keys, self.by()).await?)
    }
}

/// The evidence of the scan: what was looked at by what, and what was found.
pub(crate) fn scan_said(report: &Report) -> Said {
    let findings = report.files.iter().flat_map(|file| {
        let finding = move |finding: &redoubt_models::Finding| {
            json!({ "path": file.path, "code": finding.code.name, "words": finding.words })
        };
        file.scanned.findings.iter().map(finding)
    });
    let findings: Vec<Value> = findings.take(FINDINGS_MAX).collect();
    let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
    for file in &report.files {
        *kinds.entry(file.scanned.kind.name()).or_default() += 1;
    }
    let details = json!({
        "scanner": format!("redoubt {}", env!("CARGO_PKG_VERSION")),
        "verdict": report.verdict().name(), "files": report.files.len(), "kinds": kinds, "findings": findings,
    });
    Said { kind: AttestationKind::FileScan, passed: report.verdict() == Verdict::Clean, details }
}
