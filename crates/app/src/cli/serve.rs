//! `redoubt serve`: the configured models, guarded, until told to stop.

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use clap::Args;
use redoubt_gateway::admit::Keyring;
use redoubt_gateway::{Running, Settings};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{Context, Failure};
use crate::home::SystemEntropy;
use crate::{config, output, serve, telemetry};

/// Serve the configured models.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// How long requests in flight may take to finish when told to stop.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    patience: u64,
}

/// How often the configuration file is looked at for changes.
const WATCH_INTERVAL: Duration = Duration::from_secs(1);

impl Serve {
    /// Runs the command.
    pub(super) fn run(self, context: &Context) -> Result<ExitCode, Failure> {
        let (settings, from_file) = settings(&context.config)?;
        let home = context.open_home()?;
        super::runtime()?.block_on(async {
            let _telemetry = telemetry::start(&settings.telemetry).map_err(Failure::usage)?;
            let stores = serve::open_stores(&home).await?;
            let master = home.master()?;
            let entropy = SystemEntropy::default();
            let keyring = Keyring { records: stores.records.as_ref(), entropy: &entropy, master: &master };
            let keys = keyring.list().await?.len();
            let scheme = if settings.tls.is_some() { "https" } else { "http" };
            let models: Vec<String> = settings.models.iter().map(|(alias, _)| alias.clone()).collect();
            let running = serve::start(&home, &stores, settings).await?;
            greet(&running, scheme, &models, keys);
            let watched = from_file.then_some(context.config.as_path());
            until_stopped(&running, watched).await?;
            output::note("stopping: no new requests, those in flight may finish; once more to stop at once");
            let drained = running.drain(Duration::from_secs(self.patience));
            let mut again = Stop::listen()?;
            tokio::select! {
                () = drained => output::note("stopped"),
                () = again.wait() => output::note("stopped at once"),
            }
            Ok(ExitCode::SUCCESS)
        })
    }
}

/// From the file if there is one, else from the environment alone.
fn settings(path: &Path) -> Result<(Settings, bool), Failure> {
    if path.exists() {
        return Ok((config::load(path)?, true));
    }
    let Some(source) = config::from_environment() else {
        return Err(Failure::usage(format!(
            "there is no `{}`, and the environment names no upstream\n\
             try: `redoubt demo` needs nothing; `redoubt init` writes a configuration; or set OPENAI_API_KEY, \
             OPENAI_BASE_URL or ANTHROPIC_API_KEY",
            path.display()
        )));
    };
    Ok((config::parse("(from the environment)", source)?, false))
}

fn greet(running: &Running, scheme: &str, models: &[String], keys: usize) {
    let data = running.data_address();
    output::note(format!(
        "redoubt {}\n  models   {scheme}://{data}/v1   ({})\n  health   http://{}/readyz   metrics /metrics",
        env!("CARGO_PKG_VERSION"),
        models.join(", "),
        running.admin_address(),
    ));
    if keys == 0 {
        output::note("  no key yet, so nobody can call: `redoubt key create` makes one, while this runs");
    }
}

async fn until_stopped(running: &Running, watched: Option<&Path>) -> Result<(), std::io::Error> {
    let mut stop = Stop::listen()?;
    let mut hang_up = signal(SignalKind::hangup())?;
    let mut seen = watched.and_then(modified);
    let mut look = tokio::time::interval(WATCH_INTERVAL);
    loop {
        let asked = tokio::select! {
            () = stop.wait() => return Ok(()),
            _ = hang_up.recv() => true,
            _ = look.tick() => false,
        };
        let Some(path) = watched else { continue };
        let now = modified(path);
        if asked || (now.is_some() && now != seen) {
            seen = now;
            reload(running, path).await;
        }
    }
}

fn modified(path: &Path) -> Option<(SystemTime, u64)> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// Takes over the changed file, or goes on with what was there and says why.
async fn reload(running: &Running, path: &Path) {
    let reason = match config::load(path) {
        Ok(settings) => match running.reload(settings).await {
            Ok(()) => {
                tracing::info!(file = %path.display(), "configuration taken over");
                return;
            }
            Err(error) => error.to_string(),
        },
        Err(error) => error.to_string(),
    };
    tracing::error!(file = %path.display(), "configuration refused, the last good one goes on\n{reason}");
}

/// Ctrl-C, or what a service manager sends.
pub(super) struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    /// Begins to listen; from here on the signals no longer end the process by themselves.
    pub(super) fn listen() -> Result<Self, std::io::Error> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Waits for either.
    pub(super) async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
