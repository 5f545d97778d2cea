//! The guard: text in, decision out. Pure: no I/O, no clock, no runtime.
//!
//! Each text of an exchange is seen through canonical and decoded [`views`], searched once for the literals
//! of all active [`detectors`], judged by a [`policy`], changed by [`transforms`], and comes out [`Cleared`]
//! or not at all. A streamed answer goes the same way in a window no longer than the detectors need.
//!
//! ```text
//! Exchange -> views -> detectors -> findings -> policy -> Decision -> transforms -> Cleared<Exchange>
//!                                  doubts -> asked outside -> opinions -> findings
//! Frame    -> lane window  -> the same                              -> Cleared<Frame>
//! ```

pub mod classifier;
mod cleared;
mod conversation;
mod decide;
pub mod detectors;
mod engine;
mod literals;
pub mod names;
mod opaque;
pub mod policy;
mod scan;
mod scope;
pub mod second_opinion;
mod stream;
mod surrogates;
#[cfg(test)]
mod testing;
pub mod transforms;
mod vault;
pub mod views;

pub use cleared::Cleared;
pub use conversation::Conversation;
pub use decide::decide;
pub use detectors::{Row, TABLE};
pub use engine::{Decided, Engine, Opened, Outcome};
pub use policy::{Policy, PolicyError, Profile};
pub use scan::{Scan, Scores};
pub use scope::Scope;
pub use stream::{Step, StreamInspection};

/// The table of detectors of text: configuration, help, documentation and tests walk it.
pub fn detectors() -> &'static [Row] {
    TABLE
}

/// The guide's example, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/guide/adding-a-detector.md")]
struct AddingADetector;
