//! Keys of content: the installation's master key, a tenant's, a version's, a file's.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Prk, Salt};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use redoubt_domain::seams::Entropy;
use redoubt_domain::{Digest, Secret, TenantId};
use thiserror::Error;
use zeroize::Zeroize;

const KEY_LEN: usize = 32;
const NONCE_LEN: usize = 12;

/// Why a key does not open.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum KeyError {
    /// The cryptography failed.
    #[error("the cipher refused")]
    Cipher,
    /// It was changed, or belongs to another version, tenant or installation.
    #[error("it was changed, or belongs to another version, tenant or installation")]
    Damaged,
}

/// Wraps the keys of one tenant's versions.
pub struct ContentKeys {
    wrapping: LessSafeKey,
}

impl fmt::Debug for ContentKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContentKeys(..)")
    }
}

impl ContentKeys {
    /// The keys of a tenant, derived from the installation's master key (HKDF, RFC 5869).
    ///
    /// # Errors
    /// [`KeyError::Cipher`] if the cryptography fails.
    pub fn new(master: &Secret<[u8; KEY_LEN]>, tenant: &TenantId) -> Result<Self, KeyError> {
        let derived = Salt::new(HKDF_SHA256, b"redoubt model keys v1").extract(master.expose());
        let key = derive(&derived, &[b"wrap ", tenant.as_str().as_bytes()])?;
        Ok(Self { wrapping: cipher(key.expose())? })
    }

    /// A new key for a version.
    pub(crate) fn make(&self, model: &str, version: u64, entropy: &dyn Entropy) -> VersionKey {
        let mut bytes = [0; KEY_LEN];
        entropy.fill(&mut bytes);
        let secret = Secret::new(bytes);
        bytes.zeroize();
        VersionKey { secret, model: model.to_owned(), version }
    }

    /// The form in which a version's key is kept, bound to the content it opens: nonce, ciphertext and tag in base64.
    pub(crate) fn wrap(&self, key: &VersionKey, digest: Digest, entropy: &dyn Entropy) -> Result<String, KeyError> {
        let mut nonce = [0; NONCE_LEN];
        entropy.fill(&mut nonce);
        let mut bytes = key.secret.expose().to_vec();
        let context = context(&key.model, key.version, digest);
        let sealed = self.wrapping.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(context.as_slice()),
            &mut bytes,
        );
        if sealed.is_err() {
            bytes.zeroize();
            return Err(KeyError::Cipher);
        }
        Ok(BASE64.encode([nonce.as_slice(), &bytes].concat()))
    }

    /// What [`ContentKeys::wrap`] wrapped for this version and content.
    pub(crate) fn unwrap(
        &self,
        wrapped: &str,
        model: &str,
        version: u64,
        digest: Digest,
    ) -> Result<VersionKey, KeyError> {
        let bytes = BASE64.decode(wrapped).map_err(|_| KeyError::Damaged)?;
        let (nonce, body) = bytes.split_first_chunk::<NONCE_LEN>().ok_or(KeyError::Damaged)?;
        let mut body = body.to_vec();
        let context = context(model, version, digest);
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = self.wrapping.open_in_place(nonce, Aad::from(context.as_slice()), &mut body);
        let secret = opened.ok().and_then(|opened| <[u8; KEY_LEN]>::try_from(&*opened).ok()).map(Secret::new);
        body.zeroize();
        Ok(VersionKey { secret: secret.ok_or(KeyError::Damaged)?, model: model.to_owned(), version })
    }
}

/// The key of one version.
pub(crate) struct VersionKey {
    secret: Secret<[u8; KEY_LEN]>,
    model: String,
    version: u64,
}

impl fmt::Debug for VersionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VersionKey({}/{})", self.model, self.version)
    }
}

impl VersionKey {
    /// The key of the file at this place in the manifest with this digest.
    ///
    /// Each file has its own, so that the numbers of its chunks suffice as nonces. A version's key seals each file
    /// once: what is sealed again after a failure has another.
    pub(crate) fn file(&self, at: usize, file: Digest) -> Result<FileKey, KeyError> {
        let derived = Salt::new(HKDF_SHA256, b"redoubt model file keys v1").extract(self.secret.expose());
        let at = u64::try_from(at).unwrap_or(u64::MAX).to_be_bytes();
        let key = derive(&derived, &[&at, file.as_bytes()])?;
        let mut context = context(&self.model, self.version, file);
        context.extend_from_slice(&at);
        Ok(FileKey { cipher: cipher(key.expose())?, context, digest: file })
    }
}

/// The key of one file of one version.
pub struct FileKey {
    cipher: LessSafeKey,
    /// What each chunk is bound to: model, version, digest and place of the file.
    context: Vec<u8>,
    digest: Digest,
}

impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileKey({})", self.digest)
    }
}

impl FileKey {
    /// The digest that the plain file must have.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Seals a chunk in place and adds its tag.
    pub(super) fn seal(&self, number: u32, is_last: bool, chunk: &mut Vec<u8>) -> Result<(), KeyError> {
        let context = self.chunk_context(number, is_last);
        let sealed = self.cipher.seal_in_place_append_tag(nonce(number, is_last), Aad::from(context), chunk);
        sealed.map_err(|_| KeyError::Cipher)
    }

    /// Opens a chunk in place; its plain bytes come first in it.
    pub(super) fn open<'c>(&self, number: u32, is_last: bool, chunk: &'c mut [u8]) -> Result<&'c [u8], KeyError> {
        let context = self.chunk_context(number, is_last);
        let opened = self.cipher.open_in_place(nonce(number, is_last), Aad::from(context), chunk);
        opened.map(|plain| &*plain).map_err(|_| KeyError::Damaged)
    }

    fn chunk_context(&self, number: u32, is_last: bool) -> Vec<u8> {
        let mut context = self.context.clone();
        context.extend_from_slice(&number.to_be_bytes());
        context.push(u8::from(is_last));
        context
    }
}

/// The nonce of STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015): zeros, since each file has a key, then the number of
/// the chunk and whether it is the last.
fn nonce(number: u32, is_last: bool) -> Nonce {
    let mut nonce = [0; NONCE_LEN];
    let (_, rest) = nonce.split_at_mut(7);
    let (to, last) = rest.split_at_mut(4);
    to.copy_from_slice(&number.to_be_bytes());
    last.fill(u8::from(is_last));
    Nonce::assume_unique_for_key(nonce)
}

fn context(model: &str, version: u64, digest: Digest) -> Vec<u8> {
    let mut context = b"redoubt model content v1\0".to_vec();
    context.extend_from_slice(digest.as_bytes());
    context.extend_from_slice(&version.to_be_bytes());
    context.extend_from_slice(model.as_bytes());
    context.push(0);
    context
}

fn derive(from: &Prk, info: &[&[u8]]) -> Result<Secret<[u8; KEY_LEN]>, KeyError> {
    let mut key = [0; KEY_LEN];
    let filled = from.expand(info, HKDF_SHA256).and_then(|okm| okm.fill(&mut key));
    let secret = Secret::new(key);
    key.zeroize();
    filled.map(|()| secret).map_err(|_| KeyError::Cipher)
}

fn cipher(key: &[u8; KEY_LEN]) -> Result<LessSafeKey, KeyError> {
    Ok(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).map_err(|_| KeyError::Cipher)?))
}
