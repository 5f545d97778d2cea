//! How good predictions are, and how sure that is.
//!
//! A gate should look at the bound of an interval or at a paired test against the champion, never at a point alone.

mod compare;
mod confusion;
mod entities;
mod intervals;
mod probabilities;
mod ranking;
mod regression;

pub use compare::{Difference, Disagreements, paired_bootstrap};
pub use confusion::{Average, Confusion, Scores};
pub use entities::{Entity, EntityCounts, entities};
pub(crate) use intervals::checked;
pub use intervals::{Interval, bootstrap, wilson};
pub use probabilities::{CalibrationBin, binned_calibration, brier, expected_calibration_error, log_loss};
pub use ranking::{average_precision, delong, roc_auc, roc_auc_one_vs_rest};
pub use regression::{
    mean_absolute_error, mean_absolute_percentage_error, median_absolute_error, r2, root_mean_square_error,
};
