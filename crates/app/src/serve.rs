//! Opening an installation and starting its gateway.

use std::sync::Arc;

use redoubt_gateway::{BuildError, Dependencies, Gateway, Prepared, Running, Settings, StartError};
use redoubt_store::{OpenError, Stores};
use thiserror::Error;
use tokio::task::{JoinError, JoinHandle, spawn_blocking};

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
    #[error(transparent)]
    Start(#[from] StartError),
    /// The thread that built the gateway is gone.
    #[error("the gateway could not be built")]
    Building(#[from] JoinError),
}

/// Opens the stores of `home` for writing. One process at a time can.
pub(crate) async fn open_stores(home: &Home) -> Result<Stores, ServeError> {
    redoubt_store::open(home.path())
        .await
        .map_err(|source| ServeError::Stores { home: home.path().display().to_string(), source })
}

/// Begins to build what `settings` ask for, on a thread of its own. Must run inside the runtime.
pub(crate) fn prepare(settings: Settings) -> Preparing {
    Preparing(spawn_blocking(move || Gateway::prepare(settings)))
}

/// A gateway that is being built.
pub(crate) struct Preparing(JoinHandle<Result<Prepared, BuildError>>);

/// Starts the gateway on `stores`.
pub(crate) async fn start(home: &Home, stores: &Stores, preparing: Preparing) -> Result<Running, ServeError> {
    let prepared = preparing.0.await?.map_err(StartError::from)?;
    let dependencies = Dependencies {
        records: Arc::clone(&stores.records),
        blobs: Arc::clone(&stores.blobs),
        counters: Arc::clone(&stores.counters),
        log: Arc::clone(&stores.log),
        files: Arc::clone(&stores.files),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        signing_key: home.signing_key()?,
        master: home.master()?,
    };
    Ok(prepared.start(dependencies).await?)
}
