//! Elliptic-curve keys in PEM (RFC 7468): private ones as PKCS #8 (RFC 5958) or RFC 5915, public ones as
//! SubjectPublicKeyInfo (RFC 5480).

use std::fmt;

use aws_lc_rs::rand::SecureRandom;
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, EcdsaVerificationAlgorithm, KeyPair as _, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use redoubt_domain::{Digest, Secret};
use thiserror::Error;
use zeroize::Zeroizing;

use super::manifest::sha256;

/// A key is a few hundred bytes; a file of this size is something else.
const PEM_BYTES_MAX: usize = 1 << 16;

/// Why something is not a key.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum KeyError {
    /// There is no PEM block of the wanted kind.
    #[error("this is no {0} key in PEM")]
    Form(&'static str),
    /// The key has a password.
    #[error("the private key is encrypted; decrypt it with `openssl pkcs8`, into a file that only you can read")]
    Encrypted,
    /// It is of another kind.
    #[error("the key is of none of the curves P-256, P-384 and P-521, or its point is compressed")]
    Curve,
    /// The randomness failed.
    #[error("no key could be made")]
    Generate,
}

/// The curves of the format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    /// NIST P-256, with SHA-256.
    P256,
    /// NIST P-384, with SHA-384.
    P384,
    /// NIST P-521, with SHA-512.
    P521,
}

impl Curve {
    /// Every curve, smallest first.
    pub const ALL: [Self; 3] = [Self::P256, Self::P384, Self::P521];

    fn signing(self) -> &'static EcdsaSigningAlgorithm {
        match self {
            Self::P256 => &signature::ECDSA_P256_SHA256_ASN1_SIGNING,
            Self::P384 => &signature::ECDSA_P384_SHA384_ASN1_SIGNING,
            Self::P521 => &signature::ECDSA_P521_SHA512_ASN1_SIGNING,
        }
    }

    fn verification(self) -> &'static EcdsaVerificationAlgorithm {
        match self {
            Self::P256 => &signature::ECDSA_P256_SHA256_ASN1,
            Self::P384 => &signature::ECDSA_P384_SHA384_ASN1,
            Self::P521 => &signature::ECDSA_P521_SHA512_ASN1,
        }
    }

    /// What stands before the uncompressed point in a SubjectPublicKeyInfo of this curve.
    fn prefix(self) -> &'static [u8] {
        match self {
            Self::P256 => b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00",
            Self::P384 => b"\x30\x76\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22\x03\x62\x00",
            Self::P521 => b"\x30\x81\x9b\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x23\x03\x81\x86\x00",
        }
    }

    /// Bytes of an uncompressed point: 4, x, y.
    fn point_bytes(self) -> usize {
        match self {
            Self::P256 => 65,
            Self::P384 => 97,
            Self::P521 => 133,
        }
    }
}

/// Signs models.
pub struct SigningKey {
    pair: EcdsaKeyPair,
    public: PublicKey,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({:?})", self.public)
    }
}

impl SigningKey {
    /// Reads `PRIVATE KEY` or `EC PRIVATE KEY`.
    ///
    /// # Errors
    /// [`KeyError`] if it is another thing, has a password or is of another curve.
    pub fn from_pem(pem: &Secret<Vec<u8>>) -> Result<Self, KeyError> {
        let text = std::str::from_utf8(pem.expose()).map_err(|_| KeyError::Form("private"))?;
        if text.contains("ENCRYPTED") {
            return Err(KeyError::Encrypted);
        }
        let der =
            block(text, "PRIVATE KEY").or_else(|| block(text, "EC PRIVATE KEY")).ok_or(KeyError::Form("private"))?;
        Curve::ALL.into_iter().find_map(|curve| Self::from_der(curve, &der).ok()).ok_or(KeyError::Curve)
    }

    fn from_der(curve: Curve, der: &[u8]) -> Result<Self, KeyError> {
        let pair = EcdsaKeyPair::from_private_key_der(curve.signing(), der).map_err(|_| KeyError::Curve)?;
        let public = PublicKey::new(curve, pair.public_key().as_ref())?;
        Ok(Self { pair, public })
    }

    /// Makes a key, and its PEM, in which it is kept.
    ///
    /// # Errors
    /// [`KeyError::Generate`] if there is no randomness.
    pub fn generate(curve: Curve, random: &dyn SecureRandom) -> Result<(Self, Secret<Vec<u8>>), KeyError> {
        let der = EcdsaKeyPair::generate_pkcs8(curve.signing(), random).map_err(|_| KeyError::Generate)?;
        let key = Self::from_der(curve, der.as_ref())?;
        Ok((key, Secret::new(pem("PRIVATE KEY", der.as_ref()).into_bytes())))
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The ECDSA signature over `message`, in DER.
    pub(super) fn sign(&self, message: &[u8], random: &dyn SecureRandom) -> Option<Vec<u8>> {
        Some(self.pair.sign(random, message).ok()?.as_ref().to_vec())
    }
}

/// Verifies models.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    curve: Curve,
    /// The uncompressed point.
    point: Vec<u8>,
}

impl PublicKey {
    fn new(curve: Curve, point: &[u8]) -> Result<Self, KeyError> {
        if point.len() != curve.point_bytes() || point.first() != Some(&4) {
            return Err(KeyError::Curve);
        }
        Ok(Self { curve, point: point.to_vec() })
    }

    /// Reads `PUBLIC KEY`.
    ///
    /// # Errors
    /// [`KeyError`] if it is another thing or of another curve.
    pub fn from_pem(pem: &[u8]) -> Result<Self, KeyError> {
        let text = std::str::from_utf8(pem).map_err(|_| KeyError::Form("public"))?;
        let der = block(text, "PUBLIC KEY").ok_or(KeyError::Form("public"))?;
        let found = Curve::ALL.into_iter().find_map(|curve| Some((curve, der.strip_prefix(curve.prefix())?)));
        let (curve, point) = found.ok_or(KeyError::Curve)?;
        Self::new(curve, point)
    }

    /// The key as `PUBLIC KEY`, as OpenSSL writes it.
    pub fn to_pem(&self) -> String {
        pem("PUBLIC KEY", &[self.curve.prefix(), &self.point].concat())
    }

    /// What a bundle calls the key: SHA-256 of its PEM.
    pub fn hint(&self) -> Digest {
        sha256(self.to_pem().as_bytes())
    }

    /// Whether `signature`, in DER, is this key's over `message`.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(self.curve.verification(), &self.point).verify(message, signature).is_ok()
    }
}

/// The content of the first PEM block with this label.
fn block(text: &str, label: &str) -> Option<Zeroizing<Vec<u8>>> {
    if text.len() > PEM_BYTES_MAX {
        return None;
    }
    let (_, rest) = text.split_once(&format!("-----BEGIN {label}-----"))?;
    let (body, _) = rest.split_once(&format!("-----END {label}-----"))?;
    let body: Zeroizing<String> = Zeroizing::new(body.split_whitespace().collect());
    BASE64.decode(body.as_bytes()).ok().map(Zeroizing::new)
}

/// A PEM block, with lines of 64 characters.
fn pem(label: &str, der: &[u8]) -> String {
    let body = Zeroizing::new(BASE64.encode(der));
    // Room for everything, so that growing leaves no copy of a secret behind.
    let mut text = String::with_capacity(body.len() + body.len() / 64 + 2 * label.len() + 64);
    text.push_str(&format!("-----BEGIN {label}-----\n"));
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at_checked(64).unwrap_or((rest, ""));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text
}
