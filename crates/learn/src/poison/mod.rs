//! Training data that somebody has changed.
//!
//! No single detector finds small backdoors in every setting. [`trusted_disagreement`] against a few hundred rows that are known
//! to be good found them all where the others missed most; [`scan`] therefore rests on it, and the others are reported
//! beside it. For text see [`trigger_ngrams`], for the worth of single rows [`knn_shapley`].

mod clustering;
mod neighbours;
mod scan;
mod shapley;
mod spectral;
mod spectre;
mod triggers;

pub use clustering::{Clusters, activation_clustering};
pub use neighbours::{Neighbourhood, TRUSTED_MINIMUM, trusted_disagreement, trusted_self_disagreement};
pub use scan::{ClassFinding, Scan, ScanSettings, Verdict, scan};
pub use shapley::knn_shapley;
pub use spectral::{spectral_flags, spectral_signatures};
pub use spectre::spectre;
pub use triggers::{Trigger, TriggerSettings, trigger_ngrams};

use crate::check::{classes_within, same_rows};
use crate::error::Result;
use crate::matrix::Matrix;

/// The rows of each class.
fn by_class(rows: &Matrix, labels: &[usize], classes: usize) -> Result<Vec<Vec<usize>>> {
    same_rows("labels", labels.len(), rows.rows())?;
    classes_within("labels", labels, classes)?;
    let mut of = vec![Vec::new(); classes];
    for (row, label) in labels.iter().enumerate() {
        if let Some(own) = of.get_mut(*label) {
            own.push(row);
        }
    }
    Ok(of)
}

/// The coordinates of rows along the first `components` principal axes of them.
fn principal(rows: &Matrix, components: usize) -> Result<Matrix> {
    let mean = rows.mean();
    let mut vectors = rows.covariance(&mean).eigen()?.vectors;
    vectors.truncate(components.max(1));
    rows.projected(&mean, &vectors)
}
