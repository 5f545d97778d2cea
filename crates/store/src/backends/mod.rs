//! The storage backends: one file each, and one line in the table.

pub mod embedded;
pub mod memory;

use std::pin::Pin;

use crate::{OpenError, Stores};

/// What [`Backend::open`] returns.
pub type Opening<'a> = Pin<Box<dyn Future<Output = Result<Stores, OpenError>> + Send + 'a>>;

/// A way to keep state.
pub struct Backend {
    /// What a location begins with, before the colon.
    pub scheme: &'static str,
    /// One sentence for people.
    pub summary: &'static str,
    /// Opens the stores at what follows the colon.
    pub open: for<'a> fn(&'a str) -> Opening<'a>,
}

/// Every backend.
pub const BACKENDS: &[Backend] = &[embedded::BACKEND, memory::BACKEND];

/// Opens the stores at a location such as `file:.redoubt` or `memory:`. What has no scheme is a directory.
pub async fn open_location(location: &str) -> Result<Stores, OpenError> {
    let Some((scheme, rest)) = location.split_once(':') else {
        return (embedded::BACKEND.open)(location).await;
    };
    match BACKENDS.iter().find(|backend| backend.scheme == scheme) {
        Some(backend) => (backend.open)(rest).await,
        None => Err(OpenError::Backend { scheme: scheme.to_owned() }),
    }
}

/// The names of all backends, for messages.
pub(crate) fn names() -> String {
    BACKENDS.iter().map(|backend| format!("`{}`", backend.scheme)).collect::<Vec<_>>().join(" and ")
}
