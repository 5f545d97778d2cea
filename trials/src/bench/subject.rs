//! What is measured: each subject is a way from the load to the mock upstream.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::role::Process;
use crate::Outcome;
use crate::client;
use crate::product::{Installation, Server};

/// A way from the load to the mock upstream.
#[derive(Debug)]
pub(super) struct Subject {
    pub(super) name: &'static str,
    /// What it is, for the report.
    pub(super) words: String,
    pub(super) address: String,
    pub(super) path: &'static str,
    /// What its names of models begin with.
    pub(super) model_prefix: &'static str,
    pub(super) headers: Vec<(String, String)>,
    /// Whether an upstream must not see personal data through it.
    pub(super) is_guarded: bool,
    what: What,
}

#[derive(Debug)]
enum What {
    /// The mock itself, which somebody else keeps.
    Mock,
    /// A process, and the folder that it works in.
    Process(Process, #[expect(dead_code, reason = "removed when dropped")] Option<tempfile::TempDir>),
    /// Redoubt.
    Redoubt(Server, #[expect(dead_code, reason = "removed when dropped")] Installation),
}

impl Subject {
    fn plain(name: &'static str, words: String, address: String, what: What) -> Self {
        Self { name, words, address, path: CHAT, model_prefix: "", headers: Vec::new(), is_guarded: false, what }
    }

    /// A gateway of somebody else.
    pub(super) fn peer(
        name: &'static str,
        words: String,
        address: String,
        (path, model_prefix): (&'static str, &'static str),
        headers: Vec<(String, String)>,
        process: Process,
        folder: tempfile::TempDir,
    ) -> Self {
        let what = What::Process(process, Some(folder));
        Self { path, model_prefix, headers, ..Self::plain(name, words, address, what) }
    }

    /// The process that the subject consists of; none for what is called directly.
    pub(super) fn process(&self) -> Option<u32> {
        match &self.what {
            What::Mock => None,
            What::Process(process, _) => Some(process.id()),
            What::Redoubt(server, _) => Some(server.id()),
        }
    }

    /// What Redoubt tells operators; none for others.
    pub(super) fn metrics(&self) -> Option<String> {
        let What::Redoubt(server, _) = &self.what else { return None };
        client::get(&server.admin_address, "/metrics").ok().map(|answer| answer.text())
    }

    /// Resident memory in MiB, children included.
    pub(super) fn memory_mib(&self) -> Option<u64> {
        let pages = tree(self.process()?).into_iter().filter_map(|id| {
            let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
            let line = status.lines().find(|line| line.starts_with("VmRSS:"))?.to_owned();
            line.split_ascii_whitespace().nth(1)?.parse::<u64>().ok()
        });
        Some(pages.sum::<u64>() >> 10)
    }

    /// Nanoseconds of processor time used so far, by the subject and its children.
    pub(super) fn cpu_nanos(&self) -> Option<u64> {
        Some(tree(self.process()?).into_iter().map(cpu_nanos).sum())
    }
}

pub(super) const CHAT: &str = "/v1/chat/completions";

/// The load straight to the mock.
pub(super) fn direct(address: &str) -> Subject {
    Subject::plain("direct", "the mock itself".to_owned(), address.to_owned(), What::Mock)
}

/// The bare hyper proxy.
pub(super) fn bare(mock_address: &str) -> Outcome<Subject> {
    let (process, address) = Process::serving("bare", &[format!("upstream={mock_address}")])?;
    let words = "a proxy of hyper's server and pooled client that looks at nothing".to_owned();
    Ok(Subject::plain("bare hyper", words, address, What::Process(process, None)))
}

/// nginx as a reverse proxy with kept connections.
pub(super) fn nginx(mock_address: &str) -> Outcome<Subject> {
    let failed = |error: std::io::Error| {
        format!("nginx cannot be started ({error}); install it with `apt-get install nginx-light` or pass `--no-nginx`")
    };
    let version = Command::new("nginx").arg("-v").output().map_err(failed)?;
    let version = String::from_utf8_lossy(&version.stderr).trim().replace("nginx version: ", "");
    let folder = tempfile::tempdir().map_err(failed)?;
    let port = free_port()?;
    let configuration = format!(
        "daemon off; worker_processes auto; pid nginx.pid; error_log stderr crit;\n\
         events {{ worker_connections 4096; }}\n\
         http {{\n  access_log off; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f;\n  \
         uwsgi_temp_path u; scgi_temp_path s; keepalive_requests 100000000; client_body_buffer_size 256k;\n  \
         upstream mock {{ server {mock_address}; keepalive 1024; keepalive_requests 100000000; }}\n  \
         server {{ listen 127.0.0.1:{port} backlog=4096; location / {{ proxy_pass http://mock;\n    \
         proxy_http_version 1.1; proxy_set_header Connection \"\"; proxy_buffering off; tcp_nodelay on; }} }}\n}}\n"
    );
    fs::write(folder.path().join("nginx.conf"), configuration).map_err(failed)?;
    let child = Command::new("nginx")
        .arg("-p")
        .arg(folder.path())
        .args(["-c", "nginx.conf"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .map_err(failed)?;
    let mut process = Process::of(child);
    let address = format!("127.0.0.1:{port}");
    wait_for(&address, &mut process, Duration::from_secs(10))?;
    Ok(Subject::plain(
        "nginx",
        format!("{version} as reverse proxy, kept connections"),
        address,
        What::Process(process, Some(folder)),
    ))
}

pub(super) const OFF: &str = "redoubt, guard off";
pub(super) const BEHIND: &str = "redoubt, guard off, record behind";
pub(super) const EVERYTHING: &str = "redoubt, everything on";

/// How much of Redoubt is at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// No guard rule and no payloads; keys are checked and the record of each request is durable before its
    /// answer leaves.
    GuardOff,
    /// The same, but no answer waits for a record.
    RecordBehind,
    /// The default profile, limits, payloads kept sealed, durable records.
    Everything,
}

/// Redoubt from the binary beside this program.
pub(super) fn redoubt(extent: Extent, mock_address: &str) -> Outcome<Subject> {
    let (name, words, rest) = match extent {
        Extent::GuardOff => (
            OFF,
            "no guard rules; keys checked, each record durable before its answer leaves",
            "[routes.default]\nguard = { profile = \"observe\", without = [\"everything\"] }\n[audit]\npayloads = false\n",
        ),
        Extent::RecordBehind => (
            BEHIND,
            "the same, but answers do not wait for their records",
            "[routes.default]\nguard = { profile = \"observe\", without = [\"everything\"] }\n\
             [audit]\npayloads = false\ndurability = \"unsafe_behind\"\n",
        ),
        Extent::Everything => (
            EVERYTHING,
            "key, limits, every rule of the default profile, personal data restored, payloads sealed and kept, \
             each record durable before its answer leaves",
            "[routes.default]\nguard = { profile = \"default\" }\n\
             [limits.key]\nrequests = 1000000000\ntokens = 1000000000000\nconcurrent = 100000\nbudget = 1000000.0\n",
        ),
    };
    let configuration = format!(
        "listen = \"127.0.0.1:0\"\nadmin_listen = \"127.0.0.1:0\"\n\
         [providers.mock]\nkind = \"openai\"\nbase_url = \"http://{mock_address}/v1\"\napi_key = \"none\"\n\
         [models.\"*\"]\ntargets = [{{ provider = \"mock\", model = \"*\" }}]\n{rest}"
    );
    let installation = Installation::new(&configuration)?;
    let key = installation.new_key("bench")?;
    let server = installation.start()?;
    let address = server.data_address.clone();
    let headers = vec![("authorization".to_owned(), format!("Bearer {key}"))];
    let is_guarded = extent == Extent::Everything;
    let subject = Subject::plain(name, words.to_owned(), address, What::Redoubt(server, installation));
    Ok(Subject { headers, is_guarded, ..subject })
}

/// A port that nobody has now.
pub(super) fn free_port() -> Outcome<u16> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    listener.local_addr().map(|address| address.port()).map_err(|error| error.to_string())
}

/// Waits until somebody listens at `address`.
pub(super) fn wait_for(address: &str, process: &mut Process, patience: Duration) -> Outcome {
    let begun = Instant::now();
    while begun.elapsed() < patience {
        if std::net::TcpStream::connect(address).is_ok() {
            return Ok(());
        }
        if process.has_ended() {
            return Err(format!("the process that should listen at {address} ended"));
        }
        thread::sleep(Duration::from_millis(20));
    }
    Err(format!("nobody listens at {address} after {patience:?}"))
}

/// A process and its descendants.
fn tree(root: u32) -> Vec<u32> {
    let mut found = vec![root];
    let mut at = 0;
    while let Some(&id) = found.get(at) {
        for task in tasks(id) {
            let children = fs::read_to_string(task.join("children")).unwrap_or_default();
            found.extend(children.split_ascii_whitespace().filter_map(|child| child.parse::<u32>().ok()));
        }
        at += 1;
    }
    found
}

fn tasks(id: u32) -> Vec<PathBuf> {
    let entries = fs::read_dir(Path::new("/proc").join(id.to_string()).join("task"));
    entries.into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

fn cpu_nanos(id: u32) -> u64 {
    let of = |task: PathBuf| {
        let times = fs::read_to_string(task.join("schedstat")).ok()?;
        times.split_ascii_whitespace().next()?.parse::<u64>().ok()
    };
    tasks(id).into_iter().filter_map(of).sum()
}
