//! What the log was at one size, signed: C2SP tlog-checkpoint in a C2SP signed note.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use redoubt_domain::Digest;
use thiserror::Error;

use crate::key::{SigningKey, VerifierKey};

/// Where the newest checkpoint lies.
pub const CHECKPOINT_PATH: &str = "checkpoint";

/// A note of this many bytes has room for dozens of witnesses.
const NOTE_BYTES_MAX: usize = 64 << 10;

/// Why bytes are not a checkpoint of this log.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum CheckpointError {
    /// The bytes do not have the form of a signed note with a checkpoint.
    #[error("the checkpoint is malformed: {0}")]
    Form(&'static str),
    /// The checkpoint is another log's.
    #[error("the checkpoint is of the log `{found}`, not of `{expected}`")]
    Origin {
        /// The origin in the checkpoint.
        found: String,
        /// The name of the key.
        expected: String,
    },
    /// No signature is by this key.
    #[error("the checkpoint is not signed by the key `{0}`")]
    Unsigned(String),
    /// The signature does not fit the text.
    #[error("the signature by `{0}` does not fit: the checkpoint was changed or the key is not the one it names")]
    Signature(String),
}

/// The log at one size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name.
    pub origin: String,
    /// How many entries it has.
    pub size: u64,
    /// The root of the Merkle tree over them.
    pub root: Digest,
}

impl Checkpoint {
    /// The text that is signed.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, BASE64.encode(self.root.as_bytes()))
    }

    /// The signed note.
    pub fn sign(&self, key: &SigningKey) -> Bytes {
        let text = self.text();
        let mut line = key.verifier().id().to_be_bytes().to_vec();
        line.extend_from_slice(&key.sign(text.as_bytes()));
        Bytes::from(format!("{text}\n\u{2014} {} {}\n", key.verifier().name(), BASE64.encode(line)))
    }

    /// Reads a signed note, and insists on a signature by `key`. Signatures by others, such as witnesses,
    /// are passed over.
    pub fn open(note: &[u8], key: &VerifierKey) -> Result<Self, CheckpointError> {
        if note.len() > NOTE_BYTES_MAX {
            return Err(CheckpointError::Form("it is too large"));
        }
        let note = std::str::from_utf8(note).map_err(|_| CheckpointError::Form("it is not UTF-8"))?;
        if note.chars().any(|c| c < ' ' && c != '\n') {
            return Err(CheckpointError::Form("it holds a control character"));
        }
        // The text may hold empty lines, so the signatures begin after the last one.
        let at = note.rfind("\n\n").ok_or(CheckpointError::Form("it has no signatures"))?;
        let (text, rest) = note.split_at_checked(at + 1).ok_or(CheckpointError::Form("it has no signatures"))?;
        check_signatures(text, rest.strip_prefix('\n').unwrap_or(rest), key)?;
        let checkpoint = Self::parse(text)?;
        if checkpoint.origin != key.name() {
            return Err(CheckpointError::Origin { found: checkpoint.origin, expected: key.name().to_owned() });
        }
        Ok(checkpoint)
    }

    /// Reads the text of a checkpoint. Extension lines may follow; they mean nothing to us.
    fn parse(text: &str) -> Result<Self, CheckpointError> {
        let body = text.strip_suffix('\n').ok_or(CheckpointError::Form("its last line does not end"))?;
        let mut lines = body.split('\n');
        let origin = lines.next().filter(|line| !line.is_empty()).ok_or(CheckpointError::Form("it has no origin"))?;
        let digits = lines.next().ok_or(CheckpointError::Form("it has no size"))?;
        let size: u64 = digits.parse().map_err(|_| CheckpointError::Form("its size is not a number"))?;
        if size.to_string() != digits {
            return Err(CheckpointError::Form("its size is not written plainly"));
        }
        let root = lines.next().and_then(parse_hash).ok_or(CheckpointError::Form("its root is not a hash"))?;
        if lines.any(str::is_empty) {
            return Err(CheckpointError::Form("it has an empty line"));
        }
        Ok(Self { origin: origin.to_owned(), size, root })
    }
}

/// Reads a hash in base64.
pub(crate) fn parse_hash(text: &str) -> Option<Digest> {
    Some(Digest::new(BASE64.decode(text).ok()?.try_into().ok()?))
}

fn check_signatures(text: &str, signatures: &str, key: &VerifierKey) -> Result<(), CheckpointError> {
    let lines = signatures.strip_suffix('\n').ok_or(CheckpointError::Form("its last line does not end"))?;
    let mut signed = false;
    for line in lines.split('\n') {
        const FORM: CheckpointError = CheckpointError::Form("a signature line is not `\u{2014} name base64`");
        let (name, encoded) = line.strip_prefix("\u{2014} ").and_then(|line| line.split_once(' ')).ok_or(FORM)?;
        let bytes = BASE64.decode(encoded).map_err(|_| FORM)?;
        let (id, signature) = bytes.split_first_chunk::<4>().ok_or(FORM)?;
        if name != key.name() || u32::from_be_bytes(*id) != key.id() {
            continue;
        }
        if !key.accepts(text.as_bytes(), signature) {
            return Err(CheckpointError::Signature(key.name().to_owned()));
        }
        signed = true;
    }
    if signed { Ok(()) } else { Err(CheckpointError::Unsigned(key.name().to_owned())) }
}

#[cfg(test)]
mod tests {
    use redoubt_domain::Secret;

    use super::*;
    use crate::tree::sha256;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed("example.com/log", &Secret::new([seed; 32])).unwrap()
    }

    fn checkpoint() -> Checkpoint {
        Checkpoint { origin: "example.com/log".to_owned(), size: 42, root: sha256(b"root") }
    }

    #[test]
    fn a_signed_checkpoint_reads_back() {
        let note = checkpoint().sign(&key(1));
        assert_eq!(Checkpoint::open(&note, key(1).verifier()).unwrap(), checkpoint());
    }

    #[test]
    fn signatures_of_others_are_passed_over() {
        let mut note = checkpoint().sign(&key(1)).to_vec();
        note.extend_from_slice("\u{2014} witness.example AAAAAAAA\n".as_bytes());
        assert_eq!(Checkpoint::open(&note, key(1).verifier()).unwrap(), checkpoint());
        assert!(matches!(Checkpoint::open(&note, key(2).verifier()), Err(CheckpointError::Unsigned(_))));
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let note = checkpoint().sign(&key(1)).to_vec();
        for at in 0..note.len() {
            for flip in [0x01, 0x20, 0x80] {
                let mut changed = note.clone();
                changed[at] ^= flip;
                assert!(Checkpoint::open(&changed, key(1).verifier()).is_err(), "byte {at} with {flip:#x}");
            }
        }
        for end in 0..note.len() {
            assert!(Checkpoint::open(&note[..end], key(1).verifier()).is_err(), "cut at {end}");
        }
    }

    #[test]
    fn another_origin_under_the_same_key_is_refused() {
        let other = Checkpoint { origin: "example.com/other".to_owned(), ..checkpoint() };
        assert!(matches!(
            Checkpoint::open(&other.sign(&key(1)), key(1).verifier()),
            Err(CheckpointError::Origin { .. })
        ));
    }
}
