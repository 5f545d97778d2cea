//! Ed25519 keys of C2SP signed notes.

use std::fmt;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use redoubt_domain::Secret;
use thiserror::Error;

use crate::tree::sha256;

/// The signature type byte that C2SP signed-note gives to Ed25519.
const ED25519_TYPE: u8 = 1;

/// Why something is not a key.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum KeyError {
    /// The name does not fit into a signature line.
    #[error("`{0}` cannot name a key: it must not be empty or hold white space or `+`")]
    Name(String),
    /// The text is not `name+id+key`.
    #[error("a verifier key is `name+id+key` with the id in eight hexadecimal digits and the key in base64")]
    Form,
    /// The key is of a kind that Redoubt does not use.
    #[error("the key is not an Ed25519 key")]
    Algorithm,
    /// The id does not belong to the name and key.
    #[error("the key id is {given:08x}, but the name and key have {actual:08x}; the key was mistyped or changed")]
    Id {
        /// The id in the text.
        given: u32,
        /// The id computed from name and key.
        actual: u32,
    },
}

/// Signs checkpoints.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    verifier: VerifierKey,
}

impl SigningKey {
    /// The key made from a secret seed. `name` goes into every checkpoint as the log's origin.
    pub fn from_seed(name: &str, seed: &Secret<[u8; 32]>) -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.expose()).map_err(|_| KeyError::Algorithm)?;
        let public = pair.public_key().as_ref().try_into().map_err(|_| KeyError::Algorithm)?;
        let verifier = VerifierKey::new(name, public)?;
        Ok(Self { pair, verifier })
    }

    /// The public half.
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// The Ed25519 signature over `message`.
    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        let mut signature = [0; 64];
        let signed = self.pair.sign(message);
        signature.iter_mut().zip(signed.as_ref()).for_each(|(to, from)| *to = *from);
        signature
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.verifier)
    }
}

/// Checks checkpoints. Its text form, `name+id+base64`, is that of C2SP signed-note, and may be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    public: [u8; 32],
    id: u32,
}

impl VerifierKey {
    /// The key with this name and these Ed25519 public key bytes.
    pub fn new(name: &str, public: [u8; 32]) -> Result<Self, KeyError> {
        if name.is_empty() || name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+') {
            return Err(KeyError::Name(name.to_owned()));
        }
        let mut hashed = Vec::with_capacity(name.len() + 34);
        hashed.extend_from_slice(name.as_bytes());
        hashed.extend_from_slice(&[b'\n', ED25519_TYPE]);
        hashed.extend_from_slice(&public);
        let [a, b, c, d, ..] = *sha256(&hashed).as_bytes();
        Ok(Self { name: name.to_owned(), public, id: u32::from_be_bytes([a, b, c, d]) })
    }

    /// Reads the text form and checks the id against name and key.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let (name, rest) = text.trim().split_once('+').ok_or(KeyError::Form)?;
        // The key follows the second plus; base64 may hold more of them.
        let (id, key) = rest.split_once('+').ok_or(KeyError::Form)?;
        if id.len() != 8 || !id.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(KeyError::Form);
        }
        let given = u32::from_str_radix(id, 16).map_err(|_| KeyError::Form)?;
        let bytes = BASE64.decode(key).map_err(|_| KeyError::Form)?;
        let (&kind, public) = bytes.split_first().ok_or(KeyError::Form)?;
        if kind != ED25519_TYPE {
            return Err(KeyError::Algorithm);
        }
        let key = Self::new(name, public.try_into().map_err(|_| KeyError::Algorithm)?)?;
        if key.id != given {
            return Err(KeyError::Id { given, actual: key.id });
        }
        Ok(key)
    }

    /// The name, which is also the log's origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first four bytes of the hash over name and key, which stand before each signature.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// The Ed25519 public key.
    pub fn public_key(&self) -> &[u8; 32] {
        &self.public
    }

    /// Whether `signature` over `message` is this key's.
    pub(crate) fn accepts(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.public).verify(message, signature).is_ok()
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![ED25519_TYPE];
        key.extend_from_slice(&self.public);
        write!(f, "{}+{:08x}+{}", self.name, self.id, BASE64.encode(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The verifier key in the documentation of Go's `golang.org/x/mod/sumdb/note`.
    const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

    #[test]
    fn a_published_key_reads_back() {
        let key = VerifierKey::parse(PETER).unwrap();
        assert_eq!((key.name(), key.id()), ("PeterNeumann", 0xc74f_20a3));
        assert_eq!(key.to_string(), PETER);
    }

    #[test]
    fn damaged_keys_are_refused() {
        for (text, expected) in [
            ("PeterNeumann", KeyError::Form),
            ("PeterNeumann+c74f20a3", KeyError::Form),
            ("PeterNeumann+c74f20+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", KeyError::Form),
            ("+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", KeyError::Name(String::new())),
            ("PeterNeumann+c74f20a3+AhpcAA==", KeyError::Algorithm),
            (
                "PeterNewmann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
                KeyError::Id { given: 0xc74f_20a3, actual: 0 },
            ),
        ] {
            let error = VerifierKey::parse(text).unwrap_err();
            assert_eq!(std::mem::discriminant(&error), std::mem::discriminant(&expected), "{text}: {error}");
        }
    }

    #[test]
    fn a_name_that_would_break_the_note_is_refused() {
        for name in ["", "a b", "a+b", "a\nb", "a\u{a0}b"] {
            assert!(SigningKey::from_seed(name, &Secret::new([7; 32])).is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_signature_holds_for_its_message_alone() {
        let key = SigningKey::from_seed("example.com/log", &Secret::new([7; 32])).unwrap();
        let signature = key.sign(b"message");
        assert!(key.verifier().accepts(b"message", &signature));
        assert!(!key.verifier().accepts(b"massage", &signature));
        assert!(!key.verifier().accepts(b"message", &signature[..63]));
        assert!(!format!("{key:?}").contains("seed"));
    }
}
