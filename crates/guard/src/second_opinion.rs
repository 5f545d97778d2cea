//! Where the linear classifier is not sure, a slower model is asked.
//!
//! The guard asks nobody itself. It hands out its [doubts](crate::Opened::questions) and is given
//! [opinions](Opinion), so a decision stays a function of the policy, the exchange and the opinions. What was said is a
//! finding of the detector [`ID`], one for each doubt, and holds everything that the decision needs of it: with the
//! findings of a record the decision is derived again without the model.

mod doubt;
mod opinion;
mod settings;

pub(crate) use doubt::{Doubt, question, settle};
pub use opinion::{Opinion, Recorded};
pub use settings::{OnFailure, SecondOpinion};

/// The detector's name in configuration and findings.
pub const ID: &str = "transformer";

/// What configuration and documentation say of it. It is in no table of detectors, since the guard does not run it.
pub(crate) const KIND: crate::detectors::Kind = crate::detectors::Kind {
    id: ID,
    summary: "attacks in requests and documents about which the classifier is not sure, by a model beside the guard",
    labels: &["PROMPT_INJECTION"],
};
