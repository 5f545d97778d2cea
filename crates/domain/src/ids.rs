//! Names and identifiers: text becomes a type that cannot be wrong, once, at the door.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

use crate::time::Timestamp;

/// Why a text is not a name.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum NameError {
    /// The text is empty.
    #[error("a {kind} must not be empty")]
    Empty {
        /// What was being named.
        kind: &'static str,
    },
    /// The text is longer than the bound.
    #[error("a {kind} has at most {max} bytes, this has {actual}")]
    TooLong {
        /// What was being named.
        kind: &'static str,
        /// The bound in bytes.
        max: usize,
        /// The length in bytes.
        actual: usize,
    },
    /// The text holds a character that names may not hold.
    #[error("a {kind} must not contain {character:?}")]
    Character {
        /// What was being named.
        kind: &'static str,
        /// The first character that is not allowed.
        character: char,
    },
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $max:literal, $allowed:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Parses `text`, which must be short and of the allowed characters.
            pub fn parse(text: &str) -> Result<Self, NameError> {
                const KIND: &str = $kind;
                if text.is_empty() {
                    return Err(NameError::Empty { kind: KIND });
                }
                if text.len() > $max {
                    return Err(NameError::TooLong { kind: KIND, max: $max, actual: text.len() });
                }
                let allowed: fn(char) -> bool = $allowed;
                match text.chars().find(|&c| !allowed(c)) {
                    Some(character) => Err(NameError::Character { kind: KIND, character }),
                    None => Ok(Self(Arc::from(text))),
                }
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }
    };
}

fn is_slug(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

name!(
    /// A customer, team or other unit whose data never meets another's.
    TenantId, "tenant", 64, is_slug
);
name!(
    /// The public part of a virtual key; the secret part is never stored.
    KeyId, "key id", 64, is_slug
);
name!(
    /// A person or program behind a key, as the caller names it.
    UserId, "user", 256, |c| !c.is_control()
);
name!(
    /// A model as a caller or an upstream names it, such as `gpt-5` or `anthropic/claude`.
    ModelName, "model name", 256, |c| !c.is_control() && !c.is_whitespace()
);

/// Names one request: a UUID version 7 (RFC 9562), so that ids sort by time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId([u8; 16]);

impl RequestId {
    /// Makes an id from a time and ten random bytes.
    pub fn new(at: Timestamp, random: [u8; 10]) -> Self {
        let [.., t0, t1, t2, t3, t4, t5] = at.millis().to_be_bytes();
        let [r0, r1, r2, r3, r4, r5, r6, r7, r8, r9] = random;
        Self([t0, t1, t2, t3, t4, t5, 0x70 | (r0 & 0x0f), r1, 0x80 | (r2 & 0x3f), r3, r4, r5, r6, r7, r8, r9])
    }

    /// Reads the usual form of a UUID, 36 characters with hyphens.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let hyphens_right = bytes.len() == 36 && [8, 13, 18, 23].iter().all(|&i| bytes.get(i) == Some(&b'-'));
        if !hyphens_right {
            return None;
        }
        let mut digits = text.chars().filter(|&c| c != '-').map(|c| c.to_digit(16));
        let mut id = [0_u8; 16];
        for byte in &mut id {
            let (high, low) = (digits.next()??, digits.next()??);
            *byte = u8::try_from(high * 16 + low).ok()?;
        }
        digits.next().is_none().then_some(Self(id))
    }

    /// The sixteen bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // In one piece: whoever makes a string of it allocates once.
        let mut text = [b'-'; 36];
        let places = text.iter_mut().enumerate().filter(|(at, _)| !matches!(at, 8 | 13 | 18 | 23));
        for ((_, place), digit) in places.zip(hex::<16, 32>(&self.0)) {
            *place = digit;
        }
        f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A SHA-256 digest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// From the 32 bytes of the digest.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 64 {
            return None;
        }
        let mut digits = text.chars().map(|c| c.to_digit(16));
        let mut bytes = [0_u8; 32];
        for byte in &mut bytes {
            let (high, low) = (digits.next()??, digits.next()??);
            *byte = u8::try_from(high * 16 + low).ok()?;
        }
        Some(Self(bytes))
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = hex::<32, 64>(&self.0);
        f.write_str(std::str::from_utf8(&digits).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The hexadecimal digits of `bytes`, all at once: several of them are written for each request, and a call of
/// the formatter for each byte would cost more than hashing the body.
fn hex<const BYTES: usize, const DIGITS: usize>(bytes: &[u8; BYTES]) -> [u8; DIGITS] {
    const { assert!(DIGITS == 2 * BYTES, "a byte has two digits") };
    let digit = |nibble: u8| nibble + if nibble < 10 { b'0' } else { b'a' - 10 };
    let mut digits = [0; DIGITS];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(bytes) {
        pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 0x0f)]);
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_ids_sort_by_time_and_read_back() {
        let early = RequestId::new(Timestamp::from_micros(1_000_000), [0xff; 10]);
        let late = RequestId::new(Timestamp::from_micros(2_000_000), [0; 10]);
        assert!(early < late);
        assert_eq!(RequestId::parse(&early.to_string()), Some(early));
        assert_eq!(early.to_string().as_bytes().get(14), Some(&b'7'));
        for wrong in ["", "x", "0197b0f2-0000-7000-8000-00000000000", "0197b0f2-0000-7000-8000-00000000000g"] {
            assert_eq!(RequestId::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn names_refuse_what_would_be_ambiguous() {
        assert!(TenantId::parse("acme-eu.1").is_ok());
        assert_eq!(TenantId::parse(""), Err(NameError::Empty { kind: "tenant" }));
        assert_eq!(TenantId::parse("a/b"), Err(NameError::Character { kind: "tenant", character: '/' }));
        assert!(matches!(TenantId::parse(&"x".repeat(65)), Err(NameError::TooLong { actual: 65, .. })));
        assert!(ModelName::parse("openai/gpt-5:latest").is_ok());
        assert!(ModelName::parse("two words").is_err());
    }

    #[test]
    fn digests_read_back() {
        let digest = Digest::new([0xab; 32]);
        assert_eq!(Digest::parse(&digest.to_string()), Some(digest));
        assert_eq!(Digest::parse("ab"), None);
        let counted = Digest::new(std::array::from_fn(|at| u8::try_from(at * 8).unwrap()));
        assert_eq!(counted.to_string(), "0008101820283038404850586068707880889098a0a8b0b8c0c8d0d8e0e8f0f8");
    }
}
