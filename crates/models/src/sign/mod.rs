//! Signatures of models, as the public tool `model-signing` 1.x makes and verifies them: a Sigstore bundle with a DSSE
//! envelope around an in-toto statement, signed with an elliptic-curve key.
//!
//! A manifest names every file with its SHA-256; its own digest is that of the files' digests in the order of their
//! paths. Of the tool's forms, files hashed whole with SHA-256 and keys of P-256, P-384 and P-521 are covered; shards,
//! other hashes, certificates and keyless signatures are refused by name.

mod bundle;
pub mod dsse;
mod key;
mod manifest;
mod statement;

pub use bundle::{SignError, SignedManifest, VerifyError, sign, verify};
pub use key::{Curve, KeyError, PublicKey, SigningKey};
pub use manifest::{Difference, GIT_PATHS, Hasher, Manifest, is_ignored, sha256};
