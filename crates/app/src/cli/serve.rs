//! `redoubt serve`: the configured models, guarded, until told to stop.

use std::io::ErrorKind;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use clap::Args;
use redoubt_gateway::{Running, StartError};
use redoubt_registry::Policy as Gates;
use redoubt_tracking::TrackingSettings;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{Context, Failure};
use crate::config::Configuration;
use crate::home::{Home, WarmCryptography};
use crate::output::{self, CHANGED, GOOD, TITLE, TYPED, paint};
use crate::serve::ServeError;
use crate::{config, process, registry, serve, telemetry};

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
        let fixed = Fixed::of(&settings);
        let Configuration { gateway: settings, gates, tracking, datasets: _, store: _ } = settings;
        let home = context.open_home()?;
        super::runtime()?.block_on(async {
            let telemetry = telemetry::start(&settings.telemetry).map_err(Failure::usage)?;
            process::prepare(settings.bounds.connections_max);
            let scheme = if settings.tls.is_some() { "https" } else { "http" };
            let models: Vec<String> = settings.models.iter().map(|(alias, _)| alias.clone()).collect();
            let preparing = serve::prepare(settings);
            let _warming = WarmCryptography::begin();
            let stores = serve::open_stores(&home).await?;
            let configured = from_file.then_some(gates);
            let gates = registry::settle(stores.records.as_ref(), &context.config, configured, "redoubt").await;
            let gates = gates.map_err(Failure::usage)?;
            let running = serve::start(&home, &stores, preparing, Some((tracking, gates)))
                .await
                .map_err(|error| explain(error, context))?;
            let keys = running.admission().keys();
            // Whoever reads the greeting may ask to stop at once.
            let stop = Stop::listen()?;
            greet(&running, &home, scheme, &models, keys);
            let watched = from_file.then_some(context.config.as_path());
            until_stopped(stop, &running, watched, &fixed).await?;
            telemetry.flush();
            output::note("stopping: no new requests, those in flight may finish; once more to stop at once");
            let drained = running.drain(Duration::from_secs(self.patience));
            let mut again = Stop::listen()?;
            let end = tokio::select! {
                () = drained => "stopped",
                () = again.wait() => "stopped at once",
            };
            telemetry.flush();
            output::note(end);
            Ok(ExitCode::SUCCESS)
        })
    }
}

/// What to do about an address that is taken is not the same for each plane.
fn explain(error: ServeError, context: &Context) -> Failure {
    let ServeError::Start(StartError::Listen { setting, source, .. }) = &error else { return error.into() };
    let file = context.config.display();
    let next = match source.kind() {
        ErrorKind::AddrInUse => {
            format!("stop the program that listens there, or set `{setting}` in `{file}` to another address")
        }
        ErrorKind::AddrNotAvailable => {
            format!("set `{setting}` in `{file}` to an address of this machine, such as \"127.0.0.1:8080\"")
        }
        ErrorKind::PermissionDenied => {
            format!("set `{setting}` in `{file}` to a port from 1024 on; lower ones are for the system's services")
        }
        _ => return error.into(),
    };
    Failure::usage(error).next(next)
}

/// From the file if there is one, else from the environment alone.
fn settings(path: &Path) -> Result<(Configuration, bool), Failure> {
    // Anything that is there is meant, even if it is no file.
    if path.symlink_metadata().is_ok() {
        return Ok((config::load(path)?, true));
    }
    let Some(source) = config::from_environment() else {
        return Err(Failure::usage(format!("there is no `{}`, and the environment names no upstream", path.display()))
            .next(
                "`redoubt init` writes a configuration; or set OPENAI_API_KEY, OPENAI_BASE_URL or ANTHROPIC_API_KEY;\n       \
                 `redoubt demo` needs none of them",
            ));
    };
    Ok((config::parse("(from the environment)", source)?, false))
}

fn greet(running: &Running, home: &Home, scheme: &str, models: &[String], keys: usize) {
    /// More are on `/v1/models`.
    const MODELS_SHOWN: usize = 8;
    let (data, admin) = (running.data_address(), running.admin_address());
    let mut named = models.iter().take(MODELS_SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if models.len() > MODELS_SHOWN {
        named.push_str(&format!(" and {} more", models.len() - MODELS_SHOWN));
    }
    let mut text = format!("{} {}", paint(GOOD, "redoubt"), env!("CARGO_PKG_VERSION"));
    let mut row = |name: &str, address: String, words: String| {
        text.push_str(&format!("\n  {}  {}  {words}", paint(TITLE, name), paint(TYPED, &format!("{address:30}"))));
    };
    row("models", format!("{scheme}://{data}/v1"), named);
    row("health", format!("http://{admin}/readyz"), "and /livez, /metrics".to_owned());
    let count = if keys == 1 { "1 key".to_owned() } else { format!("{keys} keys") };
    row("home  ", home.path().display().to_string(), format!("{count}, audit log"));
    let mut mind = |words: &str| text.push_str(&format!("\n  {} {words}", paint(CHANGED, "mind:")));
    if models.is_empty() {
        mind("no model is configured, so there is nothing to ask");
    }
    if keys == 0 {
        mind("no key yet, so nobody can call; `redoubt key create` makes one, while this runs");
    }
    // In one piece, so that nobody who waits for an address reads half of it.
    output::note(text);
}

async fn until_stopped(
    mut stop: Stop,
    running: &Running,
    watched: Option<&Path>,
    fixed: &Fixed,
) -> Result<(), std::io::Error> {
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
            reload(running, path, fixed).await;
        }
    }
}

fn modified(path: &Path) -> Option<(SystemTime, u64)> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// What only a new start can change.
#[derive(PartialEq)]
struct Fixed(TrackingSettings, Gates);

impl Fixed {
    fn of(settings: &Configuration) -> Self {
        Self(settings.tracking.clone(), settings.gates.clone())
    }
}

/// Takes over the changed file, or goes on with what was there and says why.
async fn reload(running: &Running, path: &Path, fixed: &Fixed) {
    let reason = match config::load(path) {
        Ok(settings) if Fixed::of(&settings) != *fixed => {
            "`[tracking]` and `[registry]` cannot change while the gateway runs; start it again".to_owned()
        }
        Ok(settings) => match running.reload(settings.gateway).await {
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
