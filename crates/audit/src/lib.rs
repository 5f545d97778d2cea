//! The audit log as values: entries, the Merkle tree over them, signed checkpoints, proofs, the verifier,
//! and the sealing of payloads.
//!
//! ```text
//! Entry -> canonical JSON -> (the journal, elsewhere) -> Publisher -> tiles, then a signed checkpoint
//!                                                                        |
//!                               anyone with the public key: verify, prove, verify_proof
//! ```
//!
//! The published form is a C2SP tlog-tiles log: RFC 6962 hashing, Ed25519 signed-note checkpoints, entries
//! in RFC 8785 canonical JSON. Nothing here does I/O, tells the time or makes randomness: bytes come in
//! through a [`Fetch`] closure or as arguments.

pub mod canonical;
pub mod checkpoint;
pub mod entry;
pub mod key;
pub mod open;
pub mod payload;
pub mod proof;
pub mod publisher;
pub mod read;
pub mod tile;
pub mod tree;
pub mod verify;

pub use checkpoint::{CHECKPOINT_PATH, Checkpoint, CheckpointError};
pub use entry::{
    BodyEntry, CompletionEntry, DecisionEntry, Entry, EntryError, EventEntry, EventKind, FindingEntry,
    InterruptedEntry, Outcome, RequestEntry, Turn, UnscannedEntry,
};
pub use key::{KeyError, SigningKey, VerifierKey};
pub use open::OpenRequests;
pub use payload::{MasterKey, Payload, PayloadError, PayloadKey, Side, TenantKey, WrappedKey};
pub use proof::{Proof, ProofError, Proven, prove, verify_proof};
pub use publisher::{Publication, Publisher, PublisherError};
pub use read::{Fetch, FetchError, Gathered, ReadError};
pub use tree::sha256;
pub use verify::{Fault, Report, verify, verify_superseded};
