//! Gateways of others, installed from their packages into `target/peers` and put before the same mock.
//!
//! Each runs as its documents tell to run it for production on one machine, without accounts, databases or
//! observability: what remains is the proxy itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::role::Process;
use super::subject::{CHAT, Subject, free_port, wait_for};
use super::words::BEHAVIOURS;
use crate::Outcome;

/// A gateway of somebody else.
pub(super) struct Peer {
    pub(super) name: &'static str,
    words: &'static str,
    /// What lies in its folder once it is installed.
    installed: &'static str,
    /// The commands that install it, run in its folder.
    install: &'static [&'static str],
    start: fn(&Scene<'_>) -> Outcome<Started>,
}

/// What a peer is started with.
struct Scene<'a> {
    /// Where it is installed.
    installed: PathBuf,
    /// Where it may write.
    folder: &'a Path,
    port: u16,
    mock_address: &'a str,
}

/// How a peer is asked.
struct Started {
    command: Command,
    path: &'static str,
    model_prefix: &'static str,
    headers: Vec<(String, String)>,
}

pub(super) const ALL: &[Peer] = &[
    Peer {
        name: "LiteLLM",
        words: "litellm[proxy] 1.106.2, a worker for each core, a master key, no database",
        installed: "bin/litellm",
        install: &["python3 -m venv .", "bin/pip install -q litellm[proxy]==1.106.2"],
        start: litellm,
    },
    Peer {
        name: "Portkey",
        words: "@portkey-ai/gateway 1.15.2 with @hono/node-server 1.13.7 (later ones answer streams with 500), no keys",
        installed: "node_modules/@portkey-ai/gateway/build/start-server.js",
        install: &["npm install --no-audit --no-fund --no-save @portkey-ai/gateway@1.15.2 @hono/node-server@1.13.7"],
        start: portkey,
    },
    Peer {
        name: "TensorZero",
        words: "tensorzero 2026.6.0, the HTTP gateway of its package, no keys, observability off",
        installed: "bin/python",
        install: &["python3 -m venv .", "bin/pip install -q tensorzero==2026.6.0"],
        start: tensorzero,
    },
];

fn litellm(scene: &Scene<'_>) -> Outcome<Started> {
    const KEY: &str = "sk-a-key-of-this-bench-alone";
    let mut configuration = String::from("model_list:\n");
    for behaviour in BEHAVIOURS {
        configuration.push_str(&format!(
            "  - model_name: {model}\n    litellm_params: {{ model: openai/{model}, api_base: \"http://{mock}/v1\", api_key: none }}\n",
            model = behaviour.model,
            mock = scene.mock_address,
        ));
    }
    configuration.push_str(&format!("general_settings:\n  master_key: {KEY}\n"));
    let file = scene.folder.join("config.yaml");
    write(&file, &configuration)?;
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let mut command = Command::new(scene.installed.join("bin/litellm"));
    command
        .arg("--config")
        .arg(file)
        .args(["--host", "127.0.0.1", "--port", &scene.port.to_string(), "--num_workers", &workers.to_string()])
        .env("LITELLM_LOCAL_MODEL_COST_MAP", "True")
        .env("LITELLM_LOG", "ERROR")
        .env("LITELLM_MODE", "PRODUCTION");
    let headers = vec![("authorization".to_owned(), format!("Bearer {KEY}"))];
    Ok(Started { command, path: CHAT, model_prefix: "", headers })
}

fn portkey(scene: &Scene<'_>) -> Outcome<Started> {
    let mut command = Command::new("node");
    command
        .arg(scene.installed.join("node_modules/@portkey-ai/gateway/build/start-server.js"))
        .args(["--headless", &format!("--port={}", scene.port)])
        .env("NODE_ENV", "production");
    let headers = [
        ("x-portkey-provider", "openai".to_owned()),
        ("x-portkey-custom-host", format!("http://{}/v1", scene.mock_address)),
        ("authorization", "Bearer none".to_owned()),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value)).to_vec();
    Ok(Started { command, path: CHAT, model_prefix: "", headers })
}

fn tensorzero(scene: &Scene<'_>) -> Outcome<Started> {
    /// The package serves HTTP from inside the interpreter, which does nothing but wait.
    const START: &str = "import asyncio, sys\nimport tensorzero\nasync def main():\n    \
        gateway = tensorzero._start_http_gateway(config_file=sys.argv[1], clickhouse_url=None, postgres_url=None, \
        valkey_url=None, async_setup=True)\n    gateway = await gateway\n    open(sys.argv[2], 'w').write(gateway.base_url)\n    \
        await asyncio.Event().wait()\nasyncio.run(main())\n";
    let mut configuration = String::from("[gateway]\nobservability.enabled = false\n");
    for behaviour in BEHAVIOURS {
        configuration.push_str(&format!(
            "[models.{model}]\nrouting = [\"mock\"]\n[models.{model}.providers.mock]\ntype = \"openai\"\n\
             model_name = \"{model}\"\napi_base = \"http://{mock}/v1/\"\napi_key_location = \"none\"\n",
            model = behaviour.model,
            mock = scene.mock_address,
        ));
    }
    let file = scene.folder.join("tensorzero.toml");
    write(&file, &configuration)?;
    let mut command = Command::new(scene.installed.join("bin/python"));
    command.args(["-W", "ignore", "-c", START]).arg(file).arg(scene.folder.join("address"));
    Ok(Started {
        command,
        path: "/openai/v1/chat/completions",
        model_prefix: "tensorzero::model_name::",
        headers: Vec::new(),
    })
}

/// Starts a peer and waits until it listens.
pub(super) fn start(peer: &Peer, mock_address: &str) -> Outcome<Subject> {
    let installed = folder_of(peer)?;
    if !installed.join(peer.installed).exists() {
        return Err("not installed; `cargo xtask bench --install-peers` does it".to_owned());
    }
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let scene = Scene { installed, folder: folder.path(), port: free_port()?, mock_address };
    let Started { mut command, path, model_prefix, headers } = (peer.start)(&scene)?;
    let log = fs::File::create(folder.path().join("log")).map_err(|error| error.to_string())?;
    let errors = log.try_clone().map_err(|error| error.to_string())?;
    let child = command
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(errors)
        .spawn()
        .map_err(|error| format!("cannot be started: {error}"))?;
    let mut process = Process::of(child);
    let address = listening(&scene, &mut process).map_err(|reason| {
        let log = fs::read_to_string(folder.path().join("log")).unwrap_or_default();
        let last: Vec<&str> = log.lines().rev().take(5).collect();
        format!("{reason}: {}", last.join(" | "))
    })?;
    Ok(Subject::peer(peer.name, peer.words.to_owned(), address, (path, model_prefix), headers, process, folder))
}

/// Where a peer listens, once it does: on the port that it was given, or on one that it tells.
fn listening(scene: &Scene<'_>, process: &mut Process) -> Outcome<String> {
    const PATIENCE: Duration = Duration::from_secs(180);
    let asked = format!("127.0.0.1:{}", scene.port);
    let begun = std::time::Instant::now();
    while begun.elapsed() < PATIENCE {
        let told = fs::read_to_string(scene.folder.join("address")).unwrap_or_default();
        let address = told.split_once("//").map(|(_, rest)| rest.split('/').next().unwrap_or(rest));
        let address = address.map_or_else(|| asked.clone(), |told| told.replace("0.0.0.0", "127.0.0.1"));
        match wait_for(&address, process, Duration::from_millis(200)) {
            Ok(()) => return Ok(address),
            Err(reason) if process.has_ended() => return Err(reason),
            Err(_) => {}
        }
    }
    Err(format!("does not listen after {PATIENCE:?}"))
}

/// Installs what is not installed.
pub(super) fn install() -> Outcome {
    for peer in ALL {
        let folder = folder_of(peer)?;
        if folder.join(peer.installed).exists() {
            eprintln!("{} is there: {}", peer.name, folder.display());
            continue;
        }
        fs::create_dir_all(&folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
        for line in peer.install {
            eprintln!("{}: {line}", peer.name);
            let mut words = line.split(' ');
            let program = words.next().unwrap_or_default();
            let program = if program.contains('/') { folder.join(program) } else { program.into() };
            let status = Command::new(program).args(words).current_dir(&folder).status();
            match status {
                Ok(status) if status.success() => {}
                Ok(status) => return Err(format!("`{line}` ended with {status}")),
                Err(error) => return Err(format!("`{line}` cannot be run: {error}")),
            }
        }
    }
    Ok(())
}

/// `target/peers/<name>`, beside the folder of this program.
fn folder_of(peer: &Peer) -> Outcome<PathBuf> {
    let program = std::env::current_exe().map_err(|error| format!("cannot tell where this program lies: {error}"))?;
    let target = program.ancestors().nth(2).ok_or("this program does not lie in a target folder")?;
    Ok(target.join("peers").join(peer.name.to_ascii_lowercase()))
}

fn write(file: &Path, content: &str) -> Outcome {
    fs::write(file, content).map_err(|error| format!("cannot write {}: {error}", file.display()))
}
