//! Opening an installation and starting its gateway.

use std::sync::Arc;

use redoubt_audit::{EventEntry, EventKind};
use redoubt_domain::seams::{Classifier, Clock};
use redoubt_gateway::settings::TransformerSettings;
use redoubt_gateway::{Dependencies, Gateway, Prepared, Running, Settings, StartError, outbox};
use redoubt_registry::Policy as Gates;
use redoubt_store::{OpenError, Recovery, Stores};
use redoubt_tracking::TrackingSettings;
use thiserror::Error;
use tokio::task::{JoinError, JoinHandle, spawn_blocking};

use crate::clock::ServerClock;
use crate::home::{Home, HomeError, SystemClock, SystemEntropy};
use crate::tracking;

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
    /// The local model cannot be used.
    #[cfg(feature = "infer")]
    #[error("cannot use the model of `{folder}`")]
    Transformer {
        /// Its folder.
        folder: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A name that is given here is none.
    #[error(transparent)]
    Name(#[from] redoubt_domain::ids::NameError),
    /// The thread that built the gateway is gone.
    #[error("the gateway could not be built")]
    Building(#[from] JoinError),
}

/// Opens the stores of `home` for writing. One process at a time can.
pub(crate) async fn open_stores(home: &Home) -> Result<Stores, ServeError> {
    let failed = |source| ServeError::Stores { home: home.path().display().to_string(), source };
    let stores = redoubt_store::open(home.path()).await.map_err(failed)?;
    tell_recovery(&stores).await;
    Ok(stores)
}

/// Says, in the logs of both kinds, that the journal had a torn end.
async fn tell_recovery(stores: &Stores) {
    let Recovery { torn_bytes, size } = stores.recovery;
    if torn_bytes == 0 {
        return;
    }
    tracing::warn!(
        bytes = torn_bytes,
        entries = size,
        "a write was cut off when the last run ended; its rest is removed"
    );
    let event = EventEntry {
        kind: EventKind::JournalRecovered,
        time: SystemClock.now(),
        actor: "redoubt".to_owned(),
        subject: String::new(),
        detail: format!("{torn_bytes} bytes behind entry {size} were never promised and are removed"),
    };
    if let Err(error) = outbox::post(stores.records.as_ref(), event, &SystemEntropy).await {
        tracing::warn!(error = &error as &dyn std::error::Error, "the audit log will not tell of it");
    }
}

/// Begins to build what `settings` ask for, on a thread of its own. Must run inside the runtime.
pub(crate) fn prepare(settings: Settings) -> Preparing {
    Preparing(spawn_blocking(move || {
        let classifier = settings.transformer.as_ref().map(transformer).transpose()?;
        let prepared = Gateway::prepare(settings).map_err(StartError::from)?;
        Ok((prepared, classifier.flatten()))
    }))
}

/// Loads the local model: a second or two, and its size in memory.
#[cfg(feature = "infer")]
pub(crate) fn transformer(settings: &TransformerSettings) -> Result<SecondOpinions, ServeError> {
    let TransformerSettings {
        folder,
        digest,
        attack_labels,
        deadline: _,
        threads,
        queue_max,
        batch_max,
        windows_max,
        window_tokens,
    } = settings.clone();
    let shown = folder.display().to_string();
    let options = redoubt_infer::Options {
        folder,
        digest,
        attack_labels,
        threads,
        queue_max,
        batch_max,
        windows_max,
        window_tokens,
    };
    let loaded = redoubt_infer::Transformer::load(&options);
    let failed = |source| ServeError::Transformer { folder: shown, source: Box::new(source) };
    Ok(Some(Arc::new(loaded.map_err(failed)?)))
}

/// This build has none, and no configuration is taken that asks for one.
#[cfg(not(feature = "infer"))]
#[expect(clippy::unnecessary_wraps, reason = "as the build that has models")]
pub(crate) fn transformer(_: &TransformerSettings) -> Result<SecondOpinions, ServeError> {
    Ok(None)
}

/// A gateway that is being built.
pub(crate) struct Preparing(JoinHandle<Result<(Prepared, SecondOpinions), ServeError>>);

/// Who gives second opinions, if anybody does.
type SecondOpinions = Option<Arc<dyn Classifier>>;

/// Starts the gateway on `stores`.
///
/// With settings for them the admin plane has experiments and models too.
pub(crate) async fn start(
    home: &Home,
    stores: &Stores,
    preparing: Preparing,
    tracking: Option<(TrackingSettings, Gates)>,
) -> Result<Running, ServeError> {
    let (prepared, classifier) = preparing.0.await??;
    let dependencies = Dependencies {
        records: Arc::clone(&stores.records),
        blobs: Arc::clone(&stores.blobs),
        counters: Arc::clone(&stores.counters),
        log: Arc::clone(&stores.log),
        files: Arc::clone(&stores.files),
        clock: Arc::new(ServerClock::default()),
        entropy: Arc::new(SystemEntropy),
        signing_key: home.signing_key()?,
        master: home.master()?,
        classifier,
        admin: match tracking {
            Some((settings, gates)) => tracking::router(home, stores, settings, gates)?,
            None => axum::Router::new(),
        },
    };
    Ok(prepared.start(dependencies).await?)
}
