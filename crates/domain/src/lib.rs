//! The vocabulary and the seams of Redoubt. No I/O, no runtime, no serialisation.
//!
//! Everything that reaches or leaves a model is text with an [`Origin`]. A surface's bytes become an
//! [`Exchange`]: the body as it came, and a [`Segment`] for every string in it that a model or a person
//! could read. Detectors turn segments into [`Finding`]s, a policy turns findings into one [`Decision`],
//! and only a cleared exchange may leave:
//!
//! ```text
//! bytes -> Exchange -> findings -> Decision -> cleared Exchange -> bytes
//! ```
//!
//! Read the modules in this order: [`exchange`], [`finding`], [`decision`], [`seams`], [`limits`],
//! [`settings`].
//!
//! Nothing here derives `Serialize`: what is written down (wire, audit record, stored row, configuration)
//! has a versioned type in the crate that writes it.

pub mod access;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod decision;
pub mod exchange;
pub mod finding;
pub mod ids;
pub mod limits;
pub mod money;
pub mod seams;
pub mod secret;
pub mod settings;
pub mod time;

pub use access::{Capabilities, Capability, Principal};
pub use decision::{Action, Decision};
pub use exchange::{
    Direction, Encoding, Exchange, Frame, Lane, Origin, Segment, SegmentKind, SegmentMode, Surface, Usage,
};
pub use finding::{Finding, Label, Severity, View};
pub use ids::{Digest, KeyId, ModelName, RequestId, TenantId, UserId};
pub use limits::Limits;
pub use money::Money;
pub use secret::Secret;
pub use time::Timestamp;
