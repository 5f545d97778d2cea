//! Encryption of values under a key of one request.

use std::sync::OnceLock;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use redoubt_domain::secret::Secret;
use zeroize::Zeroizing;

/// Seals and opens values.
///
/// AES-256-GCM-SIV (RFC 8452): nonces count from zero, and were a scope ever used twice, the worst that a
/// repeated nonce tells is that two equal values are equal.
pub(crate) struct Sealer {
    secret: Secret<[u8; 32]>,
    /// Expanded at its first use, for most requests have nothing to seal. None if the library refused the key: then
    /// nothing is sealed, and the caller redacts.
    key: OnceLock<Option<LessSafeKey>>,
    sealed: u64,
}

impl Sealer {
    pub(crate) const fn new(secret: Secret<[u8; 32]>) -> Self {
        Self { secret, key: OnceLock::new(), sealed: 0 }
    }

    fn key(&self) -> Option<&LessSafeKey> {
        let expand = || UnboundKey::new(&AES_256_GCM_SIV, self.secret.expose()).ok().map(LessSafeKey::new);
        self.key.get_or_init(expand).as_ref()
    }

    /// Nonce, ciphertext and tag.
    pub(crate) fn seal(&mut self, value: &str) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        for (to, from) in nonce.iter_mut().zip(self.sealed.to_le_bytes()) {
            *to = from;
        }
        self.sealed += 1;
        let key = self.key()?;
        let mut text = value.as_bytes().to_vec();
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut text).ok()?;
        Some([&nonce, text.as_slice()].concat())
    }

    /// The value, if this key sealed it.
    pub(crate) fn open(&self, sealed: &[u8]) -> Option<Zeroizing<String>> {
        let (nonce, text) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut text = Zeroizing::new(text.to_vec());
        let opened = self.key()?.open_in_place(nonce, Aad::empty(), &mut text).ok()?;
        String::from_utf8(opened.to_vec()).ok().map(Zeroizing::new)
    }
}
