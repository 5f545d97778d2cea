//! The binary under trial: started with a configuration in a home of its own, watched, and stopped.

use std::env;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::Outcome;

/// How long a start may take before the trial gives up: a debug build on a busy machine needs seconds.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// A folder with a home and a configuration, in which the server can be started again and again.
#[derive(Debug)]
pub(crate) struct Installation {
    folder: TempDir,
    binary: PathBuf,
    /// Set for every program that is started here.
    variables: Vec<(String, String)>,
    /// The soft limit of open files that the server is started with; this program's own if there is none.
    soft_file_limit: Option<u32>,
}

/// A server that runs. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Server {
    process: Child,
    /// `host:port` of the data plane.
    pub(crate) data_address: String,
    /// `host:port` of the admin plane.
    pub(crate) admin_address: String,
}

impl Installation {
    /// A fresh home with this configuration, whose listeners must be on port 0.
    pub(crate) fn new(configuration: &str) -> Outcome<Self> {
        let folder = tempfile::tempdir().map_err(|error| format!("cannot make a folder: {error}"))?;
        let installation = Self { folder, binary: binary()?, variables: Vec::new(), soft_file_limit: None };
        fs::write(installation.configuration_file(), configuration)
            .map_err(|error| format!("cannot write the configuration: {error}"))?;
        Ok(installation)
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    pub(crate) fn configuration_file(&self) -> PathBuf {
        self.folder.path().join("redoubt.toml")
    }

    /// What the server has written to its standard error in all its runs.
    pub(crate) fn log_file(&self) -> PathBuf {
        self.folder.path().join("log.txt")
    }

    /// Variables for every program that is started here from now on.
    pub(crate) fn set_variables(&mut self, variables: Vec<(String, String)>) {
        self.variables = variables;
    }

    /// The server is started with this soft limit of open files from now on.
    pub(crate) fn set_soft_file_limit(&mut self, limit: u32) {
        self.soft_file_limit = Some(limit);
    }

    /// The command line of `redoubt` with this home and configuration, before its subcommand.
    pub(crate) fn command(&self) -> Command {
        let mut command = match self.soft_file_limit {
            None => Command::new(&self.binary),
            Some(limit) => {
                let mut shell = Command::new("sh");
                shell.args(["-c", &format!("ulimit -S -n {limit} && exec \"$0\" \"$@\"")]).arg(&self.binary);
                shell
            }
        };
        command.arg("--home").arg(self.home()).arg("--config").arg(self.configuration_file());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a subcommand to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome<Output> {
        self.command().args(arguments).output().map_err(|error| format!("cannot run redoubt: {error}"))
    }

    /// Makes a key; the server notices it by itself.
    pub(crate) fn new_key(&self, name: &str) -> Outcome<String> {
        self.new_key_with(&["--name", name])
    }

    /// Makes a key with these options; the server notices it by itself.
    pub(crate) fn new_key_with(&self, options: &[&str]) -> Outcome<String> {
        let made = self.run(&[&["key", "create", "--json"], options].concat())?;
        if !made.status.success() {
            return Err(format!("no key was made: {}", String::from_utf8_lossy(&made.stderr)));
        }
        serde_json::from_slice::<serde_json::Value>(&made.stdout)
            .ok()
            .and_then(|said| said.get("key").and_then(|key| key.as_str().map(str::to_owned)))
            .ok_or_else(|| "`redoubt key create --json` printed no key".to_owned())
    }

    /// Starts the server and waits until it has said where it listens.
    pub(crate) fn start(&self) -> Outcome<Server> {
        let mut log = File::options()
            .create(true)
            .append(true)
            .open(self.log_file())
            .map_err(|error| format!("cannot open the log: {error}"))?;
        let before = log.metadata().map_or(0, |found| found.len());
        let mut process = self
            .command()
            .arg("serve")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot start {}: {error}", self.binary.display()))?;
        // Through a pipe: what the server may not do with its files must not be lost from its log.
        if let Some(mut said) = process.stderr.take() {
            thread::spawn(move || io::copy(&mut said, &mut log));
        }
        let began = Instant::now();
        loop {
            let said = self.log_since(before);
            if let (Some(data), Some(admin)) = (address_after(&said, "models"), address_after(&said, "health")) {
                return Ok(Server { process, data_address: data, admin_address: admin });
            }
            if let Ok(Some(status)) = process.try_wait() {
                return Err(format!("redoubt ended with {status}:\n{said}"));
            }
            if began.elapsed() > START_TIMEOUT {
                let _ = process.kill();
                return Err(format!("redoubt did not start in {START_TIMEOUT:?}:\n{said}"));
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// The log from byte `offset` on.
    pub(crate) fn log_since(&self, offset: u64) -> String {
        let all = fs::read(self.log_file()).unwrap_or_default();
        let from = usize::try_from(offset).unwrap_or(usize::MAX).min(all.len());
        String::from_utf8_lossy(all.get(from..).unwrap_or_default()).into_owned()
    }
}

impl Server {
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Resident memory now, and its highest mark so far, in KiB.
    pub(crate) fn memory_kib(&self) -> Outcome<Memory> {
        let status = fs::read_to_string(Path::new("/proc").join(self.id().to_string()).join("status"))
            .map_err(|error| format!("cannot read the server's memory: {error}"))?;
        let of = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name))?;
            line.split_ascii_whitespace().nth(1)?.parse().ok()
        };
        match (of("VmRSS:"), of("VmHWM:")) {
            (Some(resident), Some(peak)) => Ok(Memory { resident, peak }),
            _ => Err("the server's memory is not told".to_owned()),
        }
    }

    /// SIGKILL, as a power cut would end it.
    pub(crate) fn kill(mut self) -> Outcome {
        self.process
            .kill()
            .and_then(|()| self.process.wait())
            .map(drop)
            .map_err(|error| format!("cannot kill: {error}"))
    }

    /// SIGTERM, and the wait for a clean end.
    pub(crate) fn stop(mut self) -> Outcome {
        let status = Command::new("kill")
            .arg(self.id().to_string())
            .status()
            .and_then(|_| self.process.wait())
            .map_err(|error| format!("cannot stop: {error}"))?;
        if status.success() { Ok(()) } else { Err(format!("redoubt ended with {status}")) }
    }

    /// Whether it still runs.
    pub(crate) fn lives(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Memory of a process, in KiB.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory {
    pub(crate) resident: u64,
    pub(crate) peak: u64,
}

/// `REDOUBT_BINARY`, or the `redoubt` that was built next to this program.
pub(crate) fn binary() -> Outcome<PathBuf> {
    let path = match env::var_os("REDOUBT_BINARY") {
        Some(path) => PathBuf::from(path),
        None => env::current_exe()
            .map_err(|error| format!("cannot tell where this program lies: {error}"))?
            .with_file_name("redoubt"),
    };
    if path.is_file() { Ok(path) } else { Err(format!("{} is no file: build the package `redoubt`", path.display())) }
}

/// The `host:port` of the URL that stands after `word` in what the server said at its start.
fn address_after(said: &str, word: &str) -> Option<String> {
    let (_, rest) = said.split_once(word)?;
    let (_, url) = rest.lines().next()?.split_once("://")?;
    let end = url.find('/').unwrap_or(url.len());
    url.get(..end).map(str::to_owned)
}
