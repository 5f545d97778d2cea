//! Proofs that one entry is in the log, in the text form of C2SP tlog-proof.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use redoubt_domain::Digest;
use thiserror::Error;

use crate::checkpoint::{CHECKPOINT_PATH, Checkpoint, CheckpointError, parse_hash};
use crate::key::VerifierKey;
use crate::read::{self, Fetch, ReadError, TiledNodes};
use crate::tree::{inclusion_proof, is_included, leaf_hash};

const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// Why a proof does not prove.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ProofError {
    /// The text is not a tlog-proof.
    #[error("the proof is malformed: {0}")]
    Form(&'static str),
    /// The proof carries no entry and none was given.
    #[error("the proof does not carry its entry; give the entry beside it")]
    NoEntry,
    /// The checkpoint is not this log's.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The hashes do not lead from the entry to the signed root.
    #[error("entry {index} is not in the log that the checkpoint signs: the entry or the proof was changed")]
    NotIncluded {
        /// Where the proof says that the entry is.
        index: u64,
    },
}

/// What it takes to show an entry's place in the log to somebody who has the public key alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Where in the log.
    pub index: u64,
    /// The entry, in the proof's line of extra data.
    pub entry: Option<Bytes>,
    /// Sibling hashes from the leaf upwards.
    pub hashes: Vec<Digest>,
    /// The signed checkpoint, as it lay.
    pub checkpoint: String,
}

/// An entry that a proof has shown to be in the log; only [`verify_proof`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    index: u64,
    entry: Bytes,
    checkpoint: Checkpoint,
}

impl Proven {
    /// Where in the log.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The entry.
    pub fn entry(&self) -> &Bytes {
        &self.entry
    }

    /// The log that it is in.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }
}

/// Proves entry `index` to be in the published log.
pub fn prove(index: u64, key: &VerifierKey, fetch: &mut Fetch<'_>) -> Result<Proof, ReadError> {
    let Some((checkpoint, note)) = read::checkpoint(fetch, key)? else {
        return Err(ReadError::Missing { path: CHECKPOINT_PATH.to_owned() });
    };
    let size = checkpoint.size;
    if index >= size {
        return Err(ReadError::Beyond { index, size });
    }
    let entry = read::entries(fetch, size, index, 1)?.pop();
    let mut nodes = TiledNodes::new(fetch, size);
    let hashes = inclusion_proof(index, size, &mut |level, index| nodes.node(level, index))?;
    // `Checkpoint::open` has found it to be UTF-8.
    Ok(Proof { index, entry, hashes, checkpoint: String::from_utf8_lossy(&note).into_owned() })
}

/// Checks a proof against the log's public key. The entry is the one in the proof, or the one given.
pub fn verify_proof(text: &str, key: &VerifierKey, entry: Option<Bytes>) -> Result<Proven, ProofError> {
    let proof = Proof::parse(text)?;
    let checkpoint = Checkpoint::open(proof.checkpoint.as_bytes(), key)?;
    let entry = entry.or(proof.entry).ok_or(ProofError::NoEntry)?;
    if !is_included(proof.index, checkpoint.size, leaf_hash(&entry), &proof.hashes, checkpoint.root) {
        return Err(ProofError::NotIncluded { index: proof.index });
    }
    Ok(Proven { index: proof.index, entry, checkpoint })
}

impl Proof {
    /// The text form.
    pub fn to_text(&self) -> String {
        let mut text = format!("{HEADER}\n");
        if let Some(entry) = &self.entry {
            text.push_str(&format!("extra {}\n", BASE64.encode(entry)));
        }
        text.push_str(&format!("index {}\n", self.index));
        for hash in &self.hashes {
            text.push_str(&format!("{}\n", BASE64.encode(hash.as_bytes())));
        }
        text.push('\n');
        text.push_str(&self.checkpoint);
        text
    }

    /// Reads the text form.
    pub fn parse(text: &str) -> Result<Self, ProofError> {
        let (proof, checkpoint) = text.split_once("\n\n").ok_or(ProofError::Form("it has no checkpoint"))?;
        let mut lines = proof.split('\n').peekable();
        if lines.next() != Some(HEADER) {
            return Err(ProofError::Form("it does not begin with `c2sp.org/tlog-proof@v1`"));
        }
        let mut entry = None;
        if let Some(extra) = lines.next_if(|line| line.starts_with("extra ")) {
            let encoded = extra.strip_prefix("extra ").unwrap_or_default();
            entry = Some(BASE64.decode(encoded).map_err(|_| ProofError::Form("its extra data is not base64"))?.into());
        }
        let digits = lines.next().and_then(|line| line.strip_prefix("index "));
        let digits = digits.ok_or(ProofError::Form("it has no index"))?;
        let index: u64 = digits.parse().map_err(|_| ProofError::Form("its index is not a number"))?;
        if index.to_string() != digits {
            return Err(ProofError::Form("its index is not written plainly"));
        }
        let hashes = lines.map(|line| parse_hash(line).ok_or(ProofError::Form("one of its hashes is not a hash")));
        // A proof is as long as the tree is high.
        let hashes = hashes.take(65).collect::<Result<Vec<_>, _>>()?;
        if hashes.len() > 64 {
            return Err(ProofError::Form("it has more hashes than a tree can be high"));
        }
        Ok(Self { index, entry, hashes, checkpoint: checkpoint.to_owned() })
    }
}
