//! Sealing what was said, so that it can be unsaid.
//!
//! Each request has a key of its own, random, under which its bodies are sealed (AES-256-GCM). That key is
//! kept nowhere but in a [`WrappedKey`], sealed in turn under the tenant's key, which is derived from the
//! installation's master key. To erase a request is to destroy its wrapped key: the sealed bodies become
//! noise, while the log, which holds only their digests, verifies as before.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use aws_lc_rs::hmac;
use bytes::Bytes;
use redoubt_domain::seams::Entropy;
use redoubt_domain::{Digest, RequestId, Secret, TenantId};
use thiserror::Error;
use zeroize::Zeroize;

/// The first byte of everything sealed here.
const VERSION: u8 = 1;
const NONCE_LEN: usize = 12;
const TAG_LEN: usize = 16;
const KEY_LEN: usize = 32;

/// Why a payload could not be sealed or opened.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum PayloadError {
    /// The cipher refused to seal.
    #[error("the cipher refused to seal")]
    Seal,
    /// The bytes are not of a form that this version knows.
    #[error("the sealed bytes are not of a version that this program knows")]
    Version,
    /// The bytes do not open under this key and for this request.
    #[error("the sealed bytes were changed, or belong to another key, tenant or request")]
    Damaged,
}

/// The installation's master key, from which the keys of all tenants are derived.
pub struct MasterKey(Secret<[u8; KEY_LEN]>);

/// The key under which one tenant's payload keys are wrapped.
pub struct TenantKey {
    tenant: TenantId,
    wrapping: LessSafeKey,
    pseudonyms: hmac::Key,
}

/// The key of one request. Exists in the clear only while the request is served or its payload read.
pub struct PayloadKey {
    request: RequestId,
    secret: Secret<[u8; KEY_LEN]>,
    key: LessSafeKey,
}

/// A request's key, sealed under its tenant's key. To destroy this is to erase the payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrappedKey(Bytes);

/// Which half of a request's life a payload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What the caller asked.
    Request,
    /// What the model answered.
    Answer,
}

/// A body as it came and as it went on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// As received: the request from the caller, the answer from the upstream.
    pub received: Bytes,
    /// As sent on, where it was and differs.
    pub sent: Option<Bytes>,
}

impl MasterKey {
    /// Takes charge of the master key.
    pub fn new(key: Secret<[u8; KEY_LEN]>) -> Self {
        Self(key)
    }

    /// The key of a tenant: the same for ever, and unrelated to any other tenant's.
    pub fn tenant(&self, tenant: &TenantId) -> Result<TenantKey, PayloadError> {
        let derived = Salt::new(HKDF_SHA256, b"redoubt payload keys v1").extract(self.0.expose());
        let derive = |purpose: &[u8]| {
            let mut key = [0; KEY_LEN];
            let info = [purpose, tenant.as_str().as_bytes()];
            let okm = derived.expand(&info, HKDF_SHA256).map_err(|_| PayloadError::Seal)?;
            okm.fill(&mut key).map_err(|_| PayloadError::Seal)?;
            let secret = Secret::new(key);
            key.zeroize();
            Ok(secret)
        };
        Ok(TenantKey {
            tenant: tenant.clone(),
            wrapping: cipher(derive(b"wrap ")?.expose())?,
            pseudonyms: hmac::Key::new(hmac::HMAC_SHA256, derive(b"user ")?.expose()),
        })
    }
}

impl TenantKey {
    /// A new key for one request, and the form in which it is kept.
    pub fn payload_key(
        &self,
        request: RequestId,
        entropy: &dyn Entropy,
    ) -> Result<(PayloadKey, WrappedKey), PayloadError> {
        let mut bytes = [0; KEY_LEN];
        entropy.fill(&mut bytes);
        let secret = Secret::new(bytes);
        bytes.zeroize();
        let wrapped = seal(&self.wrapping, &self.wrap_context(request), secret.expose().to_vec(), entropy)?;
        Ok((PayloadKey { request, key: cipher(secret.expose())?, secret }, WrappedKey(wrapped)))
    }

    /// The key of a request, out of the form in which it was kept.
    pub fn unwrap(&self, request: RequestId, wrapped: &WrappedKey) -> Result<PayloadKey, PayloadError> {
        let mut bytes = open(&self.wrapping, &self.wrap_context(request), &wrapped.0)?;
        let secret = <[u8; KEY_LEN]>::try_from(bytes.as_slice()).map(Secret::new);
        bytes.zeroize();
        let secret = secret.map_err(|_| PayloadError::Damaged)?;
        Ok(PayloadKey { request, key: cipher(secret.expose())?, secret })
    }

    /// A stand-in for a user's name in the log. Keyed, so that nobody can try names against it.
    pub fn pseudonym(&self, user: &str) -> Digest {
        let mut bytes = [0; 32];
        let tag = hmac::sign(&self.pseudonyms, user.as_bytes());
        bytes.iter_mut().zip(tag.as_ref()).for_each(|(to, from)| *to = *from);
        Digest::new(bytes)
    }

    fn wrap_context(&self, request: RequestId) -> Vec<u8> {
        let mut context = b"redoubt payload key v1\0".to_vec();
        context.extend_from_slice(request.as_bytes());
        context.extend_from_slice(self.tenant.as_str().as_bytes());
        context
    }
}

impl PayloadKey {
    /// Seals a payload. The digest of the result is its name in the log and in the blob store.
    pub fn seal(&self, side: Side, payload: &Payload, entropy: &dyn Entropy) -> Result<Bytes, PayloadError> {
        let Payload { received, sent } = payload;
        let sent_len = sent.as_ref().map_or(0, Bytes::len);
        let mut plain = Vec::with_capacity(1 + NONCE_LEN + 9 + received.len() + sent_len + TAG_LEN);
        plain.push(u8::from(sent.is_some()));
        plain.extend_from_slice(&u64::try_from(received.len()).unwrap_or(u64::MAX).to_be_bytes());
        plain.extend_from_slice(received);
        plain.extend_from_slice(sent.as_deref().unwrap_or_default());
        seal(&self.key, &self.context(side), plain, entropy)
    }

    /// Opens a payload that was sealed under this key for this side.
    pub fn open(&self, side: Side, sealed: &[u8]) -> Result<Payload, PayloadError> {
        let plain = Bytes::from(open(&self.key, &self.context(side), sealed)?);
        let (&has_sent, rest) = plain.split_first().ok_or(PayloadError::Damaged)?;
        let (length, bodies) = rest.split_first_chunk::<8>().ok_or(PayloadError::Damaged)?;
        let length = usize::try_from(u64::from_be_bytes(*length)).map_err(|_| PayloadError::Damaged)?;
        let (received, sent) = bodies.split_at_checked(length).ok_or(PayloadError::Damaged)?;
        match has_sent {
            0 if sent.is_empty() => Ok(Payload { received: plain.slice_ref(received), sent: None }),
            1 => Ok(Payload { received: plain.slice_ref(received), sent: Some(plain.slice_ref(sent)) }),
            _ => Err(PayloadError::Damaged),
        }
    }

    /// Wraps the key once more, for another tenant key or a new master key.
    pub fn wrap(&self, tenant: &TenantKey, entropy: &dyn Entropy) -> Result<WrappedKey, PayloadError> {
        let context = tenant.wrap_context(self.request);
        seal(&tenant.wrapping, &context, self.secret.expose().to_vec(), entropy).map(WrappedKey)
    }

    fn context(&self, side: Side) -> Vec<u8> {
        let mut context = b"redoubt payload v1\0".to_vec();
        context.extend_from_slice(self.request.as_bytes());
        context.push(match side {
            Side::Request => 0,
            Side::Answer => 1,
        });
        context
    }
}

impl WrappedKey {
    /// The form in which it is stored.
    pub fn as_bytes(&self) -> &Bytes {
        &self.0
    }

    /// From the form in which it was stored; whether it opens shows when it is unwrapped.
    pub fn from_bytes(bytes: Bytes) -> Self {
        Self(bytes)
    }
}

fn cipher(key: &[u8; KEY_LEN]) -> Result<LessSafeKey, PayloadError> {
    Ok(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).map_err(|_| PayloadError::Seal)?))
}

/// version (1) | nonce (12) | ciphertext | tag (16). A random nonce is safe here: a request's key seals two
/// payloads, and a tenant's key would have to wrap 2^32 keys before a repetition becomes likely enough to
/// matter (NIST SP 800-38D, section 8.3).
fn seal(key: &LessSafeKey, context: &[u8], mut plain: Vec<u8>, entropy: &dyn Entropy) -> Result<Bytes, PayloadError> {
    let mut nonce = [0; NONCE_LEN];
    entropy.fill(&mut nonce);
    let tag = key.seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(context), &mut plain);
    let tag = tag.map_err(|_| PayloadError::Seal)?;
    let mut sealed = Vec::with_capacity(1 + NONCE_LEN + plain.len() + TAG_LEN);
    sealed.push(VERSION);
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(&plain);
    sealed.extend_from_slice(tag.as_ref());
    Ok(sealed.into())
}

fn open(key: &LessSafeKey, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, PayloadError> {
    let (&version, rest) = sealed.split_first().ok_or(PayloadError::Damaged)?;
    if version != VERSION {
        return Err(PayloadError::Version);
    }
    let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>().ok_or(PayloadError::Damaged)?;
    let mut body = body.to_vec();
    let opened = key.open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(context), &mut body);
    let length = opened.map_err(|_| PayloadError::Damaged)?.len();
    body.truncate(length);
    Ok(body)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::*;

    /// Counts up: unpredictable enough for a test, and never the same twice.
    #[derive(Default)]
    struct Counting(AtomicU8);

    impl Entropy for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.iter_mut().for_each(|byte| *byte = self.0.fetch_add(1, Ordering::Relaxed));
        }
    }

    fn tenant(name: &str) -> TenantKey {
        MasterKey::new(Secret::new([9; 32])).tenant(&TenantId::parse(name).unwrap()).unwrap()
    }

    fn request(n: u8) -> RequestId {
        RequestId::new(redoubt_domain::Timestamp::from_micros(1_000), [n; 10])
    }

    fn payload() -> Payload {
        Payload {
            received: Bytes::from_static(b"my card is 4111"),
            sent: Some(Bytes::from_static(b"my card is [CARD]")),
        }
    }

    #[test]
    fn a_payload_opens_with_its_wrapped_key() {
        let entropy = Counting::default();
        let (key, wrapped) = tenant("acme").payload_key(request(1), &entropy).unwrap();
        for payload in [payload(), Payload { sent: None, ..payload() }, Payload { received: Bytes::new(), sent: None }]
        {
            let sealed = key.seal(Side::Request, &payload, &entropy).unwrap();
            let again = tenant("acme").unwrap(request(1), &WrappedKey::from_bytes(wrapped.as_bytes().clone())).unwrap();
            assert_eq!(again.open(Side::Request, &sealed).unwrap(), payload);
            assert!(!sealed.windows(4).any(|window| window == b"4111"));
        }
    }

    #[test]
    fn nothing_opens_for_another_tenant_request_or_side() {
        let entropy = Counting::default();
        let (key, wrapped) = tenant("acme").payload_key(request(1), &entropy).unwrap();
        assert!(matches!(tenant("other").unwrap(request(1), &wrapped), Err(PayloadError::Damaged)));
        assert!(matches!(tenant("acme").unwrap(request(2), &wrapped), Err(PayloadError::Damaged)));
        let other = MasterKey::new(Secret::new([8; 32])).tenant(&TenantId::parse("acme").unwrap()).unwrap();
        assert!(matches!(other.unwrap(request(1), &wrapped), Err(PayloadError::Damaged)));

        let sealed = key.seal(Side::Request, &payload(), &entropy).unwrap();
        assert_eq!(key.open(Side::Answer, &sealed), Err(PayloadError::Damaged));
        let (second, _) = tenant("acme").payload_key(request(1), &entropy).unwrap();
        assert_eq!(second.open(Side::Request, &sealed), Err(PayloadError::Damaged));
    }

    #[test]
    fn every_changed_or_missing_byte_is_noticed() {
        let entropy = Counting::default();
        let (key, wrapped) = tenant("acme").payload_key(request(1), &entropy).unwrap();
        let sealed = key.seal(Side::Answer, &payload(), &entropy).unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.to_vec();
            changed[at] ^= 1;
            assert!(key.open(Side::Answer, &changed).is_err(), "byte {at}");
            assert!(key.open(Side::Answer, &sealed[..at]).is_err(), "cut at {at}");
        }
        for at in 0..wrapped.as_bytes().len() {
            let mut changed = wrapped.as_bytes().to_vec();
            changed[at] ^= 1;
            assert!(tenant("acme").unwrap(request(1), &WrappedKey::from_bytes(changed.into())).is_err(), "byte {at}");
        }
    }

    #[test]
    fn a_key_can_be_wrapped_for_a_new_master() {
        let entropy = Counting::default();
        let (key, _) = tenant("acme").payload_key(request(1), &entropy).unwrap();
        let sealed = key.seal(Side::Request, &payload(), &entropy).unwrap();
        let renewed = MasterKey::new(Secret::new([8; 32])).tenant(&TenantId::parse("acme").unwrap()).unwrap();
        let wrapped = key.wrap(&renewed, &entropy).unwrap();
        assert_eq!(renewed.unwrap(request(1), &wrapped).unwrap().open(Side::Request, &sealed).unwrap(), payload());
    }

    #[test]
    fn a_pseudonym_is_the_same_within_a_tenant_only() {
        assert_eq!(tenant("acme").pseudonym("ann@example.com"), tenant("acme").pseudonym("ann@example.com"));
        assert_ne!(tenant("acme").pseudonym("ann@example.com"), tenant("other").pseudonym("ann@example.com"));
        assert_ne!(tenant("acme").pseudonym("ann@example.com"), tenant("acme").pseudonym("bob@example.com"));
    }
}
