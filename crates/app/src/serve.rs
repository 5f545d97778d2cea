//! Opening an installation and starting its gateway.

use std::sync::Arc;

use redoubt_gateway::{Dependencies, Gateway, Running, Settings, StartError};
use redoubt_store::{OpenError, Stores};
use thiserror::Error;

use crate::home::{Home, HomeError, SystemClock, SystemEntropy};

/// Why an installation cannot be opened or served.
#[derive(Debug, Error)]
pub(crate) enum ServeError {
    /// The home cannot be used.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The stores cannot be opened.
    #[error("cannot open the stores of `{home}`")]
    Stores {
        /// The home directory.
        home: String,
        /// Why.
        #[source]
        source: OpenError,
    },
    /// The gateway does not start.
    #[error("the gateway does not start")]
    Start(#[source] StartError),
}

/// Opens the stores of `home` for writing. One process at a time can.
pub(crate) async fn open_stores(home: &Home) -> Result<Stores, ServeError> {
    redoubt_store::open(home.path())
        .await
        .map_err(|source| ServeError::Stores { home: home.path().display().to_string(), source })
}

/// Starts the gateway on `stores`.
pub(crate) async fn start(home: &Home, stores: &Stores, settings: Settings) -> Result<Running, ServeError> {
    let dependencies = Dependencies {
        records: Arc::clone(&stores.records),
        blobs: Arc::clone(&stores.blobs),
        counters: Arc::clone(&stores.counters),
        log: Arc::clone(&stores.log),
        files: Arc::clone(&stores.files),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy::default()),
        signing_key: home.signing_key()?,
        master: home.master()?,
    };
    Gateway::start(settings, dependencies).await.map_err(ServeError::Start)
}
