//! Whether groups of people are treated alike, how sure that is, and what to do about it.
//!
//! A difference between groups is a maximum over pairs, so it is never below zero and grows with the number of groups even
//! where all are alike. [`Assessment`] therefore gives intervals and a p of that maximum itself, and names the groups that
//! are too small to say anything about.

mod assessment;
mod calibration;
mod groups;
mod intervals;
mod mitigation;

pub use assessment::{Against, Assessment, Cells, Criterion, GroupRates};
pub use calibration::{GroupCalibration, calibration_by_group, calibration_gap};
pub use groups::Groups;
pub use mitigation::{Constraint, GroupThresholds, group_thresholds, reweigh};

/// Below so many rows a group says nothing.
pub const MINIMUM_ROWS: usize = 30;
