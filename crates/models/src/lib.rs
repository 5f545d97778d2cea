//! Model files: what they are, what is wrong with them, who signed them.
//!
//! ```text
//! a file ─scan→ Scanned: kind by its bytes, findings with their place, a verdict
//! a folder's digests ─Manifest→ sign → a Sigstore bundle, which the tool `model-signing` verifies
//! a bundle ─verify→ SignedManifest, which names what differs from the files that are there
//! ```
//!
//! Nothing here does I/O: bytes come through a [`Source`]. Nothing is ever loaded, made or called, and whatever cannot
//! be read to its end is not called clean.

mod archive;
mod finding;
mod graph;
mod json;
mod kind;
mod limits;
mod pickle;
mod report;
mod scan;
mod settings;
pub mod sign;
mod source;
mod weights;

pub use finding::{CODES, Code, Finding, Place, Verdict};
pub use kind::Kind;
pub use limits::Limits;
pub use report::{FileReport, Report, settle};
pub use scan::{Scanned, scan};
pub use source::{ReadError, Source};
