//! Who looks at the files of a model before it is registered.

use std::path::Path;

use redoubt_models::Report;
use thiserror::Error;

/// Why files could not be looked at.
#[derive(Debug, Error)]
#[error("cannot look at the files of the model")]
pub struct ScanError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Looks at every file of a folder by what its bytes are. Reads files, so it is called where that may take its time.
pub trait Scanner: Send + Sync {
    /// The report on the model in `folder`.
    ///
    /// # Errors
    /// If the folder cannot be read; a file that cannot be is a finding.
    fn scan(&self, folder: &Path) -> Result<Report, ScanError>;
}
