//! A shell in an empty directory, and what runs in its background.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::volatile::Volatile;

/// A debug build on a busy machine needs seconds.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// The last words of a server, or of the tour, before it waits for requests.
const READY: [&str; 2] = ["/livez", "Ctrl-C ends it"];

/// What is typed, one after the other, in one directory.
pub(crate) struct Session {
    folder: TempDir,
    volatile: Volatile,
    background: Vec<Background>,
}

/// A server that runs while more is typed.
struct Background {
    process: Child,
    said: Arc<Mutex<String>>,
    /// How much of it has been shown.
    shown: usize,
}

impl Session {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let volatile = Volatile::new(folder.path());
        Self { folder, volatile, background: Vec::new() }
    }

    /// Writes a file of the story.
    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), self.volatile.to_real(text) + "\n").unwrap();
    }

    /// Types a command and waits for its end, or until it serves if it goes on in the background.
    pub(crate) fn run(&mut self, command: &str) -> String {
        let real = self.volatile.to_real(command);
        if let Some(command) = real.strip_suffix(" &") {
            return self.serve(command);
        }
        let typed = self.shell(&real).stdin(Stdio::null()).output().unwrap();
        self.free_ports();
        let Output { status, stdout, stderr } = typed;
        let mut seen = self.volatile.to_fixed(&String::from_utf8_lossy(&stdout));
        seen.push_str(&marked(&self.volatile.to_fixed(&String::from_utf8_lossy(&stderr))));
        match status.code() {
            Some(0) => {}
            code => {
                seen.push_str(&format!("[exit {}]\n", code.map_or("by a signal".to_owned(), |code| code.to_string())))
            }
        }
        seen
    }

    /// A configuration that the binary itself wrote names the usual ports, which others may hold.
    fn free_ports(&self) {
        let path = self.folder.path().join("redoubt.toml");
        let Ok(text) = fs::read_to_string(&path) else { return };
        let real = self.volatile.to_real(&text);
        // A server that watches the file would take it up again.
        if real != text {
            fs::write(path, real).unwrap();
        }
    }

    /// Stops what was started last, as Ctrl-C does.
    pub(crate) fn interrupt(&mut self) -> String {
        let mut last = self.background.pop().expect("something runs in the background");
        let id = last.process.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        let code = last.process.wait().unwrap().code();
        assert_eq!(code, Some(0), "a server that is told to stop ends well");
        // The pipe's other end is closed by now, and the reader takes what is left.
        thread::sleep(Duration::from_millis(100));
        let said = last.said.lock().unwrap();
        self.volatile.to_fixed(&said[last.shown..])
    }

    fn serve(&mut self, command: &str) -> String {
        // `exec`, so that the signal reaches the server and not the shell.
        let mut process = self
            .shell(&format!("exec env {command} 2>&1"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let (mut pipe, sink) = (process.stdout.take().unwrap(), Arc::clone(&said));
        thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(count @ 1..) = pipe.read(&mut buffer) {
                sink.lock().unwrap().push_str(&String::from_utf8_lossy(&buffer[..count]));
            }
        });
        let began = Instant::now();
        let greeting = loop {
            let so_far = said.lock().unwrap().clone();
            if READY.iter().any(|words| so_far.contains(words)) && so_far.ends_with('\n') {
                break so_far;
            }
            let ended = process.try_wait().unwrap();
            assert!(ended.is_none() && began.elapsed() < START_TIMEOUT, "{command} does not serve:\n{so_far}");
            thread::sleep(Duration::from_millis(10));
        };
        self.volatile.learn_ports(&greeting);
        self.background.push(Background { process, said, shown: greeting.len() });
        self.volatile.to_fixed(&greeting)
    }

    fn shell(&self, command: &str) -> Command {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(command).current_dir(self.folder.path()).env_clear();
        let (path, binary) = (std::env::var("PATH").unwrap(), Path::new(env!("CARGO_BIN_EXE_redoubt")));
        shell.env("PATH", format!("{}:{path}", binary.parent().unwrap().display()));
        shell
            .env("PYTHON", root().join(".venv/bin/python"))
            .env("HOME", self.folder.path())
            .env("LANG", "C.UTF-8")
            .env("TERM", "xterm");
        shell
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        for running in &mut self.background {
            let _ = running.process.kill();
            let _ = running.process.wait();
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Standard error, told from standard output by its mark.
fn marked(text: &str) -> String {
    text.lines().map(|line| format!("! {line}").trim_end().to_owned() + "\n").collect()
}
