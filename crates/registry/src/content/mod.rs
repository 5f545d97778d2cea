//! The bytes of versions: sealed under a key of their own, and given out only to who was let through a gate.
//!
//! ```text
//! begin → Draft: a number that nobody else gets, a key, a place
//!   └ for each file: seal → the vault
//! finish → the content's record, the evidence, and what makes all of it visible, in one commit
//! ```
//!
//! Whenever the process dies before that commit there is no version; what lies in the vault is found by [`Registry::sweep`].

mod draft;
mod keys;
mod random;
mod seal;

use redoubt_domain::seams::Change;
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use draft::{Draft, Said};
pub use keys::{ContentKeys, FileKey, KeyError};
pub use random::{ReadSealed, SealedFile};
pub use seal::{CHUNK_BYTES, SealError, Sealed, open, seal};

use crate::Registry;
use crate::error::RegistryError;
use crate::evidence::Admitted;
use crate::manifest::{Entry, Manifest};
use crate::rows::{self, CONTENT, V, VERSION, VersionRow};
use keys::VersionKey;

/// Why the content of a version cannot be had.
#[derive(Debug, Error)]
pub enum ContentError {
    /// The version was registered by reference.
    #[error("version {version} of `{name}` is registered by reference alone; its files are not kept here")]
    None {
        /// The model.
        name: String,
        /// The number.
        version: u64,
    },
    /// The record of the content is gone, or of other content.
    #[error("the record of the content of `{name}/{version}` does not belong to the digest of the version")]
    Damaged {
        /// The model.
        name: String,
        /// The number.
        version: u64,
    },
    /// The key does not open.
    #[error("the key of the content of `{name}/{version}` does not open under this installation's master key")]
    Key {
        /// The model.
        name: String,
        /// The number.
        version: u64,
        /// Why.
        #[source]
        source: KeyError,
    },
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

/// The content of a version that was let through its gates.
#[derive(Debug)]
pub struct Content {
    manifest: Manifest,
    place: String,
    key: VersionKey,
}

impl Content {
    /// Its files.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// What the vault calls it.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// The files with the keys that open them, in the order in which the vault numbers them.
    ///
    /// # Errors
    /// If the cryptography fails.
    pub fn files(&self) -> impl Iterator<Item = (usize, &str, Entry, Result<FileKey, KeyError>)> {
        self.manifest.files().enumerate().map(|(at, (path, entry))| (at, path, entry, self.key.file(at, entry.digest)))
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContentRow {
    #[serde(deserialize_with = "rows::first")]
    v: u32,
    pub(crate) manifest: String,
    /// The version's key, sealed under the tenant's, in base64.
    key: String,
}

impl Registry {
    /// What opens the content of a version that was let through its gates.
    ///
    /// # Errors
    /// [`ContentError`] if there is none, or its record was changed.
    pub async fn content(&self, pass: &Admitted, keys: &ContentKeys) -> Result<Content, ContentError> {
        let version = pass.version();
        let (name, number) = (version.name.clone(), version.version);
        let held = self.version_held(&version.model, &name, number).await?.row;
        let Some(place) = held.content else { return Err(ContentError::None { name, version: number }) };
        let damaged = || ContentError::Damaged { name: name.clone(), version: number };
        let id = self.id(&place);
        let record = self.records.get(CONTENT, &id).await.map_err(RegistryError::from)?.ok_or_else(damaged)?;
        let ContentRow { v: _, manifest, key } = rows::read(CONTENT, &id, &record.value)?;
        let manifest = Manifest::from_text(&manifest, &self.limits).map_err(|_| damaged())?;
        if version.digest != Some(manifest.digest()) {
            return Err(damaged());
        }
        let key = keys.unwrap(&key, &version.model, number, manifest.digest()).map_err(|source| ContentError::Key {
            name: name.clone(),
            version: number,
            source,
        })?;
        Ok(Content { manifest, place, key })
    }

    /// Which of these places of the vault no version has: what is left of imports that died, and of versions that were
    /// deleted. Ask again for each while holding its lock, since a version may appear meanwhile.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn unused(&self, places: Vec<String>) -> Result<Vec<String>, RegistryError> {
        let mut unused = Vec::new();
        for place in places {
            // Another tenant's places are not this one's to judge.
            let Some((tenant, _)) = place.split_once('.') else { continue };
            if tenant_tag(self.tenant.as_str()) == tenant && !self.is_used(&place).await? {
                unused.push(place);
            }
        }
        Ok(unused)
    }

    /// Whether a version has this place.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn is_used(&self, place: &str) -> Result<bool, RegistryError> {
        let Some([_, model, number]) = parts(place) else { return Ok(true) };
        let Ok(number) = number.parse() else { return Ok(true) };
        let id = self.version_id(model, number);
        let Some(record) = self.records.get(VERSION, &id).await? else { return Ok(false) };
        let row: VersionRow = rows::read(VERSION, &id, &record.value)?;
        // A version of a model that is not visible is none.
        let visible = self.visible(model).await?.is_some();
        Ok(visible && row.content.as_deref() == Some(place))
    }

    /// Forgets the key of a place that no version has; its bytes are noise from then on.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn forget(&self, place: &str) -> Result<(), RegistryError> {
        let removed = self.removed(CONTENT, self.id(place)).await?;
        Ok(self.records.apply(removed.into_iter().collect()).await?)
    }

    /// What keeps the key and the manifest of content that is about to appear.
    fn keep_content(&self, place: &str, manifest: &Manifest, key: String) -> Result<Change, RegistryError> {
        let id = self.id(place);
        let row = ContentRow { v: V, manifest: manifest.to_text(), key };
        let bytes = rows::write(CONTENT, &id, &row)?;
        Ok(Change::put(CONTENT, id, None, bytes))
    }
}

/// The parts of a place: tenant, model, version.
fn parts(place: &str) -> Option<[&str; 3]> {
    let mut parts = place.split('.');
    let all = [parts.next()?, parts.next()?, parts.next()?];
    parts.next().is_none().then_some(all)
}

/// A tenant's name as a part of a place, which must hold no dot.
fn tenant_tag(tenant: &str) -> String {
    redoubt_models::sign::sha256(tenant.as_bytes()).to_string().chars().take(16).collect()
}
